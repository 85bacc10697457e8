//! What HAProxy itself puts before a line that it writes to its standard output, to a file descriptor or to a ring: `log … format iso`,
//! `timed`, `short` and `priority` (configuration.txt, `log`; src/log.c, `build_log_header`).

use crate::logs::row::access::AccessLine;
use crate::text::line::{split_at_byte, split_at_sequence};
use crate::text::number::bounded_integer;
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// Zones differ from UTC by multiples of a quarter of an hour.
const QUARTER_HOUR: Duration = Duration::from_seconds(900);
/// The largest priority of syslog: facility 23, severity 7 (RFC 5424, 6.2.1).
const LARGEST_PRIORITY: u32 = 191;

/// A line without `<level>` and instant, and that instant, which has six digits of a second and the zone as a number.
pub(super) fn unstamped(line: &[u8]) -> (Option<Stamp>, &[u8]) {
    let line = without_level(line).unwrap_or(line);
    if let Some(text) = behind_tag(line) {
        return (None, text);
    }
    let stamped = || {
        let (stamp, rest) = timestamp::iso(line)?;
        let written = line.get(..line.len().saturating_sub(rest.len()))?;
        let names_zone = !stamp.local && !written.ends_with(b"Z");
        let text = rest.strip_prefix(b" ")?;
        (names_zone && stamp.resolution == Duration::MICROSECOND).then_some((stamp, text))
    };
    stamped().map_or((None, line), |(stamp, text)| (Some(stamp), text))
}

/// `Nov 17 08:01:01 haproxy[811]: …`: `format rfc3164`, which leaves out the host (configuration.txt, `log-send-hostname`).
fn behind_tag(line: &[u8]) -> Option<&[u8]> {
    let (_, rest) = timestamp::yearless(line)?;
    let (tag, text) = split_at_sequence(rest.strip_prefix(b" ")?, b"]: ")?;
    let (name, process) = split_at_byte(tag, b'[')?;
    let is_tag = !name.is_empty() && !name.contains(&b' ') && process.iter().all(u8::is_ascii_digit);
    is_tag.then_some(text)
}

fn without_level(line: &[u8]) -> Option<&[u8]> {
    let (level, rest) = split_at_byte(line.strip_prefix(b"<")?, b'>')?;
    (bounded_integer::<u32>(level)? <= LARGEST_PRIORITY).then_some(rest)
}

/// Whether a message of the process, of which no shape tells whose it is, speaks of its servers and proxies as HAProxy does
/// (src/server.c, src/check.c, src/proxy.c).
pub(super) fn speaks_of_servers(text: &[u8]) -> bool {
    const OPENINGS: &[&[u8]] = &[b"Server ", b"Health check for ", b"Proxy ", b"backend ", b"Backup Server "];
    OPENINGS.iter().any(|opening| text.starts_with(opening))
}

/// Gives a request's line, dated in local time, the zone of the stamp before it, if that tells one: it is written when the request is over.
pub fn zoned(mut line: AccessLine, stamp: Option<Stamp>) -> AccessLine {
    let Some(stamp) = stamp.filter(|stamp| line.time_is_local && !stamp.local) else { return line };
    let over = line.time.plus(line.request_time.unwrap_or(Duration::ZERO));
    let ahead = over.since(stamp.time);
    let quarters = (ahead + QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR);
    line.time = line.time.plus(-(quarters * QUARTER_HOUR));
    line.time_is_local = false;
    line
}

#[cfg(test)]
mod tests {
    use super::super::Haproxy;
    use crate::logs::line_format::{LineFormat, Parsed};
    use crate::logs::recognise::{TextContent, recognise};
    use crate::text::clock::LineClock;
    use crate::time::Time;

    const REQUEST: &str = r#"172.68.10.9:41022 [16/Nov/2026:23:01:01.123] fe~ app/<NOSRV> 0/-1/-1/-1/2 503 217 - - SC-- 1/1/0/0/0 0/0 {9c1f00aa12bc34de-FRA|shop.example} "GET /cart HTTP/1.1""#;

    fn parse(line: &str) -> Parsed {
        Haproxy::Requests.parse(line.as_bytes(), &mut (), &mut LineClock::default())
    }

    #[test]
    fn a_request_behind_haproxys_own_instant_keeps_its_ray_its_end_and_gets_the_zone() {
        for before in ["2026-11-16T23:01:01.125001-09:00 ", "<134>2026-11-16T23:01:01.125001-09:00 "] {
            let Parsed::Access(row) = parse(&format!("{before}{REQUEST}")) else { panic!("no request") };
            assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01.123Z").unwrap());
            assert!(!row.time_is_local);
            assert_eq!(row.ray.map(|ray| ray.ray.to_string()).as_deref(), Some("9c1f00aa12bc34de"));
            assert_eq!(row.ending().map(|ending| ending.id), Some("haproxy-no-server-left"));
        }
        let Parsed::Access(row) = parse(&format!("<134>{REQUEST}")) else { panic!("no request") };
        assert!(row.time_is_local, "nothing tells the zone");
    }

    /// Otherwise nothing is known of why handshakes fail behind a proxy in a container, which writes so by default.
    #[test]
    fn a_line_behind_a_tag_without_a_host_is_haproxys() {
        let told = "<134>Nov 17 08:01:01 haproxy[88]: 172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe/1: Received something which does not look like a PROXY protocol header";
        let Parsed::Message(row) = parse(told) else { panic!("no message") };
        assert_eq!(row.signature, Some("haproxy-proxy-header-missing"));
        let Parsed::Access(row) = parse(&format!("<134>Nov 17 08:01:01 haproxy[88]: {REQUEST}")) else {
            panic!("no request")
        };
        assert!(row.time_is_local && row.ray.is_some());
    }

    #[test]
    fn a_message_of_the_process_has_the_instant_before_it() {
        let message = "Server shop/app1 is going DOWN for maintenance (DNS NX status). 0 active and 0 backup servers left.";
        let Parsed::Message(row) = parse(&format!("2026-11-16T23:01:01.125001-09:00 {message}")) else {
            panic!("no message")
        };
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01.125001Z"));
        assert_eq!(row.upstream.as_deref(), Some("shop/app1"));
    }

    #[test]
    fn a_log_that_haproxy_stamps_is_haproxys() {
        let recognised = |text: &str| match recognise(text.as_bytes()) {
            TextContent::Log(format) => format.ids().next(),
            _ => None,
        };
        let stamp = "2026-11-16T23:01:01.125001-09:00";
        assert_eq!(recognised(&format!("{stamp} {REQUEST}\n{stamp} {REQUEST}\n")), Some("haproxy_http"));
        let down = "backend shop has no server available!";
        assert_eq!(recognised(&format!("{stamp} {down}\n")), Some("haproxy"));
        // A stamp with a host and a tag behind it is syslog's.
        assert_eq!(recognised(&format!("{stamp} web1 haproxy[12]: {REQUEST}\n")), Some("haproxy_http"));
        assert_ne!(recognised(&format!("{stamp} the queue is full\n")), Some("haproxy"));
    }
}
