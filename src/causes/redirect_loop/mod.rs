//! What speaks for `redirect-loop`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if case.failure != Failure::RedirectToItself {
        return None;
    }
    let mut weight = Weight::new();
    for (row, kept) in case.exchanges(&incident.evidence) {
        let (Some(request), Some(response)) = (&kept.exchange.request, &kept.exchange.response) else {
            continue;
        };
        let plain = row.tls.is_none();
        let text = format!(
            "the origin answers {} to the very URL that was asked for, again and again",
            response.status.unwrap_or_default()
        );
        weight = weight.shown(strength::STRONG, text, row.place(response.first), when(response.first));
        if plain && request.visitor_https {
            let text = "the visitor came by https, the edge asks in plain HTTP: the mode is Flexible";
            weight = weight.shown(strength::HINT, text, row.place(request.first), when(request.first));
        }
    }
    if let Some(row) = case.har(&incident.evidence) {
        let text = format!("the browser is sent to the URL that it asked for ({})", row.entry.status);
        weight = weight.shown(strength::STRONG, text, row.place, row.entry.start);
    }
    weight.some()
}
