//! A short memory of one direction's packets, to tell a packet that was captured twice from a segment that was sent twice.
//!
//! A capture over several interfaces (`-i any` on a host with bridges, bonds or VLANs; a pcapng file of several cards) or from a mirror
//! port that shows what comes and what goes holds the same IP packet more than once. It was sent once, so a copy is no retransmission,
//! no duplicate acknowledgement and nothing out of order. What the rule rests on:
//! - *An IPv4 identification* is given anew with each sending on every common stack, also when TCP sends the same bytes again
//!   (RFC 6864, 4.2 allows no less for packets that may be fragmented, and Linux, Windows and the BSDs count on even where they may
//!   not). In the captures of other projects at hand, packets with the same identification and the same TCP header lie up to 0.1 s
//!   apart, most of them below 1 ms. Generators of packets give all of them the same
//!   identification, so one that another packet of the direction has too says nothing, and neither do 0 and 1.
//! - *Without one* (IPv6; identification 0 with DF, as macOS and Linux' own RST and SYN/ACK have it) only another interface or another
//!   hop limit shows that a packet was seen at two places, within a few milliseconds. The same place twice is a duplicate
//!   acknowledgement, or an RST that answers another segment, not a copy. An RST from another distance may be forged, and never is one.
//! - *At the same moment* (below 0.1 ms) nobody sends SYN, FIN or data again, whatever identification they have.
//! - *Where copies were found already*, SYN, FIN or data repeated within these milliseconds are one as well: nobody sends them again
//!   as soon.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::packet::{Flags, Segment};
use crate::time::{Duration, Time};

/// Packets with an identification further apart than this are not the same: Linux' shortest retransmission timeout.
const SAME_IDENTIFICATION: Duration = Duration::from_milliseconds(200);
/// The same for packets without.
const SAME_HEADER: Duration = Duration::from_milliseconds(5);
/// Nobody sends the same again as soon as this.
const SAME_MOMENT: Duration = Duration::from_microseconds(100);
/// A footprint's unit of time in nanoseconds, as a shift: 65 µs, so that 32 bits hold three days.
const UNIT: u32 = 16;
/// Packets remembered of each direction: a power of two, for every packet of the short way is written there.
const REMEMBERED: usize = 8;
/// The same where copies were found: what lies between a packet and its copy are the packets under way between two places.
const REMEMBERED_OF_COPIED: usize = 64;

/// What tells a packet from others of its direction.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Footprint {
    sequence: u32,
    acknowledgement: u32,
    length: u32,
    moment: u32,
    ip_id: u16,
    window: u16,
    interface: u16,
    ttl: u8,
    flags: Flags,
}

impl Footprint {
    #[inline]
    fn of(segment: &Segment<'_>, time: Time) -> Footprint {
        Footprint {
            sequence: segment.sequence,
            acknowledgement: segment.acknowledgement,
            length: segment.length,
            // Only differences of a few units matter: the low bits.
            moment: (time.0 >> UNIT) as u32,
            ip_id: segment.ip_id.unwrap_or(0),
            window: segment.window,
            interface: segment.interface as u16,
            ttl: segment.ttl,
            flags: segment.flags,
        }
    }

    /// The identification, if its sender seems to give each packet its own.
    fn identification(&self) -> Option<u16> {
        Some(self.ip_id).filter(|&id| id > 1)
    }

    fn has_header_of(&self, other: &Footprint) -> bool {
        let header = |of: &Footprint| (of.sequence, of.acknowledgement, of.length, of.window, of.flags.0);
        header(self) == header(other)
    }

    fn is_within(&self, other: &Footprint, most: Duration) -> bool {
        let apart = self.moment.wrapping_sub(other.moment).cast_signed();
        i64::from(apart.unsigned_abs()) <= most.nanoseconds() >> UNIT
    }

    fn was_seen_elsewhere(&self, other: &Footprint) -> bool {
        (self.ttl, self.interface) != (other.ttl, other.interface)
    }

    /// SYN, FIN or data: what is sent again only after a time without an acknowledgement.
    fn takes_sequence_numbers(&self) -> bool {
        self.length > 0 || self.flags.syn() || self.flags.fin()
    }
}

/// The last packets of one direction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Recent {
    packets: [Footprint; REMEMBERED],
    next: usize,
    earlier: Option<Box<Earlier>>,
}

/// The packets before the last ones, where copies were found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Earlier(VecDeque<Footprint>);

/// The same of a direction that hardly goes on, without room for more.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct RestingRecent {
    packets: Box<[Footprint]>,
    next: usize,
    earlier: Option<Box<Earlier>>,
}

impl Recent {
    /// Remembers a packet that is no copy.
    #[inline]
    pub(super) fn remember(&mut self, segment: &Segment<'_>, time: Time) {
        let Some(place) = self.packets.get_mut(self.next % REMEMBERED) else { return };
        if let Some(earlier) = self.earlier.as_mut().filter(|_| self.next >= REMEMBERED) {
            earlier.0.truncate(REMEMBERED_OF_COPIED - REMEMBERED - 1);
            earlier.0.push_front(*place);
        }
        *place = Footprint::of(segment, time);
        self.next += 1;
    }

    fn all(&self) -> impl Iterator<Item = &Footprint> {
        self.packets.iter().take(self.next).chain(self.earlier.iter().flat_map(|earlier| &earlier.0))
    }

    /// Whether a packet is one of these, captured again.
    pub(super) fn holds(&self, segment: &Segment<'_>, time: Time) -> bool {
        let packet = Footprint::of(segment, time);
        if let Some(id) = packet.identification() {
            let mut same_id = self.all().filter(|other| other.ip_id == id).peekable();
            return same_id.peek().is_some()
                && same_id.all(|other| {
                    other.has_header_of(&packet) && other.is_within(&packet, SAME_IDENTIFICATION)
                });
        }
        self.all().filter(|other| other.identification().is_none()).any(|other| {
            let shown = !packet.flags.rst() && other.was_seen_elsewhere(&packet);
            let at_once = other.is_within(&packet, SAME_MOMENT);
            let expected = (self.earlier.is_some() || at_once) && packet.takes_sequence_numbers();
            (shown || expected) && other.has_header_of(&packet) && other.is_within(&packet, SAME_HEADER)
        })
    }

    /// A copy was found in this direction or in the other one.
    pub(super) fn note_copy(&mut self) {
        self.earlier.get_or_insert_default();
    }

    /// Lets go of the room for packets that have not come.
    pub(super) fn rest(self) -> RestingRecent {
        let packets = self.packets.iter().take(self.next).copied().collect();
        RestingRecent { packets, next: self.next, earlier: self.earlier }
    }
}

impl RestingRecent {
    /// As it was.
    pub(super) fn wake(self) -> Recent {
        let mut recent = Recent { packets: Default::default(), next: self.next, earlier: self.earlier };
        recent.packets.iter_mut().zip(self.packets).for_each(|(place, packet)| *place = packet);
        recent
    }
}
