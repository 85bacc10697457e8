//! Redaction of values: the last step before a report is written, over every text in it. Addresses of visitors, query values,
//! credentials and user names become pseudonyms or disappear; names and sizes stay. Pseudonyms are ordinals in the order of the
//! report, never hashes, which can be reversed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::secrets::{credentials, queries};
use crate::correlate::Incident;
use crate::facts::ranges::is_internal;
use crate::report::model::{Case, Cause, Check, CheckExpect, CheckKind, Connection, Report};

/// Whether personal data and secrets of the evidence may stand in what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// They become pseudonyms or disappear.
    On,
    /// Every value stays as it was found, and the report says so.
    Off,
}

/// Fields that hold texts of the program itself, with nothing from the evidence but public values: they stay as they are.
const OWN_TEXT: [&str; 8] =
    ["remediation", "check", "check_expect", "checks", "title", "tool", "profile", "schema"];

/// Redacts a report. The cases are by far the most of it and, by the names of the fields, come first: one after the other they need little
/// memory.
pub fn redact(mut report: Report, incident: &Incident) -> Report {
    let mut redactor = Redactor::of(incident);
    report.causes.iter_mut().for_each(|cause| redactor.checks(cause));
    let cases = std::mem::take(&mut report.cases);
    let cases = cases.into_iter().map(|case| redactor.case(case)).collect();
    Report { cases, ..redactor.redacted(report) }
}

/// Redacts single lines.
pub fn lines(lines: Vec<String>, incident: &Incident) -> Vec<String> {
    let mut redactor = Redactor::of(incident);
    lines.iter().map(|line| redactor.text(line).into_owned()).collect()
}

/// Knows which addresses are public, and which pseudonym each of the others has.
#[derive(Clone)]
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
        let passed_by = incident.evidence.tallies.passed_by.keys().flatten().copied();
        public.extend(passed_by.filter(|server| is_internal(*server)));
        for case in &incident.cases {
            for row in case.edge(&incident.evidence).into_iter().chain(case.subrequests(&incident.evidence)) {
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

    /// A case with all its texts redacted, as [`Redactor::redacted`] would do it, but where it stands: there are thousands of them. Rays,
    /// data centres and what this program calls things hold nothing personal.
    fn case(&mut self, mut case: Case) -> Case {
        // Without `..`, so that nobody adds a field without a thought of what it may tell.
        let Case {
            ray: _,
            colo: _,
            time: _,
            slug: _,
            confidence: _,
            method,
            host,
            path,
            edge_status: _,
            origin_status: _,
            joined: _,
            join: _,
            hop: _,
            attempts,
            connection,
            story,
            ladder,
        } = &mut case;
        attempts.iter_mut().for_each(|attempt| self.replace(&mut attempt.text));
        if let Some(Connection { client, community_id, seen_in, server }) = connection {
            self.replace(client);
            community_id.iter_mut().for_each(|id| self.replace(id));
            seen_in.iter_mut().for_each(|seen| self.replace(&mut seen.input));
            self.replace(server);
        }
        host.iter_mut().for_each(|host| self.replace(host));
        *ladder = ladder.take().map(|ladder| self.redacted(ladder));
        method.iter_mut().chain(path).chain(story).for_each(|text| self.replace(text));
        case
    }

    /// A command over the inputs names files and quotes logs. With a pseudonym in it, it would not run, so it goes.
    fn checks(&self, cause: &mut Cause) {
        // What it learns here gives nobody a pseudonym in the report.
        let mut probe = self.clone();
        let mut tells =
            |check: &Check| check.kind == CheckKind::Inputs && probe.text(&check.command) != check.command;
        cause.checks.retain(|check| !tells(check));
        let Check { command, confirms, refutes, .. } = cause.checks.first().cloned().unwrap_or_default();
        cause.check = command;
        cause.check_expect = CheckExpect { confirms, refutes };
    }

    fn replace(&mut self, text: &mut String) {
        if let Cow::Owned(redacted) = self.text(text) {
            *text = redacted;
        }
    }

    /// A part of a report with all its texts redacted, in the order of the fields' names.
    fn redacted<P: Serialize + DeserializeOwned>(&mut self, part: P) -> P {
        let Ok(mut value) = serde_json::to_value(&part) else { return part };
        self.walk(&mut value);
        // This is such a part again, because only texts changed, and into other texts.
        serde_json::from_value(value).unwrap_or(part)
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => self.replace(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(fields) => {
                for (_, field) in fields.iter_mut().filter(|(name, _)| !OWN_TEXT.contains(&name.as_str())) {
                    self.walk(field);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        self.addresses(credentials(queries(text)))
    }

    /// Every run of characters that can be an address and is one.
    fn addresses<'t>(&mut self, text: Cow<'t, str>) -> Cow<'t, str> {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut written, mut at) = (0, 0);
        let begins = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
        let goes_on = |byte: &&u8| begins(byte) || **byte == b'.';
        // Most runs are letters of words: an address has a dot or a colon.
        while let Some(ahead) = memchr::memchr2(b'.', b':', &bytes[at..]) {
            let before = bytes[at..at + ahead].iter().rev().take_while(goes_on).count();
            let end = at + ahead + bytes[at + ahead..].iter().take_while(goes_on).count();
            let dots = bytes[at + ahead - before..end].iter().take_while(|byte| **byte == b'.').count();
            let start = at + ahead - before + dots;
            at = end;
            let Some(pseudonym) = self.pseudonym_of(&text[start..end]) else { continue };
            // Right behind a letter it is a part of a word, not an address.
            if !text[..start].ends_with(|c: char| c.is_alphanumeric()) {
                out.push_str(&text[written..start]);
                out.push_str(&pseudonym);
                written = end;
            }
        }
        if written == 0 {
            return text;
        }
        out.push_str(&text[written..]);
        Cow::Owned(out)
    }

    /// The pseudonym of an address, with its port behind it where it has one.
    fn pseudonym_of(&mut self, run: &str) -> Option<String> {
        // Numbers with a fraction, names of hosts and times of day have fewer of both than any address.
        let of = |mark: u8| run.bytes().filter(|byte| *byte == mark).count();
        if of(b'.') < 3 && of(b':') < 2 {
            return None;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{
        Attempt, Evidence, Hop, InputKind, Join, Ladder, Lane, LaneRole, Moment, SeenIn, Sign, SignPlace,
    };

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

    #[test]
    fn what_a_sign_tells_is_redacted_as_evidence_is() {
        let told = "the log says: “GET /a?token=SECRET from 198.51.100.9 with Cookie: s=SECRET”";
        let sign = Sign {
            text: told.to_owned(),
            place: Some(SignPlace {
                input: "logs/198.51.100.9/error.log".to_owned(),
                ..SignPlace::default()
            }),
            ..Sign::default()
        };
        let evidence = vec![Evidence { text: told.to_owned(), ..Evidence::default() }];
        let missing = vec![told.to_owned()];
        let cause = redactor().redacted(Cause { signs: vec![sign], evidence, missing, ..Cause::default() });
        let sign = &cause.signs[0];
        assert_eq!(sign.text, cause.evidence[0].text);
        assert_eq!(sign.text, cause.missing[0]);
        let written = serde_json::to_string(&cause).unwrap();
        assert!(!written.contains("SECRET") && !written.contains("198.51.100.9"), "{written}");
        assert!(sign.text.contains("visitor-0001") && sign.text.contains("/a?token=…"), "{}", sign.text);
    }

    /// A pseudonym in a command would make it print nothing; the name of a file that has an address in it must not be told either.
    #[test]
    fn a_command_over_inputs_that_would_tell_a_visitor_is_not_printed() {
        let check = |kind, command: &str| Check { kind, command: command.to_owned(), ..Check::default() };
        let of_visitor = check(CheckKind::Inputs, "grep -c x logs/198.51.100.9/error.log");
        let of_edge = check(CheckKind::Inputs, "tshark -r cap.pcap -Y 'ip.src == 203.0.113.7'");
        let asking = check(CheckKind::Network, "curl 'https://api.example/zones?name=shop.example'");
        let checks = vec![of_visitor, of_edge.clone(), asking.clone()];
        let mut cause = Cause { checks, ..Cause::default() };
        redactor().checks(&mut cause);
        assert_eq!(cause.checks, [of_edge.clone(), asking]);
        assert_eq!(cause.check, of_edge.command);
    }

    #[test]
    fn a_case_is_redacted_as_every_other_part_of_the_report_is() {
        let text = |place: &str, ordinal: u8| {
            Some(format!("{place} 198.51.100.{ordinal} /a?b=SECRET Cookie: x=SECRET; 10.1.2.3"))
        };
        let of = |place: &str, ordinal: u8| text(place, ordinal).unwrap();
        let connection = Connection {
            client: "198.51.100.2:4711".to_owned(),
            server: "203.0.113.7:443".to_owned(),
            community_id: Some("1:5Fk2:ab".to_owned()),
            seen_in: vec![SeenIn { input: of("input", 3), ..SeenIn::default() }],
        };
        let case = Case {
            ray: Some("9c1f00aa12bc34de".to_owned()),
            colo: Some("FRA".to_owned()),
            time: Some(Moment::default()),
            slug: "bare-lf".to_owned(),
            joined: vec![InputKind::EdgeLog],
            join: Some(Join::Ray),
            hop: Some(Hop::EdgeOrigin),
            attempts: vec![Attempt { text: of("attempt", 1), ..Attempt::default() }],
            connection: Some(connection),
            host: text("host", 4),
            ladder: Some(Ladder {
                lanes: vec![Lane { role: LaneRole::Edge, label: of("lane", 5) }],
                rows: Vec::new(),
            }),
            method: text("method", 6),
            path: text("path", 7),
            story: vec![of("story", 8), of("story", 9)],
            ..Case::default()
        };
        let here = redactor().case(case.clone());
        assert_eq!(here, redactor().redacted(case));
        let written = serde_json::to_string(&here).unwrap();
        assert!(
            !written.contains("SECRET") && !written.contains("198.51") && written.contains("visitor-0009")
        );
    }
}
