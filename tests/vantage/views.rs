//! Captures that saw the same connections at two places.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;

use serde_json::Value;
use tempfile::TempDir;

use super::frames::{Frame, without_edge, write};
use super::support::recorded::{self, Incident};
use super::{ORIGIN, diagnose, packets, report};
use crate::support::folder::copy;

/// The address under which clients reach the load balancer, where it passes connections on with other addresses.
const BALANCER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);
const MILLISECOND: i64 = 1_000_000;

/// Failures by refused connections, by handshakes, by the origin's close, by silence of either direction, and none.
const INCIDENTS: [&str; 6] = [
    "connect-refused",
    "tls-no-shared-cipher",
    "keepalive-race",
    "firewall-drop",
    "return-path-broken",
    "healthy-plain",
];

/// An incident with further captures: with all its evidence as it was recorded, or with its captures alone, so that all counts are theirs.
fn with(incident: &Incident, logs: bool, captures: &[(&str, &[Frame])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    if logs {
        copy(&incident.evidence(), folder.path());
    } else {
        for path in super::captures(incident) {
            let target = folder.path().join("origin").join(path.file_name().expect("a name"));
            fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            fs::copy(&path, target).expect("a file");
        }
    }
    captures.iter().for_each(|(name, frames)| write(&folder.path().join(name), frames));
    folder
}

/// What a load balancer saw of packets that the origin saw 0.2 ms later: one hop nearer to the edge, by a clock that is ahead.
fn at_balancer(frames: &[Frame]) -> Vec<Frame> {
    one_hop_before(frames).into_iter().map(|frame| frame.later(37 * MILLISECOND)).collect()
}

fn one_hop_before(frames: &[Frame]) -> Vec<Frame> {
    let seen = |frame: &Frame| {
        let (towards, hop) = if frame.destination() == Some(ORIGIN) { (-1, 1) } else { (1, -1) };
        frame.clone().hops(hop).later(towards * MILLISECOND / 5)
    };
    frames.iter().map(seen).collect()
}

fn readdressed(frames: &[Frame], to: Ipv4Addr) -> Vec<Frame> {
    frames.iter().map(|frame| frame.clone().readdressed(ORIGIN, to)).collect()
}

/// What a second capture must not change.
fn judged(report: &Value) -> Value {
    let causes = report["causes"].as_array().expect("causes").iter();
    let causes: Vec<Value> = causes
        .map(|cause| {
            let named = cause["confidence"].as_f64().expect("a number") >= 0.5;
            // Two failures at the same time may change places, since two clocks are compared.
            let rays: BTreeSet<&str> = texts(&cause["rays"], "").into_iter().collect();
            serde_json::json!([cause["slug"], cause["affected"], rays, named])
        })
        .collect();
    let cases = report["cases"].as_array().map(Vec::len);
    let encrypted = &report["coverage"]["encrypted_share"];
    serde_json::json!([report["verdict"]["kind"], report["totals"], causes, cases, encrypted])
}

fn texts<'a>(list: &'a Value, about: &str) -> Vec<&'a str> {
    let texts = list.as_array().expect("a list").iter().filter_map(Value::as_str);
    texts.filter(|text| text.contains(about)).collect()
}

fn same_connections(report: &Value) -> Vec<&str> {
    texts(&report["coverage"]["notes"], "the same connections")
}

#[test]
fn what_two_places_show_is_counted_once() {
    for incident in recorded::incidents(&INCIDENTS).incidents {
        let balancer = at_balancer(&packets(&incident));
        let translated = readdressed(&balancer, BALANCER);
        for logs in [true, false] {
            let alone = diagnose(&[with(&incident, logs, &[]).path()]);
            for (name, frames) in [("lb/cap.pcap", &balancer), ("origin/lb.pcap", &translated)] {
                let both = diagnose(&[with(&incident, logs, &[(name, frames)]).path()]);
                assert_eq!(judged(&both), judged(&alone), "{}, {name}, logs: {logs}", incident.name);
                let notes = same_connections(&both);
                assert_eq!(notes.len(), 1, "{}, {name}: {notes:?}", incident.name);
            }
        }
    }
}

/// The packets themselves tell how much the clocks differ, more exactly than requests could; the report names both places of a connection.
#[test]
fn a_connection_is_told_once_with_both_places_by_one_clock() {
    let recorded = recorded::incidents(&["tls-no-shared-cipher"]);
    let incident = &recorded.incidents[0];
    let balancer = readdressed(&at_balancer(&packets(incident)), BALANCER);
    for name in ["lb/cap.pcap", "origin/lb.pcap"] {
        let report = diagnose(&[with(incident, true, &[(name, &balancer)]).path()]);
        let offset = |path: &str| {
            let inputs = report["inputs"].as_array().expect("inputs");
            let input = inputs.iter().find(|input| input["path"] == path).expect("an input");
            input["clock_offset_s"].as_f64().expect("a number")
        };
        let ahead = offset("origin/cap.pcap") - offset(name);
        assert!((ahead - 0.037).abs() < 0.000_05, "{name}: {ahead}");
        for case in report["cases"].as_array().expect("cases") {
            assert_eq!(case["attempts"].as_array().map(Vec::len), Some(1));
            let seen: Vec<&Value> =
                case["connection"]["seen_in"].as_array().expect("places").iter().collect();
            assert_eq!(seen.len(), 2, "{seen:?}");
            assert_eq!(texts(&case["story"], "the connection is also in").len(), 1, "{}", case["story"]);
        }
    }
}

/// `tcpdump -i any` on a host that hands connections to a container sees each under the host's address and under the container's.
#[test]
fn a_connection_whose_address_is_translated_inside_one_capture_is_counted_once() {
    for incident in
        recorded::incidents(&["connect-refused", "keepalive-race", "tls-no-shared-cipher"]).incidents
    {
        let container = packets(&incident);
        let host = readdressed(&one_hop_before(&container), BALANCER);
        for strangers in [false, true] {
            let seen = |frames: &[Frame], origin| {
                if strangers { without_edge(frames, origin) } else { frames.to_vec() }
            };
            let inside = seen(&container, ORIGIN);
            let any: Vec<Frame> = [seen(&host, BALANCER), inside.clone()].concat();
            let folder = tempfile::tempdir().expect("a folder");
            let (alone, both) = (folder.path().join("alone"), folder.path().join("both"));
            write(&alone.join("any.pcap"), &inside);
            write(&both.join("any.pcap"), &any);
            let (alone, both) = (diagnose(&[&alone]), diagnose(&[&both]));
            assert_eq!(judged(&both), judged(&alone), "{}, strangers: {strangers}", incident.name);
            let notes = same_connections(&both);
            assert_eq!(notes.len(), 1, "{notes:?}");
            assert!(notes[0].contains("twice"), "{notes:?}");
        }
    }
}

/// Of several servers behind a balancer each sees a share of what the balancer sees; together they see what it sees.
#[test]
fn what_a_balancer_hands_to_several_servers_is_counted_once() {
    let recorded = recorded::incidents(&["connect-refused"]);
    let incident = &recorded.incidents[0];
    let all = packets(incident);
    let share = |number: u16| -> Vec<Frame> {
        let to = Ipv4Addr::new(10, 0, 0, 1 + u8::try_from(number).expect("few"));
        let client_port =
            |frame: &Frame| frame.ends().map_or(0, |ends| ends.iter().map(|(_, port)| port % 3).sum());
        let mine: Vec<Frame> = all.iter().filter(|frame| client_port(frame) % 3 == number).cloned().collect();
        readdressed(&mine, to)
    };
    let shares = [share(0), share(1), share(2)];
    let folder = tempfile::tempdir().expect("a folder");
    let balancer = readdressed(&at_balancer(&all), BALANCER);
    write(&folder.path().join("lb/cap.pcap"), &balancer);
    let alone = diagnose(&[folder.path()]);
    for (share, name) in shares.iter().zip(["pod1", "pod2", "pod3"]) {
        write(&folder.path().join(name).join("cap.pcap"), share);
    }
    let together = diagnose(&[folder.path()]);
    assert_eq!(judged(&together), judged(&alone));
    assert_eq!(same_connections(&together).len(), 3);
}

/// Behind a balancer that replaces the edge's addresses with others, the edge is no longer seen.
#[test]
fn what_is_behind_translated_client_addresses_is_counted_by_the_edges_own() {
    for incident in recorded::incidents(&["connect-refused", "keepalive-race"]).incidents {
        let all = packets(&incident);
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder.path().join("lb/cap.pcap"), &readdressed(&at_balancer(&all), BALANCER));
        let alone = diagnose(&[folder.path()]);
        write(&folder.path().join("origin/cap.pcap"), &without_edge(&all, ORIGIN));
        let both = diagnose(&[folder.path()]);
        assert_eq!(judged(&both), judged(&alone), "{}", incident.name);
        let inputs = both["inputs"].as_array().expect("inputs");
        assert!(
            inputs
                .iter()
                .any(|input| input["path"] == "origin/cap.pcap" && input["counted_by"] == "lb/cap.pcap")
        );
    }
}

#[test]
fn the_order_of_captures_and_the_number_of_threads_do_not_change_a_byte() {
    let recorded = recorded::incidents(&["connect-refused"]);
    let incident = &recorded.incidents[0];
    let balancer = readdressed(&at_balancer(&packets(incident)), BALANCER);
    let folder = with(incident, true, &[("lb/cap.pcap", &balancer)]);
    let path = |name: &str| folder.path().join(name);
    let paths = [path("cloudflare"), path("lb"), path("origin")];
    let one = report(&paths.each_ref().map(|path| path.as_path()), &["--threads", "1"]);
    let reversed = report(&[&paths[2], &paths[1], &paths[0]], &["--threads", "5"]);
    assert!(one == reversed);
}

/// Without the connections over which the edge asked last and nobody answered: those both places have.
fn without_ignored_requests(frames: Vec<Frame>) -> Vec<Frame> {
    let last_speaker: BTreeMap<_, _> = frames
        .iter()
        .filter(|frame| frame.carries_data())
        .filter_map(|frame| Some((frame.ends()?, frame.source()?)))
        .collect();
    let is_ignored = |frame: &Frame| {
        frame.ends().and_then(|ends| last_speaker.get(&ends)).is_some_and(|last| *last != ORIGIN)
    };
    frames.into_iter().filter(|frame| !is_ignored(frame)).collect()
}

/// What the balancer sent and the origin did not receive was lost between them. One capture alone cannot show that.
#[test]
fn what_only_one_of_two_places_saw_is_told_as_lost_between_them() {
    let recorded = recorded::incidents(&["firewall-drop"]);
    let incident = &recorded.incidents[0];
    let origin = without_ignored_requests(packets(incident));
    let balancer = readdressed(&at_balancer(&origin), BALANCER);
    // Of the connections that the origin never answered it has no packet now.
    let answered: BTreeSet<_> =
        origin.iter().filter(|frame| frame.source() == Some(ORIGIN)).filter_map(Frame::ends).collect();
    let known = |frame: &&Frame| frame.ends().is_none_or(|ends| answered.contains(&ends));
    let origin: Vec<Frame> = origin.iter().filter(known).cloned().collect();
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("lb/cap.pcap"), &balancer);
    write(&folder.path().join("origin/cap.pcap"), &origin);
    let report = diagnose(&[folder.path()]);
    let cases = report["cases"].as_array().expect("cases");
    assert!(cases.len() > 5);
    for case in cases {
        let told = texts(&case["story"], "lost between the two places");
        assert!(told.len() == 1 && told[0].contains("not in origin/cap.pcap"), "{}", case["story"]);
    }
    let evidence = report["causes"][0]["evidence"].as_array().expect("evidence");
    assert!(
        evidence
            .iter()
            .any(|piece| piece["text"].as_str().is_some_and(|text| text.contains("SYNs are in lb/cap.pcap")))
    );
}

/// The origin's answers no longer reach the balancer. In one capture the origin seems to be silent, in the other the client seems not to
/// acknowledge.
#[test]
fn answers_that_only_the_place_behind_saw_are_told_as_lost() {
    let recorded = recorded::incidents(&["return-path-broken"]);
    let incident = &recorded.incidents[0];
    let origin = packets(incident);
    let mut answers: BTreeMap<_, Vec<&Frame>> = BTreeMap::new();
    for frame in origin.iter().filter(|frame| frame.accepts()) {
        answers.entry(frame.ends()).or_default().push(frame);
    }
    let astray = || answers.values().filter(|repeated| repeated.len() > 2).flatten();
    let (clients, since): (BTreeSet<_>, i64) = (
        astray().filter_map(|frame| frame.destination()).collect(),
        astray().map(|frame| frame.time).min().expect("answers that go astray"),
    );
    let arrives = |frame: &&Frame| {
        frame.source() != Some(ORIGIN)
            || frame.time < since
            || !clients.contains(&frame.destination().unwrap_or(ORIGIN))
    };
    let balancer: Vec<Frame> = origin.iter().filter(arrives).cloned().collect();
    let balancer = readdressed(&at_balancer(&balancer), BALANCER);
    let alone = diagnose(&[with(incident, true, &[]).path()]);
    let both = diagnose(&[with(incident, true, &[("lb/cap.pcap", &balancer)]).path()]);
    assert_eq!(both["verdict"]["kind"], alone["verdict"]["kind"]);
    assert_eq!(both["causes"][0]["slug"], "return-path-broken");
    assert_eq!(both["causes"][0]["affected"], alone["causes"][0]["affected"]);
    let cases = both["cases"].as_array().expect("cases");
    let told = |about: &str| cases.iter().filter(|case| !texts(&case["story"], about).is_empty()).count();
    assert!(told("the answer to the SYN is in origin/cap.pcap") > 5, "{}", cases[0]["story"]);
    assert!(told("bytes from the origin are in origin/cap.pcap") > 2, "{}", cases[0]["story"]);
}

/// What one of two captures missed and the other has is no failure.
#[test]
fn packets_that_one_of_two_captures_missed_change_nothing() {
    for incident in
        recorded::incidents(&["connect-refused", "keepalive-race", "tls-no-shared-cipher"]).incidents
    {
        let balancer = readdressed(&at_balancer(&packets(&incident)), BALANCER);
        let missed: Vec<Frame> = balancer
            .iter()
            .zip(1..)
            .filter(|(_, number)| number % 37 != 0)
            .map(|(frame, _)| frame.clone())
            .collect();
        let alone = diagnose(&[with(&incident, false, &[]).path()]);
        let both = diagnose(&[with(&incident, false, &[("lb/cap.pcap", &missed)]).path()]);
        assert_eq!(judged(&both), judged(&alone), "{}", incident.name);
    }
}

/// A capture says nothing about what came after its end.
#[test]
fn a_place_that_did_not_look_is_not_said_to_lack_anything() {
    let recorded = recorded::incidents(&["firewall-drop"]);
    let incident = &recorded.incidents[0];
    let origin = packets(incident);
    let balancer = readdressed(&at_balancer(&origin), BALANCER);
    let first_failure = origin.len() / 20;
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("lb/cap.pcap"), &balancer);
    write(&folder.path().join("origin/cap.pcap"), &origin[..first_failure]);
    let report = diagnose(&[folder.path()]);
    assert_eq!(same_connections(&report).len(), 1);
    for case in report["cases"].as_array().expect("cases") {
        assert!(texts(&case["story"], "lost between").is_empty(), "{}", case["story"]);
    }
}

/// A proxy of layer 7 opens connections of its own: the same requests, other connections. Other traffic is other traffic.
#[test]
fn other_connections_stay_apart_whatever_they_carry() {
    for incident in recorded::incidents(&["connect-refused", "keepalive-race"]).incidents {
        let all = packets(&incident);
        let own: Vec<Frame> = all.iter().map(|frame| frame.clone().renumbered(0x1357_9bdf)).collect();
        let proxy = readdressed(&at_balancer(&own), BALANCER);
        let both = diagnose(&[with(&incident, false, &[("lb/cap.pcap", &proxy)]).path()]);
        assert!(same_connections(&both).is_empty());
        let alone = diagnose(&[with(&incident, false, &[]).path()]);
        let requests = |report: &Value| report["totals"]["requests"].as_u64().expect("a count");
        let failed = |report: &Value| report["totals"]["failed_connections"].as_u64().expect("a count");
        assert_eq!(requests(&both), 2 * requests(&alone), "{}", incident.name);
        assert_eq!(failed(&both), 2 * failed(&alone), "{}", incident.name);
    }
}
