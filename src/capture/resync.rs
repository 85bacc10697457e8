//! The way on behind damage in a classic pcap. Its records carry no mark, so one alone is never believed: only a chain of them, each of
//! which begins where the one before ends.
//!
//! A capture that somebody downloads while packets are captured holds such chains too, and one that ends with its packet even leads into
//! the true records. So the beginning of a chain is left out, as many bytes as the largest packet so far had: what follows lies in no
//! packet.

use super::legacy::{Header, LARGEST_PACKET, RecordHeader};
use super::reader::{Reader, WalkStep};
use super::summary::CaptureDamage;
use super::walk_state::WalkState;
use crate::time::{Duration, Time};

/// Records that a chain has at least, behind what is left out.
const CHAIN: usize = 8;
/// At the end of the file so many are enough, with those that are left out.
const LAST_CHAIN: usize = 3;
/// Bytes on the wire that are believed: more than the largest packet that segmentation offload makes.
const LARGEST_ORIGINAL: u32 = 1 << 20;
/// Bytes that are searched for the next record: behind so many that are none there is no capture any more, and a stream of zeros may be endless.
pub(super) const MOST_SEARCHED: u64 = 256 << 20;
const DAY: Duration = Duration::from_seconds(86_400);
/// How far the times of neighbours may be apart.
const NEIGHBOURS: Duration = DAY;
/// How far a record may be from the file's first packet.
const ONE_FILE: Duration = Duration::from_seconds(366 * 86_400);

/// What is known of one place in the file.
enum Chain {
    /// Records can be read so many bytes from here.
    Holds(usize),
    /// None begin before so many bytes from here.
    Breaks(usize),
    /// So many bytes are needed to tell.
    Unsure(usize),
}

impl Reader {
    /// Whether a record says what no record can: more than any packet has, or nothing but zeros in a file that has
    /// times, or as its first.
    #[cold]
    pub(super) fn disbelief(&self, record: RecordHeader) -> Option<String> {
        if record.captured > LARGEST_PACKET {
            let captured = record.captured;
            return Some(format!(
                "the next claims {captured} bytes, no packet has more than {LARGEST_PACKET}"
            ));
        }
        let zeros = record == RecordHeader { time: Time(0), captured: 0, original: 0 };
        let timed = self.summary.first.is_some_and(|first| first.since(Time::EPOCH) > DAY);
        let first = self.summary.packets == 0;
        (zeros && (timed || first)).then(|| "zeros where the next begins".to_owned())
    }

    /// Looks for the next records that can be believed, from the beginning of `buffer` on.
    #[cold]
    pub(super) fn find_records<'b>(
        &mut self,
        header: Header,
        (since, what): (u64, String),
        buffer: &'b [u8],
        last: bool,
    ) -> (usize, WalkStep<'b>) {
        let packets = self.summary.packets;
        let mut at = 0;
        let found = loop {
            let here = buffer.get(at..).unwrap_or_default();
            let searched = self.position.saturating_add(at as u64).saturating_sub(since);
            if (here.len() < header.variant.record_header && last) || searched > MOST_SEARCHED {
                break false;
            }
            match self.chain(&header, here, last) {
                Chain::Holds(bytes) => {
                    at += bytes;
                    break true;
                }
                Chain::Breaks(bytes) => at += bytes.max(1),
                Chain::Unsure(needed) => {
                    self.state = WalkState::LostRecords { header, since, what };
                    return (at, WalkStep::More(needed));
                }
            }
        };
        if !found {
            self.state = WalkState::Over;
            let what = format!("damaged after packet {packets}: {what}; the rest of the file cannot be read");
            return (buffer.len(), WalkStep::Damage(CaptureDamage { offset: since, what }));
        }
        self.state = WalkState::PcapRecords(header);
        let skipped = self.position.saturating_add(at as u64).saturating_sub(since);
        let what = format!(
            "damaged after packet {packets}: {what}; read on after {skipped} bytes, with frame numbers that are not Wireshark's"
        );
        (at, WalkStep::Damage(CaptureDamage { offset: since, what }))
    }

    fn chain(&self, header: &Header, data: &[u8], last: bool) -> Chain {
        let start = header.variant.record_header;
        let left_out = start + self.largest.unwrap_or(LARGEST_PACKET) as usize;
        let (mut at, mut records, mut before) = (0, 0, None);
        let (mut trusted, mut trusted_records) = (None, 0);
        // Where the last record of a chain begins: the next that can be true lies behind it.
        let mut begun = 0;
        loop {
            let here = data.get(at..).unwrap_or_default();
            let record = header.record(here);
            let ends = record.is_none() && last;
            if let Some(trusted) = trusted
                && (trusted_records >= CHAIN || (ends && records >= LAST_CHAIN))
            {
                return Chain::Holds(trusted);
            }
            let Some(record) = record.filter(|record| self.is_likely(header, here, record, before)) else {
                return match record {
                    None if !last => Chain::Unsure(at + start),
                    _ if records >= CHAIN => Chain::Breaks(begun + 1),
                    _ => Chain::Breaks(1),
                };
            };
            if at >= left_out {
                trusted.get_or_insert(at);
                trusted_records += 1;
            }
            records += 1;
            before = Some(record.time);
            begun = at;
            at += start + record.captured as usize;
        }
    }

    fn is_likely(&self, header: &Header, data: &[u8], record: &RecordHeader, before: Option<Time>) -> bool {
        let near = |other: Option<Time>, most: Duration| {
            other.is_none_or(|other| record.time.since(other).abs() <= most)
        };
        (1..=LARGEST_PACKET).contains(&record.captured)
            && (record.captured..=LARGEST_ORIGINAL).contains(&record.original)
            && header.is_fraction_below_a_second(data)
            && near(before, NEIGHBOURS)
            && near(self.summary.first, ONE_FILE)
    }
}

#[cfg(test)]
mod tests;
