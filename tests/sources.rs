//! Evidence as people have it: in archives, compressed in any way, through a pipe. If this breaks, they have to unpack it first, in the
//! middle of a bad night, or the program sees only a part of it.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::recorded;

fn program(paths: &[&Path], out: &Path, input: Stdio) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayscope"));
    command.args(["diagnose", "--format", "quiet", "--out"]).arg(out).args(paths).stdin(input);
    command
}

fn report(output: &Output, out: &Path) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_str(&fs::read_to_string(out.join("report.json")).expect("report.json")).expect("JSON")
}

fn diagnose(paths: &[&Path]) -> Value {
    let out = tempfile::tempdir().expect("a folder");
    let output = program(paths, out.path(), Stdio::null()).output().expect("the program");
    report(&output, out.path())
}

/// Diagnoses what comes through a pipe.
fn diagnose_piped(bytes: &[u8]) -> Value {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = program(&[Path::new("-")], out.path(), Stdio::piped());
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program");
    running.stdin.take().expect("a pipe").write_all(bytes).expect("all is read");
    report(&running.wait_with_output().expect("the program"), out.path())
}

/// What the report says about each cause, as far as it does not depend on the names of the files.
fn causes(report: &Value) -> Vec<(&Value, &Value, &Value, &Value)> {
    let causes = report["causes"].as_array().expect("causes");
    causes
        .iter()
        .map(|cause| (&cause["slug"], &cause["confidence"], &cause["affected"], &cause["rays"]))
        .collect()
}

fn names(report: &Value) -> Vec<&str> {
    let inputs = report["inputs"].as_array().expect("inputs");
    inputs.iter().filter_map(|input| input["path"].as_str()).collect()
}

/// The file as the lab packed it.
fn packed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/recorded").join(name).with_extension("tar.xz")
}

fn files_below(folder: &Path, root: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_below(&path, root, files);
        } else {
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            files.push((name, fs::read(&path).expect("a file")));
        }
    }
}

const SCENARIOS: [&str; 3] = ["empty-response", "keepalive-race", "worker-crash-nginx"];

#[test]
fn an_incident_in_an_archive_is_diagnosed_as_the_unpacked_one() {
    for incident in recorded::incidents(&SCENARIOS).incidents {
        let unpacked = diagnose(&[&incident.evidence()]);
        let archive = packed(&incident.name);
        let direct = diagnose(&[&archive]);
        assert_eq!(causes(&direct), causes(&unpacked), "{}", incident.name);
        assert_eq!(direct["causes"][0]["slug"], incident.expected()["causes"][0]);
        assert_eq!(direct["totals"], unpacked["totals"]);
        let inside = format!("{}.tar.xz!/incident/origin/", incident.name);
        assert!(names(&direct).iter().any(|name| name.starts_with(&inside)), "{:?}", names(&direct));
    }
}

#[test]
fn every_way_to_pack_the_same_incident_gives_the_same_causes() {
    let recorded = recorded::incidents(&["empty-response"]);
    let incident = &recorded.incidents[0];
    let expected = diagnose(&[&incident.evidence()]);
    let mut files = Vec::new();
    files_below(&incident.evidence(), &incident.evidence(), &mut files);

    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in &files {
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(bytes).expect("lz4");
        let path = folder.path().join("each").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // The name says nothing: the file is recognised by its content, even the capture that was already packed with gzip.
        fs::write(path, lz4.finish().expect("lz4")).expect("written");
    }
    let mut tar = tar::Builder::new(Vec::new());
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, &bytes[..]).expect("tar");
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("zip");
        zip.write_all(bytes).expect("zip");
    }
    let tar = tar.into_inner().expect("tar");
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bzip2.write_all(&tar).expect("bzip2");
    let zip = zip.finish().expect("zip").into_inner();
    let in_zstd = zstd::encode_all(&zip[..], 1).expect("zstd");
    for (name, bytes) in
        [("plain", tar), ("bzip2", bzip2.finish().expect("bzip2")), ("zip", zip), ("zip in zstd", in_zstd)]
    {
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    for way in ["each", "plain", "bzip2", "zip", "zip in zstd"] {
        let report = diagnose(&[&folder.path().join(way)]);
        assert_eq!(causes(&report), causes(&expected), "{way}");
        assert_eq!(names(&report).len(), files.len(), "{way}: {:?}", names(&report));
    }
    // All of them together are still one incident: the same file is read once, however its archive packed it.
    let archives: Vec<PathBuf> = ["plain", "bzip2", "zip"].map(|way| folder.path().join(way)).to_vec();
    let all = diagnose(&archives.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    assert_eq!(causes(&all), causes(&expected));
    let once = all["inputs"].as_array().expect("inputs").iter().filter(|input| input["kind"] != "ignored");
    assert_eq!(once.count(), files.len());
}

#[test]
fn standard_input_is_evidence_through_a_pipe_and_from_a_file() {
    let archive = packed("keepalive-race");
    let direct = diagnose(&[&archive]);
    let piped = diagnose_piped(&fs::read(&archive).expect("the archive"));
    let out = tempfile::tempdir().expect("a folder");
    let file = Stdio::from(File::open(&archive).expect("the archive"));
    let output = program(&[Path::new("-")], out.path(), file).output().expect("the program");
    let redirected = report(&output, out.path());
    assert_eq!(causes(&piped), causes(&direct));
    assert_eq!(piped, redirected);
    assert!(names(&piped).iter().all(|name| name.starts_with("-!/")), "{:?}", names(&piped));
}

#[test]
fn a_large_capture_on_standard_input_is_mapped_where_it_is_a_file() {
    let recorded = recorded::incidents(&["keepalive-race"]);
    let capture = recorded.incidents[0].evidence().join("origin/cap.pcap");
    let mut bytes = fs::read(&capture).expect("the capture");
    // Zeros behind the last packet are damage that does no harm, and make the file large enough to be mapped.
    bytes.resize(2 << 20, 0);
    let folder = tempfile::tempdir().expect("a folder");
    let large = folder.path().join("cap");
    fs::write(&large, &bytes).expect("written");
    let out = tempfile::tempdir().expect("a folder");
    let file = Stdio::from(File::open(&large).expect("the capture"));
    let output = program(&[Path::new("-")], out.path(), file).output().expect("the program");
    let redirected = report(&output, out.path());
    assert_eq!(names(&redirected), ["-"]);
    assert_eq!(redirected, diagnose_piped(&bytes));
    assert_eq!(causes(&redirected), causes(&diagnose(&[&large])));
}

#[test]
fn an_empty_standard_input_and_an_archive_of_nothing_are_refused_with_the_reason() {
    let out = tempfile::tempdir().expect("a folder");
    let output = program(&[Path::new("-")], out.path(), Stdio::null()).output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("  -: "), "{said}");
    let empty = out.path().join("empty.zip");
    fs::write(&empty, zip::ZipWriter::new(Cursor::new(Vec::new())).finish().expect("zip").into_inner())
        .expect("written");
    let output = program(&[&empty], &out.path().join("report"), Stdio::null()).output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("the archive holds no file"), "{said}");
}

#[test]
fn an_archive_cut_short_is_used_as_far_as_it_goes_and_listed_with_the_damage() {
    let archive = fs::read(packed("keepalive-race")).expect("the archive");
    let folder = tempfile::tempdir().expect("a folder");
    let cut = folder.path().join("cut.tar.xz");
    fs::write(&cut, &archive[..archive.len() * 9 / 10]).expect("written");
    let report = diagnose(&[&cut]);
    let inputs = report["inputs"].as_array().expect("inputs");
    let listed = inputs.iter().find(|input| input["path"] == "cut.tar.xz").expect("the archive itself");
    assert_eq!(listed["kind"], "ignored");
    assert!(listed["warnings"][0].as_str().is_some_and(|text| text.contains("cut short")), "{listed}");
    let used = inputs.iter().filter(|input| input["kind"] != "ignored").count();
    assert!(used >= 2, "{inputs:?}");
}
