//! fd-exhausted: TITLETEXT.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "fd-exhausted",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 500, 502],
    doc: include_str!("text/fd_exhausted.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["worker-pool-exhausted"],
    weigh,
};

const USED_UP: &[&str] = &[
    "nginx-files-used-up",
    "apache-files-used-up",
    "php-fpm-files-used-up",
    "node-files-used-up",
    "java-files-used-up",
    "go-files-used-up",
    "kernel-files-used-up",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, USED_UP, strength::PROOF).unwrap_or_default();
    // A server that cannot accept leaves the connection in its queue: the line says so of nobody in particular.
    if !weight.positive
        && (signs::process_went_away(case, incident) || super::waited_for_nothing(case, incident))
        && let Some(row) = signs::messages_near(case, incident, USED_UP, SECOND, SECOND).next()
    {
        let text = format!("no file descriptors are left: {}", signs::quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}

// TEMP
const TITLE: &str = "temp";
const CHECK: &str = "temp";
const REMEDIES: &[Remedy] = &[];
