//! From the bytes of a capture to its packets, one step at a time, over a whole map or over a stream in blocks.

use super::format::CaptureFormat;
use super::legacy::{self, Header, RecordHeader};
use super::packet::Packet;
use super::summary::{CaptureDamage, Interface, Summary};
use super::walk_state::{Section, WalkState};
use crate::time::Time;

/// What a step of the walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkStep<'b> {
    /// A packet.
    Packet(Packet<'b>),
    /// The buffer must hold at least so many bytes from where the next step begins.
    More(usize),
    /// Something cannot be read. The walk goes on at the next blocks or records that can be believed.
    Damage(CaptureDamage),
    /// Nothing more can be read.
    End,
}

/// Walks over a capture file.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) state: WalkState,
    pub(super) position: u64,
    pub(super) last_time: Time,
    /// Captured bytes of the largest pcap record so far.
    pub(super) largest: Option<u32>,
    pub(super) summary: Summary,
    /// Key logs of pcapng's blocks of secrets, until they are taken.
    pub(super) secrets: Vec<u8>,
}

impl Reader {
    /// A reader for a file that [`super::recognise`] found to be of `format`.
    pub fn new(format: CaptureFormat) -> Reader {
        let state = match format {
            CaptureFormat::Pcap => WalkState::PcapStart,
            CaptureFormat::Pcapng => WalkState::Blocks(Section::BEFORE_THE_FIRST),
        };
        Reader {
            state,
            position: 0,
            last_time: Time::default(),
            largest: None,
            summary: Summary::default(),
            secrets: Vec::new(),
        }
    }

    /// What has been read so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The key logs that the file itself had so far, since this was last asked.
    pub fn take_secrets(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.secrets)
    }

    /// Takes the next step over `buffer`, which begins where the last step ended; `last` tells that the file ends with it.
    /// Gives the number of bytes to move on by, and what was found. Every step but `More` and `End` moves on or changes the
    /// state, so a loop until `End` ends.
    #[inline]
    pub fn next<'b>(&mut self, buffer: &'b [u8], last: bool) -> (usize, WalkStep<'b>) {
        let (used, step) = match &self.state {
            WalkState::PcapStart => self.pcap_header(buffer, last),
            WalkState::PcapRecords(header) => {
                let header = *header;
                self.pcap_record(header, buffer, last)
            }
            WalkState::LostRecords { header, since, what } => {
                let (header, lost) = (*header, (*since, what.clone()));
                self.find_records(header, lost, buffer, last)
            }
            WalkState::Blocks(_) | WalkState::Lost { .. } => self.blocks(buffer, last),
            WalkState::Over => (0, WalkStep::End),
        };
        self.position = self.position.saturating_add(used as u64);
        if let WalkStep::Damage(damage) = &step {
            self.summary.add_damage(damage);
        }
        (used, step)
    }

    /// Records that the bytes themselves could not be had, such as a broken gzip stream.
    pub fn note_damage(&mut self, what: String) {
        self.summary.add_damage(&CaptureDamage { offset: self.position, what });
    }

    fn cut_short(&mut self, offset: u64, have: usize, need: usize) -> CaptureDamage {
        self.state = WalkState::Over;
        let packets = self.summary.packets;
        let what = match packets {
            0 => format!("cut short before the first packet: {have} of {need} bytes"),
            _ => format!("cut short after packet {packets}: {have} of {need} bytes"),
        };
        CaptureDamage { offset, what }
    }

    fn pcap_header<'b>(&mut self, buffer: &'b [u8], last: bool) -> (usize, WalkStep<'b>) {
        if buffer.len() < legacy::FILE_HEADER && !last {
            return (0, WalkStep::More(legacy::FILE_HEADER));
        }
        let Some(header) = Header::read(buffer.get(..legacy::FILE_HEADER).unwrap_or_default()) else {
            let damage = self.cut_short(0, buffer.len(), legacy::FILE_HEADER);
            return (buffer.len(), WalkStep::Damage(damage));
        };
        self.summary.add_interface(Interface {
            link: header.link,
            snaplen: header.snaplen,
            resolution: header.variant.resolution,
            offset_seconds: 0,
            fcs: header.fcs,
            name: String::new(),
            dropped: None,
        });
        self.state = WalkState::PcapRecords(header);
        match header.version {
            (2, 0..=4) => {
                let rest = buffer.get(legacy::FILE_HEADER..).unwrap_or_default();
                // The record's offset counts from behind the header; `next` moves on by both.
                self.position = legacy::FILE_HEADER as u64;
                let (used, step) = self.pcap_record(header, rest, last);
                self.position = 0;
                (used + legacy::FILE_HEADER, step)
            }
            (major, minor) => {
                let what = format!("pcap version {major}.{minor} is unknown; read as 2.4");
                (legacy::FILE_HEADER, WalkStep::Damage(CaptureDamage { offset: 4, what }))
            }
        }
    }

    /// Reads pcap records as long as nothing about them is out of the ordinary; gives the number of bytes to move on by. The steps of
    /// [`Reader::next`] come to the same, one call and one copy a packet dearer.
    #[inline]
    pub(super) fn plain_records<'b>(
        &mut self,
        buffer: &'b [u8],
        each: &mut impl FnMut(&Packet<'b>),
    ) -> usize {
        let WalkState::PcapRecords(header) = self.state else { return 0 };
        let mut rest = buffer;
        let mut next = header.record(rest);
        while let Some(record) = next {
            if record.is_out_of_the_ordinary() {
                break;
            }
            let start = header.variant.record_header;
            let total = start + record.captured as usize;
            let (Some(data), Some(behind)) = (rest.get(start..total), rest.get(total..)) else { break };
            // The next header is asked for before this packet is looked at: memory answers meanwhile.
            next = header.record(behind);
            rest = behind;
            each(&self.pcap_packet(header, record, data));
        }
        let used = buffer.len() - rest.len();
        self.position = self.position.saturating_add(used as u64);
        used
    }

    #[inline]
    fn pcap_packet<'b>(&mut self, header: Header, record: RecordHeader, data: &'b [u8]) -> Packet<'b> {
        self.summary.frames += 1;
        self.last_time = record.time;
        self.largest = self.largest.max(Some(record.captured));
        let packet = Packet {
            frame: self.summary.frames,
            time: record.time,
            timed: true,
            original_length: record.original,
            data,
            link: header.link,
            fcs: header.fcs,
            interface: 0,
        };
        self.summary.add_packet(&packet);
        packet
    }

    #[inline]
    fn pcap_record<'b>(&mut self, header: Header, buffer: &'b [u8], last: bool) -> (usize, WalkStep<'b>) {
        let offset = self.position;
        let record_header = header.variant.record_header;
        let Some(record) = header.record(buffer) else {
            return match (last, buffer.len()) {
                (false, _) => (0, WalkStep::More(record_header)),
                (true, 0) => {
                    self.state = WalkState::Over;
                    (0, WalkStep::End)
                }
                (true, have) => (have, WalkStep::Damage(self.cut_short(offset, have, record_header))),
            };
        };
        if record.is_out_of_the_ordinary()
            && let Some(what) = self.disbelief(record)
        {
            return self.find_records(header, (offset, what), buffer, last);
        }
        let total = record_header + record.captured as usize;
        let Some(data) = buffer.get(record_header..total) else {
            if !last {
                return (0, WalkStep::More(total));
            }
            return (buffer.len(), WalkStep::Damage(self.cut_short(offset, buffer.len(), total)));
        };
        (total, WalkStep::Packet(self.pcap_packet(header, record, data)))
    }
}

#[cfg(test)]
mod tests;
