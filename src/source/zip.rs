//! The directory of a zip archive (PKWARE APPNOTE.TXT 6.3.10, whose sections are cited as "4.3.7"). The walk is our own: members stay
//! where they lie and are inflated as they are read, and an archive that was cut short, and so has lost the directory at its end, still
//! gives the members before the cut.

use std::io::Read;
use std::ops::Range;

use flate2::bufread::DeflateDecoder;

use super::compression::Compression;

/// The local file header, before each member (4.3.7): its signature, the offsets of its fields, its length without path and extra field.
mod local_header {
    pub const SIGNATURE: &[u8] = b"PK\x03\x04";
    pub const FLAGS: usize = 6;
    pub const METHOD: usize = 8;
    pub const CHECKSUM: usize = 14;
    pub const PACKED_SIZE: usize = 18;
    pub const SIZE: usize = 22;
    pub const PATH_BYTES: usize = 26;
    pub const EXTRA_BYTES: usize = 28;
    pub const LENGTH: usize = 30;
}

/// The data descriptor behind a member that was written before its size was known (4.3.9): checksum and two sizes.
mod data_descriptor {
    /// Not every program writes it.
    pub const SIGNATURE: &[u8] = b"PK\x07\x08";
    /// The length with sizes of 4 bytes, and with sizes of 8 (zip64), each without the signature.
    pub const LENGTHS: [usize; 2] = [12, 20];
}

/// A record of the directory, "central directory header" (4.3.12).
mod central_header {
    pub const SIGNATURE: &[u8] = b"PK\x01\x02";
    pub const MADE_BY: usize = 4;
    pub const FLAGS: usize = 8;
    pub const METHOD: usize = 10;
    pub const CHECKSUM: usize = 16;
    pub const PACKED_SIZE: usize = 20;
    pub const SIZE: usize = 24;
    pub const PATH_BYTES: usize = 28;
    pub const EXTRA_BYTES: usize = 30;
    pub const COMMENT_BYTES: usize = 32;
    /// The upper half of the external attributes: of a file from Unix, its mode (4.4.15).
    pub const UNIX_MODE: usize = 40;
    pub const LOCAL_HEADER: usize = 42;
    pub const LENGTH: usize = 46;
}

/// The end of the directory (4.3.16).
mod end_record {
    pub const SIGNATURE: &[u8] = b"PK\x05\x06";
    pub const ENTRIES: usize = 10;
    pub const DIRECTORY_BYTES: usize = 12;
    pub const DIRECTORY: usize = 16;
    /// Without the comment.
    pub const LENGTH: usize = 22;
    pub const LONGEST_COMMENT: usize = 0xffff;
}

/// The end of a zip64 directory (4.3.14), with fields of 8 bytes.
mod end_record_64 {
    pub const SIGNATURE: &[u8] = b"PK\x06\x06";
    pub const ENTRIES: usize = 32;
    pub const DIRECTORY_BYTES: usize = 40;
    pub const DIRECTORY: usize = 48;
    pub const LENGTH: usize = 56;
}

/// What says where the end of a zip64 directory lies (4.3.15).
mod locator_64 {
    pub const SIGNATURE: &[u8] = b"PK\x06\x07";
    pub const END_RECORD: usize = 8;
    pub const LENGTH: usize = 20;
}

/// Flags of a member (4.4.4): it is encrypted; its size was not known when its header was written.
const IS_ENCRYPTED: u16 = 1;
const HAS_DATA_DESCRIPTOR: u16 = 1 << 3;
/// "Made by" Unix (4.4.2), and the file types of its modes: all, and the symbolic link (POSIX, sys/stat.h; Linux inode(7)).
const UNIX: u16 = 3;
const FILE_TYPE: u16 = 0xf000;
const SYMBOLIC_LINK: u16 = 0xa000;
/// The extra field that holds the sizes of zip64 (4.5.3), and the length of each extra field's own header.
const ZIP64_SIZES: u16 = 1;
const EXTRA_HEADER: usize = 4;

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
    head.starts_with(local_header::SIGNATURE) || head.starts_with(end_record::SIGNATURE)
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
    /// So many bytes lie before the archive and are not counted by its offsets, as in an archive behind a program that unpacks it.
    shift: usize,
    entries: u64,
}

fn directory(archive: &[u8]) -> Option<Directory> {
    let tail = archive.len().saturating_sub(end_record::LENGTH + end_record::LONGEST_COMMENT);
    let end = tail + memchr::memmem::rfind(archive.get(tail..)?, end_record::SIGNATURE)?;
    let mut entries = u64::from(word16(archive, end + end_record::ENTRIES)?);
    let mut bytes = u64::from(word32(archive, end + end_record::DIRECTORY_BYTES)?);
    let mut start = u64::from(word32(archive, end + end_record::DIRECTORY)?);
    let mut behind = end;
    let locator =
        end.checked_sub(locator_64::LENGTH).filter(|at| begins_with(archive, *at, locator_64::SIGNATURE));
    if let Some(end_64) = locator.and_then(|at| end_64(archive, at)) {
        entries = word64(archive, end_64 + end_record_64::ENTRIES)?;
        bytes = word64(archive, end_64 + end_record_64::DIRECTORY_BYTES)?;
        start = word64(archive, end_64 + end_record_64::DIRECTORY)?;
        behind = end_64;
    }
    let first = behind.checked_sub(usize::try_from(bytes).ok()?)?;
    let shift = first.checked_sub(usize::try_from(start).ok()?)?;
    let is_empty = first == behind;
    (is_empty || begins_with(archive, first, central_header::SIGNATURE)).then_some(Directory {
        records: first..behind,
        shift,
        entries,
    })
}

/// The zip64 end record. It lies where its locator says or, where something precedes the archive, right before the locator.
fn end_64(archive: &[u8], locator: usize) -> Option<usize> {
    let stated = word64(archive, locator + locator_64::END_RECORD).and_then(|at| usize::try_from(at).ok());
    let places = [stated, locator.checked_sub(end_record_64::LENGTH)];
    places.into_iter().flatten().find(|at| begins_with(archive, *at, end_record_64::SIGNATURE))
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
    // The count has 16 bits: a program without zip64 begins anew after 65 535.
    if listing.members.len() < most && seen & 0xffff != directory.entries & 0xffff {
        listing.damage = Some("zip: its directory is damaged");
    }
    listing
}

/// One record of the directory, and what follows it. The record is `None` for a folder or a link.
fn central<'a>(archive: &[u8], record: &'a [u8], shift: usize) -> Option<(Option<ZipMember>, &'a [u8])> {
    record.starts_with(central_header::SIGNATURE).then_some(())?;
    let length = |at| word16(record, at).map(usize::from);
    let path_end = central_header::LENGTH + length(central_header::PATH_BYTES)?;
    let extra_end = path_end + length(central_header::EXTRA_BYTES)?;
    let path = record.get(central_header::LENGTH..path_end)?;
    let extra = record.get(path_end..extra_end)?;
    let after = record.get(extra_end + length(central_header::COMMENT_BYTES)?..)?;
    let mut sizes = Sizes::of(extra);
    let size = sizes.wide(word32(record, central_header::SIZE)?);
    let packed_bytes = sizes.wide(word32(record, central_header::PACKED_SIZE)?);
    let offset = sizes.wide(word32(record, central_header::LOCAL_HEADER)?);
    let is_unix = word16(record, central_header::MADE_BY)? >> 8 == UNIX;
    let is_link = is_unix && word16(record, central_header::UNIX_MODE)? & FILE_TYPE == SYMBOLIC_LINK;
    if path.ends_with(b"/") || is_link {
        return Some((None, after));
    }
    let start =
        usize::try_from(offset).ok().and_then(|offset| data_start(archive, offset.checked_add(shift)?));
    let mut packed = method(word16(record, central_header::FLAGS)?, word16(record, central_header::METHOD)?);
    let start = start.unwrap_or_else(|| {
        packed = Err("its place in the archive is wrong");
        archive.len()
    });
    let end = usize::try_from(packed_bytes).unwrap_or(usize::MAX).saturating_add(start).min(archive.len());
    let checksum = word32(record, central_header::CHECKSUM)?;
    Some((Some(ZipMember { path: path.to_vec(), size, checksum, range: start..end, packed }), after))
}

/// Where the bytes of a member begin: behind its local header.
fn data_start(archive: &[u8], header: usize) -> Option<usize> {
    let header_bytes = archive.get(header..)?;
    header_bytes.starts_with(local_header::SIGNATURE).then_some(())?;
    let path = usize::from(word16(header_bytes, local_header::PATH_BYTES)?);
    let extra = usize::from(word16(header_bytes, local_header::EXTRA_BYTES)?);
    let start = header.checked_add(local_header::LENGTH + path + extra)?;
    (start <= archive.len()).then_some(start)
}

/// How a member is packed (the methods of 4.4.5), or why it cannot be read.
fn method(flags: u16, method: u16) -> Result<Compression, &'static str> {
    if flags & IS_ENCRYPTED != 0 {
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

/// The members of an archive that has lost its directory: found from one local header to the next, as far as these lead.
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
    let flags = word16(header, local_header::FLAGS)?;
    let packed = method(flags, word16(header, local_header::METHOD)?);
    let path_end = local_header::LENGTH + usize::from(word16(header, local_header::PATH_BYTES)?);
    let path = header.get(local_header::LENGTH..path_end)?.to_vec();
    let mut sizes = Sizes::of(header.get(path_end..)?);
    let mut checksum = word32(header, local_header::CHECKSUM)?;
    let mut size = sizes.wide(word32(header, local_header::SIZE)?);
    let packed_bytes =
        usize::try_from(sizes.wide(word32(header, local_header::PACKED_SIZE)?)).unwrap_or(usize::MAX);
    let mut end = start.saturating_add(packed_bytes).min(archive.len());
    let mut next = end;
    // The size stands behind the bytes, and only inflating them finds their end.
    if flags & HAS_DATA_DESCRIPTOR != 0 && packed_bytes == 0 {
        let rest = archive.get(start..)?;
        let measured = (packed == Ok(Compression::Deflate)).then(|| measure(rest)).flatten();
        match measured {
            Some((inflated, used, sum)) => {
                (size, checksum, end) = (inflated, sum, start.saturating_add(used));
                let behind = archive.get(end..)?;
                let is_signed = behind.starts_with(data_descriptor::SIGNATURE);
                let signature = if is_signed { data_descriptor::SIGNATURE.len() } else { 0 };
                // Which of its two lengths the descriptor has shows in where the next header begins.
                let after = data_descriptor::LENGTHS.map(|bytes| end.saturating_add(signature + bytes));
                let found = after.into_iter().find(|at| begins_with(archive, *at, local_header::SIGNATURE));
                next = found.unwrap_or(archive.len());
            }
            None => (size, end, next) = (u64::MAX, archive.len(), archive.len()),
        }
    }
    Some((ZipMember { path, size, checksum, range: start..end, packed }, next))
}

/// The number of inflated bytes, that of packed bytes, and the CRC-32 of a deflate stream. `None` where it is damaged or cut short.
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

/// The sizes in the zip64 extra field (4.5.3). It holds, one after the other, only those whose own field of 4 bytes has all bits set.
struct Sizes<'a>(&'a [u8]);

impl Sizes<'_> {
    fn of(extra: &[u8]) -> Sizes<'_> {
        let mut rest = extra;
        while let (Some(id), Some(bytes)) = (word16(rest, 0), word16(rest, 2)) {
            let Some(field) = rest.get(EXTRA_HEADER..EXTRA_HEADER + usize::from(bytes)) else { break };
            if id == ZIP64_SIZES {
                return Sizes(field);
            }
            rest = rest.get(EXTRA_HEADER + field.len()..).unwrap_or_default();
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

fn begins_with(bytes: &[u8], at: usize, signature: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|bytes| bytes.starts_with(signature))
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
