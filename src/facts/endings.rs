//! The codes by which proxies say in their request logs how a request or a connection ended, and what they mean.

mod heroku;
mod http_sys;
mod load_balancers;
mod squid;
mod vocabulary;

use self::heroku::HEROKU;
use self::http_sys::HTTP_SYS;
use self::load_balancers::{APPLICATION_GATEWAY, ELASTIC_LOAD_BALANCING, GOOGLE_LOAD_BALANCING};
use self::squid::{SQUID, SQUID_ERRORS};
pub use self::vocabulary::EndingVocabulary;
use AnswerFate::{Cut, Missing, OfProxy};

/// What became of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnswerFate {
    /// The proxy made one itself, or nothing tells.
    OfProxy,
    /// It was cut short.
    Cut,
    /// None was sent.
    Missing,
}

/// When a code means this: some codes mean several things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndingCondition {
    Always,
    /// No server was chosen (`<NOSRV>`).
    WithoutServer,
    /// One of these statuses was sent.
    Statuses(&'static [u16]),
    /// None of these statuses was sent.
    StatusesBut(&'static [u16]),
    /// No status was sent.
    NoStatus,
}

/// An ending that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Its stable name, as of a message's signature.
    pub id: &'static str,
    /// What happened, in one clause.
    pub about: &'static str,
    /// What became of the answer.
    pub answer: AnswerFate,
    code: &'static str,
    when: EndingCondition,
}

const fn ending(code: &'static str, id: &'static str, answer: AnswerFate, about: &'static str) -> Ending {
    Ending { id, about, answer, code, when: EndingCondition::Always }
}

const fn only(when: EndingCondition, ending: Ending) -> Ending {
    Ending { when, ..ending }
}

/// Source: httpd.apache.org, mod_log_config, `%X`.
const APACHE: &[Ending] =
    &[ending("X", "apache-client-left", Cut, "the client left before the response was complete")];

/// Source: caddyserver/caddy modules/caddyhttp/staticresp.go (`abort`: `http.ErrAbortHandler`), responsewriter.go: the status is 0 until a handler writes one. Go's
/// server sends an empty 200 where none does and the handler returns.
const CADDY: &[Ending] = &[ending(
    "unwritten",
    "caddy-nothing-written",
    Missing,
    "no handler wrote an answer: the request was aborted, or the answer is empty",
)];

/// By the first two letters. Source: haproxy @ 50872daa6, doc/configuration.txt 8.5, src/http_ana.c, src/backend.c.
const HAPROXY: &[Ending] = &[
    only(
        EndingCondition::WithoutServer,
        ending("SC", "haproxy-no-server-left", OfProxy, "no server of the backend was up to be asked"),
    ),
    ending(
        "SC",
        "haproxy-server-refused",
        OfProxy,
        "the server refused the connection or could not be reached",
    ),
    ending(
        "sC",
        "haproxy-connect-timed-out",
        OfProxy,
        "the server did not take the connection within timeout connect",
    ),
    ending("SQ", "haproxy-server-refused", OfProxy, "the request failed while it waited for a server"),
    ending(
        "sQ",
        "haproxy-queue-timed-out",
        OfProxy,
        "the request waited too long in the queue for a free server",
    ),
    ending(
        "SH",
        "haproxy-server-closed-early",
        OfProxy,
        "the server closed or reset before its response head was complete",
    ),
    ending(
        "sH",
        "haproxy-server-timed-out",
        OfProxy,
        "the server sent no complete response head within timeout server",
    ),
    ending(
        "SD",
        "haproxy-server-cut-response",
        Cut,
        "the server closed or reset in the middle of the response",
    ),
    ending(
        "sD",
        "haproxy-server-stalled",
        Cut,
        "the server fell silent in the middle of the response for timeout server",
    ),
    ending(
        "PH",
        "haproxy-response-blocked",
        OfProxy,
        "HAProxy refused the server's response head: invalid, too large or filtered",
    ),
    ending("PD", "haproxy-response-invalid", Cut, "the server's response body was malformed"),
    only(
        EndingCondition::Statuses(&[403]),
        ending("PR", "haproxy-request-denied", OfProxy, "a rule of HAProxy denied the request"),
    ),
    only(
        EndingCondition::Statuses(&[429]),
        ending(
            "PR",
            "haproxy-request-limited",
            OfProxy,
            "a rule of HAProxy denied the request as one too many",
        ),
    ),
    only(
        EndingCondition::NoStatus,
        ending(
            "PR",
            "haproxy-request-rejected",
            Missing,
            "a rule of HAProxy turned the request away without an answer",
        ),
    ),
    ending(
        "PR",
        "haproxy-request-refused",
        OfProxy,
        "HAProxy refused the request: malformed, too large or denied",
    ),
    ending("PT", "haproxy-request-tarpitted", OfProxy, "a rule of HAProxy held the request in the tarpit"),
    ending(
        "PC",
        "haproxy-sockets-used-up",
        OfProxy,
        "HAProxy's limit of sockets was reached when it asked the server",
    ),
    ending(
        "RC",
        "haproxy-resources-used-up",
        OfProxy,
        "a resource of the host was used up: descriptors, memory or source ports",
    ),
    ending(
        "DC",
        "haproxy-server-marked-down",
        OfProxy,
        "the server was marked down while the request waited for it",
    ),
    ending(
        "DH",
        "haproxy-server-marked-down",
        OfProxy,
        "the server was marked down before its response head was complete",
    ),
    ending(
        "DD",
        "haproxy-server-marked-down",
        Cut,
        "the server was marked down in the middle of the response",
    ),
    ending("CC", "haproxy-client-left", Missing, "the client left before the server was asked"),
    ending(
        "CQ",
        "haproxy-client-left",
        Missing,
        "the client left while the request waited for a free server",
    ),
    ending("CH", "haproxy-client-left", Missing, "the client left while it waited for the response head"),
    ending("CT", "haproxy-client-left", Missing, "the client left while it was held in the tarpit"),
    ending("CD", "haproxy-client-left-in-body", OfProxy, "the client left in the middle of the response"),
    ending(
        "CR",
        "haproxy-client-sent-no-request",
        Missing,
        "the client closed before it had sent a whole request",
    ),
    ending(
        "cR",
        "haproxy-request-timed-out",
        OfProxy,
        "the client did not send a whole request within timeout http-request",
    ),
    ending("cD", "haproxy-client-stalled", OfProxy, "the client took or sent no data for timeout client"),
    ending(
        "cH",
        "haproxy-client-stalled",
        OfProxy,
        "the client sent no data of its request for timeout client",
    ),
];

/// In the order of what tells most, where a request has several. Source: envoyproxy/envoy envoy/stream_info/stream_info.h and
/// docs/root/configuration/observability/access_log/usage.rst.
const ENVOY: &[Ending] = &[
    ending(
        "UC",
        "envoy-upstream-closed",
        OfProxy,
        "the upstream closed the connection before its response was complete",
    ),
    ending("UR", "envoy-upstream-reset", OfProxy, "the upstream reset the stream"),
    ending(
        "UT",
        "envoy-upstream-timed-out",
        OfProxy,
        "the upstream did not answer within the route's timeout",
    ),
    ending("UMSDR", "envoy-upstream-timed-out", OfProxy, "the upstream's stream lasted longer than it may"),
    ending("UF", "envoy-upstream-not-connected", OfProxy, "Envoy could not connect to the upstream"),
    ending(
        "UO",
        "envoy-upstream-overflow",
        OfProxy,
        "the circuit breaker is open: too many requests or connections to the upstream",
    ),
    ending("UPE", "envoy-upstream-protocol-error", OfProxy, "the upstream's response breaks HTTP"),
    ending("DF", "envoy-upstream-unresolved", OfProxy, "the upstream's name could not be resolved"),
    ending("OM", "envoy-overloaded", OfProxy, "Envoy's overload manager refused the request"),
    ending("RL", "envoy-rate-limited", OfProxy, "a rate limit of Envoy refused the request"),
    ending("UAEX", "envoy-denied", OfProxy, "the authorization service denied the request"),
    ending("DPE", "envoy-request-invalid", OfProxy, "the request breaks HTTP"),
    ending("SI", "envoy-stream-idle", OfProxy, "the request made no progress for the stream's idle timeout"),
    ending("NR", "envoy-no-route", OfProxy, "no route is set for this host and path"),
    ending("NC", "envoy-no-cluster", OfProxy, "the route names a cluster that is not known"),
    ending("DC", "envoy-client-left", Missing, "the client left before the response was complete"),
    ending("UH", "envoy-no-healthy-upstream", OfProxy, "no host of the upstream is healthy"),
    ending("LR", "envoy-local-reset", OfProxy, "Envoy reset the connection to the upstream"),
    ending("URX", "envoy-retries-used-up", OfProxy, "the last retry failed too"),
];

/// Every ending, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static Ending> {
    [
        APACHE,
        HAPROXY,
        ENVOY,
        SQUID,
        SQUID_ERRORS,
        HTTP_SYS,
        HEROKU,
        CADDY,
        ELASTIC_LOAD_BALANCING,
        GOOGLE_LOAD_BALANCING,
        APPLICATION_GATEWAY,
    ]
    .into_iter()
    .flatten()
}

/// An ending with this id; several codes may have one.
pub fn by_id(id: &str) -> Option<&'static Ending> {
    all().find(|ending| ending.id == id)
}

/// The ending that `text` means in these words, for an answer of this status by this server, as far as they are known.
pub fn find(
    vocabulary: EndingVocabulary,
    text: &str,
    status: Option<u16>,
    server: Option<&str>,
) -> Option<&'static Ending> {
    let applies = |ending: &&Ending| match ending.when {
        EndingCondition::Always => true,
        EndingCondition::WithoutServer => server.is_some_and(|server| server.ends_with("<NOSRV>")),
        EndingCondition::Statuses(statuses) => status.is_some_and(|status| statuses.contains(&status)),
        EndingCondition::StatusesBut(statuses) => status.is_none_or(|status| !statuses.contains(&status)),
        EndingCondition::NoStatus => status.is_none(),
    };
    let whole = |endings: &'static [Ending]| endings.iter().find(|ending| ending.code == text);
    match vocabulary {
        EndingVocabulary::Apache => whole(APACHE),
        EndingVocabulary::Haproxy => {
            let code = text.get(..2)?;
            HAPROXY.iter().filter(applies).find(|ending| ending.code == code)
        }
        EndingVocabulary::Envoy => {
            ENVOY.iter().find(|ending| text.split(',').any(|flag| flag == ending.code))
        }
        EndingVocabulary::Squid if text.starts_with("ERR_") => {
            let is = |code: &str| text.strip_prefix(code).is_some_and(|rest| !rest.starts_with('_'));
            SQUID_ERRORS.iter().find(|ending| is(ending.code))
        }
        EndingVocabulary::Squid => {
            let has = |code: &str| text.split('_').any(|word| word == code);
            SQUID.iter().filter(applies).find(|ending| has(ending.code))
        }
        EndingVocabulary::HttpSys => whole(HTTP_SYS),
        EndingVocabulary::Heroku => whole(HEROKU),
        EndingVocabulary::Caddy => whole(CADDY),
        EndingVocabulary::GoogleLoadBalancing => whole(GOOGLE_LOAD_BALANCING),
        EndingVocabulary::ApplicationGateway => whole(APPLICATION_GATEWAY),
        EndingVocabulary::ElasticLoadBalancing => {
            ELASTIC_LOAD_BALANCING.iter().filter(applies).find(|ending| ending.code == text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn a_code_that_means_several_things_is_told_apart() {
        let haproxy = |text, status, server| {
            find(EndingVocabulary::Haproxy, text, status, server).map(|ending| ending.id)
        };
        assert_eq!(haproxy("SC--", Some(503), Some("app/<NOSRV>")), Some("haproxy-no-server-left"));
        assert_eq!(haproxy("SC--", Some(503), Some("app/web1")), Some("haproxy-server-refused"));
        assert_eq!(haproxy("PR--", Some(403), None), Some("haproxy-request-denied"));
        assert_eq!(haproxy("PR--", Some(429), None), Some("haproxy-request-limited"));
        assert_eq!(haproxy("PR--", Some(400), None), Some("haproxy-request-refused"));
        assert_eq!(haproxy("PR--", None, None), Some("haproxy-request-rejected"));
        assert_eq!(haproxy("SD", None, None), Some("haproxy-server-cut-response"));
        for healthy in ["--", "----", "LR--", "", "ü"] {
            assert_eq!(haproxy(healthy, Some(200), None), None, "{healthy}");
        }
    }

    #[test]
    fn of_several_flags_the_one_that_tells_most_is_taken() {
        let envoy = |text| find(EndingVocabulary::Envoy, text, None, None).map(|ending| ending.id);
        assert_eq!(envoy("URX,UF"), Some("envoy-upstream-not-connected"));
        assert_eq!(envoy("-"), None);
    }

    #[test]
    fn a_504_of_squid_is_its_own_where_a_server_was_asked() {
        let squid = |text, status| find(EndingVocabulary::Squid, text, status, None).map(|ending| ending.id);
        assert_eq!(squid("TCP_DENIED", Some(403)), Some("squid-denied"));
        assert_eq!(squid("TCP_MISS_ABORTED", Some(200)), Some("squid-client-left"));
        assert_eq!(squid("TCP_MISS", Some(504)), Some("squid-upstream-timed-out"));
        assert_eq!([squid("TCP_MISS", Some(200)), squid("TCP_MEM_HIT", Some(504))], [None, None]);
        assert_eq!(squid("TCP_MISS_ABORTED", Some(504)), Some("squid-upstream-timed-out"));
        assert_eq!(squid("TCP_MISS_ABORTED", Some(502)), None, "nothing tells who aborted what");
        assert_eq!(squid("NONE_NONE", Some(503)), Some("squid-no-server-left"));
        assert_eq!([squid("NONE_NONE", None), squid("NONE_NONE", Some(400))], [None, None]);
    }

    #[test]
    fn squids_own_errors_tell_what_became_of_the_server_behind() {
        let squid = |text| find(EndingVocabulary::Squid, text, Some(503), None).map(|ending| ending.id);
        assert_eq!(squid("ERR_CONNECT_FAIL/errno=111"), Some("squid-server-refused"));
        assert_eq!(squid("ERR_CONNECT_FAIL/errno=110"), Some("squid-connect-timed-out"));
        assert_eq!(squid("ERR_READ_ERROR/errno=104"), Some("squid-server-closed-early"));
        assert_eq!(squid("ERR_ZERO_SIZE_OBJECT/-"), Some("squid-server-closed-early"));
        // It says so also where it asks no server any more (seen with 5.7).
        assert_eq!(squid("ERR_READ_ERROR/-"), None);
        assert_eq!(squid("ERR_CONNECT_FAIL_OTHER/-"), None);
    }

    #[test]
    fn no_ending_has_the_name_of_a_message() {
        for ending in all() {
            assert!(messages::by_id(ending.id).is_none(), "{}", ending.id);
            assert!(!ending.about.is_empty(), "{}", ending.id);
        }
    }
}
