//! What a text is that is no log of lines: binary, a HAR file, wrapped records of the edge, a table.

use crate::logs::cloudflare::TELLING_KEYS;

/// Control bytes that no text has, more than one in fifty. NULs count little: a crash leaves runs of them in logs.
pub(super) fn is_binary(text: &[u8]) -> bool {
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return true;
    }
    let strange = text.iter().filter(|byte| matches!(byte, 1..=8 | 14..=26 | 28..=31 | 0x7f)).count();
    let nul = text.iter().filter(|byte| **byte == 0).count();
    let seen = text.len().saturating_sub(nul);
    let broken = text.utf8_chunks().map(|chunk| chunk.invalid().len()).sum::<usize>();
    strange.saturating_mul(50) > seen || nul > seen || broken.saturating_mul(5) > seen
}

/// `{"log":{…` with one of HAR's own keys inside (HAR 1.2 names creator, entries, pages, version, browser).
pub(super) fn is_har(text: &[u8]) -> bool {
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

/// The number of containers around records of the edge, where they are not one a line: `[{…}]`, `{"events":[{…}]}`, objects behind
/// one another or over several lines.
pub(super) fn wrapped_records(text: &[u8]) -> Option<u16> {
    let (at, key) = TELLING_KEYS
        .iter()
        .filter_map(|key| Some((memchr::memmem::find(text, key.as_bytes())?, key)))
        .min()?;
    if count_keys(text) < 2 && *key != "\"RayID\"" {
        return None;
    }
    let mut open = 0u16;
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.get(..at)? {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (true, _) => {}
            (false, b'"') => in_string = true,
            (false, b'{' | b'[') => open = open.saturating_add(1),
            (false, b'}' | b']') => open = open.saturating_sub(1),
            (false, _) => {}
        }
    }
    let depth = open.checked_sub(1)?;
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or(text).trim_ascii();
    let one_a_line =
        depth == 0 && first_line.ends_with(b"}") && memchr::memmem::find(first_line, b"}{").is_none();
    // GraphQL's groups have their keys one level further down, under `dimensions`.
    let groups = memchr::memmem::find(text, b"\"dimensions\"").is_some_and(|found| found < at);
    let depth = if groups { depth.saturating_sub(1) } else { depth };
    (!one_a_line).then_some(depth)
}

pub(super) fn count_keys(text: &[u8]) -> usize {
    TELLING_KEYS.iter().filter(|key| memchr::memmem::find(text, key.as_bytes()).is_some()).count()
}

/// The same number of separators, at least two, on four lines of five.
pub(super) fn is_table(lines: &[&[u8]]) -> bool {
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
