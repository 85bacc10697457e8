//! Access lines that are `key=value` pairs (logfmt, as Go programs and Heroku write them), keys by their usual names. The instant stands
//! first without a key, or under one.

use crate::logs::access::field::AccessField;
use crate::logs::access::named::NamedFields;
use crate::logs::access::pieces::{LinePiece, MOST_COLUMNS, cut};
use crate::logs::access::unit::PlainUnit;
use crate::logs::access::variables::named_field;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::AccessLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::quote::unescape;
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogfmtAccess {
    /// What durations count whose keys do not say it.
    plain: PlainUnit,
}

impl LogfmtAccess {
    /// The row of a line; `None` where it lacks time, status or request, or where most of it has no keys.
    fn parse_line(&self, line: &[u8]) -> Option<AccessLine> {
        let mut pieces = [LinePiece::default(); MOST_COLUMNS];
        let count = cut(line, b' ', &mut pieces);
        let pieces = pieces.get(..count)?;
        let keyed = pieces.iter().filter(|piece| !piece.key.is_empty()).count();
        if keyed < 4 || keyed.saturating_mul(2) < count {
            return None;
        }
        let mut fields = NamedFields::new(self.plain);
        if let Some((_, rest)) = timestamp::iso(line)
            && let Some(stamp) = line.len().checked_sub(rest.len()).and_then(|length| line.get(..length))
        {
            fields.put("time", std::str::from_utf8(stamp).ok()?);
        }
        for piece in pieces.iter().filter(|piece| !piece.key.is_empty()) {
            if let Ok(key) = std::str::from_utf8(piece.key) {
                // Grafana's word for the instant is one of a duration elsewhere.
                let is_instant = key == "t" && timestamp::iso(piece.value).is_some();
                let key = if is_instant { "time" } else { key };
                fields.put(key, &String::from_utf8_lossy(&unescape(piece.value)));
            }
        }
        fields.finish()
    }
}

/// The values in these lines that have a duration's key which does not say its unit.
fn plain_durations<'a>(lines: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut values = Vec::new();
    for line in lines {
        let mut pieces = [LinePiece::default(); MOST_COLUMNS];
        let count = cut(line, b' ', &mut pieces);
        let is_plain = |piece: &&LinePiece<'_>| {
            let key = std::str::from_utf8(piece.key).ok();
            key.and_then(named_field) == Some(AccessField::PlainDuration)
        };
        values.extend(pieces.iter().take(count).filter(is_plain).map(|piece| piece.value));
    }
    values
}

impl LineFormat for LogfmtAccess {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let plain = PlainUnit::of(plain_durations(&sample.lines).into_iter());
        Some(LogfmtAccess { plain })
    }

    fn id(&self) -> &'static str {
        "logfmt_access"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        self.parse_line(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Time};

    #[test]
    fn pairs_in_any_order_are_a_request() {
        let line = br#"time="2026-11-17T08:01:16Z" level=info msg="request completed" status=502 method=GET path=/api/items?page=2 duration=2.982s host=shop.example:443 remote_addr=172.70.1.2:41022 trace_id=4bf92f3577b34da6"#;
        let row = LogfmtAccess::default().parse_line(line).unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:16Z").unwrap());
        assert_eq!((row.status, row.method.as_deref()), (Some(502), Some("GET")));
        assert_eq!(
            (row.target.as_deref(), row.host.as_deref()),
            (Some("/api/items?page=2"), Some("shop.example"))
        );
        assert_eq!(row.request_time, Some(Duration::from_milliseconds(2982)));
        assert_eq!((row.ray, row.possible_ray), (None, None));
    }

    #[test]
    fn a_message_with_some_pairs_is_none() {
        let line =
            br#"time="2026-11-17T08:01:16Z" level=error msg="GET /cart failed" error="connection refused""#;
        assert!(LogfmtAccess::default().parse_line(line).is_none());
    }
}
