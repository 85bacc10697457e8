//! Signs of a filter that answers by ICMP errors. TCP itself refuses by a RST (RFC 9293, 3.10.7.1), and only what begins.

use super::sign::{Frequency, NO_PACKETS, Observation, Sign, Viewpoint, look, or_absent};
use crate::correlate::rejecting::is_cut;
use crate::evidence::ConnectionRow;
use crate::flow::IcmpError;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "rejected-alone",
        "an ICMP error refuses the SYN while other connections to the server complete",
        Frequency::Never,
        rejected_alone,
    )
    .one_with("range-alone-refused"),
    look(
        "prohibited",
        "an ICMP error says that the way to the server is prohibited",
        Frequency::Never,
        prohibited,
    )
    .one_with("range-alone-refused"),
    look(
        "cut-by-filter",
        "ICMP errors refuse what the edge's address sends on connections that are open",
        Frequency::Never,
        cut_by_filter,
    )
    .one_with("range-alone-refused"),
];

/// What a filter refuses to all is no more than a port on which nobody listens, as a service of Kubernetes without endpoints is.
fn rejected_alone(look: &Viewpoint<'_>) -> Observation {
    const OTHERS: u64 = 3;
    if look.case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    let rejected = rejections(look).find_map(|(row, icmp)| {
        let rejecting = look.incident.population.rejecting.get(&row.connection.server.ip())?;
        (rejecting.established >= OTHERS).then_some((row, icmp, rejecting.established))
    });
    or_absent(rejected.map(|(row, icmp, others)| {
        let (client, server) = (row.connection.client.ip(), row.connection.server.ip());
        let text =
            || format!("an ICMP error refuses {client}, while {others} connections to {server} complete");
        look.seen(text, row.place(icmp.at), icmp.at.time)
    }))
}

/// A port on which nobody listens is unreachable; that something is prohibited says a filter alone (RFC 1812, 5.2.7.1).
fn prohibited(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    let told = rejections(look).find(|(_, icmp)| icmp.is_prohibition());
    or_absent(told.map(|(row, icmp)| {
        let (client, IcmpError { kind, code, .. }) = (row.connection.client.ip(), icmp);
        let text = || format!("ICMP type {kind} code {code} to {client}: a filter prohibits it");
        look.seen(text, row.place(icmp.at), icmp.at.time)
    }))
}

/// No listener that is gone does so: who rejects what comes on open connections has a rule about their addresses.
fn cut_by_filter(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let own = || rejections(look).find(|(row, icmp)| is_cut(&row.connection, icmp));
    let of_another = || {
        let (server, edge) = (look.case.server_address(evidence)?, look.case.edge_address(evidence)?);
        let rejecting = look.incident.population.rejecting.get(&server)?;
        let row = evidence.connections.get(rejecting.cut.filter(|_| rejecting.rejects(edge))?)?;
        Some((row, row.connection.icmp?))
    };
    match own().or_else(of_another) {
        Some((row, icmp)) => {
            let client = row.connection.client.ip();
            let text = || format!("an ICMP error refuses what {client} sends on a connection that is open");
            look.seen(text, row.place(icmp.at), icmp.at.time)
        }
        // Where the edge had no connection open, nothing is there to be cut.
        None => Observation::NotVisible("no ICMP error about an open connection of its address was captured"),
    }
}

/// The ICMP errors that reject a connection of the case.
fn rejections<'a>(look: &Viewpoint<'a>) -> impl Iterator<Item = (&'a ConnectionRow, IcmpError)> {
    let rows = look.case.connections(&look.incident.evidence);
    rows.filter_map(|row| Some((row, row.connection.icmp.filter(IcmpError::is_rejection)?)))
}
