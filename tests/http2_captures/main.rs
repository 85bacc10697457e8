//! HTTP/2 in the clear between real programs (`record` beside this file), and in the corpus: streams, heads, sizes, lengths, resets and GOAWAYs
//! equal what Wireshark shows.
//!
//! `RAYSCOPE_HTTP2_CAPTURES` names a folder with other recordings of the same script.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rayscope::flow::{Application, Arrival, End, Gap, Side};
use rayscope::http::exchange::{EndingFrame, Exchange};
use rayscope::http::{Http2Facts, HttpConversation};
use support::corpus::corpus;
use support::followed::follow;
use support::series::{cut, goes_on_between_files};

/// Reads every connection as HTTP.
struct AsHttp(HttpConversation);

impl Default for AsHttp {
    fn default() -> Self {
        AsHttp(HttpConversation::new(true))
    }
}

impl<C> Application<C> for AsHttp {
    fn bytes(&mut self, context: &mut C, from: Side, offset: u64, data: &[u8], at: Arrival) {
        self.0.bytes(context, from, offset, data, at);
    }

    fn gap(&mut self, context: &mut C, from: Side, offset: u64, length: u64, cause: Gap, at: Arrival) {
        self.0.gap(context, from, offset, length, cause, at);
    }

    fn acknowledged(&mut self, context: &mut C, from: Side, offset: u64, at: Arrival) {
        self.0.acknowledged(context, from, offset, at);
    }

    fn end(&mut self, context: &mut C, from: Side, offset: u64, how: End, at: Arrival) {
        self.0.end(context, from, offset, how, at);
    }
}

/// The connections of HTTP/2 in a capture, by Wireshark's numbers.
fn connections(path: &Path) -> BTreeMap<u32, (Vec<Exchange>, Http2Facts)> {
    let bytes = fs::read(path).expect("a capture");
    let followed = follow::<AsHttp>(&bytes).expect("a capture");
    let read = followed.connections.into_iter().filter_map(|(connection, AsHttp(conversation))| {
        let (exchanges, facts) = conversation.finish();
        Some((connection.seen_in.first()?.stream, (exchanges, *facts?)))
    });
    read.collect()
}

fn side(side: Side) -> &'static str {
    if side == Side::Client { "request" } else { "response" }
}

/// A stream as a row of Wireshark's has it: method, path, status, bytes of both heads and bodies.
fn row(exchange: &Exchange, knows_request: bool) -> [String; 7] {
    let word = |word: Option<&str>| word.filter(|_| knows_request).unwrap_or("-").to_owned();
    let request = exchange.request.as_ref();
    let response = exchange.response.as_deref();
    let of_request = request.filter(|_| knows_request);
    [
        word(request.map(|request| &*request.method)),
        word(request.map(|request| &*request.target)),
        response.and_then(|response| response.status).map_or("-".to_owned(), |status| status.to_string()),
        of_request.map_or(0, |request| request.head.bytes).to_string(),
        response.map_or(0, |response| response.head.bytes).to_string(),
        of_request.map_or(0, |request| request.body.received).to_string(),
        response.map_or(0, |response| response.body.received).to_string(),
    ]
}

/// What differs of one stream.
fn compare(exchange: Option<&Exchange>, wanted: &[&str]) -> Option<String> {
    let Some(exchange) = exchange else { return Some("is not read".to_owned()) };
    let resets = wanted[7];
    // The request of an upgrade is one of HTTP/1.
    let read = row(exchange, wanted[0] != "-");
    if read[..] != wanted[..7] {
        return Some(format!("reads {read:?}"));
    }
    let end = exchange.stream.as_ref().and_then(|stream| stream.end);
    let told = match end {
        Some(end) if end.frame == EndingFrame::RstStream => format!("{}:{}", side(end.from), end.code),
        // A GOAWAY took it before, or nothing did.
        Some(_) => return None,
        None => "-".to_owned(),
    };
    (resets.split(',').next() != Some(&told)).then(|| format!("ends by {told}"))
}

/// Whether Wireshark can show an exchange as a stream. The request of an upgrade is stream 1 (RFC 7540, section 3.2), without a frame of its own: a
/// server that is stopped, or is busy, may end the connection before it answers there.
fn is_shown(exchange: &Exchange) -> bool {
    exchange.stream.as_ref().is_some_and(|stream| !stream.is_upgraded || exchange.response.is_some())
}

/// A run that is stopped in the middle of HTTP/2 knows the tables of its header compression, its streams and its windows when it goes on.
#[test]
fn a_stop_inside_http2_changes_no_byte() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http2_captures/recorded");
    let mut stops = 0;
    for entry in fs::read_dir(recorded).expect("the recordings") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "gz") {
            continue;
        }
        let mut capture = Vec::new();
        let mut packed = flate2::read::MultiGzDecoder::new(fs::File::open(&path).expect("a recording"));
        packed.read_to_end(&mut capture).expect("a whole recording");
        let folder = tempfile::tempdir().expect("a temporary folder");
        cut(&capture, 24, 520, folder.path());
        stops += goes_on_between_files(folder.path()).len();
        // Captured from its middle on, a connection has tables of which only a part is known.
        fs::remove_file(folder.path().join("cap-00000.pcap")).expect("the first file");
        fs::remove_file(folder.path().join("cap-00001.pcap")).expect("the second file");
        stops += goes_on_between_files(folder.path()).len();
    }
    assert!(stops > 60, "{stops}");
}

#[test]
fn recorded_streams_equal_those_of_wireshark() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http2_captures/recorded");
    let folder = std::env::var_os("RAYSCOPE_HTTP2_CAPTURES").map_or(recorded, PathBuf::from);
    let table = fs::read_to_string(folder.join("tshark.tsv")).expect("Wireshark's facts");
    let mut files: BTreeMap<String, BTreeMap<u32, (Vec<Exchange>, Http2Facts)>> = BTreeMap::new();
    let (mut wrong, mut streams) = (Vec::new(), 0);
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let read = files.entry(cells[0].to_owned()).or_insert_with(|| connections(&folder.join(cells[0])));
        let number: u32 = cells[1].parse().expect("a number");
        let Some((exchanges, facts)) = read.get(&number) else {
            wrong.push(format!("{line}: the connection is not read"));
            continue;
        };
        if cells[2] == "goaway" {
            let sent = |told: &rayscope::http::GoAway| {
                side(told.from) == cells[3]
                    && (told.last_stream.to_string(), told.code.to_string())
                        == (cells[4].to_owned(), cells[5].to_owned())
            };
            if !facts.goaways.iter().any(sent) {
                wrong.push(format!("{line}: is not told"));
            }
            continue;
        }
        streams += 1;
        let id: u32 = cells[2].parse().expect("a number");
        let exchange =
            exchanges.iter().find(|exchange| exchange.stream.as_ref().is_some_and(|stream| stream.id == id));
        wrong.extend(compare(exchange, &cells[3..]).map(|differs| format!("{line}: {differs}")));
    }
    let exchanges = files.values().flat_map(BTreeMap::values).flat_map(|(exchanges, _)| exchanges);
    let read = exchanges.filter(|exchange| is_shown(exchange)).count();
    println!("{} files, {streams} streams", files.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(read, streams, "streams that Wireshark does not show");
    assert!(files.values().flat_map(BTreeMap::values).all(|(_, facts)| facts.faults.is_empty()));
}

/// Captures of the corpus in which Wireshark shows other streams, and why.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "pcap/suricata-verify/drop-protocol-change--input.pcap",
        "a damaged SETTINGS frame names a stream, which Wireshark counts",
    ),
    (
        "pcap/suricata-verify/transform-base64-7296--input.pcap",
        "the request of an upgrade is stream 1, of which no frame came",
    ),
];

#[test]
fn streams_of_the_corpus_equal_those_of_wireshark() {
    let Some(corpus) = corpus("HTTP/2 in the corpus") else { return };
    let truths = fs::read_to_string(corpus.join("truth.jsonl")).expect("truths");
    let (mut wrong, mut files) = (Vec::new(), 0);
    for line in truths.lines() {
        let truth: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let file = truth["file"].as_str().expect("a name");
        if !truth["http2"].is_object() || EXPLAINED.iter().any(|(known, _)| *known == file) {
            continue;
        }
        files += 1;
        let read = connections(&corpus.join(file));
        let all: Vec<&Exchange> = read
            .values()
            .flat_map(|(exchanges, _)| exchanges)
            .filter(|exchange| exchange.stream.is_some())
            .collect();
        let list = |name: &str| -> Vec<String> {
            let list = truth[name]["list"].as_array().into_iter().flatten();
            list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
        };
        // The request of an upgrade is one of HTTP/1.
        let asked =
            all.iter().filter(|exchange| exchange.stream.as_ref().is_some_and(|stream| !stream.is_upgraded));
        let methods: Vec<String> =
            asked.filter_map(|exchange| Some(exchange.request.as_ref()?.method.to_string())).collect();
        let statuses: Vec<String> = all
            .iter()
            .filter_map(|exchange| exchange.response.as_deref()?.status)
            .map(|status| status.to_string())
            .collect();
        let streams = truth["http2"]["streams"].as_u64().unwrap_or(0);
        let wanted = (streams, list("http2_method"), list("http2_status"));
        let told = (all.len() as u64, methods, statuses);
        if told != wanted {
            wrong.push(format!("{file}: {told:?}, Wireshark {wanted:?}"));
        }
    }
    println!("{files} files of the corpus");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
