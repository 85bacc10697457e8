//! TLS between real programs, recorded with its secrets (`record_captures`), read by the program's own way: what is inside equals what tshark reads there
//! (`recorded/tshark.tsv`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayscope::Result;
use rayscope::evidence::{ConnectionRow, ExchangeRow, Protocol};
use rayscope::extract::{Extraction, Inputs, RowTaker, Rows, extract};
use rayscope::source::discover;
use rayscope::tls::EarlyData;

/// A message: connection, stream of HTTP/2 (0 of HTTP/1), method, target, host, status.
pub type Row = [String; 6];

/// The recordings.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inside_tls/recorded")
}

/// The captures among them.
pub fn recordings() -> impl Iterator<Item = PathBuf> {
    let all = fs::read_dir(folder()).expect("the recordings").map(|entry| entry.expect("an entry").path());
    all.filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
}

/// Where the secrets of a recording lie.
pub fn keys_of(capture: &Path) -> PathBuf {
    let name = capture.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
    capture.with_file_name(name.replace(".pcap.gz", ".keys"))
}

/// All that the program reads of a capture.
#[derive(Default)]
pub struct Taken {
    pub connections: Vec<ConnectionRow>,
    pub exchanges: Vec<ExchangeRow>,
}

impl RowTaker for Taken {
    fn take(&mut self, rows: Rows) -> Result<()> {
        match rows {
            Rows::Connections(rows) => self.connections.extend(rows),
            Rows::Exchanges(rows) => self.exchanges.extend(rows),
            Rows::Access(_) | Rows::Edge(_) | Rows::Messages(_) => {}
        }
        Ok(())
    }
}

/// What is read of these files, a capture and its key log.
pub fn taken(files: &[PathBuf]) -> Taken {
    let found = || discover(files).expect("files");
    let extraction = Extraction::default();
    let inputs = Inputs::open(found(), &extraction);
    let evidence = extract(found(), &extraction, &|_| {});
    let mut taken = Taken::default();
    inputs.every_row(&extraction, &evidence.inputs, &mut taken).expect("rows");
    taken
}

fn tshark() -> BTreeMap<String, Vec<Row>> {
    let table = fs::read_to_string(folder().join("tshark.tsv")).expect("tshark's messages");
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in table.lines().skip(2) {
        let (capture, cells) = line.split_once('\t').expect("a row");
        let cells: Vec<String> = cells.split('\t').map(str::to_owned).collect();
        rows.entry(capture.to_owned()).or_default().push(cells.try_into().expect("six cells"));
    }
    rows
}

/// A request and its answer as rows of the table.
fn rows(row: &ExchangeRow) -> Vec<Row> {
    let connection = row.stream.map(|stream| stream.to_string()).unwrap_or_default();
    let exchange = &row.exchange;
    let stream = exchange.stream.as_ref().map_or(0, |stream| stream.id).to_string();
    let cells = |cells: [&str; 4]| {
        let [method, target, host, status] = cells.map(str::to_owned);
        [connection.clone(), stream.clone(), method, target, host, status]
    };
    let asked = exchange.request.as_ref().map(|request| {
        cells([&*request.method, &*request.target, request.host.as_deref().unwrap_or_default(), ""])
    });
    let status = exchange.response.as_deref().and_then(|response| response.status);
    let answered = status.map(|status| cells(["", "", "", &status.to_string()]));
    asked.into_iter().chain(answered).collect()
}

/// With a suite that tshark opens and rayscope does not.
const NOT_OPENED: &str = "camellia.pcap.gz";

/// What tshark shows of early data that the server did not take: it opens it, but nobody heard it (RFC 8446, 2.3).
const UNHEARD: &[(&str, &str)] =
    &[("early-data-refused.pcap.gz", "/page"), ("early-data-retry.pcap.gz", "/page")];

/// All messages that are read in these files.
pub fn read_rows(files: &[PathBuf]) -> Vec<Row> {
    taken(files).exchanges.iter().flat_map(rows).collect()
}

#[test]
fn what_is_inside_recorded_connections_equals_what_tshark_reads() {
    let mut compared = 0;
    let all = tshark();
    for (capture, expected) in &all {
        let files = [folder().join(capture), folder().join(capture.replace(".pcap.gz", ".keys"))];
        let mut read = read_rows(&files);
        let is_heard = |row: &&Row| !UNHEARD.contains(&(capture, &row[3]));
        let mut expected: Vec<Row> = expected.iter().filter(is_heard).cloned().collect();
        read.sort();
        expected.sort();
        expected.retain(|_| capture != NOT_OPENED);
        assert_eq!(read, expected, "{capture}");
        compared += expected.len();
    }
    let there = recordings().count();
    assert_eq!(all.len(), there, "a capture in which tshark reads nothing");
    println!("{there} captures, {compared} messages");
}

/// Nobody wrote a key log: the handshake is read all the same, and mail is not taken for what the edge asked.
#[test]
fn behind_another_protocol_tls_is_known_and_no_failure_of_the_edges() {
    for path in recordings() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let expected = if name.starts_with("starttls-") { Protocol::StartTls } else { Protocol::Tls };
        for row in taken(&[path]).connections {
            assert_eq!(row.protocol, expected, "{name}");
            let tls = row.tls.as_deref().expect("a handshake");
            assert!(tls.client_hello.as_ref().is_some_and(|hello| hello.complete.is_some()), "{name}");
            assert!(tls.server_hello.is_some() && tls.unread.is_none(), "{name} {:?}", tls.unread);
            // All was answered: nothing looks like a failure.
            assert!(!row.failed_before_request() && row.unanswered_inside().is_none(), "{name}");
        }
    }
}

#[test]
fn a_session_that_is_not_opened_says_why() {
    let files = [folder().join(NOT_OPENED), folder().join("camellia.keys")];
    let evidence = extract(discover(&files).expect("files"), &Extraction::default(), &|_| {});
    let told: Vec<&String> = evidence.inputs.values().flat_map(|input| &input.warnings).collect();
    let wanted = "TLS sessions whose secrets it has and that are not opened (TLS 1.2 with \
                  TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256): 1";
    assert!(told.iter().any(|told| *told == wanted), "{told:?}");
}

fn early_data(files: &[PathBuf]) -> Vec<Option<EarlyData>> {
    let connections = taken(files).connections.into_iter();
    connections.map(|row| row.tls.and_then(|tls| tls.early_data)).collect()
}

#[test]
fn what_became_of_early_data_is_known_where_the_server_told() {
    let [taken_early, refused, retried] =
        ["early-data", "early-data-refused", "early-data-retry"].map(|name| folder().join(name));
    let with = |name: &Path| [name.with_extension("pcap.gz"), name.with_extension("keys")];
    assert_eq!(early_data(&with(&taken_early)), [None, Some(EarlyData::Accepted)]);
    assert_eq!(early_data(&with(&refused)), [Some(EarlyData::Refused)]);
    // Without its secrets only a HelloRetryRequest tells (RFC 8446, 4.2.10).
    assert_eq!(early_data(&with(&taken_early)[..1]), [None, Some(EarlyData::Offered)]);
    assert_eq!(early_data(&with(&refused)[..1]), [Some(EarlyData::Offered)]);
    assert_eq!(early_data(&with(&retried)[..1]), [Some(EarlyData::Refused)]);
}

/// The server took it, and nobody knows what it was.
#[test]
fn early_data_without_its_secret_is_missing_and_moves_no_answer_to_another_request() {
    let name = folder().join("early-data");
    let keys = fs::read_to_string(name.with_extension("keys")).expect("a key log");
    let others: Vec<&str> = keys.lines().filter(|line| !line.starts_with("CLIENT_EARLY")).collect();
    let out = tempfile::tempdir().expect("a temporary folder");
    let without = out.path().join("without.keys");
    fs::write(&without, others.join("\n")).expect("a file");
    let read = taken(&[name.with_extension("pcap.gz"), without]);
    let rows: Vec<Row> = read.exchanges.iter().filter(|row| row.stream == Some(1)).flat_map(rows).collect();
    let asked: Vec<&str> =
        rows.iter().map(|row| row[3].as_str()).filter(|target| !target.is_empty()).collect();
    assert_eq!(asked, ["/large", "/gone"]);
    for row in &read.exchanges {
        let target = row.exchange.request.as_ref().map(|request| &*request.target);
        let status = row.exchange.response.as_deref().and_then(|response| response.status);
        let wanted = match target {
            Some("/gone") => Some(404),
            _ => Some(200),
        };
        assert_eq!(status, wanted, "{target:?}");
    }
}
