//! Signs of how connecting went: whom it met, and what others met at the same time.

use super::lines::has_signature;
use super::sign::{Frequency, NO_PACKETS, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::correlate::unanswered::{unanswered, unanswered_syn};
use crate::correlate::{Attempt, Case};
use crate::evidence::ConnectionRow;
use crate::flow::{Arrival, Connection, IcmpError, Side};
use crate::text::words::quote;
use crate::time::Duration;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "range-alone-unanswered",
        "only some of the edge's ranges go unanswered",
        Frequency::Seldom,
        range_alone_unanswered,
    ),
    look(
        "range-alone-refused",
        "only some of the edge's ranges are refused",
        Frequency::Seldom,
        range_alone_refused,
    ),
    look(
        "range-alone-unacknowledged",
        "only to some of the edge's ranges no answer finds its way",
        Frequency::Seldom,
        range_alone_unacknowledged,
    ),
    look(
        "range-only-fails",
        "by the edge's log every request of this range fails to connect",
        Frequency::Never,
        range_only_fails,
    )
    .one_with("range-alone-unanswered"),
    look(
        "firewall-line",
        "the firewall's own line names the edge's address",
        Frequency::Never,
        firewall_line,
    ),
    look("banned", "fail2ban has banned the edge's address", Frequency::Never, banned),
    look("no-route", "a router says that it has no way to the origin", Frequency::Seldom, no_route)
        .one_with("no-route"),
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
];

fn range_alone_unanswered(look: &Viewpoint<'_>) -> Observation {
    let population = &look.incident.population;
    let selective = population.selective_range(look.case, &look.incident.evidence, &look.incident.ranges);
    let Some(selective) = selective else { return without_range(look) };
    let first = unanswered_syn(look.case, &look.incident.evidence).map(|(row, syn, _)| (row, syn));
    let first =
        first.or_else(|| unanswered(look.case, &look.incident.evidence).map(|sign| (sign.row, sign.first)));
    let text = || {
        let (range, others) = (selective.range, selective.others_established);
        format!(
            "what comes from {range} is captured and never answered, while {others} connections from other ranges complete"
        )
    };
    look.seen(text, first.map(|(row, at)| row.place(at)), first.map(|(_, at)| at.time))
}

/// Where no range stands out: whether captures show enough of others to say so.
fn without_range(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() { Observation::NotVisible(NO_PACKETS) } else { absent() }
}

fn range_alone_refused(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let Some(selective) =
        look.incident.population.refused_range(look.case, &look.incident.evidence, &look.incident.ranges)
    else {
        return without_range(look);
    };
    let at = refusal(look.case, look).or_else(|| {
        let sign = unanswered(look.case, evidence)?;
        Some((sign.row, sign.reset_after_request().unwrap_or(sign.first)))
    });
    let text = || {
        let (range, others) = (selective.range, selective.others_established);
        format!("what comes from {range} is refused, while {others} connections from other ranges complete")
    };
    look.seen(text, at.map(|(row, at)| row.place(at)), at.map(|(_, at)| at.time))
}

/// The RST or the ICMP error that answers a SYN of the case.
fn refusal<'a>(case: &Case, look: &Viewpoint<'a>) -> Option<(&'a ConnectionRow, Arrival)> {
    case.connections(&look.incident.evidence).find_map(|row| {
        let reset = row.connection.reset.filter(|reset| reset.refused_syn).map(|reset| reset.at);
        let icmp = row.connection.icmp.filter(IcmpError::is_rejection).map(|icmp| icmp.at);
        Some((row, reset.or(icmp)?))
    })
}

fn range_alone_unacknowledged(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let Some(selective) = look.incident.population.unacknowledged_range(
        look.case,
        &look.incident.evidence,
        &look.incident.ranges,
    ) else {
        return without_range(look);
    };
    let row = look.case.connections(evidence).next_back();
    let text = || {
        let (range, others) = (selective.range, selective.others_established);
        format!(
            "no answer to {range} is ever acknowledged, while {others} connections from other ranges complete"
        )
    };
    let at = row.map(|row| row.connection.handshake.syn_ack.unwrap_or(row.connection.last));
    look.seen(text, row.zip(at).map(|(row, at)| row.place(at)), at.map(|at| at.time))
}

fn range_only_fails(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let Some(row) = look.case.asked_origin(evidence) else {
        return Observation::NotVisible("no record of the edge tells its address");
    };
    let range = row
        .record
        .edge_address
        .and_then(|address| look.incident.population.range_that_only_fails(address, &look.incident.ranges));
    or_absent(range.map(|range| {
        let text = || format!("every request from {range} fails to connect, those from other ranges pass");
        look.seen(text, row.place, row.record.start)
    }))
}

/// The kernel's firewall writes one line for each packet, with the packet's source address in it.
fn firewall_line(look: &Viewpoint<'_>) -> Observation {
    const NEAR: Duration = Duration::from_seconds(2);
    let (case, incident) = (look.case, look.incident);
    let Some(address) = case.edge_address(&incident.evidence) else {
        return Observation::NotVisible("the edge's address is not known");
    };
    let mut lines = incident.messages.between(&incident.evidence, case.time.plus(-NEAR), case.end.plus(NEAR));
    let row = lines.find(|row| {
        let is_of_firewall = has_signature(row, &["firewall-blocked", "firewall-logged"]);
        is_of_firewall && row.line.client == Some(address) && !is_of_open_connection(&row.line.text)
    });
    match row {
        Some(row) => look.seen(
            || format!("the firewall's own line: {}", quote(&row.line.text)),
            row.place,
            row.line.time,
        ),
        // Most firewalls write nothing of what they drop.
        None => Observation::NotVisible("no line of a firewall names the edge's address"),
    }
}

/// Whether a firewall's line is about a packet of a connection that was open before, such as a late reset: the flags stand as words
/// (net/netfilter/nf_log_syslog.c), and only a SYN begins anything.
fn is_of_open_connection(text: &str) -> bool {
    let has = |flag: &str| text.split_ascii_whitespace().any(|word| word == flag);
    !has("SYN") && ["RST", "FIN", "ACK"].into_iter().any(has)
}

/// A ban by fail2ban that held when the case began. fail2ban bans for ten minutes unless it is told otherwise; a day is what many set.
fn banned(look: &Viewpoint<'_>) -> Observation {
    const LONGEST_BAN: Duration = Duration::from_seconds(86_400);
    let (case, incident) = (look.case, look.incident);
    let Some(address) = case.edge_address(&incident.evidence) else {
        return Observation::NotVisible("the edge's address is not known");
    };
    let until = case.end.plus(Duration::SECOND);
    let last = incident
        .messages
        .between(&incident.evidence, case.time.plus(-LONGEST_BAN), until)
        .filter(|row| {
            row.line.client == Some(address) && has_signature(row, &["fail2ban-banned", "fail2ban-unbanned"])
        })
        .last()
        .filter(|row| has_signature(row, &["fail2ban-banned"]));
    match last {
        Some(row) => {
            let text =
                || format!("fail2ban has banned the edge's address {address}: {}", quote(&row.line.text));
            look.seen(text, row.place, row.line.time)
        }
        None => Observation::NotVisible("no line of fail2ban names the edge's address"),
    }
}

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
    let own = unheard.iter().find_map(|&(row, since)| {
        Some((row, row.connection.icmp.filter(|icmp| icmp.is_no_route_to(Side::Server) && icmp.at >= since)?))
    });
    let told = own.or_else(|| {
        let (row, since) = unheard.pop()?;
        no_route_of_another(look, row, since)
    });
    or_absent(told.map(|(row, icmp)| {
        let (server, client) = (row.connection.server.ip(), row.connection.client);
        let text = || format!("ICMP type {} code {} to {client}: no route to {server}", icmp.kind, icmp.code);
        look.seen(text, row.place(icmp.at), icmp.at.time)
    }))
}

fn no_route_of_another<'a>(
    look: &Viewpoint<'a>,
    row: &ConnectionRow,
    since: Arrival,
) -> Option<(&'a ConnectionRow, IcmpError)> {
    /// Linux asks three times, a second apart, for a hardware address; then it gives up for all connections that wait for it.
    const ASKING: Duration = Duration::from_seconds(3);
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
        // An acknowledgement after the edge gave up came too late. The edge's FIN has to wait behind the data that it sends again.
        let heard = request.acknowledged.is_some_and(|at| {
            let closed = connection.from_client.fin.is_some_and(|fin| fin < at);
            let time = incident.clocks.correct(row.input(), at.time);
            !closed && (case.edge.is_none() || time < case.end)
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
        if let Some(syn_ack) =
            connection.handshake.syn_ack.filter(|_| connection.handshake.is_never_completed())
        {
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
    or_absent(seen)
}

/// The last packet of an origin that sends its data again and again and gets no acknowledgement.
fn unheard(connection: &Connection) -> Option<Arrival> {
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
        if let Some(syn_ack) = handshake.syn_ack.filter(|_| handshake.is_repeated_after_answer()) {
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

/// A full queue drops SYNs and final ACKs alike, for as long as it is full.
const STAYS_FULL: Duration = Duration::from_seconds(5);

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
