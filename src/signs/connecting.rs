//! Signs of how connecting went: whom it met, and what others met at the same time.

use super::sign::{Frequency, NO_PACKETS, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::correlate::Attempt;
use crate::correlate::servers::STAYS_FULL;
use crate::correlate::unanswered::{unanswered, unanswered_syn};
use crate::evidence::{AccessRow, ConnectionRow};
use crate::flow::{Arrival, Connection, IcmpError, Side};
use crate::text::words::duration;
use crate::time::Duration;

pub(super) const SIGNS: &[Sign] = &[
    look("no-route", "a router says that it has no way to the origin", Frequency::Seldom, no_route)
        .one_with("no-route"),
    look(
        "no-route-meanwhile",
        "of others that ask this origin at that moment the edge says that there is no way to it",
        Frequency::Never,
        no_route_meanwhile,
    )
    .one_with("no-route"),
    look(
        "nobody-is-answered",
        "the server answers no attempt of anybody while it asks",
        Frequency::Often,
        nobody_is_answered,
    ),
    look(
        "no-way-back",
        "what the origin sends to this address is never acknowledged",
        Frequency::Seldom,
        no_way_back,
    ),
    look(
        "queue-full",
        "the origin repeats its answer although the edge's had arrived",
        Frequency::Never,
        queue_full,
    )
    .one_with("accept-queue"),
    look(
        "queue-full-meanwhile",
        "other connections of that moment show a full accept queue",
        Frequency::Never,
        queue_full_meanwhile,
    )
    .one_with("accept-queue"),
    look(
        "untaken-while-dropped",
        "the kernel takes the request, no process does, and SYNs are dropped meanwhile",
        Frequency::Never,
        untaken_while_dropped,
    )
    .one_with("accept-queue"),
    look(
        "served-while-dropped",
        "the server takes and answers what waited, one after the other, while SYNs are dropped",
        Frequency::Never,
        served_while_dropped,
    ),
    look(
        "taken-in-time",
        "by the server's own line it had the request while the edge still waited",
        Frequency::Often,
        taken_in_time,
    ),
    look(
        "ended-by-a-process",
        "the origin ends it, and a process there had it: it answered on it before, closes it in order, or resets what had been acknowledged",
        Frequency::Often,
        ended_by_a_process,
    ),
];

/// A router's message that there is no route, while an attempt of the case gets no answer at all. It may be about another connection to the
/// same server, because routers limit how often they send such messages (RFC 1812, section 4.3.2.8).
fn no_route(look: &Viewpoint<'_>) -> Observation {
    let (case, incident) = (look.case, look.incident);
    if case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    let mut unheard: Vec<(&ConnectionRow, Arrival)> = case
        .attempts
        .iter()
        .filter_map(|attempt| Some((attempt.connection(&incident.evidence)?, unheard_since(look, *attempt)?)))
        .collect();
    let never_came = unheard.is_empty() && is_lost_before_capture(look);
    let own = unheard.iter().find_map(|&(row, since)| {
        Some((row, row.connection.icmp.filter(|icmp| icmp.is_no_route_to(Side::Server) && icmp.at >= since)?))
    });
    let told = own.or_else(|| {
        let (row, since) = unheard.pop()?;
        no_route_of_another(look, row, since)
    });
    if told.is_none() && never_came {
        return Observation::NotVisible("what a router has no way for never came as far as the capture");
    }
    or_absent(told.map(|(row, icmp)| {
        let (server, client) = (row.connection.server.ip(), row.connection.client);
        let text = || format!("ICMP type {} code {} to {client}: no route to {server}", icmp.kind, icmp.code);
        look.seen(text, row.place(icmp.at), icmp.at.time)
    }))
}

/// Whether what is missing was lost before it came to the capture, and with it whatever a router says of that to its sender: the edge says that there is no
/// way, or never acknowledges what it was answered.
fn is_lost_before_capture(look: &Viewpoint<'_>) -> bool {
    const NO_WAY: u16 = 523;
    let evidence = &look.incident.evidence;
    let is_unacknowledged = |row: &ConnectionRow| row.connection.is_never_completed();
    look.case.status_at_origin(evidence) == Some(NO_WAY)
        || look.case.connections(evidence).all(is_unacknowledged)
}

/// Routers limit how often they say so (RFC 1812, 4.3.2.8), so of what one rejects the edge says now 523 and now 522.
fn no_route_meanwhile(look: &Viewpoint<'_>) -> Observation {
    let row =
        look.case.asked_origin(&look.incident.evidence).filter(|row| row.record.edge_status == Some(522));
    let Some((row, origin)) = row.and_then(|row| Some((row, row.record.origin_address?))) else {
        return Observation::NotVisible("no record of the edge says 522 of an origin");
    };
    let time = look.incident.clocks.correct(row.place.input(), row.record.start);
    let said = look.incident.population.answering.said_no_way(origin, time);
    or_absent(said.map(|said| {
        let text = || format!("{said} requests around that moment end with 523: no way leads to that origin");
        look.seen(text, row.place, row.record.start)
    }))
}

fn nobody_is_answered(look: &Viewpoint<'_>) -> Observation {
    let Some((row, first, last)) = unanswered_syn(look.case, &look.incident.evidence) else {
        return Observation::NotVisible("no SYN of it that went unanswered was captured");
    };
    let server = row.connection.server.ip();
    let nobody = look.incident.population.answering.nobody_answered(server, first.time, last.time);
    or_absent(nobody.map(|attempts| {
        let text =
            || format!("{attempts} attempts of several addresses meanwhile, and {server} answers none");
        look.seen(text, row.place(first), first.time)
    }))
}

/// Linux asks three times, a second apart, for a hardware address; then it gives up for all connections that wait for it.
const ASKING: Duration = Duration::from_seconds(3);

fn no_route_of_another<'a>(
    look: &Viewpoint<'a>,
    row: &ConnectionRow,
    since: Arrival,
) -> Option<(&'a ConnectionRow, IcmpError)> {
    let incident = look.incident;
    let time = |at: Arrival| incident.clocks.correct(row.input(), at.time);
    let (from, to) = (time(since).plus(-ASKING), time(row.connection.last).plus(ASKING));
    let told = incident.population.no_route_between(row.connection.server.ip(), from, to)?;
    let row = incident.evidence.connections.get(told)?;
    Some((row, row.connection.icmp?))
}

/// The first packet of the edge since which nothing has come back: its SYN, its request, or data that cannot be read.
fn unheard_since(look: &Viewpoint<'_>, attempt: Attempt) -> Option<Arrival> {
    let (case, incident) = (look.case, look.incident);
    let row = attempt.connection(&incident.evidence)?;
    let connection = &row.connection;
    if connection.is_unanswered() {
        return connection.handshake.syn;
    }
    if let Some(kept) = attempt.exchange(&incident.evidence).map(|(_, kept)| kept) {
        let request = kept.exchange.request.as_ref()?;
        // An acknowledgement after the edge gave up came too late, and one after a router would have said that there is no way tells that there is one again.
        // The edge's FIN has to wait behind the data that it sends again.
        let in_time = request.acknowledged.filter(|at| at.time.since(request.first.time) < ASKING);
        let heard = in_time.is_some_and(|at| {
            let closed = connection.from_client.fin.is_some_and(|fin| fin < at);
            let time = incident.clocks.correct(row.input(), at.time);
            let tells_end = case.edge.is_some() && case.took(&incident.evidence).is_some();
            !closed && (!tells_end || time < case.end)
        });
        return (!heard).then_some(request.first);
    }
    let sent = &connection.from_client;
    (sent.retransmissions > 0 && !sent.all_acknowledged).then_some(connection.first)
}

fn no_way_back(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    let seen = look.case.connections(&look.incident.evidence).find_map(|row| {
        let connection = &row.connection;
        if let Some(icmp) = connection.icmp.filter(|icmp| icmp.is_no_route_to(Side::Client)) {
            let text = || {
                format!(
                    "ICMP type {} code {}: no route back to {}",
                    icmp.kind,
                    icmp.code,
                    connection.client.ip()
                )
            };
            return Some(look.seen(text, row.place(icmp.at), icmp.at.time));
        }
        if let Some(syn_ack) = connection.handshake.syn_ack.filter(|_| connection.is_never_completed()) {
            let times = connection.handshake.syn_acks;
            let text = || format!("the SYN arrives, the SYN/ACK leaves {times} times, and no ACK ever comes");
            return Some(look.seen(text, row.place(syn_ack), syn_ack.time));
        }
        let last = unheard(connection)?;
        Some(look.seen(
            || "what the origin sends is repeated and never acknowledged".to_owned(),
            row.place(last),
            last.time,
        ))
    });
    let met_nobody = |row: &ConnectionRow| row.connection.client_was_gone();
    if seen.is_none() && look.case.connections(&look.incident.evidence).any(met_nobody) {
        return Observation::NotVisible(
            "what the origin sent met a host that knew of no such connection any more",
        );
    }
    or_absent(seen)
}

/// The last packet of an origin that sends its data again and again and gets no acknowledgement.
pub(super) fn unheard(connection: &Connection) -> Option<Arrival> {
    let sent = &connection.from_server;
    // Of a client whose packets the capture lacks nobody knows what it acknowledged.
    let is_heard = connection.from_client.packets > 0;
    sent.last_data.filter(|_| is_heard && sent.retransmissions >= 2 && !sent.all_acknowledged)
}

fn queue_full(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    or_absent(look.case.connections(&look.incident.evidence).find_map(|row| {
        let handshake = &row.connection.handshake;
        if let Some(syn_ack) = handshake.syn_ack.filter(|_| handshake.is_repeated_after_answer) {
            let text = || {
                format!(
                    "the origin repeats its SYN/ACK ({} in all) although the edge's ACK had arrived",
                    handshake.syn_acks
                )
            };
            return Some(look.seen(text, row.place(syn_ack), syn_ack.time));
        }
        let ignored = row.first_request_ignored()?;
        let at = handshake.established.unwrap_or(row.connection.first);
        // One connection whose handshake went well may as well meet loss.
        let server = look.incident.population.servers.of_case(look.case, &look.incident.evidence);
        let time = look.incident.clocks.correct(row.input(), at.time);
        let alike = server.map_or(0, |server| server.overflows_near(time, STAYS_FULL));
        (handshake.syn_acks >= 2 || alike >= 2).then_some(())?;
        let text = || {
            let (times, long) =
                (row.connection.from_client.retransmissions + 1, crate::text::words::duration(ignored));
            format!(
                "the handshake is complete, and the request is ignored for {long} though sent {times} times"
            )
        };
        Some(look.seen(text, row.place(at), at.time))
    }))
}

fn queue_full_meanwhile(look: &Viewpoint<'_>) -> Observation {
    let incident = look.incident;
    let Some((row, syn, _)) = unanswered_syn(look.case, &incident.evidence) else {
        return Observation::NotVisible("no unanswered SYN of it was captured");
    };
    let server = incident.population.servers.of_case(look.case, &incident.evidence);
    let time = incident.clocks.correct(row.input(), syn.time);
    let overflows = server.map_or(0, |server| server.overflows_near(time, STAYS_FULL));
    let text = || format!("the SYN is dropped while {overflows} other connections show a full accept queue");
    if overflows >= 2 { look.seen(text, row.place(syn), syn.time) } else { absent() }
}

fn untaken_while_dropped(look: &Viewpoint<'_>) -> Observation {
    let incident = look.incident;
    let taken = unanswered(look.case, &incident.evidence).filter(|sign| sign.number == 1);
    let Some((sign, acknowledged)) = taken.and_then(|sign| Some((sign, sign.acknowledged?))) else {
        return Observation::NotVisible("no first request of it was captured");
    };
    let time = incident.clocks.correct(sign.row.input(), acknowledged.time);
    let server = incident.population.servers.of_case(look.case, &incident.evidence);
    let dropped = server.map_or(0, |server| server.dropped_syns_near(time, STAYS_FULL));
    let text =
        || format!("the kernel takes the request, no process does, and {dropped} SYNs are dropped meanwhile");
    if dropped >= 3 { look.seen(text, sign.place(acknowledged), acknowledged.time) } else { absent() }
}

/// A server that stops accepting answers nothing of what waits until it goes on, and then no SYN is dropped any more. One that has no worker free takes the
/// next as each gets free, and its queue stays full meanwhile.
fn served_while_dropped(look: &Viewpoint<'_>) -> Observation {
    const SEVERAL: usize = 3;
    /// Only requests that failed are known: each has waited for longer than the edge does. A server that stopped answers none of them then.
    const ONE_AFTER_THE_OTHER: usize = 2;
    let (case, incident) = (look.case, look.incident);
    let Some(row) = case.connections(&incident.evidence).next_back() else {
        return Observation::NotVisible(NO_PACKETS);
    };
    if row.connection.refused_at().is_some() {
        return Observation::Moot("a full queue refuses nothing");
    }
    let Some(server) = incident.population.servers.of_case(case, &incident.evidence) else {
        return Observation::NotVisible(NO_PACKETS);
    };
    if server.dropped_syns_near(case.time, STAYS_FULL) < SEVERAL {
        return Observation::Moot("no SYNs are dropped at that moment");
    }
    let last = incident.clocks.correct(row.input(), row.connection.last.time);
    let span = (case.time.plus(-STAYS_FULL), case.end.max(last).plus(STAYS_FULL));
    let late = server.answered_late(span);
    if late.amid >= ONE_AFTER_THE_OTHER && late.lasts >= Duration::SECOND {
        let text = || format!("{} requests that waited are answered while SYNs are dropped", late.amid);
        return look.seen(text, row.place(row.connection.first), row.connection.first.time);
    }
    match late.known >= SEVERAL && late.amid == 0 {
        true => absent(),
        false => Observation::NotVisible("too few answers to requests that waited were captured"),
    }
}

/// What waits in an accept queue no process has read. One that has a line of it from the first half of the wait took it out of there.
fn taken_in_time(look: &Viewpoint<'_>) -> Observation {
    const GIVEN_UP: [u16; 2] = [522, 524];
    let (case, incident) = (look.case, look.incident);
    let evidence = &incident.evidence;
    let gave_up = case.status_at_origin(evidence).is_some_and(|status| GIVEN_UP.contains(&status));
    let Some(waited) = case.took(evidence).filter(|_| gave_up) else {
        return Observation::Moot("no record of the edge tells how long it waited before it gave up");
    };
    let mut lines = case.lines_of_ray(evidence).peekable();
    if lines.peek().is_none() {
        return Observation::NotVisible("no access line names it");
    }
    let after = |row: &AccessRow| incident.clocks.at(row.place, row.line.start()).since(case.time);
    let doubt = |row: &AccessRow| incident.clocks.spread(row.place.input()) + row.line.resolution;
    let in_time = |row: &&AccessRow| after(row) * 2 < waited && after(row) + doubt(row) < waited;
    or_absent(lines.find(in_time).map(|row| {
        let text = || {
            let (after, waited) = (duration(after(row).max(Duration::ZERO)), duration(waited));
            format!("the server has a line of it from {after} after its beginning, the edge waited {waited}")
        };
        look.seen(text, row.place, row.line.time)
    }))
}

/// A queue that is full answers nothing, or resets the handshake's last packet before the kernel has taken a byte (Linux: net.ipv4.tcp_abort_on_overflow).
fn ended_by_a_process(look: &Viewpoint<'_>) -> Observation {
    let Some(sign) = unanswered(look.case, &look.incident.evidence) else {
        return Observation::NotVisible("no request of it without an answer was captured");
    };
    let closed = sign.closed_before_request().or_else(|| sign.closed_after_request());
    let ended = closed.or_else(|| sign.reset_after_request()).filter(|_| sign.given_up().is_none());
    let Some(ended) = ended else {
        return Observation::Moot("the origin did not end it");
    };
    let is_acknowledged = sign.acknowledged.is_some_and(|at| at <= ended);
    if closed.is_none() && !is_acknowledged && sign.previous_end.is_none() {
        return absent();
    }
    let text = || match closed {
        Some(_) => "the origin closes the connection in order (FIN)".to_owned(),
        None => "the origin resets a connection of which it had taken what was asked".to_owned(),
    };
    look.seen(text, sign.place(ended), ended.time)
}
