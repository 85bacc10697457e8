use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

pub const CAUSE: Cause = Cause {
    slug: "upstream-closed-early",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[502, 520],
    doc: include_str!("text/upstream_closed_early.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const CLOSED: &[&str] = &[
    "nginx-upstream-prematurely-closed",
    "nginx-upstream-prematurely-closed-fastcgi",
    "nginx-upstream-prematurely-closed-stream",
    "nginx-upstream-recv-reset",
    "nginx-upstream-readv-reset",
    "nginx-upstream-writev-broken-pipe",
    "apache-proxy-error-reading-status-line",
    "apache-proxy-network-error-reading-response",
];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    signs::from_own_message(case, CLOSED, strength::STRONG)
}
