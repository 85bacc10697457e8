//! Batches of packets: the walk over a capture's records, which must be done in order, and comes before all that is done in parallel.

use std::io::{ErrorKind, Read};

use memchr::memchr_iter;

use super::sharding;
use crate::capture::{Packet, Reader, read_block};
use crate::flow::CaptureClock;
use crate::packet::{self, Carried, Datagram, Fragments, Tally};
use crate::source::{Compression, Content};
use crate::time::{Duration, Time};

/// Bytes of a capture that one step of the walk covers: enough packets to keep several threads busy, and few enough that they are still in
/// the processor's cache when the shards read them (docs/performance.md).
const BLOCK: usize = 2 << 20;
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
    /// What was read; its first bytes hold the packets.
    bytes: Vec<u8>,
    records: Vec<PacketRecord>,
    /// For each record the number of the shard that has its connection.
    shards: Vec<u8>,
    /// Datagrams that came in fragments, with the frame of the fragment that completed each.
    datagrams: Vec<(u64, Datagram)>,
    /// Counts of the packets that no shard sees.
    pub tally: Tally,
    /// The latest time of a packet.
    pub latest: Option<Time>,
    /// Bytes of the file that the batch covers, inflated.
    pub length: u64,
}

impl Batch {
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

/// Cuts a capture into batches.
pub struct Batches<'a> {
    reader: Reader,
    clock: CaptureClock,
    fragments: Fragments,
    input: Box<dyn Read + Send + 'a>,
    is_packed: bool,
    /// The bytes that the block before left over: the beginning of a record.
    rest: Vec<u8>,
    ended: bool,
    /// Bytes that the next record needs; `None` after the last one.
    needed: Option<usize>,
}

impl<'a> Batches<'a> {
    /// The batches of a file. `clock` and `fragments` are those with which the file before it ended.
    pub fn new(
        reader: Reader,
        clock: CaptureClock,
        fragments: Fragments,
        content: &'a Content,
    ) -> Batches<'a> {
        Batches {
            reader,
            clock,
            fragments,
            input: content.reader(),
            is_packed: content.compression() != Compression::None,
            rest: Vec::new(),
            ended: false,
            needed: Some(0),
        }
    }

    /// What was read so far, the clock, and the fragments that still wait.
    pub fn finish(self) -> (Reader, CaptureClock, Fragments) {
        (self.reader, self.clock, self.fragments)
    }

    /// The TLS secrets that stood before the packets of the batch just read.
    pub fn take_secrets(&mut self) -> Vec<u8> {
        self.reader.take_secrets()
    }

    /// Reads the next batch into `batch`, whose memory is used again; `false` at the end of the capture.
    pub fn next_into(&mut self, batch: &mut Batch) -> bool {
        batch.records.clear();
        batch.shards.clear();
        batch.datagrams.clear();
        batch.tally = Tally::default();
        batch.latest = None;
        batch.length = 0;
        while let Some(needed) = self.needed.filter(|_| batch.records.is_empty()) {
            self.block(needed.max(BLOCK), batch);
        }
        !batch.records.is_empty()
    }

    /// Walks over the packets of the next `wanted` bytes.
    fn block(&mut self, wanted: usize, batch: &mut Batch) {
        let filled = self.fill(&mut batch.bytes, wanted);
        let Batches { reader, clock, fragments, rest, ended, needed, .. } = self;
        let Batch { bytes, records, shards, datagrams, tally, latest, length } = batch;
        let block = bytes.get(..filled).unwrap_or_default();
        let base = block.as_ptr() as usize;
        let (used, more) = read_block(reader, block, *ended, &mut |packet| {
            *latest = (*latest).max(Some(packet.time));
            records.push(record(packet, base, clock));
            shards.push(shard(packet, fragments, datagrams, tally));
        });
        rest.clear();
        rest.extend_from_slice(block.get(used..).unwrap_or_default());
        *needed = more;
        *length += used as u64;
    }

    /// Fills `bytes` with what the block before left over and with what comes next, `wanted` bytes in all unless the input ends. Gives
    /// their number.
    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> usize {
        let wanted = wanted.max(self.rest.len());
        if bytes.len() < wanted {
            bytes.resize(wanted, 0);
        }
        let (left, room) = bytes.split_at_mut(self.rest.len());
        left.copy_from_slice(&self.rest);
        let mut filled = left.len();
        let mut room = room.get_mut(..wanted - filled).unwrap_or_default();
        while !self.ended && !room.is_empty() {
            match self.input.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => {
                    filled += read;
                    room = room.get_mut(read..).unwrap_or_default();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let what = match self.is_packed {
                        true => "the compressed data are damaged or cut short",
                        false => "the file cannot be read any further",
                    };
                    self.reader.note_damage(format!("{what}: {error}"));
                    self.ended = true;
                }
            }
        }
        filled
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
