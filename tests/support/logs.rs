//! The logs of an edge and of its origin that tell of the same requests, and the report on them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// 2026-11-17T08:00:00Z.
const START: u64 = 1_794_902_400;
/// Requests a second.
const EACH_SECOND: u64 = 200;

/// The ray of a request.
pub fn ray(number: u64) -> u64 {
    0x9c1f_0000_0000_0000 | number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// What the edge writes of a request, and what the origin does, each without a line end and into a text that is empty then.
pub fn write_request(number: u64, status: u16, edge: &mut String, origin: &mut String) {
    let (second, ray) = (START + number / EACH_SECOND, ray(number));
    let told = number / EACH_SECOND;
    let (hour, minute, clock) = (8 + told / 3600, told / 60 % 60, told % 60);
    edge.clear();
    let _ = write!(
        edge,
        "{{\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/items?id={number}\",\
         \"ClientRequestUserAgent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0\",\
         \"EdgeEndTimestamp\":{second}900000000,\"EdgeResponseStatus\":{status},\"EdgeServerIP\":\"172.68.10.9\",\
         \"EdgeStartTimestamp\":{second}000000000,\"OriginResponseStatus\":{status},\"RayID\":\"{ray:016x}\"}}"
    );
    origin.clear();
    let _ = write!(
        origin,
        "172.68.10.9 - - [17/Nov/2026:{hour:02}:{minute:02}:{clock:02} +0000] \"GET /items?id={number} HTTP/1.1\" {status} 512 \"-\" \
         \"Mozilla/5.0 (X11)\" 0.900 \"{ray:016x}-FRA\""
    );
}

/// `report.json` on a folder; `limit`: bytes of memory that the program may ask for.
pub fn report(folder: &Path, options: &[&str], limit: Option<u64>) -> String {
    let out = tempfile::tempdir().expect("a temporary folder");
    let program = env!("CARGO_BIN_EXE_rayscope");
    let mut command = match limit {
        None => Command::new(program),
        Some(limit) => {
            let mut limited = Command::new("prlimit");
            limited.arg(format!("--data={limit}")).arg(program);
            limited
        }
    };
    command.args(["diagnose", "--format", "quiet"]).args(options).arg("--out").arg(out.path()).arg(folder);
    let run = command.output().expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    fs::read_to_string(out.path().join("report.json")).expect("a report")
}
