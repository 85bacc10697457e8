//! What curl prints of a transfer (curl's manual, `--verbose`, `--include`, `--trace-time`): `> ` before lines of the request, `< ` before
//! those of the answer, `* ` before curl's own words, and with `--trace-time` a time of day before all of them.

use crate::har::entry::Entry;
use crate::har::error_page;
use crate::har::row::{take_header, take_url};
use crate::text::address::address;
use crate::text::host::split_absolute;
use crate::text::line::{split_at_byte, split_at_sequence, text_within, trimmed};
use crate::text::number::bounded_integer;
use crate::text::timestamp;
use crate::time::Time;

/// Answers that are read of one output, and notes of curl that are kept.
const MOST_ANSWERS: usize = 10_000;

/// What curl says of a connection that did not come about or broke.
const FAULTS: [&[u8]; 8] = [
    b"curl: (",
    b"Connection refused",
    b"Connection timed out",
    b"Connection reset by peer",
    b"SSL certificate problem",
    b"alert",
    b"Empty reply from server",
    b"Could not resolve host",
];

/// What a saved answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedAnswers {
    /// The answers.
    pub entries: Vec<Entry>,
    /// What went wrong before there was an answer, in the tool's own words.
    pub notes: Vec<String>,
}

/// Whether a text is such output: a status line, and a sign of curl or a header of the edge.
pub(super) fn is_output(text: &[u8]) -> bool {
    let head = text.get(..16 * 1024).unwrap_or(text);
    let lines = || head.split(|byte| *byte == b'\n').map(|line| untimed(trimmed(line)).1);
    let verbose = lines().any(|line| {
        line.starts_with(b"> ") && line.ends_with(b"HTTP/1.1")
            || line.starts_with(b"> ") && line.ends_with(b"HTTP/2")
    }) && lines().any(|line| line.starts_with(b"* ") || line.starts_with(b"< HTTP/"));
    let failed = lines().take(64).any(|line| line.starts_with(b"curl: (") && line.contains(&b')'))
        || lines()
            .next()
            .is_some_and(|line| line.starts_with(b"*   Trying ") || line.starts_with(b"* Host "));
    let mut answer = lines().skip_while(|line| line.is_empty() || command(line).is_some());
    let included = answer.next().is_some_and(|line| status_line(line).is_some())
        && answer.take(64).any(|line| header(line, "cf-ray").is_some() || header(line, "date").is_some());
    verbose || failed || included
}

/// Reads the output.
pub(super) fn read(text: &[u8]) -> SavedAnswers {
    let mut reading = CurlTransfer::default();
    for line in text.split(|byte| *byte == b'\n') {
        let (time, line) = untimed(trimmed(line));
        reading.line(time, line);
    }
    reading.answered();
    reading.answers
}

#[derive(Default)]
struct CurlTransfer {
    answers: SavedAnswers,
    entry: Entry,
    /// The times of day of the request and of the status line.
    asked: Option<Time>,
    answer: Option<Time>,
    in_head: bool,
    body: Vec<u8>,
}

impl CurlTransfer {
    fn line(&mut self, time: Option<Time>, line: &[u8]) {
        if let Some(request) = line.strip_prefix(b"> ") {
            self.request(time, request);
        } else if let Some(asked) = command(line) {
            self.answered();
            take_url(&mut self.entry, &String::from_utf8_lossy(asked));
        } else if let Some(words) =
            line.strip_prefix(b"* ").or_else(|| line.starts_with(b"curl: (").then_some(line))
        {
            self.note(words);
        } else if line == b">" || line.starts_with(b"{ [") || line.starts_with(b"} [") {
            // The end of the request's head, and what is said of data that went by.
        } else {
            let verbose = line.strip_prefix(b"< ").or((line == b"<").then_some(b""));
            match verbose {
                Some(head) => self.head(time, head),
                None if self.in_head || status_line(line).is_some() => self.head(time, line),
                None => self.body_line(line),
            }
        }
    }

    fn request(&mut self, time: Option<Time>, line: &[u8]) {
        if let Some((request, version)) = split_at_sequence(line, b" HTTP/")
            && version.first().is_some_and(u8::is_ascii_digit)
            && let Some((method, target)) = split_at_byte(request, b' ')
        {
            self.answered();
            self.entry.method = text_within(method, 64);
            self.entry.target = text_within(target, 8192);
            self.asked = time;
        } else if let Some(host) = header(line, "host") {
            self.entry.host = text_within(host, 256).to_ascii_lowercase();
        }
    }

    /// curl's own words: the address that it spoke with, the host that it asked, and faults.
    fn note(&mut self, words: &[u8]) {
        if let Some((_, rest)) = split_at_sequence(words, b"Connected to ")
            && let Some((name, rest)) = split_at_sequence(rest, b" (")
            && let Some((ip, _)) = split_at_byte(rest, b')')
        {
            self.answered();
            self.entry.host = text_within(name, 256).to_ascii_lowercase();
            self.entry.server_address = address(ip);
        }
        if let Some((_, url)) = split_at_sequence(words, b"OPENED stream for ") {
            take_url(&mut self.entry, &String::from_utf8_lossy(url));
        }
        let fault = FAULTS.iter().any(|fault| memchr::memmem::find(words, fault).is_some());
        if fault && self.answers.notes.len() < MOST_ANSWERS.min(64) {
            let note = text_within(words.trim_ascii(), 300);
            if !self.answers.notes.contains(&note) {
                self.answers.notes.push(note);
            }
        }
    }

    fn head(&mut self, time: Option<Time>, line: &[u8]) {
        if let Some(status) = status_line(line) {
            // `HTTP/1.1 100 Continue` and the answer of a proxy come before the answer itself.
            if self.entry.status != 0 {
                self.answered();
            }
            self.entry.status = status;
            self.answer = time;
            self.in_head = true;
        } else if line.is_empty() {
            self.in_head = false;
        } else if let Some((name, value)) = split_at_byte(line, b':') {
            let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value.trim_ascii()));
            take_header(&mut self.entry, &name, &value);
            if name.eq_ignore_ascii_case("date") {
                self.entry.start = self.entry.start.or_else(|| timestamp::http_date(value.as_bytes()));
            }
        }
    }

    fn body_line(&mut self, line: &[u8]) {
        const LONGEST: usize = 64 * 1024;
        if self.entry.status != 0 && self.body.len().saturating_add(line.len()) < LONGEST {
            self.body.extend_from_slice(line);
            self.body.push(b'\n');
        }
    }

    /// Ends the answer that is being read, if there is one. The answer's own date says when it was made; the time of day before curl's
    /// lines has neither date nor zone, but the time between two of them is how long the answer took.
    fn answered(&mut self) {
        self.in_head = false;
        let body = std::mem::take(&mut self.body);
        let times = (self.asked.take(), self.answer.take());
        if self.entry.status == 0 {
            return;
        }
        let host = self.entry.host.clone();
        let mut entry = std::mem::take(&mut self.entry);
        self.entry.host = host;
        error_page::read(&mut entry, &String::from_utf8_lossy(&body), false);
        if let (Some(asked), Some(answer)) = times
            && answer >= asked
        {
            entry.timings.wait = Some(answer.since(asked));
        }
        // An answer by 1xx is followed by the real one.
        if entry.status >= 200 && self.answers.entries.len() < MOST_ANSWERS {
            entry.index = u32::try_from(self.answers.entries.len()).unwrap_or(u32::MAX);
            self.answers.entries.push(entry);
        }
    }
}

/// The time of day of `--trace-time`, and the rest of the line.
fn untimed(line: &[u8]) -> (Option<Time>, &[u8]) {
    let Some((clock, rest)) = split_at_byte(line, b' ') else { return (None, line) };
    match timestamp::time_of_day(clock) {
        Some(stamp) => (Some(stamp.time), rest),
        None => (None, line),
    }
}

/// What is asked for by a command that was typed at a prompt, as it stands above its output: `$ curl -si https://shop.example/`.
fn command(line: &[u8]) -> Option<&[u8]> {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let prompt = words.next().filter(|word| matches!(word.last(), Some(b'$' | b'#' | b'%')))?;
    words.next().filter(|word| *word == b"curl" && prompt.len() < 128)?;
    let quotes = |byte: &u8| matches!(byte, b'\'' | b'"');
    let mut inner = words.filter_map(|word| word.split(quotes).find(|part| !part.is_empty()));
    inner.find(|word| split_absolute(word).is_some())
}

/// The status of `HTTP/1.1 520 Unknown`, `HTTP/2 520`.
fn status_line(line: &[u8]) -> Option<u16> {
    let (_, rest) = split_at_byte(line.strip_prefix(b"HTTP/")?, b' ')?;
    bounded_integer(rest.get(..3)?).filter(|status| (100..600).contains(status))
}

/// The value of a header line, with or without curl's sign before it.
fn header<'a>(line: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let line = line.strip_prefix(b"< ").unwrap_or(line);
    let (name, value) = split_at_byte(line, b':')?;
    name.eq_ignore_ascii_case(wanted.as_bytes()).then(|| value.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Duration;

    const VERBOSE: &[u8] = b"08:01:01.100000 *   Trying 104.16.1.1:443...\n\
08:01:01.110000 * Connected to shop.example (104.16.1.1) port 443 (#0)\n\
08:01:01.120000 > GET /cart?id=1 HTTP/2\r\n\
08:01:01.120000 > Host: shop.example\r\n> \r\n\
08:01:01.150000 < HTTP/2 520 \r\n\
< date: Tue, 17 Nov 2026 08:01:01 GMT\r\n< server: cloudflare\r\n< cf-ray: 9c1f00aa12bc34d1-FRA\r\n< \r\n\
error code: 520\n* Connection #0 to host shop.example left intact\n";

    #[test]
    fn a_verbose_transfer_gives_status_ray_time_and_what_was_asked() {
        assert!(is_output(VERBOSE));
        let answers = read(VERBOSE);
        let [entry] = answers.entries.as_slice() else { panic!("{answers:?}") };
        assert_eq!(
            (entry.status, entry.host.as_str(), entry.target.as_str()),
            (520, "shop.example", "/cart?id=1")
        );
        assert_eq!(entry.start, Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert_eq!(entry.ray.map(|ray| ray.ray.to_string()).as_deref(), Some("9c1f00aa12bc34d1"));
        assert_eq!(entry.timings.wait, Some(Duration::from_milliseconds(30)));
        assert!(entry.from_cloudflare && entry.from_edge_page);
        assert_eq!(answers.notes, Vec::<String>::new());
    }

    #[test]
    fn a_transfer_without_an_answer_leaves_what_curl_said() {
        let text = b"*   Trying 203.0.113.10:443...\n* connect to 203.0.113.10 port 443 failed: Connection refused\ncurl: (7) Failed to connect to shop.example port 443: Connection refused\n";
        assert!(is_output(text));
        let answers = read(text);
        assert!(answers.entries.is_empty());
        assert_eq!(answers.notes.len(), 2);
    }

    /// Otherwise the one answer that names the edge's own code is passed over, since the command stands above it.
    #[test]
    fn commands_of_a_console_ask_for_what_stands_below_them() {
        let text = b"$ curl -si 'https://app.shop.example/cart'\nHTTP/2 530 \ndate: Tue, 17 Nov 2026 08:01:13 GMT\ncf-ray: 9c1f00aa12bc34d3-ARN\n\n{\n  \"status\": 530,\n  \"error_code\": 1016,\n  \"cloudflare_error\": true\n}\nroot@web1:~# curl -I http://shop.example\nHTTP/1.1 502 Bad Gateway\ndate: Tue, 17 Nov 2026 08:02:13 GMT\n\n";
        assert!(is_output(text));
        let told = |entry: &Entry| (entry.status, entry.error_code, entry.host.clone(), entry.target.clone());
        assert_eq!(
            read(text).entries.iter().map(told).collect::<Vec<_>>(),
            [
                (530, Some(1016), "app.shop.example".to_owned(), "/cart".to_owned()),
                (502, None, "shop.example".to_owned(), "/".to_owned()),
            ]
        );
        assert!(!is_output(b"$ curl is a program\nHTTP/2 is a protocol\n"));
    }

    #[test]
    fn an_included_head_is_read_and_other_text_is_not_taken_for_one() {
        let text =
            b"HTTP/2 502 \ndate: Tue, 17 Nov 2026 08:01:13 GMT\ncf-ray: 9c1f00aa12bc34d3-AMS\n\n<html>";
        assert!(is_output(text));
        assert_eq!(read(text).entries.len(), 1);
        assert!(!is_output(b"> GET is a method\n* a list\n"));
        assert!(!is_output(b"HTTP/1.1 is a protocol\n"));
    }
}
