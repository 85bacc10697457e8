//! What speaks for `tls-no-shared-cipher`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const LOGGED: &[&str] = &["nginx-tls-no-shared-cipher"];

/// The alert handshake_failure: the two sides have no parameters in common (RFC 8446, section 6.2).
const HANDSHAKE_FAILURE: u8 = 40;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(&incident.evidence) {
        let Some(tls) = &row.tls else { continue };
        let refused = tls
            .alerts
            .iter()
            .find(|alert| alert.from == Side::Server && alert.description == HANDSHAKE_FAILURE);
        // After a CertificateRequest the same alert means that the client's certificate is missing.
        if let (Some(alert), Some(hello), None) = (refused, &tls.client_hello, tls.certificate_request) {
            let text = format!(
                "handshake_failure (40) from the origin to a ClientHello that offers {} cipher suites",
                hello.cipher_suites.len()
            );
            weight = weight.shown(strength::STRONG, text, row.place(alert.at), when(alert.at));
            break;
        }
    }
    if let Some(row) =
        signs::messages_near(case, incident, LOGGED, Duration::SECOND, Duration::from_seconds(2)).next()
    {
        let text = format!("the log says: {}", quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}
