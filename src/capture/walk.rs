//! The walk over pcapng blocks: sections, interfaces, packets, and the way on behind damage.

use super::order::Order;
use super::pcapng::{self, Candidate, Frame, Raw, kind};
use super::reader::{Damage, Packet, Reader, State, Step};
use super::summary::Interface;
use crate::time::Time;

/// A file with more interfaces than this is not honest; the rest are refused.
const MOST_INTERFACES: usize = 65_536;

impl Reader {
    /// Walks over blocks until one gives a step.
    pub(super) fn blocks<'b>(&mut self, buffer: &'b [u8], last: bool) -> (usize, Step<'b>) {
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
