//! What an input says only beside others.

use std::fs;

use super::report;

/// If this breaks, a job's rotated CSV files, of which only the first has a header line, are read as one file and many that say nothing.
#[test]
fn a_table_without_header_has_the_columns_that_another_files_header_names() {
    let folder = tempfile::tempdir().unwrap();
    let header = "EdgeStartTimestamp,RayID,ClientRequestHost,EdgeResponseStatus,OriginResponseStatus\n";
    let line = |second: u8, status: u16| {
        format!("2026-11-17T08:01:0{second}Z,9c1f00aa12bc34d{second},shop.example,{status},{status}\n")
    };
    fs::write(folder.path().join("000.csv"), [header, &line(1, 200), &line(2, 502)].concat()).unwrap();
    // Nothing in these lines tells which status is whose, and one instant may be the start or the end.
    fs::write(folder.path().join("001.csv"), [line(3, 504), line(4, 200)].concat()).unwrap();
    let (_, report) = report(folder.path());
    let found = &report.inputs[1];
    assert_eq!((found.format.as_deref(), found.records), (Some("cloudflare_csv"), 2));
    assert!(
        found
            .warnings
            .iter()
            .any(|warning| warning.starts_with("no header line:") && warning.contains("000.csv")),
        "{:?}",
        found.warnings
    );
    assert_eq!(report.totals.failed_requests, 2);
}

/// If this breaks, a person whose table cannot be read is not told what to add.
#[test]
fn a_table_whose_columns_are_not_told_says_what_to_add() {
    let folder = tempfile::tempdir().unwrap();
    let line =
        |second: u8| format!("2026-11-17T08:01:0{second}Z,9c1f00aa12bc34d{second},shop.example,200,200\n");
    fs::write(folder.path().join("a.csv"), [line(1), line(2), line(3)].concat()).unwrap();
    let (_, report) = report(folder.path());
    let why = report.inputs[0].warnings.join(" ");
    assert!(why.starts_with("no header line:") && why.contains("field_names"), "{why}");
}

/// If this breaks, a 500 that a Worker made is looked for at the origin.
#[test]
fn the_trace_of_a_worker_explains_the_request_of_its_ray() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("edge.ndjson"),
        r#"{"RayID":"9c1f00aa12bc34d1","EdgeStartTimestamp":"2026-11-17T08:01:01.123Z","EdgeEndTimestamp":"2026-11-17T08:01:01.143Z","ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/cart","EdgeServerIP":"","EdgeResponseStatus":500,"OriginResponseStatus":0}"#,
    )
    .unwrap();
    fs::write(
        folder.path().join("tail.json"),
        r#"{"outcome":"exception","scriptName":"shop","exceptions":[{"name":"Error","message":"boom"}],"logs":[],"eventTimestamp":1794902461125,"event":{"request":{"url":"https://shop.example/cart","method":"GET","headers":{"cf-ray":"9c1f00aa12bc34d1"}}}}"#,
    )
    .unwrap();
    let (_, report) = report(folder.path());
    assert_eq!(report.causes.first().map(|cause| cause.slug.as_str()), Some("edge-worker-error"));
    assert_eq!(report.inputs[1].vantage.as_deref(), Some("edge"));
}

/// If this breaks, a person who hands in the same records twice takes half the share of failures for the truth.
#[test]
fn records_that_stand_in_two_inputs_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let edge = fs::read_to_string(super::EDGE_LOG).unwrap();
    fs::write(folder.path().join("a.ndjson"), &edge).unwrap();
    let (_, alone) = report(folder.path());
    // An export of the same time, whose instants have whole seconds: not the same bytes.
    let export = edge.replace("00Z\"", "Z\"");
    fs::write(folder.path().join("b.ndjson"), export).unwrap();
    let (_, both) = report(folder.path());
    assert_eq!((alone.totals.requests, alone.totals.failed_requests), (25, 5));
    assert_eq!(
        (both.totals.requests, both.totals.failed_requests),
        (50, 5),
        "a failing request is one, of two records"
    );
    let told = |report: &rayscope::report::model::Report| {
        report.coverage.notes.iter().find(|note| note.contains("stand in a second input")).cloned()
    };
    assert_eq!(told(&alone), None);
    assert!(
        told(&both).is_some_and(|note| note.starts_with("20 of 40") && note.contains("a.ndjson, b.ndjson"))
    );
}

/// If this breaks, the errors that Caddy writes among its requests, as it does unless it is told otherwise, are lost where they begin later than what
/// tells the format of the stream.
#[test]
fn errors_that_begin_late_among_caddys_requests_are_read() {
    let request = r#"{"level":"info","ts":1794902470.4,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"172.70.1.2","remote_port":"35120","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/products/100","headers":{}},"duration":0.01,"size":4096,"status":200}"#;
    let error = r#"{"level":"error","ts":1794902476.4902,"logger":"http.log.error.log0","msg":"EOF","request":{"remote_ip":"172.70.1.2","remote_port":"35120","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/api/items","headers":{}},"duration":2.98,"status":502}"#;
    let quoted = |line: &str| {
        format!(
            r#"{{"log":{},"stream":"stderr","time":"2026-11-17T08:01:16.5Z"}}"#,
            serde_json::json!(format!("{line}\n"))
        )
    };
    for wrapped in [false, true] {
        let lines: Vec<_> = std::iter::repeat_n(request, 2_000)
            .chain([error])
            .map(|line| if wrapped { quoted(line) } else { line.to_owned() })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("caddy.log"), lines.join("\n")).unwrap();
        let (partial, _) = report(folder.path());
        let said: Vec<_> = partial.messages.iter().filter_map(|row| row.line.signature).collect();
        assert_eq!(said, ["go-proxy-backend-closed-early"], "in Docker's wrapping: {wrapped}");
    }
}
