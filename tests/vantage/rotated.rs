//! Which files are parts of one capture.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::frames::{Frame, without_edge, write};
use super::support::recorded;
use super::{ORIGIN, diagnose, packets};

fn failed_connections(report: &Value) -> u64 {
    report["totals"]["failed_connections"].as_u64().expect("a count")
}

/// Without an address of the edge the side that accepts most is the origin: of each capture, not of all whose names are alike.
#[test]
fn captures_of_two_hosts_at_the_same_time_are_two_whatever_their_names() {
    let recorded = recorded::incidents(&["connect-refused"]);
    let first = without_edge(&packets(&recorded.incidents[0]), ORIGIN);
    let other =
        |frame: &Frame| frame.clone().readdressed(ORIGIN, Ipv4Addr::new(203, 0, 113, 8)).later(100_000_000);
    let second: Vec<Frame> = first.iter().skip(first.len() / 4).map(other).map(renumbered).collect();

    let count = |names: [&str; 2]| {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder.path().join(names[0]), &first);
        write(&folder.path().join(names[1]), &second);
        failed_connections(&diagnose(&[folder.path()]))
    };
    let apart = count(["inside.pcap", "outside.pcap"]);
    assert!(apart > 100, "{apart} failed connections");
    assert_eq!(count(["origin1.pcap", "origin2.pcap"]), apart);
}

/// Other connections than those that it was made of.
fn renumbered(frame: Frame) -> Frame {
    frame.renumbered(0x1234_5678)
}

/// The files of a ring buffer that wrapped are not in the order of their names, and connections go on from one to the next.
#[test]
fn a_ring_buffer_that_wrapped_is_read_as_the_one_capture_that_it_is() {
    for incident in recorded::incidents(&["keepalive-race", "tls-no-shared-cipher"]).incidents {
        let all = packets(&incident);
        let whole = tempfile::tempdir().expect("a folder");
        write(&whole.path().join("cap.pcap"), &all);
        let ring = tempfile::tempdir().expect("a folder");
        for (part, name) in
            all.chunks(all.len() / 4 + 1).zip(["cap.pcap2", "cap.pcap3", "cap.pcap0", "cap.pcap1"])
        {
            write(&ring.path().join(name), part);
        }
        let (whole, ring) = (diagnose(&[whole.path()]), diagnose(&[ring.path()]));
        assert!(!whole["cases"].as_array().expect("cases").is_empty());
        assert_eq!(ring["totals"], whole["totals"], "{}", incident.name);
        assert_eq!(ring["verdict"], whole["verdict"], "{}", incident.name);
        assert_eq!(ring["cases"].as_array().map(Vec::len), whole["cases"].as_array().map(Vec::len));
    }
}
