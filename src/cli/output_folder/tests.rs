use super::*;
use crate::cli::output::write_all;

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_report_appears_whole_in_a_new_folder_and_in_one_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    for text in ["1", "2"] {
        write_all(&out, &[("x", text.as_bytes()), ("y", b"y")], Readers::AsUsual).unwrap();
        assert_eq!(names(&out), ["x", "y"]);
        assert_eq!(fs::read_to_string(out.join("x")).unwrap(), text);
    }
    assert_eq!(names(folder.path()), ["a"]);
    assert_eq!(names(&folder.path().join("a")), ["b"]);
}

#[test]
fn nothing_is_seen_before_all_is_written_and_nothing_stays_where_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for out in ["a/b/c", "."] {
        let output = OutputFolder::create(&folder.path().join(out), Readers::AsUsual).unwrap();
        output.begin("x").unwrap();
        assert!(!folder.path().join(out).join("x").exists());
        drop(output);
        assert!(names(folder.path()).is_empty(), "{out}");
    }
    assert!(unfinished().iter().all(|unfinished| !unfinished.starts_with(folder.path())));
}

/// Otherwise a reader finds a new report.json beside an old index.html.
#[test]
fn an_earlier_report_comes_back_where_a_file_cannot_have_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x"), "old").unwrap();
    // No file can be renamed to a folder.
    fs::create_dir(folder.path().join("z")).unwrap();
    let files: [(&str, &[u8]); 3] = [("x", b"1"), ("y", b"2"), ("z", b"3")];
    let error = write_all(folder.path(), &files, Readers::AsUsual).unwrap_err();
    assert!(matches!(error, Error::Machine { .. }));
    assert_eq!(names(folder.path()), ["x", "z"]);
    assert_eq!(fs::read_to_string(folder.path().join("x")).unwrap(), "old");
}

/// Both began before the folder was there; the later one replaces all files of the earlier one.
#[test]
fn of_two_runs_into_one_folder_one_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let runs = ["1", "2"].map(|text| {
        let output = OutputFolder::create(&out, Readers::AsUsual).unwrap();
        for name in ["x", "y"] {
            io::Write::write_all(&mut output.begin(name).unwrap(), text.as_bytes()).unwrap();
        }
        output
    });
    for (run, text) in runs.into_iter().zip(["1", "2"]) {
        run.place().unwrap();
        for name in ["x", "y"] {
            assert_eq!(fs::read_to_string(out.join(name)).unwrap(), text);
        }
    }
    assert_eq!((names(folder.path()), names(&out)), (vec!["out".into()], vec!["x".into(), "y".into()]));
}

#[cfg(unix)]
#[test]
fn a_run_waits_for_another_one_that_gives_files_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let lock = FolderLock::of(folder.path()).unwrap();
    std::thread::scope(|scope| {
        let written = scope.spawn(|| write_all(folder.path(), &[("x", b"1")], Readers::AsUsual));
        while names(folder.path()).is_empty() {
            std::thread::yield_now();
        }
        assert!(!folder.path().join("x").exists());
        drop(lock);
        written.join().unwrap().unwrap();
    });
    assert_eq!(names(folder.path()), ["x"]);
}

#[cfg(unix)]
#[test]
fn evidence_is_for_its_owner_alone_also_where_others_could_read_what_was_there_before() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    write_all(folder.path(), &[("x", b"new")], Readers::OwnerOnly).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_where_the_folder_should_be_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    fs::write(&path, "mine").unwrap();
    for out in [path.clone(), path.join("below")] {
        assert!(write_all(&out, &[("y", b"1")], Readers::AsUsual).is_err());
    }
    assert_eq!((names(folder.path()), fs::read_to_string(&path).unwrap()), (vec!["x".into()], "mine".into()));
}
