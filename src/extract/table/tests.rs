//! Tables of a small incident, read back as a person's own program would.

use std::io::Cursor;

use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader, TimeUnit, TimeZone};

use super::tables;
use crate::evidence::Partial;
use crate::extract::{Extraction, extract};

const RAY: u64 = 0x0c1f_00aa_12bc_34de;
const RAY_TEXT: &str = "0c1f00aa12bc34de";
/// 2026-11-17T08:01:01Z in seconds since the epoch.
const SECONDS: u32 = 1_794_902_461;

/// A TCP segment in a record of a capture of bare IP packets (link type 101), `milliseconds` after the start.
fn segment(
    milliseconds: u32,
    from_edge: bool,
    sequence: u32,
    acknowledged: u32,
    flags: u8,
    data: &[u8],
) -> Vec<u8> {
    let (edge, origin) = (([172, 68, 1, 2], 40_000u16), ([10, 0, 0, 5], 80u16));
    let (source, target) = if from_edge { (edge, origin) } else { (origin, edge) };
    let length = u16::try_from(40 + data.len()).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 1, 0x40, 0, 60, 6, 0, 0]);
    packet.extend(source.0);
    packet.extend(target.0);
    packet.extend(source.1.to_be_bytes());
    packet.extend(target.1.to_be_bytes());
    packet.extend(sequence.to_be_bytes());
    packet.extend(acknowledged.to_be_bytes());
    packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(data);
    let mut record = Vec::new();
    record.extend(SECONDS.to_le_bytes());
    record.extend((milliseconds * 1000).to_le_bytes());
    record.extend(u32::from(length).to_le_bytes());
    record.extend(u32::from(length).to_le_bytes());
    record.extend(packet);
    record
}

/// A request that is acknowledged and closed upon without a byte.
fn capture() -> Vec<u8> {
    const SYN: u8 = 0x02;
    const ACK: u8 = 0x10;
    const FIN_ACK: u8 = 0x11;
    let request = format!(
        "GET /pay?card=hunter2 HTTP/1.1\r\nHost: shop.example\r\nCF-RAY: {RAY_TEXT}-FRA\r\nCookie: id=hunter2\r\n\r\n"
    );
    let end = 1 + u32::try_from(request.len()).unwrap();
    let mut bytes = Vec::new();
    bytes.extend(0xa1b2_c3d4u32.to_le_bytes());
    bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(65_535u32.to_le_bytes());
    bytes.extend(101u32.to_le_bytes());
    bytes.extend(segment(0, true, 0, 0, SYN, b""));
    bytes.extend(segment(1, false, 0, 1, SYN | ACK, b""));
    bytes.extend(segment(2, true, 1, 1, ACK, b""));
    bytes.extend(segment(3, true, 1, 1, ACK, request.as_bytes()));
    bytes.extend(segment(4, false, 1, end, ACK, b""));
    bytes.extend(segment(5, false, 1, end, FIN_ACK, b""));
    bytes.extend(segment(6, true, end, 2, FIN_ACK, b""));
    bytes.extend(segment(7, false, 2, end + 1, ACK, b""));
    bytes
}

fn incident() -> Partial {
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, Vec<u8>); 5] = [
        ("edge.ndjson", format!(
            r#"{{"RayID":"{RAY_TEXT}","EdgeStartTimestamp":"2026-11-17T08:01:01Z","ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/pay?card=hunter2","EdgeResponseStatus":520,"OriginResponseStatus":0,"EdgeServerIP":"172.68.1.2","OriginIP":"10.0.0.5","ClientIP":"198.51.100.9","EdgeColoCode":"FRA","OriginTCPHandshakeDurationMs":7}}
"#).into_bytes()),
        ("access.log", format!("172.68.1.2 - - [17/Nov/2026:08:01:01 +0000] \"GET /pay?card=hunter2 HTTP/1.1\" 500 0 \"-\" \"Mozilla/5.0\" {RAY_TEXT}-FRA\n").into_bytes()),
        ("error.log", b"2026/11/17 08:01:01 [error] 811#811: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 172.68.1.2, server: shop.example, request: \"GET /pay?card=hunter2 HTTP/1.1\", upstream: \"http://127.0.0.1:9000/pay?card=hunter2\", host: \"shop.example\"\n".to_vec()),
        ("visit.har", format!(
            r#"{{"log":{{"version":"1.2","creator":{{"name":"b","version":"1"}},"entries":[{{"startedDateTime":"2026-11-17T08:01:01.000Z","time":12.5,"request":{{"method":"GET","url":"https://shop.example/pay?card=hunter2","httpVersion":"h2","headers":[{{"name":"cookie","value":"id=hunter2"}}],"cookies":[{{"name":"id","value":"hunter2"}}]}},"response":{{"status":520,"headers":[{{"name":"cf-ray","value":"{RAY_TEXT}-FRA"}},{{"name":"server","value":"cloudflare"}}]}},"timings":{{"wait":12.5}}}}]}}}}"#).into_bytes()),
        ("origin.pcap", capture()),
    ];
    for (name, bytes) in &files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let found = crate::source::discover(&[folder.path().to_owned()]).unwrap();
    extract(found, &Extraction::default(), &|_| {})
}

fn read_back(partial: &Partial) -> Vec<(&'static str, DataFrame)> {
    let read = |(name, bytes)| (name, ParquetReader::new(Cursor::new(bytes)).finish().unwrap());
    tables(partial).unwrap().into_iter().map(read).collect()
}

fn table(partial: &Partial, wanted: &str) -> DataFrame {
    read_back(partial).into_iter().find(|(name, _)| *name == wanted).unwrap().1
}

fn text(frame: &DataFrame, column: &str) -> String {
    frame.column(column).unwrap().str().unwrap().get(0).unwrap().to_owned()
}

fn number(frame: &DataFrame, column: &str) -> i128 {
    frame.column(column).unwrap().get(0).unwrap().extract::<i128>().unwrap()
}

#[test]
fn every_table_has_its_rows_under_the_same_ray() {
    let partial = incident();
    let frames = read_back(&partial);
    let shapes: Vec<(&str, usize)> = frames.iter().map(|(name, frame)| (*name, frame.height())).collect();
    assert_eq!(
        shapes,
        [
            ("inputs.parquet", 5),
            ("connections.parquet", 1),
            ("exchanges.parquet", 1),
            ("access.parquet", 1),
            ("messages.parquet", 1),
            ("edge.parquet", 1),
            ("har.parquet", 1),
        ]
    );
    for name in ["exchanges.parquet", "access.parquet", "edge.parquet", "har.parquet"] {
        let frame = table(&partial, name);
        assert_eq!(frame.column("ray").unwrap().dtype(), &DataType::UInt64, "{name}");
        assert_eq!(frame.column("ray").unwrap().u64().unwrap().get(0), Some(RAY), "{name}");
        assert_eq!(
            (text(&frame, "ray_text"), text(&frame, "colo")),
            (RAY_TEXT.to_owned(), "FRA".to_owned()),
            "{name}"
        );
    }
}

#[test]
fn instants_and_durations_keep_their_nanoseconds_and_their_zone() {
    let partial = incident();
    let frame = table(&partial, "exchanges.parquet");
    let column = frame.column("request_first_time").unwrap();
    let utc = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
    assert_eq!(column.dtype(), &utc);
    let expected = i64::from(SECONDS) * 1_000_000_000 + 3_000_000;
    assert_eq!(column.datetime().unwrap().physical().get(0), Some(expected));
    assert_eq!(number(&table(&partial, "connections.parquet"), "connecting"), 2_000_000);
    assert_eq!(number(&table(&partial, "edge.parquet"), "origin_tcp_time"), 7_000_000);
    assert_eq!(number(&table(&partial, "har.parquet"), "wait_time"), 12_500_000);
}

#[test]
fn places_and_judgements_are_those_that_wireshark_and_the_logs_show() {
    let partial = incident();
    let exchange = table(&partial, "exchanges.parquet");
    assert_eq!(
        (text(&exchange, "input"), number(&exchange, "frame"), number(&exchange, "tcp_stream")),
        ("origin.pcap".to_owned(), 4, 0)
    );
    assert_eq!(text(&exchange, "failure"), "no_response");
    let connection = table(&partial, "connections.parquet");
    assert_eq!(
        (text(&connection, "closed_first_by"), number(&connection, "closed_first_frame")),
        ("server".to_owned(), 6)
    );
    assert_eq!(number(&connection, "client_port"), 40_000);
    let access = table(&partial, "access.parquet");
    assert_eq!(
        (text(&access, "input"), number(&access, "line"), number(&access, "status")),
        ("access.log".to_owned(), 1, 500)
    );
    assert_eq!(number(&table(&partial, "messages.parquet"), "system_error"), 111);
    assert_eq!(number(&table(&partial, "har.parquet"), "entry"), 0);
}

#[test]
fn tables_can_be_handed_on_without_query_values_or_cookies() {
    let partial = incident();
    assert_eq!(text(&table(&partial, "exchanges.parquet"), "target"), "/pay?card=[7]");
    assert_eq!(text(&table(&partial, "messages.parquet"), "upstream"), "http://127.0.0.1:9000/pay?card=[7]");
    for (name, frame) in read_back(&partial) {
        // polars prints no instants without its time zones, which are not linked; they hold no text.
        for column in
            frame.columns().iter().filter(|column| !matches!(column.dtype(), DataType::Datetime(..)))
        {
            for row in 0..frame.height() {
                let value = column.get(row).unwrap().to_string();
                assert!(!value.contains("hunter2"), "{name} {}: {value}", column.name());
            }
        }
    }
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    assert_eq!(tables(&incident()).unwrap(), tables(&incident()).unwrap());
}

#[test]
fn a_query_finds_its_columns_also_where_there_is_no_evidence_of_a_kind() {
    let full = read_back(&incident());
    for ((name, empty), (_, full)) in read_back(&Partial::default()).into_iter().zip(full) {
        assert_eq!((empty.height(), empty.schema()), (0, full.schema()), "{name}");
    }
}
