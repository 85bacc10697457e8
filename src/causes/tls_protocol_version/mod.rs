//! What speaks for `tls-protocol-version`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const LOGGED: &[&str] = &["nginx-tls-protocol-version"];

/// The alert protocol_version (RFC 8446, section 6.2).
const PROTOCOL_VERSION: u8 = 70;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::alerted(case, incident, Side::Server, PROTOCOL_VERSION);
    if let Some(row) =
        signs::messages_near(case, incident, LOGGED, Duration::SECOND, Duration::from_seconds(2)).next()
    {
        let text = format!("the log says: {}", quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}
