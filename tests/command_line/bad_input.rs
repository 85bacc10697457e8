//! Evidence is often damaged, and arguments are often mistyped: the good part is analysed, and a message names the bad one.

use super::program::{Desk, access_line, edge_log, sample};

/// Binary junk that is the same in every run.
fn junk(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    (0..bytes).map(step).collect()
}

#[test]
fn nothing_usable_names_each_file_and_leaves_no_report() {
    let desk = Desk::new();
    desk.put("incident/notes.txt", "call the hoster\n");
    desk.put("incident/empty.log", "");
    desk.put("incident/core", junk(4000));
    insta::assert_snapshot!(desk.run(&["diagnose", "incident"]).seen());
    std::fs::create_dir(desk.path("nothing")).unwrap();
    insta::assert_snapshot!(desk.run(&["diagnose", "nothing"]).seen());
    insta::assert_snapshot!(desk.run(&["diagnose", "nowhere"]).seen());
    assert!(desk.names("rayscope-report").is_empty());
}

#[test]
fn an_empty_file_beside_good_ones_costs_nothing_but_a_warning() {
    let desk = Desk::new();
    desk.put("incident/edge.log", edge_log());
    desk.put("incident/access.log", "");
    let ended = desk.run(&["diagnose", "incident"]);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let report = desk.report(&["incident"]);
    assert_eq!(report["totals"]["failed_requests"], 2);
    let inputs = report["inputs"].as_array().unwrap();
    assert_eq!((inputs.len(), inputs[0]["path"].as_str()), (2, Some("access.log")));
}

#[test]
fn a_capture_without_packets_is_usable() {
    let desk = Desk::new();
    let capture = std::fs::read(sample("keepalive-race/origin/cap.pcap")).unwrap();
    desk.put("empty.pcap", &capture[..24]);
    let report = desk.report(&["empty.pcap"]);
    assert_eq!(report["inputs"][0]["facts"]["packets"], 0);
    assert_eq!(report["causes"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_capture_cut_inside_a_packet_is_read_up_to_there() {
    let desk = Desk::new();
    let capture = std::fs::read(sample("keepalive-race/origin/cap.pcap")).unwrap();
    desk.put("cap.pcap", &capture[..500_000]);
    let ended = desk.run(&["diagnose", "cap.pcap"]);
    assert_eq!(ended.status, Some(0));
    insta::assert_snapshot!(ended.err, @"warning: cap.pcap: cut short after packet 1029: 566 of 651 bytes");
    let report = desk.report(&["cap.pcap"]);
    assert_eq!(report["inputs"][0]["facts"]["packets"], 1029);
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(1));
}

#[test]
fn junk_among_log_lines_and_broken_json_lines_are_skipped_and_counted() {
    let desk = Desk::new();
    let mut access: Vec<u8> = (0..10).map(access_line).collect::<String>().into_bytes();
    access.extend(junk(300));
    access.push(b'\n');
    access.extend((11..40).map(access_line).collect::<String>().into_bytes());
    desk.put("incident/access.log", &access);
    let broken = "{\"RayID\": broken\n{\"RayID\":\"9f00\n";
    desk.put("incident/edge.log", format!("{}{broken}{}", &edge_log(), "{}{}\n"));
    let ended = desk.run(&["diagnose", "incident"]);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let report = desk.report(&["incident"]);
    for (input, records) in [(0, 39), (1, 40)] {
        let input = &report["inputs"][input];
        assert_eq!(input["records"], records, "{input}");
        assert!(input["skipped"].as_u64() > Some(0), "{input}");
        let name = input["path"].as_str().unwrap();
        assert!(ended.err.contains(&format!("warning: {name}: ")), "{}", ended.err);
    }
    assert_eq!(report["totals"]["failed_requests"], 2);
    assert_eq!(report["totals"]["rays"]["joined_edge_log"], 2);
}

#[test]
fn wrong_arguments_say_what_to_type_instead() {
    let desk = Desk::new();
    desk.put("edge.log", edge_log());
    desk.put("limits.toml", "[limits]\nidle_seconds = 5\n");
    let wrong: [&[&str]; 13] = [
        &[],
        &["diagnose"],
        &["diagnose", "--threads", "0", "edge.log"],
        &["diagnose", "--threads", "many", "edge.log"],
        &["diagnose", "--since", "yesterday", "edge.log"],
        &["diagnose", "--ray", "xyz", "edge.log"],
        &["diagnose", "--edge-range", "10.0.0.0/99", "edge.log"],
        &["diagnose", "--fail-on", "rate", "edge.log"],
        &["diagnose", "--format", "pdf", "edge.log"],
        &["diagnose", "--log-format", "$remote_addr", "edge.log"],
        &["diagnose", "--limits", "limits.toml", "edge.log"],
        &["diagnose", "--limits", "nowhere.toml", "edge.log"],
        &["causes", "nonsense"],
    ];
    let seen = |arguments: &[&str]| {
        let ended = desk.run(arguments);
        assert_eq!(ended.status, Some(2), "{arguments:?}");
        format!("$ rayscope {}\n{}\n", arguments.join(" "), ended.seen())
    };
    let all: Vec<String> = wrong[1..].iter().map(|arguments| seen(arguments)).collect();
    insta::assert_snapshot!(all.join("\n"));
    assert!(desk.run(wrong[0]).err.contains("Usage:"), "no argument at all gets the help");
    assert_eq!(desk.names("."), ["edge.log", "limits.toml"]);
}

/// If this breaks, a person's list of deployments is missing on the timeline, and nobody says so.
#[test]
fn a_file_of_events_that_is_none_is_refused() {
    let desk = Desk::new();
    desk.put("edge.log", edge_log());
    desk.put("deploys.txt", "v42 went out at noon\n");
    desk.put("deploys.csv", "version,team\nv42,shop\nv43,shop\n");
    desk.put("good.csv", "time,text\n2026-11-17 08:00:00,v42 went out\n");
    for (file, why) in [
        ("deploys.txt", "--events deploys.txt: no list of events: line 1 does not name"),
        ("deploys.csv", "--events deploys.csv: no list of events: line 1 does not name"),
        ("edge.log", "--events edge.log: no list of events: it is a log (cloudflare)"),
    ] {
        let ended = desk.run(&["diagnose", "edge.log", "--events", file]);
        assert_eq!(ended.status, Some(2), "{file}");
        assert!(ended.err.contains(why) && ended.err.contains("give a CSV"), "{}", ended.err);
    }
    assert!(desk.names("rayscope-report").is_empty());
    let ended = desk.run(&["diagnose", "edge.log", "--events", "good.csv"]);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
}

/// If this breaks, the captures stay closed to a person who has given the key, and nobody says why.
#[test]
fn a_key_log_that_is_none_is_refused_and_one_alone_is_no_evidence() {
    let desk = Desk::new();
    desk.put("edge.log", edge_log());
    desk.put("keys.log", format!("CLIENT_RANDOM {} {}\n", "ab".repeat(32), "cd".repeat(48)));
    let ended = desk.run(&["diagnose", "edge.log", "--keylog", "edge.log"]);
    assert_eq!(ended.status, Some(2));
    assert!(ended.err.contains("--keylog edge.log: no key log"), "{}", ended.err);
    assert_eq!(desk.run(&["diagnose", "edge.log", "--keylog", "keys.log"]).status, Some(0));
    let alone = desk.run(&["diagnose", "keys.log"]);
    assert_eq!(alone.status, Some(2));
    assert!(
        alone.err.contains("TLS sessions whose secrets it has: 1") && !alone.err.contains("cdcd"),
        "{}",
        alone.err
    );
}
