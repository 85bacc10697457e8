//! Requests that failed in captures: each is kept with its connection, and is a case.

use std::ops::Range;
use std::path::Path;

use super::raw_capture::{Conversation, RawCapture};
use super::report;

/// As nginx says it.
const PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr>\
                    <center>nginx/1.27.1</center>\r\n</body>\r\n</html>\r\n";
/// Microseconds between two connections: those of 30 seconds, which wait for stragglers, are not all there are.
const APART: u32 = 10_000;
/// The same where all of them wait.
const AT_ONCE: u32 = 333;

/// What the edge sends for a visitor.
fn request(number: u32) -> Vec<u8> {
    format!(
        "GET /cart/{}/item?id={number} HTTP/1.1\r\nHost: shop.example\r\nCF-RAY: {:016x}-FRA\r\nCF-Connecting-IP: \
         198.51.{}.{}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/{}.0.0.0 Safari/537.36\r\n\r\n",
        number % 5_000,
        0x9c1f_0000_0000_0000_u64 + u64::from(number) * 7_919,
        number / 250 % 250,
        number % 250,
        100 + number % 40
    )
    .into_bytes()
}

/// A capture of connections with so many requests each, all of which the origin answers with 502; or with one request each, which it
/// closes without a word. They are so many microseconds apart.
fn write(path: &Path, connections: Range<u32>, requests: Option<u32>, apart: u32) -> std::io::Result<()> {
    let length = PAGE.len();
    let answer =
        format!("HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Length: {length}\r\n\r\n{PAGE}")
            .into_bytes();
    let mut capture = RawCapture::create(path)?;
    for (number, at) in connections.zip(0..) {
        let mut connection = Conversation::of(number, 80, at * apart);
        connection.opens(&mut capture)?;
        let each = requests.unwrap_or(1);
        for of_connection in 0..each {
            connection.says(&mut capture, 0, 0x18, &request(number * each + of_connection))?;
            connection.says(&mut capture, 1, 0x10, &[])?;
            if requests.is_some() {
                connection.says(&mut capture, 1, 0x18, &answer)?;
                connection.says(&mut capture, 0, 0x10, &[])?;
            }
        }
        connection.closes(&mut capture)?;
    }
    capture.end()
}

/// The report on such a capture, made within so many mebibytes.
fn told(connections: u32, requests: Option<u32>, apart: u32, mebibytes: u64) -> serde_json::Value {
    told_with(connections, requests, apart, mebibytes, &["--threads", "1"])
}

fn told_with(
    connections: u32,
    requests: Option<u32>,
    apart: u32,
    mebibytes: u64,
    options: &[&str],
) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let capture = folder.path().join("failing.pcap");
    write(&capture, 0..connections, requests, apart).expect("the capture");
    report(&capture, mebibytes, options)
}

/// 148 MiB were not enough when a list of one took memory of its own, 176 MiB when a row had room for all that a connection may show.
#[test]
fn requests_that_nobody_answers_are_all_told_one_on_each_connection() {
    const CONNECTIONS: u32 = 60_000;
    let told = told(CONNECTIONS, None, APART, 148);
    assert_eq!(told["totals"]["failed_requests"], CONNECTIONS);
}

/// 220 MiB were not enough when a closed connection kept all that an open one has.
#[test]
fn requests_that_nobody_answers_are_all_told_while_their_connections_wait_for_stragglers() {
    const CONNECTIONS: u32 = 60_000;
    let told = told(CONNECTIONS, None, AT_ONCE, 180);
    assert_eq!(told["totals"]["failed_requests"], CONNECTIONS);
}

/// 144 MiB were not enough when, beside that, each held the names and the page that all have.
#[test]
fn requests_that_fail_ten_on_each_connection_are_all_told() {
    const CONNECTIONS: u32 = 6_000;
    let told = told(CONNECTIONS, Some(10), APART, 128);
    assert_eq!(told["totals"]["failed_requests"], 10 * CONNECTIONS);
}

/// A connection keeps ten thousand of its failures, and all are counted.
#[test]
fn one_connection_without_end_fits_and_says_what_is_not_judged() {
    const REQUESTS: u32 = 60_000;
    let told = told(1, Some(REQUESTS), APART, 80);
    assert_eq!(told["totals"]["failures"], 10_000);
    assert_eq!(told["totals"]["unjudged_failures"], 50_000);
    assert_eq!(told["totals"]["failed_requests"], REQUESTS);
    assert_eq!(told["totals"]["requests"], REQUESTS);
    let notes = told["coverage"]["notes"].to_string();
    assert!(notes.contains("50,000 captured requests more failed or got no answer"), "{notes}");
}

/// A log of the same time has told of each of them: none is counted twice.
#[test]
fn what_a_connection_does_not_keep_is_counted_once_where_a_log_tells_of_it() {
    const REQUESTS: u32 = 12_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder.path().join("failing.pcap"), 0..1, Some(REQUESTS), APART).expect("the capture");
    let mut log = String::new();
    for number in 0..REQUESTS {
        let ray = 0x9c1f_0000_0000_0000_u64 + u64::from(number) * 7_919;
        log.push_str(&format!(
            "172.68.0.0 - - [17/Nov/2026:08:00:00 +0000] \"GET /cart/{}/item?id={number} HTTP/1.1\" 502 {} \"-\" \"Chrome\" 0.001 \
             \"{ray:016x}-FRA\"\n",
            number % 5_000,
            PAGE.len()
        ));
    }
    std::fs::write(folder.path().join("access.log"), log).expect("the log");
    let told = report(folder.path(), 256, &[]);
    assert_eq!(told["totals"]["failed_requests"], REQUESTS);
}

/// With 32 MiB so many are judged on connections of one kind.
const JUDGED: u64 = 16_384;

/// 96 MiB were not enough when each had its row.
#[test]
fn of_more_failing_connections_than_fit_a_sample_is_judged_and_all_requests_are_counted() {
    for (connections, requests) in [(60_000, None), (6_000, Some(10))] {
        let all = u64::from(connections * requests.unwrap_or(1));
        let options = |threads| ["--memory", "32M", "--threads", threads];
        let told = told_with(connections, requests, APART, 96, &options("1"));
        assert_eq!(told["totals"]["failed_requests"], all);
        assert_eq!(told["totals"]["requests"], all);
        let judged = told["totals"]["failures"].as_u64().expect("a count");
        // Each shard has its part.
        assert!((JUDGED * 9 / 10..=JUDGED).contains(&judged), "{judged}");
        assert_eq!(told["totals"]["unjudged_failures"], all - judged);
        let notes = told["coverage"]["notes"].to_string();
        assert!(notes.contains("captured requests more failed on so many connections"), "{notes}");
        let again = told_with(connections, requests, APART, 128, &options("2"));
        assert_eq!(again["totals"], told["totals"]);
        assert_eq!(again["causes"], told["causes"]);
    }
}

/// With three captures of other connections each, three times as many were judged: the memory followed the number of captures.
#[test]
fn of_several_captures_no_more_are_judged_than_of_one() {
    const EACH: u32 = 18_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    for capture in 0..3 {
        let connections = capture * EACH..(capture + 1) * EACH;
        write(&folder.path().join(format!("{capture}.pcap")), connections, None, APART).expect("a capture");
    }
    let told = report(folder.path(), 96, &["--memory", "32M", "--threads", "1"]);
    let totals = &told["totals"];
    assert_eq!(totals["failed_requests"], 3 * EACH);
    let judged = totals["failures"].as_u64().expect("a count");
    assert!((JUDGED * 9 / 10..=JUDGED).contains(&judged), "{judged}");
    assert_eq!(totals["unjudged_failures"], u64::from(3 * EACH) - judged);
    let again = report(folder.path(), 128, &["--memory", "32M", "--threads", "2"]);
    assert_eq!(again["totals"], told["totals"]);
    assert_eq!(again["causes"], told["causes"]);
}

/// What a log names is found, however many others failed.
#[test]
fn a_ray_that_a_log_names_is_judged_whatever_is_let_go() {
    const CONNECTIONS: u32 = 40_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder.path().join("failing.pcap"), 0..CONNECTIONS, None, APART).expect("the capture");
    let mut log = String::new();
    for number in (0..CONNECTIONS).step_by(2_000) {
        let ray = 0x9c1f_0000_0000_0000_u64 + u64::from(number) * 7_919;
        log.push_str(&format!(
            "{{\"RayID\":\"{ray:016x}\",\"EdgeStartTimestamp\":\"2026-11-17T08:00:00Z\",\"EdgeEndTimestamp\":\"2026-11-17T08:10:00Z\",\
             \"ClientRequestHost\":\"shop.example\",\"EdgeResponseStatus\":520,\"OriginResponseStatus\":0}}\n"
        ));
    }
    std::fs::write(folder.path().join("edge.ndjson"), log).expect("the log");
    let told = report(folder.path(), 128, &["--memory", "32M"]);
    let totals = &told["totals"];
    assert_eq!(totals["rays"]["joined_edge_log"], 20);
    assert!(totals["failures"].as_u64() >= Some(JUDGED + 10), "{totals}");
    // No log tells of the others.
    assert_eq!(totals["failed_requests"], CONNECTIONS);
}
