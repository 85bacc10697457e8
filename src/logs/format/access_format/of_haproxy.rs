//! HAProxy's `log-format` strings (configuration.txt, 8.2.6 *Custom log format*).

use super::FormatPart;
use crate::facts::endings::EndingVocabulary;
use crate::logs::access::field::AccessField;
use crate::time::Duration;

/// What stands in no format of Apache's.
const OWN: [&str; 9] = ["%ci", "%ST", "%ts", "%[", "%tr", "%TR", "%ft", "%HM", "%si"];

/// Variables that belong together: one text has them.
const TOGETHER: [(&str, AccessField); 4] = [
    ("ci:%cp", AccessField::RemoteAddressAndPort),
    ("b/%s", AccessField::Server),
    ("TR/%Tw/%Tc/%Tr/%Ta", AccessField::Timers),
    ("Tq/%Tw/%Tc/%Tr/%Tt", AccessField::Timers),
];

/// Whether a format string is HAProxy's.
pub(super) fn is_of_haproxy(text: &str) -> bool {
    OWN.iter().any(|own| text.contains(own))
}

/// The parts of a format string.
pub(super) fn haproxy_parts(text: &str) -> Vec<FormatPart> {
    let mut parts = Vec::new();
    let mut rest = text;
    let literal = |parts: &mut Vec<FormatPart>, text: &str| {
        parts.push(FormatPart::Literal(text.as_bytes().to_vec()));
    };
    while let Some((before, after)) = rest.split_once('%') {
        literal(&mut parts, before);
        // `%{+Q}r`: flags come before the name. With `Q` quotes stand around the value.
        let (flags, spec) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((flags, spec)) => (flags, spec),
            None => ("", after),
        };
        let Some((name, field, tail)) = variable(spec) else {
            // `%%`, and a sign that begins nothing.
            literal(&mut parts, "%");
            rest = spec.strip_prefix('%').unwrap_or(spec);
            continue;
        };
        rest = tail;
        // `%{+Q}o` sets flags for all that follow, and writes nothing.
        if name == "o" {
            continue;
        }
        let quote = if flags.contains("+Q") { "\"" } else { "" };
        literal(&mut parts, quote);
        parts.push(FormatPart::Variable(format!("%{name}"), field));
        literal(&mut parts, quote);
    }
    literal(&mut parts, rest);
    parts
}

/// The name of the variable that `spec` begins with, its field, and what follows.
fn variable(spec: &str) -> Option<(&str, AccessField, &str)> {
    if let Some((sample, tail)) = spec.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        return Some((sample, field_of_sample(&sample.to_ascii_lowercase()), tail));
    }
    let together = TOGETHER.iter().find_map(|(text, field)| Some((*text, *field, spec.strip_prefix(text)?)));
    if together.is_some() {
        return together;
    }
    let end = spec.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(spec.len());
    let (name, tail) = spec.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    Some((name, field(name), tail))
}

/// What an expression in brackets fetches. Which header a capture is its number does not tell.
fn field_of_sample(sample: &str) -> AccessField {
    if sample.contains("cf-ray") {
        AccessField::Ray
    } else if sample.contains("hdr(host)") {
        AccessField::Host
    } else if sample.contains("capture.req.hdr") {
        AccessField::Captures
    } else {
        AccessField::Ignored
    }
}

fn field(name: &str) -> AccessField {
    match name {
        "ci" => AccessField::RemoteAddress,
        "cp" => AccessField::RemotePort,
        "t" | "tr" | "trg" | "trl" | "T" | "Tl" => AccessField::Time,
        "r" => AccessField::Request,
        "HM" => AccessField::Method,
        "HU" | "HP" | "HPO" => AccessField::Target,
        "HQ" => AccessField::Query,
        "ST" => AccessField::Status,
        "B" => AccessField::SentBytes,
        "U" => AccessField::RequestBytes,
        "Ta" | "Tt" => AccessField::RequestTime(Duration::MILLISECOND),
        "s" => AccessField::Server,
        "hr" | "hs" => AccessField::Captures,
        "ts" | "tsc" => AccessField::Termination(EndingVocabulary::Haproxy),
        "pid" => AccessField::Process,
        _ => AccessField::Ignored,
    }
}

#[cfg(test)]
mod tests {
    use super::super::AccessFormat;

    const LAYOUT: &str =
        r#"%ci:%cp [%tr] %{+Q}r %ST %tsc %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %B %hr %[capture.req.hdr(0)]"#;

    #[test]
    fn the_state_is_found_in_whatever_column_the_layout_has_it() {
        let format = AccessFormat::parse(LAYOUT).expect("a format");
        let line = br#"172.68.10.9:41022 [17/Nov/2026:08:01:01.133] "GET /cart HTTP/1.1" 503 sQ-- fe~ app/<NOSRV> 0/3000/-1/-1/3002 217 {9c1f00aa12bc34de-FRA|shop.example} -"#;
        let row = format.parse_line(line).expect("a row");
        assert_eq!(row.ending().map(|ending| ending.id), Some("haproxy-queue-timed-out"));
        assert_eq!(
            (row.status, row.remote_port, row.target.as_deref()),
            (Some(503), Some(41022), Some("/cart"))
        );
        assert_eq!((row.server.as_deref(), row.host.as_deref()), (Some("app/<NOSRV>"), Some("shop.example")));
        assert_eq!(row.ray.map(|ray| ray.ray.to_string()).as_deref(), Some("9c1f00aa12bc34de"));
        assert!(!row.time_is_end && row.end().is_some());
    }

    #[test]
    fn a_format_of_apache_is_none_of_haproxys() {
        for text in [r#"%h %l %u %t "%r" %>s %b"#, r#"%v:%p %h %t "%r" %>s %O %D %{CF-Ray}i"#, "%a %t %T/%D"]
        {
            assert!(!super::is_of_haproxy(text), "{text}");
        }
        assert!(super::is_of_haproxy("%ci %t %ST %ts"));
    }
}
