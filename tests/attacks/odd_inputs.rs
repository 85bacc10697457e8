//! Arguments and folders as nobody means them to be: pipes, names full of escape sequences, reports among the evidence.

use super::program::{Desk, edge_log};

#[test]
fn a_pipe_is_read_as_the_file_behind_it() {
    let desk = Desk::new();
    desk.put("edge.log", edge_log());
    desk.put("changes.csv", "time,text\n2026-11-20 08:59:00,v42 went out\n");
    let ended = desk.shell(
        "exec \"$RAYSCOPE\" diagnose <(cat edge.log) --events <(cat changes.csv) --format json --out report",
    );
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let inputs: Vec<&str> =
        report["inputs"].as_array().unwrap().iter().map(|input| input["path"].as_str().unwrap()).collect();
    assert_eq!((inputs, &report["totals"]["failed_requests"]), (vec!["pipe", "pipe (2)"], &2.into()));
    let script = "mkfifo in.log; cat edge.log > in.log & exec \"$RAYSCOPE\" diagnose in.log --format json --out report";
    let report: serde_json::Value = serde_json::from_str(&desk.shell(script).out).unwrap();
    assert_eq!(report["inputs"][0]["path"], "in.log");
}

#[test]
fn a_pipe_in_a_folder_is_told_and_not_waited_for() {
    let desk = Desk::new();
    desk.put("in/edge.log", edge_log());
    let ended =
        desk.shell("mkfifo in/fifo in/report.json; exec \"$RAYSCOPE\" diagnose in --format quiet; echo $?");
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let ended = desk.shell("exec \"$RAYSCOPE\" diagnose in");
    assert!(ended.err.contains("warning: fifo: a pipe, a socket or a device"), "{}", ended.err);
}

/// Whatever a name holds, it does not reach the terminal as it is: neither in a warning, nor in an error, nor in a report.
#[test]
fn names_full_of_escape_sequences_are_shown_and_do_nothing() {
    let desk = Desk::new();
    let name = "x\u{1b}]0;owned\u{7}\u{1b}[31m\r\u{9b}2J\u{202e}gol";
    desk.put(&format!("in/{name}/{name}.log"), edge_log());
    desk.put(&format!("in/{name}/{name}.gz"), b"\x1f\x8b\x08\0\0\0\0\0\0\x03 damaged");
    let runs: [&[&str]; 6] = [
        &["diagnose", "in", "--out", name],
        &["diagnose", "in", "--format", "json"],
        &["diagnose", "in", "--format", "markdown"],
        &["diagnose", &format!("in/{name}/{name}.gz")],
        &["diagnose", name, &format!("nowhere{name}")],
        &["diagnose", "in", "--limits", &format!("nowhere{name}")],
    ];
    for arguments in runs {
        let ended = desk.run(arguments);
        let all = format!("{}{}", ended.out, ended.err);
        let moves = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!all.contains(moves), "{arguments:?}: {all:?}");
        assert!(!all.is_empty());
    }
    for file in ["report.json", "report.md", "index.html"] {
        let text = std::fs::read_to_string(desk.path("rayscope-report").join(file)).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{file}");
    }
}

/// A report in the folder that it tells of, and in one above: the next one is the same.
#[test]
fn a_report_among_the_evidence_is_left_out_and_what_lies_beside_it_is_not() {
    let desk = Desk::new();
    desk.put("in/edge.log", edge_log());
    let run = |out: &str| desk.run(&["diagnose", "in", "--format", "json", "--out", out]);
    let first = run("elsewhere");
    for out in ["in", "in/report", "in/a/b", "in", "elsewhere"] {
        let next = run(out);
        assert_eq!((next.status, next.out == first.out), (Some(0), true), "{out}: {}", next.err);
    }
    assert_eq!(desk.names("in"), ["a", "edge.log", "index.html", "report", "report.json", "report.md"]);
    let of_report = desk.run(&["diagnose", "elsewhere"]);
    assert_eq!(of_report.status, Some(2));
    assert!(
        of_report.err.contains("nothing but a report of rayscope, which is no evidence"),
        "{}",
        of_report.err
    );
}
