//! What is inside TLS, read with the key logs of recorded and drawn incidents, against what tshark reads with the same secrets (`tshark.tsv`,
//! written by `record`), and of connections between real programs (`captures`); and that no secret is ever shown.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod captures;
mod losses;
mod ours;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ours::{Message, messages};
use rayscope::capture::{Reader, read_slice, recognise};
use support::capture::FileFormat;
use support::recorded;
use support::series::{cut, each_series, goes_on_between_files, readings};

const TABLE: &str = include_str!("tshark.tsv");

/// tshark's messages by incident and capture, sorted.
fn tshark() -> BTreeMap<(&'static str, &'static str), BTreeSet<Message>> {
    let mut table: BTreeMap<_, BTreeSet<Message>> = BTreeMap::new();
    for line in TABLE.lines().skip(2) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [incident, capture, stream, frame, method, target, host, status, length, request] = cells[..]
        else {
            panic!("{line}")
        };
        let name =
            incident.rsplit('/').next().and_then(|name| name.strip_suffix(".tar.xz")).expect("an archive");
        table.entry((name, capture)).or_default().insert(Message {
            stream: stream.parse().expect("a number"),
            frame: frame.parse().expect("a number"),
            asks: [method, target, host].map(str::to_owned),
            status: status.parse().ok(),
            length: length.parse().ok(),
            request: request.parse().ok(),
        });
    }
    // An answer to HEAD tells the length of what it does not send (RFC 9110, 9.3.2).
    for messages in table.values_mut() {
        let heads: BTreeSet<(u32, u64)> = messages
            .iter()
            .filter(|asked| asked.asks[0] == "HEAD")
            .map(|asked| (asked.stream, asked.frame))
            .collect();
        let without_body =
            |answer: &Message| answer.request.is_some_and(|asked| heads.contains(&(answer.stream, asked)));
        *messages = std::mem::take(messages)
            .into_iter()
            .map(|message| if without_body(&message) { Message { length: None, ..message } } else { message })
            .collect();
    }
    table
}

fn key_logs(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(key_logs(&path));
        } else if path.ends_with("tls-keys.log") {
            found.push(path);
        }
    }
    found
}

#[test]
fn messages_inside_equal_those_that_tshark_reads_with_the_same_secrets() {
    let (mut compared, mut differences) = (0, Vec::new());
    let incidents = [recorded::incidents(&["security-block"]), recorded::drawn()];
    let incidents: Vec<_> = incidents.iter().flat_map(|recorded| &recorded.incidents).collect();
    for ((name, capture), expected) in tshark() {
        let Some(incident) = incidents.iter().find(|incident| incident.name == name) else { continue };
        let folder = incident.evidence();
        let path = folder.join(capture.strip_prefix("incident/").expect("below the incident"));
        let read = messages(&fs::read(path).expect("a capture"), &key_logs(&folder));
        compared += expected.len();
        let describe = |sign: &str, message: &Message| format!("{name} {capture} {sign} {message:?}");
        differences.extend(expected.difference(&read).map(|message| describe("tshark", message)));
        differences.extend(read.difference(&expected).map(|message| describe("ours", message)));
    }
    println!("inside_tls: {compared} messages compared, {} differences", differences.len());
    assert!(compared > 1_000, "{compared}");
    assert!(differences.is_empty(), "{differences:#?}");
}

/// A key log opens all that was ever recorded of its sessions: it must not travel with a report.
#[test]
fn no_secret_is_in_anything_that_is_written() {
    let recorded = recorded::incidents(&["security-block"]);
    let incident = &recorded.incidents[0];
    let text = fs::read_to_string(&key_logs(&incident.evidence())[0]).expect("a key log");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let secrets: BTreeSet<&str> = lines.filter_map(|line| line.split(' ').nth(2)).collect();
    assert!(secrets.len() > 10);
    let out = tempfile::tempdir().expect("a temporary folder");
    let run = |arguments: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
            .args(arguments)
            .arg(out.path())
            .arg(incident.evidence())
            .output()
            .expect("the program");
        [run.stdout, run.stderr].concat()
    };
    let mut written = vec![run(&["diagnose", "--no-redact", "--out"])];
    if cfg!(feature = "tables") {
        written.push(run(&["tables", "--out"]));
    }
    let files = fs::read_dir(out.path()).expect("the report").map(|entry| entry.expect("an entry").path());
    written.extend(files.filter(|path| path.is_file()).map(|path| fs::read(path).expect("a file")));
    for text in &written {
        let shown = secrets.iter().find(|secret| {
            let digits = secret.as_bytes();
            let bytes: Vec<u8> = digits
                .chunks(2)
                .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect();
            [digits, &bytes[..16]].iter().any(|part| text.windows(part.len()).any(|there| there == *part))
        });
        assert_eq!(shown, None);
    }
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(out.path().join("report.json")).expect("report.json"))
            .expect("JSON");
    let inputs = report["inputs"].as_array().expect("inputs");
    let row = inputs.iter().find(|input| input["kind"] == "keylog").expect("the key log");
    assert!(row["records"].as_u64().is_some_and(|sessions| sessions > 10), "{row}");
}

/// The packed file's bytes.
fn inflated(path: &Path) -> Vec<u8> {
    let mut capture = Vec::new();
    let mut packed = flate2::read::MultiGzDecoder::new(fs::File::open(path).expect("a recording"));
    packed.read_to_end(&mut capture).expect("a whole recording");
    capture
}

/// A run that is stopped inside TLS goes on there, with secrets and without; what is kept for that holds none of them.
#[test]
fn a_stop_inside_tls_changes_no_byte_and_keeps_no_secret() {
    let (mut stops, mut with_secrets) = (0, 0);
    for path in captures::recordings() {
        let (capture, folder) = (inflated(&path), tempfile::tempdir().expect("a temporary folder"));
        cut(&capture, 7, 520, folder.path());
        stops += goes_on_between_files(folder.path()).len();
        let keys = captures::keys_of(&path);
        let Ok(keys) = fs::read_to_string(&keys) else { continue };
        fs::write(folder.path().join("tls.keys"), &keys).expect("a file");
        let readings = goes_on_between_files(folder.path());
        let secrets = keys.lines().filter_map(|line| line.split(' ').nth(2)).filter_map(bytes_of_hex);
        for secret in secrets.filter(|secret| secret.len() >= 32) {
            with_secrets += 1;
            let holds = |reading: &Vec<u8>| reading.windows(16).any(|there| *there == secret[..16]);
            assert!(!readings.iter().any(holds), "{}: a secret is kept", path.display());
        }
    }
    assert!(stops > 100 && with_secrets > 50, "{stops} stops, {with_secrets} secrets");
}

fn bytes_of_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.trim().as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// Secrets that stand between the packets can be read there alone: behind them nothing is kept, and before them all.
#[test]
fn behind_secrets_of_its_own_the_reading_of_a_series_is_not_kept() {
    let path = captures::folder().join("h2-tls13.pcap.gz");
    let (capture, keys) = (inflated(&path), fs::read(captures::keys_of(&path)).expect("a key log"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    cut(&capture, 6, 7, folder.path());
    let mut files: Vec<PathBuf> = fs::read_dir(folder.path())
        .expect("the series")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() > 3);
    let secret = files[2].with_extension("pcapng");
    fs::write(&secret, with_secrets_inside(&fs::read(&files[2]).expect("a file"), &keys)).expect("a file");
    fs::rename(&secret, &files[2]).expect("a file");
    let mut kept = Vec::new();
    each_series(folder.path(), |work, unit| kept.push(readings(work, unit).len()));
    assert_eq!(kept, [2]);
}

/// The packets of a capture: when, and their bytes.
fn frames(capture: &[u8]) -> Vec<(i64, Vec<u8>)> {
    let mut frames = Vec::new();
    let mut reader = Reader::new(recognise(capture).expect("a capture"));
    read_slice(&mut reader, capture, |packet| frames.push((packet.time.0, packet.data.to_vec())));
    frames
}

/// The capture as pcapng, with its key log in a block behind its interface, as `editcap --inject-secrets` puts it.
fn with_secrets_inside(capture: &[u8], keys: &[u8]) -> Vec<u8> {
    let frames = frames(capture);
    let frames = frames.iter().map(|(at, frame)| (*at, frame.as_slice()));
    let file = FileFormat::PcapngNanoseconds.write(frames);
    let length = |bytes: &[u8], at: usize| {
        let word: [u8; 4] = bytes[at..at + 4].try_into().expect("four bytes");
        u32::from_le_bytes(word) as usize
    };
    // Behind the section header and the description of the interface.
    let section = length(&file, 4);
    let head = section + length(&file, section + 4);
    let number = |value: usize| u32::try_from(value).expect("a small file").to_le_bytes();
    let padding = keys.len().next_multiple_of(4) - keys.len();
    let total = number(20 + keys.len() + padding);
    let block =
        [&number(10)[..], &total, b"KSLT", &number(keys.len()), keys, &vec![0; padding], &total].concat();
    [&file[..head], &block, &file[head..]].concat()
}

#[test]
fn secrets_inside_a_pcapng_open_what_follows_them() {
    let recorded = recorded::incidents(&["security-block"]);
    let folder = recorded.incidents[0].evidence();
    let key_log = &key_logs(&folder)[0];
    let (capture, keys) = (folder.join("origin/cap.pcap"), fs::read(key_log).expect("a key log"));
    let capture = fs::read(capture).expect("a capture");
    let heads = |paths: &[&Path]| {
        let out = tempfile::tempdir().expect("a temporary folder");
        let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
            .args(["diagnose", "--format", "quiet", "--out"])
            .arg(out.path())
            .args(paths)
            .status()
            .expect("the program");
        assert_eq!(run.code(), Some(0));
        let report = fs::read(out.path().join("report.json")).expect("report.json");
        let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        let inputs = report["inputs"].as_array().expect("inputs").clone();
        let input = inputs.into_iter().find(|input| input["kind"] == "capture").expect("the capture");
        let told = input["warnings"].to_string().contains("TLS sessions whose secrets it has");
        (input["facts"]["http1_requests"].as_u64(), input["facts"]["http1_responses"].as_u64(), told)
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (plain, inside) = (folder.path().join("plain.pcap"), folder.path().join("inside.pcapng"));
    fs::write(&plain, &capture).expect("a file");
    fs::write(&inside, with_secrets_inside(&capture, &keys)).expect("a file");
    let (requests, responses, told) = heads(&[&plain, key_log]);
    assert!(requests.is_some_and(|requests| requests > 200) && !told);
    assert_eq!(heads(&[&inside]), (requests, responses, true));
    assert_eq!(heads(&[&plain]), (Some(0), Some(0), false));
}
