//! What speaks for `edge-worker-error`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

/// Error codes of the edge's error page (Cloudflare docs: cloudflare-1xxx-errors).
const CODES: &[u16] = &[1101, 1102];

/// What the trace of the Worker says of this very request.
const EXCEEDED: &[&str] = &["worker-exceeded-cpu", "worker-exceeded-memory", "worker-not-found"];
/// An exception may follow from a fetch that failed at the origin: then that is the root.
const THREW: &[&str] = &["worker-exception"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let told = || {
        signs::from_own_message(case, incident, EXCEEDED, strength::PROOF)
            .or_else(|| signs::from_own_message(case, incident, THREW, strength::STRONG))
    };
    from_error_page(case, incident).or_else(told)
}

fn from_error_page(case: &Case, incident: &Incident) -> Option<Weight> {
    let row = case.har(&incident.evidence)?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: a Worker at the edge failed");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}
