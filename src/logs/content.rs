//! What a text is that is no log: binary, a HAR file, a table.

use crate::text::timestamp;

/// Control bytes that no text has, more than one in fifty. NULs count little: a crash leaves runs of them in logs. Nor does what stands in lines that
/// begin with an instant: servers log what they were sent, and that may be a handshake of TLS, byte for byte.
pub fn is_binary(text: &[u8]) -> bool {
    has_odd_bytes(text) && !has_dated_lines(text)
}

/// Whether several lines begin with an instant.
fn has_dated_lines(text: &[u8]) -> bool {
    const SEVERAL: usize = 3;
    text.split(|byte| *byte == b'\n').filter(|line| timestamp::iso(line).is_some()).take(SEVERAL).count()
        == SEVERAL
}

fn has_odd_bytes(text: &[u8]) -> bool {
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return true;
    }
    let strange = count(text, |byte| matches!(byte, 1..=8 | 14..=26 | 28..=31 | 0x7f));
    let nul = count(text, |byte| byte == 0);
    let seen = text.len().saturating_sub(nul);
    let broken = match std::str::from_utf8(text) {
        Ok(_) => 0,
        Err(_) => text.utf8_chunks().map(|chunk| chunk.invalid().len()).sum::<usize>(),
    };
    strange.saturating_mul(50) > seen || nul > seen || broken.saturating_mul(5) > seen
}

/// How many bytes are so, many at a time: as many as a byte can count.
fn count(text: &[u8], is_so: impl Fn(u8) -> bool) -> usize {
    let in_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(is_so(*byte))).sum::<u8>();
    text.chunks(usize::from(u8::MAX)).map(|chunk| usize::from(in_chunk(chunk))).sum()
}

/// `{"log":{…` with one of HAR's own keys inside (HAR 1.2 names creator, entries, pages, version, browser).
pub fn is_har(text: &[u8]) -> bool {
    let skip = |text: &[u8], byte: u8| -> Option<usize> {
        let trimmed = text.trim_ascii_start();
        trimmed.starts_with(&[byte]).then(|| text.len().saturating_sub(trimmed.len()).saturating_add(1))
    };
    let inner = || {
        let rest = text.get(skip(text, b'{')?..)?;
        let rest = rest.trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b"\"log\"") else {
            // Some tools put a comment or a version before it.
            let at = memchr::memmem::find(rest.get(..4096).unwrap_or(rest), b"\"log\"")?;
            let after = rest.get(at.checked_add(5)?..)?;
            return Some(after);
        };
        Some(rest)
    };
    let Some(rest) = inner() else { return false };
    let Some(value) = skip(rest, b':').and_then(|at| rest.get(at..)) else { return false };
    let Some(object) = skip(value, b'{').and_then(|at| value.get(at..)) else { return false };
    [&b"\"entries\""[..], b"\"creator\"", b"\"pages\""]
        .iter()
        .any(|key| memchr::memmem::find(object, key).is_some())
}

/// The same number of separators, at least two, on four lines of five.
pub fn is_table(lines: &[&[u8]]) -> bool {
    [b',', b'\t', b';'].iter().any(|separator| {
        let columns = |line: &&[u8]| {
            let (mut count, mut quoted) = (0usize, false);
            for byte in *line {
                quoted ^= *byte == b'"';
                count = count.saturating_add(usize::from(byte == separator && !quoted));
            }
            count
        };
        let Some(first) = lines.first().map(columns).filter(|count| *count >= 2) else { return false };
        let alike = lines.iter().filter(|line| columns(line) == first).count();
        alike.saturating_mul(5) >= lines.len().saturating_mul(4)
    })
}
