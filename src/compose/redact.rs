//! Redaction of values: the last step before a report is written, over every text in it. Addresses of visitors, query values,
//! credentials and user names become pseudonyms or disappear; names and sizes stay. Pseudonyms are ordinals in the order of the
//! report, never hashes, which can be reversed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::Value;

use crate::correlate::Incident;
use crate::report::model::Report;

/// Whether personal data and secrets of the evidence may stand in what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// They become pseudonyms or disappear.
    On,
    /// Every value stays as it was found, and the report says so.
    Off,
}

/// Fields that hold texts of the program itself, with nothing from the evidence but public values: they stay as they are.
const OWN_TEXT: [&str; 6] = ["remediation", "check", "title", "tool", "profile", "schema"];

/// Redacts a report.
pub fn redact(report: Report, incident: &Incident) -> Report {
    let mut redactor = Redactor::of(incident);
    let Ok(mut value) = serde_json::to_value(&report) else { return report };
    redactor.walk(&mut value);
    // This is a report again, because only texts changed, and into other texts.
    serde_json::from_value(value).unwrap_or(report)
}

/// Redacts single lines.
pub fn lines(lines: Vec<String>, incident: &Incident) -> Vec<String> {
    let mut redactor = Redactor::of(incident);
    lines.iter().map(|line| redactor.text(line)).collect()
}

/// Knows which addresses are public, and which pseudonym each of the others has.
struct Redactor {
    /// Addresses of the edge, of the origin and of its own network: not personal.
    public: BTreeSet<IpAddr>,
    /// Addresses that a source names as a visitor's.
    visitors: BTreeSet<IpAddr>,
    edge: crate::facts::ranges::EdgeRanges,
    pseudonyms: BTreeMap<IpAddr, usize>,
}

impl Redactor {
    fn of(incident: &Incident) -> Redactor {
        let mut public = BTreeSet::new();
        let mut visitors = BTreeSet::new();
        for row in &incident.evidence.connections {
            public.insert(row.connection.server.ip());
        }
        let places = incident.same_traffic.iter().flat_map(|same| [same.counted, same.other]);
        public.extend(places.filter_map(|place| place.group.server()));
        for case in &incident.cases {
            if let Some(row) = case.edge(&incident.evidence) {
                public.extend(row.record.origin_address);
                visitors.extend(row.record.client_address);
            }
            public.extend(case.har(&incident.evidence).and_then(|row| row.entry.server_address));
            for (_, kept) in case.exchanges(&incident.evidence) {
                let visitor = kept.exchange.request.as_ref().and_then(|request| request.visitor.as_ref());
                visitors.extend(visitor.and_then(|visitor| visitor.trim().parse::<IpAddr>().ok()));
            }
        }
        Redactor { public, visitors, edge: incident.ranges.clone(), pseudonyms: BTreeMap::new() }
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(fields) => {
                for (_, field) in fields.iter_mut().filter(|(name, _)| !OWN_TEXT.contains(&name.as_str())) {
                    self.walk(field);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        self.addresses(&credentials(&queries(text)))
    }

    /// Every run of characters that can be an address and is one.
    fn addresses(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit() || c == ':') {
            let (before, from) = rest.split_at(start);
            let end =
                from.find(|c: char| !(c.is_ascii_hexdigit() || matches!(c, ':' | '.'))).unwrap_or(from.len());
            let (run, after) = from.split_at(end);
            out.push_str(before);
            // Right behind a letter it is a part of a word, not an address.
            let inside_word = out.ends_with(|c: char| c.is_alphanumeric());
            match self.pseudonym_of(run).filter(|_| !inside_word) {
                Some(pseudonym) => out.push_str(&pseudonym),
                None => out.push_str(run),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// The pseudonym of an address, with its port behind it where it has one.
    fn pseudonym_of(&mut self, run: &str) -> Option<String> {
        let bare = run.trim_end_matches(['.', ':']);
        let tail = &run[bare.len()..];
        let (address, port) = match bare.parse::<IpAddr>() {
            Ok(address) => (address, ""),
            Err(_) => {
                let (address, _) = bare.rsplit_once(':')?;
                (address.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4)?, &bare[address.len()..])
            }
        };
        if self.is_public(address) {
            return None;
        }
        let next = self.pseudonyms.len() + 1;
        let ordinal = *self.pseudonyms.entry(address).or_insert(next);
        Some(format!("visitor-{ordinal:04}{port}{tail}"))
    }

    fn is_public(&self, address: IpAddr) -> bool {
        let own_network = match address {
            IpAddr::V4(address) => {
                address.is_private()
                    || address.is_loopback()
                    || address.is_unspecified()
                    || address.is_link_local()
            }
            // Short forms of IPv6 are times and ratios more often than addresses (`::`, `12::`).
            IpAddr::V6(address) => {
                address.is_loopback() || address.is_unspecified() || address.segments()[0] & 0xe000 != 0x2000
            }
        };
        self.edge.contains(address)
            || self.public.contains(&address)
            || (own_network && !self.visitors.contains(&address))
    }
}

/// `?a=1&b=2` as `?a=…&b=…`: names stay, values go.
fn queries(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('?') {
        let (before, query) = rest.split_at(start + 1);
        out.push_str(before);
        let end = query
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '\'' | '<' | '>' | '…'))
            .unwrap_or(query.len());
        let (query, after) = query.split_at(end);
        let pairs: Vec<String> = query.split('&').map(without_value).collect();
        out.push_str(&pairs.join("&"));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn without_value(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => format!("{name}=…"),
        // A query without `=` is a value itself, unless it is as short as a flag.
        None if pair.len() > 24 => "…".to_owned(),
        _ => pair.to_owned(),
    }
}

/// Words that a secret follows, as messages and headers write them; in upper or lower case.
const SECRET_AFTER: [&str; 14] = [
    "cookie:",
    "authorization:",
    "bearer ",
    "basic ",
    "password=",
    "passwd=",
    "token=",
    "secret=",
    "api_key=",
    "apikey=",
    "session=",
    "sessionid=",
    "user=",
    "user \"",
];

/// The text with `…` in the place of each secret that follows one of these words.
fn credentials(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for word in SECRET_AFTER {
        for (at, _) in lower.match_indices(word) {
            let from = at + word.len();
            let blanks = text[from..].len() - text[from..].trim_start().len();
            let value = &text[from + blanks..];
            let to_line_end = matches!(word, "cookie:" | "authorization:");
            let ends = |c: char| {
                matches!(c, '"' | '”' | '\n')
                    || (!to_line_end && (c.is_whitespace() || matches!(c, ',' | ';' | '&')))
            };
            let length = value.find(ends).unwrap_or(value.len());
            if length > 0 {
                cuts.push((from + blanks, from + blanks + length));
            }
        }
    }
    cuts.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (from, to) in cuts {
        if from >= at {
            out.push_str(&text[at..from]);
            out.push('…');
            at = to;
        }
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor {
            public: BTreeSet::from(["203.0.113.7".parse().unwrap()]),
            visitors: BTreeSet::from(["10.1.2.3".parse().unwrap()]),
            edge: crate::facts::ranges::EdgeRanges::with(&[]),
            pseudonyms: BTreeMap::new(),
        }
    }

    #[test]
    fn visitors_become_ordinals_and_the_edge_and_the_origin_stay() {
        let mut redactor = redactor();
        assert_eq!(
            redactor.text("client: 198.51.100.9, server 203.0.113.7:443, edge 172.68.1.2:4711, then 2001:db8::1 and 198.51.100.9:80."),
            "client: visitor-0001, server 203.0.113.7:443, edge 172.68.1.2:4711, then visitor-0002 and visitor-0001:80."
        );
        // A private address is the origin's own network, unless a source calls it a visitor's.
        assert_eq!(redactor.text("127.0.0.1:9000 10.9.9.9 10.1.2.3"), "127.0.0.1:9000 10.9.9.9 visitor-0003");
    }

    #[test]
    fn times_rays_and_versions_are_not_taken_for_addresses() {
        let mut redactor = redactor();
        for text in [
            "2026-11-18T14:02:11.204000000Z",
            "9c1f00aa12bc34de",
            "nginx 1.22.1",
            "at 14:02:11: closed",
            "+0.3 ms",
            "::",
        ] {
            assert_eq!(redactor.text(text), text);
        }
    }

    #[test]
    fn query_values_and_credentials_go_and_their_names_stay() {
        let mut redactor = redactor();
        assert_eq!(
            redactor.text("GET /cart?id=7&coupon=SECRET&x HTTP/1.1"),
            "GET /cart?id=…&coupon=…&x HTTP/1.1"
        );
        assert_eq!(redactor.text("“Cookie: a=1; b=2” then"), "“Cookie: …” then");
        assert_eq!(redactor.text("Authorization: Bearer abc.def\nnext"), "Authorization: …\nnext");
        assert_eq!(
            redactor.text("login failed for user \"anna\", token=s3cr3t;"),
            "login failed for user \"…\", token=…;"
        );
    }
}
