//! How a file is packed, told by its first bytes and never by its name.

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
}

/// The first two bytes of a bzip2 file, `h`, its block size and then one of two magics: of a block, of the end (an empty file).
const BZIP2_BLOCK: &[u8] = &[0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const BZIP2_END: &[u8] = &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
/// The little-endian magics 0x184D2A50 to 0x184D2A5F begin a frame to be skipped, in LZ4 and Zstandard alike (RFC 8878, 3.1.2).
const SKIPPABLE: &[u8] = &[0x2a, 0x4d, 0x18];
/// Frames to be skipped at the beginning, at most: tools write one.
const MOST_SKIPPABLE: usize = 16;

impl Compression {
    /// Tells a packed file by its first bytes. `Deflate` has none by which it could be told.
    pub(super) fn recognise(head: &[u8]) -> Compression {
        let mut head = head;
        for _ in 0..MOST_SKIPPABLE {
            match skippable(head) {
                Some(behind) => head = behind,
                None => break,
            }
        }
        match head {
            [0x1f, 0x8b, 8, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
                if rest.starts_with(BZIP2_BLOCK) || rest.starts_with(BZIP2_END) =>
            {
                Compression::Bzip2
            }
            [0x04, 0x22, 0x4d, 0x18, ..] => Compression::Lz4,
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
        }
    }

    /// Whether a further member, frame or stream may begin with this byte.
    pub(super) fn begins_with(self, first: u8) -> bool {
        match self {
            Compression::None | Compression::Deflate => false,
            Compression::Gzip => first == 0x1f,
            Compression::Zstd => matches!(first, 0x28 | 0x50..=0x5f),
            Compression::Xz => first == 0xfd,
            Compression::Bzip2 => first == b'B',
            Compression::Lz4 => matches!(first, 0x04 | 0x50..=0x5f),
        }
    }
}

/// What follows a frame to be skipped.
fn skippable(head: &[u8]) -> Option<&[u8]> {
    let ([0x50..=0x5f, magic @ ..], rest) = head.split_first_chunk::<4>()? else { return None };
    let (length, rest) = rest.split_first_chunk::<4>().filter(|_| magic == SKIPPABLE)?;
    rest.get(usize::try_from(u32::from_le_bytes(*length)).ok()?..)
}

/// Packed forms that are not read, by their first bytes: a person is told what the file is.
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

/// What a file is that is packed in a form that is not read.
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
    fn a_file_that_begins_with_a_frame_to_be_skipped_is_told_by_the_next() {
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
