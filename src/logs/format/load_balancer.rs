//! Access logs of Amazon's load balancers, which have no header: the columns are those of its documentation (Elastic Load Balancing,
//! "Access logs for your Application Load Balancer", "… Classic Load Balancer", "… Network Load Balancer"). New columns come at the end.

use crate::facts::endings::EndingVocabulary;
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::values::Values;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::{Termination, UpstreamTry};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address_colon_port;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence, text_within};
use crate::text::number::{bounded_integer, duration};
use crate::text::timestamp::{self, Stamp};
use crate::time::{Duration, Time};

/// A column, as the documentation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    /// A field that all access logs have.
    Access(AccessField),
    /// `type`.
    Type,
    /// `target:port`, `backend:port`.
    Target,
    /// `target_status_code`, `backend_status_code`.
    TargetStatus,
    /// `request_processing_time`, `response_processing_time`.
    OwnTime,
    /// `target_processing_time`, `backend_processing_time`.
    TargetTime,
    /// `request`: the method, an absolute URL and the version.
    Request,
    /// `request_creation_time`.
    Created,
    /// `actions_executed`.
    Actions,
    /// `incoming_tls_alert`.
    TlsAlert,
    /// Nothing that diagnosis needs.
    Other,
}

use Column::{
    Access, Actions, Created, Other, OwnTime, Request, Target, TargetStatus, TargetTime, TlsAlert, Type,
};

const CLIENT: Column = Access(AccessField::RemoteAddressAndPort);
const TIME: Column = Access(AccessField::Time);
const STATUS: Column = Access(AccessField::Status);
const RECEIVED: Column = Access(AccessField::RequestBytes);
const SENT: Column = Access(AccessField::SentBytes);
const AGENT: Column = Access(AccessField::UserAgent);
const HOST: Column = Access(AccessField::Host);

/// type time elb client:port target:port request_processing_time target_processing_time response_processing_time elb_status_code
/// target_status_code received_bytes sent_bytes "request" "user_agent" ssl_cipher ssl_protocol target_group_arn "trace_id" "domain_name"
/// "chosen_cert_arn" matched_rule_priority request_creation_time "actions_executed" …
const APPLICATION: &[Column] = &[
    Type,
    TIME,
    Other,
    CLIENT,
    Target,
    OwnTime,
    TargetTime,
    OwnTime,
    STATUS,
    TargetStatus,
    RECEIVED,
    SENT,
    Request,
    AGENT,
    Other,
    Other,
    Other,
    Other,
    HOST,
    Other,
    Other,
    Created,
    Actions,
];

/// time elb client:port backend:port request_processing_time backend_processing_time response_processing_time elb_status_code
/// backend_status_code received_bytes sent_bytes "request" "user_agent" ssl_cipher ssl_protocol
const CLASSIC: &[Column] = &[
    TIME,
    Other,
    CLIENT,
    Target,
    OwnTime,
    TargetTime,
    OwnTime,
    STATUS,
    TargetStatus,
    RECEIVED,
    SENT,
    Request,
    AGENT,
];

/// type version time elb listener client:port destination:port connection_time tls_handshake_time received_bytes sent_bytes
/// incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version tls_named_group domain_name …
const NETWORK: &[Column] = &[
    Type, Other, TIME, Other, Other, CLIENT, Target, OwnTime, OwnTime, RECEIVED, SENT, TlsAlert, Other,
    Other, Other, Other, Other, HOST,
];

/// Statuses that the load balancer itself answers with where its target gives no answer.
const OF_BALANCER: [u16; 3] = [502, 503, 504];

/// The action that rejects a request where none follows it: AWS WAF was asked whether it may pass.
const DENYING: &[u8] = b"waf";

/// Values of `type` of an Application Load Balancer.
const TYPES: [&[u8]; 6] = [b"http", b"https", b"h2", b"grpcs", b"ws", b"wss"];

/// The kind of load balancer whose log it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadBalancer {
    /// Application Load Balancer: a line for each request, dated by its end.
    Application,
    /// Classic Load Balancer: a line for each request, dated by its start.
    Classic,
    /// Network Load Balancer: a line for each TLS connection.
    Network,
}

impl LoadBalancer {
    const ALL: [LoadBalancer; 3] = [LoadBalancer::Application, LoadBalancer::Classic, LoadBalancer::Network];

    fn columns(self) -> &'static [Column] {
        match self {
            LoadBalancer::Application => APPLICATION,
            LoadBalancer::Classic => CLASSIC,
            LoadBalancer::Network => NETWORK,
        }
    }

    fn has_type(self, value: &[u8]) -> bool {
        match self {
            LoadBalancer::Application => TYPES.contains(&value),
            LoadBalancer::Classic => false,
            LoadBalancer::Network => value == b"tls",
        }
    }

    /// What a line says; `None` where a column cannot be one of this kind.
    fn read(self, line: &[u8]) -> Option<BalancerLine> {
        let mut entry = BalancerLine::default();
        let mut columns = self.columns().iter();
        for (value, column) in Values::of(line, b' ').zip(columns.by_ref()) {
            let fits = match column {
                Type => self.has_type(value),
                other => entry.put(*other, value),
            };
            if !fits {
                return None;
            }
        }
        // A line that was cut off may lack its end, but what makes it one stands before the request.
        (entry.draft.line.remote_address.is_some() && !columns.any(|column| *column == Target))
            .then_some(entry)
    }
}

/// A line in the making.
#[derive(Default)]
struct BalancerLine {
    draft: AccessDraft,
    target: UpstreamTry,
    /// The sum of the times that the load balancer took, as far as there are any.
    took: Option<Duration>,
    created: Option<Stamp>,
    /// AWS WAF was asked last of all, and let nothing through.
    is_denied: bool,
    alert: Option<String>,
}

impl BalancerLine {
    /// Takes the value of a column; false where it cannot be one.
    fn put(&mut self, column: Column, value: &[u8]) -> bool {
        let absent = value == b"-" || value.is_empty();
        match column {
            Access(AccessField::RemoteAddressAndPort) => {
                // IPv6 addresses stand with brackets or without.
                let Some((address, port)) = address_colon_port(value) else { return false };
                self.draft.line.remote_address = Some(address);
                self.draft.line.remote_port = port;
            }
            Access(field) => return self.draft.put(field, value),
            Target if !absent => self.target.address = Some(text_within(value, 256)),
            TargetStatus if !absent => match bounded_integer(value) {
                Some(status) => self.target.status = Some(status),
                None => return false,
            },
            OwnTime => self.took = add(self.took, duration(value, Duration::SECOND)),
            TargetTime => {
                // −1: no request was sent, or no answer came.
                self.target.response_time = duration(value, Duration::SECOND);
                self.took = add(self.took, self.target.response_time);
            }
            Request => self.put_request(value),
            Created => self.created = timestamp::any(value),
            Actions => self.is_denied = value.rsplit(|byte| *byte == b',').next() == Some(DENYING),
            TlsAlert if !absent => self.alert = Some(text_within(value, 16)),
            _ => {}
        }
        true
    }

    /// `GET https://shop.example:443/cart?id=1 HTTP/1.1`; `- - -` where the request could not be read.
    fn put_request(&mut self, value: &[u8]) {
        if value.starts_with(b"- ") {
            return;
        }
        self.draft.put(AccessField::Request, value);
        let line = &mut self.draft.line;
        if let Some((_, rest)) = line.target.as_deref().and_then(|target| target.split_once("://")) {
            let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
            let host = authority.trim_end_matches(":443").trim_end_matches(":80").to_owned();
            line.target = Some(if path.starts_with('/') { path.to_owned() } else { format!("/{path}") });
            line.host.get_or_insert(host);
        }
    }

    /// The row of a request.
    fn request(mut self, balancer: LoadBalancer) -> Parsed {
        let line = &mut self.draft.line;
        line.time_is_end = balancer == LoadBalancer::Application;
        line.request_time = self.took;
        // What the visitor took to send the request is in none of the times.
        if let Some(created) = self.created.filter(|created| created.time <= line.time) {
            line.request_time = Some(line.time.since(created.time));
        }
        let is_unanswered = self.target.status.is_none_or(|status| status == 0)
            && line.status.is_some_and(|status| OF_BALANCER.contains(&status));
        let code = self.is_denied.then_some("denied").or(is_unanswered.then_some("unanswered"));
        line.termination = code.map(|code| Termination {
            vocabulary: EndingVocabulary::ElasticLoadBalancing,
            code: code.to_owned(),
        });
        if self.target != UpstreamTry::default() {
            line.upstream.push(self.target);
        }
        if !self.draft.timed {
            return Parsed::Skip(Skip::Unparsed);
        }
        // A connection through a TCP listener has neither request nor status.
        self.draft.finish().map_or(Parsed::Skip(Skip::Comment), Parsed::Access)
    }

    /// The row of a TLS connection, which holds no request that anybody could see.
    fn connection(self, text: &[u8]) -> Parsed {
        let line = self.draft.line;
        if line.time == Time::default() {
            return Parsed::Skip(Skip::Unparsed);
        }
        let alert = self.alert.as_ref().map(|alert| format!("the client sent the TLS alert {alert}: "));
        let mut row = MessageLine::of(text, None);
        row.text = text_within(format!("{}{}", alert.unwrap_or_default(), row.text).as_bytes(), 2048);
        row.time = Some(line.time);
        row.resolution = line.resolution;
        row.client = line.remote_address;
        row.client_port = line.remote_port;
        row.upstream = self.target.address;
        row.host = line.host;
        row.program = Some("network-load-balancer".to_owned());
        row.level = self.alert.map(|_| "error".to_owned());
        Parsed::Message(row)
    }
}

impl LineFormat for LoadBalancer {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let first = sample.lines.iter().find(|line| looks_like_one(line))?;
        LoadBalancer::ALL.into_iter().find(|balancer| balancer.read(first).is_some())
    }

    fn id(&self) -> &'static str {
        match self {
            LoadBalancer::Application => "alb",
            LoadBalancer::Classic => "elb",
            LoadBalancer::Network => "nlb",
        }
    }

    fn kind(&self) -> LogKind {
        match self {
            LoadBalancer::Application | LoadBalancer::Classic => LogKind::AccessLog,
            LoadBalancer::Network => LogKind::ErrorLog,
        }
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match (self.read(line), self) {
            (None, _) => Parsed::Skip(Skip::Unparsed),
            (Some(entry), LoadBalancer::Network) => entry.connection(line),
            (Some(entry), balancer) => entry.request(*balancer),
        }
    }
}

/// Whether a line begins as those of a load balancer do: an instant in UTC with microseconds, which no other log has before an address
/// with its port, or `tls` and a version.
fn looks_like_one(line: &[u8]) -> bool {
    let Some((first, rest)) = split_at_byte(line, b' ') else { return false };
    let is_instant =
        |text: &[u8]| text.ends_with(b"Z") && timestamp::iso(text).is_some_and(|(_, rest)| rest.is_empty());
    first == b"tls" && split_at_sequence(rest, b" net/").is_some()
        || is_instant(first)
        || TYPES.contains(&first) && split_at_byte(rest, b' ').is_some_and(|(second, _)| is_instant(second))
}

fn add(sum: Option<Duration>, part: Option<Duration>) -> Option<Duration> {
    match (sum, part) {
        (Some(sum), Some(part)) => Some(sum + part),
        (sum, part) => sum.or(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_classic_line_needs_its_columns_to_fit() {
        let other = b"2026-11-17T08:01:01.123456Z web1 app started 1 2 3 4 5";
        assert!(LoadBalancer::ALL.iter().all(|balancer| balancer.read(other).is_none()));
        let cut = b"2026-11-17T08:01:01.123456Z shop 172.68.10.9:41022 10.0.0.1:80 0.1 0.2 0.0 502 502 10 20 \"GET http://a";
        assert!(LoadBalancer::Classic.read(cut).is_some());
        let cut_early = b"2026-11-17T08:01:01.123456Z shop 172.68.10.9:41022";
        assert!(LoadBalancer::Classic.read(cut_early).is_none());
    }
}
