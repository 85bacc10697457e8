//! edge-dns: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "edge-dns",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Edge,
    level: Level::Root,
    edge_statuses: &[530],
    doc: include_str!("text/edge_dns.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// Cloudflare docs: cloudflare-1xxx-errors.
const CODES: &[u16] = &[1001, 1016];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    let row = case.har.as_ref()?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: the edge cannot resolve the origin's name");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
