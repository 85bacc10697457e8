//! One line of an error log or a system log: a message that a person wrote a format string for.

use std::net::IpAddr;

use crate::time::Time;

/// A message of a server, an application or the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageLine {
    /// When, as far as the line says; see `time_is_local`.
    pub time: Option<Time>,
    /// The resolution of `time` in nanoseconds.
    pub resolution: i64,
    /// The line carries no time zone: read as UTC, to be corrected by the clocks.
    pub time_is_local: bool,
    /// Severity as the line writes it (`error`, `crit`, `WARNING`), in lower case.
    pub level: Option<String>,
    /// The program that wrote it (`nginx`, `php-fpm`, `kernel`, `haproxy`, a syslog tag).
    pub program: Option<String>,
    /// Its process id.
    pub process: Option<u32>,
    /// The known message that it is, by its id in `facts::messages`.
    pub signature: Option<&'static str>,
    /// The message without its prefix, as logged (bytes that are no UTF-8 replaced), at most 2 KiB.
    pub text: String,
    /// System error number in parentheses (`111: Connection refused`).
    pub system_error: Option<u32>,
    /// What nginx was doing (`while connecting to upstream`).
    pub action: Option<String>,
    /// nginx's `*N`: joins to the access line's `$connection`.
    pub connection: Option<u64>,
    /// `client:` of the message.
    pub client: Option<IpAddr>,
    /// The client's port where the server logs it (Apache, HAProxy).
    pub client_port: Option<u16>,
    /// `request:` of the message: method and target.
    pub request: Option<(String, String)>,
    /// `upstream:` of the message.
    pub upstream: Option<String>,
    /// `host:` of the message.
    pub host: Option<String>,
    /// A process that the message is about (`child 811 exited on signal 11`, `Killed process 811 (php-fpm)`).
    pub about_process: Option<u32>,
    /// The number that the message turns on: the signal, the limit that was reached, bytes.
    pub figure: Option<u64>,
}
