//! Tables of everything that was seen: whole or not at all, the same bytes whatever the threads, and no change to the report that they stand beside.

use std::fs;

use super::program::{Desk, access_line, edge_log, sample};

const OF_TABLES: [&str; 9] = [
    "access.parquet",
    "connections.parquet",
    "edge.parquet",
    "events.parquet",
    "exchanges.parquet",
    "har.parquet",
    "inputs.parquet",
    "messages.parquet",
    "settings.parquet",
];

fn contents(desk: &Desk, folder: &str) -> Vec<(String, Vec<u8>)> {
    let names = desk.names(folder).into_iter();
    names.map(|name| (name.clone(), fs::read(desk.path(folder).join(name)).unwrap())).collect()
}

#[test]
fn a_diagnosis_writes_the_tables_of_the_verb_and_its_cases_and_the_same_report() {
    let (desk, path) = (Desk::new(), sample("keepalive-race"));
    let plain = desk.run(&["diagnose", &path, "--out", "plain"]);
    let ended = desk.run(&["diagnose", &path, "--out", "report", "--tables", "tables"]);
    assert_eq!((plain.status, ended.status), (Some(0), Some(0)), "{}", ended.err);
    assert!(contents(&desk, "plain") == contents(&desk, "report"), "the report is another one");
    assert_eq!(desk.run(&["tables", &path, "--out", "extracted"]).status, Some(0));
    assert_eq!(desk.names("extracted"), OF_TABLES);
    let (cases, others): (Vec<_>, Vec<_>) =
        contents(&desk, "tables").into_iter().partition(|(name, _)| name == "cases.parquet");
    assert_eq!(cases.len(), 1);
    assert!(others == contents(&desk, "extracted"), "they tell the same");
}

#[test]
fn threads_do_not_change_a_byte_of_a_table() {
    let desk = Desk::new();
    // Long enough for several blocks and row groups.
    desk.put("logs/access.log", (0..40_000).map(|visit| access_line(visit % 60)).collect::<String>());
    desk.put("logs/edge.log", edge_log());
    for path in
        [sample("mixed-keepalive-and-worker-crash"), sample("tls-no-shared-cipher"), "logs".to_owned()]
    {
        for threads in ["1", "2", "5"] {
            let out = format!("tables-{threads}");
            let ended =
                desk.run(&["diagnose", &path, "--out", "report", "--tables", &out, "--threads", threads]);
            assert_eq!(ended.status, Some(0), "{}", ended.err);
        }
        let one = contents(&desk, "tables-1");
        assert!(one == contents(&desk, "tables-2") && one == contents(&desk, "tables-5"), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn tables_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.put("edge.log", edge_log());
    assert_eq!(desk.run(&["tables", "edge.log", "--out", "tables"]).status, Some(0));
    for name in desk.names("tables") {
        let mode = fs::metadata(desk.path("tables").join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// Row groups go to the disk as they fill, so that it may be full in the middle of a table.
#[test]
fn where_a_table_cannot_be_written_none_appears() {
    let desk = Desk::new();
    desk.put("access.log", (0..40_000).map(|visit| access_line(visit % 60)).collect::<String>());
    let script = "ulimit -f 64; trap '' XFSZ; exec \"$RAYSCOPE\" tables access.log --out tables";
    let ended = desk.shell(script);
    assert_eq!(ended.status, Some(3), "{}", ended.err);
    assert!(ended.err.contains("access.parquet"), "{}", ended.err);
    assert_eq!(desk.names("."), ["access.log"]);
}
