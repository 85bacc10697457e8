//! The same evidence gives the same report, byte for byte, whatever the number of threads, the order of the arguments, and the place of the
//! folder. Otherwise two people could not compare their reports.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::folder::copy;

const SAMPLES: [&str; 3] = ["keepalive-race", "mixed-keepalive-and-worker-crash", "tls-no-shared-cipher"];

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// The bytes of the three files, and what was printed.
fn report(options: &[&str], paths: &[PathBuf]) -> [Vec<u8>; 4] {
    let out = tempfile::tempdir().expect("a temporary folder");
    let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
        .args(["diagnose", "--format", "json", "--out"])
        .arg(out.path())
        .args(options)
        .args(paths)
        .output()
        .expect("the program");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let read = |name| fs::read(out.path().join(name)).expect("a report");
    [read("report.json"), read("report.md"), read("index.html"), run.stdout]
}

fn assert_same(name: &str, one: &[Vec<u8>; 4], other: &[Vec<u8>; 4]) {
    for (part, (one, other)) in
        ["report.json", "report.md", "index.html", "output"].iter().zip(one.iter().zip(other))
    {
        let differs = one.iter().zip(other).position(|(a, b)| a != b);
        let around = differs.unwrap_or_else(|| one.len().min(other.len())).saturating_sub(60);
        let show = |bytes: &[u8]| {
            String::from_utf8_lossy(&bytes[around..bytes.len().min(around + 160)]).into_owned()
        };
        assert!(one == other, "{name}: {part} differs\n…{}…\n…{}…", show(one), show(other));
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

#[test]
fn threads_do_not_change_a_byte() {
    for name in SAMPLES {
        let one = report(&["--threads", "1"], &[sample(name)]);
        for threads in ["2", "3", "16"] {
            assert_same(name, &one, &report(&["--threads", threads], &[sample(name)]));
        }
    }
}

#[test]
fn the_order_of_the_arguments_does_not_change_a_byte() {
    for name in SAMPLES {
        let mut paths = files(&sample(name));
        let sorted = report(&[], &paths);
        assert_same(name, &sorted, &report(&[], &[sample(name)]));
        paths.reverse();
        assert_same(name, &sorted, &report(&[], &paths));
        paths.rotate_left(2);
        assert_same(name, &sorted, &report(&[], &paths));
    }
}

#[test]
fn the_place_of_the_folder_does_not_change_a_byte() {
    for name in SAMPLES {
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let moved = elsewhere.path().join("a folder, elsewhere").join("incident");
        copy(&sample(name), &moved);
        assert_same(name, &report(&[], &[sample(name)]), &report(&[], &[moved]));
    }
}

/// All samples in one folder make one incident with three captures, so that several inputs of one kind are merged.
#[test]
fn several_captures_and_logs_at_once_do_not_change_a_byte() {
    let mut folders: Vec<PathBuf> = SAMPLES.iter().map(|name| sample(name)).collect();
    let one = report(&["--threads", "1"], &folders);
    folders.reverse();
    assert_same("all samples", &one, &report(&["--threads", "5"], &folders));
}
