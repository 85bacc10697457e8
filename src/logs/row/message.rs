//! One line of an error log or a system log: a message that a person wrote a format string for.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::facts::messages::{self, Program};
use crate::facts::tcp_proxies::{self, ServerBehind};
use crate::ray::Ray;
use crate::text::clock::LineClock;
use crate::text::line::text_within;
use crate::text::number::leading_integer;
use crate::text::timestamp::Stamp;
use crate::time::{Duration, Time};

/// The longest text that is kept of a message, in bytes.
pub const LONGEST_TEXT: usize = 2048;

/// The id of a message in `facts::messages`.
type MessageId = &'static str;

/// A message of a server, an application or the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLine {
    /// When, as far as the line says; see `time_is_local`.
    pub time: Option<Time>,
    /// The resolution of `time`.
    pub resolution: Duration,
    /// Since the machine started, where the line counts from there (kernel); `time` follows once the start is known.
    pub since_boot: Option<Duration>,
    /// The line carries no time zone: read as UTC, to be corrected by the clocks.
    pub time_is_local: bool,
    /// `time` was counted from the machine's start (`dmesg`), by a clock that nobody sets and that drifts against the others (printk's `local_clock`).
    pub time_is_counted: bool,
    /// Severity as the line writes it (`error`, `crit`, `WARNING`), in lower case.
    pub level: Option<String>,
    /// The program that wrote it (`nginx`, `php-fpm`, `kernel`, `haproxy`, a syslog tag).
    pub program: Option<String>,
    /// Its process id.
    pub process: Option<u32>,
    /// The known message that it is, by its id in `facts::messages`.
    #[serde(with = "known_message")]
    pub signature: Option<MessageId>,
    /// The message without its prefix, as logged (bytes that are no UTF-8 replaced), at most 2 KiB.
    pub text: String,
    /// System error number in parentheses (`111: Connection refused`).
    pub system_error: Option<u32>,
    /// What nginx was doing (`while connecting to upstream`).
    pub action: Option<String>,
    /// The ray of the request that it is about, where the writer logs it (cloudflared) or quotes the request's head (Caddy, ModSecurity, nginx of a broken PROXY header).
    pub ray: Option<Ray>,
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
    /// What was asked for, where the message names no method.
    pub target: Option<NamedTarget>,
    /// `host:` of the message.
    pub host: Option<String>,
    /// A process that the message is about (`child 811 exited on signal 11`, `Killed process 811 (php-fpm)`).
    pub about_process: Option<u32>,
    /// The number that the message turns on: the signal, the limit that was reached, bytes.
    pub figure: Option<u64>,
}

/// The id of a known message, or of the end that a proxy's line tells of, as text: read back, it must be one that this program knows.
mod known_message {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::MessageId;
    use crate::facts::{endings, messages};

    pub(super) fn serialize<S: Serializer>(id: &Option<MessageId>, serializer: S) -> Result<S::Ok, S::Error> {
        id.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<MessageId>, D::Error> {
        let id: Option<String> = Option::deserialize(deserializer)?;
        let known = |id: String| {
            let of_ending = || endings::by_id(&id).map(|ending| ending.id);
            let known = messages::by_id(&id).map(|signature| signature.id).or_else(of_ending);
            known.ok_or_else(|| D::Error::custom(format!("no known message {id}")))
        };
        id.map(known).transpose()
    }
}

/// What a message without a method names of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NamedTarget {
    /// The whole target (lighttpd, gunicorn before 26).
    Whole(Box<str>),
    /// The path, which a query may have followed (Django, Flask, ModSecurity's `uri`).
    Path(Box<str>),
}

impl NamedTarget {
    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            NamedTarget::Whole(text) | NamedTarget::Path(text) => text,
        }
    }
}

impl MessageLine {
    /// The target that it names, with a method or without one, as it is written.
    pub fn named_target(&self) -> Option<&str> {
        let with_method = self.request.as_ref().map(|(_, target)| target.as_str());
        with_method.or_else(|| self.target.as_ref().map(NamedTarget::text))
    }

    /// What a proxy that reads no request says of the server behind it, if that is what it says: it names a connection, and nothing that was asked.
    pub fn server_behind(&self) -> Option<ServerBehind> {
        let names_connection = self.client.is_some()
            && self.ray.is_none()
            && self.host.is_none()
            && self.named_target().is_none();
        self.signature.filter(|_| names_connection).and_then(tcp_proxies::server_behind)
    }

    /// Whether it tells of a process that ended as it was told to (SIGHUP, SIGINT, SIGQUIT, SIGTERM, exit code 0, or 128 and the number of such a signal, which is
    /// what Java's machine and HAProxy's workers end with), and not because of a request.
    pub fn tells_of_end_in_order(&self) -> bool {
        // gunicorn names the signal and no number; systemd's word for an end by a signal is `code=killed`.
        let is_named = ["was sent SIGHUP", "was sent SIGINT", "was sent SIGQUIT", "was sent SIGTERM"]
            .iter()
            .any(|words| self.text.contains(words));
        let by_signal = self.text.contains("signal") || self.text.contains("code=killed");
        let in_order = match self.figure {
            Some(number) if by_signal => matches!(number, 1 | 2 | 3 | 15),
            Some(number) => matches!(number, 0 | 129 | 130 | 131 | 143),
            None => false,
        };
        is_named || in_order
    }

    /// A row of this text, with what is known of the message and the system error in it.
    pub fn of(text: &[u8], writer: Option<Program>) -> MessageLine {
        let mut row = MessageLine { text: message_text(text), ..MessageLine::default() };
        row.recognise(text, writer);
        row
    }

    /// Looks `text` up among the known messages.
    pub fn recognise(&mut self, text: &[u8], writer: Option<Program>) {
        if let Some(hit) = messages::find(text, writer) {
            self.signature = Some(hit.signature.id);
            self.about_process = hit.process.and_then(|process| u32::try_from(process).ok());
            self.figure = hit.figure;
        }
    }

    /// The instant, where the line has one.
    pub fn stamp(&self) -> Option<Stamp> {
        self.time.map(|time| Stamp { time, resolution: self.resolution, local: self.time_is_local })
    }

    /// Sets the instant, as far as the line has one.
    pub fn at(mut self, stamp: Option<Stamp>) -> MessageLine {
        if let Some(stamp) = stamp {
            self.time = Some(stamp.time);
            self.resolution = stamp.resolution;
            self.time_is_local = stamp.local;
        }
        self
    }

    /// Takes what a line of its trace says. The exception tells more than the line that announces it, unless that names a process or a
    /// client.
    pub fn caused_by(&mut self, cause: MessageLine) {
        if !cause.text.is_empty() && self.text.len() < LONGEST_TEXT {
            self.text = text_within(format!("{}: {}", self.text, cause.text).as_bytes(), LONGEST_TEXT);
        }
        // What adds no words tells how it ended, and a message that is known why.
        let particular = self.about_process.is_some() || self.client.is_some() || cause.text.is_empty();
        if cause.signature.is_some() && (self.signature.is_none() || !particular) {
            self.signature = cause.signature;
            self.about_process = cause.about_process.or(self.about_process);
            self.figure = cause.figure;
        }
        self.level = self.level.take().or(cause.level);
        self.program = self.program.take().or(cause.program);
        self.request = self.request.take().or(cause.request);
        self.ray = self.ray.or(cause.ray);
        self.client = self.client.or(cause.client);
        self.client_port = self.client_port.or(cause.client_port);
    }

    /// A line that counts from the machine's start, placed once the start is known.
    pub fn placed_by(mut self, clock: &LineClock) -> MessageLine {
        if self.time.is_none()
            && let Some(time) = self.since_boot.and_then(|uptime| clock.at_uptime(uptime))
        {
            self.time = Some(time);
            self.time_is_counted = true;
            self.resolution = Duration::MICROSECOND;
        }
        self
    }
}

/// The number of a system error as nginx writes it, `(111: Connection refused)`: the first parenthesis with digits, a colon and a
/// blank.
pub fn system_error(text: &[u8]) -> Option<u32> {
    memchr::memchr_iter(b'(', text).take(16).find_map(|at| {
        let inner = text.get(at.checked_add(1)?..)?;
        let (number, rest) = leading_integer(inner)?;
        rest.starts_with(b": ").then(|| u32::try_from(number).ok()).flatten()
    })
}

/// The text that is kept of a message: the values of cookies and of credentials in it replaced by their length, at most
/// [`LONGEST_TEXT`] bytes. nginx quotes header lines that it refuses, and applications print the requests that failed.
pub fn message_text(text: &[u8]) -> String {
    let kept = text.get(..LONGEST_TEXT).unwrap_or(text);
    let mut out: Option<Vec<u8>> = None;
    let mut done = 0usize;
    while let Some((start, end)) = secret(kept, done) {
        let out = out.get_or_insert_with(Vec::new);
        out.extend_from_slice(kept.get(done..start).unwrap_or_default());
        out.extend_from_slice(format!("[{} bytes]", end.saturating_sub(start)).as_bytes());
        done = end;
    }
    match out {
        Some(mut out) => {
            out.extend_from_slice(kept.get(done..).unwrap_or_default());
            text_within(&out, LONGEST_TEXT)
        }
        None => text_within(text, LONGEST_TEXT),
    }
}

/// The next value of a `Cookie`, `Set-Cookie` or `Authorization` line at or after `from`: `Name: value`, `"name":"value"`.
fn secret(text: &[u8], from: usize) -> Option<(usize, usize)> {
    const NAMES: [&[u8]; 2] = [b"cookie", b"authorization"];
    let mut at = from;
    loop {
        let (name_at, name) = NAMES
            .iter()
            .filter_map(|name| Some((at.checked_add(find_ignoring_case(text.get(at..)?, name)?)?, *name)))
            .min()?;
        let after = name_at.checked_add(name.len())?;
        let mut value = after;
        let passed = |byte: Option<&u8>, set: &[u8]| byte.is_some_and(|byte| set.contains(byte));
        while passed(text.get(value), b"\"'\\") {
            value = value.checked_add(1)?;
        }
        if !passed(text.get(value), b":=") {
            at = after;
            continue;
        }
        while passed(text.get(value), b":= \"'\\[") {
            value = value.checked_add(1)?;
        }
        let rest = text.get(value..)?;
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\n' | b'\r')).unwrap_or(rest.len());
        let end = value.checked_add(length)?;
        if length > 0 {
            return Some((value, end));
        }
        at = end.max(after);
    }
}

fn find_ignoring_case(text: &[u8], name: &[u8]) -> Option<usize> {
    let first = *name.first()?;
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text).find(|at| {
        at.checked_add(name.len())
            .and_then(|end| text.get(*at..end))
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_and_credentials_that_a_log_quotes_do_not_leave_it() {
        for text in [
            r#"client sent too long header line: "Cookie: session=secret; b=secret..." while reading"#,
            r#"upstream sent invalid header: "Set-Cookie: a=secret\x01" while reading"#,
            r#"client sent invalid header line: "authorization: Bearer secret""#,
            r#"request failed {"headers":{"cookie":"a=secret","Authorization":["Basic secret"]},"x":1}"#,
            r#"{ \"cookie\": \"secret\" }"#,
            "Proxy-Authorization: Basic secret",
        ] {
            let kept = message_text(text.as_bytes());
            assert!(!kept.contains("secret"), "{kept}");
            assert!(kept.contains(" bytes]"), "{kept}");
        }
        let plain = "no cookie here, authorization failed";
        assert_eq!(message_text(plain.as_bytes()), plain);
        assert_eq!(
            message_text(br#"header: "Cookie: ab" while x"#),
            r#"header: "Cookie: [2 bytes]" while x"#
        );
    }

    /// Otherwise a job stops at the chunk of a log that has such a line, and says that it is damaged.
    #[test]
    fn a_message_is_read_back_whether_a_text_or_a_state_of_a_proxy_told_its_kind() {
        for id in ["nginx-connect-refused", "haproxy-client-left-in-body"] {
            let mut written = serde_json::to_value(MessageLine::default()).unwrap();
            written["signature"] = id.into();
            let line: MessageLine = serde_json::from_value(written).unwrap();
            assert_eq!(line.signature, Some(id));
        }
    }

    #[test]
    fn system_errors_are_told_from_other_numbers() {
        assert_eq!(system_error(b"connect() failed (111: Connection refused)"), Some(111));
        assert_eq!(system_error(b"setting (50), consider"), None);
    }

    #[test]
    fn a_process_that_ends_as_it_is_told_to_did_not_die() {
        let in_order = |text: &str| MessageLine::of(text.as_bytes(), None).tells_of_end_in_order();
        for text in [
            "worker process 811 exited with code 0",
            "[pool www] child 811 exited on signal 15 (SIGTERM) after 30.1 seconds from start",
            "shop.service: Main process exited, code=exited, status=143/n/a",
            "shop.service: Main process exited, code=killed, status=15/TERM",
            "Current worker (811) exited with code 143 (Terminated)",
            "Worker (pid:811) was sent SIGTERM!",
        ] {
            assert!(in_order(text), "{text}");
        }
        for text in [
            "worker process 811 exited on signal 11",
            "shop.service: Main process exited, code=exited, status=1/FAILURE",
            "shop.service: Main process exited, code=killed, status=9/KILL",
            "shop.service: Main process exited, code=dumped, status=11/SEGV",
            "Current worker (811) exited with code 139 (Segmentation fault)",
            "App [shop:0] exited with code [1] via signal [SIGINT]",
            "Worker (pid:811) was sent SIGKILL! Perhaps out of memory?",
        ] {
            assert!(!in_order(text), "{text}");
        }
    }
}
