use super::*;

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn names(found: &[FoundFile]) -> Vec<(&str, Option<&str>)> {
    found.iter().map(|file| (file.name.as_str(), file.same_as.as_deref())).collect()
}

#[test]
fn names_do_not_depend_on_where_the_incident_lies_or_how_it_was_given() {
    let folder = tree(&[("in/origin/a.log", "1"), ("in/edge/b.log", "22")]);
    let whole = discover(&[folder.path().join("in")]).unwrap();
    let parts = discover(&[folder.path().join("in/origin/a.log"), folder.path().join("in/edge")]).unwrap();
    assert_eq!(names(&whole), [("edge/b.log", None), ("origin/a.log", None)]);
    assert_eq!(names(&whole), names(&parts));
}

#[test]
fn a_file_given_twice_counts_once_and_says_so() {
    let folder = tree(&[("a.log", "same"), ("b.log", "same"), ("c.log", "else")]);
    let path = folder.path().to_owned();
    let found = discover(&[path.clone(), path.join("b.log"), path]).unwrap();
    assert_eq!(names(&found), [("a.log", None), ("b.log", Some("a.log")), ("c.log", None)]);
}

#[test]
fn an_earlier_report_is_no_evidence() {
    let folder = tree(&[
        ("a.log", "x"),
        ("out/report.json", "{\n  \"schema\": \"rayscope.report/1\",\n"),
        ("out/index.html", "y"),
        ("tables/inputs.parquet", "PAR1"),
        ("tables/connections.parquet", "PAR1"),
        ("tables/exchanges.parquet", "PAR1"),
    ]);
    assert_eq!(names(&discover(&[folder.path().to_owned()]).unwrap()), [("a.log", None)]);
}

#[test]
fn the_files_of_a_job_are_no_evidence() {
    let folder = tree(&[
        ("a.log", "x"),
        ("job/plan.json", "{\n  \"schema\": \"rayscope.plan/1\",\n"),
        ("job/round-6-unit-00000003.evidence", "y"),
        ("job/round-6-unit-00000003.checkpoint", "y"),
        ("other/notes.checkpoint", "z"),
    ]);
    let found = discover(&[folder.path().to_owned()]).unwrap();
    assert_eq!(names(&found), [("a.log", None), ("other/notes.checkpoint", None)]);
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let error = discover(&[PathBuf::from("no/such/folder")]).unwrap_err().to_string();
    assert!(error.contains("no/such/folder") && error.contains("help:"), "{error}");
}

#[test]
fn files_of_archives_are_found_among_the_others_by_name_and_read_once() {
    use crate::source::fixtures::{pack, tar, zip};
    let inner = tar(&[("d.log", b"deep"), ("a.log", b"same")]);
    let outer = pack(super::super::Compression::Gzip, &tar(&[("x/inner.tar", &inner), ("b.log", b"b")]));
    let folder = tree(&[("a.log", "same"), ("z.log", "z")]);
    fs::write(folder.path().join("in.tgz"), outer).unwrap();
    fs::write(folder.path().join("named-like-text.log"), zip(&[("same", &b"same"[..]), ("b.log", b"b")]))
        .unwrap();
    let found = discover(&[folder.path().to_owned()]).unwrap();
    assert_eq!(
        names(&found),
        [
            ("a.log", None),
            ("in.tgz!/b.log", None),
            ("in.tgz!/x/inner.tar!/a.log", Some("a.log")),
            ("in.tgz!/x/inner.tar!/d.log", None),
            ("named-like-text.log!/b.log", Some("in.tgz!/b.log")),
            ("named-like-text.log!/same", Some("a.log")),
            ("z.log", None),
        ]
    );
    assert_eq!(found[3].open().unwrap().plain(), Some(&b"deep"[..]));
}

#[test]
fn an_archive_too_deep_or_in_an_unknown_form_is_named_with_the_reason() {
    use crate::source::fixtures::{tar, zip};
    let nested = zip(&[("two.tar", &tar(&[("three.zip", &zip(&[("x", b"x")])), ("ok", b"ok")]))]);
    let folder = tree(&[("old.7z", "7z\u{0}")]);
    fs::write(folder.path().join("old.7z"), b"7z\xbc\xaf\x27\x1c rest").unwrap();
    fs::write(folder.path().join("one"), nested).unwrap();
    let found = discover(&[folder.path().to_owned()]).unwrap();
    let told: Vec<_> =
        found.iter().map(|file| (file.name.as_str(), file.refused.as_deref().unwrap_or_default())).collect();
    assert_eq!(told.len(), 3);
    assert!(told[0].0 == "old.7z" && told[0].1.contains("7-Zip"));
    assert_eq!(told[1], ("one!/two.tar!/ok", ""));
    assert!(told[2].0 == "one!/two.tar!/three.zip" && told[2].1.contains("an archive in an archive"));
}

#[cfg(target_os = "linux")]
#[test]
fn files_whose_names_are_shown_alike_stay_apart() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tree(&[("c", "3")]);
    for (name, text) in [(&b"a\xff"[..], "1"), (b"a\xfe", "22")] {
        fs::write(folder.path().join(OsStr::from_bytes(name)), text).unwrap();
    }
    let found = discover(&[folder.path().to_owned()]).unwrap();
    let sizes: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.bytes)).collect();
    assert_eq!(sizes, [("a\u{fffd}", 2), ("a\u{fffd} (2)", 1), ("c", 1)]);
}
