//! One line of an error log or a system log: a message that a person wrote a format string for.

use std::net::IpAddr;

use crate::facts::messages::{self, Program};
use crate::logs::scan::{integer_after, text_within};
use crate::time::Time;

/// The longest text that is kept of a message, in bytes.
pub const LONGEST_TEXT: usize = 2048;

/// A message of a server, an application or the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageLine {
    /// When, as far as the line says; see `time_is_local`.
    pub time: Option<Time>,
    /// The resolution of `time` in nanoseconds.
    pub resolution: i64,
    /// Nanoseconds since the machine started, where the line counts from there (kernel); `time` follows once the start is known.
    pub since_boot: Option<i64>,
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

impl MessageLine {
    /// A row of this text, with what is known of the message and the system error in it.
    pub(super) fn of(text: &[u8], writer: Option<Program>) -> MessageLine {
        let mut row = MessageLine { text: text_within(text, LONGEST_TEXT), ..MessageLine::default() };
        row.recognise(text, writer);
        row
    }

    /// Looks `text` up among the known messages.
    pub(super) fn recognise(&mut self, text: &[u8], writer: Option<Program>) {
        if let Some(hit) = messages::find(text, writer) {
            self.signature = Some(hit.signature.id);
            self.about_process = hit.process.and_then(|process| u32::try_from(process).ok());
            self.figure = hit.figure;
        }
    }

    /// Sets the instant, as far as the line has one.
    pub(super) fn at(mut self, stamp: Option<super::clock::Stamp>) -> MessageLine {
        if let Some(stamp) = stamp {
            self.time = Some(stamp.time);
            self.resolution = stamp.resolution;
            self.time_is_local = stamp.local;
        }
        self
    }
}

/// The number of a system error as nginx writes it, `(111: Connection refused)`: the first parenthesis with digits, a colon and a
/// blank.
pub(super) fn system_error(text: &[u8]) -> Option<u32> {
    memchr::memchr_iter(b'(', text).take(16).find_map(|at| {
        let inner = text.get(at.checked_add(1)?..)?;
        let (number, rest) = super::scan::leading_integer(inner)?;
        rest.starts_with(b": ").then(|| u32::try_from(number).ok()).flatten()
    })
}

/// The value of `KEY=` in a firewall's line.
pub(super) fn firewall_port(text: &[u8], key: &[u8]) -> Option<u16> {
    u16::try_from(integer_after(text, key)?).ok()
}
