//! Records of the edge in one JSON document, and the keys by which they are known.

/// Names of fields that tell a record of the edge from anything else; two of them are enough.
pub const TELLING_NAMES: [&str; 14] = [
    "RayID",
    "EdgeStartTimestamp",
    "EdgeEndTimestamp",
    "EdgeResponseStatus",
    "ClientRequestHost",
    "OriginResponseStatus",
    "EdgeColoCode",
    "ClientRequestMethod",
    "clientRequestHTTPHost",
    "clientRequestPath",
    "edgeResponseStatus",
    "originResponseStatus",
    "rayName",
    "ruleId",
];

/// The number of containers around records of the edge, where they are not one a line: `[{…}]`, `{"events":[{…}]}`, objects behind
/// one another or over several lines.
pub fn containers_around(text: &[u8]) -> Option<u16> {
    let (at, name) = TELLING_NAMES.iter().filter_map(|name| Some((key_in(text, name)?, *name))).min()?;
    if telling_keys(text) < 2 && name != "RayID" {
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

/// How many of these keys a text has.
pub fn telling_keys(text: &[u8]) -> usize {
    TELLING_NAMES.iter().filter(|name| key_in(text, name).is_some()).count()
}

/// Where a name stands as a JSON key.
fn key_in(text: &[u8], name: &str) -> Option<usize> {
    memchr::memmem::find_iter(text, name.as_bytes()).find_map(|at| {
        let before = at.checked_sub(1)?;
        let end = at.checked_add(name.len())?;
        (text.get(before) == Some(&b'"') && text.get(end) == Some(&b'"')).then_some(before)
    })
}
