//! The directory of a zip archive (PKWARE APPNOTE.TXT 6.3.10). Its walk is our own: members stay where they lie and are inflated as
//! they are read, and an archive that is cut short, which has lost the directory at its end, still gives what came before.

use std::io::Read;
use std::ops::Range;

use flate2::bufread::DeflateDecoder;

use super::compression::Compression;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
/// The end record without its comment, which has 65 535 bytes at most (4.3.16).
const END_BYTES: usize = 22;
const LONGEST_COMMENT: usize = 0xffff;
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;

/// A file within the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ZipMember {
    /// Its path, as it stands there.
    pub path: Vec<u8>,
    /// Its size.
    pub size: u64,
    /// The CRC-32 of its bytes.
    pub checksum: u32,
    /// Where its packed bytes lie.
    pub range: Range<usize>,
    /// How they are packed, or why they cannot be read.
    pub packed: Result<Compression, &'static str>,
}

/// What an archive holds, and why there is no more.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Its files, as they stand in the directory.
    pub members: Vec<ZipMember>,
    /// What is wrong with the archive.
    pub damage: Option<&'static str>,
}

/// Whether these are the first bytes of a zip archive, be it an empty one.
pub(super) fn recognise(head: &[u8]) -> bool {
    head.starts_with(LOCAL) || head.starts_with(END)
}

/// Lists at most `most` files. Folders and links are left out.
pub(super) fn list(archive: &[u8], most: usize) -> Listing {
    match directory(archive) {
        Some(directory) => by_directory(archive, &directory, most),
        None => by_local_headers(archive, most),
    }
}

/// Where the directory lies.
struct Directory {
    records: Range<usize>,
    /// By how much the archive lies behind where its offsets say, as one does that follows a program.
    shift: usize,
    entries: u64,
}

fn directory(archive: &[u8]) -> Option<Directory> {
    let tail = archive.len().saturating_sub(END_BYTES + LONGEST_COMMENT);
    let end = tail + memchr::memmem::rfind(archive.get(tail..)?, END)?;
    let mut entries = u64::from(word16(archive, end + 10)?);
    let mut bytes = u64::from(word32(archive, end + 12)?);
    let mut start = u64::from(word32(archive, end + 16)?);
    let mut behind = end;
    let locator =
        end.checked_sub(20).filter(|at| archive.get(*at..).is_some_and(|at| at.starts_with(LOCATOR_64)));
    if let Some(end_64) = locator.and_then(|at| end_64(archive, at)) {
        entries = word64(archive, end_64 + 32)?;
        bytes = word64(archive, end_64 + 40)?;
        start = word64(archive, end_64 + 48)?;
        behind = end_64;
    }
    let first = behind.checked_sub(usize::try_from(bytes).ok()?)?;
    let shift = first.checked_sub(usize::try_from(start).ok()?)?;
    let is_empty = first == behind;
    (is_empty || archive.get(first..)?.starts_with(CENTRAL)).then_some(Directory {
        records: first..behind,
        shift,
        entries,
    })
}

/// The zip64 end record, which lies where its locator says or right before it, where something precedes the archive.
fn end_64(archive: &[u8], locator: usize) -> Option<usize> {
    let stated = word64(archive, locator + 8).and_then(|at| usize::try_from(at).ok());
    let places = [stated, locator.checked_sub(56)];
    places.into_iter().flatten().find(|at| archive.get(*at..).is_some_and(|at| at.starts_with(END_64)))
}

fn by_directory(archive: &[u8], directory: &Directory, most: usize) -> Listing {
    let mut listing = Listing::default();
    let mut rest = archive.get(directory.records.clone()).unwrap_or_default();
    let mut seen = 0;
    while listing.members.len() < most {
        let Some((member, after)) = central(archive, rest, directory.shift) else { break };
        rest = after;
        seen += 1;
        listing.members.extend(member);
    }
    // 16 bits count to 65 535 and begin anew where a writer knew no zip64.
    if listing.members.len() < most && seen & 0xffff != directory.entries & 0xffff {
        listing.damage = Some("zip: its directory is damaged");
    }
    listing
}

/// One record of the directory, and what follows it. `None` within for what is no file.
fn central<'a>(archive: &[u8], record: &'a [u8], shift: usize) -> Option<(Option<ZipMember>, &'a [u8])> {
    record.starts_with(CENTRAL).then_some(())?;
    let lengths = [28, 30, 32].map(|at| word16(record, at).map(usize::from));
    let [Some(path_bytes), Some(extra_bytes), Some(comment_bytes)] = lengths else { return None };
    let path = record.get(CENTRAL_BYTES..CENTRAL_BYTES + path_bytes)?;
    let extra = record.get(CENTRAL_BYTES + path_bytes..CENTRAL_BYTES + path_bytes + extra_bytes)?;
    let after = record.get(CENTRAL_BYTES + path_bytes + extra_bytes + comment_bytes..)?;
    let mut sizes = Sizes::of(extra);
    let size = sizes.wide(word32(record, 24)?);
    let packed_bytes = sizes.wide(word32(record, 20)?);
    let offset = sizes.wide(word32(record, 42)?);
    let is_unix = word16(record, 4)? >> 8 == 3;
    let is_link = is_unix && word16(record, 40)? & 0xf000 == 0xa000;
    if path.ends_with(b"/") || is_link {
        return Some((None, after));
    }
    let start =
        usize::try_from(offset).ok().and_then(|offset| data_start(archive, offset.checked_add(shift)?));
    let mut packed = method(word16(record, 8)?, word16(record, 10)?);
    let start = start.unwrap_or_else(|| {
        packed = Err("its place in the archive is wrong");
        archive.len()
    });
    let end = usize::try_from(packed_bytes).unwrap_or(usize::MAX).saturating_add(start).min(archive.len());
    let checksum = word32(record, 16)?;
    Some((Some(ZipMember { path: path.to_vec(), size, checksum, range: start..end, packed }), after))
}

/// Where the bytes of a member begin, behind its own header.
fn data_start(archive: &[u8], header: usize) -> Option<usize> {
    let header_bytes = archive.get(header..)?;
    header_bytes.starts_with(LOCAL).then_some(())?;
    let path = usize::from(word16(header_bytes, 26)?);
    let extra = usize::from(word16(header_bytes, 28)?);
    let start = header.checked_add(LOCAL_BYTES + path + extra)?;
    (start <= archive.len()).then_some(start)
}

/// Methods of APPNOTE 4.4.5, and the flag of 4.4.4 for an encrypted one.
fn method(flags: u16, method: u16) -> Result<Compression, &'static str> {
    if flags & 1 == 1 {
        return Err("it is encrypted: unpack it with its password");
    }
    match method {
        0 => Ok(Compression::None),
        8 => Ok(Compression::Deflate),
        12 => Ok(Compression::Bzip2),
        93 => Ok(Compression::Zstd),
        95 => Ok(Compression::Xz),
        9 => Err("it is packed with Deflate64, which is not read: unpack it"),
        14 => Err("it is packed with LZMA, which is not read: unpack it"),
        _ => Err("it is packed in a way that is not read: unpack it"),
    }
}

/// An archive without its directory: from header to header, as far as they lead.
fn by_local_headers(archive: &[u8], most: usize) -> Listing {
    let mut listing = Listing {
        members: Vec::new(),
        damage: Some("zip: it is cut short or damaged: its directory is missing"),
    };
    let mut at = 0;
    while listing.members.len() < most {
        let Some((member, next)) = local(archive, at) else { break };
        if !member.path.ends_with(b"/") {
            listing.members.push(member);
        }
        at = next;
    }
    listing
}

fn local(archive: &[u8], at: usize) -> Option<(ZipMember, usize)> {
    let start = data_start(archive, at)?;
    let header = archive.get(at..start)?;
    let flags = word16(header, 6)?;
    let packed = method(flags, word16(header, 8)?);
    let path_end = LOCAL_BYTES + usize::from(word16(header, 26)?);
    let path = header.get(LOCAL_BYTES..path_end)?.to_vec();
    let mut sizes = Sizes::of(header.get(path_end..)?);
    let (mut checksum, mut size) = (word32(header, 14)?, sizes.wide(word32(header, 22)?));
    let packed_bytes = usize::try_from(sizes.wide(word32(header, 18)?)).unwrap_or(usize::MAX);
    let mut end = start.saturating_add(packed_bytes).min(archive.len());
    let mut next = end;
    // Written without knowing the size: it stands behind the bytes, whose end only inflating them finds (4.4.4, bit 3).
    if flags & 0b1000 != 0 && packed_bytes == 0 {
        let rest = archive.get(start..)?;
        let measured = (packed == Ok(Compression::Deflate)).then(|| measure(rest)).flatten();
        match measured {
            Some((inflated, used, sum)) => {
                (size, checksum, end) = (inflated, sum, start.saturating_add(used));
                let behind = archive.get(end..)?;
                let signed = if behind.starts_with(b"PK\x07\x08") { 4 } else { 0 };
                // Sizes of 4 or of 8 bytes: what matters is where the next header begins.
                let after = [12, 20].map(|bytes| end.saturating_add(signed + bytes));
                let found =
                    after.into_iter().find(|at| archive.get(*at..).is_some_and(|at| at.starts_with(LOCAL)));
                next = found.unwrap_or(archive.len());
            }
            None => (size, end, next) = (u64::MAX, archive.len(), archive.len()),
        }
    }
    Some((ZipMember { path, size, checksum, range: start..end, packed }, next))
}

/// Inflated bytes, packed bytes and CRC-32 of a deflate stream that ends by itself.
fn measure(packed: &[u8]) -> Option<(u64, usize, u32)> {
    let mut decoder = DeflateDecoder::new(packed);
    let (mut checksum, mut block) = (flate2::Crc::new(), vec![0; 64 << 10]);
    loop {
        match decoder.read(&mut block).ok()? {
            0 => {
                return Some((
                    decoder.total_out(),
                    usize::try_from(decoder.total_in()).ok()?,
                    checksum.sum(),
                ));
            }
            read => checksum.update(block.get(..read)?),
        }
    }
}

/// The sizes of the zip64 extra field (4.5.3): there are those whose own field is full.
struct Sizes<'a>(&'a [u8]);

impl Sizes<'_> {
    fn of(extra: &[u8]) -> Sizes<'_> {
        let mut rest = extra;
        while let (Some(id), Some(bytes)) = (word16(rest, 0), word16(rest, 2)) {
            let Some(field) = rest.get(4..4 + usize::from(bytes)) else { break };
            if id == 1 {
                return Sizes(field);
            }
            rest = rest.get(4 + field.len()..).unwrap_or_default();
        }
        Sizes(&[])
    }

    fn wide(&mut self, narrow: u32) -> u64 {
        match word64(self.0, 0).filter(|_| narrow == u32::MAX) {
            Some(wide) => {
                self.0 = self.0.get(8..).unwrap_or_default();
                wide
            }
            None => u64::from(narrow),
        }
    }
}

fn word16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|word| u16::from_le_bytes(*word))
}

fn word32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

fn word64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

#[cfg(test)]
mod tests;
