//! Which lines say that a server refused a request, and with which statuses it does so. A status of these alone tells nothing: visitors and
//! robots meet 403, 404 and 429 all day. The line makes a failure of it (docs/failures.md, rule 4).

/// A line that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The message, or the ending of an access line, by its id in `facts::messages` or `facts::endings`.
    pub line: &'static str,
    /// The statuses with which that program refuses for this reason; 5xx is a failure without any line.
    pub statuses: &'static [u16],
    /// The document or source code that has them.
    pub source: &'static str,
}

/// Writes the table: `source: "line" statuses, …;`.
macro_rules! refusals {
    ($( $source:literal: $( $line:literal $statuses:expr ),+ ; )+) => {
        &[ $( $( Refusal { line: $line, statuses: &$statuses, source: $source }, )+ )+ ]
    };
}

/// Every refusal.
pub const ALL: &[Refusal] = refusals! {
    "nginx @ 3f6f782, src/http/modules/ngx_http_access_module.c (NGX_HTTP_FORBIDDEN)":
        "nginx-access-forbidden" [403];
    "nginx.org, limit_req_status and limit_conn_status (503 unless set)":
        "nginx-requests-limited" [403, 429], "nginx-connections-limited" [403, 429];
    "nginx @ 3f6f782, src/http/ngx_http_special_response.c (494 to 496 are sent as 400)":
        "nginx-request-head-too-large" [400, 431, 494],
        "nginx-client-certificate-missing" [400, 496],
        "nginx-client-certificate-rejected" [400, 495];
    "nginx @ 3f6f782, src/http/ngx_http_request.c, ngx_http_core_module.c, ngx_http_request_body.c":
        "nginx-request-uri-too-long" [414],
        "nginx-request-body-too-large" [413],
        "nginx-request-framing" [400, 411];
    "httpd @ 2.4, modules/aaa/mod_authz_core.c, mod_access_compat.c (HTTP_FORBIDDEN)":
        "apache-client-denied" [403];
    "jzdziarski/mod_evasive, mod_evasive20.c, access_checker (HTTP_FORBIDDEN)":
        "apache-requests-limited" [403];
    "httpd @ 2.4, modules/ssl/ssl_engine_kernel.c (HTTP_FORBIDDEN)":
        "apache-client-certificate-rejected" [403];
    "httpd @ 2.4, server/protocol.c":
        "apache-request-head-too-large" [400, 431], "apache-request-line-too-long" [414];
    "httpd @ 2.4, modules/http/http_filters.c (HTTP_LENGTH_REQUIRED, HTTP_BAD_REQUEST, HTTP_REQUEST_ENTITY_TOO_LARGE)":
        "apache-request-framing" [400, 411, 413];
    "ModSecurity reference manual, SecDefaultAction: the status is free, 403 unless set":
        "modsecurity-denied" [400, 403, 406, 429];
    "coraza.io, SecDefaultAction: the status is free, 403 unless set":
        "coraza-denied" [400, 403, 406, 429];
    "haproxy @ 50872daa6, doc/configuration.txt, http-request deny and tarpit, deny_status":
        "haproxy-request-denied" [403], "haproxy-request-limited" [429], "haproxy-request-tarpitted" [403, 429];
    "traefik, ipallowlist middleware, rejectStatusCode (403 unless set)":
        "go-proxy-address-refused" [403];
    "wiki.squid-cache.org/SquidFaq/SquidLogs, TCP_DENIED; squid src/client_side_request.cc (ERR_ACCESS_DENIED, 401 where it asks who it is)":
        "squid-denied" [401, 403];
    "envoyproxy.io, rate limit filter and external authorization filter; %RESPONSE_FLAGS% RL, UAEX":
        "envoy-denied" [401, 403], "envoy-rate-limited" [429];
    "docs.aws.amazon.com/elasticloadbalancing, access logs of Application Load Balancers, actions taken: waf; AWS WAF, custom responses (403 unless set)":
        "elb-waf-denied" [403, 404, 429];
    "docs.aws.amazon.com/waf, Block action, custom responses (403 unless set); learn.microsoft.com/azure/web-application-firewall, custom response":
        "cloud-firewall-denied" [403, 404, 429], "cloud-firewall-limited" [403, 429];
    "cloud.google.com/armor, actions of rules: deny(403), deny(404), deny(502)":
        "google-armor-denied" [403, 404];
    "cloud.google.com/load-balancing/docs/https/https-logging-monitoring, statusDetails":
        "google-request-head-too-large" [413, 431];
    "learn.microsoft.com/azure/application-gateway, HTTP response codes":
        "azure-no-client-certificate" [400];
    "learn.microsoft.com, Error logging in HTTP APIs, s-reason":
        "http-sys-forbidden" [403], "http-sys-request-too-large" [400, 414];
    "lighttpd 1.4, src/request.c":
        "lighttpd-request-head-too-large" [400, 413, 414, 431];
    "tomcat, java/org/apache/coyote/http11/Http11Processor.java; jetty, HttpParser (414, 431)":
        "java-request-head-too-large" [400, 414, 431];
    "alisaifee/flask-limiter, flask_limiter/errors.py; laurentS/slowapi, slowapi/errors.py (RateLimitExceeded)":
        "flask-requests-limited" [429];
    "gunicorn, gunicorn/workers/base.py (handle_error)":
        "gunicorn-request-too-large" [400, 414, 431];
    "puma, lib/puma/client.rs and ext/puma_http11/http11_parser.c":
        "puma-request-too-large" [400, 413, 414, 431];
    "aspnetcore, src/Servers/Kestrel/Core/src/BadHttpRequestException.cs":
        "kestrel-request-too-large" [400, 414, 431];
    "node, lib/_http_server.js (HPE_HEADER_OVERFLOW)":
        "node-header-overflow" [431];
};

/// Lines, one for each connection, of what is closed without an answer: beyond a limit on one client's connections, or for a head that is too
/// large; and the document or source code that has them.
const UNANSWERED: &[(&str, &str)] = &[
    ("apache-connections-limited", "mod_qos, QS_SrvMaxConnPerIP"),
    (
        "litespeed-connections-limited",
        "litespeedtech/openlitespeed src/http/clientinfo.cpp (checkAccess); \"close connection!\"",
    ),
    (
        "haproxy-request-rejected",
        "haproxy @ 50872daa6, doc/configuration.txt, http-request reject and silent-drop; 8.5, PR",
    ),
    (
        "uwsgi-request-too-large",
        "uwsgi 2.0, proto/http.c (http_parse), proto/uwsgi.c: -1, and the connection is closed",
    ),
];

/// Lines, one for each connection, of a header of the PROXY protocol that did not come, or came where none is expected (`facts::messages` has the source of
/// each).
pub const PROXY_HEADER_AMISS: &[&str] = &[
    "haproxy-proxy-header-missing",
    "nginx-proxy-header-broken",
    "apache-proxy-header-broken",
    "lighttpd-proxy-header-broken",
    "nghttpx-proxy-header-broken",
];

/// Whether this line says that a connection was closed without an answer.
pub fn closes_unanswered(line: &str) -> bool {
    UNANSWERED.iter().any(|(known, _)| *known == line)
}

/// Whether this line says that a request was refused with this status.
pub fn refuses(line: &str, status: u16) -> bool {
    ALL.iter().any(|refusal| refusal.line == line && refusal.statuses.contains(&status))
}

/// Whether this line says that a request was refused.
pub fn is_refusal(line: &str) -> bool {
    ALL.iter().any(|refusal| refusal.line == line)
}

/// Whether any line refuses with this status.
pub fn may_refuse(status: u16) -> bool {
    matches!(status, 400..500) && ALL.iter().any(|refusal| refusal.statuses.contains(&status))
}

/// Whether a path leads into a hidden file or folder (`/.git/config`, `/.env`), which servers deny to all on purpose; `/.well-known/` is no such (RFC 8615).
pub fn is_hidden(path: &str) -> bool {
    let mut segments = path.split('/');
    segments.any(|segment| segment.starts_with('.') && !matches!(segment, "." | ".." | ".well-known"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{endings, messages};

    #[test]
    fn every_line_is_known_once_and_refuses_with_a_status_that_is_no_failure_by_itself() {
        for refusal in ALL {
            let known = messages::by_id(refusal.line).is_some() || endings::by_id(refusal.line).is_some();
            assert!(known, "{}", refusal.line);
            assert_eq!(ALL.iter().filter(|other| other.line == refusal.line).count(), 1, "{}", refusal.line);
            assert!(refusal.statuses.iter().all(|status| (400..500).contains(status)), "{}", refusal.line);
            assert!(!refusal.statuses.is_empty() && !refusal.source.is_empty());
        }
        let is_known = |line| messages::by_id(line).is_some() || endings::by_id(line).is_some();
        assert!(UNANSWERED.iter().all(|(line, _)| is_known(line)));
    }

    #[test]
    fn what_robots_probe_for_is_hidden_and_a_certificates_challenge_is_not() {
        assert!(["/.git/config", "/.env", "/shop/.htpasswd"].into_iter().all(is_hidden));
        assert!(!["/", "/cart/..", "/a.b/c.txt", "/.well-known/acme-challenge/x"].into_iter().any(is_hidden));
    }

    #[test]
    fn a_line_refuses_with_its_own_statuses_alone() {
        assert!(refuses("nginx-access-forbidden", 403));
        assert!(!refuses("nginx-access-forbidden", 404), "a file that is missing was not refused");
        assert!(!is_refusal("nginx-client-closed"));
        assert!(may_refuse(429) && !may_refuse(404 + 1) && !may_refuse(200));
    }
}
