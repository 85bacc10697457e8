//! What failing requests cost in memory: as many of them as one per cent of two large logs, and few of which the URL is asked all day long, under
//! a limit of what the program may allocate.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot write its data has failed")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// One in a hundred of 2.2 million.
const FAILING: u32 = 22_000;
/// Lines of the second one.
const HEALTHY: u32 = 240_000;
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
    let report = diagnosed(folder.path(), &edge, &access);
    assert_eq!(report["totals"]["failed_requests"], FAILING);
    assert_eq!(report["totals"]["rays"]["joined_origin_log"], FAILING);
}

/// Otherwise one failing health check costs as much memory as all healthy ones of the log.
#[test]
fn lines_without_a_ray_that_ask_for_what_failed_are_kept_near_the_failing_requests_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (mut edge, mut access) = (String::new(), String::new());
    for number in 0..HEALTHY {
        let (minute, second) = (number / 60 / 60 % 60, number / 60 % 60);
        let time = |hour: u32| format!("{:02}:{minute:02}:{second:02}", hour + number / 60 / 60 / 60);
        // One in two hundred asks for what nobody else asks for. Of the others three fail, and nobody asks the same near them.
        let from_failing = (number % 80_000).abs_diff(10_000);
        let (unique, failing) = (number % 200 == 7, from_failing == 0);
        let target = match (unique, from_failing) {
            (true, _) => format!("/item/{number}"),
            (false, 1..1_800) => "/other".to_owned(),
            (false, _) => "/".to_owned(),
        };
        if failing || unique {
            writeln!(
                edge,
                "{{\"RayID\":\"{:016x}\",\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\
                 \"{target}\",\"EdgeStartTimestamp\":\"2026-11-17T{}.100Z\",\"EdgeEndTimestamp\":\"2026-11-17T{}.300Z\",\
                 \"EdgeResponseStatus\":{},\"EdgeServerIP\":\"172.68.1.1\",\"OriginIP\":\"203.0.113.10\",\"OriginResponseStatus\":{}}}",
                0x9c1f_0000_0000_0000_u64 + u64::from(number) * 7919,
                time(8),
                time(8),
                if failing { 520 } else { 200 },
                if failing { 0 } else { 200 },
            )
            .unwrap();
        }
        // The origin's clock is an hour ahead.
        writeln!(
            access,
            "172.68.1.1 - - [17/Nov/2026:{} +0000] \"GET {target} HTTP/1.1\" 200 431 \"-\" \"Mozilla/5.0 (X11; Linux x86_64) \
             Chrome/{number}.0.0.0 Safari/537.36\"",
            time(9),
        )
        .unwrap();
    }
    let report = diagnosed(folder.path(), &edge, &access);
    assert_eq!(report["totals"]["failed_requests"], 3);
    let inputs = report["inputs"].as_array().unwrap();
    let of_origin = inputs.iter().find(|input| input["path"] == "access.log").unwrap();
    assert_eq!(of_origin["joined"], 3);
}

/// The report on two logs, made in little memory by one thread.
fn diagnosed(folder: &Path, edge: &str, access: &str) -> serde_json::Value {
    std::fs::write(folder.join("edge.log"), edge).unwrap();
    std::fs::write(folder.join("access.log"), access).unwrap();
    let out = folder.join("report");
    let run = Command::new("sh")
        .args(["-c", "ulimit -d \"$1\" && shift && exec \"$@\"", "sh", &MOST_KIB.to_string()])
        .args([env!("CARGO_BIN_EXE_rayscope"), "diagnose", "--threads", "1", "--format", "quiet", "--out"])
        .args([out.as_os_str(), folder.join("edge.log").as_os_str()])
        .arg(folder.join("access.log"))
        .output()
        .unwrap();
    assert!(run.status.code().is_some_and(|code| code <= 1), "{}", String::from_utf8_lossy(&run.stderr));
    let report = std::fs::read_to_string(out.join("report.json")).unwrap();
    serde_json::from_str(&report).unwrap()
}
