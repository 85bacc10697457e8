//! What speaks for `tls-certificate-incomplete-chain`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// The alert unknown_ca: the edge does not know the certificate authority (RFC 8446, section 6.2).
const UNKNOWN_CA: u8 = 48;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, leaf) = signs::refused_certificate(case, incident)?;
    let tls = row.tls.as_ref()?;
    let alerted =
        tls.alerts.iter().any(|alert| alert.from == Side::Client && alert.description == UNKNOWN_CA);
    // The edge's alert says that it does not know the authority, and the origin sent one certificate alone, which another one issued:
    // that other one is missing.
    if leaf.self_issued || tls.certificates.len() != 1 || !alerted {
        return None;
    }
    let text = format!("one certificate is sent, {}, and its issuer {} is not", leaf.subject, leaf.issuer);
    let weight = Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
    Some(weight.and(signs::alerted(case, incident, Side::Client, UNKNOWN_CA)))
}
