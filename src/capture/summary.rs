//! What a capture file holds, at a glance.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::clock::Resolution;
use super::packet::Packet;
use crate::text::words::duration;
use crate::time::{Duration, Time};

/// Processors that capture side by side write packets in another order than they came, by less than this.
const NOT_IN_ORDER: Duration = Duration::MILLISECOND;
/// Damage beyond so many places is counted, not listed.
const LISTED_DAMAGE: usize = 16;

/// An interface of a pcapng section; a pcap file has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Link type (tcpdump.org/linktypes.html).
    pub link: u16,
    /// At most so many bytes of a packet were kept; 0: all.
    pub snaplen: u32,
    /// Unit of its clock.
    pub resolution: Resolution,
    /// Seconds to add to its clock.
    pub offset_seconds: i64,
    /// Bytes of frame check sequence at the end of each packet.
    pub fcs: u8,
    /// Its name, at most 64 bytes; empty where none was written.
    pub name: String,
    /// Packets the capturing machine lost here; `None` where it did not say.
    pub dropped: Option<u64>,
}

/// A place where a capture file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureDamage {
    /// Offset in the (uncompressed) file.
    pub offset: u64,
    /// What is wrong there, for a person.
    pub what: String,
}

/// What a capture file holds, counted while it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Packets.
    pub packets: u64,
    /// Wireshark's last frame number: packets, and the blocks that it numbers though they hold none.
    pub frames: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Bytes captured.
    pub captured_bytes: u64,
    /// Packets of which only the first bytes were kept.
    pub cut_packets: u64,
    /// Time of the first packet in file order that has one.
    pub first: Option<Time>,
    /// Time of the last packet in file order that has one.
    pub last: Option<Time>,
    /// Packets that are earlier than the one before them.
    pub time_goes_back: u64,
    /// By how much at most.
    pub furthest_back: Duration,
    /// Link types of all interfaces, sorted.
    pub link_types: BTreeSet<u16>,
    /// Interfaces in file order, over all sections.
    pub interfaces: Vec<Interface>,
    /// The first places where the file could not be read.
    pub damage: Vec<CaptureDamage>,
    /// Places where the file could not be read.
    pub damaged_places: u64,
}

impl Summary {
    pub(super) fn add_interface(&mut self, interface: Interface) {
        self.link_types.insert(interface.link);
        self.interfaces.push(interface);
    }

    #[inline]
    pub(super) fn add_packet(&mut self, packet: &Packet<'_>) {
        self.packets += 1;
        self.bytes = self.bytes.saturating_add(u64::from(packet.original_length));
        self.captured_bytes = self.captured_bytes.saturating_add(packet.data.len() as u64);
        self.cut_packets += u64::from(packet.data.len() < packet.original_length as usize);
        if packet.timed {
            if let Some(last) = self.last.filter(|last| packet.time < *last) {
                self.time_goes_back += 1;
                self.furthest_back = self.furthest_back.max(last.since(packet.time));
            }
            self.first.get_or_insert(packet.time);
            self.last = Some(packet.time);
        }
    }

    pub(super) fn add_damage(&mut self, damage: &CaptureDamage) {
        self.damaged_places += 1;
        if self.damage.len() < LISTED_DAMAGE {
            self.damage.push(damage.clone());
        }
    }

    /// Packets that the capturing machine says it lost; `None` where it says nothing.
    pub fn dropped(&self) -> Option<u64> {
        self.interfaces.iter().filter_map(|interface| interface.dropped).reduce(u64::saturating_add)
    }

    /// What a person must be told about the reading of this file, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.damage.iter().map(|damage| damage.what.clone()).collect();
        let unlisted = self.damaged_places.saturating_sub(self.damage.len() as u64);
        if unlisted > 0 {
            warnings.push(format!("damaged in {unlisted} more places"));
        }
        if self.furthest_back >= NOT_IN_ORDER {
            warnings.push(format!(
                "{} older than the packet before, by {} at most: what came first is told by their order in the file; reordercap sorts them \
                 by time",
                if self.time_goes_back == 1 {
                    "1 packet is".to_owned()
                } else {
                    format!("{} packets are", self.time_goes_back)
                },
                duration(self.furthest_back)
            ));
        }
        warnings
    }
}
