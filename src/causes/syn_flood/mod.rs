//! What speaks for `syn-flood`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const FLOODING: &[&str] = &["kernel-syn-flood"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    let (row, syn, _) = signs::unanswered_syn(case, incident)?;
    if let Some(message) =
        signs::messages_near(case, incident, FLOODING, Duration::from_seconds(60), Duration::from_seconds(60))
            .next()
    {
        let text = format!("the kernel says: {}", quote(&message.line.text));
        weight = weight.shown(strength::STRONG, text, message.place, message.line.time);
    }
    if let Some(flood) = incident.population.half_open_flood {
        let text = format!(
            "{} handshakes from {} addresses were begun and never completed, against {} completed",
            flood.half_open, flood.sources, flood.completed
        );
        weight = weight.shown(strength::STRONG, text, row.place(syn), signs::when(syn));
    }
    weight.some()
}
