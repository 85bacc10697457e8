//! Requests that a Worker serves, from the edge's records on.

use super::extraction::{extracted, incident};

/// A record of the edge; `rest` holds what its kind of record has beside that.
fn record(ray: &str, status: u16, rest: &str) -> String {
    format!(
        r#"{{"RayID":"{ray}","EdgeStartTimestamp":"2026-11-17T08:00:10.100Z","EdgeEndTimestamp":"2026-11-17T08:00:10.300Z","ClientRequestHost":"shop.example","ClientRequestMethod":"GET","EdgeResponseStatus":{status},"OriginResponseStatus":0,{rest}}}"#
    ) + "\n"
}

/// Otherwise every failing request of a Worker counts twice, and nobody learns what its origin said.
#[test]
fn a_failing_request_of_a_worker_is_one_and_has_what_its_origin_logged() {
    let visitors = |ray: &str, status: u16| {
        let rest = r#""ParentRayID":"00","ClientRequestURI":"/cart","ClientRequestSource":"eyeball","WorkerSubrequest":false,"EdgeServerIP":"","OriginIP":"""#;
        record(ray, status, rest)
    };
    let workers = |ray: &str, parent: &str, status: u16, source: &str| {
        let rest = format!(
            r#""ParentRayID":"{parent}","ClientRequestURI":"/api/cart",{source}"EdgeServerIP":"172.68.10.9","OriginIP":"203.0.113.10""#
        );
        record(ray, status, &rest)
    };
    // The job may lack the fields that say who asked.
    for source in [r#""ClientRequestSource":"edgeWorkerFetch","WorkerSubrequest":true,"#, ""] {
        let folder = tempfile::tempdir().expect("a folder");
        let records = [
            workers("9c1f00aa12bc34d2", "9c1f00aa12bc34d1", 520, source),
            visitors("9c1f00aa12bc34d1", 520),
            // Its Worker did without.
            visitors("9c1f00aa12bc34d3", 200),
            workers("9c1f00aa12bc34d4", "9c1f00aa12bc34d3", 520, source),
            // A subrequest that went well.
            visitors("9c1f00aa12bc34d5", 200),
            workers("9c1f00aa12bc34d6", "9c1f00aa12bc34d5", 200, source),
        ];
        std::fs::write(folder.path().join("edge.log"), records.concat()).expect("written");
        let line = r#"172.68.10.9 - - [17/Nov/2026:08:00:10 +0000] "GET /api/cart HTTP/1.1" 499 0 "-" "-" "9c1f00aa12bc34d2-FRA""#;
        std::fs::write(folder.path().join("access.log"), format!("{line}\n")).expect("written");
        let incident = incident(extracted(folder.path()));
        assert_eq!((incident.cases.len(), incident.requests()), (1, 3), "{source}");
        let case = &incident.cases[0];
        assert_eq!((case.access.len(), case.subrequests.len()), (1, 1));
        assert_eq!(case.target(&incident.evidence), Some("/cart"));
        assert_eq!(case.edge_address(&incident.evidence), "172.68.10.9".parse().ok());
    }
}
