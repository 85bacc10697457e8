//! What the program finds in a capture: its exchanges, and its report.

use std::fmt::Write;
use std::path::Path;

use rayscope::compose;
use rayscope::diagnose::diagnose;
use rayscope::evidence::{ConnectionRow, KeptExchange};
use rayscope::flow::PacketId;
use rayscope::http::exchange::{Request, Response};
use rayscope::ray::Ray;
use rayscope::report::json;
use serde_json::Value;

use super::support::extraction;

/// `report.json`.
pub fn report(folder: &Path) -> String {
    let incident = extraction::incident(extraction::extracted(folder));
    json::render(&compose::report(&diagnose(incident), compose::Redaction::Off))
}

/// The report without places in files and without numbers of packets.
pub fn report_apart_from_places(folder: &Path) -> String {
    let mut report: Value = serde_json::from_str(&report(folder)).expect("JSON");
    strip(&mut report);
    format!("{report:#}")
}

const PLACES: &[&str] = &[
    "inputs",
    "input",
    "frame",
    "filter",
    "seen_in",
    "where",
    "telling",
    // Commands name files and numbers of streams, and are told of the packet that is the first of its file.
    "check",
    "check_expect",
    "checks",
];

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !PLACES.contains(&name.as_str()));
            fields.values_mut().for_each(strip);
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        // “the edge resets the connection (RST)  [cap.pcap frame 2183]”
        Value::String(text) => {
            if let Some(at) = text.find("  [cap.pcap") {
                text.truncate(at);
            }
        }
        _ => {}
    }
}

/// All connections that carried or refused something, with all their exchanges, one line for each.
pub fn exchanges(folder: &Path) -> String {
    // Rays by number, as the conversation gives them: kept whether they failed or not.
    let rays = (1..200).filter_map(|number| Ray::parse(super::conversation::ray(number).as_bytes()));
    let mut partial = extraction::extracted_with_rays(folder, rays.collect());
    partial.connections.sort_by_key(|row| row.connection.client);
    let mut told = String::new();
    for row in &partial.connections {
        connection(&mut told, row);
        row.exchanges.iter().for_each(|kept| exchange(&mut told, kept));
    }
    told
}

fn connection(told: &mut String, row: &ConnectionRow) {
    let connection = &row.connection;
    let ended = connection.closed_first().map(|(side, how, at)| (side, how, at.time));
    let established = connection.handshake.established.map(|at| at.time);
    let (protocol, count) = (row.protocol, row.exchange_count);
    let refused = connection.reset.map(|reset| (reset.by, reset.refused_syn, reset.at.time));
    let _ = writeln!(
        told,
        "{} {protocol:?} of {count} exchanges, established {established:?}, ended {ended:?}, reset {refused:?}",
        connection.client
    );
}

/// With the times of its packets, and without their numbers.
fn exchange(told: &mut String, kept: &KeptExchange) {
    let mut kept = kept.clone();
    let KeptExchange { exchange, previous_end, .. } = &mut kept;
    let request = exchange.request.iter_mut().flat_map(|Request { first, last, acknowledged, .. }| {
        [Some(first), Some(last), acknowledged.as_mut()]
    });
    let response = exchange
        .response
        .as_deref_mut()
        .into_iter()
        .flat_map(|Response { first, head_end, last, .. }| [Some(first), head_end.as_mut(), Some(last)]);
    let arrivals = request.chain(response).chain([previous_end.as_mut()]).flatten();
    arrivals.for_each(|at| at.packet = PacketId::new(0, 0));
    let _ = writeln!(told, "  {kept:?}");
}
