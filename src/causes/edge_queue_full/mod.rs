//! What speaks for `edge-queue-full`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// Error codes of the edge's error page (Cloudflare docs: cloudflare-1xxx-errors).
const CODES: &[u16] = &[1200];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let row = case.har(&incident.evidence)?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: too many requests wait at the edge for this origin");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}
