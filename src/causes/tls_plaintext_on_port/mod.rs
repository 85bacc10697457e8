//! What speaks for `tls-plaintext-on-port`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(&incident.evidence) {
        if let Some((at, bytes)) = row.tls.as_ref().and_then(|tls| tls.plaintext_reply.as_ref()) {
            let line = String::from_utf8_lossy(
                bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default(),
            );
            let text = format!("port {} answers a ClientHello with “{line}”", row.connection.server.port());
            weight = weight.shown(strength::PROOF, text, row.place(*at), when(*at));
            break;
        }
    }
    for row in case.access(&incident.evidence).filter(|row| row.line.odd_request_line.is_some()) {
        let text = "the origin's plain-HTTP log has the handshake's bytes as a request line";
        weight = weight.shown(strength::LIKELY, text, row.place, Some(row.line.time));
    }
    weight.some()
}
