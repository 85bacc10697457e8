use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

pub const CAUSE: Cause = Cause {
    slug: "upstream-refused",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[502, 503],
    doc: include_str!("text/upstream_refused.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const REFUSED: &[&str] = &[
    "nginx-connect-refused",
    "nginx-connect-unix-missing",
    "nginx-no-live-upstreams",
    "nginx-connect-no-route",
    "apache-proxy-connect-failed",
    "apache-proxy-failed-to-make-connection",
    "apache-proxy-worker-disabled",
];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    signs::from_own_message(case, REFUSED, strength::STRONG)
}
