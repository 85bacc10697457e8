//! What programs say in words of their own while requests fail, and what looks like it.

use super::application::fails;
use super::incident::{Incident, Source, incident};

/// An application answers 500 for some seconds, and says this in each of them.
fn while_it_says(line: &str) -> Incident {
    (50..58).fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, line)).failing_within(
        6,
        (51, 57),
        |r| fails(r, 500),
    )
}

#[test]
fn a_pool_of_connections_is_used_up_in_any_language() {
    for said in [
        "app[900]: Sequel::PoolTimeout: timeout: 5.0, elapsed: 5.000172",
        "app[900]: ConnectionPool::TimeoutError: Waited 5 sec, 0/5 available",
        "app[900]: ERROR shop: pool timed out while waiting for an open connection",
        "app[900]: ERROR shop: Timeout occurred while waiting for a slot to become available",
        "app[900]: ** (DBConnection.ConnectionError) connection not available and request was dropped from queue after 2986ms.",
        "app[900]: ORA-24496: OCISessionGet() timed out waiting for a free connection.",
        "app[900]: Error: NJS-040: connection request timeout. Request exceeded \"queueTimeout\" of 60000",
        "app[900]: oracledb.exceptions.DatabaseError: DPY-4005: timed out waiting for the connection pool to return a connection",
    ] {
        assert_eq!(while_it_says(said).named(), [Some("backend-pool-stalled".to_owned())], "{said}");
    }
    let closed = "app[900]: ERROR shop: Pool has been closed";
    assert_eq!(while_it_says(closed).named(), [Some("origin-error-status".to_owned())]);
}
