//! Tables of a small incident, read back as a person's own program would.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader, TimeUnit, TimeZone};

use crate::compose::{Redaction, redactor};
use crate::correlate::{Filter, Incident};
use crate::diagnose::diagnose;
use crate::extract::{Extraction, Inputs};

const RAY: u64 = 0x0c1f_00aa_12bc_34de;
const RAY_TEXT: &str = "0c1f00aa12bc34de";
const HEALTHY: u64 = 0x0c1f_00aa_12bc_34ef;
const HEALTHY_TEXT: &str = "0c1f00aa12bc34ef";
/// 2026-11-17T08:01:01Z in seconds since the epoch.
const SECONDS: u32 = 1_794_902_461;

const VISITOR: &str = "198.51.100.9";

/// A TCP segment in a record of a capture of bare IP packets (link type 101), `milliseconds` after the start.
fn segment(
    (milliseconds, port): (u32, u16),
    from_edge: bool,
    sequence: u32,
    acknowledged: u32,
    flags: u8,
    data: &[u8],
) -> Vec<u8> {
    let (edge, origin) = (([172, 68, 1, 2], port), ([10, 0, 0, 5], 80u16));
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

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const FIN_ACK: u8 = 0x11;

fn request(ray: &str) -> String {
    format!(
        "GET /pay?card=hunter2 HTTP/1.1\r\nHost: shop.example\r\nCF-RAY: {ray}-FRA\r\nCF-Connecting-IP: {VISITOR}\r\nCookie: id=hunter2\r\n\r\n"
    )
}

/// A connection on which a request is answered with these bytes, or closed upon without one.
fn connection(start: u32, port: u16, ray: &str, answer: &[u8]) -> Vec<u8> {
    let request = request(ray);
    let asked = 1 + u32::try_from(request.len()).unwrap();
    let answered = 1 + u32::try_from(answer.len()).unwrap();
    let at = |milliseconds: u32| (start + milliseconds, port);
    let mut bytes = segment(at(0), true, 0, 0, SYN, b"");
    bytes.extend(segment(at(1), false, 0, 1, SYN | ACK, b""));
    bytes.extend(segment(at(2), true, 1, 1, ACK, b""));
    bytes.extend(segment(at(3), true, 1, 1, ACK, request.as_bytes()));
    bytes.extend(segment(at(4), false, 1, asked, ACK, answer));
    bytes.extend(segment(at(5), false, answered, asked, FIN_ACK, b""));
    bytes.extend(segment(at(6), true, asked, answered + 1, FIN_ACK, b""));
    bytes.extend(segment(at(7), false, answered + 1, asked + 1, ACK, b""));
    bytes
}

/// A request that fails, and one that is answered.
fn capture() -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(0xa1b2_c3d4u32.to_le_bytes());
    bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(65_535u32.to_le_bytes());
    bytes.extend(101u32.to_le_bytes());
    bytes.extend(connection(0, 40_000, RAY_TEXT, b""));
    bytes.extend(connection(
        100,
        40_001,
        HEALTHY_TEXT,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: id=hunter2\r\nLocation: /x?y=hunter2\r\n\r\nok",
    ));
    bytes
}

/// A failing and a healthy request, in every kind of input, with the same secrets.
fn evidence() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let edge = |ray: &str, edge: u16, origin: u16| {
        format!(
            r#"{{"RayID":"{ray}","EdgeStartTimestamp":"2026-11-17T08:01:01Z","ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/pay?card=hunter2","EdgeResponseStatus":{edge},"OriginResponseStatus":{origin},"EdgeServerIP":"172.68.1.2","OriginIP":"10.0.0.5","ClientIP":"{VISITOR}","EdgeColoCode":"FRA","OriginTCPHandshakeDurationMs":7}}
"#
        )
    };
    let access = |ray: &str, status: u16| {
        format!(
            "172.68.1.2 - - [17/Nov/2026:08:01:01 +0000] \"GET /pay?card=hunter2 HTTP/1.1\" {status} 0 \"-\" \"Mozilla/5.0 Chrome/125.0.0.0\" {ray}-FRA\n"
        )
    };
    let entry = |ray: &str, status: u16| {
        format!(
            r#"{{"startedDateTime":"2026-11-17T08:01:01.000Z","time":12.5,"request":{{"method":"GET","url":"https://shop.example/pay?card=hunter2","httpVersion":"h2","headers":[{{"name":"cookie","value":"id=hunter2"}},{{"name":"authorization","value":"Basic hunter2"}}],"cookies":[{{"name":"id","value":"hunter2"}}]}},"response":{{"status":{status},"headers":[{{"name":"cf-ray","value":"{ray}-FRA"}},{{"name":"server","value":"cloudflare"}}]}},"timings":{{"wait":12.5}}}}"#
        )
    };
    let har = format!(
        r#"{{"log":{{"version":"1.2","creator":{{"name":"b","version":"1"}},"entries":[{},{}]}}}}"#,
        entry(RAY_TEXT, 520),
        entry(HEALTHY_TEXT, 200)
    );
    let error = format!(
        "2026/11/17 08:01:01 [error] 811#811: *4 connect() failed (111: Connection refused) while connecting to upstream, client: {VISITOR}, server: shop.example, request: \"GET /pay?card=hunter2 HTTP/1.1\", upstream: \"http://anna:hunter2@127.0.0.1:9000/pay?card=hunter2\", host: \"shop.example\", referrer: \"https://shop.example/?q=hunter2\"\n2026/11/17 08:01:02 [notice] 811#811: signal process started, token=hunter2 of {VISITOR}\n"
    );
    let files: [(&str, Vec<u8>); 6] = [
        ("edge.ndjson", (edge(RAY_TEXT, 520, 0) + &edge(HEALTHY_TEXT, 200, 200)).into_bytes()),
        ("access.log", (access(RAY_TEXT, 500) + &access(HEALTHY_TEXT, 200)).into_bytes()),
        ("error.log", error.into_bytes()),
        ("visit.har", har.into_bytes()),
        ("origin.pcap", capture()),
        (
            "changes.csv",
            format!("time,event\n2026-11-17T08:00:00Z,deployed by {VISITOR} with token=hunter2\n")
                .into_bytes(),
        ),
    ];
    for (name, bytes) in &files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// The tables of a folder of evidence, by their names, read back.
fn tables(evidence: &Path, redaction: Redaction) -> BTreeMap<String, DataFrame> {
    let written = tempfile::tempdir().unwrap();
    let found = crate::source::discover(&[evidence.to_owned()]).unwrap();
    let extraction = Extraction::default();
    let inputs = Inputs::open(found, &extraction);
    let partial = inputs.extract(&extraction, &|_| {});
    let (ranges, profile) = (extraction.ranges.clone(), extraction.profile.clone());
    let diagnosis = diagnose(Incident::of(partial, ranges, profile, Filter::default()));
    let redactor = redactor(&diagnosis.incident, redaction);
    let mut begin = |name: &str| Ok(std::fs::File::create(written.path().join(name)).unwrap());
    let redactor = super::write(&mut begin, &inputs, &extraction, &diagnosis.incident, redactor).unwrap();
    super::write_cases(&mut begin, &diagnosis, redactor).unwrap();
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, ParquetReader::new(std::fs::File::open(path).unwrap()).finish().unwrap())
    };
    std::fs::read_dir(written.path()).unwrap().map(|entry| read(entry.unwrap().path())).collect()
}

fn text(frame: &DataFrame, column: &str, row: usize) -> String {
    frame.column(column).unwrap().str().unwrap().get(row).unwrap().to_owned()
}

fn number(frame: &DataFrame, column: &str) -> i128 {
    frame.column(column).unwrap().get(0).unwrap().extract::<i128>().unwrap()
}

/// All values of all tables, printed; polars prints no instants without its time zones, which are not linked, and they hold no text.
fn printed(tables: &BTreeMap<String, DataFrame>) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for (name, frame) in tables {
        let columns = frame.columns().iter();
        for column in columns.filter(|column| !matches!(column.dtype(), DataType::Datetime(..))) {
            for row in 0..frame.height() {
                let place = format!("{name} {}", column.name());
                values.push((place, column.get(row).unwrap().to_string()));
            }
        }
    }
    values
}

/// A table of failures alone has no denominator.
#[test]
fn healthy_requests_are_in_every_table_under_the_same_ray() {
    let tables = tables(evidence().path(), Redaction::On);
    let shapes: Vec<(&str, usize)> =
        tables.iter().map(|(name, frame)| (name.as_str(), frame.height())).collect();
    let wanted = [
        ("access", 2),
        ("cases", 1),
        ("connections", 2),
        ("edge", 2),
        ("events", 1),
        ("exchanges", 2),
        ("har", 2),
        ("inputs", 6),
        ("messages", 2),
        ("settings", 0),
    ];
    assert_eq!(shapes, wanted);
    // What failed is told from what did not.
    for (name, failing) in [("exchanges", 1), ("access", 0), ("edge", 0), ("har", 0)] {
        let frame = &tables[name];
        let rays: Vec<Option<u64>> = frame.column("ray").unwrap().u64().unwrap().iter().collect();
        assert_eq!((rays[failing], rays[1 - failing]), (Some(RAY), Some(HEALTHY)), "{name}");
        assert_eq!(text(frame, "ray_text", failing), RAY_TEXT, "{name}");
        assert_eq!(text(frame, "colo", 1 - failing), "FRA", "{name}");
        if name != "har" {
            let failures = frame.column("failure").unwrap().str().unwrap();
            assert!(failures.get(failing).is_some() && failures.get(1 - failing).is_none(), "{name}");
        }
    }
    let streams: Vec<Option<u32>> =
        tables["exchanges"].column("tcp_stream").unwrap().u32().unwrap().iter().collect();
    assert_eq!(
        streams,
        [Some(1), Some(0)],
        "as Wireshark numbers them: what failed is over when its connection is"
    );
}

#[test]
fn a_case_names_its_cause_and_the_rows_that_tell_of_it() {
    let tables = tables(evidence().path(), Redaction::On);
    let cases = &tables["cases"];
    assert_eq!(
        (text(cases, "ray_text", 0), text(cases, "edge_input", 0)),
        (RAY_TEXT.to_owned(), "edge.ndjson".to_owned())
    );
    assert_eq!(
        (number(cases, "edge_line"), number(cases, "access_line"), number(cases, "connection_frame")),
        (1, 1, 1)
    );
    assert_eq!(text(cases, "outcome", 0), "closed");
    assert!(!text(cases, "cause", 0).is_empty());
}

#[test]
fn instants_keep_their_nanoseconds_and_their_zone_and_durations_their_unit() {
    let tables = tables(evidence().path(), Redaction::On);
    let column = tables["exchanges"].column("request_first_time").unwrap();
    let utc = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
    assert_eq!(column.dtype(), &utc);
    let expected = i64::from(SECONDS) * 1_000_000_000 + 3_000_000;
    assert_eq!(column.datetime().unwrap().physical().get(1), Some(expected));
    assert_eq!(number(&tables["connections"], "connecting_us"), 2_000);
    assert_eq!(number(&tables["edge"], "origin_tcp_us"), 7_000);
    assert_eq!(number(&tables["har"], "wait_us"), 12_500);
}

#[test]
fn tables_can_be_handed_on_without_visitors_secrets_of_queries_or_cookies() {
    let evidence = evidence();
    let redacted = tables(evidence.path(), Redaction::On);
    for (place, value) in printed(&redacted) {
        assert!(!value.contains("hunter2") && !value.contains(VISITOR), "{place}: {value}");
    }
    for row in 0..2 {
        assert_eq!(text(&redacted["exchanges"], "url_original", row), "/pay?card=[7]");
        assert_eq!(text(&redacted["edge"], "client_ip", row), "visitor-0001");
        assert_eq!(text(&redacted["exchanges"], "client_ip", row), "visitor-0001", "one name in all tables");
    }
    assert_eq!(text(&redacted["messages"], "upstream", 0), "http://…@127.0.0.1:9000/pay?card=[7]");
    assert_eq!(text(&redacted["access"], "user_agent_original", 0), "Mozilla/5.0 Chrome/125.0.0.0");
    let open = tables(evidence.path(), Redaction::Off);
    assert_eq!(text(&open["edge"], "client_ip", 1), VISITOR);
    assert_eq!(text(&open["access"], "url_original", 1), "/pay?card=hunter2");
    let cookies =
        printed(&open).into_iter().filter(|(place, _)| place.contains("cookie") || place.contains("header"));
    for (place, value) in cookies {
        assert!(!value.contains("hunter2"), "{place}: {value}");
    }
}

#[test]
fn a_query_finds_its_columns_also_where_there_is_no_evidence_of_a_kind() {
    let full = tables(evidence().path(), Redaction::On);
    let nothing = tempfile::tempdir().unwrap();
    for (name, empty) in tables(nothing.path(), Redaction::On) {
        assert_eq!((empty.height(), empty.schema()), (0, full[&name].schema()), "{name}");
    }
}

/// Lines of several blocks and row groups, read by several threads.
#[test]
fn the_rows_of_a_long_log_come_in_the_order_of_its_lines() {
    const LINES: u64 = 40_000;
    let folder = tempfile::tempdir().unwrap();
    let line = |n: u64| {
        format!(
            "172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] \"GET /a?id={n} HTTP/1.1\" 200 {n} \"-\" \"curl/8\"\n"
        )
    };
    std::fs::write(folder.path().join("access.log"), (0..LINES).map(line).collect::<String>()).unwrap();
    let tables = tables(folder.path(), Redaction::On);
    let column = |name: &str| -> Vec<Option<u64>> {
        tables["access"].column(name).unwrap().u64().unwrap().iter().collect()
    };
    assert_eq!(column("line"), (1..=LINES).map(Some).collect::<Vec<_>>());
    assert_eq!(column("http_response_body_bytes"), (0..LINES).map(Some).collect::<Vec<_>>());
}

/// The columns that docs/tables.md tells of a table, with their types.
fn documented() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = include_str!("../../docs/tables.md");
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut table = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## `").and_then(|rest| rest.split_once(".parquet`")) {
            table = Some(name.0.to_owned());
        } else if line.starts_with("## ") {
            table = None;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let (Some(table), [_, names, kind, ..]) = (&table, cells.as_slice())
            && names.starts_with('`')
        {
            let columns = tables.entry(table.clone()).or_default();
            for name in names.split(", ") {
                columns.insert(name.trim_matches('`').to_owned(), (*kind).to_owned());
            }
        }
    }
    tables
}

/// A person who writes a query has nothing but the documentation.
#[test]
fn every_column_is_documented_with_its_type_and_no_other() {
    let kind = |dtype: &DataType| match dtype {
        DataType::String => "text".to_owned(),
        DataType::Datetime(..) => "instant".to_owned(),
        DataType::List(inner) => format!(
            "list of {}",
            if **inner == DataType::String { "text".to_owned() } else { inner.to_string() }
        ),
        DataType::Boolean => "bool".to_owned(),
        other => other.to_string(),
    };
    let nothing = tempfile::tempdir().unwrap();
    let written: BTreeMap<String, BTreeMap<String, String>> = tables(nothing.path(), Redaction::On)
        .into_iter()
        .map(|(name, frame)| {
            let columns = frame.columns().iter();
            (name, columns.map(|column| (column.name().to_string(), kind(column.dtype()))).collect())
        })
        .collect();
    for (name, columns) in &written {
        let documented = documented().remove(name).unwrap_or_default();
        let missing: Vec<String> = columns
            .iter()
            .filter(|(name, kind)| documented.get(*name) != Some(kind))
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        let beyond: Vec<&String> = documented.keys().filter(|name| !columns.contains_key(*name)).collect();
        assert!(
            missing.is_empty() && beyond.is_empty(),
            "{name}: not told {missing:?}, not there {beyond:?}"
        );
        let durations =
            columns.iter().filter(|(name, _)| name.ends_with("_us")).all(|(_, kind)| kind == "i64");
        let instants = columns.iter().filter(|(_, kind)| *kind == "instant").all(|(name, _)| {
            name.ends_with("_time") || matches!(name.as_str(), "timestamp" | "event_start" | "event_end")
        });
        assert!(durations && instants, "{name}: instants and durations are told apart by their names");
    }
    assert_eq!(documented().keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
}
