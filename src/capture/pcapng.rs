//! pcapng blocks (draft-ietf-opsawg-pcapng): framing, interface descriptions, packets, statistics.

use super::clock::Resolution;
use super::format::{BYTE_ORDER_MAGIC, SECTION_HEADER};
use super::order::Order;
use super::summary::Interface;
use crate::time::Time;

/// The largest block that is taken for one (Wireshark, pcapng.c, `MAX_BLOCK_SIZE`).
pub(super) const LARGEST_BLOCK: u32 = 16 * 1024 * 1024;
/// While looking for the next block after damage, longer ones are not believed.
const LARGEST_RESYNC_BLOCK: u32 = 1024 * 1024;
/// Of an interface's name, so much is kept.
const LONGEST_NAME: usize = 64;

/// Block types (registry: pcapng, section 10.1).
pub(super) mod kind {
    pub const SECTION_HEADER: u32 = 0x0a0d_0d0a;
    pub const INTERFACE: u32 = 1;
    pub const OLD_PACKET: u32 = 2;
    pub const SIMPLE_PACKET: u32 = 3;
    pub const NAME_RESOLUTION: u32 = 4;
    pub const STATISTICS: u32 = 5;
    pub const ENHANCED_PACKET: u32 = 6;
    pub const JOURNAL: u32 = 9;
    pub const SECRETS: u32 = 10;
    pub const CUSTOM: u32 = 0x0bad;
    pub const CUSTOM_NOT_COPIED: u32 = 0x4000_0bad;
    /// System calls as Sysdig writes them.
    pub const SYSTEM_CALLS: [u32; 4] = [0x204, 0x208, 0x216, 0x221];
}

/// Whether Wireshark gives such a block a frame number although it holds no packet (wiretap/pcapng.c: custom blocks,
/// journal entries and system calls are records of their own).
pub(super) fn numbered_without_packet(block: u32) -> bool {
    matches!(block, kind::CUSTOM | kind::CUSTOM_NOT_COPIED | kind::JOURNAL)
        || kind::SYSTEM_CALLS.contains(&block)
}

/// A block's place in a buffer, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A whole block: its type, its byte order, the end of its body and its length with padding.
    Whole { kind: u32, order: Order, body_end: usize, total: usize },
    /// So many bytes are needed to see more.
    Short(usize),
    /// No block.
    Bad(&'static str),
}

/// The byte order of the block that `data` begins with: a section header tells its own.
fn order_of(data: &[u8], section: Order) -> Result<Order, Frame> {
    if !data.starts_with(&SECTION_HEADER) {
        return Ok(section);
    }
    match Order::Little.u32(data, 8) {
        None => Err(Frame::Short(12)),
        Some(BYTE_ORDER_MAGIC) => Ok(Order::Little),
        Some(magic) if magic.swap_bytes() == BYTE_ORDER_MAGIC => Ok(Order::Big),
        Some(_) => Err(Frame::Bad("a section header without a byte-order magic")),
    }
}

/// Frames the block that `data` begins with.
pub(super) fn frame(data: &[u8], section: Order) -> Frame {
    let order = match order_of(data, section) {
        Ok(order) => order,
        Err(frame) => return frame,
    };
    let (Some(kind), Some(length)) = (order.u32(data, 0), order.u32(data, 4)) else {
        return Frame::Short(8);
    };
    if length < 12 {
        return Frame::Bad("a block shorter than its own header");
    }
    if length > LARGEST_BLOCK {
        return Frame::Bad("a block longer than 16 MiB");
    }
    let written = length as usize;
    // Some writers leave the padding out of the length (Wireshark takes both).
    let padded = written.next_multiple_of(4);
    for total in [written, padded] {
        if order.u32(data, total - 4) == Some(length) {
            return Frame::Whole { kind, order, body_end: total - 4, total };
        }
    }
    if data.len() < padded { Frame::Short(padded) } else { Frame::Bad("a block whose two lengths differ") }
}

/// What the search for the next block says of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Candidate {
    Block,
    Nothing,
    /// So many bytes are needed to tell.
    Unsure(usize),
}

/// Whether a block that can be believed begins here: a known type, a likely length, and the same length at its end.
pub(super) fn candidate(data: &[u8], section: Order) -> Candidate {
    let order = match order_of(data, section) {
        Ok(order) => order,
        Err(Frame::Short(needed)) => return Candidate::Unsure(needed),
        Err(_) => return Candidate::Nothing,
    };
    let Some(block) = order.u32(data, 0) else { return Candidate::Unsure(4) };
    let known = matches!(
        block,
        kind::SECTION_HEADER
            | kind::INTERFACE
            | kind::OLD_PACKET
            | kind::SIMPLE_PACKET
            | kind::NAME_RESOLUTION
            | kind::STATISTICS
            | kind::ENHANCED_PACKET
            | kind::SECRETS
    );
    if !known && !numbered_without_packet(block) {
        return Candidate::Nothing;
    }
    let Some(length) = order.u32(data, 4) else { return Candidate::Unsure(8) };
    if !(12..=LARGEST_RESYNC_BLOCK).contains(&length) || length % 4 != 0 {
        return Candidate::Nothing;
    }
    match order.u32(data, length as usize - 4) {
        Some(again) if again == length => Candidate::Block,
        Some(_) => Candidate::Nothing,
        None => Candidate::Unsure(length as usize),
    }
}

/// Options: each a code, a length and a value padded to four bytes; code 0 ends them.
fn options(order: Order, mut data: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let code = order.u16(data, 0)?;
        let length = usize::from(order.u16(data, 2)?);
        let value = data.get(4..)?.get(..length)?;
        data = data.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        (code != 0).then_some((code, value))
    })
}

/// Reads an interface description; `None` where it is too short.
pub(super) fn interface(order: Order, body: &[u8]) -> Option<Interface> {
    let mut interface = Interface {
        link: order.u16(body, 0)?,
        snaplen: order.u32(body, 4)?,
        resolution: Resolution::MICROSECONDS,
        offset_seconds: 0,
        fcs: 0,
        name: String::new(),
        dropped: None,
    };
    for (code, value) in options(order, body.get(8..)?) {
        match (code, value) {
            (2, name) => {
                let kept = name.get(..LONGEST_NAME).unwrap_or(name);
                interface.name = String::from_utf8_lossy(kept).into_owned();
            }
            (9, &[resolution, ..]) => interface.resolution = Resolution::from_option(resolution),
            // Meant in bits, written in bytes by some: nothing checks more than four bytes.
            (13, &[length, ..]) => interface.fcs = if length <= 4 { length } else { (length / 8).min(4) },
            (14, offset) => {
                interface.offset_seconds = order.u64(offset, 0).map_or(0, u64::cast_signed);
            }
            _ => {}
        }
    }
    Some(interface)
}

/// A packet block's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw<'b> {
    /// The interface's index in its section.
    pub(super) interface: u32,
    /// Units of the interface's clock; simple packets have none.
    pub(super) units: Option<u64>,
    pub(super) original: u32,
    pub(super) data: &'b [u8],
}

fn stamp(order: Order, body: &[u8]) -> Option<u64> {
    Some(u64::from(order.u32(body, 4)?) << 32 | u64::from(order.u32(body, 8)?))
}

/// Reads an enhanced packet block; `None` where its lengths do not fit.
pub(super) fn enhanced(order: Order, body: &[u8]) -> Option<Raw<'_>> {
    let captured = order.u32(body, 12)? as usize;
    Some(Raw {
        interface: order.u32(body, 0)?,
        units: Some(stamp(order, body)?),
        original: order.u32(body, 16)?,
        data: body.get(20..)?.get(..captured)?,
    })
}

/// Reads a packet block of the obsolete kind.
pub(super) fn old(order: Order, body: &[u8]) -> Option<Raw<'_>> {
    let captured = order.u32(body, 12)? as usize;
    Some(Raw {
        interface: u32::from(order.u16(body, 0)?),
        units: Some(stamp(order, body)?),
        original: order.u32(body, 16)?,
        data: body.get(20..)?.get(..captured)?,
    })
}

/// Reads a simple packet block of an interface with this snap length: it has neither time nor captured length.
pub(super) fn simple(order: Order, body: &[u8], snaplen: u32) -> Option<Raw<'_>> {
    let original = order.u32(body, 0)?;
    let captured = if snaplen == 0 { original } else { original.min(snaplen) };
    let data = body.get(4..)?.get(..captured as usize)?;
    Some(Raw { interface: 0, units: None, original, data })
}

/// Packets that the capturing machine says it lost, from an interface statistics block: the interface's index in its
/// section, and what the interface and the system dropped (options 5 and 7), if told.
pub(super) fn statistics(order: Order, body: &[u8]) -> Option<(u32, Option<u64>)> {
    let interface = order.u32(body, 0)?;
    let mut dropped = None;
    for (code, value) in options(order, body.get(12..)?) {
        if matches!(code, 5 | 7)
            && let Some(count) = order.u64(value, 0)
        {
            dropped = Some(dropped.unwrap_or(0u64).saturating_add(count));
        }
    }
    Some((interface, dropped))
}

/// The version in a section header's body.
pub(super) fn version(order: Order, body: &[u8]) -> Option<(u16, u16)> {
    Some((order.u16(body, 4)?, order.u16(body, 6)?))
}

impl Interface {
    /// The instant of so many units of this interface's clock.
    pub(super) fn instant(&self, units: u64) -> Time {
        self.resolution.instant(units, self.offset_seconds)
    }
}
