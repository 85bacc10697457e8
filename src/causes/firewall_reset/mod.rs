//! What speaks for `firewall-reset`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let weight = by_range(case, incident).unwrap_or_default();
    // fail2ban's default action rejects what comes from a banned address (config/action.d/iptables.conf).
    if case.status_at_origin(&incident.evidence) == Some(521)
        && let Some(row) = signs::banned(case, incident)
    {
        let text = format!("fail2ban has banned the edge's address: {}", quote(&row.line.text));
        return weight.shown(strength::PROOF, text, row.place, row.line.time).some();
    }
    weight.some()
}

/// What captures show of connections from a range that is always refused.
fn by_range(case: &Case, incident: &Incident) -> Option<Weight> {
    let selective =
        incident.population.refused_range(case.edge_address(&incident.evidence), &incident.ranges)?;
    let mut weight = Weight::new();
    for row in case.connections(&incident.evidence) {
        let text = |how: &str| {
            format!(
                "SYNs from {} are answered by {how}, while {} connections from other ranges complete",
                selective.range, selective.others_established
            )
        };
        if let Some(reset) = row.connection.reset.filter(|reset| reset.refused_syn) {
            weight = weight.shown(strength::PROOF, text("RST"), row.place(reset.at), when(reset.at));
        } else if let Some(icmp) = row.connection.icmp.filter(|icmp| icmp.is_rejection()) {
            let how = format!("ICMP type {} code {}", icmp.kind, icmp.code);
            weight = weight.shown(strength::PROOF, text(&how), row.place(icmp.at), when(icmp.at));
        }
    }
    if let Some(sign) = signs::unanswered(case, incident).filter(signs::Unanswered::never_acknowledged) {
        let text = format!(
            "a request from {} is never acknowledged, and all SYNs from there are rejected",
            selective.range
        );
        weight =
            weight.shown(strength::STRONG, text, sign.place(sign.request.first), when(sign.request.first));
    }
    if let Some(sign) = signs::unanswered(case, incident)
        && let Some(reset) = sign.reset_after_request()
    {
        let text =
            format!("a request from {} is answered by RST, as are all SYNs from there", selective.range);
        weight = weight.shown(strength::STRONG, text, sign.place(reset), when(reset));
    }
    weight.some()
}
