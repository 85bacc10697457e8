//! What the machine refuses: room on the disk, larger files, threads, files to be open, somebody to read what is said.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::desk::{Drawn, Incidents, MOMENTS, files, names};
use super::program::{Desk, Ended, edge_log};

/// The program as a user for whom modes and limits hold: root is beyond both.
fn as_somebody(desk: &Desk, script: &str) -> Ended {
    let program = desk.path("rayscope");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_rayscope"), &program).expect("the program where others may run it");
    }
    let mode =
        |path: PathBuf, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(program, 0o755);
    mode(desk.path("."), 0o777);
    let user =
        "[ $(id -u) = 0 ] && as='setpriv --reuid=65534 --regid=65534 --clear-groups' || as=; $as bash -c";
    desk.shell(&format!("RAYSCOPE=$PWD/rayscope; export RAYSCOPE; {user} '{script}'"))
}

/// From one page to more than the report needs.
#[test]
fn a_disk_that_is_full_at_any_byte_leaves_the_earlier_report_or_a_whole_one() {
    let incidents = Incidents::new();
    let pages = incidents.one.values().map(|bytes| bytes.len().div_ceil(4096) as u64).sum::<u64>();
    let mut drawn = Drawn::new(4);
    let room: Vec<String> = (0..MOMENTS).map(|_| (1 + drawn.below(pages + 4)).to_string()).collect();
    // A small disk that no other process sees; without root, a user namespace lets one mount it.
    let script = format!(
        "[ $(id -u) = 0 ] && own='unshare -m' || own='unshare -rm'; mkdir disk; $own bash -c '\
         for pages in {}; do mount -t tmpfs -o size=$((pages * 4))k none disk || exit 9; \
         for out in disk disk/new/report; do \"$RAYSCOPE\" diagnose one --format quiet --out $out 2> said; status=$?; \
         echo \"$pages $out $status $(ls -A $out 2> /dev/null | wc -l) $(ls -A disk | wc -l) $(ls -A disk/new 2> /dev/null | wc -l)\"; \
         rm -rf disk/*; done; umount disk; done'",
        room.join(" ")
    );
    let ended = incidents.desk.shell(&script);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let lines: Vec<Vec<&str>> = ended.out.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), 2 * MOMENTS);
    for line in &lines {
        match line[..] {
            [_, "disk", "0", "3", "3", "0"] | [_, "disk/new/report", "0", "3", "1", "1"] => {}
            [_, _, "3", "0", "0", "0"] => {}
            _ => panic!("{line:?}: {}", ended.err),
        }
    }
    let refused = lines.iter().filter(|line| line[2] == "3").count();
    assert!((1..lines.len()).contains(&refused), "{refused} of {}", lines.len());
}

#[test]
fn a_limit_on_the_size_of_files_leaves_nothing_and_is_told() {
    let incidents = Incidents::new();
    let largest = incidents.one.values().map(Vec::len).max().unwrap_or(0) as u64 / 1024;
    let (mut drawn, mut refused) = (Drawn::new(5), 0);
    for at in 0..MOMENTS {
        let blocks = drawn.below(largest + 8);
        let out = format!("report-{at}");
        let script =
            format!("ulimit -f {blocks}; exec \"$RAYSCOPE\" diagnose one --format quiet --out {out}");
        let ended = incidents.desk.shell(&script);
        let left = files(&incidents.desk.path(&out));
        match ended.status {
            Some(0) => assert!(left == incidents.one, "{blocks}: {:?}", names(&left)),
            Some(3) => {
                refused += 1;
                assert!(
                    ended.err.contains("File too large") && !incidents.desk.path(&out).exists(),
                    "{}",
                    ended.err
                );
            }
            other => panic!("{blocks}: {other:?}: {}", ended.err),
        }
    }
    assert!((1..MOMENTS).contains(&refused), "{refused}");
}

/// A pager that quits, a terminal that is gone, a full disk behind `2>`.
#[test]
fn standard_error_that_nobody_reads_changes_no_status() {
    let desk = Desk::new();
    desk.put("in/edge.log", format!("{}{{\n", edge_log()));
    assert!(desk.run(&["diagnose", "in"]).err.contains("warning: "), "otherwise nothing is said");
    for to in ["2>/dev/full", "2>&-", "2> >(exec 0<&-; :)"] {
        for (arguments, status) in [("in", 0), ("nowhere", 2), ("in --out in/edge.log", 3)] {
            let ended = desk.shell(&format!("exec \"$RAYSCOPE\" diagnose {arguments} > /dev/null {to}"));
            assert_eq!(ended.status, Some(status), "{arguments} {to}");
        }
    }
}

#[test]
fn threads_that_the_system_does_not_give_are_done_without() {
    let incidents = Incidents::new();
    for (at, threads) in [1, 2, 3, 64, 512].into_iter().enumerate() {
        let script = format!(
            "ulimit -u 1; exec \"$RAYSCOPE\" diagnose one --threads {threads} --format quiet --out some-{at} 2> /dev/null"
        );
        let ended = as_somebody(&incidents.desk, &script);
        assert_eq!(ended.status, Some(0), "{threads}: {}", ended.err);
        assert!(files(&incidents.desk.path(&format!("some-{at}"))) == incidents.one, "{threads}");
    }
    #[cfg(feature = "tables")]
    {
        let script = "ulimit -u 1; exec \"$RAYSCOPE\" tables one --out some-tables 2> /dev/null";
        assert_eq!(as_somebody(&incidents.desk, script).status, Some(0));
        assert_eq!(incidents.desk.run(&["tables", "one", "--out", "tables"]).status, Some(0));
        let tables = ["some-tables", "tables"].map(|folder| files(&incidents.desk.path(folder)));
        assert!(tables[0] == tables[1], "their number changes a table");
    }
    for threads in ["0", "513", "100000", "18446744073709551615", "18446744073709551616", "-1"] {
        let ended =
            incidents.desk.run(&["diagnose", "one", &format!("--threads={threads}"), "--out", "none"]);
        assert_eq!(ended.status, Some(2), "{threads}: {}", ended.err);
    }
    assert!(!incidents.desk.path("none").exists());
}

#[test]
fn what_may_not_be_read_is_told_and_costs_itself_alone() {
    let desk = Desk::new();
    desk.put("in/edge.log", edge_log());
    for closed in ["in/closed/access.log", "in/closed.log"] {
        desk.put(closed, edge_log());
    }
    for closed in ["in/closed", "in/closed.log"] {
        fs::set_permissions(desk.path(closed), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let ended = as_somebody(&desk, "exec \"$RAYSCOPE\" diagnose in --out report");
    fs::set_permissions(desk.path("in/closed"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    for told in [
        "warning: closed: the folder cannot be read: Permission denied",
        "warning: closed.log: cannot be read: Permission denied",
    ] {
        assert!(ended.err.contains(told), "{}", ended.err);
    }
    assert_eq!(desk.names("report").len(), 3);
}

#[test]
fn a_folder_that_may_not_be_written_is_told_and_stays_as_it_is() {
    let desk = Desk::new();
    desk.put("in/edge.log", edge_log());
    desk.put("closed/report.md", "mine");
    fs::set_permissions(desk.path("closed"), fs::Permissions::from_mode(0o555)).unwrap();
    for out in ["closed", "closed/new", "closed/a/b"] {
        let ended = as_somebody(&desk, &format!("exec \"$RAYSCOPE\" diagnose in --format quiet --out {out}"));
        assert_eq!(ended.status, Some(3), "{out}: {}", ended.err);
        assert!(ended.err.contains("Permission denied"), "{}", ended.err);
    }
    assert_eq!(fs::read_to_string(desk.path("closed/report.md")).unwrap(), "mine");
    assert_eq!(desk.names("closed"), ["report.md"]);
}

/// Opened files are given back as they are read: a folder of thousands needs few at a time.
#[test]
fn few_files_that_may_be_open_are_enough() {
    let desk = Desk::new();
    for number in 0..200 {
        desk.put(&format!("in/{number}.log"), edge_log().replace("9f0", &format!("{number:03}")));
    }
    let ended = desk.shell("ulimit -n 24; exec \"$RAYSCOPE\" diagnose in --format quiet --out report");
    assert_eq!((ended.status, desk.names("report").len()), (Some(0), 3), "{}", ended.err);
}
