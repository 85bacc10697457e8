//! The signs that are lines of logs: which messages, and the codes of which endings, tell the same of a request, and whose lines they are.

use super::sign::{How, LineScope, Sign, plain};
use crate::facts::deaths::{KILLED_FOR_MEMORY, PROCESS_DIED, SERVICE_DIED};

/// A sign that is a line of the request itself.
pub(super) const fn own(id: &'static str, about: &'static str, signatures: &'static [&'static str]) -> Sign {
    line(id, about, LineScope::Request, signatures)
}

/// A sign that is a line, of whoever's kind.
pub(super) const fn line(
    id: &'static str,
    about: &'static str,
    scope: LineScope,
    signatures: &'static [&'static str],
) -> Sign {
    plain(id, about, How::Lines(scope, signatures))
}

/// php-fpm says once that its pool is full, as it gets full, and stays silent while it stays full: what was over by then found workers free.
const STAYS_FULL: LineScope = LineScope::HostFrom(30);
/// What died is started again within seconds, and takes some to come up.
pub(super) const UNTIL_STARTED: LineScope = LineScope::Service(10);
/// The kernel writes of ten dropped packets in five seconds, and of the next one after them (Documentation/admin-guide/sysctl/net.rst: `message_cost`,
/// `message_burst`): a packet that it dropped has such a line no further away.
const EVERY_FIVE_SECONDS: LineScope = LineScope::Host(5);
/// What is said again as long as it goes on.
pub(super) const ONCE_A_MINUTE: LineScope = LineScope::Host(60);

/// The kernel writes of a flood as it drops the first SYN of it (net/ipv4/tcp_input.c, `tcp_syn_flood_action`): what was over by then is none of its.
const FROM_THE_FIRST: LineScope = LineScope::HostFrom(60);

/// What a request leaves that finds no free worker behind its server.
pub(super) const NO_WORKER: &[&str] = &[
    "nginx-connect-backlog-full",
    "apache-backend-busy",
    "apache-backend-pool-full",
    "haproxy-queue-timed-out",
    "lighttpd-backend-busy",
    "varnish-backend-busy",
    "envoy-upstream-overflow",
    "envoy-overloaded",
    "heroku-backlog-too-deep",
    "heroku-connections-used-up",
    "http-sys-queue-full",
    "http-sys-application-busy",
    "http-sys-connection-limit",
    "envoy-page-overflow",
    "passenger-page-queue-full",
    "axum-page-overloaded",
];

/// What servers say when every worker is busy.
pub(super) const ALL_BUSY: &[&str] = &[
    "php-fpm-max-children",
    "apache-workers-used-up",
    "nginx-connections-used-up",
    "haproxy-connections-used-up",
    "lighttpd-connections-used-up",
    "litespeed-backend-busy",
    "varnish-threads-used-up",
    "stunnel-clients-used-up",
    "uwsgi-queue-full",
    "php-fpm-processes-used-up",
    "passenger-queue-full",
    "waitress-queue",
    "waitress-connections-used-up",
    "uvicorn-concurrency-limit",
    "kestrel-starved",
    "kestrel-connections-used-up",
    "java-threads-used-up",
    "java-bulkhead-full",
    "tower-overloaded",
    "apache-fork-failed",
    "php-fpm-fork-failed",
    "kernel-fork-rejected",
];

/// What programs say when no file descriptors are left.
pub(super) const FILES_USED_UP: &[&str] = &[
    "nginx-files-used-up",
    "apache-files-used-up",
    "haproxy-sockets-used-up",
    "haproxy-resources-used-up",
    "lighttpd-files-used-up",
    "varnish-files-used-up",
    "hitch-files-used-up",
    "php-fpm-files-used-up",
    "node-files-used-up",
    "java-files-used-up",
    "go-files-used-up",
    "ruby-files-used-up",
    "haproxy-files-used-up",
    "uwsgi-files-used-up",
    "application-files-used-up",
    "kernel-files-used-up",
];

/// What servers say of a request whose head is larger than they take.
pub(super) const REQUEST_HEAD_TOO_LARGE: &[&str] = &[
    "nginx-request-uri-too-long",
    "nginx-request-head-too-large",
    "apache-request-head-too-large",
    "apache-request-line-too-long",
    "lighttpd-request-head-too-large",
    "http-sys-request-too-large",
    "java-request-head-too-large",
    "gunicorn-request-too-large",
    "uwsgi-request-too-large",
    "puma-request-too-large",
    "kestrel-request-too-large",
    "node-header-overflow",
    "google-request-head-too-large",
];

pub(super) const SIGNS: &[Sign] = &[
    line("process-died-line", "at that moment a process dies", LineScope::Process, PROCESS_DIED)
        .one_with("death"),
    line("service-died-line", "before that moment the service died", UNTIL_STARTED, SERVICE_DIED)
        .one_with("death"),
    line(
        "out-of-memory-line",
        "at that moment the kernel kills a process for memory",
        LineScope::Kernel(2),
        KILLED_FOR_MEMORY,
    )
    .one_with("memory")
    .of_trouble()
    .of_machine(),
    own("no-worker-line", "this request found no free worker", NO_WORKER).one_with("workers-busy"),
    line("others-find-no-worker", "others find no free worker at that moment", LineScope::Host(5), NO_WORKER)
        .one_with("workers-busy")
        .of_trouble(),
    line("all-busy-line", "every worker is busy", STAYS_FULL, ALL_BUSY).one_with("workers-busy").of_trouble(),
    line("files-used-up-line", "no file descriptors are left", LineScope::Host(2), FILES_USED_UP)
        .one_with("files-used-up")
        .of_trouble(),
    own(
        "denied-line",
        "a rule refuses the request",
        &[
            "nginx-access-forbidden",
            "modsecurity-denied",
            "coraza-denied",
            "apache-client-denied",
            "haproxy-request-denied",
            "haproxy-request-rejected",
            "haproxy-request-tarpitted",
            "haproxy-request-refused",
            "google-armor-denied",
            "elb-waf-denied",
            "cloud-firewall-denied",
            "go-proxy-address-refused",
            "envoy-denied",
            "squid-denied",
            "http-sys-forbidden",
            "wordfence-page-blocked",
        ],
    )
    .one_with("denied"),
    own(
        "limited-line",
        "a limit on requests or connections of one client refuses the request",
        &[
            "nginx-requests-limited",
            "nginx-connections-limited",
            "haproxy-request-limited",
            "flask-requests-limited",
            "apache-connections-limited",
            "apache-requests-limited",
            "lighttpd-connections-limited",
            "litespeed-connections-limited",
            "squid-connections-limited",
            "envoy-rate-limited",
            "cloud-firewall-limited",
            "django-requests-limited",
            "express-page-limited",
            "rack-attack-page-limited",
            "drf-page-limited",
            "laravel-page-limited",
            "nest-page-limited",
            "fastify-page-limited",
        ],
    )
    .one_with("denied"),
    own(
        "request-head-too-large-line",
        "the head of the request is larger than the server takes",
        REQUEST_HEAD_TOO_LARGE,
    )
    .one_with("request-head-too-large"),
    own(
        "client-certificate-line",
        "the server wants a client certificate",
        &[
            "nginx-client-certificate-missing",
            "nginx-client-certificate-rejected",
            "apache-client-certificate-rejected",
            "haproxy-client-certificate-rejected",
            "lighttpd-client-certificate-rejected",
            "azure-no-client-certificate",
            "tls-client-certificate-missing",
        ],
    )
    .one_with("client-certificate"),
    own(
        "request-framing-line",
        "the server does not take how the request tells its length",
        &["apache-request-framing", "nginx-request-framing", "nginx-request-invalid"],
    )
    .one_with("length-of-request"),
    line(
        "conntrack-full-line",
        "the kernel drops packets: its table is full",
        EVERY_FIVE_SECONDS,
        &["kernel-conntrack-full"],
    )
    .one_with("conntrack")
    .of_trouble(),
    line(
        "syn-flood-line",
        "the kernel says that half-open connections are too many",
        FROM_THE_FIRST,
        &["kernel-syn-flood"],
    ),
];
