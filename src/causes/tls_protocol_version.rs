//! tls-protocol-version: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-protocol-version",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_protocol_version.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const LOGGED: &[&str] = &["nginx-tls-protocol-version"];

/// RFC 8446, 6.
const PROTOCOL_VERSION: u8 = 70;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = super::alerted(case, incident, Side::Server, PROTOCOL_VERSION);
    if let Some(row) = signs::messages_near(case, incident, LOGGED, SECOND, 2 * SECOND).next() {
        let text = format!("the log says: {}", signs::quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
