//! The samples are what a person tries first: each is small, says what to look at, and gets the cause that it was made for. What the README shows of one
//! is what the program says; `docs/picture` makes it anew.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each sample, who has to act, and its causes.
const SAMPLES: [(&str, &str, &[&str]); 5] = [
    ("har-cookies-grow", "origin", &["request-header-too-large"]),
    ("haproxy-backend-too-slow", "origin", &["upstream-timeout"]),
    ("keepalive-race", "origin", &["keepalive-race"]),
    ("mixed-keepalive-and-worker-crash", "origin", &["keepalive-race", "worker-crash"]),
    ("tls-no-shared-cipher", "origin", &["tls-no-shared-cipher"]),
];
const MOST_BYTES: u64 = 2_000_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the program prints of a sample, and its report.
fn diagnosed(sample: &str) -> (String, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
        .current_dir(folder.path())
        .arg("diagnose")
        .arg(root().join("samples").join(sample))
        .args(["--out", "rayscope-report"])
        .output()
        .expect("the program");
    assert!(run.status.success(), "{sample}: {}", String::from_utf8_lossy(&run.stderr));
    let report = fs::read_to_string(folder.path().join("rayscope-report/report.json")).expect("a report");
    (String::from_utf8(run.stdout).expect("text"), serde_json::from_str(&report).expect("JSON"))
}

/// Every file of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_sample_gets_the_cause_that_it_was_made_for() {
    for (sample, acts, causes) in SAMPLES {
        let (_, report) = diagnosed(sample);
        let named: Vec<&str> = report["causes"]
            .as_array()
            .expect("causes")
            .iter()
            .map(|cause| cause["slug"].as_str().expect("a slug"))
            .collect();
        assert_eq!((report["verdict"]["kind"].as_str(), named.as_slice()), (Some(acts), causes), "{sample}");
        assert_eq!(report["unexplained"]["failures"], 0, "{sample}");
    }
}

/// gunicorn writes access lines as nginx does by default; HAProxy dates a line by the request's start and writes it at its end.
#[test]
fn behind_haproxy_no_step_is_for_nginx_and_the_log_speaks_when_the_request_is_over() {
    let (_, report) = diagnosed("haproxy-backend-too-slow");
    let cause = &report["causes"][0];
    let steps = cause["remediation"].as_array().expect("steps");
    let for_server =
        |target: &str| steps.iter().find(|step| step["target"] == target).map(|step| &step["applies"]);
    assert_eq!(for_server("haproxy"), Some(&Value::from("seen")));
    assert_ne!(for_server("nginx"), Some(&Value::from("seen")));
    let telling = |case: &&Value| case["ray"] == cause["ladder_case"];
    let case =
        report["cases"].as_array().expect("cases").iter().find(telling).expect("the case of the ladder");
    let story = case["story"].as_array().expect("a story");
    let logged = story.iter().filter_map(Value::as_str).find(|line| line.contains("the origin logs 504"));
    assert!(logged.expect("its line").starts_with("+1."), "{story:#?}");
}

#[test]
fn every_sample_is_small_and_says_what_to_look_at() {
    let listed: Vec<&str> = SAMPLES.iter().map(|(sample, ..)| *sample).collect();
    let mut there: Vec<String> = fs::read_dir(root().join("samples"))
        .expect("samples")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    there.sort_by_key(|name| listed.iter().position(|listed| listed == name));
    assert_eq!(there, listed);
    for sample in listed {
        let folder = root().join("samples").join(sample);
        let bytes: u64 = files(&folder).iter().map(|file| file.metadata().expect("a file").len()).sum();
        assert!(bytes <= MOST_BYTES, "{sample}: {bytes} bytes");
        let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
        for part in
            ["What happened:", "What to look at:", "The files:", &format!("diagnose samples/{sample}")]
        {
            assert!(readme.contains(part), "{sample}: no {part:?}");
        }
    }
}

/// What the README shows is read before the program is run for the first time.
#[test]
fn the_words_of_the_readme_are_those_of_the_program() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let (printed, report) = diagnosed("keepalive-race");
    let headline = report["verdict"]["headline"].as_str().expect("a headline");
    assert!(readme.contains(&format!("![A report: {headline}](docs/report.png)")), "run docs/picture");
    assert!(
        readme.contains(&format!("<!-- summary -->\n```\n{printed}```\n")),
        "run docs/picture; it prints\n{printed}"
    );
}
