//! The walk over a tar archive: old tar, POSIX ustar and pax (IEEE 1003.1-2017, pax, "ustar Interchange Format"), GNU
//! (<https://www.gnu.org/software/tar/manual/html_node/Standard.html>). It is our own, for it must bound what a long name may
//! hold in memory, say where in the archive each member lies, and give what comes before damage.

use std::io::{self, ErrorKind, Read};

const BLOCK: u64 = 512;
/// Names and attributes beyond this are an attack: a path has 4096 bytes at most.
const LONGEST_NAME: u64 = 64 << 10;

/// Bytes that can be passed over.
pub(super) trait Passing: Read {
    /// Passes over so many bytes; gives how many there were.
    fn pass(&mut self, bytes: u64) -> io::Result<u64>;
}

impl Passing for &[u8] {
    fn pass(&mut self, bytes: u64) -> io::Result<u64> {
        let passed = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.len());
        *self = self.get(passed..).unwrap_or_default();
        Ok(passed as u64)
    }
}

/// Bytes that have to be read to be passed over.
pub(super) struct Streamed<R>(pub R);

impl<R: Read> Read for Streamed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl<R: Read> Passing for Streamed<R> {
    fn pass(&mut self, bytes: u64) -> io::Result<u64> {
        io::copy(&mut self.0.by_ref().take(bytes), &mut io::sink())
    }
}

/// A file within the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TarMember {
    /// Its path, as it stands there.
    pub path: Vec<u8>,
    /// Its size.
    pub size: u64,
    /// Where its bytes begin.
    pub start: u64,
    /// Its holes are left out: what lies in the archive is not the file.
    pub is_sparse: bool,
}

/// Walks over an archive from file to file.
pub(super) struct Walk<S> {
    source: S,
    /// Bytes read so far.
    at: u64,
    /// Where the next header begins.
    next: u64,
}

/// Whether these are the first bytes of a tar archive: the checksum of the first header is right.
pub(super) fn recognise(head: &[u8]) -> bool {
    head.first_chunk().is_some_and(|block| !is_zero(block) && has_right_checksum(block))
}

impl<S: Passing> Walk<S> {
    /// At the beginning of an archive.
    pub(super) fn new(source: S) -> Walk<S> {
        Walk { source, at: 0, next: 0 }
    }

    /// The next file. Folders, links and devices are passed over: what they say of this machine is nothing.
    ///
    /// # Errors
    /// Where the archive is cut short or damaged: nothing further can be found in it.
    pub(super) fn next(&mut self) -> io::Result<Option<TarMember>> {
        let mut long_path = None;
        let mut attributes = Attributes::default();
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let kind = header[156];
            let size = number(&header[124..136]).ok_or_else(|| bad("a size that is no number"))?;
            match kind {
                b'L' => long_path = Some(self.name(size)?),
                b'x' => attributes = Attributes::read(&self.name(size)?),
                b'S' => {
                    let size = attributes.size.take().unwrap_or(size);
                    let path = attributes.path.take().or(long_path).unwrap_or_else(|| path(&header));
                    self.pass_sparse_map(&header)?;
                    return Ok(Some(self.member(path, size, true)));
                }
                0 | b'0' | b'7' => {
                    let size = attributes.size.take().unwrap_or(size);
                    let path = attributes.path.take().or(long_path.take()).unwrap_or_else(|| path(&header));
                    let is_sparse = std::mem::take(&mut attributes).is_sparse;
                    let is_folder = path.ends_with(b"/");
                    let member = self.member(path, size, is_sparse);
                    if !is_folder {
                        return Ok(Some(member));
                    }
                }
                _ => {
                    // Links, devices and folders have no bytes, whatever size their header gives.
                    let bytes = if matches!(kind, b'1'..=b'6') { 0 } else { size };
                    self.next = self.at.saturating_add(padded(bytes));
                    if !matches!(kind, b'K' | b'g') {
                        (long_path, attributes) = (None, Attributes::default());
                    }
                }
            }
        }
    }

    /// Reads of the bytes of the member that was given last. Only in order, and not past its end.
    pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }

    fn member(&mut self, path: Vec<u8>, size: u64, is_sparse: bool) -> TarMember {
        self.next = self.at.saturating_add(padded(size));
        TarMember { path, size, start: self.at, is_sparse }
    }

    /// The next header. Archives end in blocks of zeros; another may follow (`cat a.tar b.tar`), or anything else, which is not ours.
    fn header(&mut self) -> io::Result<Option<[u8; BLOCK as usize]>> {
        let ahead = self.next.saturating_sub(self.at);
        let passed = self.source.pass(ahead)?;
        self.at = self.at.saturating_add(passed);
        if passed < ahead {
            return Err(cut());
        }
        let mut ended = false;
        loop {
            let Some(block) = self.block()? else { return Ok(None) };
            self.next = self.at;
            if is_zero(&block) {
                ended = true;
            } else if has_right_checksum(&block) {
                return Ok(Some(block));
            } else if ended {
                return Ok(None);
            } else {
                return Err(bad("a header whose checksum is wrong"));
            }
        }
    }

    fn block(&mut self) -> io::Result<Option<[u8; BLOCK as usize]>> {
        let mut block = Vec::with_capacity(BLOCK as usize);
        self.source.by_ref().take(BLOCK).read_to_end(&mut block)?;
        self.at = self.at.saturating_add(block.len() as u64);
        match <[u8; BLOCK as usize]>::try_from(block) {
            Ok(block) => Ok(Some(block)),
            Err(rest) if rest.is_empty() => Ok(None),
            Err(_) => Err(cut()),
        }
    }

    /// The bytes of a header that only says something of the next one.
    fn name(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > LONGEST_NAME {
            return Err(bad("a name of more than 64 KiB"));
        }
        let mut name = Vec::new();
        self.source.by_ref().take(size).read_to_end(&mut name)?;
        self.at = self.at.saturating_add(name.len() as u64);
        if (name.len() as u64) < size {
            return Err(cut());
        }
        self.next = self.at.saturating_add(padded(size) - size);
        let passed = self.source.pass(self.next - self.at)?;
        self.at = self.at.saturating_add(passed);
        Ok(name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec())
    }

    /// Passes over the further blocks of a GNU map of holes.
    fn pass_sparse_map(&mut self, header: &[u8; BLOCK as usize]) -> io::Result<()> {
        let mut goes_on = header[482] != 0;
        while goes_on {
            goes_on = self.block()?.ok_or_else(cut)?[504] != 0;
        }
        Ok(())
    }
}

/// What a pax header says of the file that follows.
#[derive(Default)]
struct Attributes {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

impl Attributes {
    /// Reads records `length name=value\n`; what cannot be read ends them.
    fn read(records: &[u8]) -> Attributes {
        let mut attributes = Attributes::default();
        let mut rest = records;
        while let Some(blank) = memchr::memchr(b' ', rest) {
            let length = decimal(rest.get(..blank).unwrap_or_default());
            let Some(length) = length.filter(|length| *length > blank && *length <= rest.len()) else {
                break;
            };
            let (record, after) = rest.split_at(length);
            rest = after;
            let record = record.get(blank + 1..).unwrap_or_default();
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            let Some(equals) = memchr::memchr(b'=', record) else { continue };
            let (name, value) = record.split_at(equals);
            let value = value.get(1..).unwrap_or_default();
            match name {
                b"path" => attributes.path = Some(value.to_vec()),
                b"size" => attributes.size = decimal(value).map(|size| size as u64),
                _ if name.starts_with(b"GNU.sparse.") => attributes.is_sparse = true,
                _ => {}
            }
        }
        attributes
    }
}

fn decimal(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The path of a header: prefix and name of ustar, the name alone of all others.
fn path(header: &[u8; BLOCK as usize]) -> Vec<u8> {
    let text = |bytes: &[u8]| bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    let name = text(&header[..100]);
    let prefix = if header[257..263] == *b"ustar\0" { text(&header[345..500]) } else { Vec::new() };
    if prefix.is_empty() { name } else { [prefix, name].join(&b'/') }
}

/// A number in octal digits, or, with the highest bit set, in binary, the highest byte first.
fn number(field: &[u8]) -> Option<u64> {
    if let [first @ 0x80..=0xff, rest @ ..] = field {
        let start = u64::from(first & 0x7f);
        return rest
            .iter()
            .try_fold(start, |number, byte| number.checked_mul(256).map(|number| number | u64::from(*byte)));
    }
    let digits = field.trim_ascii_start();
    let digits = digits.split(|byte| matches!(byte, 0 | b' ')).next().unwrap_or_default();
    digits.iter().try_fold(0u64, |number, digit| match digit {
        b'0'..=b'7' => number.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// The sum of a header's bytes, its own field taken as blanks. Some old tars took bytes for signed numbers.
fn has_right_checksum(block: &[u8; BLOCK as usize]) -> bool {
    let Some(stated) = number(&block[148..156]).and_then(|sum| i64::try_from(sum).ok()) else { return false };
    let others = || block[..148].iter().chain(&block[156..]);
    let unsigned: i64 = others().map(|byte| i64::from(*byte)).sum();
    let signed: i64 = others().map(|byte| i64::from(*byte as i8)).sum();
    stated == unsigned + 8 * 32 || stated == signed + 8 * 32
}

fn is_zero(block: &[u8; BLOCK as usize]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX)
}

fn bad(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("tar: {what}"))
}

fn cut() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "tar: it is cut short")
}

#[cfg(test)]
mod tests;
