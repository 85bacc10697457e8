//! tls-certificate-incomplete-chain: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-certificate-incomplete-chain",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[526],
    doc: include_str!("text/tls_certificate_incomplete_chain.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 8446, 6: the edge does not know the authority.
const UNKNOWN_CA: u8 = 48;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, leaf) = super::refused_certificate(case, incident)?;
    let tls = row.tls.as_ref()?;
    let alerted =
        tls.alerts.iter().any(|alert| alert.from == Side::Client && alert.description == UNKNOWN_CA);
    // With the edge's word for an unknown authority, a lone leaf that somebody else issued lacks its intermediate.
    if leaf.self_issued || tls.certificates.len() != 1 || !alerted {
        return None;
    }
    let text = format!("one certificate is sent, {}, and its issuer {} is not", leaf.subject, leaf.issuer);
    let weight = Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
    Some(weight.and(super::alerted(case, incident, Side::Client, UNKNOWN_CA)))
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
