//! One share of a capture's connections: its own flow table, its own counts, its own rows. Shards share nothing while they work.

use std::net::IpAddr;
use std::sync::Arc;

use super::dialogue::{Dialogue, Shared, Told, audit};
use crate::capture::Packet;
use crate::evidence::failure;
use crate::evidence::place::Place;
use crate::evidence::row::{ConnectionRow, Protocol};
use crate::evidence::sightings::Sighting;
use crate::evidence::tally::{Direction, Tallies, slower};
use crate::evidence::view::Group;
use crate::facts::ranges::EdgeRanges;
use crate::flow::{Connection, Facts, Limits, Opening, PacketId, Side, StreamIndex, Table};
use crate::packet::{self, Carried, Datagram, Tally};
use crate::time::{MILLISECOND, SECOND, Time};

/// Shares of a capture; fixed, so that the number of threads does not show in the result.
pub const SHARDS: usize = 16;

/// Addresses and seconds told apart by one shard: a flood from forged addresses is counted, not listed.
const MOST_REACHED: usize = 1 << 16;

/// A SYN younger than this at the end of the capture may still be answered.
const ANSWER_DUE: i64 = SECOND;

/// A share of a capture's connections.
pub struct Shard {
    table: Table<Dialogue>,
    rows: Rows,
    tally: Tally,
}

/// What finished connections become.
struct Rows {
    shared: Shared,
    ranges: Arc<EdgeRanges>,
    kept: Vec<ConnectionRow>,
    now: Time,
}

/// What a shard has made of its connections.
pub struct Harvest {
    /// Connections kept. Their stream numbers are the shard's own until they are assigned.
    pub kept: Vec<ConnectionRow>,
    /// Counts and samples.
    pub shared: Shared,
    /// The flow's counts by file of the set.
    pub facts: Vec<Facts>,
    /// First frames of the connections.
    pub index: StreamIndex,
}

impl Shard {
    /// An empty shard.
    pub fn new(shared: Shared, ranges: Arc<EdgeRanges>) -> Shard {
        let (for_dialogues, of_edge) = (shared.clone(), ranges.clone());
        let make = move |opening: &Opening| {
            Dialogue::new(
                for_dialogues.clone(),
                group(&of_edge, opening.client.ip(), opening.server.ip()),
                opening,
            )
        };
        let limits = Limits::default();
        let limits = Limits { total_bytes: limits.total_bytes / SHARDS, ..limits };
        Shard {
            table: Table::new(limits, make),
            rows: Rows { shared, ranges, kept: Vec::new(), now: Time(i64::MIN) },
            tally: Tally::default(),
        }
    }

    /// The shard of a packet; the same for both directions of a connection and for ICMP errors about it.
    pub fn of(content: &Carried<'_>) -> Option<usize> {
        let (sender, receiver) = match content {
            Carried::Tcp(segment) => (segment.sender(), segment.receiver()),
            Carried::MalformedTcp { sender, receiver } => (*sender, *receiver),
            Carried::Icmp(report) => (report.quoted.sender, report.quoted.receiver),
            Carried::Fragment(_) | Carried::Other => return None,
        };
        Some(Shard::of_ends([sender, receiver].map(|end| (end.ip(), end.port()))))
    }

    /// The shard of a connection between these addresses and ports.
    #[inline]
    pub fn of_ends([a, b]: [(IpAddr, u16); 2]) -> usize {
        let ports = u64::from(a.1) + u64::from(b.1);
        let mixed =
            (number(a.0).wrapping_add(number(b.0)).wrapping_add(ports)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The product's upper bits depend on all bits of both addresses and ports.
        (mixed >> 60) as usize % SHARDS
    }

    /// Takes a packet of a file; packets of a shard come in order.
    #[inline]
    pub fn packet(&mut self, now: i64, file: u32, packet: &Packet<'_>) {
        let content = packet::decode(packet, &mut self.tally);
        self.content(now, file, packet, &content);
    }

    /// Takes what a packet, the last fragment of a datagram, made whole.
    pub fn datagram(&mut self, now: i64, file: u32, packet: &Packet<'_>, datagram: &Datagram) {
        let content = datagram.decode(&mut self.tally);
        self.content(now, file, packet, &content);
    }

    #[inline]
    fn content(&mut self, now: i64, file: u32, packet: &Packet<'_>, content: &Carried<'_>) {
        let Shard { table, rows, .. } = self;
        rows.now = rows.now.max(packet.time);
        let id = PacketId { file, frame: packet.frame };
        table.packet_at(now, content, id, packet.time, &mut |connection, dialogue| {
            rows.take(connection, dialogue)
        });
    }

    /// What its packets were, since this was last asked.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// No more packets; the capture's last was at `end`.
    pub fn finish(mut self, end: Time, files: u32) -> Harvest {
        self.rows.now = end;
        let rows = &mut self.rows;
        self.table.finish(&mut |connection, dialogue| rows.take(connection, dialogue));
        let facts = (0..files).map(|file| self.table.facts(file)).collect();
        Harvest {
            facts,
            index: self.table.stream_index().clone(),
            kept: self.rows.kept,
            shared: self.rows.shared,
        }
    }

    /// What this shard shares with its own connections.
    pub fn shared(&self) -> &Shared {
        &self.rows.shared
    }
}

fn number(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(address.to_bits()).wrapping_mul(0xff51_afd7_ed55_8ccd),
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            ((bits >> 64) as u64 ^ bits as u64).wrapping_mul(0xff51_afd7_ed55_8ccd)
        }
    }
}

fn group(ranges: &EdgeRanges, client: IpAddr, server: IpAddr) -> Group {
    if ranges.contains(client) { Group::Edge(server) } else { Group::Server(server) }
}

impl Rows {
    /// A finished connection: counted, and kept if it failed or carries something worth keeping.
    fn take(&mut self, mut connection: Connection, dialogue: Dialogue) {
        let mut told = dialogue.finish();
        if told.client_side == Some(Side::Server) && !connection.initiator_known {
            connection.swap_roles();
            told.group = group(&self.ranges, connection.client.ip(), connection.server.ip());
        }
        self.count(&connection, &told);
        for kept in &mut told.kept {
            let read_limit = (self.shared.profile.limits.read_s * SECOND as f64) as i64;
            kept.failure = kept
                .failure
                .or_else(|| failure::of_unanswered(&kept.exchange, &connection, self.now, read_limit));
        }
        // What the capture lost is no evidence, unless another source asks for it.
        let interest = &self.shared.interest;
        told.kept.retain(|kept| {
            let ray = kept.exchange.ray().map(|ray| ray.ray);
            kept.failure.is_some() || kept.exchange.response.is_some() || interest.holds(ray, None, None)
        });
        let row = ConnectionRow {
            files: self.shared.files.to_vec(),
            group: told.group,
            connection,
            protocol: told.protocol,
            tls: told.tls,
            exchanges: told.kept,
            exchange_count: told.exchange_count,
            last_response_end: told.last_response_end,
            capture_end: self.now,
            also: Vec::new(),
            between: Vec::new(),
        };
        if self.is_worth_keeping(&row) {
            self.kept.push(row);
        }
    }

    fn is_worth_keeping(&self, row: &ConnectionRow) -> bool {
        let failed = row.failed_before_request() && !self.is_still_connecting(&row.connection);
        // What goes on inside cannot be read: where the edge says that something failed, its connections of that time are what there is.
        let encrypted = row.protocol == Protocol::Tls
            && self.shared.interest.edge_addresses.contains(&row.connection.client.ip());
        !row.exchanges.is_empty()
            || failed
            || encrypted
            || row.reset_is_forged()
            || row.client_sent_no_certificate()
    }

    fn is_still_connecting(&self, connection: &Connection) -> bool {
        let last = connection.handshake.last_syn.or(connection.handshake.syn);
        connection.reset.is_none()
            && connection.handshake.syn_acks == 0
            && last.is_some_and(|syn| self.now.since(syn.time) < ANSWER_DUE)
    }

    fn count(&self, connection: &Connection, told: &Told) {
        let mut state = self.shared.state();
        if let Some(tls) = &told.tls {
            // After a HelloRetryRequest both sides greet again (RFC 8446, 4.1.4).
            let greetings = 1 + u64::from(tls.server_hello.as_ref().is_some_and(|hello| hello.hello_retry));
            if let Some(hello) = tls.client_hello.as_ref().filter(|hello| hello.complete.is_some()) {
                state.facts(hello.at.packet.file).tls_client_hellos += greetings;
            }
            if let Some(hello) = &tls.server_hello {
                state.facts(hello.at.packet.file).tls_server_hellos += greetings;
            }
            for alert in &tls.alerts {
                state.facts(alert.at.packet.file).tls_alerts += 1;
            }
            for certificate in &tls.certificates {
                state.facts(certificate.at.packet.file).tls_certificates += 1;
            }
            if let Some(sent) = &tls.client_certificate {
                state.facts(sent.at.packet.file).tls_certificates += u64::from(sent.certificates);
            }
        }
        if let Some(from) = told.http2 {
            // A connection that lives on through rotated captures is HTTP/2 in each of them.
            for seen in connection.seen_in.iter().filter(|seen| seen.file >= from.packet.file) {
                state.facts(seen.file).http2_connections += 1;
            }
        }
        let sighting = Sighting::of(connection, &self.shared.files);
        let view = state.of(told.group);
        sighting.into_iter().for_each(|sighting| view.sightings.offer(sighting));
        let tallies = &mut view.tallies;
        tallies.connections += 1;
        tallies.server_packets += connection.from_server.packets;
        // What could not connect at once met something else than loss, as did what a router had no way for.
        let at_once = connection.handshake.syns <= 1 && connection.handshake.syn_acks <= 1;
        let no_route = connection.icmp.is_some_and(|icmp| icmp.is_unreachable());
        if told.kept.is_empty() && at_once && !no_route {
            let (client, server) = (&connection.from_client, &connection.from_server);
            tallies.segments += client.packets + server.packets;
            tallies.repeated_segments += u64::from(server.retransmissions);
            // A first request that is ignored is sent again for another reason.
            if told.exchange_count >= 2 {
                tallies.repeated_segments += u64::from(client.retransmissions);
            }
        }
        tallies.encrypted_connections += u64::from(told.protocol == Protocol::Tls);
        self.count_connecting(tallies, connection);
        if connection.handshake.syn.is_some()
            && connection.handshake.established.is_none()
            && connection.reset.is_none()
        {
            let view = state.of(Group::HalfOpen);
            view.tallies.half_open(connection.client.ip());
            sighting.into_iter().for_each(|sighting| view.sightings.offer(sighting));
        }
        let tallies = &mut state.of(told.group).tallies;
        count_closes(tallies, connection, told);
        // A request that nothing answered is in no tally of healthy ones, but it was made.
        for kept in &told.kept {
            if let Some(request) = &kept.exchange.request {
                let place = self.shared.place(request.first);
                let status =
                    kept.exchange.response.as_ref().and_then(|response| response.status).unwrap_or(0);
                tallies.request(place.input(), request.first.time, status);
                audit(tallies, Direction::Request, &request.head, request.first, place);
            }
            if let Some(response) = &kept.exchange.response {
                let place = self.shared.place(response.first);
                audit(tallies, Direction::Response, &response.head, response.first, place);
            }
        }
    }

    fn count_connecting(&self, tallies: &mut Tallies, connection: &Connection) {
        let handshake = &connection.handshake;
        let Some(syn) = handshake.syn else { return };
        let second = syn.time.0.div_euclid(SECOND);
        let key = (connection.client.ip(), second);
        if tallies.reached.len() >= MOST_REACHED && !tallies.reached.contains_key(&key) {
            return;
        }
        let reached = tallies.reached.entry(key).or_default();
        let rejected = connection.icmp.is_some_and(|icmp| icmp.is_rejection()) && handshake.syn_acks == 0;
        if rejected || connection.reset.is_some_and(|reset| reset.refused_syn) {
            reached.refused += 1;
        } else if handshake.is_never_completed() {
            reached.unacknowledged += 1;
        } else if let Some(syn_ack) = handshake.syn_ack {
            // One that had to try again says nothing of the second in which it began.
            reached.established += u64::from(handshake.established.is_some() && handshake.syns <= 1);
            let place = Place::Packet {
                input: self.shared.place(syn_ack).input(),
                frame: syn_ack.packet.frame,
                stream: None,
            };
            tallies.slowest_connect =
                slower(tallies.slowest_connect, Some((syn_ack.time.since(syn.time), place)));
        } else if connection.is_unanswered() && !self.is_still_connecting(connection) {
            reached.unanswered += 1;
        }
    }
}

/// When the origin closes: after how many requests, and, where nothing is asked, after how long (its idle timeout, unless it had
/// announced the close).
fn count_closes(tallies: &mut Tallies, connection: &Connection, told: &Told) {
    let Some((Side::Server, _, at)) = connection.closed_first() else { return };
    let idle = told.last_response_end.map(|end| at.time.since(end.time));
    // At the end of its idle timeout a connection is not closed for what it has carried.
    if told.exchange_count > 0 && idle.is_some_and(|idle| idle < 100 * MILLISECOND) {
        let unanswered = told.kept.iter().filter(|kept| kept.exchange.response.is_none()).count();
        let answered = told.exchange_count.saturating_sub(u32::try_from(unanswered).unwrap_or(u32::MAX));
        *tallies.requests_at_close.entry(answered).or_default() += 1;
    }
    let pending = told.kept.iter().any(|kept| kept.exchange.response.is_none());
    if let Some(end) = told.last_response_end.filter(|_| !told.announced_close && !pending) {
        let idle = at.time.since(end.time) / (10 * MILLISECOND);
        // A close right behind the response was meant for that response.
        if let Ok(units @ 10..) = u32::try_from(idle) {
            *tallies.idle_closes.entry(units).or_default() += 1;
        }
    }
}
