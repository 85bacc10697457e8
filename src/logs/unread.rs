//! Text that people save beside an incident, that is known for what it is, and that a diagnosis has no use for, or none yet. Its line in
//! the report says so, with what it shows.

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
        key_log(&lines)
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
        assert_eq!(of("a=b\ncolo=x\n"), None);
    }
}
