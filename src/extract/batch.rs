//! Batches of packets: a block of a capture, and the walk over its records, which must be done in order.

use std::io::{self, ErrorKind, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr_iter;

use super::in_turn::InTurn;
use super::sharding;
use crate::capture::{Packet, Reader, read_block};
use crate::flow::CaptureClock;
use crate::packet::{self, Carried, Datagram, Fragments, Tally};
use crate::source::{Compression, Content, PlacedFile};
use crate::time::{Duration, Time};

/// Bytes of a capture that are read at a time: enough packets that going from one shard to the next costs little, and few enough that they are still in
/// the processor's cache when the shards read them (docs/performance.md).
const BLOCK: usize = 2 << 20;
/// Room before a block for what the one before it left over: a record of the largest packet that libpcap writes (262,144 bytes). The 64 bytes more are for
/// its header, and so that a block does not begin just behind the beginning of a page, which makes copies slow (`log/blocks/placed.rs`).
const BEFORE: usize = (256 << 10) + 64;
/// Stands for a shard's number where a packet belongs to no connection.
const NO_SHARD: u8 = u8::MAX;

/// A packet's record, without its bytes.
#[derive(Clone, Copy, Debug)]
pub struct PacketRecord {
    /// Wireshark's frame number.
    pub frame: u64,
    /// When it was captured.
    pub time: Time,
    /// The reading of the capture's clock (`flow::CaptureClock`).
    pub now: Duration,
    start: usize,
    length: u32,
    original_length: u32,
    interface: u32,
    link: u16,
    fcs: u8,
    timed: bool,
}

/// Packets that follow each other in a capture, and the bytes in which they lie.
#[derive(Default)]
pub struct Batch {
    /// What was read: `begin..end` holds the packets.
    bytes: Vec<u8>,
    begin: usize,
    end: usize,
    records: Vec<PacketRecord>,
    /// For each record the number of the shard that has its connection.
    shards: Vec<u8>,
    /// Datagrams that came in fragments, with the frame of the fragment that completed each.
    datagrams: Vec<(u64, Datagram)>,
    /// The TLS secrets that stand among its packets.
    pub secrets: Vec<u8>,
    /// Counts of the packets that no shard sees.
    pub tally: Tally,
    /// The latest time of a packet.
    pub latest: Option<Time>,
    /// Bytes of the file that the batch covers, inflated.
    pub length: u64,
}

impl Batch {
    /// Reads the block of this number from its place in the file.
    fn read_placed(&mut self, file: &PlacedFile, number: u64) -> BlockRead {
        self.clear();
        let start = number.saturating_mul(BLOCK as u64);
        let (read, outcome) = file.read_at(start, self.bytes.get_mut(BEFORE..).unwrap_or_default());
        self.end += read;
        let error = outcome.err();
        BlockRead { is_last: error.is_some() || start.saturating_add(BLOCK as u64) >= file.length(), error }
    }

    /// Reads the next block of what can only be read in order.
    fn read_in_order(&mut self, input: &mut impl Read) -> BlockRead {
        self.clear();
        while let Some(room) = self.bytes.get_mut(self.end..).filter(|room| !room.is_empty()) {
            match input.read(room) {
                Ok(0) => return BlockRead { is_last: true, error: None },
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return BlockRead { is_last: true, error: Some(error) },
            }
        }
        BlockRead::default()
    }

    /// Forgets all but its memory.
    fn clear(&mut self) {
        let Batch { bytes, begin, end, records, shards, datagrams, secrets, tally, latest, length } = self;
        bytes.resize(BEFORE + BLOCK, 0);
        (*begin, *end) = (BEFORE, BEFORE);
        records.clear();
        shards.clear();
        datagrams.clear();
        secrets.clear();
        (*tally, *latest, *length) = (Tally::default(), None, 0);
    }

    /// Puts before the block what the one before it left over. More than there is room for comes of a record that is larger than a packet can be, such as
    /// a block of pcapng that holds something else.
    fn begin_with(&mut self, rest: &[u8]) {
        if let Some(before) = self.begin.checked_sub(rest.len()) {
            if let Some(room) = self.bytes.get_mut(before..self.begin) {
                room.copy_from_slice(rest);
            }
            self.begin = before;
        } else {
            self.bytes = [rest, self.bytes.get(self.begin..self.end).unwrap_or_default()].concat();
            (self.begin, self.end) = (0, self.bytes.len());
        }
    }

    /// The packets of a shard, in order.
    pub fn of_shard(&self, shard: usize) -> impl Iterator<Item = (&PacketRecord, Packet<'_>)> {
        let number = u8::try_from(shard).unwrap_or(NO_SHARD);
        memchr_iter(number, &self.shards)
            .filter_map(|index| self.records.get(index))
            .map(|record| (record, self.packet(record)))
    }

    /// The datagram that this packet, as its last fragment, completed; nearly always there is none.
    #[inline]
    pub fn datagram(&self, record: &PacketRecord) -> Option<&Datagram> {
        if self.datagrams.is_empty() {
            return None;
        }
        let place = self.datagrams.binary_search_by_key(&record.frame, |(frame, _)| *frame).ok()?;
        self.datagrams.get(place).map(|(_, datagram)| datagram)
    }

    /// A record with its bytes.
    #[inline]
    fn packet(&self, record: &PacketRecord) -> Packet<'_> {
        let end = record.start.saturating_add(record.length as usize);
        Packet {
            frame: record.frame,
            time: record.time,
            timed: record.timed,
            original_length: record.original_length,
            // The records of a batch lie inside its bytes.
            data: self.bytes.get(record.start..end).unwrap_or_default(),
            link: record.link,
            fcs: record.fcs,
            interface: record.interface,
        }
    }
}

/// Cuts a capture into batches, for any number of threads. Each reads the block that it takes, and so finds it in the cache of its own processor; the
/// walk goes from one block to the next in their order.
pub struct Batches<'a> {
    /// The file, where blocks can be read at their places.
    placed: Option<PlacedFile>,
    /// The number of the block that nobody has taken yet.
    next: AtomicU64,
    walk: InTurn<BlockWalk<'a>>,
}

/// What the walk takes from block to block.
struct BlockWalk<'a> {
    reader: Reader,
    clock: CaptureClock,
    fragments: Fragments,
    /// The bytes in order, where blocks cannot be read at their places.
    in_order: Box<dyn Read + Send + 'a>,
    is_packed: bool,
    /// The bytes that the block before left over: the beginning of a record.
    rest: Vec<u8>,
    /// Behind the last packet, or behind damage that cannot be passed.
    is_over: bool,
}

impl<'a> Batches<'a> {
    /// The batches of a file. `clock` and `fragments` are those with which the file before it ended.
    pub fn new(
        reader: Reader,
        clock: CaptureClock,
        fragments: Fragments,
        content: &'a Content,
    ) -> Batches<'a> {
        let placed = content.placed();
        let in_order = if placed.is_none() { content.reader() } else { Box::new(io::empty()) };
        let is_packed = content.compression() != Compression::None;
        let walk =
            BlockWalk { reader, clock, fragments, in_order, is_packed, rest: Vec::new(), is_over: false };
        Batches { placed, next: AtomicU64::new(0), walk: InTurn::new(walk) }
    }

    /// What was read so far, the clock, and the fragments that still wait.
    pub fn finish(self) -> (Reader, CaptureClock, Fragments) {
        let walk = self.walk.into_inner();
        (walk.reader, walk.clock, walk.fragments)
    }

    /// Reads the next batch that nobody has taken into `batch`, whose memory is used again. Gives its number, `None` at the end of the capture.
    pub fn next_into(&self, batch: &mut Batch) -> Option<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let has_block = |file: &&PlacedFile| number.saturating_mul(BLOCK as u64) < file.length();
        let read = self.placed.as_ref().filter(has_block).map(|file| batch.read_placed(file, number));
        let mut walk = self.walk.wait(number);
        if walk.is_over {
            return None;
        }
        let read = read.unwrap_or_else(|| batch.read_in_order(&mut walk.in_order));
        walk.over(batch, read);
        Some(number)
    }
}

/// What came of reading a block.
#[derive(Default)]
struct BlockRead {
    /// Nothing comes behind it.
    is_last: bool,
    /// Why not, where that is no matter of course.
    error: Option<io::Error>,
}

impl BlockWalk<'_> {
    /// Walks over the packets of the next block, those whose records end in it.
    fn over(&mut self, batch: &mut Batch, read: BlockRead) {
        batch.begin_with(&self.rest);
        if let Some(error) = read.error {
            let what = match self.is_packed {
                true => "the compressed data are damaged or cut short",
                false => "the file cannot be read any further",
            };
            self.reader.note_damage(format!("{what}: {error}"));
        }
        let BlockWalk { reader, clock, fragments, rest, .. } = self;
        let Batch { bytes, begin, end, records, shards, datagrams, tally, latest, .. } = batch;
        let block = bytes.get(*begin..*end).unwrap_or_default();
        let base = bytes.as_ptr() as usize;
        let (used, more) = read_block(reader, block, read.is_last, &mut |packet| {
            *latest = (*latest).max(Some(packet.time));
            records.push(record(packet, base, clock));
            shards.push(shard(packet, fragments, datagrams, tally));
        });
        rest.clear();
        rest.extend_from_slice(block.get(used..).unwrap_or_default());
        self.is_over = more.is_none();
        batch.length = used as u64;
        batch.secrets = self.reader.take_secrets();
    }
}

fn record(packet: &Packet<'_>, base: usize, clock: &mut CaptureClock) -> PacketRecord {
    PacketRecord {
        frame: packet.frame,
        time: packet.time,
        now: clock.tick(packet.time),
        start: (packet.data.as_ptr() as usize).saturating_sub(base),
        // A record's own length field has 32 bits.
        length: u32::try_from(packet.data.len()).unwrap_or(u32::MAX),
        original_length: packet.original_length,
        interface: packet.interface,
        link: packet.link,
        fcs: packet.fcs,
        timed: packet.timed,
    }
}

/// The number of the shard that reads a packet, or the datagram that it completes. Packets that no shard reads are counted here.
#[inline]
fn shard(
    packet: &Packet<'_>,
    fragments: &mut Fragments,
    datagrams: &mut Vec<(u64, Datagram)>,
    tally: &mut Tally,
) -> u8 {
    let shard = match packet::plain_ends(packet) {
        Some(ends) => Some(sharding::of_ends(ends)),
        None => not_plain(packet, fragments, datagrams, tally),
    };
    shard.and_then(|shard| u8::try_from(shard).ok()).unwrap_or(NO_SHARD)
}

fn not_plain(
    packet: &Packet<'_>,
    fragments: &mut Fragments,
    datagrams: &mut Vec<(u64, Datagram)>,
    tally: &mut Tally,
) -> Option<usize> {
    let mut counted = Tally::default();
    let content = packet::decode(packet, &mut counted);
    if let Some(shard) = sharding::of_carried(&content) {
        return Some(shard);
    }
    tally.add(&counted);
    let Carried::Fragment(fragment) = content else { return None };
    let datagram = fragments.take(&fragment, packet.time, tally)?;
    let mut counted = Tally::default();
    let shard = sharding::of_carried(&datagram.decode(&mut counted));
    if shard.is_some() {
        datagrams.push((packet.frame, datagram));
    } else {
        tally.add(&counted);
    }
    shard
}
