//! Files that are many, packed, or without an end.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{limited, report, texts};

/// So many lines of an origin, the first of which has this number; one in 500 failed.
fn access_log(from: u32, lines: u32) -> Vec<u8> {
    let line = |number: u32| {
        let (hour, minute, second) = (number / 360_000 % 24, number / 6_000 % 60, number / 100 % 60);
        let status = if number % 500 == 3 { 502 } else { 200 };
        format!(
            "172.68.10.9 - - [17/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET /items?id={} HTTP/1.1\" {status} 512 \"-\" \
             \"Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0\" 0.{:03} \"{:016x}-FRA\"\n",
            number % 977,
            number % 1_000,
            0x9c1f_0000_0000_0000_u64 + u64::from(number) * 7_919
        )
    };
    (from..from + lines).map(line).collect::<String>().into_bytes()
}

fn failed_lines(lines: u32) -> u64 {
    (0..lines).filter(|number| number % 500 == 3).count() as u64
}

/// Hourly logs, or what tcpdump -G leaves: all files below 1 MiB were held to the end.
#[test]
fn a_hundred_small_files_are_read_in_the_memory_of_few() {
    const LINES: u32 = 6_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    for number in 0..100 {
        let log = access_log(number * LINES, LINES);
        assert!((900_000..1 << 20).contains(&log.len()), "{}", log.len());
        std::fs::write(folder.path().join(format!("access.log.{number:03}")), log).expect("a log");
    }
    let report = report(folder.path(), 64, &["--threads", "2", "--memory", "64M"]);
    assert_eq!(report["totals"]["failures"], failed_lines(100 * LINES));
}

/// The members of a packed archive were held as they are.
#[test]
fn a_packed_archive_of_logs_is_read_in_less_memory_than_its_logs_take() {
    const LINES: u32 = 20_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("logs.tar.gz");
    let packed = GzEncoder::new(File::create(&path).expect("an archive"), Compression::fast());
    let mut archive = tar::Builder::new(packed);
    let mut bytes = 0;
    for number in 0..40 {
        let log = access_log(number * LINES, LINES);
        bytes += log.len();
        let mut header = tar::Header::new_gnu();
        header.set_size(log.len() as u64);
        let name = format!("logs/access.log.{number}");
        archive.append_data(&mut header, name, &*log).expect("a member");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("the archive");
    assert!(bytes > 110 << 20, "{bytes}");
    let report = report(folder.path(), 80, &["--threads", "2", "--memory", "128M"]);
    assert_eq!(report["totals"]["failures"], failed_lines(40 * LINES));
}

/// Zeros pack to a thousandth: ten megabytes would be searched for a minute.
#[test]
fn a_stream_of_zeros_in_a_packed_capture_is_passed_over_and_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut capture = Vec::new();
    [0xa1b2_c3d4_u32, 4 << 16 | 2, 0, 0, 65_535, 101]
        .iter()
        .for_each(|word| capture.extend(word.to_le_bytes()));
    let packed = |bytes: &[u8]| -> io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes)?;
        encoder.finish()
    };
    let log = folder.path().join("access.log");
    std::fs::write(&log, access_log(0, 1_000)).expect("a log");
    let zeros = packed(&vec![0; 16 << 20]).expect("zeros");
    let stream = [packed(&capture).expect("a header"), zeros.repeat(640)].concat();
    assert!(stream.len() < 12 << 20, "{}", stream.len());
    std::fs::write(folder.path().join("capture.pcap.gz"), stream).expect("the capture");
    let report = report(folder.path(), 64, &["--threads", "1"]);
    let inputs = report["inputs"].as_array().expect("inputs");
    let capture = inputs.iter().find(|input| input["path"] == "capture.pcap.gz").expect("the capture");
    let warnings = texts(&capture["warnings"]);
    assert!(warnings.iter().any(|warning| warning.contains("cannot be read")), "{warnings:?}");
}

/// More than a gibibyte would be held otherwise, or all the memory there is.
#[test]
fn a_pipe_without_an_end_is_refused() {
    let mut run = limited(96)
        .args(["-", "--out"])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("of-a-pipe"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut pipe = run.stdin.take().expect("its standard input");
    let (line, mut written) = (b"y\n".repeat(32 << 10), 0_u64);
    while pipe.write_all(&line).is_ok() {
        written += line.len() as u64;
        assert!(written < 2 << 30, "it reads on");
    }
    drop(pipe);
    let ended = run.wait_with_output().expect("the program");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.code() == Some(2) && told.contains("came through the pipe"), "{told}");
}
