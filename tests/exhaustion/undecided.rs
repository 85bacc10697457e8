//! Connections of which the packets alone do not tell whether they carried what another source says failed, and handshakes that fail: as many as a capture holds.

use std::path::Path;

use super::raw_capture::{Conversation, RawCapture};
use super::report;

const CONNECTIONS: u32 = 60_000;
/// Of the edge, from which they come.
const ADDRESSES: u32 = CONNECTIONS / 50;
/// With 32 MiB so many connections are judged that failed, and so many kept that may have carried what failed.
const JUDGED: u64 = 16_384;
const KEPT: u64 = JUDGED / 2;
/// TLS 1.2 (RFC 5246, 7.4.1.2): a ClientHello of one cipher suite, without extensions.
const HELLO: &[u8] = b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03ABCDEFGHABCDEFGHABCDEFGHABCDEFGH\x00\x00\x02\xc0\x2f\x01\x00";
/// A ServerHello of TLS 1.2 (7.4.1.3) and an end of the handshake that nobody can read.
const HELLO_BACK: &[u8] = b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03ABCDEFGHABCDEFGHABCDEFGHABCDEFGH\x00\xc0\x2f\x00\x14\x03\x03\x00\x01\x01";
/// A fatal alert: handshake_failure.
const ALERT: &[u8] = b"\x15\x03\x03\x00\x02\x02\x28";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A capture of connections a hundredth of a second apart, on each of which the edge and the origin say one thing.
fn write(path: &Path, port: u16, asked: &[u8], answered: &[u8]) -> std::io::Result<()> {
    let mut capture = RawCapture::create(path)?;
    for number in 0..CONNECTIONS {
        let mut connection = Conversation::of(number, port, number * 10_000);
        connection.opens(&mut capture)?;
        connection.says(&mut capture, 0, 0x18, asked)?;
        connection.says(&mut capture, 1, 0x18, answered)?;
        connection.says(&mut capture, 0, 0x10, &[])?;
        connection.closes(&mut capture)?;
    }
    capture.end()
}

/// The report on such a capture beside the edge's records of failing requests, one from each of its addresses and half a second after the other.
fn told(mebibytes: u64, write: impl FnOnce(&Path) -> std::io::Result<()>) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder.path().join("origin.pcap")).expect("the capture");
    let mut log = String::new();
    for number in 0..ADDRESSES {
        let [_, b, c, d] = number.to_be_bytes();
        log.push_str(&format!(
            "{{\"RayID\":\"{:016x}\",\"EdgeStartTimestamp\":\"2026-11-17T08:{:02}:{:02}Z\",\"EdgeServerIP\":\"172.{}.{c}.{d}\",\"OriginIP\":\
             \"203.0.113.10\",\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/cart\",\
             \"EdgeResponseStatus\":520,\"OriginResponseStatus\":0}}\n",
            0x9c1f_0000_0000_0000_u64 + u64::from(number) * 7_919,
            number / 120,
            number / 2 % 60,
            68 + b
        ));
    }
    std::fs::write(folder.path().join("edge.ndjson"), log).expect("the log");
    report(folder.path(), mebibytes, &["--memory", "32M", "--threads", "1"])
}

/// The number before these words in the notes of the coverage.
fn counted_before(words: &str, told: &serde_json::Value) -> u64 {
    let notes = told["coverage"]["notes"].to_string();
    let (before, _) = notes.split_once(words).expect("a note");
    let count = before.rsplit('"').next().expect("a number").replace(',', "");
    count.parse().expect("a number")
}

/// That all requests are counted, and that it is said how many connections are not among those that are joined with them.
fn assert_told(told: &serde_json::Value) {
    assert_eq!(told["totals"]["failed_requests"], ADDRESSES);
    let let_go = counted_before(" connections more may have carried a failing request", told);
    let kept = u64::from(CONNECTIONS) - let_go;
    assert!((KEPT * 9 / 10..=KEPT).contains(&kept), "{kept}");
}

/// Whoever logs no ray at the origin has every request of a URL that failed once looked at.
#[test]
fn of_requests_without_a_ray_of_a_url_that_failed_a_sample_is_looked_at() {
    let asked = b"GET /cart HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    let told = told(96, |path| write(path, 80, asked, OK));
    assert_told(&told);
}

#[test]
fn of_encrypted_connections_of_addresses_with_failures_a_sample_is_looked_at() {
    let told = told(96, |path| write(path, 443, HELLO, HELLO_BACK));
    assert_told(&told);
}

/// An origin that shares no cipher suite with the edge fails every connection.
#[test]
fn of_handshakes_that_fail_a_sample_is_judged_and_the_others_are_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let capture = folder.path().join("origin.pcap");
    write(&capture, 443, HELLO, ALERT).expect("the capture");
    let told = report(&capture, 96, &["--memory", "32M", "--threads", "1"]);
    let judged = told["totals"]["failures"].as_u64().expect("a count");
    assert!((JUDGED * 9 / 10..=JUDGED).contains(&judged), "{judged}");
    assert_eq!(told["totals"]["unjudged_failures"], u64::from(CONNECTIONS) - judged);
    assert_eq!(told["totals"]["failed_connections"], CONNECTIONS);
    assert_eq!(told["totals"]["failure_rate"], 1.0);
    assert_eq!(counted_before(" connections more failed", &told), u64::from(CONNECTIONS) - judged);
}
