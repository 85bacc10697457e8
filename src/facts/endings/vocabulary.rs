//! Whose codes they are by which a request log says how a request ended.

use serde::{Deserialize, Serialize};

/// Whose codes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EndingVocabulary {
    /// Apache's `%X`: `X` aborted before the response was complete, `+` may be kept alive, `-` closed after the response.
    Apache,
    /// HAProxy's termination state: four letters of a request (`SH--`), two of a connection (`SD`). The first says who ended it, the second
    /// in which phase (configuration.txt, "Session state at disconnection").
    Haproxy,
    /// Envoy's response flags, joined by commas (`UF,URX`).
    Envoy,
    /// Squid's result codes: words joined by `_` (`TCP_MISS_ABORTED`).
    Squid,
    /// The reasons of HTTP.SYS, the kernel's part of IIS (`s-reason` of HTTPERR logs).
    HttpSys,
    /// Heroku's router: `H12`.
    Heroku,
    /// Caddy has no code: `unwritten` is ours, for lines with a status of 0.
    Caddy,
    /// Amazon's load balancers have no code: `unanswered` is ours, for lines without a status of a target, where the status is the balancer's own.
    ElasticLoadBalancing,
    /// `statusDetails` of Google's load balancers (`backend_timeout`).
    GoogleLoadBalancing,
    /// `error_info` of Azure's Application Gateway (`ERRORINFO_UPSTREAM_TIMED_OUT`).
    ApplicationGateway,
}

impl EndingVocabulary {
    /// The program whose codes they are, by the name that its error pages have; `None` where it sends none that are known.
    pub fn program(self) -> Option<&'static str> {
        match self {
            EndingVocabulary::Apache => Some("Apache"),
            EndingVocabulary::Haproxy => Some("HAProxy"),
            EndingVocabulary::Envoy => Some("Envoy"),
            EndingVocabulary::Squid => Some("Squid"),
            EndingVocabulary::HttpSys => Some("HTTP.SYS"),
            EndingVocabulary::Caddy => Some("Caddy"),
            EndingVocabulary::Heroku
            | EndingVocabulary::ElasticLoadBalancing
            | EndingVocabulary::GoogleLoadBalancing
            | EndingVocabulary::ApplicationGateway => None,
        }
    }

    /// Whether the lines that have it are dated by the request's beginning. HAProxy has no other instants than those of the connection and of the beginning
    /// (configuration.txt, 8.2.6: `%t`, `%tr`, `%ms`); Google's `timestamp` is when the request came in.
    pub fn is_dated_by_start(self) -> bool {
        matches!(self, EndingVocabulary::Haproxy | EndingVocabulary::GoogleLoadBalancing)
    }
}
