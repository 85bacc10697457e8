//! Varnish's own log as `varnishlog` prints it, by transaction, by request or raw (varnish-cache bin/varnishlog, doc/sphinx/reference/vsl.rst): a
//! client's request is a row when its transaction ends, an error of a fetch is a message about the request that it served.

use std::collections::BTreeMap;

use crate::facts::messages::Program;
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::AccessLine;
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::ray::RayAtColo;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::host::bare_host;
use crate::text::line::{field_text, split_at_byte, text_within};
use crate::text::number::{bounded_integer, duration, leading_integer};
use crate::text::proxy_header::is_logged_header;
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Varnishlog;

/// Whose transaction is being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Transaction {
    /// A session's, or none.
    #[default]
    Session,
    /// A client's request.
    Request,
    /// A fetch from the application.
    Fetch,
}

/// What is known of a transaction.
#[derive(Debug, Default)]
struct OpenTransaction {
    kind: Transaction,
    draft: AccessDraft,
    /// The last instant of it.
    stamp: Option<Stamp>,
    upstream: Option<String>,
    /// The row that it made.
    ended: Option<AccessLine>,
}

/// The last transactions by their numbers (VXID): those of a fetch name the request that they serve by its own.
#[derive(Debug, Default)]
pub struct Transactions {
    known: BTreeMap<u64, OpenTransaction>,
    /// The one that is being read, where they stand one after another.
    current: u64,
}

/// So many are known at a time; of more the oldest are forgotten.
const MOST_TRANSACTIONS: usize = 1024;

impl LineFormat for Varnishlog {
    type Memory = Transactions;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let is_raw = |line: &&[u8]| raw(line).is_some();
        (sample.holds(b"<< ") || sample.lines.iter().any(is_raw)).then_some(Varnishlog)
    }

    fn id(&self) -> &'static str {
        "varnishlog"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], transactions: &mut Transactions, _: &mut LineClock) -> Parsed {
        if let Some((number, tag, value)) = raw(line) {
            return transactions.record(number, tag, value);
        }
        let Some(line) = unmarked(line) else { return Parsed::Skip(Skip::Unparsed) };
        if let Some(title) = line.strip_prefix(b"<< ") {
            let kind = Transaction::of(title.split(|byte| *byte == b' ').next().unwrap_or_default());
            let number = title.rsplit(|byte| *byte == b' ').find(|word| !word.is_empty());
            transactions.begin(number.and_then(bounded_integer).unwrap_or_default(), kind);
            return Parsed::Skip(Skip::Partial);
        }
        let (tag, value) = split_at_byte(line, b' ').unwrap_or((line, b""));
        if !is_tag(tag) {
            return Parsed::Skip(Skip::Unparsed);
        }
        transactions.record(transactions.current, tag, value.trim_ascii())
    }
}

impl Transaction {
    /// By its word in a title, or in the record that begins it.
    fn of(word: &[u8]) -> Transaction {
        match word {
            b"Request" | b"req" => Transaction::Request,
            b"BeReq" | b"bereq" => Transaction::Fetch,
            _ => Transaction::Session,
        }
    }
}

impl Transactions {
    fn begin(&mut self, number: u64, kind: Transaction) {
        self.current = number;
        *self.of(number) = OpenTransaction { kind, ..OpenTransaction::default() };
    }

    /// What is known of a transaction, which may have begun before the log did.
    fn of(&mut self, number: u64) -> &mut OpenTransaction {
        if self.known.len() >= MOST_TRANSACTIONS && !self.known.contains_key(&number) {
            self.known.pop_first();
        }
        self.known.entry(number).or_default()
    }

    /// Takes a record of a transaction.
    fn record(&mut self, number: u64, tag: &[u8], value: &[u8]) -> Parsed {
        if tag == b"Begin" {
            let mut words = value.split(|byte| *byte == b' ');
            let kind = Transaction::of(words.next().unwrap_or_default());
            self.begin(number, kind);
            let served =
                words.next().and_then(bounded_integer).and_then(|served: u64| self.known.get(&served));
            let served = served.filter(|_| kind == Transaction::Fetch).map(|served| served.line().clone());
            if let Some((served, open)) = served.zip(self.known.get_mut(&number)) {
                open.serves(served);
            }
            return Parsed::Skip(Skip::Partial);
        }
        self.of(number).record(tag, value)
    }
}

/// A record as `varnishlog -g raw` prints it: the transaction's number, the tag, whose it is (a client's, a backend's, nobody's), the value.
fn raw(line: &[u8]) -> Option<(u64, &[u8], &[u8])> {
    let (number, rest) = leading_integer(line.strip_prefix(b" ")?.trim_ascii_start())?;
    let (tag, rest) = split_at_byte(rest.strip_prefix(b" ")?, b' ')?;
    let rest = rest.trim_ascii_start();
    let (whose, value) = split_at_byte(rest, b' ').unwrap_or((rest, b""));
    (is_tag(tag) && matches!(whose, b"c" | b"b" | b"-")).then_some((number, tag, value.trim_ascii()))
}

fn is_tag(tag: &[u8]) -> bool {
    tag.first().is_some_and(u8::is_ascii_uppercase)
        && tag.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// What a client sent in the place of a request. Varnish quotes it, with `%` before the two digits of each byte that is no sign (vsl.c, vsb.c: `VSB_QUOTE_URL`).
fn garbage(value: &[u8]) -> String {
    let bare = value.strip_prefix(b"\"").map_or(value, |value| value.strip_suffix(b"\"").unwrap_or(value));
    text_within(bare, 256).replace('%', r"\x")
}

/// A line without the mark of its depth: `*   << Request  >> 2`, `-   ReqURL /`, `--  BereqURL /`.
fn unmarked(line: &[u8]) -> Option<&[u8]> {
    let depth = line.iter().position(|byte| !matches!(byte, b'*' | b'-' | b'0'..=b'9'))?;
    let mark = line.get(..depth)?;
    let marked = mark.starts_with(b"*") || mark.starts_with(b"-");
    let rest = line.get(depth..)?;
    (marked && rest.starts_with(b" ")).then(|| rest.trim_ascii_start())
}

impl OpenTransaction {
    /// The row that it made, or will make.
    fn line(&self) -> &AccessLine {
        self.ended.as_ref().unwrap_or(&self.draft.line)
    }

    /// A fetch for a client's request, which is named by what that is named by.
    fn serves(&mut self, served: AccessLine) {
        let line = &mut self.draft.line;
        (line.ray, line.host, line.method) = (served.ray, served.host, served.method);
        (line.remote_address, line.remote_port) = (served.remote_address, served.remote_port);
    }

    /// Takes a record of the transaction. What stands last wins: VCL may change a request.
    fn record(&mut self, tag: &[u8], value: &[u8]) -> Parsed {
        match tag {
            b"Timestamp" => self.timestamp(value),
            b"ReqStart" => {
                let mut words = value.split(|byte| *byte == b' ');
                self.draft.line.remote_address = words.next().and_then(address);
                self.draft.line.remote_port = words.next().and_then(bounded_integer);
            }
            // The first is what the client asked; VCL may change it later.
            b"ReqMethod" | b"BereqMethod" if self.draft.line.method.is_none() => {
                self.draft.put(AccessField::Method, value);
            }
            b"ReqURL" | b"BereqURL" if self.draft.line.target.is_none() => {
                self.draft.put(AccessField::Target, value);
            }
            b"ReqHeader" | b"BereqHeader" => self.header(value),
            b"RespStatus" if self.kind == Transaction::Request => {
                self.draft.put(AccessField::Status, value);
            }
            b"BackendOpen" => {
                self.upstream = value.split(|byte| *byte == b' ').nth(1).map(|name| text_within(name, 256))
            }
            b"HttpGarbage" if self.kind == Transaction::Request && is_logged_header(&garbage(value)) => {
                self.draft.line.odd_request_line = Some(garbage(value));
            }
            b"FetchError" | b"BogoHeader" | b"Error" | b"SessError" | b"HttpGarbage" | b"Backend_health" => {
                return self.message(tag, value);
            }
            b"End" if self.kind == Transaction::Request => {
                self.ended = Some(self.draft.line.clone());
                let whole = std::mem::take(&mut self.draft);
                return whole.finish().map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access);
            }
            _ => {}
        }
        Parsed::Skip(Skip::Partial)
    }

    /// `Start: 1763366461.133000 0.000000 0.000000`: event, instant, since the start, since the event before.
    fn timestamp(&mut self, value: &[u8]) {
        let mut words = value.split(|byte| *byte == b' ');
        let (Some(event), Some(instant)) = (words.next(), words.next()) else { return };
        self.stamp = timestamp::epoch(instant).or(self.stamp);
        if event == b"Start:" {
            self.draft.put_time(self.stamp);
        } else if event == b"Resp:" {
            self.draft.line.request_time = words.next().and_then(|time| duration(time, Duration::SECOND));
        }
    }

    fn header(&mut self, value: &[u8]) {
        let Some((name, value)) = split_at_byte(value, b':') else { return };
        let value = value.trim_ascii();
        let line = &mut self.draft.line;
        if name.eq_ignore_ascii_case(b"host") {
            line.host = line.host.take().or_else(|| bare_host(&text_within(value, 256)));
        } else if name.eq_ignore_ascii_case(b"cf-ray") {
            line.ray = line.ray.or_else(|| RayAtColo::parse(value));
        } else if name.eq_ignore_ascii_case(b"user-agent") {
            line.user_agent = Some(text_within(value, 1024).into());
        }
    }

    /// An error, with the request that the transaction is about.
    fn message(&self, tag: &[u8], value: &[u8]) -> Parsed {
        let text = [tag, b" ", value].concat();
        let line = &self.draft.line;
        let mut row = MessageLine::of(&text, Some(Program::Varnish)).at(self.stamp);
        row.program = Some("varnish".to_owned());
        row.ray = line.ray.map(|ray| ray.ray);
        row.host.clone_from(&line.host);
        row.client = line.remote_address;
        row.client_port = line.remote_port;
        row.request =
            line.method.clone().zip(line.target.as_ref().map(|target| field_text(target.as_bytes())));
        row.upstream.clone_from(&self.upstream);
        Parsed::Message(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_error_names_the_request_that_it_served() {
        let text = "*   << Request  >> 32770\n-   Begin          req 32769 rxreq\n-   Timestamp      Start: 1794902473.510000 0.000000 0.000000\n-   ReqStart       172.70.1.2 35120 a0\n-   ReqMethod      GET\n-   ReqURL         /api/items?page=2\n-   ReqHeader      Host: shop.example\n-   ReqHeader      cf-ray: 9c1f00aa12bc34d3-AMS\n-   RespStatus     503\n-   Timestamp      Resp: 1794902476.492000 2.982000 0.000100\n-   End\n**  << BeReq    >> 32771\n--  Begin          bereq 32770 fetch\n--  Timestamp      Start: 1794902473.511000 0.000000 0.000000\n--  BereqMethod    GET\n--  BereqURL       /api/items?page=2\n--  FetchError     backend web1: fail errno 111 (Connection refused)\n--  End";
        let (mut open, mut clock) = (Transactions::default(), LineClock::default());
        let mut parse = |line: &str| Varnishlog.parse(line.as_bytes(), &mut open, &mut clock);
        let rows: Vec<_> =
            text.lines().map(&mut parse).filter(|parsed| !matches!(parsed, Parsed::Skip(_))).collect();
        let [Parsed::Access(request), Parsed::Message(error)] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((request.status, request.remote_port), (Some(503), Some(35120)));
        assert_eq!(request.request_time, Some(Duration::from_milliseconds(2982)));
        assert_eq!((request.ray.is_some(), request.host.as_deref()), (true, Some("shop.example")));
        assert_eq!(error.signature, Some("varnish-backend-refused"));
        assert_eq!(error.request, Some(("GET".to_owned(), "/api/items?page=2".to_owned())));
        assert!(error.ray.is_some(), "by the request that it serves");
    }

    /// Otherwise the requests behind a header of the PROXY protocol that Varnish does not expect are no failures.
    #[test]
    fn what_is_no_request_is_told_as_it_came() {
        let text = "**  << Request  >> 98330\n--  Begin          req 98329 rxreq\n--  Timestamp      Start: 1794902473.510000 0.000000 0.000000\n--  HttpGarbage    \"%0d%0a%0d%0a%00\"\n--  RespStatus     400\n--  End";
        let (mut open, mut clock) = (Transactions::default(), LineClock::default());
        let rows: Vec<_> =
            text.lines().map(|line| Varnishlog.parse(line.as_bytes(), &mut open, &mut clock)).collect();
        let Some(Parsed::Access(row)) = rows.last() else { panic!("{rows:?}") };
        assert!(row.is_proxy_header() && row.status == Some(400), "{row:?}");
    }

    /// Otherwise the one log that has the word is no log at all.
    #[test]
    fn raw_records_of_several_transactions_are_told_apart_by_their_numbers() {
        let text = "    131073 Begin          c req 8 rxreq\n    131073 Timestamp      c Start: 1794902473.510000 0.000000 0.000000\n    131073 ReqStart       c 172.70.1.2 35120 a0\n    131073 ReqHeader      c CF-RAY: 9c1f00aa12bc34d3-AMS\n    131074 Begin          b bereq 131073 pass\n         3 Begin          c req 2 rxreq\n    131074 Timestamp      b Start: 1794902473.511000 0.000000 0.000000\n    131074 BereqMethod    b GET\n    131074 BereqURL       b /account/3234\n    131074 FetchError     b overflow";
        let (mut open, mut clock) = (Transactions::default(), LineClock::default());
        let mut parse = |line: &str| Varnishlog.parse(line.as_bytes(), &mut open, &mut clock);
        let rows: Vec<_> =
            text.lines().map(&mut parse).filter(|parsed| !matches!(parsed, Parsed::Skip(_))).collect();
        let [Parsed::Message(error)] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!(error.signature, Some("varnish-backend-head-too-large"));
        assert_eq!(error.request, Some(("GET".to_owned(), "/account/3234".to_owned())));
        assert!(error.ray.is_some() && error.time.is_some());
    }

    /// Otherwise a log of records that never begin takes all memory.
    #[test]
    fn no_more_transactions_are_known_than_may_be() {
        let (mut known, mut clock) = (Transactions::default(), LineClock::default());
        for number in 0..4 * MOST_TRANSACTIONS {
            let line = format!("    {number} ReqURL         c /cart");
            Varnishlog.parse(line.as_bytes(), &mut known, &mut clock);
        }
        assert_eq!(known.known.len(), MOST_TRANSACTIONS);
    }
}
