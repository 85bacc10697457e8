//! A report appears whole or not at all; a script that reads half a report would act on it.

use super::program::{Desk, Ended, edge_log};

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("edge.log", edge_log());
    desk
}

#[test]
fn a_folder_that_cannot_be_made_is_the_machines_fault() {
    let desk = desk();
    desk.put("report", "a file where the folder should be");
    let ended = desk.run(&["diagnose", "edge.log", "--out", "report"]);
    insta::assert_snapshot!(ended.seen());
    let ended = desk.run(&["diagnose", "edge.log", "--out", "report/below"]);
    assert_eq!(ended.status, Some(3), "{}", ended.err);
    assert_eq!(desk.names("."), ["edge.log", "report"]);
}

/// Runs a shell script with a small disk mounted at `report`, which no other process sees.
fn on_a_small_disk(desk: &Desk, size: &str, script: &str) -> Ended {
    std::fs::create_dir(desk.path("report")).unwrap();
    // Without root, a user namespace lets one mount.
    let unshare = "[ $(id -u) = 0 ] && own='unshare -m' || own='unshare -rm'; $own bash -c";
    desk.shell(&format!("{unshare} 'mount -t tmpfs -o size={size} none report && {{ {script}; }}'"))
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let script = "\"$RAYSCOPE\" diagnose edge.log --out report; status=$?; ls -A report; exit $status";
    // One page: the first file does not fit, whichever of them the threads begin with.
    insta::assert_snapshot!(on_a_small_disk(&desk(), "4k", script).seen());
}

#[test]
fn a_limit_on_the_size_of_files_leaves_no_new_folder() {
    let desk = desk();
    let ended = desk.shell("ulimit -f 4; trap '' XFSZ; exec \"$RAYSCOPE\" diagnose edge.log --out report");
    assert_eq!(ended.status, Some(3), "{}", ended.err);
    assert_eq!(desk.names("."), ["edge.log"]);
}

#[test]
fn an_earlier_report_stays_where_the_new_one_cannot_be_written() {
    let script = "\"$RAYSCOPE\" diagnose edge.log --out report --format quiet; before=$(cat report/* | sha256sum); \
                  cat /dev/zero > report/full 2> /dev/null; \
                  \"$RAYSCOPE\" diagnose edge.log --out report --format quiet --no-redact 2> /dev/null; echo $?; \
                  rm report/full; ls -A report; [ \"$before\" = \"$(cat report/* | sha256sum)\" ] && echo unchanged";
    let ended = on_a_small_disk(&desk(), "1m", script);
    assert_eq!(ended.out, "3\nindex.html\nreport.json\nreport.md\nunchanged\n", "{}", ended.err);
}

#[test]
fn a_full_standard_output_is_told() {
    let ended = desk().shell("exec \"$RAYSCOPE\" diagnose edge.log --format json > /dev/full");
    insta::assert_snapshot!(ended.seen());
}

#[test]
fn a_reader_that_leaves_early_ends_the_run_quietly() {
    let desk = desk();
    // The reading end is closed before the program begins: its first write meets a broken pipe, whatever the timing.
    let script = "exec 3> >(exec 0<&-; :); wait $!; \"$RAYSCOPE\" diagnose edge.log --format json >&3";
    let ended = desk.shell(script);
    assert_eq!((ended.status, ended.err.as_str()), (Some(0), ""));
    assert_eq!(desk.names("rayscope-report"), ["index.html", "report.json", "report.md"]);
    let ended = desk.shell("\"$RAYSCOPE\" schema | head -1; echo ${PIPESTATUS[0]}");
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("{\n0\n", ""));
}

#[test]
fn a_report_is_never_evidence_for_the_next_one() {
    let desk = Desk::new();
    desk.put("incident/edge.log", edge_log());
    let first = desk.run(&["diagnose", "incident", "--format", "json", "--out", "incident/report"]);
    let second = desk.run(&["diagnose", "incident", "--format", "json", "--out", "incident/report"]);
    assert_eq!((first.status, &first.out), (Some(0), &second.out));
}
