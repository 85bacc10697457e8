//! From the bytes of a capture to its packets, one step at a time, over a whole map or over a stream in blocks.

use super::format::CaptureFormat;
use super::legacy::{self, Header};
use super::order::Order;
use super::pcapng::{self, Candidate, Frame, Raw, kind};
use super::summary::{Interface, Summary};
use crate::time::Time;

/// A file with more interfaces than this is not honest; the rest are refused.
const MOST_INTERFACES: usize = 65_536;

/// A captured packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'b> {
    /// Wireshark's frame number in this file, from 1.
    pub frame: u64,
    /// When it was captured. Where `timed` is false, the time of the packet before it.
    pub time: Time,
    /// Whether it carries a time of its own: simple packet blocks of pcapng do not.
    pub timed: bool,
    /// Bytes on the wire.
    pub original_length: u32,
    /// The captured bytes.
    pub data: &'b [u8],
    /// Link type (tcpdump.org/linktypes.html).
    pub link: u16,
    /// Bytes of frame check sequence at its end.
    pub fcs: u8,
    /// Index into [`Summary::interfaces`].
    pub interface: u32,
}

/// A place where a capture file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset in the (uncompressed) file.
    pub offset: u64,
    /// What is wrong there, for a person.
    pub what: String,
}

/// What a step of the walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'b> {
    /// A packet.
    Packet(Packet<'b>),
    /// The buffer must hold at least so many bytes from where the next step begins.
    More(usize),
    /// Something cannot be read. pcapng goes on at the next block that can be believed; pcap is over.
    Damage(Damage),
    /// Nothing more can be read.
    End,
}

/// Where the walk stands.
#[derive(Clone, Debug)]
enum State {
    /// Before a pcap file's header.
    PcapStart,
    /// Before a pcap record.
    PcapRecords(Header),
    /// Before a pcapng block.
    Blocks { order: Order, first_interface: usize },
    /// Looking for a pcapng block that can be believed.
    Lost { order: Order, first_interface: usize, since: u64, what: String, zeros: bool },
    /// Behind the last byte, or behind damage that cannot be passed.
    Over,
}

/// Walks over a capture file.
#[derive(Clone, Debug)]
pub struct Reader {
    state: State,
    position: u64,
    last_time: Time,
    summary: Summary,
}

impl Reader {
    /// A reader for a file that [`super::recognise`] found to be of `format`.
    pub fn new(format: CaptureFormat) -> Reader {
        let state = match format {
            CaptureFormat::Pcap => State::PcapStart,
            CaptureFormat::Pcapng => State::Blocks { order: Order::Little, first_interface: 0 },
        };
        Reader { state, position: 0, last_time: Time::default(), summary: Summary::default() }
    }

    /// What has been read so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Offset in the file of the next step.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Takes the next step over `buffer`, which begins at [`Reader::position`]; `last` tells that the file ends with it.
    /// Gives the number of bytes to move on by, and what was found. Every step but `More` and `End` moves on or changes the
    /// state, so a loop until `End` ends.
    pub fn next<'b>(&mut self, buffer: &'b [u8], last: bool) -> (usize, Step<'b>) {
        let (used, step) = match &self.state {
            State::PcapStart => self.pcap_header(buffer, last),
            State::PcapRecords(header) => {
                let header = *header;
                self.pcap_record(header, buffer, last)
            }
            State::Blocks { .. } | State::Lost { .. } => self.blocks(buffer, last),
            State::Over => (0, Step::End),
        };
        self.position = self.position.saturating_add(used as u64);
        if let Step::Damage(damage) = &step {
            self.summary.add_damage(damage);
        }
        (used, step)
    }

    /// Records that the bytes themselves could not be had, such as a broken gzip stream.
    pub fn note_damage(&mut self, what: String) {
        self.summary.add_damage(&Damage { offset: self.position, what });
    }

    fn cut_short(&mut self, offset: u64, have: usize, need: usize) -> Damage {
        self.state = State::Over;
        let packets = self.summary.packets;
        let what = match packets {
            0 => format!("cut short before the first packet: {have} of {need} bytes"),
            _ => format!("cut short after packet {packets}: {have} of {need} bytes"),
        };
        Damage { offset, what }
    }

    fn pcap_header<'b>(&mut self, buffer: &'b [u8], last: bool) -> (usize, Step<'b>) {
        if buffer.len() < legacy::FILE_HEADER && !last {
            return (0, Step::More(legacy::FILE_HEADER));
        }
        let Some(header) = Header::read(buffer.get(..legacy::FILE_HEADER).unwrap_or_default()) else {
            let damage = self.cut_short(0, buffer.len(), legacy::FILE_HEADER);
            return (buffer.len(), Step::Damage(damage));
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
        self.state = State::PcapRecords(header);
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
                (legacy::FILE_HEADER, Step::Damage(Damage { offset: 4, what }))
            }
        }
    }

    fn pcap_record<'b>(&mut self, header: Header, buffer: &'b [u8], last: bool) -> (usize, Step<'b>) {
        let offset = self.position;
        let record_header = header.variant.record_header;
        let Some(record) = header.record(buffer) else {
            return match (last, buffer.len()) {
                (false, _) => (0, Step::More(record_header)),
                (true, 0) => {
                    self.state = State::Over;
                    (0, Step::End)
                }
                (true, have) => (have, Step::Damage(self.cut_short(offset, have, record_header))),
            };
        };
        if record.captured > legacy::LARGEST_PACKET {
            self.state = State::Over;
            let (packets, captured) = (self.summary.packets, record.captured);
            let what = format!(
                "damaged after packet {packets}: the next claims {captured} bytes, no packet has more than {}; \
                 the rest of the file cannot be read",
                legacy::LARGEST_PACKET
            );
            return (0, Step::Damage(Damage { offset, what }));
        }
        let total = record_header + record.captured as usize;
        let Some(data) = buffer.get(record_header..total) else {
            if !last {
                return (0, Step::More(total));
            }
            return (buffer.len(), Step::Damage(self.cut_short(offset, buffer.len(), total)));
        };
        self.summary.frames += 1;
        self.last_time = record.time;
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
        (total, Step::Packet(packet))
    }

    /// Walks over blocks until one gives a step.
    fn blocks<'b>(&mut self, buffer: &'b [u8], last: bool) -> (usize, Step<'b>) {
        let mut used = 0;
        loop {
            let rest = buffer.get(used..).unwrap_or_default();
            let (moved, step) = match self.state.clone() {
                State::Blocks { order, first_interface } => {
                    self.block(rest, last, used, order, first_interface)
                }
                State::Lost { order, first_interface, since, what, zeros } => {
                    let found = self.search(rest, last, order, zeros);
                    let (moved, zeros, found) = found;
                    match found {
                        Found::Block => {
                            self.state = State::Blocks { order, first_interface };
                            let end = self.position.saturating_add((used + moved) as u64);
                            (moved, Some(Step::Damage(passed(since, end, &what))))
                        }
                        Found::Nothing => {
                            self.state = State::Over;
                            let end = self.position.saturating_add((used + moved) as u64);
                            (moved, Some(Step::Damage(lost(since, end, &what, zeros, self.summary.packets))))
                        }
                        Found::Unsure(needed) => {
                            self.state = State::Lost { order, first_interface, since, what, zeros };
                            (moved, Some(Step::More(needed)))
                        }
                    }
                }
                _ => (0, Some(Step::End)),
            };
            used += moved;
            if let Some(step) = step {
                return (used, step);
            }
        }
    }

    /// One block at the beginning of `rest`, which lies `used` bytes behind the walk's position.
    fn block<'b>(
        &mut self,
        rest: &'b [u8],
        last: bool,
        used: usize,
        order: Order,
        first_interface: usize,
    ) -> (usize, Option<Step<'b>>) {
        let offset = self.position.saturating_add(used as u64);
        let what = match pcapng::frame(rest, order) {
            Frame::Whole { kind, order, body_end, total } => {
                let body = rest.get(8..body_end).unwrap_or_default();
                return (total, self.whole_block(kind, order, body, offset, first_interface));
            }
            Frame::Short(needed) if !last => return (0, Some(Step::More(needed))),
            Frame::Short(_) if rest.is_empty() => {
                self.state = State::Over;
                return (0, Some(Step::End));
            }
            Frame::Short(needed) => format!("{} of {needed} bytes", rest.len()),
            Frame::Bad(what) => what.to_owned(),
        };
        self.state = State::Lost { order, first_interface, since: offset, what, zeros: true };
        (0, None)
    }

    /// Looks for the next block that can be believed: how far it looked, whether all of that was zeros, and what it found.
    fn search(&self, rest: &[u8], last: bool, order: Order, mut zeros: bool) -> (usize, bool, Found) {
        let mut moved = 0;
        loop {
            let here = rest.get(moved..).unwrap_or_default();
            if here.len() < 4 {
                if !last {
                    return (moved, zeros, Found::Unsure(8));
                }
                zeros &= here.iter().all(|&byte| byte == 0);
                return (rest.len(), zeros, Found::Nothing);
            }
            match pcapng::candidate(here, order) {
                Candidate::Block => return (moved, zeros, Found::Block),
                Candidate::Unsure(needed) if !last => return (moved, zeros, Found::Unsure(needed)),
                Candidate::Unsure(_) | Candidate::Nothing => {}
            }
            zeros &= here.starts_with(&[0; 4]);
            moved += 4;
        }
    }

    fn whole_block<'b>(
        &mut self,
        block: u32,
        order: Order,
        body: &'b [u8],
        offset: u64,
        first_interface: usize,
    ) -> Option<Step<'b>> {
        let damage = |what: String| Some(Step::Damage(Damage { offset, what }));
        let frame = self.summary.frames.saturating_add(1);
        let raw = match block {
            kind::SECTION_HEADER => {
                self.state = State::Blocks { order, first_interface: self.summary.interfaces.len() };
                return match pcapng::version(order, body) {
                    Some((1, 0 | 2)) => None,
                    Some((major, minor)) => {
                        damage(format!("pcapng version {major}.{minor} is unknown; read as 1.0"))
                    }
                    None => damage("a section header too short to hold its version".to_owned()),
                };
            }
            kind::INTERFACE => {
                if self.summary.interfaces.len() >= MOST_INTERFACES {
                    return damage(format!("more than {MOST_INTERFACES} interfaces"));
                }
                let Some(interface) = pcapng::interface(order, body) else {
                    return damage("an interface description that is too short".to_owned());
                };
                self.summary.add_interface(interface);
                return None;
            }
            kind::STATISTICS => {
                self.statistics(order, body, first_interface);
                return None;
            }
            kind::ENHANCED_PACKET => pcapng::enhanced(order, body),
            kind::OLD_PACKET => pcapng::old(order, body),
            kind::SIMPLE_PACKET => {
                let snaplen = self.summary.interfaces.get(first_interface).map_or(0, |first| first.snaplen);
                pcapng::simple(order, body, snaplen)
            }
            other => {
                self.summary.frames += u64::from(pcapng::numbered_without_packet(other));
                return None;
            }
        };
        let Some(raw) = raw else {
            return damage(format!("a packet block whose lengths do not fit, in the place of frame {frame}"));
        };
        let Some((interface, described)) = self.interface(first_interface, raw.interface) else {
            let number = raw.interface;
            return damage(format!(
                "a packet of interface {number}, which is not described, in the place of frame {frame}"
            ));
        };
        let packet = packet(raw, frame, interface, described, self.last_time);
        self.summary.frames = frame;
        self.last_time = packet.time;
        self.summary.add_packet(&packet);
        Some(Step::Packet(packet))
    }

    fn interface(&self, first: usize, number: u32) -> Option<(u32, &Interface)> {
        let index = first.checked_add(number as usize)?;
        Some((u32::try_from(index).ok()?, self.summary.interfaces.get(index)?))
    }

    /// Statistics are running totals: the last block of an interface holds.
    fn statistics(&mut self, order: Order, body: &[u8], first: usize) {
        let Some((number, Some(dropped))) = pcapng::statistics(order, body) else { return };
        let index = first.saturating_add(number as usize);
        if let Some(interface) = self.summary.interfaces.get_mut(index) {
            interface.dropped = Some(dropped);
        }
    }
}

enum Found {
    Block,
    Nothing,
    Unsure(usize),
}

fn packet<'b>(
    raw: Raw<'b>,
    frame: u64,
    interface: u32,
    described: &Interface,
    last_time: Time,
) -> Packet<'b> {
    Packet {
        frame,
        time: raw.units.map_or(last_time, |units| described.instant(units)),
        timed: raw.units.is_some(),
        original_length: raw.original,
        data: raw.data,
        link: described.link,
        fcs: described.fcs,
        interface,
    }
}

fn passed(since: u64, end: u64, what: &str) -> Damage {
    let skipped = end.saturating_sub(since);
    Damage { offset: since, what: format!("damaged at byte {since} ({what}); read on after {skipped} bytes") }
}

fn lost(since: u64, end: u64, what: &str, zeros: bool, packets: u64) -> Damage {
    let skipped = end.saturating_sub(since);
    let what = match (zeros && skipped >= 4, packets) {
        (true, _) => format!("{skipped} zero bytes follow packet {packets}; nothing was read there"),
        (false, 0) => format!("cut short before the first packet: {what}"),
        (false, _) => format!("cut short after packet {packets}: {what}"),
    };
    Damage { offset: since, what }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
