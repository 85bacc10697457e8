//! tls-handshake-timeout: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{duration, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-handshake-timeout",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[525],
    doc: include_str!("text/tls_handshake_timeout.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(incident) {
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
        // The origin has it, says nothing, and the edge is the one to go.
        if hello.acknowledged.is_some() && tls.alerts.is_empty() && waited >= SECOND / 2 {
            let text = format!(
                "the ClientHello is acknowledged, no ServerHello comes for {}, then the edge closes",
                duration(waited)
            );
            weight = weight.shown(strength::STRONG, text, row.place(hello.at), when(hello.at));
        }
    }
    weight.some()
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
