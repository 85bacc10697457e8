//! tls-certificate-self-signed: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-certificate-self-signed",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[526],
    doc: include_str!("text/tls_certificate_self_signed.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 8446, 6: the edge does not know the authority.
const UNKNOWN_CA: u8 = 48;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, leaf) = super::refused_certificate(case, incident)?;
    if !leaf.self_issued {
        return None;
    }
    let text = format!("the certificate of {} is its own issuer", leaf.subject);
    let weight = Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
    Some(weight.and(super::alerted(case, incident, Side::Client, UNKNOWN_CA)))
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
