//! Damage to inputs, the same for the same seed: flipped bits, cut ends, spliced halves, repeated and dropped pieces, numbers at
//! the edges of their types.

/// A stream of numbers: xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        // A state of 0 would stay 0.
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11).checked_rem(bound as u64).unwrap_or(0) as usize
    }
}

/// Numbers at the edges of types and lengths.
const INTERESTING: [u64; 16] = [
    0,
    1,
    2,
    4,
    0x0f,
    0x10,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    u64::MAX,
];
/// Words and signs that matter in text formats.
const WORDS: [&[u8]; 24] = [
    b"\r\n",
    b"\n",
    b"\0",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b" ",
    b"-",
    b"99999999999999999999",
    b"-1",
    b"1e309",
    b"\xff\xfe",
    b"\xf0\x9f\x92\xa9",
    b"\\u0000",
    b"\\ud800",
    b"Content-Length: ",
    b"chunked",
    b"HTTP/1.1",
    b"\xef\xbb\xbf",
];
/// Inputs do not become longer than this.
const LARGEST: usize = 96 << 10;

/// Damages an input in a few places, perhaps by replacing a half with one of `other`.
pub fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..1 + random.below(6) {
        once(input, other, random);
    }
    input.truncate(LARGEST);
}

fn once(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(input.len());
    let length = 1 + random.below(32.min(input.len().saturating_sub(at)).max(1));
    let end = (at + length).min(input.len());
    match random.below(11) {
        0 | 1 => {
            let bit = 1 << random.below(8);
            input.get_mut(at).map(|byte| *byte ^= bit);
        }
        2 => {
            let value = random.next() as u8;
            input.get_mut(at).map(|byte| *byte = value);
        }
        3 | 4 => {
            let value = INTERESTING[random.below(INTERESTING.len())].wrapping_sub(random.below(2) as u64);
            let width = 1 << random.below(4);
            let bytes = if random.below(2) == 0 { value.to_le_bytes() } else { value.to_be_bytes() };
            let bytes = if random.below(2) == 0 { &bytes[..width] } else { &bytes[8 - width..] };
            for (place, byte) in input.iter_mut().skip(at).zip(bytes) {
                *place = *byte;
            }
        }
        5 => {
            let word = WORDS[random.below(WORDS.len())];
            input.splice(at..at, word.iter().copied());
        }
        6 => {
            input.drain(at..end);
        }
        7 => {
            let piece = input.get(at..end).unwrap_or_default().to_vec();
            let times = 1 + random.below(16);
            input.splice(at..at, piece.repeat(times));
        }
        8 => input.truncate(at),
        9 => {
            let from = random.below(other.len());
            input.truncate(at);
            input.extend(&other[from..]);
        }
        _ => {
            let from = random.below(other.len());
            let to = (from + 1 + random.below(256)).min(other.len());
            let piece = other.get(from..to).unwrap_or_default().to_vec();
            input.splice(at..end, piece);
        }
    }
}
