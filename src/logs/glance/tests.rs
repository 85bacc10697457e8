//! If one of these fails, a line is counted as something else than it says, or a damaged one as a sound one.

use proptest::prelude::*;

use super::{AccessGlance, EdgeGlance, Glance};
use crate::logs::row::edge::RequestSource;
use crate::logs::{AccessFormat, Dataset, LogFormat, Parsed, TextContent, recognise};

/// Logs of every layout that can be told at a glance, two lines each.
const LAYOUTS: [&str; 9] = [
    r#"{"RayID":"9c1f00aa12bc34d1","EdgeStartTimestamp":1794902461123000000,"EdgeEndTimestamp":1794902461143000000,"ClientRequestHost":"shop.example","ClientRequestSource":"eyeball","EdgeServerIP":"172.68.10.9","EdgeResponseStatus":200,"OriginResponseStatus":200,"Ratio":1.25,"Tags":["a",{"b":null}],"WorkerSubrequest":false}
{"RayID":"9c1f00aa12bc34d2","EdgeStartTimestamp":1794902467250000000,"EdgeEndTimestamp":1794902467285000000,"ClientRequestHost":"shop.example","ClientRequestSource":"edgeWorkerFetch","EdgeServerIP":"","EdgeResponseStatus":304,"OriginResponseStatus":0,"Ratio":-0.5,"Tags":["c",{"b":true}],"WorkerSubrequest":true}
"#,
    r#"{"EdgeStartTimestamp":"2026-11-17T08:01:01Z","EdgeEndTimestamp":"2026-11-17T08:01:02Z","RayID":"9c1f00aa12bc34d1","EdgeResponseStatus":"520","OriginResponseStatus":"0","EdgeServerIP":"2a06:98c0::1","ClientRequestURI":"/a b","SampleInterval":10}
{"EdgeStartTimestamp":"2026-11-17T08:01:41.875Z","EdgeEndTimestamp":"2026-11-17T08:02:02Z","RayID":"9c1f00aa12bc34d2-FRA","EdgeResponseStatus":"200","OriginResponseStatus":null,"EdgeServerIP":null,"ClientRequestURI":"/é","SampleInterval":1}
"#,
    r#"{ "datetime": "2026-11-17T08:01:01Z", "clientRequestHTTPHost": "", "requestSource": 1, "edgeResponseStatus": 200, "rayName": "9c1f00aa12bc34d1", "ResponseHeaders": {} }
{ "datetime": "2026-11-17T08:01:02Z", "clientRequestHTTPHost": "a.example", "requestSource": 4, "edgeResponseStatus": 499, "rayName": "", "ResponseHeaders": {} }
"#,
    r#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "GET /cart?id=1 HTTP/1.1" 200 512 "https://shop.example/" "Mozilla/5.0 (X11)" 0.402 "9c1f00aa12bc34d1-FRA" shop.example
172.68.10.9 - ann [17/Nov/2026:08:01:59 +0000] "POST /a HTTP/2.0" 502 - "-" "-" 12.000 "-" shop.example
"#,
    r#"198.51.100.7 - - [17/Nov/2026:09:01:01 +0100] "GET /a HTTP/1.1" 200 12 "-" "curl/8" rt=0.012 uct=0.000 urt=0.010 cf_ray=9c1f00aa12bc34d1 trace=4bf92f3577b34da6
198.51.100.8 - - [17/Nov/2026:09:01:03 +0100] "GET /b HTTP/1.1" 404 12 "-" "curl/8" rt=0.001 uct=- urt=- cf_ray=9c1f00aa12bc34d2 trace=4bf92f3577b34da7
"#,
    r#"2026-11-17T08:01:01.123+00:00 shop.example 172.68.10.9:41022 "GET /a HTTP/1.1" 200 512 0.004 4bf92f3577b34da6
2026-11-17T08:01:02.001+00:00 shop.example 172.68.10.9:41023 "GET /b HTTP/1.1" 200 512 0.005 4bf92f3577b34da7
"#,
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"\n",
    "$remote_addr:$remote_port [$time_iso8601] $msec \"$request\" $status rt=$request_time ua=\"$upstream_addr\" us=$upstream_status ray=$http_cf_ray $host\n",
    "%h %l %u %t \"%r\" %>s %b %D \"%{CF-Ray}i\" %v %X\n",
];

/// Lines of the formats that stand in the list as format strings.
const LINES: [&str; 3] = [
    "172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] \"GET /cart?id=1 HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"",
    "172.68.10.9:41022 [2026-11-17T08:01:01+00:00] 1794902461.123 \"GET / HTTP/1.1\" 200 rt=0.402 ua=\"10.0.0.1:80, 10.0.0.2:80\" us=502, 200 ray=9c1f00aa12bc34d1-FRA shop.example",
    "172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] \"GET / HTTP/1.1\" 200 - 402 \"9c1f00aa12bc34d1-FRA\" shop.example +",
];

fn format_and_lines(layout: usize) -> (LogFormat, Vec<Vec<u8>>) {
    let text = LAYOUTS[layout];
    if let Some(line) = layout.checked_sub(LAYOUTS.len() - LINES.len()).map(|index| LINES[index]) {
        let format = AccessFormat::parse(text).expect("a format");
        return (LogFormat::new(format), vec![line.as_bytes().to_vec()]);
    }
    let TextContent::Log(format) = recognise(text.as_bytes()) else { panic!("no log: {text}") };
    (format, text.lines().map(|line| line.as_bytes().to_vec()).collect())
}

/// What a row tells at a glance.
fn at_a_glance(parsed: &Parsed) -> Option<Glance<'_>> {
    Some(match parsed {
        Parsed::Edge(record) => Glance::Edge(EdgeGlance {
            start: record.start,
            end: record.end,
            ray: record.ray,
            host: record.host.as_deref().map(str::as_bytes),
            edge_status: record.edge_status,
            origin_status: record.origin_status,
            went_to_origin: record.edge_address.is_some(),
            is_visitors: record.source != RequestSource::EdgeItself
                && !record.worker_subrequest
                && record.parent_ray.is_none(),
            stands_for: record.stands_for(),
        }),
        Parsed::Access(line) => Glance::Access(AccessGlance {
            time: line.time,
            start: line.start(),
            status: line.status,
            ray: line.ray.map(|ray| ray.ray),
            possible_ray: line.possible_ray,
            host: line.host.as_deref().map(str::as_bytes),
            method: line.method.as_deref().map(str::as_bytes),
            target: line.target.as_deref().map(str::as_bytes),
        }),
        _ => return None,
    })
}

/// What the parser gives must be what is told at a glance, if anything is.
fn assert_same(format: &LogFormat, learned: &[Vec<u8>], line: &[u8]) -> bool {
    let mut reader = format.reader(None);
    learned.iter().for_each(|line| reader.learn(line));
    // Twice: the first look may remember something of the line.
    // A host is told in the case in which it is written.
    let shown = |told: Glance<'_>| {
        let Glance::Access(told) = told else { return format!("{told:?}") };
        let host = told.host.map(|host| host.to_ascii_lowercase());
        let target = told.target.map(|target| String::from_utf8_lossy(target).into_owned());
        format!("{:?} {host:?} {target:?}", AccessGlance { host: None, target: None, ..told })
    };
    // What is told before the end of a line is known must be what is told of the line up to its end.
    let text = [line, b"\n", line].concat();
    let ahead = reader.glance_ahead(&text).map(|(told, length)| (shown(told), length));
    if let Some((told, length)) = ahead {
        let whole = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        assert_eq!(length, whole.len(), "{}", String::from_utf8_lossy(&text));
        let parsed = reader.parse(crate::text::line::trimmed(whole));
        assert_eq!(at_a_glance(&parsed).map(shown), Some(told), "{}", String::from_utf8_lossy(&text));
    }
    let holds_backslash = line.contains(&b'\\');
    let told = reader.glance(line, holds_backslash).map(shown);
    assert_eq!(told, reader.glance(line, holds_backslash).map(shown));
    let parsed = reader.parse(line);
    assert_eq!(reader.row(line, holds_backslash), parsed, "{}", String::from_utf8_lossy(line));
    if let Parsed::Edge(record) = &parsed
        && told.is_some()
    {
        let plain = record.dataset == Dataset::Requests;
        assert!(plain && record.request_headers.is_empty() && record.response_headers.is_empty());
    }
    if let Parsed::Access(row) = &parsed
        && told.is_some()
    {
        assert_eq!((&row.odd_request_line, row.ending()), (&None, None));
    }
    let parsed = at_a_glance(&parsed).map(shown);
    assert!(told.is_none() || told == parsed, "{}\n{told:?}\n{parsed:?}", String::from_utf8_lossy(line));
    told.is_some()
}

/// Otherwise the records of a large log are looked at three times, not once.
#[test]
fn a_record_of_usual_values_is_told_before_its_end_is_known() {
    let (format, lines) = format_and_lines(1);
    let mut reader = format.reader(None);
    reader.learn(&lines[0]);
    let text = [&lines[0][..], b"\r\n", &lines[1]].concat();
    assert_eq!(reader.glance_ahead(&text).map(|(_, length)| length), Some(lines[0].len() + 1));
    assert!(reader.glance_ahead(&lines[0]).is_none(), "without a line feed more may follow");
}

/// The same of access lines.
#[test]
fn a_line_of_printed_ascii_is_told_before_its_end_is_known() {
    for layout in [3, 4, 5] {
        let (format, lines) = format_and_lines(layout);
        let mut reader = format.reader(None);
        reader.learn(&lines[0]);
        for line_end in ["\n", "\r\n"] {
            let text = [&lines[0][..], line_end.as_bytes(), &lines[1]].concat();
            let length = reader.glance_ahead(&text).map(|(_, length)| length);
            assert_eq!(
                length,
                Some(lines[0].len() + line_end.len() - 1),
                "{}",
                String::from_utf8_lossy(&text)
            );
        }
        let tabbed = [&lines[0][..], b"\t\n", &lines[1]].concat();
        assert!(reader.glance_ahead(&tabbed).is_none(), "what else may stand in a line, the parser knows");
    }
}

#[test]
fn lines_of_the_layout_that_was_learned_are_told_at_a_glance() {
    for layout in 0..LAYOUTS.len() {
        let (format, lines) = format_and_lines(layout);
        for line in &lines {
            assert!(assert_same(&format, &lines, line), "{}", String::from_utf8_lossy(line));
        }
    }
}

/// Bytes that mean something to one of the formats.
const TELLING: &[u8] = b"\"\\{}[],: =-#0129.abfnTxZ+eE\t\n\x00\x7f\xc3\xa9\xff";

#[derive(Clone, Debug)]
enum Mutation {
    Put(usize, u8),
    Insert(usize, u8),
    Remove(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0usize..600;
    let byte = proptest::sample::select(TELLING);
    prop_oneof![
        (at.clone(), byte.clone()).prop_map(|(at, byte)| Mutation::Put(at, byte)),
        (at.clone(), byte).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        (at.clone(), 1usize..12).prop_map(|(at, length)| Mutation::Remove(at, length)),
        (at.clone(), 1usize..60).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        at.prop_map(Mutation::Cut),
    ]
}

fn mutate(line: &mut Vec<u8>, mutation: &Mutation) {
    let within = |at: usize| at % line.len().max(1);
    match *mutation {
        _ if line.is_empty() => {}
        Mutation::Put(at, byte) => {
            let at = within(at);
            line[at] = byte;
        }
        Mutation::Insert(at, byte) => line.insert(within(at), byte),
        Mutation::Remove(at, length) => {
            let at = within(at);
            line.drain(at..(at + length).min(line.len()));
        }
        Mutation::Repeat(at, length) => {
            let at = within(at);
            let part = line[at..(at + length).min(line.len())].to_vec();
            line.splice(at..at, part);
        }
        Mutation::Cut(at) => line.truncate(within(at)),
    }
}

proptest! {
    /// Lengths that were expected of values are expected no longer where others are as frequent.
    #[test]
    fn a_record_is_told_whatever_lengths_its_values_had_before(
        records in proptest::collection::vec(("[a-z]{0,3}", "/[a-z]{0,40}", 0u32..70_000, 0u32..20), 1..120),
    ) {
        let line = |(host, path, bytes, status): &(String, String, u32, u32)| {
            let status = if *status == 0 { 99 } else { 200 };
            format!(
                r#"{{"ClientRequestHost":"{host}","ClientRequestURI":"{path}","EdgeResponseBytes":{bytes},"EdgeResponseStatus":{status},"EdgeStartTimestamp":1794902461123000000,"RayID":"9c1f00aa12bc34d1"}}"#
            )
        };
        let lines: Vec<String> = records.iter().map(line).collect();
        let TextContent::Log(format) = recognise(lines.join("\n").as_bytes()) else { panic!("no log") };
        let mut reader = format.reader(None);
        reader.learn(lines[0].as_bytes());
        for line in &lines {
            let text = format!("{line}\n{line}");
            let (told, length) = reader.glance_ahead(text.as_bytes()).expect("a record of the layout");
            prop_assert_eq!(length, line.len());
            let parsed = format.reader(None).parse(line.as_bytes());
            prop_assert_eq!(at_a_glance(&parsed), Some(told));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn a_glance_tells_what_the_parser_tells_of_any_damaged_line(
        layout in 0..LAYOUTS.len(),
        which in 0usize..2,
        mutations in proptest::collection::vec(mutation(), 0..4),
        learned in proptest::collection::vec(mutation(), 0..3),
    ) {
        let (format, lines) = format_and_lines(layout);
        let mut line = lines[which % lines.len()].clone();
        // What is learned may be damaged as well, as long as the parser makes a row of it.
        let mut odd = line.clone();
        learned.iter().for_each(|mutation| mutate(&mut odd, mutation));
        let is_row = matches!(format.reader(None).parse(&odd), Parsed::Edge(_) | Parsed::Access(_));
        let learned: Vec<Vec<u8>> = if is_row { vec![odd, line.clone()] } else { lines.clone() };
        mutations.iter().for_each(|mutation| mutate(&mut line, mutation));
        assert_same(&format, &learned, &line);
    }
}
