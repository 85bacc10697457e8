//! Text in UTF-16 as UTF-8. Windows PowerShell writes it with `>` and `Out-File`, and so do the event viewer and many an editor there; what follows the byte
//! order mark is read as if the file had been saved in UTF-8.

use std::io::{self, BufRead, Read};

/// The byte order mark, of either order (The Unicode Standard, 23.8).
const LITTLE: [u8; 2] = [0xff, 0xfe];
const BIG: [u8; 2] = [0xfe, 0xff];
/// Bytes that are taken at a time.
const PIECE: usize = 8 << 10;

/// Whether a file begins so. UTF-32 has two zeros behind the same mark, as no text in UTF-16 has.
pub(super) fn begins_with_mark(head: &[u8]) -> bool {
    match head {
        [first, second, 0, 0, ..] if [*first, *second] == LITTLE => false,
        [first, second, ..] => [LITTLE, BIG].contains(&[*first, *second]),
        _ => false,
    }
}

/// The text behind the mark. What is no UTF-16 becomes U+FFFD, as does half a character at the end.
pub(super) struct Utf16Reader<I> {
    input: I,
    /// Once the mark is read: whether the larger half of a unit comes first.
    is_big: Option<bool>,
    /// A byte without its other half, and a surrogate without its second.
    half_unit: Option<u8>,
    surrogate: Option<u16>,
    ready: Vec<u8>,
    given: usize,
}

impl<I: BufRead> Utf16Reader<I> {
    pub fn new(input: I) -> Utf16Reader<I> {
        Utf16Reader { input, is_big: None, half_unit: None, surrogate: None, ready: Vec::new(), given: 0 }
    }

    /// Reads on until something is ready or the input ends.
    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() {
            let piece = self.input.fill_buf()?;
            let piece = piece.get(..PIECE).unwrap_or(piece).to_vec();
            self.input.consume(piece.len());
            let units = self.units(&piece);
            let is_end = piece.is_empty();
            self.decode(units, is_end);
            if is_end {
                return Ok(());
            }
        }
        Ok(())
    }

    fn units(&mut self, piece: &[u8]) -> Vec<u16> {
        let mut units: Vec<u16> = self.surrogate.take().into_iter().collect();
        let mut bytes = self.half_unit.take().into_iter().chain(piece.iter().copied());
        while let Some(first) = bytes.next() {
            let Some(second) = bytes.next() else {
                self.half_unit = Some(first);
                break;
            };
            let pair = [first, second];
            match self.is_big {
                None => self.is_big = Some(pair == BIG),
                Some(true) => units.push(u16::from_be_bytes(pair)),
                Some(false) => units.push(u16::from_le_bytes(pair)),
            }
        }
        units
    }

    fn decode(&mut self, mut units: Vec<u16>, is_end: bool) {
        const FIRST_HALVES: std::ops::Range<u16> = 0xd800..0xdc00;
        if !is_end && units.last().is_some_and(|unit| FIRST_HALVES.contains(unit)) {
            self.surrogate = units.pop();
        }
        let mut utf8 = [0; 4];
        for read in char::decode_utf16(units) {
            let letter = read.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.ready.extend_from_slice(letter.encode_utf8(&mut utf8).as_bytes());
        }
        if is_end && self.half_unit.take().is_some() {
            self.ready.extend_from_slice(char::REPLACEMENT_CHARACTER.encode_utf8(&mut utf8).as_bytes());
        }
    }
}

impl<I: BufRead> Read for Utf16Reader<I> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.fill()?;
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], piece: usize) -> String {
        let mut text = String::new();
        let input = BufReader::with_capacity(piece, bytes);
        Utf16Reader::new(input).read_to_string(&mut text).unwrap();
        text
    }

    fn encoded(text: &str, is_big: bool) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    proptest! {
        #[test]
        fn every_text_is_read_whatever_the_pieces(text: String, is_big: bool, piece in 1usize..9) {
            prop_assert_eq!(read(&encoded(&text, is_big), piece), text);
        }

        #[test]
        fn no_bytes_stop_the_reader(bytes: Vec<u8>, piece in 1usize..9) {
            read(&bytes, piece);
        }
    }

    #[test]
    fn half_a_character_at_the_end_is_told() {
        assert_eq!(read(&[0xff, 0xfe, b'a', 0, b'b'], 3), "a\u{fffd}");
        assert_eq!(read(&[0xff, 0xfe, b'a', 0, 0x3d, 0xd8], 3), "a\u{fffd}");
    }

    #[test]
    fn the_mark_of_utf_32_is_another() {
        assert!(begins_with_mark(&[0xff, 0xfe, b'a', 0]) && begins_with_mark(&[0xfe, 0xff, 0, b'a']));
        assert!(!begins_with_mark(&[0xff, 0xfe, 0, 0]) && !begins_with_mark(b"a") && !begins_with_mark(b""));
    }
}
