//! Signs of the path and of the host that all requests share: loss, floods, sizes, forged resets, other addresses.

use std::net::IpAddr;

use super::sign::{Frequency, NO_PACKETS, NO_REQUEST, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::evidence::ConnectionRow;
use crate::evidence::server_tally::ServerTally;
use crate::flow::{Side, Traffic};
use crate::text::words::duration;
use crate::time::Duration;

pub(super) const SIGNS: &[Sign] = &[
    look("loss-on-healthy", "healthy connections lose packets, too", Frequency::Seldom, loss_on_healthy)
        .one_with("loss"),
    look("segments-repeated", "its own segments are sent again", Frequency::Often, segments_repeated),
    look(
        "full-size-stuck",
        "only full-size segments are lost, again and again",
        Frequency::Never,
        full_size_stuck,
    )
    .one_with("full-size"),
    look("packet-too-big", "a router says that the packet is too big", Frequency::Never, packet_too_big)
        .one_with("full-size"),
    look(
        "reset-from-afar",
        "the RST came another distance than its sender's packets",
        Frequency::Never,
        reset_from_afar,
    )
    .one_with("reset-of-another"),
    look(
        "reset-as-forged",
        "the RST, which by the edge's word is not its own, comes from where a device resets others in the edge's name",
        Frequency::Seldom,
        reset_as_forged,
    )
    .one_with("reset-of-another"),
    look(
        "reset-of-server",
        "the RST is the server's own: it came from as far as all its packets, and no sooner than they can",
        Frequency::Often,
        reset_of_server,
    )
    .one_with("reset-of-another"),
    look(
        "reset-too-soon",
        "the RST came sooner than the server's packets can",
        Frequency::Never,
        reset_too_soon,
    )
    .one_with("reset-of-another"),
    look(
        "half-open-flood",
        "strangers begin handshakes in great numbers and complete none",
        Frequency::Never,
        half_open_flood,
    ),
    look(
        "other-address-answers",
        "the same host is healthy at another address than the one that answers the edge so",
        Frequency::Never,
        other_address_answers,
    ),
    // A second server that is down looks the same, and so does one that does not listen on IPv6.
    look(
        "dead-beside-healthy-address",
        "the same host is healthy at another address, and this one takes no connection",
        Frequency::Often,
        dead_beside_healthy_address,
    ),
    // A second server that is down was up before, or is put right in the end; a log that begins behind the one and ends before the other is why this is not "never".
    look(
        "dead-since-first-asked",
        "as long as this address is asked, it takes no connection, and the same host is healthy at another",
        Frequency::Seldom,
        dead_since_first_asked,
    ),
    look("packets-at-origin", "its packets are in the origin's capture", Frequency::Often, packets_at_origin)
        .one_with("arrival"),
];

fn loss_on_healthy(look: &Viewpoint<'_>) -> Observation {
    let server = look.incident.population.servers.of_case(look.case, &look.incident.evidence);
    match server.and_then(|server| server.loss) {
        Some(loss) if loss.is_far_above_normal() => {
            let text = || {
                format!(
                    "{} of {} segments on healthy connections are sent again",
                    loss.repeated, loss.segments
                )
            };
            look.seen(text, None, None)
        }
        Some(_) => absent(),
        None => {
            Observation::NotVisible("too few packets of healthy connections with its server were captured")
        }
    }
}

fn segments_repeated(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    let most = look.case.connections(&look.incident.evidence).max_by_key(|row| repeats(row));
    let (most, others) = (most.filter(|row| repeats(row) >= 2), most);
    if most.is_none() && others.is_some_and(|row| row.connection.client_was_gone()) {
        return Observation::NotVisible("what the edge sent again was lost before the capture");
    }
    or_absent(most.map(|row| {
        let at = row.connection.last;
        look.seen(
            || format!("{} segments of this connection are sent again", repeats(row)),
            row.place(at),
            at.time,
        )
    }))
}

fn repeats(row: &ConnectionRow) -> u32 {
    let connection = &row.connection;
    let handshake = connection.handshake.syns.saturating_sub(1)
        + u32::from(connection.handshake.syn_acks.saturating_sub(1));
    connection.from_client.retransmissions + connection.from_server.retransmissions + handshake
}

/// From this many bytes on a segment counts as full-size. Every IPv6 link carries packets of 1280 bytes with their headers (RFC 8200,
/// section 5).
pub(super) const FULL_SIZE: u32 = 1200;

fn full_size_stuck(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    or_absent(look.case.connections(&look.incident.evidence).find_map(|row| {
        let connection = &row.connection;
        let stuck = |side: &Side| {
            is_stuck(connection.traffic(*side)) && connection.traffic(side.peer()).packets > 0
        };
        let side = [Side::Server, Side::Client].into_iter().find(stuck)?;
        let traffic = connection.traffic(side);
        let at = traffic.last_data.unwrap_or(connection.last);
        let text = || {
            let (bytes, from) = (traffic.anomalies.smallest_repeated.unwrap_or(FULL_SIZE), connection.address(side));
            let times = traffic.retransmissions;
            format!("segments of {bytes} bytes from {from} are sent again {times} times and never acknowledged; smaller ones pass")
        };
        Some(look.seen(text, row.place(at), at.time))
    }))
}

/// Only full-size segments are repeated, and the last of them never arrive. Of a receiver whose packets the capture lacks nobody knows what
/// it acknowledged.
fn is_stuck(traffic: &Traffic) -> bool {
    traffic.retransmissions >= 2
        && !traffic.all_acknowledged
        && traffic.anomalies.smallest_repeated.is_some_and(|bytes| bytes >= FULL_SIZE)
}

fn packet_too_big(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() {
        return Observation::NotVisible(NO_PACKETS);
    }
    or_absent(look.case.connections(&look.incident.evidence).find_map(|row| {
        let icmp = row.connection.icmp.filter(|icmp| icmp.is_packet_too_big())?;
        let text = || "a router says that the packet is too big and must not be fragmented".to_owned();
        Some(look.seen(text, row.place(icmp.at), icmp.at.time))
    }))
}

/// All packets of one side travel the same distance. A reset that a device sent in its name has come another distance.
fn reset_from_afar(look: &Viewpoint<'_>) -> Observation {
    let Some(row) = look.case.connections(&look.incident.evidence).next_back() else {
        return Observation::NotVisible(NO_PACKETS);
    };
    let Some(reset) = row.connection.reset.filter(|reset| !reset.refused_syn) else {
        return Observation::Moot("no RST ended it");
    };
    let own = row.connection.traffic(reset.by).ttl;
    let told = |forged: bool| {
        let own = match own {
            Some((smallest, largest)) if smallest < largest => format!("{smallest} to {largest}"),
            Some((only, _)) => only.to_string(),
            None => "none that was captured".to_owned(),
        };
        let whose = if forged { "the other packets of" } else { "as the packets of" };
        format!(
            "the RST has a time to live of {}, {whose} {} have {own}",
            reset.ttl,
            row.connection.address(reset.by)
        )
    };
    if row.connection.reset_is_forged() {
        look.seen(|| told(true), row.place(reset.at), reset.at.time)
    } else {
        look.not_seen(|| told(false), row.place(reset.at))
    }
}

/// The edge says 520 of what others ended. To an address of it that is as far away as the device the RST of that looks like its own.
fn reset_as_forged(look: &Viewpoint<'_>) -> Observation {
    const ENDED_BY_ORIGIN: u16 = 520;
    let evidence = &look.incident.evidence;
    let Some(row) = look.case.connections(evidence).next_back() else {
        return Observation::NotVisible(NO_PACKETS);
    };
    let connection = &row.connection;
    let in_its_name =
        connection.reset.filter(|reset| reset.by == Side::Client && !connection.reset_is_forged());
    let Some(reset) = in_its_name else {
        return Observation::Moot("no RST in the edge's name ended it that may be the edge's own");
    };
    if look.case.status_at_origin(evidence) != Some(ENDED_BY_ORIGIN) {
        return Observation::Moot("the edge does not say that another ended it");
    }
    let Some(others) = look.incident.population.forged.as_far_as(connection) else {
        return Observation::NotVisible("no device is known that resets others from as far away");
    };
    let text = || {
        format!(
            "the RST has a time to live of {}, as {others} others in the name of addresses of the edge that are elsewhere",
            reset.ttl
        )
    };
    look.seen(text, row.place(reset.at), reset.at.time)
}

fn reset_of_server(look: &Viewpoint<'_>) -> Observation {
    let Some(row) = look.case.connections(&look.incident.evidence).next_back() else {
        return Observation::NotVisible(NO_PACKETS);
    };
    let in_its_name = row.connection.reset_by_server();
    let Some(reset) = in_its_name else {
        return Observation::Moot("no RST in the server's name ended it");
    };
    let server = &row.connection.from_server;
    if server.ttl.is_none() {
        return Observation::NotVisible("no other packet of the server was captured");
    }
    if server.hops_apart(reset.ttl) > 0 || matches!(reset_too_soon(look), Observation::Seen(_)) {
        return absent();
    }
    let text = || format!("the RST has a time to live of {}, as all packets of the server", reset.ttl);
    look.seen(text, row.place(reset.at), reset.at.time)
}

/// What comes back sooner than the server can be reached was sent by something in between.
fn reset_too_soon(look: &Viewpoint<'_>) -> Observation {
    /// At the server itself the round trip is that of its kernel, and tells nothing.
    const LEAST_ROUND_TRIP: Duration = Duration::from_milliseconds(5);
    let evidence = &look.incident.evidence;
    let Some(row) = look.case.connections(evidence).next_back() else {
        return Observation::NotVisible(NO_PACKETS);
    };
    let connection = &row.connection;
    let Some(reset) = connection.reset_by_server() else {
        return Observation::Moot("no RST in the server's name ended it");
    };
    let round_trip = connection.handshake.server_round_trip().filter(|time| *time >= LEAST_ROUND_TRIP);
    let Some(round_trip) = round_trip else {
        return Observation::NotVisible(
            "how far the server is from the capture is not known, or not far enough",
        );
    };
    let exchange = look.case.exchanges(evidence).next_back().map(|(_, kept)| &kept.exchange);
    let Some((number, request)) =
        exchange.and_then(|exchange| Some((exchange.number, exchange.request.as_ref()?)))
    else {
        return Observation::NotVisible(NO_REQUEST);
    };
    if number > 1 || connection.from_server.fin.is_some_and(|fin| fin.time <= reset.at.time) {
        return Observation::NotVisible("it may have been on its way when the request was sent");
    }
    let after = reset.at.time.since(request.last.time);
    let text = || {
        format!(
            "RST {} after the request, while {} is {} away and back",
            duration(after),
            connection.address(Side::Server),
            duration(round_trip)
        )
    };
    match after < round_trip / 2 {
        true => look.seen(text, row.place(reset.at), reset.at.time),
        false => look.not_seen(text, row.place(reset.at)),
    }
}

fn half_open_flood(look: &Viewpoint<'_>) -> Observation {
    let server = look.incident.population.servers.of_case(look.case, &look.incident.evidence);
    let Some(server) = server else { return Observation::NotVisible("its server was not captured") };
    let Some(flood) = server.half_open_flood else { return absent() };
    let own = look.case.connections(&look.incident.evidence).next();
    let at = own.map(|row| (row.place(row.connection.first), row.connection.first.time));
    let correct = |row: &ConnectionRow| look.incident.clocks.correct(row.input(), row.connection.first.time);
    if !server.is_flooded_at(own.map_or(look.case.time, correct)) {
        return absent();
    }
    let text = || {
        format!(
            "{} handshakes from {} addresses were begun and never completed, against {} completed",
            flood.half_open, flood.sources, flood.completed
        )
    };
    look.seen(text, at.map(|(place, _)| place), at.map(|(_, time)| time))
}

fn other_address_answers(look: &Viewpoint<'_>) -> Observation {
    match takes_no_connection(look) {
        true => Observation::Moot("the address that was asked answers nothing"),
        false => healthy_at_another(look),
    }
}

fn dead_beside_healthy_address(look: &Viewpoint<'_>) -> Observation {
    match takes_no_connection(look) {
        true => healthy_at_another(look),
        false => Observation::Moot("the address that was asked takes connections"),
    }
}

fn dead_since_first_asked(look: &Viewpoint<'_>) -> Observation {
    let asked = look.case.asked_origin(&look.incident.evidence).map(|row| &row.record);
    let is_dead = asked.is_some_and(|record| {
        let of = |address| look.incident.population.origins.never_took(record.host.as_deref(), address);
        record.origin_address.is_some_and(of)
    });
    match is_dead {
        true => dead_beside_healthy_address(look),
        false => Observation::NotVisible("nothing shows that the address never took a connection"),
    }
}

/// Whether the edge says that it could not connect (docs/edge.md).
fn takes_no_connection(look: &Viewpoint<'_>) -> bool {
    matches!(look.case.status_at_origin(&look.incident.evidence), Some(521..=523))
}

/// What the edge asked, against the addresses at which the same host's healthy requests were answered.
fn healthy_at_another(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let asked = look.case.asked_origin(evidence).and_then(|row| Some((row, row.record.origin_address?)));
    let Some((row, asked)) = asked else {
        return Observation::NotVisible("no record of the edge tells which address was asked");
    };
    match look.incident.population.origins.elsewhere(row.record.host.as_deref(), asked) {
        Some(healthy) if has_both(look, asked, healthy.address) => absent(),
        Some(healthy) => {
            let text = || {
                format!(
                    "the edge asks {asked}; {} healthy requests of this host were answered by {}",
                    healthy.requests, healthy.address
                )
            };
            look.seen(text, row.place, row.record.start).not_own()
        }
        None => absent(),
    }
}

/// Whether captures show both as servers: of one machine the addresses of IPv4 and of IPv6, or two machines that somebody looks after. A server that
/// was forgotten is elsewhere.
fn has_both(look: &Viewpoint<'_>, asked: IpAddr, healthy: IpAddr) -> bool {
    let servers = &look.incident.evidence.tallies.servers;
    let is_shown = |address| servers.get(address).is_some_and(ServerTally::tells_more_than_staying);
    is_shown(&asked) && is_shown(&healthy)
}

/// Packets at another server than the one where the host is healthy say nothing of where the request should have gone.
fn packets_at_origin(look: &Viewpoint<'_>) -> Observation {
    let (evidence, population) = (&look.incident.evidence, &look.incident.population);
    if let Some(row) = look.case.connections(evidence).next() {
        let server = row.connection.server.ip();
        if population.origins.elsewhere(look.case.host(evidence), server).is_some() {
            return Observation::NotVisible(
                "its packets went to another server than those of the host's healthy requests",
            );
        }
        return look.seen(
            || "its packets are in the capture".to_owned(),
            row.place(row.connection.first),
            None,
        );
    }
    if population.arriving.may_show(look.case, evidence) {
        return absent();
    }
    Observation::NotVisible("no capture shows the connections of that time")
}
