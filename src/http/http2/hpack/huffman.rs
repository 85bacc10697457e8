//! The Huffman code of header strings (RFC 7541, 5.2 and appendix B).

/// The end of a string, as a symbol: it may only be begun, as padding.
const END: usize = 256;
/// Bits of each byte's code, and of the end (RFC 7541, appendix B). The code is canonical: among codes of one length, and from the shorter to
/// the longer, they ascend with the byte. So the lengths give the codes.
const LENGTHS: [u8; END + 1] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, // 0x00
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, // 0x10
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, // 0x20
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, // 0x30
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, // 0x40
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, // 0x50
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, // 0x60
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, // 0x70
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, // 0x80
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, // 0x90
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, // 0xA0
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, // 0xB0
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, // 0xC0
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, // 0xD0
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, // 0xE0
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, // 0xF0
    30, // the end
];
/// Bits of the longest code.
const LONGEST: usize = 30;
/// Codes of at most so many bits are looked up at once; all letters and digits have them.
const SHORT: u32 = 9;

/// A symbol and the bits of its code; no bits where the code is longer than [`SHORT`].
#[derive(Clone, Copy)]
struct Short {
    symbol: u8,
    bits: u8,
}

/// The code, made of the lengths when the program is built.
struct Code {
    /// By the first [`SHORT`] bits.
    short: [Short; 1 << SHORT],
    /// For each length: behind its last code, aligned to 32 bits; and its symbols' first place in `symbols` minus its first code.
    limits: [u64; LONGEST + 1],
    places: [i64; LONGEST + 1],
    /// Symbols in the order of their codes.
    symbols: [u16; END + 1],
}

static CODE: Code = {
    let mut code = Code {
        short: [Short { symbol: 0, bits: 0 }; 1 << SHORT],
        limits: [0; LONGEST + 1],
        places: [0; LONGEST + 1],
        symbols: [0; END + 1],
    };
    let (mut next, mut placed, mut length) = (0u64, 0usize, 1usize);
    while length <= LONGEST {
        next <<= 1;
        code.places[length] = placed as i64 - next as i64;
        let mut symbol = 0;
        while symbol <= END {
            if LENGTHS[symbol] as usize == length {
                code.symbols[placed] = symbol as u16;
                if length <= SHORT as usize {
                    let free = SHORT as usize - length;
                    let mut fill = 0;
                    while fill < 1 << free {
                        code.short[((next as usize) << free) + fill] =
                            Short { symbol: symbol as u8, bits: length as u8 };
                        fill += 1;
                    }
                }
                placed += 1;
                next += 1;
            }
            symbol += 1;
        }
        code.limits[length] = next << (32 - length);
        length += 1;
    }
    code
};

/// Why a string cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadString;

/// Decodes a string behind what `decoded` holds.
pub(crate) fn decode(encoded: &[u8], decoded: &mut Vec<u8>) -> Result<(), BadString> {
    let (mut bits, mut count, mut bytes) = (0u64, 0u32, encoded.iter());
    loop {
        while count <= 32 {
            let Some(byte) = bytes.next() else { break };
            bits = bits << 8 | u64::from(*byte);
            count += 8;
        }
        // The next 32 bits, filled up with ones as the padding is.
        let window = match count {
            32.. => (bits >> (count - 32)) as u32,
            0 => return Ok(()),
            _ => (bits << (32 - count)) as u32 | u32::MAX >> count,
        };
        let (symbol, length) = symbol(window);
        if length > count {
            let is_padding = count < 8 && window == u32::MAX;
            return if is_padding { Ok(()) } else { Err(BadString) };
        }
        decoded.push(u8::try_from(symbol).map_err(|_| BadString)?);
        count -= length;
    }
}

/// The symbol with which these bits begin, and how many it has.
#[inline]
fn symbol(window: u32) -> (u16, u32) {
    let short = CODE.short[(window >> (32 - SHORT)) as usize];
    if short.bits > 0 {
        return (u16::from(short.symbol), u32::from(short.bits));
    }
    let mut length = SHORT as usize + 1;
    while length < LONGEST && u64::from(window) >= CODE.limits[length] {
        length += 1;
    }
    let place = i64::from(window >> (32 - length)) + CODE.places[length];
    let symbol = usize::try_from(place).ok().and_then(|place| CODE.symbols.get(place));
    (symbol.copied().unwrap_or(END as u16), length as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(encoded: &[u8]) -> Result<Vec<u8>, BadString> {
        let mut text = Vec::new();
        decode(encoded, &mut text).map(|()| text)
    }

    /// Encodes as the RFC has it, bit by bit.
    fn encoded(text: &[u8]) -> Vec<u8> {
        let code = |symbol: usize| {
            let length = LENGTHS[symbol];
            let place = CODE.symbols.iter().position(|known| usize::from(*known) == symbol).unwrap();
            ((place as i64 - CODE.places[usize::from(length)]) as u64, length)
        };
        let mut bits: Vec<bool> = Vec::new();
        for byte in text {
            let (code, length) = code(usize::from(*byte));
            bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
        }
        bits.resize(bits.len().next_multiple_of(8), true);
        bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
    }

    #[test]
    fn the_code_is_complete_and_every_byte_comes_back() {
        let share: f64 = LENGTHS.iter().map(|length| 2f64.powi(-i32::from(*length))).sum();
        assert!((share - 1.0).abs() < 1e-12, "a prefix code without holes");
        // RFC 7541, appendix B: three of its rows.
        assert_eq!(encoded(b"a"), [0b0001_1111]);
        assert_eq!(encoded(&[0x00]), [0xff, 0b1100_0111]);
        assert_eq!(encoded(&[0xff]), [0xff, 0xff, 0xfb, 0b1011_1111]);
        for byte in 0..=255u8 {
            for count in 1..9 {
                let text = vec![byte; count];
                assert_eq!(decoded(&encoded(&text)), Ok(text));
            }
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decoded(&encoded(&all)), Ok(all));
    }

    #[test]
    fn bad_padding_and_the_end_as_a_symbol_are_refused() {
        // RFC 7541, 5.2: at most seven bits, all ones; never the end itself.
        assert_eq!(decoded(&[0b0001_1111]), Ok(b"a".to_vec()));
        assert_eq!(decoded(&[0b0001_1110]), Err(BadString));
        assert_eq!(decoded(&[0b0001_1111, 0xff]), Err(BadString));
        assert_eq!(decoded(&[0xff, 0xff, 0xff, 0xff]), Err(BadString));
        assert_eq!(decoded(&[]), Ok(Vec::new()));
    }
}
