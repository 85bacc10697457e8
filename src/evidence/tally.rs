//! Counts of what needs no rows. All are sums, maxima, or bounded sets of the smallest keys, so that they can be merged in any order.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::certificates::ShownCertificates;
use super::open_spans::{AttemptFate, OpenSpans};
use super::place::{InputId, Place};
use super::sampling::LeftOut;
use super::server_tally::ServerTally;
use crate::flow::Connection;
use crate::http::conform::Break;
use crate::time::{Duration, Time};

/// The most names that the header audit keeps: the first in the order of their bytes, so that merging is associative.
const NAMES_KEPT: usize = 1024;
/// The most servers that are counted apart: the smallest addresses, for the same reason.
const SERVERS_KEPT: usize = 256;

/// All counts of a partial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies {
    /// Visitors' requests by input, second (by that input's clock) and status (0 where there was none).
    pub requests: BTreeMap<InputId, BTreeMap<(i64, u16), u64>>,
    /// The same by the origin's status, where the edge's log has it.
    pub origin_statuses: BTreeMap<InputId, BTreeMap<(i64, u16), u64>>,
    /// Visitors' requests that a sampled log left out, by input and second. Empty for a log that is not sampled.
    pub left_out: BTreeMap<InputId, BTreeMap<i64, LeftOut>>,
    /// Visits that the edge itself ended with 499, by input and second.
    pub client_aborts: BTreeMap<InputId, BTreeMap<i64, u64>>,
    /// What became of connection attempts.
    pub reached: BTreeMap<Reaching, Reached>,
    /// How many healthy responses have each break of the grammar.
    pub broken_by_healthy: BTreeMap<Break, u64>,
    /// Healthy captured responses.
    pub healthy_responses: u64,
    /// The servers' own counts; beyond a limit those of the smallest addresses, so that merging is associative.
    pub servers: BTreeMap<IpAddr, ServerTally>,
    /// From when to when connections to each server were open, and which attempts came to nothing; beyond a limit the smallest addresses.
    pub opened: BTreeMap<IpAddr, OpenSpans>,
    /// What captures hold of connections in which no failure is looked for, by server; `None` for further servers.
    pub passed_by: BTreeMap<Option<IpAddr>, PassedBy>,
    /// Packets that servers sent: none in a capture of one direction.
    pub server_packets: u64,
    /// Header lines and cookies by direction and name.
    pub headers: BTreeMap<(Direction, HeaderKind, String), HeaderTally>,
    /// The largest whole head of each direction: its bytes and its place.
    pub largest_heads: BTreeMap<Direction, (u64, Option<Place>)>,
    /// All connections.
    pub connections: u64,
    /// Those of them that are encrypted.
    pub encrypted_connections: u64,
    /// The certificates that servers showed.
    pub certificates: ShownCertificates,
    /// Packets that the capturing machine says it lost; `None` where it says nothing.
    pub packets_lost_by_capture: Option<u64>,
    /// Packets of which only the first bytes were captured (the snap length).
    pub snaplen_cut_packets: u64,
    /// The slowest first byte of a healthy response, and where.
    pub slowest_first_byte: Option<(Duration, Place)>,
    /// The slowest completed TCP handshake, and where.
    pub slowest_connect: Option<(Duration, Place)>,
}

/// Who tried to reach whom, and within which second (that of the SYN).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reaching {
    /// The client's address.
    pub client: IpAddr,
    /// The server's address.
    pub server: IpAddr,
    /// The server's port.
    pub port: u16,
    /// The second.
    pub second: i64,
}

/// What became of the connection attempts from one address to another within one second: how many ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The handshake completed.
    pub established: u32,
    /// The SYN was never answered.
    pub unanswered: u32,
    /// The SYN was answered by RST, or by an ICMP rejection.
    pub refused: u32,
    /// The SYN/ACK was repeated and never acknowledged.
    pub unacknowledged: u32,
    /// The SYN/ACK was repeated, since its acknowledgement had not come, and the handshake completed then.
    pub late: u32,
}

/// Connections to a server in which no failure is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedBy {
    /// How many there are.
    pub connections: u64,
    /// Requests that can be read in them.
    pub requests: u64,
}

/// The direction of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Towards the origin.
    Request,
    /// From the origin.
    Response,
}

/// A header line or one cookie of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HeaderKind {
    /// A header line.
    Header,
    /// A cookie.
    Cookie,
}

/// The sizes that one header or cookie had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderTally {
    /// Messages that carry it.
    pub messages: u64,
    /// The largest: its bytes and its place; of equally large ones the first place.
    pub largest: (u64, Place),
    /// The first seen: when and how large.
    pub first: (Time, u64),
    /// The last seen: when and how large.
    pub last: (Time, u64),
}

impl Tallies {
    /// Counts a visitor's request.
    pub fn request(&mut self, input: InputId, time: Time, status: u16) {
        *self.requests.entry(input).or_default().entry((time.second(), status)).or_default() += 1;
    }

    /// Counts the requests that a record of a sampled log stands for, beside its own.
    pub fn stands_for(&mut self, input: InputId, time: Time, interval: u32) {
        let left_out = LeftOut::by(interval);
        if left_out.is_sampled() {
            let seconds = self.left_out.entry(input).or_default();
            seconds.entry(time.second()).or_default().merge(left_out);
        }
    }

    /// Notes the size of a header line or cookie.
    pub fn header(
        &mut self,
        direction: Direction,
        kind: HeaderKind,
        name: &str,
        bytes: u64,
        time: Time,
        place: Place,
    ) {
        let tally =
            HeaderTally { messages: 1, largest: (bytes, place), first: (time, bytes), last: (time, bytes) };
        match self.headers.get_mut(&(direction, kind, name.to_owned())) {
            Some(known) => known.merge(tally),
            None => {
                self.headers.insert((direction, kind, name.to_owned()), tally);
                self.trim_headers();
            }
        }
    }

    fn trim_headers(&mut self) {
        while self.headers.len() > NAMES_KEPT {
            self.headers.pop_last();
        }
    }

    /// Counts something of a server.
    pub fn of_server(&mut self, server: IpAddr, count: impl FnOnce(&mut ServerTally)) {
        count(self.servers.entry(server).or_default());
        self.trim_servers();
    }

    /// Notes an attempt to connect to a server, and how long the connection was open.
    pub fn open(&mut self, connection: &Connection, fate: AttemptFate) {
        self.opened.entry(connection.server.ip()).or_default().note(connection, fate);
        self.trim_opened();
    }

    fn trim_opened(&mut self) {
        while self.opened.len() > SERVERS_KEPT {
            self.opened.pop_last();
        }
    }

    /// A count of all servers together.
    pub fn over_servers(&self, count: impl Fn(&ServerTally) -> u64) -> u64 {
        self.servers.values().map(count).sum()
    }

    fn trim_servers(&mut self) {
        while self.servers.len() > SERVERS_KEPT {
            self.servers.pop_last();
        }
    }

    /// Notes connections in which no failure is looked for, by what was counted of them.
    pub fn pass_by(&mut self, server: Option<IpAddr>, counted: &Tallies) {
        let requests = counted.requests.values().flat_map(BTreeMap::values).sum();
        self.pass_by_more(server, PassedBy { connections: counted.connections, requests });
    }

    fn pass_by_more(&mut self, server: Option<IpAddr>, more: PassedBy) {
        let sum = self.passed_by.entry(server).or_default();
        sum.connections += more.connections;
        sum.requests += more.requests;
        while self.passed_by.len() > SERVERS_KEPT {
            self.passed_by.pop_last();
        }
    }

    /// Notes the size of a whole head.
    pub fn head(&mut self, direction: Direction, bytes: u64, place: Place) {
        merge_head(self.largest_heads.entry(direction).or_default(), (bytes, Some(place)));
    }

    /// Adds other counts to these.
    pub fn merge(&mut self, other: Tallies) {
        add_nested(&mut self.requests, other.requests);
        add_nested(&mut self.origin_statuses, other.origin_statuses);
        for (input, seconds) in other.left_out {
            let sums = self.left_out.entry(input).or_default();
            seconds.into_iter().for_each(|(second, more)| sums.entry(second).or_default().merge(more));
        }
        add_nested(&mut self.client_aborts, other.client_aborts);
        for (key, reached) in other.reached {
            let sum = self.reached.entry(key).or_default();
            sum.established = sum.established.saturating_add(reached.established);
            sum.unanswered = sum.unanswered.saturating_add(reached.unanswered);
            sum.refused = sum.refused.saturating_add(reached.refused);
            sum.unacknowledged = sum.unacknowledged.saturating_add(reached.unacknowledged);
            sum.late = sum.late.saturating_add(reached.late);
        }
        add(&mut self.broken_by_healthy, other.broken_by_healthy);
        self.healthy_responses += other.healthy_responses;
        for (server, counts) in other.servers {
            self.servers.entry(server).or_default().merge(counts);
        }
        self.trim_servers();
        for (server, spans) in other.opened {
            self.opened.entry(server).or_default().merge(spans);
        }
        self.trim_opened();
        other.passed_by.into_iter().for_each(|(server, more)| self.pass_by_more(server, more));
        self.server_packets += other.server_packets;
        for (name, tally) in other.headers {
            match self.headers.get_mut(&name) {
                Some(known) => known.merge(tally),
                None => {
                    self.headers.insert(name, tally);
                }
            }
        }
        self.trim_headers();
        for (direction, head) in other.largest_heads {
            merge_head(self.largest_heads.entry(direction).or_default(), head);
        }
        self.connections += other.connections;
        self.encrypted_connections += other.encrypted_connections;
        self.certificates.merge(other.certificates);
        let lost = [self.packets_lost_by_capture, other.packets_lost_by_capture];
        self.packets_lost_by_capture = lost.into_iter().flatten().reduce(|a, b| a + b);
        self.snaplen_cut_packets += other.snaplen_cut_packets;
        self.slowest_first_byte = slower(self.slowest_first_byte, other.slowest_first_byte);
        self.slowest_connect = slower(self.slowest_connect, other.slowest_connect);
    }
}

impl HeaderTally {
    fn merge(&mut self, other: HeaderTally) {
        self.messages += other.messages;
        self.largest = larger(self.largest, other.largest);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// The slower of two; of equally slow ones the first place.
pub fn slower(a: Option<(Duration, Place)>, b: Option<(Duration, Place)>) -> Option<(Duration, Place)> {
    match (a, b) {
        (Some(a), Some(b)) if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) => Some(b),
        (Some(a), _) => Some(a),
        (None, b) => b,
    }
}

fn larger(a: (u64, Place), b: (u64, Place)) -> (u64, Place) {
    if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) { b } else { a }
}

fn merge_head(head: &mut (u64, Option<Place>), other: (u64, Option<Place>)) {
    if let (bytes, Some(place)) = other {
        *head = match *head {
            (known, Some(at)) => {
                let (bytes, place) = larger((known, at), (bytes, place));
                (bytes, Some(place))
            }
            (_, None) => (bytes, Some(place)),
        };
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    if sums.is_empty() {
        *sums = more;
        return;
    }
    for (key, count) in more {
        *sums.entry(key).or_default() += count;
    }
}

fn add_nested<I: Ord, K: Ord>(sums: &mut BTreeMap<I, BTreeMap<K, u64>>, more: BTreeMap<I, BTreeMap<K, u64>>) {
    for (input, counts) in more {
        add(sums.entry(input).or_default(), counts);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What one connection tells of its server: which one, a half-open source, and at how many requests it was closed.
    fn seen() -> impl Strategy<Value = Vec<(u16, u16, u32)>> {
        proptest::collection::vec((0u16..400, 0u16..2000, 0u32..4), 0..900)
    }

    fn tallied(seen: &[(u16, u16, u32)]) -> Tallies {
        let mut tallies = Tallies::default();
        for &(server, source, requests) in seen {
            let address = |net: u8, of: u16| IpAddr::from([net, 0, (of >> 8) as u8, of as u8]);
            tallies.of_server(address(10, server % 300), |tally| {
                tally.segments += 1;
                tally.half_open(address(198, source), Time::from_seconds(i64::from(requests) * 10, 0));
                *tally.requests_at_close.entry(requests).or_default() += 1;
            });
            // One server has more sources than are kept.
            tallies.of_server(address(10, 0), |tally| tally.half_open(address(198, source), Time::default()));
        }
        tallies
    }

    fn merged<'a>(parts: impl IntoIterator<Item = &'a Tallies>) -> Tallies {
        let mut whole = Tallies::default();
        parts.into_iter().for_each(|part| whole.merge(part.clone()));
        whole
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Otherwise a report would depend on how threads divided a capture with many servers.
        #[test]
        fn counts_of_servers_are_bounded_and_merge_in_any_order(seen in seen(), cuts in [0usize..900, 0..900]) {
            let whole = tallied(&seen);
            let [from, to] = cuts.map(|cut| cut.min(seen.len()));
            let [from, to] = [from.min(to), from.max(to)];
            let [a, b, c] = [&seen[..from], &seen[from..to], &seen[to..]].map(tallied);
            prop_assert!(whole.servers.len() <= SERVERS_KEPT);
            prop_assert!(whole.servers.values().all(|server| server.half_open_sources.len() <= 64));
            for order in [[&a, &b, &c], [&c, &a, &b], [&b, &c, &a]] {
                prop_assert!(merged(order) == whole);
            }
            prop_assert!(merged([&a, &merged([&b, &c])]) == whole);
        }
    }
}
