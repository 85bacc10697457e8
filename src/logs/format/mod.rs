//! The log formats, one file each. What each must remember from line to line is its own; the order in which they are tried is
//! [`DETECTORS`](crate::logs::recognise::DETECTORS).

pub mod access_format;
pub mod access_inferred;
pub mod access_json;
pub mod apache_error;
pub mod application;
pub mod cloudflare;
pub mod haproxy;
pub mod journal;
pub mod kernel;
pub mod nginx_error;
pub mod php_fpm;
pub mod syslog;
pub mod w3c;
