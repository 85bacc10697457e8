//! A bounded sample of the connections that a place saw: those whose client's initial sequence number has the smallest hashes. Routers,
//! load balancers of layer 4 and address translation all pass this number on unchanged. So every place on the path samples the same
//! connections, even where it sees them with other addresses.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::place::{InputId, Place};
use super::sample::mix;
use crate::flow::Connection;
use crate::time::{Duration, Time};

/// Connections that are kept. Of a capture with fewer it is known for certain which connections it does not hold.
const KEPT: usize = 4096;

/// A connection as one place saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sighting {
    /// The client's initial sequence number.
    pub client_number: u32,
    /// The server's initial sequence number, where its answer was captured.
    pub server_number: Option<u32>,
    /// When the first SYN was captured.
    pub syn: Time,
    /// From the SYN to the SYN/ACK, where one SYN was enough.
    pub answered_after: Option<Duration>,
    /// The client's address and port at this place.
    pub client: SocketAddr,
    /// The server's address and port at this place.
    pub server: SocketAddr,
    /// The largest time to live of the client's packets at this place.
    pub client_ttl: u8,
    /// Bytes of the client's stream and of the server's stream at this place.
    pub stream_bytes: [u64; 2],
    /// When its last packet was captured.
    pub last: Time,
    /// Where a person finds it.
    pub seen: ConnectionPlace,
}

/// Where the packets of a connection lie in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConnectionPlace {
    /// The file.
    pub input: InputId,
    /// Wireshark's `tcp.stream` in it.
    pub stream: u32,
    /// Its first frame.
    pub first_frame: u64,
    /// Its last frame.
    pub last_frame: u64,
}

/// A sample of the connections that a place saw, by the hash of the client's number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    by_hash: BTreeMap<u64, Numbered>,
}

/// The connections with one number: a single one, or several where the numbers are not random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Numbered {
    /// The only one, or the smallest.
    first: Sighting,
    several: bool,
}

impl Sighting {
    /// From a connection whose SYN was captured. `files` are the files of its capture.
    pub fn of(connection: &Connection, files: &[InputId]) -> Option<Sighting> {
        let syn = connection.handshake.syn?.time;
        let seen = connection.seen_in.first()?;
        let once = connection.handshake.syns == 1 && connection.handshake.syn_acks == 1;
        let answered = connection.handshake.syn_ack.filter(|_| once);
        Some(Sighting {
            client_number: connection.numbers.client?,
            server_number: connection.numbers.server,
            syn,
            answered_after: answered.map(|at| at.time.since(syn)),
            client: connection.client,
            server: connection.server,
            client_ttl: connection.from_client.ttl.map_or(0, |(_, largest)| largest),
            stream_bytes: [connection.from_client.stream_bytes, connection.from_server.stream_bytes],
            last: connection.last.time,
            seen: ConnectionPlace {
                input: files.get(seen.file as usize).copied().unwrap_or_default(),
                stream: seen.stream,
                first_frame: seen.first_frame,
                last_frame: seen.last_frame,
            },
        })
    }

    /// Whether an answer of the server was seen.
    pub fn is_answered(&self) -> bool {
        self.server_number.is_some()
    }

    /// Whether this may be the connection with these numbers: the numbers that are known on both sides agree.
    pub fn fits(&self, client_number: u32, server_number: Option<u32>) -> bool {
        let same = |(a, b): (u32, u32)| a == b;
        self.client_number == client_number && self.server_number.zip(server_number).is_none_or(same)
    }
}

impl ConnectionPlace {
    /// Whether both are places of the same connection in the same file.
    pub fn is_same(&self, other: &ConnectionPlace) -> bool {
        (self.input, self.stream) == (other.input, other.stream)
    }

    /// Its first packet.
    pub fn place(&self) -> Place {
        Place::Packet { input: self.input, frame: self.first_frame, stream: Some(self.stream) }
    }
}

impl Sightings {
    /// Offers a connection, which is kept if its hash is among the smallest.
    pub fn offer(&mut self, sighting: Sighting) {
        let hash = hash(sighting.client_number);
        if self.reaches(hash) {
            self.add(hash, Numbered { first: sighting, several: false });
            self.trim();
        }
    }

    /// Adds another sample to this one.
    pub fn merge(&mut self, other: Sightings) {
        for (hash, numbered) in other.by_hash {
            self.add(hash, numbered);
        }
        self.trim();
    }

    fn add(&mut self, hash: u64, more: Numbered) {
        let known = self.by_hash.entry(hash).or_insert(more);
        known.several |= more.several || known.first != more.first;
        known.first = known.first.min(more.first);
    }

    fn trim(&mut self) {
        while self.by_hash.len() > KEPT {
            self.by_hash.pop_last();
        }
    }

    /// Whether the sample holds every connection with this hash.
    fn reaches(&self, hash: u64) -> bool {
        self.by_hash.len() < KEPT || self.by_hash.last_key_value().is_some_and(|(last, _)| hash <= *last)
    }

    /// Whether the place certainly did not see a connection with this number: the sample would hold it, and does not.
    pub fn lacks(&self, client_number: u32) -> bool {
        let hash = hash(client_number);
        self.reaches(hash) && !self.by_hash.contains_key(&hash)
    }

    /// The connection with this number, where there is exactly one.
    pub fn of(&self, client_number: u32) -> Option<&Sighting> {
        let numbered = self.by_hash.get(&hash(client_number))?;
        (!numbered.several).then_some(&numbered.first)
    }

    /// The connections whose number no other one has, as far as `other` would hold them if it had seen them.
    pub fn comparable<'s>(&'s self, other: &'s Sightings) -> impl Iterator<Item = &'s Sighting> {
        let alone = self.by_hash.iter().filter(|(hash, numbered)| !numbered.several && other.reaches(**hash));
        alone.map(|(_, numbered)| &numbered.first)
    }

    /// The clients' numbers of all connections in the sample.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.by_hash.values().map(|numbered| numbered.first.client_number)
    }

    /// Gives the places their final `tcp.stream` numbers, where `number` knows them.
    pub fn assign(&mut self, number: impl Fn(&ConnectionPlace) -> Option<u32>) {
        for Numbered { first, .. } in self.by_hash.values_mut() {
            first.seen.stream = number(&first.seen).unwrap_or(first.seen.stream);
        }
    }
}

fn hash(client_number: u32) -> u64 {
    mix(u64::from(client_number) ^ 0x5851_f42d_4c95_7f2d)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn sighting(client_number: u32, port: u16) -> Sighting {
        Sighting {
            client_number,
            server_number: Some(!client_number),
            syn: Time(i64::from(client_number)),
            answered_after: Some(Duration::MICROSECOND),
            client: (Ipv4Addr::new(172, 64, 0, 1), port).into(),
            server: (Ipv4Addr::new(192, 0, 2, 1), 443).into(),
            client_ttl: 60,
            stream_bytes: [0, 0],
            last: Time(i64::from(client_number)),
            seen: ConnectionPlace { input: InputId(0), stream: 0, first_frame: 1, last_frame: 2 },
        }
    }

    fn sample(numbers: impl Iterator<Item = u32>) -> Sightings {
        let mut sightings = Sightings::default();
        numbers.for_each(|number| sightings.offer(sighting(number, 1)));
        sightings
    }

    #[test]
    fn parts_of_a_large_capture_sample_what_the_whole_samples() {
        let whole = sample(0..20_000);
        for parts in [2, 3, 16] {
            let mut merged = Sightings::default();
            for part in (0..parts).rev() {
                merged.merge(sample((0..20_000).filter(|number| number % parts == part)));
            }
            assert!(merged == whole);
        }
        assert_eq!(whole.numbers().count(), KEPT);
    }

    /// Otherwise a report says that a capture does not hold a connection, and it does.
    #[test]
    fn what_a_sample_left_out_is_not_called_absent() {
        let large = sample(0..20_000);
        assert!((0..20_000).all(|number| !large.lacks(number)));
        assert!((20_000..40_000).any(|number| large.lacks(number)));
        assert!(sample(0..4000).lacks(5000));
    }

    #[test]
    fn a_number_that_several_connections_bear_names_none_of_them() {
        let mut sightings = sample(0..10);
        sightings.offer(sighting(7, 2));
        assert!(sightings.of(7).is_none() && !sightings.lacks(7) && sightings.of(8).is_some());
        assert_eq!(sightings.comparable(&Sightings::default()).count(), 9);
    }
}
