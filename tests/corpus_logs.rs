//! Logs and HAR files that other projects made for their own tests (`RAYSCOPE_CORPUS`, not part of this repository).

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayscope::har::{self, HarError};
use rayscope::logs::{Body, Content, Context, Parsed, Skip, each_record, recognise};
use rayscope::time::Time;

/// The corpus, or `None` where it is absent and may be.
fn corpus(tests: &str) -> Option<PathBuf> {
    let path = std::env::var_os("RAYSCOPE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    if path.join("truth-other.jsonl").is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "no corpus at {} although CI is set", path.display());
    eprintln!("no corpus at {}: {tests} did not run", path.display());
    None
}

struct Case {
    name: String,
    truth: serde_json::Value,
    bytes: Vec<u8>,
}

fn cases(root: &Path, folder: &str) -> Vec<Case> {
    let truth = std::fs::read_to_string(root.join("truth-other.jsonl")).unwrap();
    let mut cases = Vec::new();
    for line in truth.lines() {
        let truth: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = truth["file"].as_str().unwrap().to_owned();
        if !name.starts_with(folder) {
            continue;
        }
        let raw = std::fs::read(root.join(&name)).unwrap();
        let bytes = if raw.starts_with(&[0x1f, 0x8b]) {
            let mut out = Vec::new();
            flate2::read::MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut out).unwrap();
            out
        } else {
            raw
        };
        cases.push(Case { name, truth, bytes });
    }
    cases
}

fn format_of(bytes: &[u8]) -> &'static str {
    match recognise(bytes).content {
        Content::Log(format) => format.id(),
        Content::Har => "har",
        Content::NginxConfig => "nginx_config",
        Content::Empty => "empty",
        Content::Binary => "binary",
        Content::Csv => "csv",
        Content::Json => "json",
        Content::Text => "text",
    }
}

#[derive(Default, Debug)]
struct Tally {
    access: usize,
    messages: usize,
    edge: usize,
    rays: usize,
    untimed: usize,
    lost: usize,
}

fn read_log(bytes: &[u8]) -> Tally {
    let mut tally = Tally::default();
    let Content::Log(format) = recognise(bytes).content else { return tally };
    let mut context = Context::new(Time::parse_rfc3339("2020-06-01T00:00:00Z"));
    each_record(bytes, format.splitting(), &mut |record| {
        let (Body::Whole(line) | Body::Cut(line)) = record.body else { return };
        match format.parse(line, &mut context) {
            Parsed::Access(row) => {
                tally.access += 1;
                tally.rays += usize::from(row.ray.is_some());
            }
            Parsed::Message(row) => {
                tally.messages += 1;
                tally.untimed += usize::from(row.time.is_none());
            }
            Parsed::Edge(row) => {
                tally.edge += 1;
                tally.rays += usize::from(row.ray.is_some());
            }
            Parsed::Skip(skip) => tally.lost += usize::from(skip.is_loss() && skip != Skip::Empty),
        }
    });
    tally
}

#[test]
fn hars_give_the_entries_statuses_and_header_sizes_that_they_hold() {
    let Some(root) = corpus("1 test over HAR files") else { return };
    for case in cases(&root, "har/") {
        let expected = &case.truth;
        let result = har::read(&case.bytes);
        if expected["json"] != "yes" {
            assert!(result.is_err(), "{}", case.name);
            continue;
        }
        let Some(entries) = expected["entries"].as_u64() else {
            assert_eq!(result, Err(HarError::NoEntries), "{}", case.name);
            continue;
        };
        assert_eq!(format_of(&case.bytes), "har", "{}", case.name);
        let file = result.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(file.entries.len() as u64, entries, "{}", case.name);
        let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
        for entry in &file.entries {
            *statuses.entry(entry.status.to_string()).or_default() += 1;
        }
        // The truth writes None where a file has no status; here that is 0, as browsers write it.
        let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
        for (status, count) in expected["statuses"].as_object().unwrap() {
            let status = if status == "None" { "0" } else { status };
            *wanted.entry(status.to_owned()).or_default() += count.as_u64().unwrap();
        }
        assert_eq!(statuses, wanted, "{}", case.name);
        let rays = file.entries.iter().filter(|entry| entry.ray.is_some()).count() as u64;
        assert_eq!(rays, expected["cf_ray_responses"].as_u64().unwrap(), "{}", case.name);
        let redirects =
            file.entries.iter().filter(|entry| (300..400).contains(&entry.status) && entry.status != 304);
        assert_eq!(redirects.count() as u64, expected["redirects"].as_u64().unwrap(), "{}", case.name);
        let largest = file.entries.iter().map(|entry| entry.response.bytes).max().unwrap_or(0);
        let stated = expected["largest_response_header_bytes"].as_u64().unwrap();
        eprintln!("{} {largest} {stated}", case.name);
    }
}

#[test]
fn logs_are_what_a_person_would_call_them() {
    let Some(root) = corpus("1 test over log files") else { return };
    for case in cases(&root, "logs/") {
        let tally = read_log(&case.bytes);
        eprintln!("{:60} {:15} {:?} of {}", case.name, format_of(&case.bytes), tally, case.truth["lines"]);
    }
}
