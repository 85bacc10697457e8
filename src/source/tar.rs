//! The walk over a tar archive: old tar, POSIX ustar and pax (IEEE 1003.1-2017, pax, "ustar Interchange Format"), GNU
//! (<https://www.gnu.org/software/tar/manual/html_node/Standard.html>). It is our own, because it must limit the memory that a long name
//! takes, must say where in the archive each member lies, and must give the members that come before damage.

use std::io::{self, ErrorKind, Read};

/// Headers and members fill whole blocks of so many bytes.
const BLOCK: u64 = 512;
/// Names and attributes that are longer are an attack: a path has at most 4096 bytes.
const LONGEST_NAME: u64 = 64 << 10;

/// The fields of a header (POSIX, "ustar Header Block"; GNU's `struct posix_header` and `struct oldgnu_header`).
mod field {
    use std::ops::Range;

    pub const NAME: Range<usize> = 0..100;
    pub const SIZE: Range<usize> = 124..136;
    pub const CHECKSUM: Range<usize> = 148..156;
    pub const TYPE: usize = 156;
    pub const MAGIC: Range<usize> = 257..263;
    pub const PREFIX: Range<usize> = 345..500;
    /// Further blocks of a sparse file's map follow (`isextended`).
    pub const SPARSE_MAP_GOES_ON: usize = 482;
    /// The same in those blocks (`struct sparse_header`).
    pub const FURTHER_SPARSE_MAP_GOES_ON: usize = 504;
}

/// What a header is about (POSIX, "ustar Header Block" and "pax Header Block"; GNU, "Basic Tar Format").
mod kind {
    pub const FILE: u8 = b'0';
    pub const OLD_FILE: u8 = 0;
    pub const CONTIGUOUS_FILE: u8 = b'7';
    pub const LINK: u8 = b'1';
    pub const FIFO: u8 = b'6';
    pub const PAX_ATTRIBUTES: u8 = b'x';
    pub const PAX_GLOBAL_ATTRIBUTES: u8 = b'g';
    pub const GNU_LONG_PATH: u8 = b'L';
    pub const GNU_LONG_LINK: u8 = b'K';
    pub const GNU_SPARSE_FILE: u8 = b'S';
}

/// The magic of ustar. GNU's own has blanks in its place, and no prefix.
const USTAR: &[u8] = b"ustar\0";

/// Bytes that can be passed over.
pub(super) trait Passing: Read {
    /// Passes over so many bytes, or over as many as there are; gives their number.
    fn pass(&mut self, bytes: u64) -> io::Result<u64>;
}

impl Passing for &[u8] {
    fn pass(&mut self, bytes: u64) -> io::Result<u64> {
        let passed = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.len());
        *self = self.get(passed..).unwrap_or_default();
        Ok(passed as u64)
    }
}

/// A stream, whose bytes are passed over by reading them.
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
    /// What of it lies there.
    pub stored: Stored,
}

/// What of a file lies in the archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stored {
    /// All of its bytes.
    #[default]
    Whole,
    /// Its bytes but those of its holes (`tar --sparse`): read as they lie there, they are not the file.
    WithoutHoles,
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

    /// The next file. Folders, links and devices are passed over: they hold no evidence.
    ///
    /// # Errors
    /// Where the archive is cut short or damaged: nothing more can be found in it.
    pub(super) fn next(&mut self) -> io::Result<Option<TarMember>> {
        let mut long_path = None;
        let mut attributes = Attributes::default();
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let kind = header[field::TYPE];
            let size = number(&header[field::SIZE]).ok_or_else(|| bad("a size that is no number"))?;
            match kind {
                kind::GNU_LONG_PATH => long_path = Some(self.name(size)?),
                kind::PAX_ATTRIBUTES => attributes = Attributes::read(&self.name(size)?),
                kind::GNU_SPARSE_FILE => {
                    let size = attributes.size.take().unwrap_or(size);
                    let path = attributes.path.take().or(long_path).unwrap_or_else(|| path(&header));
                    self.pass_sparse_map(&header)?;
                    return Ok(Some(self.member(path, size, Stored::WithoutHoles)));
                }
                kind::FILE | kind::OLD_FILE | kind::CONTIGUOUS_FILE => {
                    let size = attributes.size.take().unwrap_or(size);
                    let path = attributes.path.take().or(long_path.take()).unwrap_or_else(|| path(&header));
                    let stored = std::mem::take(&mut attributes).stored;
                    let is_folder = path.ends_with(b"/");
                    let member = self.member(path, size, stored);
                    if !is_folder {
                        return Ok(Some(member));
                    }
                }
                _ => {
                    // Links, devices and folders have no bytes, whatever size their header gives.
                    let bytes = if matches!(kind, kind::LINK..=kind::FIFO) { 0 } else { size };
                    self.next = self.at.saturating_add(padded(bytes));
                    if !matches!(kind, kind::GNU_LONG_LINK | kind::PAX_GLOBAL_ATTRIBUTES) {
                        (long_path, attributes) = (None, Attributes::default());
                    }
                }
            }
        }
    }

    /// Reads some bytes of the member that `next` gave last. The caller reads them in order, and not beyond the member's end.
    pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }

    fn member(&mut self, path: Vec<u8>, size: u64, stored: Stored) -> TarMember {
        self.next = self.at.saturating_add(padded(size));
        TarMember { path, size, start: self.at, stored }
    }

    /// The next header. An archive ends with blocks of zeros. Another archive may follow them (`cat a.tar b.tar`); anything else that
    /// follows is not read.
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

    /// The bytes behind a header that only tells something about the next header, such as a long name.
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

    /// Passes over the further blocks in which GNU tar lists the holes of a sparse file.
    fn pass_sparse_map(&mut self, header: &[u8; BLOCK as usize]) -> io::Result<()> {
        let mut goes_on = header[field::SPARSE_MAP_GOES_ON] != 0;
        while goes_on {
            goes_on = self.block()?.ok_or_else(cut)?[field::FURTHER_SPARSE_MAP_GOES_ON] != 0;
        }
        Ok(())
    }
}

/// What a pax header says about the file that follows.
#[derive(Default)]
struct Attributes {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    stored: Stored,
}

impl Attributes {
    /// Reads records `length name=value\n`, up to the first that is malformed.
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
                _ if name.starts_with(b"GNU.sparse.") => attributes.stored = Stored::WithoutHoles,
                _ => {}
            }
        }
        attributes
    }
}

fn decimal(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The path in a header: prefix and name in the ustar format, the name alone in all others.
fn path(header: &[u8; BLOCK as usize]) -> Vec<u8> {
    let text = |bytes: &[u8]| bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    let name = text(&header[field::NAME]);
    let prefix = if header[field::MAGIC] == *USTAR { text(&header[field::PREFIX]) } else { Vec::new() };
    if prefix.is_empty() { name } else { [prefix, name].join(&b'/') }
}

/// A number in octal digits, or, where the highest bit is set, in binary (GNU), the highest byte first.
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

/// Whether the checksum is the sum of the header's bytes, with blanks in the place of the checksum itself. Some old programs summed the
/// bytes as signed numbers.
fn has_right_checksum(block: &[u8; BLOCK as usize]) -> bool {
    let stated = number(&block[field::CHECKSUM]).and_then(|sum| i64::try_from(sum).ok());
    let Some(stated) = stated else { return false };
    let others = || block[..field::CHECKSUM.start].iter().chain(&block[field::CHECKSUM.end..]);
    let blanks = field::CHECKSUM.len() as i64 * i64::from(b' ');
    let unsigned: i64 = others().map(|byte| i64::from(*byte)).sum();
    let signed: i64 = others().map(|byte| i64::from(*byte as i8)).sum();
    stated == unsigned + blanks || stated == signed + blanks
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
