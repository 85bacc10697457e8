//! What speaks for `edge-dns`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// Error codes of the edge's error page (Cloudflare docs: cloudflare-1xxx-errors).
const CODES: &[u16] = &[1001, 1016];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let row = case.har(&incident.evidence)?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: the edge cannot resolve the origin's name");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}
