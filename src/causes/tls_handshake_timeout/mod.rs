//! What speaks for `tls-handshake-timeout`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::text::words::duration;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(&incident.evidence) {
        let Some(tls) = row.tls.as_ref().filter(|tls| tls.plaintext_reply.is_none()) else { continue };
        let (Some(hello), Some((Side::Client, _, closed))) =
            (&tls.client_hello, row.connection.closed_first())
        else {
            continue;
        };
        if tls.server_hello.as_ref().is_some_and(|answer| answer.at < closed) {
            continue;
        }
        let waited = closed.time.since(hello.at.time);
        // The ClientHello arrived, the origin sent nothing back, and the edge closed.
        if hello.acknowledged.is_some() && tls.alerts.is_empty() && waited >= Duration::SECOND / 2 {
            let text = format!(
                "the ClientHello is acknowledged, no ServerHello comes for {}, then the edge closes",
                duration(waited)
            );
            weight = weight.shown(strength::STRONG, text, row.place(hello.at), when(hello.at));
        }
    }
    weight.some()
}
