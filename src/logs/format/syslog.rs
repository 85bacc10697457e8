//! System logs. What nginx, Apache, HAProxy, php-fpm and the kernel sent through syslog is read by their own grammars.

pub(crate) mod envelope;

use std::borrow::Cow;
use std::sync::LazyLock;

use self::envelope::{Envelope, open_envelope};
use crate::facts::messages::Program;
use crate::logs::format::access_format::AccessFormat;
use crate::logs::format::access_inferred::InferredFormat;
use crate::logs::format::access_json::JsonAccess;
use crate::logs::format::go_proxy::GoProxy;
use crate::logs::format::{
    apache_error, application, caddy_console, cloudflared, fail2ban, haproxy, hitch, kernel, lighttpd,
    nginx_error, php_fpm, stunnel, uwsgi,
};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::AccessLine;
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::text_within;
use crate::time::Time;

/// The format, by what most of the lines are.
#[derive(Clone, Debug, Default)]
pub enum Syslog {
    /// Messages of any program.
    #[default]
    Messages,
    /// Requests that HAProxy answered; its format is known.
    HaproxyRequests,
    /// Requests that another server answered, in a format learned from the lines.
    Requests(InferredFormat),
    /// Requests that HAProxy answered, in a format of its own that its configuration tells.
    Told(AccessFormat),
}

impl Syslog {
    /// What most of the lines are, of those that have an envelope; `None` where none has one.
    fn of(sample: &Sample<'_>) -> Option<Syslog> {
        // Any instant will do to read lines without a year.
        let mut clock = LineClock::near(Some(Time(0)));
        let inner: Vec<&[u8]> =
            sample.lines.iter().filter_map(|line| Some(open_envelope(line, &clock)?.text)).collect();
        if inner.is_empty() {
            return None;
        }
        let mostly = |count: usize| count.saturating_mul(2) > inner.len();
        if sample.holds(b"haproxy") {
            let mut is_request = |line: &&&[u8]| {
                matches!(Syslog::Messages.parse(line, &mut (), &mut clock), Parsed::Access(_))
            };
            if mostly(sample.lines.iter().filter(&mut is_request).count()) {
                return Some(Syslog::HaproxyRequests);
            }
        }
        Some(mostly_requests(&inner).map_or(Syslog::Messages, Syslog::Requests))
    }
}

impl Syslog {
    /// Requests of HAProxy in a format that its configuration tells, where most lines of the text are such.
    pub fn told(format: &AccessFormat, sample: &Sample<'_>) -> Option<Syslog> {
        let clock = LineClock::near(Some(Time(0)));
        let is_one = |line: &&&[u8]| {
            open_envelope(line, &clock).is_some_and(|envelope| told_request(format, &envelope).is_some())
        };
        let told = format.is_of_haproxy() && sample.holds(b"haproxy");
        let count = if told { sample.lines.iter().filter(is_one).count() } else { 0 };
        (count.saturating_mul(2) > sample.lines.len()).then(|| Syslog::Told(format.clone()))
    }
}

/// The request that HAProxy's own line is, in a format that its configuration tells.
fn told_request(format: &AccessFormat, envelope: &Envelope<'_>) -> Option<AccessLine> {
    let is_of_haproxy = *base_name(envelope.tag) == *b"haproxy";
    let is_usual = || haproxy::http_line(envelope.text).is_some();
    if is_of_haproxy && !is_usual() { format.parse_line(envelope.text) } else { None }
}

/// The format of the requests that most of these messages are, learned from them.
pub fn mostly_requests(messages: &[&[u8]]) -> Option<InferredFormat> {
    let format = InferredFormat::learn(messages)?;
    let requests = messages.iter().filter(|message| format.parse_line(message).is_some()).count();
    (requests.saturating_mul(2) > messages.len()).then_some(format)
}

impl LineFormat for Syslog {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        Syslog::of(sample)
    }

    fn id(&self) -> &'static str {
        match self {
            Syslog::Messages => "syslog",
            Syslog::HaproxyRequests | Syslog::Told(_) => "haproxy_http",
            Syslog::Requests(_) => "syslog_access",
        }
    }

    fn kind(&self) -> LogKind {
        match self {
            Syslog::Messages => LogKind::SystemLog,
            Syslog::HaproxyRequests | Syslog::Requests(_) | Syslog::Told(_) => LogKind::AccessLog,
        }
    }

    fn parse(&self, line: &[u8], (): &mut (), clock: &mut LineClock) -> Parsed {
        let Some(envelope) = open_envelope(line, clock) else {
            let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
            return Parsed::Skip(match line {
                // `-- Boot …`, `-- Journal begins at …`: journalctl's own words.
                [b'-', b'-', b' ', ..] => Skip::Comment,
                _ if goes_on => Skip::Continuation,
                _ => Skip::Unparsed,
            });
        };
        let requests = match self {
            Syslog::Requests(format) => Some(format),
            Syslog::Told(format) => match told_request(format, &envelope) {
                Some(row) => return Parsed::Access(row),
                None => None,
            },
            Syslog::Messages | Syslog::HaproxyRequests => None,
        };
        parse_envelope(&envelope, requests, clock)
    }
}

/// The row of what stands in an envelope, by the program that wrote it. `requests` is the format of the requests in it, if any.
pub fn parse_envelope(
    envelope: &Envelope<'_>,
    requests: Option<&InferredFormat>,
    clock: &LineClock,
) -> Parsed {
    let name = base_name(envelope.tag);
    // HAProxy's own grammar has what no guess finds: how the request ended.
    let is_haproxy = *name == *b"haproxy";
    let of_haproxy = is_haproxy.then(|| haproxy::http_line(envelope.text)).flatten();
    let of_haproxy = of_haproxy.map(|row| haproxy::zoned(row, envelope.stamp));
    // What it says of a connection that never became a request fits a layout that was learned from requests, too.
    let requests = requests.filter(|_| !(is_haproxy && haproxy::is_words_on_connection(envelope.text)));
    if let Some(row) = of_haproxy.or_else(|| requests.and_then(|format| format.parse_line(envelope.text))) {
        return Parsed::Access(row);
    }
    let mut row = match of_program(&name, envelope.text) {
        Parsed::Message(row) => row,
        request => return request,
    };
    // The prefix has the program and, with RFC 5424, a zone.
    let better = row.time.is_none()
        || envelope
            .stamp
            .is_some_and(|stamp| !stamp.local && (row.time_is_local || stamp.resolution < row.resolution));
    if better {
        row = row.at(envelope.stamp);
    }
    row = row.placed_by(clock);
    row.process = row.process.or(envelope.process);
    if row.program.is_none() && !name.is_empty() {
        row.program = Some(text_within(&name, 64));
    }
    if row.level.is_none() {
        row.level = envelope.severity.and_then(severity_name).map(str::to_owned);
    }
    Parsed::Message(row)
}

/// The row of what a program said, read by that program's grammar.
fn of_program(name: &[u8], text: &[u8]) -> Parsed {
    let message = match name {
        // A `log-format` of JSON.
        b"haproxy" => match JsonAccess::default().parse_line(text) {
            Some(row) => return Parsed::Access(row),
            None => haproxy::parse_message(text),
        },
        b"nginx" => match combined().parse_line(text) {
            Some(row) => return Parsed::Access(row),
            // nginx repeats its own instant where it writes to standard error.
            None => nginx_error::parse_line(text)
                .or_else(|| nginx_error::parse_message(text))
                .unwrap_or_else(|| MessageLine::of(text, Some(Program::Nginx))),
        },
        b"apache" | b"apache2" | b"httpd" => {
            apache_error::parse_line(text).unwrap_or_else(|| apache_error::parse_message(text))
        }
        b"caddy" => return of_go_proxy(GoProxy::Caddy, text),
        b"traefik" => return of_go_proxy(GoProxy::Traefik, text),
        b"cloudflared" => {
            cloudflared::parse_line(text).unwrap_or_else(|| MessageLine::of(text, Some(Program::Cloudflared)))
        }
        b"lighttpd" => lighttpd::parse_message(text),
        b"varnishd" => MessageLine::of(text, Some(Program::Varnish)),
        b"hitch" => hitch::parse_message(text),
        b"stunnel" | b"stunnel4" => {
            stunnel::parse_message(text).unwrap_or_else(|| MessageLine::of(text, Some(Program::Stunnel)))
        }
        b"kernel" => kernel::parse_text(text),
        b"fail2ban" | b"fail2ban.actions" => {
            fail2ban::parse_message(text).unwrap_or_else(|| fail2ban::of_said(said_of_jail(text)))
        }
        name if name.starts_with(b"systemd") => MessageLine::of(text, Some(Program::Systemd)),
        name if name.starts_with(b"php") => {
            php_fpm::parse_line(text).unwrap_or_else(|| php_fpm::parse_message(text))
        }
        // A container's name, a unit's: the message says itself who wrote it.
        _ => match uwsgi::request(text) {
            Some(row) => return Parsed::Access(row),
            None => of_any_program(text),
        },
    };
    Parsed::Message(message)
}

/// The row of what Caddy or Traefik said, as an object or in columns.
fn of_go_proxy(proxy: GoProxy, text: &[u8]) -> Parsed {
    if let Some(row) = JsonAccess::default().parse_line(text) {
        return Parsed::Access(row);
    }
    let in_words = || proxy.message(text).unwrap_or_else(|| MessageLine::of(text, Some(Program::GoProxy)));
    caddy_console::parse_line(text).unwrap_or_else(|| Parsed::Message(in_words()))
}

/// nginx's own format, compiled once.
fn combined() -> &'static AccessFormat {
    static COMBINED: LazyLock<AccessFormat> = LazyLock::new(AccessFormat::combined);
    &COMBINED
}

/// What a jail says, behind the level that fail2ban writes to syslog: `NOTICE  [sshd] Ban 192.0.2.1`.
fn said_of_jail(text: &[u8]) -> &[u8] {
    memchr::memchr(b'[', text).and_then(|at| text.get(at..)).unwrap_or(text)
}

/// The row of a message of which nobody knows who wrote it.
fn of_any_program(text: &[u8]) -> MessageLine {
    nginx_error::parse_line(text)
        .or_else(|| php_fpm::parse_line(text))
        .unwrap_or_else(|| application::parse_line(text))
}

/// A tag without folder (`/usr/sbin/httpd`) and without instance (`httpd/backend1`), in lower case.
fn base_name(tag: &[u8]) -> Cow<'_, [u8]> {
    // `journalctl -o with-unit` has the unit in the tag's place.
    let tag = tag.strip_suffix(b".service").unwrap_or(tag);
    let mut parts = tag.split(|byte| *byte == b'/');
    let name = if tag.starts_with(b"/") { parts.next_back() } else { parts.next() }.unwrap_or(tag);
    if name.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// The words for RFC 5424's severities (6.2.1).
fn severity_name(number: u8) -> Option<&'static str> {
    ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"]
        .get(usize::from(number))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Time};

    fn at(text: &str) -> Option<Time> {
        Time::parse_rfc3339(text)
    }

    fn message(line: &str) -> MessageLine {
        let mut clock = LineClock::near(at("2026-11-17T12:00:00Z"));
        match Syslog::default().parse(line.as_bytes(), &mut (), &mut clock) {
            Parsed::Message(row) => row,
            other => panic!("{line}: {other:?}"),
        }
    }

    /// Otherwise half of a log of HAProxy's stands an hour away from the other half: what never became a request has the instant of the prefix alone.
    #[test]
    fn a_request_behind_a_prefix_with_a_zone_is_in_that_zone() {
        let told = |prefix: &str| {
            let line = format!(
                r#"{prefix} 172.68.10.9:41022 [17/Nov/2026:09:01:01.123] fe~ app/a1 0/0/1/120/122 200 217 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1""#
            );
            match Syslog::HaproxyRequests.parse(
                line.as_bytes(),
                &mut (),
                &mut LineClock::near(at("2026-11-17T12:00:00Z")),
            ) {
                Parsed::Access(row) => (row.time, row.time_is_local),
                other => panic!("{line}: {other:?}"),
            }
        };
        let begun = at("2026-11-17T08:01:01.123Z").unwrap();
        assert_eq!(told("<134>1 2026-11-17T09:01:01.245+01:00 lb haproxy 5120 - -"), (begun, false));
        let local = at("2026-11-17T09:01:01.123Z").unwrap();
        assert_eq!(told("Nov 17 09:01:01 lb haproxy[5120]:"), (local, true), "nothing tells the zone");
    }

    #[test]
    fn kernel_lines_take_the_year_of_the_incident() {
        let row = message(
            "Nov 17 08:01:01 web1 kernel: [ 8123.456789] Out of memory: Killed process 811 (php-fpm) total-vm:1kB",
        );
        assert_eq!((row.time, row.time_is_local), (at("2026-11-17T08:01:01Z"), true));
        assert_eq!((row.signature, row.about_process), (Some("kernel-oom-killed"), Some(811)));
        assert_eq!(row.since_boot, Some(Duration::from_microseconds(8_123_456_789)));
        assert_eq!(row.program.as_deref(), Some("kernel"));
        let mut none = LineClock::near(None);
        let Parsed::Message(row) =
            Syslog::default().parse(b"Nov 17 08:01:01 web1 app: x", &mut (), &mut none)
        else {
            panic!()
        };
        assert_eq!(row.time, None, "a year that nobody knows is not invented");
    }

    #[test]
    fn rfc_5424_lines_give_zone_severity_and_message() {
        let row =
            message(r#"<11>1 2026-11-17T09:01:01.5+01:00 web1 app 811 ID47 [a@1 b="]\"x"][c@2 d="e"] boom"#);
        assert_eq!((row.time, row.time_is_local), (at("2026-11-17T08:01:01.5Z"), false));
        assert_eq!(
            (row.level.as_deref(), row.process, row.text.as_str()),
            (Some("error"), Some(811), "boom")
        );
    }

    #[test]
    fn programs_inside_are_read_by_their_own_grammar() {
        let nginx = message(
            "2026-11-17T09:01:01+01:00 web1 nginx: 2026/11/17 09:01:01 [error] 7#7: *8812 connect() failed (111: Connection refused) while connecting to upstream, client: 172.68.10.9",
        );
        assert_eq!((nginx.connection, nginx.signature), (Some(8812), Some("nginx-connect-refused")));
        assert_eq!(nginx.time, at("2026-11-17T08:01:01Z"), "the prefix knows the zone");
        let fpm = message(
            "Nov 17 08:01:01 web1 php-fpm8.2[7]: [WARNING] [pool www] server reached pm.max_children setting (5)",
        );
        assert_eq!((fpm.signature, fpm.figure), (Some("php-fpm-max-children"), Some(5)));
        assert_eq!((fpm.level.as_deref(), fpm.process), (Some("warning"), Some(7)));
        let apache = message(
            "Feb 15 16:23:40 srv httpd/backend1[22034]: [authz_core:error] [pid 22036] [client 192.0.2.2:59392] AH01630: client denied by server configuration: /x",
        );
        assert_eq!((apache.signature, apache.client_port), (Some("apache-client-denied"), Some(59392)));
        let unit = message(
            "Nov 17 08:01:01 web1 systemd[1]: php.service: Main process exited, code=killed, status=9/KILL",
        );
        assert_eq!((unit.signature, unit.figure), (Some("systemd-main-killed"), Some(9)));
    }

    #[test]
    fn haproxy_requests_in_syslog_are_access_rows() {
        let line = br#"Nov 17 08:01:01 lb1 haproxy[811]: 172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe~ app/web1 0/0/1/-1/3002 502 217 - - SH-- 40/40/12/9/0 0/0 {9c1f00aa12bc34de-FRA|shop.example} "GET /cart HTTP/1.1""#;
        let Parsed::Access(row) = Syslog::default().parse(line, &mut (), &mut LineClock::default()) else {
            panic!()
        };
        assert_eq!(row.ending().unwrap().id, "haproxy-server-closed-early");
        let down = message(
            "Nov 17 08:01:01 lb1 haproxy[811]: Server app/web1 is DOWN, reason: Layer4 connection problem.",
        );
        assert_eq!(
            (down.signature, down.upstream.as_deref()),
            (Some("haproxy-server-down"), Some("app/web1"))
        );
        let tls = message(
            "Nov 17 08:01:01 lb1 haproxy[811]: 172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe/1: SSL handshake failure",
        );
        assert_eq!((tls.signature, tls.client_port), (Some("haproxy-tls-handshake-failed"), Some(41022)));
    }
}
