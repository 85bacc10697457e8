//! The log formats, one file each. What each must remember from line to line is its own; the order in which they are tried is
//! [`DETECTORS`](crate::logs::recognise::DETECTORS).

pub(crate) mod access_format;
pub(crate) mod access_inferred;
pub(crate) mod access_json;
pub(crate) mod access_logfmt;
pub(crate) mod apache_error;
pub(crate) mod application;
pub(crate) mod auditd;
pub(crate) mod cloudflare;
pub(crate) mod cloudflared;
pub(crate) mod coredumpctl;
pub(crate) mod dmesg_relative;
pub(crate) mod dotnet;
pub(crate) mod envoy;
pub(crate) mod fail2ban;
pub(crate) mod go_proxy;
pub(crate) mod haproxy;
pub(crate) mod java_util_logging;
pub(crate) mod journal;
pub(crate) mod kernel;
pub(crate) mod lighttpd;
pub(crate) mod litespeed;
pub(crate) mod load_balancer;
pub(crate) mod modsecurity;
pub(crate) mod nginx_error;
pub(crate) mod php_fpm;
pub(crate) mod rails;
pub(crate) mod server_errors;
pub(crate) mod squid;
pub(crate) mod syslog;
pub(crate) mod traffic_server;
pub(crate) mod uvicorn;
pub(crate) mod uwsgi;
pub(crate) mod varnish;
pub(crate) mod w3c;
pub(crate) mod workers;
