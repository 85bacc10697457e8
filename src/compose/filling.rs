//! Fills the placeholders of checks and snippets with the values of the incident. What an incident does not show is not filled, and a text with
//! such a gap is not printed.

use std::net::IpAddr;

use super::serving::{Serving, runs_tls};
use crate::causes::placeholder::Placeholder;
use crate::correlate::timer::Timer;
use crate::correlate::{Case, Incident, Whole};
use crate::diagnose::RankedCause;
use crate::evidence::ConnectionRow;
use crate::evidence::tally::{Direction, HeaderKind};
use crate::facts::handshakes::is_failed_handshake;
use crate::http::conform::Finding;
use crate::report::redaction::{Redactor, ReportText};
use crate::time::{Duration, Time};

/// The values that fill the texts of one ranked cause: those of its clearest case.
pub struct Fillings<'a> {
    case: &'a Case,
    incident: &'a Incident,
    ranked: &'a RankedCause,
    serving: &'a Serving,
    redactor: &'a Redactor<'a>,
    /// Its first and its last failure.
    span: (Time, Time),
}

impl<'a> Fillings<'a> {
    /// Of a ranked cause.
    pub fn of(
        ranked: &'a RankedCause,
        incident: &'a Incident,
        serving: &'a Serving,
        redactor: &'a Redactor<'a>,
    ) -> Fillings<'a> {
        let times = || ranked.cases.iter().map(|&index| &incident.cases[index]);
        let first = times().map(|case| case.time).min().unwrap_or_default();
        let last = times().map(|case| case.end).max().unwrap_or_default();
        let case = &incident.cases[ranked.telling];
        Fillings { case, incident, ranked, serving, redactor, span: (first, last) }
    }

    /// What makes texts of what others wrote.
    pub fn redactor(&self) -> &'a Redactor<'a> {
        self.redactor
    }

    /// A command with what was measured; `None` where it has a gap that nothing fills.
    pub fn command(&self, template: &'static str) -> Option<ReportText> {
        let mut text = ReportText::from(template);
        // An address of IPv6 before a port stands in brackets (RFC 3986, 3.2.2).
        if let Some(address @ IpAddr::V6(_)) = self.origin().filter(|_| template.contains("{origin}:")) {
            text = text.with("{origin}:", &self.redactor.verbatim(format!("[{address}]:"))?);
        }
        Placeholder::all().try_fold(text, |text, placeholder| {
            let written = placeholder.written();
            if text.contains(written) {
                Some(text.with(written, &self.filling(placeholder)?))
            } else {
                Some(text)
            }
        })
    }

    /// A snippet with what was measured. A clause of a comment with a gap is left out; `None` where a line that is pasted has one.
    pub fn snippet(&self, template: &'static str) -> Option<ReportText> {
        let mut lines = Vec::new();
        for line in template.lines() {
            match self.command(line) {
                Some(line) => lines.push(line),
                None => lines.extend(self.comment(line)?),
            }
        }
        Some(ReportText::joined(&lines, "\n"))
    }

    /// A comment without the clauses that have a gap, or without the whole line; `None` where it is no comment.
    fn comment(&self, line: &'static str) -> Option<Option<ReportText>> {
        let mark = ["# ", "// ", "; ", "-- "].into_iter().find(|mark| line.starts_with(mark))?;
        let clauses = line[mark.len()..].split("; ").filter_map(|clause| self.command(clause));
        let kept = ReportText::joined(&clauses.collect::<Vec<ReportText>>(), "; ");
        Some((!kept.is_empty()).then(|| ReportText::joined(&[mark.into(), kept], "")))
    }

    /// What fills a gap: without what a shell would act on, and none where it must not be told.
    fn filling(&self, placeholder: Placeholder) -> Option<ReportText> {
        let value = self.value(placeholder)?;
        self.redactor.verbatim(match placeholder {
            // They hold blanks, and nothing from the evidence but a time or a port.
            Placeholder::Since | Placeholder::Until => value,
            Placeholder::Listen | Placeholder::Bind | Placeholder::Ports => value,
            _ => harmless(&value),
        })
    }

    fn value(&self, placeholder: Placeholder) -> Option<String> {
        let (case, incident) = (self.case, self.incident);
        let evidence = &incident.evidence;
        match placeholder {
            Placeholder::Host => self.host(),
            Placeholder::Origin => self.origin().map(|address| address.to_string()),
            Placeholder::Port => self.port().map(|port| port.to_string()),
            Placeholder::Scheme => self.scheme().map(str::to_owned),
            Placeholder::EdgeAddress => {
                let address = case.edge_address(evidence)?;
                incident.ranges.find(address).map(|_| address.to_string())
            }
            Placeholder::EdgeRange => {
                incident.ranges.find(case.edge_address(evidence)?).map(|range| range.to_string())
            }
            Placeholder::Idle => incident.population.servers.idle().map(seconds),
            Placeholder::Timeout => incident.population.edge_gives_up.map(seconds),
            Placeholder::BelowTimeout => Some(self.below_timeout().to_string()),
            Placeholder::Bytes => largest_head(case, evidence).map(|bytes| bytes.to_string()),
            Placeholder::Path => case.path(evidence).map(str::to_owned),
            Placeholder::Upstream => upstream(case, evidence),
            Placeholder::Header => broken_header(case, evidence),
            Placeholder::LargeHeader => large_header(incident),
            Placeholder::Cookie => largest(incident, HeaderKind::Cookie, |_| true),
            Placeholder::RoomKibibytes => Some(self.room().to_string()),
            Placeholder::RoomBytes => Some((self.room() * 1024).to_string()),
            Placeholder::Listen => {
                let tls = if self.scheme()? == "https" { " ssl" } else { "" };
                Some(format!("{}{tls}", self.port()?))
            }
            Placeholder::Bind => {
                let tls = if self.scheme()? == "https" {
                    " ssl crt /etc/haproxy/certs/ alpn h2,http/1.1"
                } else {
                    ""
                };
                Some(format!("{}{tls}", self.port()?))
            }
            Placeholder::Ports => {
                Some(self.port().map_or_else(|| "{ 80, 443 }".to_owned(), |port| port.to_string()))
            }
            Placeholder::Unit => self.serving.unit(case, evidence).map(str::to_owned),
            Placeholder::Since => Some(instant(self.span.0.plus(-MARGIN))),
            Placeholder::Until => Some(instant(self.span.1.plus(MARGIN))),
        }
    }

    /// The host without a port, as the request or the handshake asked for it.
    fn host(&self) -> Option<String> {
        let evidence = &self.incident.evidence;
        let asked = self.case.host(evidence).map(without_port);
        let hello = |row: &'a ConnectionRow| row.tls.as_ref()?.client_hello.as_ref()?.sni.as_deref();
        let named = || self.case.connections(evidence).find_map(hello);
        let others = || {
            let cases = self.ranked.cases.iter().map(|&index| &self.incident.cases[index]);
            cases.filter_map(|case| case.host(evidence)).map(without_port).next()
        };
        // Where it is one host's server, what fails is that host's.
        let healthy = &self.incident.population.healthy_hosts;
        let only = || healthy.keys().next().filter(|_| healthy.len() == 1).map(String::as_str);
        let host = asked.or_else(named).or_else(others).or_else(only);
        host.filter(|host| !host.is_empty()).map(str::to_owned)
    }

    /// The origin's address from the edge's record, else from the packets.
    fn origin(&self) -> Option<IpAddr> {
        let evidence = &self.incident.evidence;
        let record = self.case.asked_origin(evidence).and_then(|row| row.record.origin_address);
        record.or_else(|| self.case.connections(evidence).next().map(|row| row.connection.server.ip()))
    }

    /// The port at which the case was captured, or other connections with its server; else 443 where a handshake is known.
    fn port(&self) -> Option<u16> {
        let evidence = &self.incident.evidence;
        let own = self.case.connections(evidence).next_back().map(|row| row.connection.server.port());
        let others = || {
            let origin = self.origin()?;
            let mut rows = evidence.connections.iter().map(|row| row.connection.server);
            rows.find(|server| server.ip() == origin).map(|server| server.port())
        };
        let by_handshake = || {
            let record = &self.case.asked_origin(evidence)?.record;
            let shook_hands = record.origin_tls_time.is_some_and(|time| time > Duration::ZERO)
                || record.edge_status.is_some_and(is_failed_handshake);
            shook_hands.then_some(443)
        };
        own.or_else(others).or_else(by_handshake)
    }

    /// As captured, else by what the edge speaks at that port (Cloudflare docs: network-ports).
    fn scheme(&self) -> Option<&'static str> {
        let captured = self.case.connections(&self.incident.evidence).find_map(runs_tls);
        let by_port = || match self.port()? {
            443 | 2053 | 2083 | 2087 | 2096 | 8443 => Some(true),
            80 | 8080 | 8880 | 2052 | 2082 | 2086 | 2095 => Some(false),
            _ => None,
        };
        let is_tls = captured.or_else(by_port)?;
        Some(if is_tls { "https" } else { "http" })
    }

    /// The smallest usual buffer, in KiB, that holds the largest head and a quarter more; 32 where none was measured.
    fn room(&self) -> u64 {
        let bytes = largest_head(self.case, &self.incident.evidence).unwrap_or(0);
        [32, 64, 128, 256].into_iter().find(|room| room * 1024 >= bytes + bytes / 4).unwrap_or(512)
    }

    /// Whole seconds, a tenth below those after which the edge gives up.
    fn below_timeout(&self) -> u64 {
        let measured = self.incident.population.edge_gives_up.map(|timer| timer.duration);
        let limit = Duration::from_seconds(self.incident.profile.limits.read_s as i64);
        let below = measured.unwrap_or(limit) * 9 / 10 / Duration::SECOND;
        u64::try_from(below).unwrap_or(1).max(1)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// How far around the failures a look into a log goes: clocks differ, and what leads to a failure comes before it.
const MARGIN: Duration = Duration::from_seconds(60);

/// `2026-11-18 14:02:11 UTC`, as systemd.time(7) takes it.
fn instant(time: Time) -> String {
    let written = time.to_string();
    let part = |range| written.get(range).unwrap_or_default();
    format!("{} {} UTC", part(0..10), part(11..19))
}

/// Seconds with one decimal, the rest cut off.
fn seconds(timer: Timer) -> String {
    format!(
        "{}.{}",
        timer.duration / Duration::SECOND,
        timer.duration % Duration::SECOND / (Duration::SECOND / 10)
    )
}

/// Bytes of the largest head of the case's requests and responses.
fn largest_head(case: &Case, evidence: &Whole) -> Option<u64> {
    let heads = case.exchanges(evidence).flat_map(|(_, kept)| {
        let request = kept.exchange.request.as_ref().map(|request| request.head.bytes);
        [request, kept.exchange.response.as_deref().map(|response| response.head.bytes)]
    });
    let logged = || case.access(evidence).filter_map(|row| row.line.request_bytes).max();
    let recorded = || case.edge(evidence).and_then(|row| row.record.client_request_bytes).map(u64::from);
    heads.flatten().max().or_else(logged).or_else(recorded)
}

/// Bytes of the largest header or cookie by its name, of those that are wanted.
fn largest(incident: &Incident, kind: HeaderKind, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let all = incident.evidence.tallies.headers.iter();
    let of_kind = all.filter(|((direction, of, name), _)| {
        *of == kind && (kind == HeaderKind::Cookie || *direction == Direction::Response) && wanted(name)
    });
    let largest = of_kind.max_by_key(|((_, _, name), tally)| (tally.largest.0, std::cmp::Reverse(name)));
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    largest.map(|((_, _, name), _)| name.clone()).filter(|name| name.chars().all(is_token))
}

/// A header that nobody misses but people who search for faults.
fn large_header(incident: &Incident) -> Option<String> {
    const NEEDED: [&str; 10] = [
        "set-cookie",
        "location",
        "content-type",
        "content-length",
        "content-encoding",
        "content-security-policy",
        "cache-control",
        "vary",
        "etag",
        "date",
    ];
    largest(incident, HeaderKind::Header, |name| !NEEDED.contains(&name.to_ascii_lowercase().as_str()))
}

/// The name of the header in which an answer of the case breaks a rule.
fn broken_header(case: &Case, evidence: &Whole) -> Option<String> {
    let name = |finding: &Finding| {
        let offence = finding.excerpt.get(usize::from(finding.mark)..)?;
        let name = offence.split(|byte| *byte == b':').next()?;
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        (!name.is_empty() && name.len() < offence.len() && name.iter().all(is_token))
            .then(|| String::from_utf8_lossy(name).into_owned())
    };
    let responses = case.exchanges(evidence).filter_map(|(_, kept)| kept.exchange.response.as_deref());
    responses.flat_map(|response| &response.findings).find_map(name)
}

/// The application's host and port from a message about the case, else from its access line.
fn upstream(case: &Case, evidence: &Whole) -> Option<String> {
    let told = case.messages(evidence).filter_map(|row| row.line.upstream.as_deref());
    let logged = case.access(evidence).flat_map(|row| &row.line.upstream);
    told.chain(logged.filter_map(|upstream| upstream.address.as_deref())).find_map(host_and_port)
}

/// `127.0.0.1:8000` of `http://127.0.0.1:8000/product/1?token=…`; `None` where a URL or an address has no port, and of a socket's path.
fn host_and_port(address: &str) -> Option<String> {
    let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
    let end = bare.find(['/', '?', '#', ',', ' ']).unwrap_or(bare.len());
    let authority = &bare[..end];
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = authority.rsplit_once(':')?;
    let is_host = !host.is_empty() && !host.starts_with("unix");
    (is_host && port.parse::<u16>().is_ok()).then(|| authority.to_owned())
}

/// A value from the evidence without the characters that a shell would act on, because people paste the command.
fn harmless(value: &str) -> String {
    value.chars().filter(|c| c.is_ascii_alphanumeric() || "._-:/%~+[]".contains(*c)).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_command_cannot_be_made_to_run_something_else() {
        assert_eq!(harmless("/a;rm -rf $HOME`x`'\"|&"), "/arm-rfHOMEx");
    }

    #[test]
    fn of_a_url_the_host_and_the_port_are_taken() {
        for (read, taken) in [
            ("http://127.0.0.1:8000/product/1?token=x", Some("127.0.0.1:8000")),
            ("127.0.0.1:9000", Some("127.0.0.1:9000")),
            ("[::1]:8080", Some("[::1]:8080")),
            ("10.0.0.1:80, 10.0.0.2:80", Some("10.0.0.1:80")),
            ("http://unix:/run/app.sock:/", None),
            ("unix:/run/php/php-fpm.sock", None),
            ("app", None),
            ("-", None),
        ] {
            assert_eq!(host_and_port(read).as_deref(), taken, "{read}");
        }
    }

    #[test]
    fn an_instant_is_written_as_systemd_reads_it() {
        assert_eq!(instant(Time::from_seconds(1_700_000_000, 0)), "2023-11-14 22:13:20 UTC");
    }
}
