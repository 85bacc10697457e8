//! What speaks for `conntrack-full`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const FULL: &[&str] = &["kernel-conntrack-full"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if signs::unanswered_syn(case, incident).is_none()
        && case.status_at_origin(&incident.evidence) != Some(522)
    {
        return None;
    }
    // The kernel writes the line only once in some seconds, so the nearest one may lie seconds away.
    let near = Duration::from_seconds(10);
    let Some(row) = signs::messages_near(case, incident, FULL, near, near).next() else {
        let row = signs::state(incident, "state-conntrack-at-limit")?;
        return Weight::new().shown(strength::LIKELY, quote(&row.line.text), row.place, None).some();
    };
    let text = format!("the kernel drops packets: {}", quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}
