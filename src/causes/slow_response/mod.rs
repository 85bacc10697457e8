//! What speaks for `slow-response`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, same_timer, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh).measuring(measured);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some(sign) = signs::unanswered(case, incident)
        && let (Some(at), Some(waited)) = (sign.given_up(), sign.waited())
    {
        let timer = incident.population.edge_gives_up.filter(|timer| same_timer(waited, timer.duration));
        if let Some(timer) = timer {
            let text = format!(
                "no byte for {} after the request, then the edge closes; {} requests ended at the same {}",
                duration(waited),
                timer.count,
                duration(timer.duration)
            );
            weight = weight.shown(strength::STRONG, text, sign.place(at), when(at));
        } else if case.status_at_origin(&incident.evidence) == Some(524) {
            let text = format!("no byte for {} after the request, then the edge closes", duration(waited));
            weight = weight.shown(strength::LIKELY, text, sign.place(at), when(at));
        }
    }
    if let Some(row) = case.asked_origin(&incident.evidence).filter(|row| row.record.edge_status == Some(524))
    {
        let waited = case.end.since(case.time);
        let text =
            format!("the edge says 524 after {}: connected, asked, and no answer in time", duration(waited));
        // The edge's record alone does not tell what kept the origin from answering.
        let alone = case.attempts.is_empty() && case.access.is_empty();
        let strength = if alone { strength::HINT } else { strength::LIKELY };
        weight = weight.shown(strength, text, row.place, Some(row.record.start));
    }
    let gave_up = case.status_at_origin(&incident.evidence) == Some(524) || !weight.terms.is_empty();
    if let Some(row) =
        case.access(&incident.evidence).find(|row| row.line.status == Some(499)).filter(|_| gave_up)
    {
        let text = match row.line.request_time {
            Some(time) => format!("the origin logs 499 after {}: the edge left", duration(time)),
            None => "the origin logs 499: the edge left".to_owned(),
        };
        weight = weight.shown(strength::HINT, text, row.place, Some(row.line.time));
    } else if let Some((row, waited)) = logged_at_timer(case, incident) {
        let text =
            format!("the origin logs 499 after {}, as others do: a timer of the edge", duration(waited));
        weight = weight.shown(strength::LIKELY, text, row.place, Some(row.line.time));
    }
    weight.some()
}

/// The access line of a 499 that took as long as the edge waits, where the edge's own record is missing: the edge gave up, and it was no
/// visitor who left.
fn logged_at_timer<'a>(
    case: &Case,
    incident: &'a Incident,
) -> Option<(&'a crate::evidence::AccessRow, Duration)> {
    if case.edge.is_some() {
        return None;
    }
    let timer = incident.population.edge_gives_up?;
    let row = case.access(&incident.evidence).find(|row| row.line.status == Some(499))?;
    let waited = row.line.request_time?;
    (waited >= Duration::SECOND && same_timer(waited, timer.duration)).then_some((row, waited))
}

/// How long the edge waits, as the data shows it.
fn measured(incident: &Incident) -> Option<String> {
    let timer = incident.population.edge_gives_up?;
    Some(format!("which gives up after {}", duration(timer.duration)))
}
