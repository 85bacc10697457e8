//! Options narrow the evidence that is used or change an assumption. The report must show the effect of each.

use serde_json::{Value, json};

use super::program::{Desk, access_line, edge_log, ray, sample};

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("incident/edge.log", edge_log());
    desk
}

fn requests(report: &Value) -> [u64; 2] {
    ["requests", "failed_requests"].map(|name| report["totals"][name].as_u64().unwrap())
}

fn rays(report: &Value) -> Vec<&str> {
    report["cases"].as_array().unwrap().iter().filter_map(|case| case["ray"].as_str()).collect()
}

#[test]
fn filters_narrow_totals_and_cases() {
    let desk = desk();
    assert_eq!(requests(&desk.report(&["incident"])), [40, 2]);
    let since = desk.report(&["incident", "--since", "2026-11-20 09:00:15"]);
    assert_eq!((requests(&since), rays(&since)), ([25, 1], vec![ray(20).as_str()]));
    let until = desk.report(&["incident", "--until", "2026-11-20T09:00:15Z"]);
    assert_eq!((requests(&until), rays(&until)), ([16, 1], vec![ray(10).as_str()]));
    let shop = desk.report(&["incident", "--host", "shop.example"]);
    assert_eq!(requests(&shop), [30, 2]);
    let blog = desk.report(&["incident", "--host", "blog.example"]);
    assert_eq!(requests(&blog), [10, 0]);
    let one = desk.report(&["incident", "--ray", &format!("{}-AMS", ray(20).to_uppercase())]);
    assert_eq!(rays(&one), [ray(20)]);
}

#[test]
fn conditions_set_the_exit_status() {
    let desk = desk();
    let status = |arguments: &[&str]| desk.run(&[&["diagnose", "incident"], arguments].concat()).status;
    assert_eq!(status(&[]), Some(0));
    assert_eq!(status(&["--fail-on", "failures"]), Some(1));
    assert_eq!(status(&["--fail-on", "rate>0.04"]), Some(1));
    assert_eq!(status(&["--fail-on", "rate>0.05"]), Some(0));
    assert_eq!(status(&["--fail-on", "cause=bare-lf"]), Some(0));
    assert_eq!(status(&["--fail-on", "cause=bare-lf", "--fail-on", "failures"]), Some(1));
    assert_eq!(status(&["--fail-on", "failures", "--host", "blog.example"]), Some(0));
    assert!(desk.path("rayscope-report/report.json").is_file(), "the report is written all the same");
}

#[test]
fn every_format_prints_what_is_in_the_files() {
    let desk = desk();
    let run = |format: &str| desk.run(&["diagnose", "incident", "--format", format]);
    let file = |name: &str| std::fs::read_to_string(desk.path("rayscope-report").join(name)).unwrap();
    assert_eq!(run("json").out, file("report.json"));
    assert_eq!(run("markdown").out, file("report.md"));
    assert!(run("text").out.contains("2 of 40 requests"));
    let quiet = run("quiet");
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    assert!(desk.run(&["diagnose", "incident", "--color", "always"]).out.contains("\u{1b}["));
    assert!(!desk.run(&["diagnose", "incident", "--color", "auto"]).out.contains("\u{1b}["));
    // A summary of ten lines must not scroll away behind a progress bar in a log file.
    assert!(!run("text").err.contains('\r'));
}

#[test]
fn threads_do_not_change_the_answer() {
    let desk = desk();
    assert_eq!(desk.report(&["incident", "--threads", "1"]), desk.report(&["incident", "--threads", "7"]));
}

/// Behind a private load balancer the edge's addresses are not Cloudflare's. Where the person names them, the confidence may be higher.
#[test]
fn a_named_edge_range_tells_who_is_the_edge() {
    let desk = Desk::new();
    let capture = std::fs::read(sample("keepalive-race/origin/cap.pcap")).unwrap();
    desk.put("cap.pcap", rewritten(&capture));
    let confidence = |report: &Value| report["causes"][0]["confidence"].as_f64().unwrap();
    let guessed = desk.report(&["cap.pcap"]);
    let ranges = ["--edge-range", "100.64.0.0/10"];
    let named = desk.report(&[&["cap.pcap"], &ranges[..]].concat());
    assert!(confidence(&guessed) <= 0.9, "{}", guessed["causes"][0]);
    assert!(confidence(&named) > 0.9, "{}", named["causes"][0]);
    assert_eq!(named["causes"][0]["slug"], "keepalive-race");
}

/// The capture with every address but the origin's moved into 100.64.0.0/10. Checksums are then wrong, as in many captures.
fn rewritten(capture: &[u8]) -> Vec<u8> {
    const FILE_HEADER: usize = 24;
    const PACKET_HEADER: usize = 16;
    const SOURCE: usize = PACKET_HEADER + 14 + 12;
    const ORIGIN: [u8; 4] = [203, 0, 113, 7];
    let mut moved = capture.to_vec();
    let mut at = FILE_HEADER;
    while let Some(length) = moved.get(at + 8..at + 12) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        for address in [at + SOURCE, at + SOURCE + 4] {
            if moved[address..address + 4] != ORIGIN {
                moved[address] = 100;
                moved[address + 1] = 64 | (moved[address + 1] & 63);
            }
        }
        at += PACKET_HEADER + length;
    }
    moved
}

#[test]
fn limits_are_those_of_the_file() {
    let desk = desk();
    desk.put("limits.toml", "name = \"ours\"\n[limits]\nidle_s = 77\n");
    let report = desk.report(&["incident", "--limits", "limits.toml"]);
    assert_eq!(report["profile"]["name"], "ours");
    assert_eq!(report["profile"]["limits"]["idle_s"], json!(77));
    let printed = desk.run(&["limits", "--limits", "limits.toml"]);
    assert!(printed.out.contains("idle_s = 77"), "{}", printed.out);
    // What is printed can be given back as a limits file.
    desk.put("again.toml", &printed.out);
    assert_eq!(desk.run(&["limits", "--limits", "again.toml"]).out, printed.out);
}

/// The lines alone do not show which of two numbers is the status that the visitor got.
#[test]
fn a_log_of_ones_own_making_is_read_by_its_format() {
    let desk = Desk::new();
    let line = |visit: u32| {
        format!("{}|{}.5|502|200|POST /pay|shop.example|162.158.84.5\n", ray(visit), 1_795_165_200 + visit)
    };
    desk.put("our.log", (0..40).map(line).collect::<String>());
    let failed = |status: &str| {
        let format = format!("$http_cf_ray|$msec|{status}|$request_method $request_uri|$host|$remote_addr");
        let report = desk.report(&["our.log", "--log-format", &format]);
        assert_eq!(report["inputs"][0]["kind"], "access_log");
        assert_eq!(report["inputs"][0]["records"], 40);
        requests(&report)
    };
    assert_eq!(failed("$status|$upstream_status"), [40, 40]);
    assert_eq!(failed("$upstream_status|$status"), [40, 0]);
}

#[test]
fn logs_compressed_or_not_give_the_same_totals() {
    let desk = Desk::new();
    let access: String = (0..40).filter(|visit| *visit != 10 && *visit != 20).map(access_line).collect();
    desk.put("incident/edge.log", edge_log());
    desk.put("incident/access.log", &access);
    let plain = desk.report(&["incident"]);
    assert_eq!(desk.shell("gzip -n incident/access.log").status, Some(0));
    let packed = desk.report(&["incident"]);
    assert_eq!(plain["totals"], packed["totals"]);
    assert_eq!(plain["inputs"][0]["records"], packed["inputs"][0]["records"]);
}
