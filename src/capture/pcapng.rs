//! pcapng blocks (draft-ietf-opsawg-pcapng): framing, packets, and what pcap-parser reads of the others.

use pcap_parser::{
    BOM_MAGIC, Block, CB_MAGIC, DCB_MAGIC, DSB_MAGIC, EPB_MAGIC, IDB_MAGIC, ISB_MAGIC,
    InterfaceDescriptionBlock, InterfaceStatisticsBlock, NRB_MAGIC, OptionCode, PcapNGOptionError, SHB_MAGIC,
    SJE_MAGIC, SPB_MAGIC, parse_block_be, parse_block_le,
};

use super::clock::Resolution;
use super::order::Order;
use super::summary::Interface;
use crate::time::Time;

/// The largest block that is taken for one (Wireshark, pcapng.c, `MAX_BLOCK_SIZE`).
const LARGEST_BLOCK: u32 = 16 * 1024 * 1024;
/// While looking for the next block after damage, longer ones are not believed.
const LARGEST_RESYNC_BLOCK: u32 = 1024 * 1024;
/// Longer blocks beside the packets are not read: pcap-parser collects all options, of which four bytes may be one.
const LARGEST_DESCRIPTION: usize = 1024 * 1024;
/// Of an interface's name, so much is kept.
const LONGEST_NAME: usize = 64;
/// Bytes of a block's type and length.
const BLOCK_HEADER: usize = 8;
/// Bytes of a block's length at its end.
const BLOCK_TRAILER: usize = 4;
/// Type and both lengths.
const SMALLEST_BLOCK: u32 = 12;

/// The obsolete packet block (registry: pcapng, section 10.1); pcap-parser does not know it.
pub(super) const OLD_PACKET: u32 = 2;
/// System calls as Sysdig writes them.
const SYSTEM_CALLS: [u32; 4] = [0x204, 0x208, 0x216, 0x221];
/// Option `if_fcslen` of an interface description; pcap-parser has no name for it.
const FRAME_CHECK_SEQUENCE: OptionCode = OptionCode(13);

/// Whether Wireshark gives such a block a frame number although it holds no packet (wiretap/pcapng.c: custom blocks,
/// journal entries and system calls are records of their own).
pub(super) fn numbered_without_packet(kind: u32) -> bool {
    matches!(kind, CB_MAGIC | DCB_MAGIC | SJE_MAGIC) || SYSTEM_CALLS.contains(&kind)
}

/// A whole block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WholeBlock<'b> {
    pub(super) kind: u32,
    pub(super) order: Order,
    /// All of it.
    pub(super) bytes: &'b [u8],
    /// What lies between its header and its trailer.
    pub(super) body: &'b [u8],
}

/// A block's place in a buffer, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockFrame<'b> {
    Whole(WholeBlock<'b>),
    /// So many bytes are needed to see more.
    Short(usize),
    /// No block.
    Bad(&'static str),
}

/// The byte order of the block that `data` begins with: a section header tells its own.
fn order_of(data: &[u8], section: Order) -> Result<Order, BlockFrame<'_>> {
    // The same in both orders.
    if !data.starts_with(&SHB_MAGIC.to_le_bytes()) {
        return Ok(section);
    }
    match Order::Little.u32(data, BLOCK_HEADER) {
        None => Err(BlockFrame::Short(BLOCK_HEADER + 4)),
        Some(BOM_MAGIC) => Ok(Order::Little),
        Some(magic) if magic.swap_bytes() == BOM_MAGIC => Ok(Order::Big),
        Some(_) => Err(BlockFrame::Bad("a section header without a byte-order magic")),
    }
}

/// Frames the block that `data` begins with.
pub(super) fn frame(data: &[u8], section: Order) -> BlockFrame<'_> {
    let order = match order_of(data, section) {
        Ok(order) => order,
        Err(framing) => return framing,
    };
    let (Some(kind), Some(length)) = (order.u32(data, 0), order.u32(data, 4)) else {
        return BlockFrame::Short(BLOCK_HEADER);
    };
    if length < SMALLEST_BLOCK {
        return BlockFrame::Bad("a block shorter than its own header");
    }
    if length > LARGEST_BLOCK {
        return BlockFrame::Bad("a block longer than 16 MiB");
    }
    let written = length as usize;
    // Some writers leave the padding out of the length (Wireshark takes both).
    let padded = written.next_multiple_of(4);
    for total in [written, padded] {
        if order.u32(data, total - BLOCK_TRAILER) == Some(length)
            && let Some(bytes) = data.get(..total)
            && let Some(body) = data.get(BLOCK_HEADER..total - BLOCK_TRAILER)
        {
            return BlockFrame::Whole(WholeBlock { kind, order, bytes, body });
        }
    }
    if data.len() < padded {
        BlockFrame::Short(padded)
    } else {
        BlockFrame::Bad("a block whose two lengths differ")
    }
}

/// The key log of a block of secrets (draft-ietf-opsawg-pcapng, 4.7); `None` where it holds other secrets or its length does not fit.
pub(super) fn key_log<'b>(block: &WholeBlock<'b>) -> Option<&'b [u8]> {
    /// `TLSK`: TLS secrets as SSLKEYLOGFILE has them.
    const TLS_KEY_LOG: u32 = 0x544c_534b;
    let length = block.order.u32(block.body, 4)? as usize;
    let is_key_log = block.order.u32(block.body, 0)? == TLS_KEY_LOG;
    block.body.get(8..)?.get(..length).filter(|_| is_key_log)
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
        Err(BlockFrame::Short(needed)) => return Candidate::Unsure(needed),
        Err(_) => return Candidate::Nothing,
    };
    let Some(kind) = order.u32(data, 0) else { return Candidate::Unsure(4) };
    let known = matches!(
        kind,
        SHB_MAGIC | IDB_MAGIC | OLD_PACKET | SPB_MAGIC | NRB_MAGIC | ISB_MAGIC | EPB_MAGIC | DSB_MAGIC
    );
    if !known && !numbered_without_packet(kind) {
        return Candidate::Nothing;
    }
    let Some(length) = order.u32(data, 4) else { return Candidate::Unsure(BLOCK_HEADER) };
    if !(SMALLEST_BLOCK..=LARGEST_RESYNC_BLOCK).contains(&length) || length % 4 != 0 {
        return Candidate::Nothing;
    }
    match order.u32(data, length as usize - BLOCK_TRAILER) {
        Some(again) if again == length => Candidate::Block,
        Some(_) => Candidate::Nothing,
        None => Candidate::Unsure(length as usize),
    }
}

/// A packet block's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PacketBlock<'b> {
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
pub(super) fn enhanced<'b>(block: &WholeBlock<'b>) -> Option<PacketBlock<'b>> {
    let (order, body) = (block.order, block.body);
    let captured = order.u32(body, 12)? as usize;
    Some(PacketBlock {
        interface: order.u32(body, 0)?,
        units: Some(stamp(order, body)?),
        original: order.u32(body, 16)?,
        data: body.get(20..)?.get(..captured)?,
    })
}

/// Reads a packet block of the obsolete kind: as an enhanced one, but for the interface's number, which is shorter.
pub(super) fn old<'b>(block: &WholeBlock<'b>) -> Option<PacketBlock<'b>> {
    Some(PacketBlock { interface: block.order.u16(block.body, 0)?.into(), ..enhanced(block)? })
}

/// Reads a simple packet block of an interface with this snap length: it has neither time nor captured length.
pub(super) fn simple<'b>(block: &WholeBlock<'b>, snaplen: u32) -> Option<PacketBlock<'b>> {
    let original = block.order.u32(block.body, 0)?;
    let captured = if snaplen == 0 { original } else { original.min(snaplen) };
    let data = block.body.get(4..)?.get(..captured as usize)?;
    Some(PacketBlock { interface: 0, units: None, original, data })
}

/// Reads a block that holds no packet.
///
/// # Errors
/// What is wrong with it. (An error of pcap-parser holds the rest of the input, and is dropped.)
pub(super) fn beside_packets<'b>(block: &WholeBlock<'b>) -> Result<Block<'b>, String> {
    if block.bytes.len() > LARGEST_DESCRIPTION {
        return Err(format!("a description of more than {LARGEST_DESCRIPTION} bytes"));
    }
    let read = match block.order {
        Order::Little => parse_block_le(block.bytes),
        Order::Big => parse_block_be(block.bytes),
    };
    read.map(|(_, block)| block).map_err(|_| {
        let what = match block.kind {
            SHB_MAGIC => "a section header too short to hold its version",
            _ => "an interface description that is too short",
        };
        what.to_owned()
    })
}

/// An interface by its description. pcap-parser reads numbers among the options as if every section were little-endian.
pub(super) fn interface(order: Order, block: &InterfaceDescriptionBlock<'_>) -> Interface {
    let option = |code| block.options.iter().find(|option| option.code == code)?.as_bytes().ok();
    let name = option(OptionCode::IfName).unwrap_or_default();
    Interface {
        link: (block.linktype.0 & 0xffff) as u16,
        snaplen: block.snaplen,
        resolution: Resolution::from_option(block.if_tsresol),
        offset_seconds: order.of_little_endian(block.if_tsoffset.cast_unsigned()).cast_signed(),
        // Meant in bits, written in bytes by some: nothing checks more than four bytes.
        fcs: match option(FRAME_CHECK_SEQUENCE) {
            Some(&[bytes @ 0..=4, ..]) => bytes,
            Some(&[bits, ..]) => (bits / 8).min(4),
            _ => 0,
        },
        name: String::from_utf8_lossy(name.get(..LONGEST_NAME).unwrap_or(name)).into_owned(),
        dropped: None,
    }
}

/// Packets that the interface and the system of the capturing machine say they lost; `None` where they say nothing.
pub(super) fn dropped(order: Order, block: &InterfaceStatisticsBlock<'_>) -> Option<u64> {
    let count = |told: Option<Result<u64, PcapNGOptionError>>| Some(order.of_little_endian(told?.ok()?));
    [count(block.isb_ifdrop()), count(block.isb_osdrop())].into_iter().flatten().reduce(u64::saturating_add)
}

impl Interface {
    /// The instant of so many units of this interface's clock.
    pub(super) fn instant(&self, units: u64) -> Time {
        self.resolution.instant(units, self.offset_seconds)
    }
}
