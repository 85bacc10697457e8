//! IP fragments, put together as a receiver does it (RFC 791, 3.2; RFC 8200, 4.5): the one thing about packets that one packet does not
//! tell.
//!
//! Where fragments contradict each other this follows Linux, in both versions of IP: a fragment whose bytes are all there already is
//! ignored; one that overlaps others, or is at odds with them about the end, spoils its datagram (RFC 5722). Wireshark puts such
//! datagrams together all the same. Header checksums are not looked at: a capture at the sender may be taken before they are filled in.

use std::collections::BTreeMap;

use etherparse::IpNumber;
use serde::{Deserialize, Serialize};

use super::carried::Carried;
use super::decode::{decode, reassembled};
use super::fragment::{DatagramKey, Fragment};
use super::internet::Internet;
use super::layer::{LayerKind, PacketLayer};
use super::parts::{Added, Parts};
use super::passed::Passed;
use super::tally::Tally;
use crate::capture::Packet;
use crate::time::{Duration, Time};

/// Datagrams that are remembered; beyond, the oldest is given up.
const MOST_DATAGRAMS: usize = 4_096;
/// Bytes that may wait, with what it costs to keep them.
const MOST_BYTES: usize = 16 << 20;
/// What one waiting fragment costs beside its bytes.
const COST: usize = 128;
/// How long a fragment waits for the others: as long as in Linux (IPv4), and by RFC 8200 (IPv6).
const PATIENCE_4: Duration = Duration::from_seconds(30);
const PATIENCE_6: Duration = Duration::from_seconds(60);
/// A fragment that comes so soon behind its whole datagram, and does not begin one, was captured twice.
const ECHO: Duration = Duration::SECOND;
/// Fragments inside fragments that are followed.
const MOST_NESTED: usize = 4;

/// An IP packet that was put together. It belongs to the frame of the fragment that came last, as in Wireshark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    key: DatagramKey,
    /// Of the first fragment, as are the addresses.
    protocol: IpNumber,
    ttl: u8,
    /// The payload, up to where a snap length first cut.
    bytes: Vec<u8>,
    /// The payload's length.
    length: usize,
    /// What the last fragment's frame was already counted for.
    passed: Passed,
}

impl Datagram {
    /// Decodes what it carries and counts it.
    pub fn decode(&self, tally: &mut Tally) -> Carried<'_> {
        let version_4 = self.key.source.is_ipv4();
        let packet = Internet {
            source: self.key.source,
            destination: self.key.destination,
            ttl: self.ttl,
            id: u16::try_from(self.key.identification).ok().filter(|_| version_4),
            protocol: self.protocol,
            fragment: None,
            payload: PacketLayer { kind: LayerKind::Ip, data: &self.bytes, length: self.length },
        };
        reassembled(packet, self.passed, tally)
    }
}

/// Fragments that wait for each other.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Fragments {
    datagrams: BTreeMap<DatagramKey, Remembered>,
    /// The same in the order of their beginnings.
    order: BTreeMap<u64, DatagramKey>,
    begun: u64,
    /// What the waiting fragments cost.
    bytes: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    number: u64,
    since: Time,
    /// Fragments of it so far.
    count: u64,
    state: DatagramAssembly,
}

#[derive(Debug, Serialize, Deserialize)]
enum DatagramAssembly {
    Waiting(Parts),
    /// It contradicts itself: nothing of it is taken any more.
    Spoiled,
    /// It became whole.
    Whole,
}

impl Fragments {
    /// Decodes a packet and hands on what it holds: if it was the last fragment of a datagram, what that carries.
    pub fn decode<R>(
        &mut self,
        packet: &Packet<'_>,
        tally: &mut Tally,
        then: impl FnOnce(&Carried<'_>) -> R,
    ) -> R {
        let carried = decode(packet, tally);
        let Carried::Fragment(fragment) = carried else { return then(&carried) };
        match self.take(&fragment, packet.time, tally) {
            Some(datagram) => then(&datagram.decode(tally)),
            None => then(&carried),
        }
    }

    /// Takes a fragment; gives the datagram that it makes whole. Fragments come in the order of the capture.
    pub fn take(&mut self, fragment: &Fragment<'_>, time: Time, tally: &mut Tally) -> Option<Datagram> {
        let mut datagram = self.add(fragment, time, tally)?;
        // A tunnel that was sent in fragments may carry a fragment.
        for _ in 0..MOST_NESTED {
            let mut passed = Tally::default();
            let Carried::Fragment(inner) = datagram.decode(&mut passed) else { break };
            tally.add(&passed);
            datagram = self.add(&inner, time, &mut Tally::default())?;
        }
        Some(datagram)
    }

    /// The datagram that a fragment makes whole.
    fn add(&mut self, fragment: &Fragment<'_>, time: Time, tally: &mut Tally) -> Option<Datagram> {
        let cost = fragment.data.len() + COST;
        self.forget_what_is_over(fragment, time);
        self.make_room(&fragment.key, cost);
        let entry = self.datagrams.entry(fragment.key).or_insert_with(|| {
            self.begun += 1;
            self.order.insert(self.begun, fragment.key);
            Remembered {
                number: self.begun,
                since: time,
                count: 0,
                state: DatagramAssembly::Waiting(Parts::default()),
            }
        });
        let parts = match &mut entry.state {
            DatagramAssembly::Waiting(parts) => parts,
            DatagramAssembly::Spoiled => return None,
            DatagramAssembly::Whole => {
                tally.fragments_put_together += 1;
                return None;
            }
        };
        entry.count += 1;
        match parts.add(fragment.offset, fragment.length, fragment.more, fragment.data) {
            Added::Known => None,
            Added::Contradiction => {
                self.bytes = self.bytes.saturating_sub(parts.cost(COST));
                entry.state = DatagramAssembly::Spoiled;
                None
            }
            Added::New => {
                self.bytes += cost;
                if fragment.offset == 0 {
                    parts.begin(fragment.protocol, fragment.ttl);
                }
                let (bytes, length) = parts.whole()?;
                let (protocol, ttl) = parts.beginning()?;
                self.bytes = self.bytes.saturating_sub(parts.cost(COST));
                (entry.state, entry.since) = (DatagramAssembly::Whole, time);
                tally.fragments_put_together = tally.fragments_put_together.saturating_add(entry.count);
                let passed = fragment.passed;
                Some(Datagram { key: fragment.key, protocol, ttl, bytes, length, passed })
            }
        }
    }

    /// An identification is used again: what is left of the datagram before must not be taken for a part of this one.
    fn forget_what_is_over(&mut self, fragment: &Fragment<'_>, time: Time) {
        let Some(entry) = self.datagrams.get(&fragment.key) else { return };
        // Captures may go back in time.
        let age = time.since(entry.since).abs();
        let is_over = match entry.state {
            DatagramAssembly::Whole => fragment.offset == 0 || age > ECHO,
            _ if fragment.key.source.is_ipv4() => age > PATIENCE_4,
            _ => age > PATIENCE_6,
        };
        if is_over {
            self.forget(entry.number);
        }
    }

    fn make_room(&mut self, key: &DatagramKey, cost: usize) {
        let most = MOST_DATAGRAMS - usize::from(!self.datagrams.contains_key(key));
        while self.datagrams.len() > most || self.bytes + cost > MOST_BYTES {
            let Some((&oldest, _)) = self.order.first_key_value() else { return };
            self.forget(oldest);
        }
    }

    fn forget(&mut self, number: u64) {
        let Some(key) = self.order.remove(&number) else { return };
        if let Some(Remembered { state: DatagramAssembly::Waiting(parts), .. }) = self.datagrams.remove(&key)
        {
            self.bytes = self.bytes.saturating_sub(parts.cost(COST));
        }
    }
}

#[cfg(test)]
mod tests;
