//! The values of a line of a table (RFC 4180).

/// Columns that are looked at; Logpush has some hundred fields.
const MOST_COLUMNS: usize = 256;

/// The values of a line without their quotes; a quote inside is doubled (RFC 4180).
pub fn cells(line: &[u8], delimiter: u8) -> Vec<String> {
    let text = |value: &[u8]| {
        let text = String::from_utf8_lossy(value);
        if text.contains("\"\"") { text.replace("\"\"", "\"") } else { text.into_owned() }
    };
    values(line, delimiter).map(text).collect()
}

/// The values of a line, without their quotes; quotes inside stay doubled.
pub fn values(line: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    let each = std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let end = text
            .iter()
            .position(|byte| {
                quoted ^= *byte == b'"';
                *byte == delimiter && !quoted
            })
            .unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        rest = after.get(1..);
        Some(value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value))
    });
    each.take(MOST_COLUMNS)
}
