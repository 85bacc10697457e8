//! ModSecurity's audit log: what a rule did with a request, an event of many lines between `--ID-A--` and `--ID-Z--` (serial; three
//! dashes in version 3), or one JSON object a line (owasp-modsecurity/ModSecurity, Reference Manual, ModSecurity 2 Data Formats).

use crate::facts::messages::Program;
use crate::logs::access::request_line::split_request;
use crate::logs::format::access_json::leaves;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, message_text};
use crate::logs::sample::Sample;
use crate::ray::RayAtColo;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::host::bare_host;
use crate::text::line::{field_text, split_at_byte, text_within};
use crate::text::number::bounded_integer;
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModSecurityAudit;

/// The event that is being read, and in which of its parts.
#[derive(Debug, Default)]
pub struct AuditEvent {
    part: u8,
    row: MessageLine,
    /// The message that tells most: of one that denied, else the first.
    message: Option<String>,
}

impl LineFormat for ModSecurityAudit {
    type Memory = AuditEvent;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let serial = sample.lines.iter().any(|line| boundary(line).is_some());
        (serial || sample.holds(b"\"audit_data\"") || sample.holds(b"\"producer\":{\"modsecurity\""))
            .then_some(ModSecurityAudit)
    }

    fn id(&self) -> &'static str {
        "modsecurity_audit"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], event: &mut AuditEvent, _: &mut LineClock) -> Parsed {
        if let Some(part) = boundary(line) {
            if part == b'A' {
                *event = AuditEvent::default();
            }
            event.part = part;
            return match part {
                b'Z' => std::mem::take(event).finish().map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message),
                _ => Parsed::Skip(Skip::Partial),
            };
        }
        if event.part == 0 {
            return json(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message);
        }
        event.put(line);
        Parsed::Skip(Skip::Partial)
    }
}

/// The part that begins with `--a1b2c3d4-A--`.
fn boundary(line: &[u8]) -> Option<u8> {
    let inner = line.strip_prefix(b"--")?.strip_suffix(b"--")?;
    let inner = inner.strip_prefix(b"-").unwrap_or(inner);
    let inner = inner.strip_suffix(b"-").unwrap_or(inner);
    let (part, id) = inner.split_last()?;
    let id = id.strip_suffix(b"---").or_else(|| id.strip_suffix(b"-"))?;
    (part.is_ascii_uppercase()
        && !id.is_empty()
        && id.len() <= 32
        && id.iter().all(u8::is_ascii_alphanumeric))
    .then_some(*part)
}

impl AuditEvent {
    fn put(&mut self, line: &[u8]) {
        match self.part {
            // [date] unique-id client port server port
            b'A' => {
                let Some((date, rest)) = line.strip_prefix(b"[").and_then(|inner| split_at_byte(inner, b']'))
                else {
                    return;
                };
                let row = std::mem::take(&mut self.row);
                self.row = row.at(timestamp::common_log(date).map(|(stamp, _)| stamp));
                let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).skip(1);
                self.row.client = words.next().and_then(address);
                self.row.client_port = words.next().and_then(bounded_integer);
            }
            b'B' if self.row.request.is_none() => {
                self.row.request =
                    split_request(line).map(|(method, target)| (text_within(method, 64), field_text(target)));
            }
            b'B' => self.put_header(line),
            b'H' => self.put_message(line),
            _ => {}
        }
    }

    fn put_header(&mut self, line: &[u8]) {
        let Some((name, value)) = split_at_byte(line, b':') else { return };
        if name.eq_ignore_ascii_case(b"host") {
            self.row.host = bare_host(&text_within(value, 256));
        } else if name.eq_ignore_ascii_case(b"cf-ray") {
            self.row.ray = RayAtColo::parse(value).map(|ray| ray.ray);
        }
    }

    /// `Message: …` of version 2, `ModSecurity: …` of version 3.
    fn put_message(&mut self, line: &[u8]) {
        let Some(text) =
            line.strip_prefix(b"Message: ").or_else(|| line.starts_with(b"ModSecurity: ").then_some(line))
        else {
            return;
        };
        let denies = memchr::memmem::find(text, b"Access denied").is_some();
        if denies || self.message.is_none() {
            self.message = Some(message_text(text));
        }
    }

    /// The row; `None` for an event without an instant.
    fn finish(mut self) -> Option<MessageLine> {
        self.row.time?;
        let text = self.message.unwrap_or_default();
        self.row.recognise(text.as_bytes(), Some(Program::Application));
        self.row.text = text;
        self.row.program = Some("modsecurity".to_owned());
        Some(self.row)
    }
}

/// The row of an event that is a JSON object, in the form of either version; `None` where it is none.
fn json(line: &[u8]) -> Option<MessageLine> {
    let mut event = AuditEvent::default();
    let (mut stamp, mut method, mut target, mut intercepted) = (None, None, None, None);
    leaves(line, &mut |key, value| {
        let bytes = value.as_bytes();
        match key {
            "transaction.time" | "transaction.time_stamp" => {
                stamp = timestamp::common_log(bytes)
                    .or_else(|| timestamp::apache_error(bytes))
                    .map(|(stamp, _)| stamp);
            }
            "transaction.remote_address" | "transaction.client_ip" => event.row.client = address(bytes),
            "transaction.remote_port" | "transaction.client_port" => {
                event.row.client_port = bounded_integer(bytes)
            }
            "request.request_line" => {
                event.row.request =
                    split_request(bytes).map(|(method, target)| (text_within(method, 64), field_text(target)))
            }
            "transaction.request.method" => method = Some(text_within(bytes, 64)),
            "transaction.request.uri" => target = Some(field_text(bytes)),
            "audit_data.messages" | "transaction.messages.message" | "transaction.messages" => {
                event.message.get_or_insert_with(|| message_text(bytes));
            }
            // It stands there only where the request was intercepted.
            "audit_data.action.message" => intercepted = Some(message_text(bytes)),
            _ => {
                if let Some(name) = key
                    .strip_prefix("request.headers.")
                    .or_else(|| key.strip_prefix("transaction.request.headers."))
                {
                    event.put_header(format!("{name}:{value}").as_bytes());
                }
            }
        }
    })?;
    if let (Some(method), Some(target)) = (method, target) {
        event.row.request = Some((method, target));
    }
    event.row = event.row.at(Some(stamp?));
    let mut row = event.finish()?;
    if let Some(text) = intercepted {
        row.signature = Some("modsecurity-denied");
        row.text = text;
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_many_lines_is_one_message_with_its_request() {
        let text = "--a1b2c3d4-A--\n[17/Nov/2026:08:01:13.512345 +0000] ZxK1 172.70.1.2 35120 10.0.0.2 443\n--a1b2c3d4-B--\nGET /api/items?page=2 HTTP/1.1\nHost: shop.example\nCF-RAY: 9c1f00aa12bc34d3-AMS\n\n--a1b2c3d4-F--\nHTTP/1.1 403 Forbidden\n\n--a1b2c3d4-H--\nMessage: Warning. Matched phrase\nMessage: Access denied with code 403 (phase 2). Operator GE matched 5 at TX:anomaly_score.\nAction: Intercepted (phase 2)\n\n--a1b2c3d4-Z--";
        let mut event = AuditEvent::default();
        let mut clock = LineClock::default();
        let rows: Vec<_> = text
            .lines()
            .filter_map(|line| match ModSecurityAudit.parse(line.as_bytes(), &mut event, &mut clock) {
                Parsed::Message(row) => Some(row),
                _ => None,
            })
            .collect();
        let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
        assert_eq!((row.signature, row.figure), (Some("modsecurity-denied"), Some(403)));
        assert_eq!(
            (row.client_port, row.ray.unwrap().to_string().as_str()),
            (Some(35120), "9c1f00aa12bc34d3")
        );
        assert_eq!(row.request, Some(("GET".to_owned(), "/api/items?page=2".to_owned())));
    }
}
