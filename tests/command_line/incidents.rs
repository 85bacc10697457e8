//! What a platform team reads: an index over many incidents, and whether a change helped.

use serde_json::{Value, json};

use super::program::{Desk, sample};

/// A report as far as an index and a comparison read it.
fn report(day: &str, host: &str, causes: &[(&str, u64)], requests: u64) -> Value {
    let failures: u64 = causes.iter().map(|(_, failures)| failures).sum();
    let causes: Vec<Value> = causes
        .iter()
        .map(|(slug, failures)| json!({"slug": slug, "title": slug, "affected": {"failures": failures}}))
        .collect();
    let kind = if causes.is_empty() { "healthy" } else { "origin" };
    json!({
        "schema": "rayscope.report/1",
        "window": {"first": format!("{day}T14:02:00.000000000Z"), "last": format!("{day}T14:19:00.000000000Z")},
        "hosts": [host],
        "verdict": {"kind": kind, "headline": format!("{failures} of {requests} requests failed <b>at once</b>")},
        "totals": {"population": "requests", "failures": failures, "requests": requests, "connections": 7},
        "causes": causes,
        "unexplained": {"failures": 0},
        "coverage": {"captured_share_of_failures": null},
        "something_of_a_later_version": {"x": [1, 2]},
    })
}

fn desk() -> Desk {
    let desk = Desk::new();
    for (folder, report) in [
        (
            "reports/a",
            report("2026-11-02", "shop.example", &[("keepalive-race", 46), ("oom-kill", 3)], 5_021),
        ),
        ("reports/b b", report("2026-11-19", "shop.example", &[("keepalive-race", 12)], 900)),
        ("reports/deep/c", report("2026-11-10", "api.example", &[], 8_112)),
        ("reports/d", report("2026-11-20", "evil|<script>", &[("x](javascript:1)", 1)], 10)),
    ] {
        desk.put(&format!("{folder}/report.json"), report.to_string());
    }
    desk.put("reports/broken/report.json", "{\"schema\": \"rayscope.report/1\", \"window\":");
    desk.put("reports/other/report.json", "{\"schema\": \"rayscope.report/2\"}");
    desk
}

#[test]
fn an_index_reads_at_a_glance() {
    let desk = desk();
    let at = desk.path("").canonicalize().unwrap();
    let hide = |text: String| text.replace(at.to_str().unwrap().trim_end_matches('/'), "HERE");
    insta::assert_snapshot!(hide(desk.run(&["index", "reports", "--out", "index"]).seen()));
    let markdown = desk.run(&["index", "reports", "--out", "index", "--format", "markdown"]);
    insta::assert_snapshot!(hide(markdown.seen()));
    let json: Value =
        serde_json::from_str(&std::fs::read_to_string(desk.path("index/incidents.json")).unwrap()).unwrap();
    assert_eq!(json["incidents"][1]["folder"], "../reports/b b");
    assert_eq!(
        json["again"][0],
        json!({"cause": "keepalive-race", "incidents": 2, "failures": 58, "latest": "2026-11-19T14:02:00.000000000Z"})
    );
}

#[test]
fn nothing_in_a_report_is_markup_of_the_page_of_an_index() {
    let desk = desk();
    assert_eq!(desk.run(&["index", "reports", "--out", "index", "--format", "quiet"]).status, Some(0));
    let page = std::fs::read_to_string(desk.path("index/incidents.html")).unwrap();
    assert!(page.contains("href=\"./../reports/b%20b/index.html\""));
    assert!(page.contains("evil|&lt;script&gt;") && page.contains("failed &lt;b&gt;at once&lt;/b&gt;"));
    assert!(!page.contains("<script") && !page.contains("href=\"javascript"));
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
}

#[test]
fn an_index_leads_to_the_reports_of_the_program() {
    let desk = Desk::new();
    for name in ["keepalive-race", "har-cookies-grow"] {
        let out = format!("reports/{name}");
        assert_eq!(
            desk.run(&["diagnose", &sample(name), "--out", &out, "--format", "quiet"]).status,
            Some(0)
        );
    }
    let ended = desk.run(&["index", "reports", "--out", "deep/in/index", "--format", "json"]);
    let index: Value = serde_json::from_str(&ended.out).unwrap();
    let incidents = index["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 2);
    for incident in incidents {
        let folder = desk.path("deep/in/index").join(incident["folder"].as_str().unwrap());
        let report: Value =
            serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap();
        assert!(folder.join("index.html").is_file());
        assert_eq!(incident["headline"], report["verdict"]["headline"]);
        assert_eq!(incident["cause"], report["causes"][0]["slug"]);
        assert_eq!(incident["failed"]["failures"], report["totals"]["failures"]);
    }
}

/// Otherwise a comparison tells of none among all requests where connections failed.
#[test]
fn what_befell_connections_beside_the_failures_is_compared_by_its_connections() {
    let desk = Desk::new();
    let causes = [("origin-error-status", 11), ("tls-no-shared-cipher", 0)];
    let mut before = report("2026-11-02", "shop.example", &causes, 196);
    before["causes"][1]["affected"]["connections"] = json!(26);
    desk.put("before.json", before.to_string());
    desk.put("after.json", report("2026-11-03", "shop.example", &causes[..1], 196).to_string());
    let told = desk.run(&["compare", "before.json", "after.json", "--format", "json"]).out;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["causes"].as_array().map(Vec::len), Some(1), "{told}");
    let notes = told["notes"].to_string();
    assert!(notes.contains("tls-no-shared-cipher befell connections"), "{notes}");
    assert!(notes.contains("26 before and 0 after"), "{notes}");
}

#[test]
fn a_comparison_says_whether_the_fix_worked() {
    let desk = desk();
    let before = report("2026-11-02", "shop.example", &[("keepalive-race", 46), ("oom-kill", 3)], 5_021);
    let after = |name: &str, causes: &[(&str, u64)], requests| {
        desk.put(&format!("{name}.json"), report("2026-11-03", "shop.example", causes, requests).to_string());
        desk.run(&["compare", "before.json", &format!("{name}.json")])
    };
    desk.put("before.json", before.to_string());
    let mut told = String::new();
    for (name, causes, requests) in [
        ("fixed", &[][..], 8_112),
        ("few", &[], 120),
        ("rarer", &[("keepalive-race", 9), ("truncated-response", 4)], 8_112),
        ("same", &[("keepalive-race", 70), ("oom-kill", 60)], 8_112),
        ("worse", &[("keepalive-race", 460)], 8_112),
        ("moved", &[("truncated-response", 78)], 8_112),
        ("moved-and-grown", &[("truncated-response", 780)], 8_112),
    ] {
        let ended = after(name, causes, requests);
        told.push_str(&format!("== {name}\n{}\n\n", ended.seen()));
    }
    insta::assert_snapshot!(told);
    let markdown = desk.run(&["compare", "before.json", "rarer.json", "--format", "markdown"]);
    insta::assert_snapshot!(markdown.seen());
    let json = desk.run(&["compare", "reports/a", "fixed.json", "--format", "json"]).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["schema"], &json["causes"][0]["kind"]),
        (&json!("rayscope.comparison/1"), &json!("gone"))
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let desk = desk();
    let mut other = report("2026-11-01", "blog.example", &[("syn-flood", 5)], 0);
    other["totals"]["population"] = json!("connections");
    desk.put("other.json", other.to_string());
    let mut captured = report("2026-11-19", "shop.example", &[("oom-kill", 5)], 100);
    captured["coverage"]["captured_share_of_failures"] = json!(1.0);
    desk.put("captured.json", captured.to_string());
    let mut told = String::new();
    for arguments in [
        &["compare", "reports/a", "other.json"][..],
        &["compare", "captured.json", "reports/b b"],
        &["compare", "reports/a", "reports/broken"],
        &["compare", "reports/a", "reports/other"],
        &["compare", "reports/a", "nowhere"],
        &["index", "nowhere"],
    ] {
        told.push_str(&format!("{}\n\n", desk.run(arguments).seen()));
    }
    insta::assert_snapshot!(told);
}
