//! What failing requests cost in memory: as many of them as one per cent of two large logs, under a limit of what the program may allocate.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::process::Command;

/// One in a hundred of 2.2 million.
const FAILING: u32 = 22_000;
/// What the program may have, in KiB (`ulimit -d`: heap, stacks and all other private memory that can be written).
const MOST_KIB: u32 = 96 * 1024;

#[test]
fn two_logs_of_twenty_two_thousand_failing_requests_are_joined_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (mut edge, mut access) = (String::new(), String::new());
    for number in 0..FAILING {
        let (second, ray) = (number / 370, 0x9c1f_0000_0000_0000_u64 + u64::from(number) * 7919);
        let target = format!("/cart/{}/item?id={number}&x=abc", number % 5000);
        writeln!(
            edge,
            "{{\"ClientIP\":\"198.51.100.{}\",\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\
             \"ClientRequestURI\":\"{target}\",\"ClientRequestUserAgent\":\"Mozilla/5.0 (X11; Linux x86_64) Chrome/{}.0.0.0 \
             Safari/537.36\",\"EdgeColoCode\":\"FRA\",\"EdgeStartTimestamp\":\"2026-11-17T08:01:{second:02}.100Z\",\
             \"EdgeEndTimestamp\":\"2026-11-17T08:01:{second:02}.300Z\",\"EdgeResponseStatus\":502,\"EdgeServerIP\":\
             \"172.68.1.{}\",\"OriginIP\":\"203.0.113.10\",\"OriginResponseStatus\":502,\"RayID\":\"{ray:016x}\"}}",
            number % 250,
            100 + number % 40,
            number % 200,
        )
        .unwrap();
        writeln!(
            access,
            "172.68.1.{} - - [17/Nov/2026:08:01:{second:02} +0000] \"GET {target} HTTP/1.1\" 502 431 \"-\" \"Mozilla/5.0 (X11; Linux \
             x86_64) Chrome/{}.0.0.0 Safari/537.36\" \"{ray:016x}-FRA\"",
            number % 200,
            100 + number % 40,
        )
        .unwrap();
    }
    std::fs::write(folder.path().join("edge.log"), edge).unwrap();
    std::fs::write(folder.path().join("access.log"), access).unwrap();
    let out = folder.path().join("report");
    let run = Command::new("sh")
        .args(["-c", "ulimit -d \"$1\" && shift && exec \"$@\"", "sh", &MOST_KIB.to_string()])
        .args([env!("CARGO_BIN_EXE_rayscope"), "diagnose", "--threads", "1", "--format", "quiet", "--out"])
        .args([out.as_os_str(), folder.path().join("edge.log").as_os_str()])
        .arg(folder.path().join("access.log"))
        .output()
        .unwrap();
    assert!(run.status.code().is_some_and(|code| code <= 1), "{}", String::from_utf8_lossy(&run.stderr));
    let report = std::fs::read_to_string(out.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["totals"]["failed_requests"], FAILING);
    assert_eq!(report["totals"]["rays"]["joined_origin_log"], FAILING);
}
