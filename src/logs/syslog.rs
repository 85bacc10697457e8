//! System logs: RFC 3164 (no year, no zone), RFC 5424, and files with an ISO instant before the host (rsyslog's default in newer
//! systems). What nginx, Apache, HAProxy, php-fpm and the kernel wrote is read by their own grammars.

use std::borrow::Cow;

use crate::facts::messages::Program;
use crate::logs::access_format::AccessFormat;
use crate::logs::access_infer::InferredFormat;
use crate::logs::format::{Context, Kind, LineFormat, Parsed, Skip};
use crate::logs::message::{MessageLine, message_text};
use crate::logs::{apache_error, application, haproxy, kernel, nginx_error, php_fpm};
use crate::text::scan::{leading_integer, small, split_at_byte, split_at_sequence, text_within};
use crate::text::timestamp::{self, Stamp};

/// The format, with the access format of request lines that a web server sends through syslog.
#[derive(Clone, Debug, Default)]
pub struct Syslog {
    access: Option<InferredFormat>,
    kind: Option<Kind>,
}

/// A line without its syslog prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// When, where the prefix says it or the context knows the year.
    pub stamp: Option<Stamp>,
    /// The program (`haproxy` of `haproxy[811]:`), if there is one.
    pub tag: &'a [u8],
    /// Its process id.
    pub process: Option<u32>,
    /// Severity by RFC 5424's number.
    pub severity: Option<u8>,
    /// The message.
    pub text: &'a [u8],
}

impl Syslog {
    /// For a file whose lines are mostly requests: these samples, without prefix, show their format. Without samples they are HAProxy's,
    /// which needs none.
    pub fn with_access(samples: &[&[u8]]) -> Syslog {
        Syslog { access: InferredFormat::learn(samples), kind: Some(Kind::AccessLog) }
    }
}

impl LineFormat for Syslog {
    fn id(&self) -> &'static str {
        match (self.kind, &self.access) {
            (Some(Kind::AccessLog), None) => "haproxy_http",
            (Some(Kind::AccessLog), Some(_)) => "syslog_access",
            _ => "syslog",
        }
    }

    fn kind(&self) -> Kind {
        self.kind.unwrap_or(Kind::SystemLog)
    }

    fn parse(&self, line: &[u8], context: &mut Context) -> Parsed {
        let Some(envelope) = open(line, context) else {
            let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
            return Parsed::Skip(if goes_on { Skip::Continuation } else { Skip::Unparsed });
        };
        if let Some(row) = self.access.as_ref().and_then(|format| format.parse_line(envelope.text)) {
            return Parsed::Access(row);
        }
        parse_envelope(&envelope, context)
    }
}

/// The row of what stands in an envelope, by the program that wrote it.
pub fn parse_envelope(envelope: &Envelope<'_>, context: &mut Context) -> Parsed {
    let name = base_name(envelope.tag);
    let mut row = match &*name {
        b"haproxy" => {
            if let Some(row) = haproxy::http_line(envelope.text) {
                return Parsed::Access(row);
            }
            let mut row = MessageLine { text: message_text(envelope.text), ..MessageLine::default() };
            haproxy::fill_message(&mut row, envelope.text);
            row
        }
        b"nginx" => {
            if let Some(row) = AccessFormat::combined().parse_line(envelope.text) {
                return Parsed::Access(row);
            }
            // nginx repeats its own instant where it writes to standard error.
            nginx_error::parse_line(envelope.text)
                .or_else(|| nginx_error::parse_message(envelope.text))
                .unwrap_or_else(|| MessageLine::of(envelope.text, Some(Program::Nginx)))
        }
        b"apache" | b"apache2" | b"httpd" => apache_error::parse_line(envelope.text)
            .unwrap_or_else(|| apache_error::parse_message(envelope.text)),
        b"kernel" => kernel::parse_text(envelope.text),
        b"systemd" => MessageLine::of(envelope.text, Some(Program::Systemd)),
        name if name.starts_with(b"php") => {
            php_fpm::parse_line(envelope.text).unwrap_or_else(|| php_fpm::parse_message(envelope.text))
        }
        _ => application::parse_text(envelope.text),
    };
    // The prefix has the program and, with RFC 5424, a zone.
    let better = row.time.is_none() || row.time_is_local && envelope.stamp.is_some_and(|stamp| !stamp.local);
    if better {
        row = row.at(envelope.stamp);
    }
    if row.time.is_none()
        && let (Some(boot), Some(uptime)) = (context.boot, row.since_boot)
    {
        row.time = Some(boot.plus(uptime));
        row.resolution = crate::time::MICROSECOND;
    }
    row.process = row.process.or(envelope.process);
    if row.program.is_none() && !name.is_empty() {
        row.program = Some(text_within(&name, 64));
    }
    if row.level.is_none() {
        row.level = envelope.severity.and_then(severity_name).map(str::to_owned);
    }
    Parsed::Message(row)
}

/// A tag without folder (`/usr/sbin/httpd`) and without instance (`httpd/backend1`), in lower case.
fn base_name(tag: &[u8]) -> Cow<'_, [u8]> {
    let mut parts = tag.split(|byte| *byte == b'/');
    let name = if tag.starts_with(b"/") { parts.next_back() } else { parts.next() }.unwrap_or(tag);
    if name.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// RFC 5424 severities.
pub fn severity_name(number: u8) -> Option<&'static str> {
    ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"]
        .get(usize::from(number))
        .copied()
}

/// Takes the prefix off; `None` where there is none.
pub fn open<'a>(line: &'a [u8], context: &Context) -> Option<Envelope<'a>> {
    let (severity, rest) = priority(line);
    if let Some(rest) = rest.strip_prefix(b"1 ")
        && severity.is_some()
    {
        return open_5424(rest, severity);
    }
    let (stamp, local_rest) = match timestamp::yearless(rest) {
        Some((yearless, after)) => {
            let stamp = context.place(&yearless).map(|time| Stamp {
                time,
                resolution: yearless.resolution,
                local: true,
            });
            (stamp, after)
        }
        None => {
            // rsyslog writes RFC 3339 with its zone; an instant without is an application's own.
            let (stamp, after) = timestamp::iso(rest)?;
            if stamp.local || rest.get(10) != Some(&b'T') {
                return None;
            }
            (Some(stamp), after)
        }
    };
    let rest = local_rest.strip_prefix(b" ")?;
    // Some writers add `<auth.info>` before the host.
    let rest = match rest.strip_prefix(b"<").and_then(|inner| split_at_sequence(inner, b"> ")) {
        Some((word, after)) if word.len() < 24 => after,
        _ => rest,
    };
    let (host, rest) = split_at_byte(rest, b' ')?;
    // Where a level stands in the host's place the line is an application's.
    let level = [&b"trace"[..], b"debug", b"info", b"warn", b"warning", b"error", b"fatal", b"critical"]
        .iter()
        .any(|level| host.eq_ignore_ascii_case(level));
    if level || host.is_empty() || host.len() > 255 || host.ends_with(b":") || host.starts_with(b"[") {
        return None;
    }
    let (tag, process, text) = tag_of(rest)?;
    Some(Envelope { stamp, tag, process, severity, text })
}

/// `<34>`: the severity in it.
fn priority(line: &[u8]) -> (Option<u8>, &[u8]) {
    let inner = || {
        let (number, rest) = leading_integer(line.strip_prefix(b"<")?)?;
        let rest = rest.strip_prefix(b">")?;
        (number < 192).then(|| u8::try_from(number % 8).ok()).flatten().map(|severity| (severity, rest))
    };
    match inner() {
        Some((severity, rest)) => (Some(severity), rest),
        None => (None, line),
    }
}

/// `tag[pid]: text`, `tag: text`; a tag is short and holds no blank.
fn tag_of(rest: &[u8]) -> Option<(&[u8], Option<u32>, &[u8])> {
    let head = rest.get(..128).unwrap_or(rest);
    let end = head.iter().position(|byte| matches!(byte, b'[' | b':' | b' '))?;
    let (tag, after) = rest.split_at_checked(end)?;
    // An address or a number before a colon is no program.
    if !tag.iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    let (process, after) = match after.strip_prefix(b"[").and_then(|inner| split_at_byte(inner, b']')) {
        Some((number, after)) => (small(number), after),
        None => (None, after),
    };
    let text = after.strip_prefix(b":")?;
    Some((tag, process, text.strip_prefix(b" ").unwrap_or(text)))
}

/// RFC 5424 after its version: `TIMESTAMP HOST APP PROCID MSGID STRUCTURED-DATA MSG`.
fn open_5424(rest: &[u8], severity: Option<u8>) -> Option<Envelope<'_>> {
    let (time, rest) = split_at_byte(rest, b' ')?;
    let stamp = match time {
        b"-" => None,
        _ => Some(timestamp::iso(time).filter(|(_, rest)| rest.is_empty())?.0),
    };
    let (_host, rest) = split_at_byte(rest, b' ')?;
    let (tag, rest) = split_at_byte(rest, b' ')?;
    let (process, rest) = split_at_byte(rest, b' ')?;
    let (_id, rest) = split_at_byte(rest, b' ')?;
    let text = after_structured_data(rest)?;
    let tag = if tag == b"-" { b"" } else { tag };
    Some(Envelope { stamp, tag, process: small(process), severity, text })
}

fn after_structured_data(rest: &[u8]) -> Option<&[u8]> {
    let text = match rest.strip_prefix(b"-") {
        Some(after) => after,
        None => {
            let mut rest = rest;
            while let Some(inner) = rest.strip_prefix(b"[") {
                let mut at = 0usize;
                // Values are quoted and may hold brackets; `\]` is escaped.
                loop {
                    let found = at.checked_add(memchr::memchr2(b'"', b']', inner.get(at..)?)?)?;
                    if inner.get(found) == Some(&b']') {
                        rest = inner.get(found.checked_add(1)?..)?;
                        break;
                    }
                    at = crate::text::scan::closing_quote(inner, found.checked_add(1)?)?.checked_add(1)?;
                }
            }
            rest
        }
    };
    let text = text.strip_prefix(b" ").unwrap_or(text);
    Some(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn at(text: &str) -> Option<Time> {
        Time::parse_rfc3339(text)
    }

    fn message(line: &str) -> MessageLine {
        let mut context = Context::new(at("2026-11-17T12:00:00Z"));
        match Syslog::default().parse(line.as_bytes(), &mut context) {
            Parsed::Message(row) => row,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn kernel_lines_take_the_year_of_the_incident() {
        let row = message(
            "Nov 17 08:01:01 web1 kernel: [ 8123.456789] Out of memory: Killed process 811 (php-fpm) total-vm:1kB",
        );
        assert_eq!((row.time, row.time_is_local), (at("2026-11-17T08:01:01Z"), true));
        assert_eq!((row.signature, row.about_process), (Some("kernel-oom-killed"), Some(811)));
        assert_eq!(row.since_boot, Some(8_123_456_789_000));
        assert_eq!(row.program.as_deref(), Some("kernel"));
        let mut none = Context::new(None);
        let Parsed::Message(row) = Syslog::default().parse(b"Nov 17 08:01:01 web1 app: x", &mut none) else {
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
        let Parsed::Access(row) = Syslog::default().parse(line, &mut Context::default()) else { panic!() };
        assert_eq!(row.termination.as_deref(), Some("SH--"));
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

    #[test]
    fn other_lines_have_no_envelope() {
        let context = Context::default();
        for line in [
            "2026/11/17 08:01:01 [error] 7#7: *9 x: y",
            "Header1: abc",
            "",
            "2012-07-02 10:22:40,672:DEBUG:foo",
        ] {
            assert!(open(line.as_bytes(), &context).is_none(), "{line}");
        }
    }
}
