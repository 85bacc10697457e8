//! What is expected at a place of many lines, compared sixteen bytes at a time: a text, or a stretch in which only the bytes of some values differ.

use wide::u8x16;

use crate::text::scan::after;

/// Bytes that are compared at a time.
const STEP: usize = 16;
/// A text that is expected at many places: compared at once where it is short.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedText {
    text: Box<[u8]>,
    /// Its first bytes, and which of them belong to it.
    window: u8x16,
    mask: u8x16,
}

impl ExpectedText {
    /// Of these bytes.
    pub fn new(text: &[u8]) -> ExpectedText {
        let window = std::array::from_fn(|at| text.get(at).copied().unwrap_or(0));
        let mask = std::array::from_fn(|at| if at < text.len() { 0xff } else { 0 });
        ExpectedText { text: text.into(), window: u8x16::new(window), mask: u8x16::new(mask) }
    }

    /// What follows it at the start of `text`.
    #[inline(always)]
    pub fn after<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let Some(near) = text.first_chunk::<STEP>().filter(|_| self.text.len() <= STEP) else {
            return after(text, &self.text);
        };
        let differs = (u8x16::new(*near) ^ self.window) & self.mask;
        (differs == u8x16::ZERO).then(|| text.get(self.text.len()..)).flatten()
    }
}

/// A stretch of a line in which each byte is the one that is expected, or belongs to a value of an expected length. It holds no backslash.
#[derive(Clone, Debug)]
pub struct ExpectedStretch {
    /// By twos: counting them takes as long as a step. Any bytes may stand behind its end.
    steps: Box<[[StretchStep; 2]]>,
    length: usize,
}

/// What is expected of so many bytes as are compared at a time: the lowest byte that may stand there, and how far others may lie above it.
#[derive(Clone, Debug)]
struct StretchStep {
    lowest: u8x16,
    spread: u8x16,
}

impl StretchStep {
    /// Not zero where a byte may not stand there.
    #[inline(always)]
    fn misfits(&self, bytes: &[u8; STEP]) -> u8x16 {
        let bytes = u8x16::new(*bytes);
        (bytes - self.lowest).saturating_sub(self.spread) | bytes.simd_eq(u8x16::splat(b'\\'))
    }
}

impl ExpectedStretch {
    /// What follows it at the start of `text`; `None` also where so little follows that not all its bytes can be compared at once, and where a backslash
    /// follows among those that are compared with its last ones.
    #[inline(always)]
    pub fn after<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let compared = text.as_chunks::<{ 2 * STEP }>().0.get(..self.steps.len())?;
        let mut differs = u8x16::ZERO;
        for (bytes, [first, second]) in compared.iter().zip(&self.steps) {
            let [bytes, next] = bytes.as_chunks::<STEP>().0 else { return None };
            differs |= first.misfits(bytes) | second.misfits(next);
        }
        (differs == u8x16::ZERO).then(|| text.get(self.length..)).flatten()
    }
}

/// A stretch in the making.
#[derive(Default)]
pub struct StretchDraft {
    lowest: Vec<u8>,
    spread: Vec<u8>,
}

/// The lowest byte that a text of a stretch holds: no quote lies above it, and blanks are expected where one was learned.
const LOWEST_IN_TEXT: u8 = b'#';

impl StretchDraft {
    /// Its bytes so far.
    pub fn length(&self) -> usize {
        self.lowest.len()
    }

    /// Adds bytes that are always the same; none of them is a backslash.
    pub fn add(&mut self, text: &[u8]) {
        text.iter().for_each(|byte| self.add_byte(*byte, 0));
    }

    /// Adds the text of a JSON string that means itself ([`means_itself`](crate::text::scan::means_itself)), and [is like](is_like) another one.
    pub fn add_text(&mut self, other: &[u8]) {
        for byte in other {
            match *byte < LOWEST_IN_TEXT {
                true => self.add_byte(b' ', b'!' - b' '),
                false => self.add_byte(LOWEST_IN_TEXT, 0x7f - LOWEST_IN_TEXT),
            }
        }
    }

    /// Adds a whole number without a sign, which has no leading zero.
    pub fn add_whole(&mut self, length: usize) {
        for at in 0..length {
            let lowest = if at == 0 && length > 1 { b'1' } else { b'0' };
            self.add_byte(lowest, b'9' - lowest);
        }
    }

    fn add_byte(&mut self, lowest: u8, spread: u8) {
        self.lowest.push(lowest);
        self.spread.push(spread);
    }

    /// The stretch; any bytes may follow it.
    pub fn finish(mut self) -> ExpectedStretch {
        let length = self.length();
        (length..length.next_multiple_of(2 * STEP)).for_each(|_| self.add_byte(0, 0xff));
        let [lowest, spread] = [&self.lowest, &self.spread].map(|bytes| in_steps(bytes));
        let steps: Vec<StretchStep> =
            lowest.zip(spread).map(|(lowest, spread)| StretchStep { lowest, spread }).collect();
        let steps = steps.as_chunks::<2>().0.into();
        ExpectedStretch { steps, length }
    }
}

/// Whether a text has the length of another one, and blanks (or exclamation marks) where that one has them.
pub fn is_like(text: &[u8], other: &[u8]) -> bool {
    let is_blank = |byte: &u8| *byte < LOWEST_IN_TEXT;
    text.len() == other.len() && text.iter().map(is_blank).eq(other.iter().map(is_blank))
}

fn in_steps(bytes: &[u8]) -> impl Iterator<Item = u8x16> {
    bytes.as_chunks::<STEP>().0.iter().map(|step| u8x16::new(*step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::scan::means_itself;

    proptest! {
        #[test]
        fn a_text_is_followed_by_what_stands_behind_it(text in "[01]{0,40}", length in 0usize..30, at in 0usize..30) {
            let mut expected = text.as_bytes()[..length.min(text.len())].to_vec();
            prop_assert_eq!(ExpectedText::new(&expected).after(text.as_bytes()), text.as_bytes().get(expected.len()..));
            if let Some(byte) = expected.get_mut(at) {
                *byte ^= 1;
                prop_assert_eq!(ExpectedText::new(&expected).after(text.as_bytes()), None);
            }
        }

        #[test]
        fn a_stretch_is_what_its_parts_are(
            before in "[ -Z]{0,20}", text in "[ !#-Z]{0,20}", between in "[a-z\":]{1,20}", number in "[1-9][0-9]{0,19}|0", odd: u8, at in 0usize..80,
        ) {
            let mut draft = StretchDraft::default();
            draft.add(before.as_bytes());
            draft.add_text(text.as_bytes());
            draft.add(between.as_bytes());
            draft.add_whole(number.len());
            let (length, stretch) = (draft.length(), draft.finish());
            let mut line = [before.as_bytes(), text.as_bytes(), between.as_bytes(), number.as_bytes(), b", and what follows on this line or the next"].concat();
            prop_assert_eq!(stretch.after(&line), line.get(length..));
            prop_assert_eq!(stretch.after(&line[..length - 1]), None);
            if at < length {
                line[at] = odd;
                let parts = [before.len(), text.len(), between.len(), number.len()];
                let mut rest = &line[..];
                let [same, value, also, digits] = parts.map(|part| {
                    let (part, behind) = rest.split_at(part);
                    rest = behind;
                    part
                });
                let fits = same == before.as_bytes()
                    && means_itself(value)
                    && !value.contains(&b'"')
                    && is_like(value, text.as_bytes())
                    && also == between.as_bytes()
                    && digits.iter().all(u8::is_ascii_digit)
                    && (digits.len() == 1 || digits[0] != b'0');
                prop_assert_eq!(stretch.after(&line).is_some(), fits);
            }
        }
    }
}
