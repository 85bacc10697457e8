//! Tables as stores export them (RFC 4180): the values of a row, and instants as they stand in one.

use std::borrow::Cow;

use super::timestamp::{self, Stamp, month};

/// Columns that are looked at; Logpush has some hundred fields.
const MOST_COLUMNS: usize = 256;

/// The values of a row, without their quotes; a quote inside is doubled (RFC 4180, 2).
pub fn cells(row: &[u8], delimiter: u8) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut rest = Some(row);
    let each = std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let end = text.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == delimiter && !quoted
        });
        let (value, after) = text.split_at_checked(end.unwrap_or(text.len()))?;
        rest = after.get(1..);
        let inner = value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\""));
        Some(match inner {
            Some(inner) if memchr::memmem::find(inner, b"\"\"").is_some() => Cow::Owned(undoubled(inner)),
            _ => Cow::Borrowed(inner.unwrap_or(value)),
        })
    });
    each.take(MOST_COLUMNS)
}

/// A value whose quotes are doubled.
fn undoubled(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr::memmem::find(rest, b"\"\"") {
        out.extend_from_slice(rest.get(..=at).unwrap_or_default());
        rest = rest.get(at.saturating_add(2)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// The same as text.
pub fn texts(row: &[u8], delimiter: u8) -> Vec<String> {
    cells(row, delimiter).map(|cell| String::from_utf8_lossy(&cell).into_owned()).collect()
}

/// An instant that fills a cell: in any form that logs have, and as Kibana shows it (Advanced Settings, `dateFormat`; in the zone of the browser that
/// exported the table): `Nov 17, 2026 @ 08:01:01.123`.
pub fn instant(cell: &[u8]) -> Option<Stamp> {
    timestamp::any(cell).or_else(|| {
        let text = std::str::from_utf8(cell).ok()?;
        let (date, clock) = text.split_once(" @ ")?;
        let (day, year) = date.split_once(", ")?;
        let (name, day) = day.split_once(' ')?;
        let day: u8 = day.parse().ok()?;
        timestamp::any(format!("{year}-{:02}-{day:02} {clock}", month(name.as_bytes())?).as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn values_are_cut_outside_quotes() {
        assert_eq!(texts(br#"a,"b,c","say ""hi""",,"open"#, b','), ["a", "b,c", r#"say "hi""#, "", "\"open"]);
        assert_eq!(texts(b"", b','), [""]);
    }

    #[test]
    fn kibana_writes_the_month_first_and_no_zone() {
        let of = |text: &str| instant(text.as_bytes()).map(|stamp| (stamp.time, stamp.local));
        let time = Time::parse_rfc3339("2026-11-07T08:01:01.123Z").unwrap();
        assert_eq!(of("Nov 7, 2026 @ 08:01:01.123"), Some((time, true)));
        assert_eq!(of("2026-11-07T08:01:01.123Z"), Some((time, false)));
        assert_eq!(of("Nov 7, 2026"), None);
        assert_eq!(of("Nov seven, 2026 @ 08:01:01"), None);
    }
}
