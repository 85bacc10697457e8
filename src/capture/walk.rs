//! The walk over pcapng blocks: sections, interfaces, packets, and the way on behind damage.

use pcap_parser::{Block, DSB_MAGIC, EPB_MAGIC, IDB_MAGIC, ISB_MAGIC, SHB_MAGIC, SPB_MAGIC};

use super::order::Order;
use super::packet::Packet;
use super::pcapng::{self, BlockFrame, Candidate, OLD_PACKET, PacketBlock, WholeBlock};
use super::reader::{Reader, WalkStep};
use super::resync::MOST_SEARCHED;
use super::summary::{CaptureDamage, Interface};
use super::walk_state::{Section, WalkState};
use crate::time::Time;

/// Bytes of secrets that wait to be taken.
const MOST_SECRETS: usize = 16 << 20;
/// A file with more interfaces than this is not honest; the rest are refused.
const MOST_INTERFACES: usize = 65_536;

impl Reader {
    /// Walks over blocks until one gives a step.
    pub(super) fn blocks<'b>(&mut self, buffer: &'b [u8], last: bool) -> (usize, WalkStep<'b>) {
        let mut used = 0;
        loop {
            let rest = buffer.get(used..).unwrap_or_default();
            let (moved, step) = match self.state.clone() {
                WalkState::Blocks(section) => self.block(rest, last, used, section),
                WalkState::Lost { section, since, what, zeros } => {
                    let (moved, zeros, found) = search(rest, last, section.order, zeros);
                    let end = self.position.saturating_add((used + moved) as u64);
                    let (state, step) = match found {
                        Candidate::Block => {
                            (WalkState::Blocks(section), WalkStep::Damage(passed(since, end, &what)))
                        }
                        Candidate::Nothing => {
                            let damage = lost(since, end, &what, zeros, self.summary.packets);
                            (WalkState::Over, WalkStep::Damage(damage))
                        }
                        Candidate::Unsure(_) if end.saturating_sub(since) > MOST_SEARCHED => {
                            let damage = lost(since, end, &what, zeros, self.summary.packets);
                            (WalkState::Over, WalkStep::Damage(damage))
                        }
                        Candidate::Unsure(needed) => {
                            (WalkState::Lost { section, since, what, zeros }, WalkStep::More(needed))
                        }
                    };
                    self.state = state;
                    (moved, Some(step))
                }
                _ => (0, Some(WalkStep::End)),
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
        section: Section,
    ) -> (usize, Option<WalkStep<'b>>) {
        let offset = self.position.saturating_add(used as u64);
        let what = match pcapng::frame(rest, section.order) {
            BlockFrame::Whole(block) => {
                let found = self.whole_block(&block, section);
                let step =
                    found.unwrap_or_else(|what| Some(WalkStep::Damage(CaptureDamage { offset, what })));
                return (block.bytes.len(), step);
            }
            BlockFrame::Short(needed) if !last => return (0, Some(WalkStep::More(needed))),
            BlockFrame::Short(_) if rest.is_empty() => {
                self.state = WalkState::Over;
                return (0, Some(WalkStep::End));
            }
            BlockFrame::Short(needed) => format!("{} of {needed} bytes", rest.len()),
            BlockFrame::Bad(what) => what.to_owned(),
        };
        self.state = WalkState::Lost { section, since: offset, what, zeros: true };
        (0, None)
    }

    /// What a whole block gives, if anything.
    ///
    /// # Errors
    /// What is wrong with it.
    fn whole_block<'b>(
        &mut self,
        block: &WholeBlock<'b>,
        section: Section,
    ) -> Result<Option<WalkStep<'b>>, String> {
        let raw = match block.kind {
            SHB_MAGIC => return self.section(block).map(|()| None),
            IDB_MAGIC => return self.interface_description(block).map(|()| None),
            ISB_MAGIC => {
                self.statistics(block, section);
                return Ok(None);
            }
            DSB_MAGIC => {
                self.keep_secrets(pcapng::key_log(block).unwrap_or_default());
                return Ok(None);
            }
            EPB_MAGIC => pcapng::enhanced(block),
            OLD_PACKET => pcapng::old(block),
            SPB_MAGIC => {
                let first = self.summary.interfaces.get(section.first_interface);
                pcapng::simple(block, first.map_or(0, |first| first.snaplen))
            }
            other => {
                self.summary.frames += u64::from(pcapng::numbered_without_packet(other));
                return Ok(None);
            }
        };
        let frame = self.summary.frames.saturating_add(1);
        let Some(raw) = raw else {
            return Err(format!("a packet block whose lengths do not fit, in the place of frame {frame}"));
        };
        let Some((interface, described)) = self.interface(section, raw.interface) else {
            let number = raw.interface;
            return Err(format!(
                "a packet of interface {number}, which is not described, in the place of frame {frame}"
            ));
        };
        let packet = packet(raw, frame, interface, described, self.last_time);
        self.summary.frames = frame;
        self.last_time = packet.time;
        self.summary.add_packet(&packet);
        Ok(Some(WalkStep::Packet(packet)))
    }

    fn section(&mut self, block: &WholeBlock<'_>) -> Result<(), String> {
        let first_interface = self.summary.interfaces.len();
        self.state = WalkState::Blocks(Section { order: block.order, first_interface });
        let Block::SectionHeader(header) = pcapng::beside_packets(block)? else { return Ok(()) };
        match (header.major_version, header.minor_version) {
            (1, 0 | 2) => Ok(()),
            (major, minor) => Err(format!("pcapng version {major}.{minor} is unknown; read as 1.0")),
        }
    }

    fn interface_description(&mut self, block: &WholeBlock<'_>) -> Result<(), String> {
        if self.summary.interfaces.len() >= MOST_INTERFACES {
            return Err(format!("more than {MOST_INTERFACES} interfaces"));
        }
        let Block::InterfaceDescription(description) = pcapng::beside_packets(block)? else { return Ok(()) };
        self.summary.add_interface(pcapng::interface(block.order, &description));
        Ok(())
    }

    /// Statistics are running totals: the last block of an interface holds.
    fn statistics(&mut self, block: &WholeBlock<'_>, section: Section) {
        let Ok(Block::InterfaceStatistics(statistics)) = pcapng::beside_packets(block) else { return };
        let index = section.first_interface.saturating_add(statistics.if_id as usize);
        if let Some(interface) = self.summary.interfaces.get_mut(index)
            && let Some(dropped) = pcapng::dropped(block.order, &statistics)
        {
            interface.dropped = Some(dropped);
        }
    }

    /// Secrets stand before the packets that they open. What nobody takes meanwhile is bounded.
    fn keep_secrets(&mut self, key_log: &[u8]) {
        if self.secrets.len().saturating_add(key_log.len()) < MOST_SECRETS {
            self.secrets.extend_from_slice(key_log);
            self.secrets.push(b'\n');
        }
    }

    /// A section's interface, and its index among those of all sections.
    fn interface(&self, section: Section, number: u32) -> Option<(u32, &Interface)> {
        let index = section.first_interface.checked_add(number as usize)?;
        Some((u32::try_from(index).ok()?, self.summary.interfaces.get(index)?))
    }
}

/// Looks for the next block that can be believed: how far it looked, whether all of that was zeros, and what it found.
fn search(rest: &[u8], last: bool, order: Order, mut zeros: bool) -> (usize, bool, Candidate) {
    let mut moved = 0;
    loop {
        let here = rest.get(moved..).unwrap_or_default();
        if here.len() < 4 {
            if !last {
                return (moved, zeros, Candidate::Unsure(8));
            }
            zeros &= here.iter().all(|&byte| byte == 0);
            return (rest.len(), zeros, Candidate::Nothing);
        }
        match pcapng::candidate(here, order) {
            Candidate::Block => return (moved, zeros, Candidate::Block),
            Candidate::Unsure(needed) if !last => return (moved, zeros, Candidate::Unsure(needed)),
            Candidate::Unsure(_) | Candidate::Nothing => {}
        }
        zeros &= here.starts_with(&[0; 4]);
        moved += 4;
    }
}

fn packet<'b>(
    raw: PacketBlock<'b>,
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

fn passed(since: u64, end: u64, what: &str) -> CaptureDamage {
    let skipped = end.saturating_sub(since);
    CaptureDamage {
        offset: since,
        what: format!("damaged at byte {since} ({what}); read on after {skipped} bytes"),
    }
}

fn lost(since: u64, end: u64, what: &str, zeros: bool, packets: u64) -> CaptureDamage {
    let skipped = end.saturating_sub(since);
    let what = match (zeros && skipped >= 4, packets) {
        (true, _) => format!("{skipped} zero bytes follow packet {packets}; nothing was read there"),
        (false, 0) => format!("cut short before the first packet: {what}"),
        (false, _) => format!("cut short after packet {packets}: {what}"),
    };
    CaptureDamage { offset: since, what }
}
