//! How a file is packed, told by its first bytes and never by its name.

use std::ops::RangeInclusive;

use super::utf16::begins_with_mark;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952), of any number of members.
    Gzip,
    /// Zstandard (RFC 8878), of any number of frames.
    Zstd,
    /// xz, of any number of streams.
    Xz,
    /// bzip2, of any number of streams.
    Bzip2,
    /// LZ4, of any number of frames.
    Lz4,
    /// Bare deflate (RFC 1951), as members of zip archives are packed.
    Deflate,
    /// Not packed, but text in UTF-16, which is read as UTF-8.
    Utf16,
}

/// ID1, ID2 and the one compression method that gzip has, deflate (RFC 1952, 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b, 8];
/// The magic number of a Zstandard frame, little-endian (RFC 8878, 3.1.1).
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Header magic bytes of a stream (The .xz File Format 1.2.1, 2.1.1.1).
const XZ: &[u8] = b"\xfd7zXZ\0";
/// The magic number of an LZ4 frame, little-endian (LZ4 Frame Format 1.6.4).
const LZ4: &[u8] = &[0x04, 0x22, 0x4d, 0x18];
/// A bzip2 stream begins with these. The size of its blocks follows, as a digit from `1` to `9`, and then one of the two marks below.
const BZIP2: &[u8] = b"BZh";
/// The mark of a block (the digits of pi), and that of a stream's end, which follows at once in an empty one (those of its square root).
const BZIP2_BLOCK: &[u8] = &[0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const BZIP2_END: &[u8] = &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
/// The first byte of a skippable frame, in LZ4 and Zstandard alike: its magic number is one of 0x184D2A50 to 0x184D2A5F, little-endian
/// (RFC 8878, 3.1.2).
const SKIPPABLE_FIRST: RangeInclusive<u8> = 0x50..=0x5f;
/// The other three bytes of that number.
const SKIPPABLE_REST: &[u8] = &[0x2a, 0x4d, 0x18];
/// Most skippable frames that are passed over at the beginning of a file: tools write one.
const MOST_SKIPPABLE: usize = 16;

impl Compression {
    /// The compression that a file's first bytes show. Never `Deflate`: it begins with no magic number.
    pub(super) fn recognise(head: &[u8]) -> Compression {
        let mut head = head;
        for _ in 0..MOST_SKIPPABLE {
            match behind_skippable(head) {
                Some(behind) => head = behind,
                None => break,
            }
        }
        match head {
            _ if head.starts_with(GZIP) => Compression::Gzip,
            _ if head.starts_with(ZSTD) => Compression::Zstd,
            _ if head.starts_with(XZ) => Compression::Xz,
            _ if head.starts_with(LZ4) => Compression::Lz4,
            _ if begins_bzip2(head) => Compression::Bzip2,
            _ if begins_with_mark(head) => Compression::Utf16,
            _ => Compression::None,
        }
    }

    /// Its name, as people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Xz => "xz",
            Compression::Bzip2 => "bzip2",
            Compression::Lz4 => "lz4",
            Compression::Deflate => "deflate",
            Compression::Utf16 => "utf-16",
        }
    }

    /// Whether another member, frame or stream of this compression may begin with this byte.
    pub(super) fn begins_with(self, first: u8) -> bool {
        let (magic, may_be_skippable) = match self {
            Compression::None | Compression::Deflate | Compression::Utf16 => return false,
            Compression::Gzip => (GZIP, false),
            Compression::Zstd => (ZSTD, true),
            Compression::Xz => (XZ, false),
            Compression::Bzip2 => (BZIP2, false),
            Compression::Lz4 => (LZ4, true),
        };
        magic.first() == Some(&first) || (may_be_skippable && SKIPPABLE_FIRST.contains(&first))
    }
}

fn begins_bzip2(head: &[u8]) -> bool {
    let Some([b'1'..=b'9', rest @ ..]) = head.strip_prefix(BZIP2) else { return false };
    rest.starts_with(BZIP2_BLOCK) || rest.starts_with(BZIP2_END)
}

/// What follows a skippable frame: its magic number, its length, and so many bytes (RFC 8878, 3.1.2).
fn behind_skippable(head: &[u8]) -> Option<&[u8]> {
    let ([first, magic @ ..], rest) = head.split_first_chunk::<4>()?;
    let is_skippable = SKIPPABLE_FIRST.contains(first) && magic == SKIPPABLE_REST;
    let (length, rest) = rest.split_first_chunk::<4>().filter(|_| is_skippable)?;
    rest.get(usize::try_from(u32::from_le_bytes(*length)).ok()?..)
}

/// Packed forms that rayscope does not read, by their first bytes: the report names the form, so that a person can unpack the file.
const UNREAD: &[(&[u8], &str)] = &[
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x9d", "packed by compress (.Z)"),
    (b"\x02\x21\x4c\x18", "packed in the old form of LZ4"),
    (b"LZIP", "packed by lzip"),
    (b"\x89LZO\0\r\n\x1a\n", "packed by lzop"),
    (b"xar!", "a xar archive"),
    (b"MSCF\0\0\0\0", "a Windows cabinet"),
    (b"!<arch>\n", "an ar archive"),
];

/// The name of the packed form that a file has, where rayscope does not read that form.
pub(super) fn unread(head: &[u8]) -> Option<&'static str> {
    UNREAD.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_like_a_packed_file_stays_text() {
        for text in [&b"BZh9 is how bzip2 begins"[..], b"PZ", b"(\xb5", b"\x1f\x8b\x00", b"", b"7zXZ"] {
            assert_eq!(Compression::recognise(text), Compression::None, "{text:?}");
        }
    }

    #[test]
    fn a_file_that_begins_with_a_skippable_frame_is_told_by_the_next() {
        let pzstd =
            [&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9][..], &[0x28, 0xb5, 0x2f, 0xfd]].concat();
        assert_eq!(Compression::recognise(&pzstd), Compression::Zstd);
        let endless = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0].repeat(64);
        assert_eq!(Compression::recognise(&endless), Compression::None);
    }

    #[test]
    fn a_packed_form_that_is_not_read_is_named() {
        assert_eq!(unread(b"Rar!\x1a\x07\x01\0"), Some("a RAR archive"));
        assert_eq!(unread(b"GET / HTTP/1.1"), None);
    }
}
