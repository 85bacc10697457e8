//! What speaks for `middlebox-reset`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    // All packets of one side travel the same distance. A reset that a device sent in its name has come another distance.
    let row = case.connections(&incident.evidence).next_back().filter(|row| row.reset_is_forged())?;
    let reset = row.connection.reset?;
    let own = match row.connection.traffic(reset.by).ttl? {
        (smallest, largest) if smallest < largest => format!("{smallest} to {largest}"),
        (only, _) => only.to_string(),
    };
    let text = format!(
        "the RST has a time to live of {}, the other packets of {} have {own}",
        reset.ttl,
        row.connection.address(reset.by),
    );
    let weight = Weight::new().shown(strength::STRONG, text, row.place(reset.at), when(reset.at));
    match row.connection.traffic(reset.by).conflicting_overlaps {
        0 => weight.some(),
        conflicts => {
            let text = format!(
                "{conflicts} segments in the name of {} have other bytes than were captured before for the same sequence numbers",
                row.connection.address(reset.by)
            );
            weight.supported(strength::HINT, text, None).some()
        }
    }
}
