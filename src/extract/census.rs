//! What a connection adds to the counts when it is over: how it was opened and closed, what was lost on it, what it carried.

use super::collector::ShardCollector;
use super::dialogue::Told;
use super::given::Given;
use super::healthy::count_kept;
use crate::evidence::open_spans::AttemptFate;
use crate::evidence::row::Protocol;
use crate::evidence::server_tally::{SOONEST_IDLE_CLOSE, ServerTally};
use crate::evidence::sightings::Sighting;
use crate::evidence::tally::{Reaching, Tallies, slower};
use crate::evidence::view::Group;
use crate::flow::{Arrival, Connection, End, Side, Traffic};
use crate::time::{Duration, Time};
use crate::tls;

/// The most pairs of an address and a second that one shard counts separately: a flood from forged addresses must not fill the memory.
const MOST_REACHED: usize = 1 << 16;
/// The same for those of connections that were never opened, whose addresses are as easily forged as not.
const MOST_REACHED_HALF_OPEN: usize = 1 << 13;
/// A SYN that is younger than this at the end of the capture may still have been answered.
const ANSWER_DUE: Duration = Duration::SECOND;
/// A close that follows a response within this time belongs to that response, or to the number of requests that the connection carried.
const RIGHT_BEHIND: Duration = Duration::from_milliseconds(100);
/// The unit of `ServerTally::idle_closes`.
const IDLE_UNIT: Duration = Duration::from_milliseconds(10);

/// Counts a connection.
pub fn count(collector: &mut ShardCollector<'_>, connection: &Connection, told: &mut Told) {
    if let Some(handshake) = &told.tls {
        count_tls(collector, handshake);
    }
    if let Some(from) = told.tls.as_ref().and_then(|handshake| hidden_http2(handshake)) {
        // A connection that goes on through several rotated captures counts as HTTP/2 in each of them.
        for seen in connection.seen_in.iter().filter(|seen| seen.file >= from.packet.file()) {
            collector.facts_of(seen.file).hidden_http2_connections += 1;
        }
    }
    let (given, now) = (collector.given, collector.now);
    let sighting = Sighting::of(connection, given.files);
    let view = collector.view(told.group);
    sighting.into_iter().for_each(|sighting| view.sightings.offer(sighting));
    let tallies = &mut view.tallies;
    tallies.connections += 1;
    tallies.server_packets += connection.from_server.packets;
    tallies.encrypted_connections += u64::from(told.protocol == Protocol::Tls);
    if let Some(handshake) = told.tls.as_deref_mut() {
        count_certificates(tallies, &given, connection, handshake);
    }
    count_loss(tallies, connection, told);
    count_connecting(tallies, &given, connection, now);
    // Of the many servers that are counted together nothing would come of it.
    if told.group.server().is_some() {
        note_span(tallies, connection, now);
    }
    count_close(tallies, connection, told);
    count_staying(tallies, connection, told);
    told.kept.iter().for_each(|kept| count_kept(tallies, &given, kept));
    if is_half_open(connection) {
        let view = collector.view(Group::HalfOpen);
        let (source, begun) = (connection.client.ip(), connection.first.time);
        view.tallies.of_server(connection.server.ip(), |server| server.half_open(source, begun));
        sighting.into_iter().for_each(|sighting| view.sightings.offer(sighting));
    }
}

/// Whether an unanswered connection began so late that the answer may have come after the end of the capture, `now`. A third SYN says that an answer to two was due
/// and did not come (RFC 6298, 2).
pub fn is_still_connecting(connection: &Connection, now: Time) -> bool {
    const DUE_TWICE: u32 = 3;
    let last = connection.handshake.last_syn.or(connection.handshake.syn);
    connection.reset.is_none()
        && !is_turned_away(connection)
        && connection.handshake.syn_acks == 0
        && connection.handshake.syns < DUE_TWICE
        && last.is_some_and(|syn| now.since(syn.time) < ANSWER_DUE)
}

fn is_half_open(connection: &Connection) -> bool {
    connection.handshake.syn.is_some()
        && connection.handshake.established.is_none()
        && connection.reset.is_none()
}

/// Where HTTP/2 may go on inside TLS that nobody can read.
fn hidden_http2(handshake: &tls::Handshake) -> Option<Arrival> {
    handshake.may_carry_http2().filter(|_| handshake.opened.is_none())
}

fn count_tls(collector: &mut ShardCollector<'_>, handshake: &tls::Handshake) {
    // After a HelloRetryRequest both sides greet again (RFC 8446, 4.1.4).
    let greetings = 1 + u64::from(handshake.server_hello.as_ref().is_some_and(|hello| hello.hello_retry));
    if let Some(hello) = handshake.client_hello.as_ref().filter(|hello| hello.complete.is_some()) {
        collector.facts_of(hello.at.packet.file()).tls_client_hellos += greetings;
    }
    if let Some(hello) = &handshake.server_hello {
        collector.facts_of(hello.at.packet.file()).tls_server_hellos += greetings;
    }
    // What was opened with secrets is not what anyone can count in the capture.
    for alert in handshake.alerts.iter().filter(|alert| alert.in_clear) {
        collector.facts_of(alert.at.packet.file()).tls_alerts += 1;
    }
    if !handshake.shows_certificates() {
        return;
    }
    for certificate in &handshake.certificates {
        collector.facts_of(certificate.at.packet.file()).tls_certificates += 1;
    }
    if let Some(sent) = &handshake.client_certificate {
        collector.facts_of(sent.at.packet.file()).tls_certificates += u64::from(sent.certificates);
    }
}

/// Notes what the server showed to a client that asked for a name. The bytes of the certificates stay there: no row has need of them.
fn count_certificates(
    tallies: &mut Tallies,
    given: &Given<'_>,
    connection: &Connection,
    handshake: &mut tls::Handshake,
) {
    let bytes: Vec<_> =
        handshake.certificates.iter_mut().map(|certificate| std::mem::take(&mut certificate.der)).collect();
    let asked = handshake.client_hello.as_ref().and_then(|hello| hello.sni.as_deref());
    if let Some(asked) = asked.filter(|_| handshake.server_hello.is_some()) {
        tallies.of_server(connection.server.ip(), |server| server.greeted(asked));
    }
    let Some(leaf) = handshake.certificates.first() else { return };
    let place = given.place(leaf.at);
    tallies.certificates.shown(connection.server, asked, (&handshake.certificates, bytes), place);
}

/// Counts segments, and those that were sent again, of connections on which only loss explains that a segment is sent again.
fn count_loss(tallies: &mut Tallies, connection: &Connection, told: &Told) {
    // A connection that did not open at the first attempt, or that a router could not forward, has another problem than loss.
    let at_once = connection.handshake.syns <= 1 && connection.handshake.syn_acks <= 1;
    let no_route = connection.icmp.is_some_and(|icmp| icmp.is_unreachable());
    let (client, server) = (&connection.from_client, &connection.from_server);
    // What is sent again and never arrives is stuck: loss takes one segment, and the next time another.
    let is_stuck = |sent: &Traffic| sent.retransmissions >= 1 && !sent.all_acknowledged;
    if !told.kept.is_empty() || !at_once || no_route || is_stuck(client) || is_stuck(server) {
        return;
    }
    // A first request that is ignored is sent again for another reason.
    let of_client = if told.exchange_count >= 2 { client.retransmissions } else { 0 };
    tallies.of_server(connection.server.ip(), |tally| {
        tally.segments += client.packets + server.packets;
        tally.repeated_segments += u64::from(server.retransmissions) + u64::from(of_client);
    });
}

fn count_connecting(tallies: &mut Tallies, given: &Given<'_>, connection: &Connection, now: Time) {
    let handshake = &connection.handshake;
    let Some(asked) = connection.asked_at() else { return };
    let key = Reaching {
        client: connection.client.ip(),
        server: connection.server.ip(),
        port: connection.server.port(),
        second: asked.time.second(),
    };
    let most = if is_half_open(connection) { MOST_REACHED_HALF_OPEN } else { MOST_REACHED };
    if tallies.reached.len() >= most && !tallies.reached.contains_key(&key) {
        return;
    }
    let reached = tallies.reached.entry(key).or_default();
    if is_turned_away(connection) {
        reached.refused = reached.refused.saturating_add(1);
    } else if connection.is_never_completed() {
        reached.unacknowledged = reached.unacknowledged.saturating_add(1);
    } else if let Some(syn_ack) = handshake.syn_ack {
        // A connection whose SYN was repeated says nothing about the second in which it began.
        let is_first = connection.is_established() && handshake.syns <= 1;
        reached.established = reached.established.saturating_add(u32::from(is_first));
        let is_late = handshake.syn_acks >= 2 && !handshake.is_repeated_after_answer;
        reached.late = reached.late.saturating_add(u32::from(is_late && connection.is_established()));
        let waited = handshake.syn.map(|syn| (syn_ack.time.since(syn.time), given.place(syn_ack)));
        tallies.slowest_connect = slower(tallies.slowest_connect, waited);
    } else if connection.goes_on_unanswered() {
        reached.established = reached.established.saturating_add(u32::from(handshake.syns <= 1));
    } else if connection.is_unanswered() && !is_still_connecting(connection, now) {
        reached.unanswered = reached.unanswered.saturating_add(1);
    }
}

/// Whether the SYN was answered by a RST or by an ICMP error that rejects it.
fn is_turned_away(connection: &Connection) -> bool {
    let rejected = connection.icmp.is_some_and(|icmp| icmp.is_rejection());
    rejected && connection.handshake.syn_acks == 0 || connection.refused_at().is_some()
}

/// Notes from when to when the connection was open, or that the attempt came to nothing.
fn note_span(tallies: &mut Tallies, connection: &Connection, now: Time) {
    let fate = if is_turned_away(connection) {
        AttemptFate::Refused
    } else if connection.is_established() {
        AttemptFate::Taken
    } else if connection.is_unanswered() && !is_still_connecting(connection, now) {
        AttemptFate::Dropped
    } else {
        return;
    };
    tallies.open(connection, fate);
}

/// Counts when the origin closes: after how many requests, and after how long without one. The latter is its idle timeout, unless it had
/// announced the close.
fn count_close(tallies: &mut Tallies, connection: &Connection, told: &Told) {
    let Some((Side::Server, _, at)) = connection.closed_first() else { return };
    // Inside TLS the last answer is known by the order of the records.
    let inside = told.tls.as_ref().filter(|tls| tls.last_turn.is_none_or(|turn| turn.answered.is_some()));
    let last_answer = told.last_response_end.or_else(|| inside?.last_answer);
    let Some(idle) = last_answer.map(|end| at.time.since(end.time)) else { return };
    let unanswered = told.kept.iter().filter(|kept| kept.exchange.response.is_none()).count();
    let answered = match told.exchange_count {
        0 => inside.and_then(|tls| tls.last_turn).map_or(0, |turn| turn.number),
        all => all.saturating_sub(u32::try_from(unanswered).unwrap_or(u32::MAX)),
    };
    // A connection that is closed after it was idle was not closed for the number of requests that it carried. Nor was one that is closed with its only
    // answer; and of one that began before the capture the number is not known.
    if answered > 1 && connection.initiator_known && idle < RIGHT_BEHIND {
        let count = |server: &mut ServerTally| *server.requests_at_close.entry(answered).or_default() += 1;
        tallies.of_server(connection.server.ip(), count);
    }
    // A close right after a response belongs to that response and tells no idle timeout.
    if idle >= RIGHT_BEHIND
        && !told.announced_close
        && unanswered == 0
        && let Ok(units) = u32::try_from(idle / IDLE_UNIT)
    {
        let count = |server: &mut ServerTally| *server.idle_closes.entry(units).or_default() += 1;
        tallies.of_server(connection.server.ip(), count);
    }
}

/// Counts whether the server keeps a connection open behind an answer: where more was asked, it did behind the first, whatever became of the last. Where a
/// capture cuts answers short, that alone tells whether a close belongs to an answer.
fn count_staying(tallies: &mut Tallies, connection: &Connection, told: &Told) {
    let asked = connection.from_client.last_data;
    let answered =
        connection.from_server.last_data.filter(|answered| asked.is_some_and(|asked| asked < *answered));
    let tells = told.exchange_count > 1 || told.exchange_count == 1 && told.kept.is_empty();
    let Some(answered) = answered.filter(|_| tells) else { return };
    let closes = |(side, _, at): &(Side, End, Arrival)| {
        *side == Side::Server && at.time.since(answered.time) < SOONEST_IDLE_CLOSE
    };
    let closed = connection.closed_first().filter(closes);
    tallies.of_server(connection.server.ip(), |server| match closed {
        Some((_, end, _)) if told.exchange_count == 1 => {
            server.closed_behind_answer += 1;
            server.reset_behind_answer += u64::from(matches!(end, End::Reset { .. }));
        }
        _ => server.stayed_open += 1,
    });
}
