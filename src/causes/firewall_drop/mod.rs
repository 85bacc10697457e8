//! What speaks for `firewall-drop`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// The kernel's firewall writes one line for each packet, with the packet's source address in it.
const BLOCKED: &[&str] = &["firewall-blocked", "firewall-logged"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let address = case.edge_address(&incident.evidence)?;
    let mut weight = Weight::new();
    let selective = incident.population.selective_range(Some(address), &incident.ranges);
    if let (Some((row, syn, _)), Some(selective)) = (signs::unanswered_syn(case, incident), &selective) {
        let text = format!(
            "SYNs from {} are captured and never answered, while {} connections from other ranges complete",
            selective.range, selective.others_established
        );
        weight = weight.shown(strength::PROOF, text, row.place(syn), when(syn));
    }
    if let (Some(sign), Some(selective)) = (signs::unanswered(case, incident), &selective)
        && sign.never_acknowledged()
    {
        let text =
            format!("a request from {} is never acknowledged, nor is any SYN from there", selective.range);
        weight =
            weight.shown(strength::STRONG, text, sign.place(sign.request.first), when(sign.request.first));
    }
    let mut lines =
        signs::messages_near(case, incident, BLOCKED, Duration::from_seconds(2), Duration::from_seconds(2));
    if let Some(row) = lines.find(|row| row.line.client == Some(address)) {
        let text = format!("the firewall's own line: {}", quote(&row.line.text));
        weight = weight.shown(strength::PROOF, text, row.place, row.line.time);
    }
    // Where the ban drops packets, connecting times out; where it rejects them, connecting is refused (`firewall-reset`).
    if case.status_at_origin(&incident.evidence) == Some(522)
        && let Some(row) = signs::banned(case, incident)
    {
        let text = format!("fail2ban has banned the edge's address {address}: {}", quote(&row.line.text));
        weight = weight.shown(strength::PROOF, text, row.place, row.line.time);
    }
    if case.status_at_origin(&incident.evidence) == Some(522) {
        let place = case.asked_origin(&incident.evidence).map(|row| row.place);
        if case.attempts.is_empty()
            && let Some(range) = incident.population.range_that_only_fails(address, &incident.ranges)
        {
            let text = format!("every request from {range} ends in 522, those from other ranges pass");
            weight = weight.supported(strength::LIKELY, text, place);
        } else if !weight.terms.is_empty() {
            weight = weight.supported(strength::SLIGHT, "the edge says 522: connecting timed out", place);
        }
    }
    weight.some()
}
