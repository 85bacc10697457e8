//! What speaks for `tls-client-certificate-required`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;
use crate::flow::Side;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const LOGGED: &[&str] = &[
    "nginx-client-certificate-missing",
    "apache-client-certificate-rejected",
    "haproxy-client-certificate-rejected",
    "lighttpd-client-certificate-rejected",
];

/// The alerts handshake_failure, bad_certificate and certificate_required (RFC 8446, section 6.2).
const REFUSALS: [u8; 3] = [40, 42, 116];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, incident, LOGGED, strength::PROOF).unwrap_or_default();
    for row in case.connections(&incident.evidence) {
        let Some(tls) = &row.tls else { continue };
        let Some(asked) = tls.certificate_request else { continue };
        let sent_none = tls.client_certificate.as_ref().is_some_and(|sent| sent.certificates == 0);
        let refused = tls
            .alerts
            .iter()
            .find(|alert| alert.from == Side::Server && REFUSALS.contains(&alert.description));
        if let (true, Some(alert)) = (sent_none, refused) {
            let text = "the origin asks for a client certificate, gets none, and ends the handshake";
            weight = weight.shown(strength::STRONG, text, row.place(alert.at), when(alert.at));
        } else if sent_none {
            let text = "the origin asks for a client certificate and gets none";
            weight = weight.supported(strength::HINT, text, Some(row.place(asked)));
            if let Some(edge) =
                case.edge(&incident.evidence).filter(|_| case.failure == Failure::ClientCertificate)
            {
                let text = "the origin answers 400 on that connection";
                weight = weight.shown(strength::LIKELY, text, edge.place, Some(edge.record.start));
            }
        }
    }
    for (row, kept) in case
        .exchanges(&incident.evidence)
        .filter(|(_, kept)| kept.failure == Some(Failure::ClientCertificate))
    {
        if let Some(response) = &kept.exchange.response {
            let text = "the origin answers 400 “No required SSL certificate was sent”";
            weight = weight.shown(strength::PROOF, text, row.place(response.first), when(response.first));
        }
    }
    weight.some()
}
