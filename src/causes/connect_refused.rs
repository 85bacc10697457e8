use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{duration, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

pub const CAUSE: Cause = Cause {
    slug: "connect-refused",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[521],
    doc: include_str!("text/connect_refused.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        let connection = &row.connection;
        if let (Some(syn), Some(reset)) = (connection.handshake.syn, connection.reset.filter(|reset| reset.refused_syn)) {
            let after = duration(reset.at.time.since(syn.time));
            let text = format!("the SYN to port {} is answered by RST after {after}", connection.server.port());
            weight = weight.shown(strength::STRONG, text, row.place(reset.at), when(reset.at));
            break;
        }
    }
    if case.edge_status() == Some(521) {
        let place = case.edge.as_ref().map(|row| row.place);
        weight = weight.supported(strength::HINT, "the edge says 521: the origin refused the connection", place);
    }
    weight.some()
}
