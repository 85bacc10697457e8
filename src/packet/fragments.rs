//! IP fragments, put together as a receiver does it (RFC 791, 3.2; RFC 8200, 4.5): the one thing about packets that one packet does not
//! tell.
//!
//! Where fragments contradict each other this follows Linux, in both versions of IP: a fragment whose bytes are all there already is
//! ignored; one that overlaps others, or is at odds with them about the end, spoils its datagram (RFC 5722). Wireshark puts such
//! datagrams together all the same. Header checksums are not looked at: a capture at the sender may be taken before they are filled in.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::decode::{Content, Passed, decode, reassembled};
use super::internet::Internet;
use super::layer::{Kind, Layer};
use super::parts::{Added, Parts};
use super::tally::Tally;
use crate::capture::Packet;
use crate::time::{SECOND, Time};

/// Datagrams that are remembered; beyond, the oldest is given up.
const MOST_DATAGRAMS: usize = 4_096;
/// Bytes that may wait, with what it costs to keep them.
const MOST_BYTES: usize = 16 << 20;
/// What one waiting fragment costs beside its bytes.
const COST: usize = 128;
/// How long a fragment waits for the others: as long as in Linux (IPv4), and by RFC 8200 (IPv6).
const PATIENCE_4: i64 = 30 * SECOND;
const PATIENCE_6: i64 = 60 * SECOND;
/// A fragment that comes so soon behind its whole datagram, and does not begin one, was captured twice.
const ECHO: i64 = SECOND;
/// Fragments inside fragments that are followed.
const MOST_NESTED: usize = 4;

/// What the fragments of a datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    /// IPv4 only: in IPv6 the first fragment's holds.
    protocol: Option<u8>,
    /// The same packet may be seen on both sides of a bridge.
    vlan: Option<u16>,
}

/// One of the parts that an IP packet was sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    key: Key,
    /// The protocol of what the first fragment begins with.
    protocol: u8,
    ttl: u8,
    more: bool,
    offset: u16,
    /// Bytes that were sent; more than `data` where the snap length cut.
    length: u32,
    data: &'a [u8],
    passed: Passed,
}

impl<'a> Fragment<'a> {
    /// The fragment that an IP header announces; `None` where it can be part of nothing.
    pub(super) fn of(packet: &Internet<'a>, passed: Passed) -> Option<Fragment<'a>> {
        let (part, mut payload) = (packet.fragment?, packet.payload?);
        if part.more && payload.length % 8 != 0 {
            // The offset of what follows counts in eights. IPv4's receivers cut such a fragment, IPv6's drop it.
            payload = (packet.version == 4).then(|| payload.trimmed(payload.length & !7))?;
        }
        let fits = usize::from(part.offset) + payload.length <= usize::from(u16::MAX);
        (payload.length > 0 && fits).then_some(Fragment {
            key: Key {
                source: packet.source,
                destination: packet.destination,
                identification: part.identification,
                protocol: (packet.version == 4).then_some(packet.protocol),
                vlan: passed.vlan,
            },
            protocol: packet.protocol,
            ttl: packet.ttl,
            more: part.more,
            offset: part.offset,
            length: u32::try_from(payload.length).ok()?,
            data: payload.data,
            passed,
        })
    }
}

/// An IP packet that was put together. It belongs to the frame of the fragment that came last, as in Wireshark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    key: Key,
    /// Of the first fragment, as are the addresses.
    protocol: u8,
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
    pub fn decode(&self, tally: &mut Tally) -> Content<'_> {
        let version_4 = self.key.source.is_ipv4();
        let packet = Internet {
            version: if version_4 { 4 } else { 6 },
            source: self.key.source,
            destination: self.key.destination,
            ttl: self.ttl,
            id: u16::try_from(self.key.identification).ok().filter(|_| version_4),
            protocol: self.protocol,
            fragment: None,
            payload: Some(Layer { kind: Kind::Ip, data: &self.bytes, length: self.length }),
        };
        reassembled(packet, self.passed, tally)
    }
}

/// Fragments that wait for each other.
#[derive(Debug, Default)]
pub struct Fragments {
    datagrams: BTreeMap<Key, Remembered>,
    /// The same in the order of their beginnings.
    order: BTreeMap<u64, Key>,
    begun: u64,
    /// What the waiting fragments cost.
    bytes: usize,
}

#[derive(Debug)]
struct Remembered {
    number: u64,
    since: Time,
    /// Fragments of it so far.
    count: u64,
    state: State,
}

#[derive(Debug)]
enum State {
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
        then: impl FnOnce(&Content<'_>) -> R,
    ) -> R {
        let content = decode(packet, tally);
        let Content::Fragment(fragment) = content else { return then(&content) };
        match self.take(&fragment, packet.time, tally) {
            Some(datagram) => then(&datagram.decode(tally)),
            None => then(&content),
        }
    }

    /// Takes a fragment; gives the datagram that it makes whole. Fragments come in the order of the capture.
    pub fn take(&mut self, fragment: &Fragment<'_>, time: Time, tally: &mut Tally) -> Option<Datagram> {
        let mut datagram = self.add(fragment, time, tally)?;
        // A tunnel that was sent in fragments may carry a fragment.
        for _ in 0..MOST_NESTED {
            let mut passed = Tally::default();
            let Content::Fragment(inner) = datagram.decode(&mut passed) else { break };
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
            Remembered { number: self.begun, since: time, count: 0, state: State::Waiting(Parts::default()) }
        });
        let parts = match &mut entry.state {
            State::Waiting(parts) => parts,
            State::Spoiled => return None,
            State::Whole => {
                tally.fragments_put_together += 1;
                return None;
            }
        };
        entry.count += 1;
        match parts.add(fragment.offset, fragment.length, fragment.more, fragment.data) {
            Added::Known => None,
            Added::Contradiction => {
                self.bytes = self.bytes.saturating_sub(parts.cost(COST));
                entry.state = State::Spoiled;
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
                (entry.state, entry.since) = (State::Whole, time);
                tally.fragments_put_together = tally.fragments_put_together.saturating_add(entry.count);
                let passed = fragment.passed;
                Some(Datagram { key: fragment.key, protocol, ttl, bytes, length, passed })
            }
        }
    }

    /// An identification is used again: what is left of the datagram before must not be taken for a part of this one.
    fn forget_what_is_over(&mut self, fragment: &Fragment<'_>, time: Time) {
        let Some(entry) = self.datagrams.get(&fragment.key) else { return };
        let patience = match entry.state {
            State::Whole if fragment.offset == 0 => -1,
            State::Whole => ECHO,
            _ if fragment.key.source.is_ipv4() => PATIENCE_4,
            _ => PATIENCE_6,
        };
        // Captures may go back in time.
        if time.since(entry.since).saturating_abs() > patience {
            self.forget(entry.number);
        }
    }

    fn make_room(&mut self, key: &Key, cost: usize) {
        let most = MOST_DATAGRAMS - usize::from(!self.datagrams.contains_key(key));
        while self.datagrams.len() > most || self.bytes + cost > MOST_BYTES {
            let Some((&oldest, _)) = self.order.first_key_value() else { return };
            self.forget(oldest);
        }
    }

    fn forget(&mut self, number: u64) {
        let Some(key) = self.order.remove(&number) else { return };
        if let Some(Remembered { state: State::Waiting(parts), .. }) = self.datagrams.remove(&key) {
            self.bytes = self.bytes.saturating_sub(parts.cost(COST));
        }
    }
}

#[cfg(test)]
#[path = "fragments_tests.rs"]
mod tests;
