//! One line of an origin's access log: what the server says it answered.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::facts::endings::{self, Ending, EndingVocabulary};
use crate::ray::{Ray, RayAtColo};
use crate::text::proxy_header;
use crate::text::timestamp::Stamp;
use crate::time::{Duration, Time};

/// An access log line, whatever the server and its format. A field that the format lacks, or that holds `-`, is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccessLine {
    /// When it was logged: for nginx the end of the request, for Apache its start.
    pub time: Time,
    /// The resolution of `time` (`$time_local` has whole seconds, `$msec` milliseconds).
    pub resolution: Duration,
    /// Whether `time` is the end of the request (nginx) or its start (Apache).
    pub time_is_end: bool,
    /// The line carries no time zone: read as UTC, to be corrected by the clocks.
    pub time_is_local: bool,
    /// The peer's address: the edge, or the visitor where the real-ip module replaced it.
    pub remote_address: Option<IpAddr>,
    /// The peer's address before the real-ip module (`$realip_remote_addr`).
    pub real_peer: Option<IpAddr>,
    /// The peer's port: joins to the flow exactly.
    pub remote_port: Option<u16>,
    /// CF-RAY, in whatever field it stands.
    pub ray: Option<RayAtColo>,
    /// Sixteen hex digits that nothing names and that no data centre follows: a ray only if the edge knows it; else a trace's or a span's.
    pub possible_ray: Option<Ray>,
    /// Method; `None` where the request line is empty or none.
    pub method: Option<String>,
    /// Request target as logged.
    pub target: Option<String>,
    /// The raw request line where it asks for nothing (`\x16\x03\x01…` is TLS sent to a plain port, `PRI * HTTP/2.0` the beginning of HTTP/2).
    pub odd_request_line: Option<String>,
    /// Host or server name.
    pub host: Option<String>,
    /// Status that the server logged (nginx's own 444, 494 to 499 included).
    pub status: Option<u16>,
    /// Bytes of the response's body.
    pub body_bytes: Option<u64>,
    /// Bytes of the response, head included.
    pub sent_bytes: Option<u64>,
    /// Bytes of the request, head included.
    pub request_bytes: Option<u64>,
    /// Duration of the request.
    pub request_time: Option<Duration>,
    /// What the server's own upstreams answered, try by try.
    pub upstream: Vec<UpstreamTry>,
    /// nginx's `$connection`: joins to its error log (`*N`).
    pub connection: Option<u64>,
    /// Requests on this connection so far, this one included (`$connection_requests`; Apache's `%k` counts those before).
    pub connection_requests: Option<u32>,
    /// User-Agent.
    pub user_agent: Option<Box<str>>,
    /// The visitor, where the log has the header in which the edge names him (the first address of X-Forwarded-For, CF-Connecting-IP): personal.
    pub visitor: Option<Box<IpAddr>>,
    /// The process that served it, where the format has it.
    pub process: Option<u32>,
    /// How the request ended, in the server's own code (`SH--`, `UF,URX`).
    pub termination: Option<Termination>,
    /// HAProxy: backend and server that were chosen (`app/web1`, `app/<NOSRV>`).
    pub server: Option<String>,
}

/// One try of the server at an upstream (nginx `$upstream_*`, lists by `, ` and ` : `).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpstreamTry {
    /// Its address (`127.0.0.1:9000`, `unix:/run/php/php-fpm.sock`).
    pub address: Option<String>,
    /// Its status; nginx logs 502 or 504 for its own verdict.
    pub status: Option<u16>,
    /// Time to connect.
    pub connect_time: Option<Duration>,
    /// Time to the response head.
    pub header_time: Option<Duration>,
    /// Time to the end of the response.
    pub response_time: Option<Duration>,
}

/// How a server says that a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Termination {
    /// Whose code it is.
    pub vocabulary: EndingVocabulary,
    /// The code as logged.
    pub code: String,
}

impl Termination {
    /// Whether a proxy says that the try at the server behind it ended the request; `None` where its code says nothing of that.
    pub fn blames_upstream(&self) -> Option<bool> {
        match self.vocabulary {
            // The first letter: who ended it, `S` the server, `s` its timeout (configuration.txt 8.5).
            EndingVocabulary::Haproxy => Some(self.code.starts_with(['S', 's'])),
            // `UF`, `UC`, `UT` and their kin are about the upstream (access_log/usage, `%RESPONSE_FLAGS%`).
            EndingVocabulary::Envoy => Some(self.code.split(',').any(|flag| flag.starts_with('U'))),
            EndingVocabulary::ElasticLoadBalancing => Some(true),
            // `response_sent_by_backend` blames nobody.
            EndingVocabulary::GoogleLoadBalancing => {
                Some(self.code.starts_with("backend_") || self.code.starts_with("failed_to_"))
            }
            EndingVocabulary::ApplicationGateway => Some(self.code.starts_with("ERRORINFO_UPSTREAM_")),
            // Those of the client and of the platform blame no dyno.
            EndingVocabulary::Heroku => Some(!matches!(self.code.as_str(), "H27" | "H28" | "H80" | "H99")),
            EndingVocabulary::Apache
            | EndingVocabulary::Squid
            | EndingVocabulary::HttpSys
            | EndingVocabulary::Caddy => None,
        }
    }

    /// Whether HAProxy says that the client ended the request, or let its time pass: where it sent none that could be read, it sent nothing else either.
    pub fn blames_client(&self) -> bool {
        // The first letter again: `C` the client, `c` its timeout.
        self.vocabulary == EndingVocabulary::Haproxy && self.code.starts_with(['C', 'c'])
    }
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

impl AccessLine {
    /// Sets the instant.
    pub fn at(self, stamp: Stamp) -> AccessLine {
        let Stamp { time, resolution, local } = stamp;
        AccessLine { time, resolution, time_is_local: local, ..self }
    }

    /// Whether its status is that of an answer that was given and says no failure of the server; 408, 444 and 499 are words for one that was not given.
    pub fn is_answered(&self) -> bool {
        self.status.is_some_and(|status| (100..500).contains(&status) && !matches!(status, 408 | 444 | 499))
    }

    /// How many bytes the answer has: its body, or where only that is logged, all that was sent.
    pub fn answer_bytes(&self) -> Option<u64> {
        self.body_bytes.or(self.sent_bytes)
    }

    /// Whether a server behind gave this answer, and no gateway in the name of one that gave none (502, 504): HAProxy passed it on as it came (`--`: neither side ended it
    /// before its time), nginx has its status as that of the server behind.
    pub fn is_passed_on(&self) -> bool {
        const OF_GATEWAYS: [u16; 2] = [502, 504];
        let is_answer = |status: Option<u16>| status.is_some_and(|status| !OF_GATEWAYS.contains(&status));
        let is_regular =
            |end: &Termination| end.vocabulary == EndingVocabulary::Haproxy && end.code.starts_with("--");
        let is_chosen = self.server.as_deref().is_some_and(|server| !server.ends_with("<NOSRV>"));
        is_answer(self.status) && is_chosen && self.termination.as_ref().is_some_and(is_regular)
            || self.upstream.last().is_some_and(|tried| is_answer(tried.status))
    }

    /// Whether a server that speaks HTTP/1 alone has HTTP/2's connection preface for a request (RFC 9113, 3.4).
    pub fn is_http2_preface(&self) -> bool {
        self.odd_request_line.as_deref().is_some_and(|line| line.starts_with("PRI * HTTP/"))
            || self.method.as_deref() == Some("PRI") && self.target.as_deref() == Some("*")
    }

    /// Whether the server has a header of the PROXY protocol for a request: it expects none.
    pub fn is_proxy_header(&self) -> bool {
        self.odd_request_line.as_deref().is_some_and(proxy_header::is_logged_header)
    }

    /// The client that such a header names.
    pub fn proxied_client(&self) -> Option<SocketAddr> {
        self.odd_request_line.as_deref().and_then(proxy_header::logged_client)
    }

    /// Whether it holds a request that is none: bytes of another protocol than those that are known by themselves.
    pub fn holds_no_request(&self) -> bool {
        self.odd_request_line.is_some()
            && !self.is_http2_preface()
            && !self.is_proxy_header()
            && !self.termination.as_ref().is_some_and(Termination::blames_client)
    }

    /// What its code of termination means, where that is known to tell anything.
    pub fn ending(&self) -> Option<&'static Ending> {
        let Termination { vocabulary, code } = self.termination.as_ref()?;
        endings::find(*vocabulary, code, self.status, self.server.as_deref())
    }

    /// When the request was over, as far as the line tells.
    pub fn end(&self) -> Option<Time> {
        match (self.time_is_end, self.request_time) {
            (true, _) => Some(self.time),
            (false, Some(duration)) => Some(self.time.plus(duration)),
            (false, None) => None,
        }
    }

    /// When the request began, as far as the line tells.
    pub fn start(&self) -> Time {
        match (self.time_is_end, self.request_time) {
            (true, Some(duration)) => self.time.plus(-duration),
            _ => self.time,
        }
    }
}
