//! What speaks for `tls-certificate-expired`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// The alert certificate_expired: today lies outside the certificate's dates (RFC 8446, section 6.2).
const CERTIFICATE_EXPIRED: u8 = 45;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(&incident.evidence) {
        let Some(tls) = &row.tls else { continue };
        let leaf = tls.certificates.first();
        if let Some(leaf) =
            leaf.filter(|leaf| leaf.at.time > leaf.not_after || leaf.at.time < leaf.not_before)
        {
            let text = format!(
                "the certificate of {} is valid from {} to {}, the handshake was at {}",
                leaf.subject, leaf.not_before, leaf.not_after, leaf.at.time
            );
            weight = weight.shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
        }
        let refused = tls
            .alerts
            .iter()
            .find(|alert| alert.from == Side::Client && alert.description == CERTIFICATE_EXPIRED);
        if let Some(alert) = refused {
            let text = "the edge refuses the certificate: certificate_expired (45)";
            weight = weight.shown(strength::STRONG, text, row.place(alert.at), when(alert.at));
        }
    }
    weight.some()
}
