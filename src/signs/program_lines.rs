//! The signs that are lines by which programs say that they fail, run short, run into a limit of time or are not there, and those of the ends at the edge.

use super::line_table::{ONCE_A_MINUTE, line, own};
use super::sign::{Frequency, LineScope, Sign};
use crate::facts::deaths::TIME_LIMITED;

/// What is not there stays away for some time, and says so once.
const STAYS_AWAY: LineScope = LineScope::Host(300);
/// Health checks look every few seconds.
pub(super) const CHECKED: LineScope = LineScope::Host(30);

/// What servers and their guards say when a server is started, stopped or reloaded.
pub(super) const RESTARTED: &[&str] = &[
    "nginx-reloaded",
    "apache-restarted",
    "php-fpm-restarted",
    "php-fpm-threshold-reload",
    "puma-restarted",
    "gunicorn-restarted",
    "go-proxy-restarted",
    "lighttpd-restarted",
    "varnish-restarted",
    "hitch-restarted",
    "haproxy-restarted",
    "systemd-restarted",
    "systemd-deactivated",
    "systemd-killing",
    "systemd-timed-out",
    "systemd-machine-stopped",
    "kernel-started",
    "supervisor-started",
    "node-worker-stopped",
    "uvicorn-restarted",
    "uwsgi-restarted",
    "java-restarted",
    "kestrel-restarted",
    "pm2-restarted",
    "heroku-restarted",
    "container-restarted",
    "kubelet-liveness-failed",
];

/// What applications say when they wait for their database, and what the database says.
pub(super) const DATABASE: &[&str] = &[
    "database-connections-used-up",
    "database-pool-used-up",
    "database-unreachable",
    "database-statement-timed-out",
    "database-lock-waits",
    "database-memory-limit",
    "wordpress-page-database",
];

pub(super) const SIGNS: &[Sign] = &[
    line("restart-line", "a server is started, stopped or reloaded", LineScope::Host(5), RESTARTED)
        .otherwise(Frequency::Often),
    line(
        "connections-taken-back",
        "the server takes idle connections back, since it has too few for new ones",
        LineScope::Host(2),
        &["nginx-connections-reused"],
    )
    .one_with("workers-busy"),
    // nginx cuts the answer that it cannot keep while it comes (ngx_event_pipe.c).
    own(
        "disk-full-line",
        "the server cannot keep what came for this request: its disk is full",
        &["nginx-disk-full"],
    )
    .otherwise(Frequency::Seldom)
    .one_with("disk-full"),
    own(
        "application-failed-line",
        "the application fails at this request",
        &[
            "php-memory-exhausted",
            "php-time-exceeded",
            "php-fatal",
            "node-invalid-header",
            "java-request-failed",
            "java-out-of-memory",
            "puma-request-failed",
            "unicorn-request-failed",
            "gunicorn-request-failed",
            "uwsgi-no-application",
            "uvicorn-request-failed",
            "django-request-failed",
            "flask-request-failed",
            "uvicorn-response-cut",
            "waitress-request-failed",
            "waitress-response-cut",
            "passenger-response-cut",
            "kestrel-request-failed",
            "kestrel-aborted",
            "kestrel-response-cut",
            "apache-request-looped",
            "nginx-request-looped",
            "nginx-script-failed",
            "database-session-lost",
            "wordpress-page-failed",
            "php-page-failed",
            "django-page-failed",
            "werkzeug-page-failed",
            "spring-page-failed",
            "tomcat-page-failed",
            "asp-net-page-failed",
            "symfony-page-failed",
            "rails-page-failed",
            "express-page-failed",
            "drupal-page-failed",
            "magento-page-failed",
        ],
    ),
    line("database-line", "the application waits for its database", LineScope::Host(5), DATABASE)
        .of_trouble(),
    line(
        "time-limit-line",
        "at that moment a worker is ended at its time limit",
        LineScope::Process,
        TIME_LIMITED,
    )
    .one_with("upstream-timed-out"),
    line(
        "start-failed-line",
        "a server cannot start or take its port",
        STAYS_AWAY,
        &[
            "heroku-dyno-boot-timed-out",
            "nginx-bind-failed",
            "apache-bind-failed",
            "apache-start-failed",
            "haproxy-bind-failed",
            "lighttpd-bind-failed",
            "php-fpm-bind-failed",
            "litespeed-no-listener",
            "node-address-in-use",
            "java-port-in-use",
            "java-start-failed",
            "kestrel-start-failed",
            "puma-start-failed",
            "gunicorn-start-failed",
            "uvicorn-start-failed",
            "uwsgi-start-failed",
            "passenger-spawn-failed",
            "systemd-start-limit",
            "supervisor-gave-up",
            "pm2-gave-up",
            "kubelet-backing-off",
        ],
    ),
    line(
        "network-broken-line",
        "the machine's own network fails",
        CHECKED,
        &["kernel-link-down", "kernel-transmit-timeout", "kernel-neighbour-overflow"],
    ),
    line(
        "tunnel-line",
        "the tunnel has no connection with the edge",
        ONCE_A_MINUTE,
        &["cloudflared-disconnected", "cloudflared-no-tunnel-left", "cloudflared-edge-lookup-failed"],
    )
    .one_with("tunnel"),
    own(
        "worker-limit-line",
        "the Worker went beyond a limit, or is not there",
        &["worker-exceeded-cpu", "worker-exceeded-memory", "worker-not-found"],
    )
    .one_with("edge-worker"),
    own("worker-exception-line", "the Worker threw an exception", &["worker-exception"])
        .one_with("edge-worker"),
];
