//! Text that people save beside an incident, that is known for what it is, and that a diagnosis has no use for, or none yet. Its line in
//! the report says so, with what it shows.

use crate::text::line::{split_at_byte, text_within};
use crate::text::timestamp;

/// A text that is known and not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownText {
    /// Its name in the report.
    pub format: &'static str,
    /// What it is, and why it is of no use.
    pub why: String,
}

/// Lines that are looked at.
const MOST_LINES: usize = 256;

impl KnownText {
    /// What a text is; `None` where it is none of these.
    pub fn of(text: &[u8]) -> Option<KnownText> {
        let lines: Vec<&[u8]> = text
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
            .take(MOST_LINES)
            .collect();
        key_log(&lines).or_else(|| edge_trace(&lines)).or_else(|| mtr(&lines)).or_else(|| traceroute(&lines))
    }
}

/// `CLIENT_RANDOM <64 hex> <96 hex>` (RFC 9850, the file that SSLKEYLOGFILE names).
fn key_log(lines: &[&[u8]]) -> Option<KnownText> {
    const LABELS: [&[u8]; 8] = [
        b"CLIENT_RANDOM",
        b"CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        b"SERVER_HANDSHAKE_TRAFFIC_SECRET",
        b"CLIENT_TRAFFIC_SECRET_0",
        b"SERVER_TRAFFIC_SECRET_0",
        b"EXPORTER_SECRET",
        b"EARLY_EXPORTER_SECRET",
        b"CLIENT_EARLY_TRAFFIC_SECRET",
    ];
    let is_hex = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit);
    let is_key = |line: &&&[u8]| {
        let mut parts = line.split(|byte| *byte == b' ');
        let label = parts.next().is_some_and(|label| LABELS.contains(&label));
        let random = parts.next().is_some_and(|random| random.len() == 64 && is_hex(random));
        label && random && parts.next().is_some_and(is_hex)
    };
    let keys = lines.iter().filter(is_key).count();
    let entries = lines.iter().filter(|line| !line.starts_with(b"#")).count();
    (keys > 0 && keys.saturating_mul(2) > entries).then(|| KnownText {
        format: "keylog",
        why: "TLS secrets of single connections (SSLKEYLOGFILE): recognised, not read. They open the captures of those connections in \
              Wireshark; keep the file from others"
            .to_owned(),
    })
}

/// The answer of `/cdn-cgi/trace`: `key=value`, a line each, `fl`, `ip`, `ts` and `colo` among them.
fn edge_trace(lines: &[&[u8]]) -> Option<KnownText> {
    let value = |wanted: &[u8]| {
        lines.iter().find_map(|line| {
            split_at_byte(line, b'=').filter(|(key, _)| *key == wanted).map(|(_, value)| value)
        })
    };
    let colo = value(b"colo")?;
    let stamp = timestamp::epoch(value(b"ts")?)?;
    let whole =
        value(b"fl").is_some() && value(b"ip").is_some() && lines.iter().all(|line| line.contains(&b'='));
    // The visitor's address is passed over.
    whole.then(|| KnownText {
        format: "cdn_cgi_trace",
        why: format!(
            "the edge's own words on one connection of a visitor (/cdn-cgi/trace): data centre {}, at {}. It says nothing of the origin",
            text_within(colo, 8),
            stamp.time
        ),
    })
}

/// The report of mtr (`--report`, `--report-wide`): hops as `1.|-- name 0.0% 10 …`.
fn mtr(lines: &[&[u8]]) -> Option<KnownText> {
    lines.iter().find(|line| line.windows(5).any(|part| part.eq_ignore_ascii_case(b"Loss%")))?;
    let hops: Vec<(&[u8], &[u8])> = lines
        .iter()
        .filter_map(|line| {
            let (_, rest) = line.split_at_checked(memchr::memmem::find(line, b"|--")?)?;
            let mut words = rest.get(3..)?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let _hop = words.next()?;
            let loss = words.find(|word| word.ends_with(b"%"))?;
            Some((line.split(|byte| *byte == b'.').next()?, loss))
        })
        .collect();
    let (hop, loss) = hops.last()?;
    Some(KnownText {
        format: "mtr",
        why: format!(
            "a report of mtr: {} hops, {} lost at the last (hop {}). Loss at a hop before the last is no loss of traffic, since routers \
             answer such probes at leisure; it is not joined with any request",
            hops.len(),
            text_within(loss, 8),
            text_within(hop, 4)
        ),
    })
}

/// The output of traceroute, tracert or tracepath: `traceroute to shop.example (203.0.113.10), 30 hops max`.
fn traceroute(lines: &[&[u8]]) -> Option<KnownText> {
    const BEGINNINGS: [&[u8]; 3] = [b"traceroute to ", b"traceroute6 to ", b"Tracing route to "];
    let first = lines.first()?;
    BEGINNINGS.iter().any(|beginning| first.starts_with(beginning)).then(|| {
        let hops = lines.iter().skip(1).filter(|line| line.first().is_some_and(u8::is_ascii_digit));
        let silent = hops.clone().filter(|line| memchr::memmem::find(line, b"* * *").is_some()).count();
        KnownText {
            format: "traceroute",
            why: format!(
                "a traceroute: {} hops, {silent} of them silent, which routers may be. It is not joined with any request",
                hops.count()
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(&'static str, String)> {
        KnownText::of(text.as_bytes()).map(|unread| (unread.format, unread.why))
    }

    #[test]
    fn what_is_saved_beside_an_incident_is_named_and_never_quoted_with_its_secrets() {
        let key = format!("CLIENT_RANDOM {} {}\n", "ab".repeat(32), "cd".repeat(48));
        let (format, why) = of(&format!("# SSL/TLS secrets\n{key}")).unwrap();
        assert_eq!((format, why.contains("cdcd")), ("keylog", false));
        let trace =
            "fl=1f1\nh=shop.example\nip=198.51.100.7\nts=1794902461.123\nvisit_scheme=https\ncolo=FRA\n";
        let (format, why) = of(trace).unwrap();
        assert_eq!(format, "cdn_cgi_trace");
        assert!(why.contains("FRA, at 2026-11-17T08:01:01") && !why.contains("198.51"), "{why}");
    }

    #[test]
    fn routes_are_named_with_the_loss_that_counts() {
        let mtr = "Start: 2026-11-17T08:01:01+0000\nHOST: web1 Loss% Snt Last Avg Best Wrst StDev\n  1.|-- 10.0.0.1 0.0% 10 0.3 0.3 0.2 0.5 0.1\n  2.|-- 203.0.113.10 20.0% 10 8.1 8.3 8.0 9.0 0.3\n";
        let (format, why) = of(mtr).unwrap();
        assert!(format == "mtr" && why.contains("2 hops, 20.0% lost at the last (hop 2)"), "{why}");
        let route = "traceroute to shop.example (203.0.113.10), 30 hops max, 60 byte packets\n 1  10.0.0.1  0.3 ms\n 2  * * *\n";
        assert!(of(route).unwrap().1.contains("2 hops, 1 of them silent"));
        assert_eq!(of("a=b\ncolo=x\n"), None);
    }
}
