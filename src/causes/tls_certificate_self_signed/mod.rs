//! What speaks for `tls-certificate-self-signed`, and what against it.

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
    if !leaf.self_issued {
        return None;
    }
    let text = format!("the certificate of {} is its own issuer", leaf.subject);
    let weight = Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
    Some(weight.and(signs::alerted(case, incident, Side::Client, UNKNOWN_CA)))
}
