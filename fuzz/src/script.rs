//! What a connection hands to a protocol, as bytes that can be mutated: one event after the other, each with a tag, a length and data.

use rayscope::flow::{Application, Applications, Arrival, Connection, End, Gap, Opening, PacketId, Side};
use rayscope::time::{Duration, Time};

/// Bit of a tag: the server's side.
const SERVER: u8 = 1;
const BYTES: u8 = 0;
const GAP: u8 = 2;
const ACKNOWLEDGED: u8 = 4;
const END: u8 = 6;

/// Appends an event: what happens on a side, and the bytes or, for other events than bytes, four bytes of a length.
fn write(script: &mut Vec<u8>, tag: u8, from: Side, data: &[u8]) {
    let side = if from == Side::Server { SERVER } else { 0 };
    for piece in data.chunks(usize::from(u16::MAX)) {
        script.push(tag | side);
        script.extend((piece.len() as u16).to_be_bytes());
        script.extend(piece);
    }
}

/// Plays a script to a protocol that keeps to itself.
pub fn play(script: &[u8], application: &mut impl Application) {
    play_in(script, application, &mut ());
}

/// Plays a script to a protocol. Offsets follow from the events before, so that the flow's promises hold whatever the bytes are: bytes
/// come in order, acknowledgements only grow, each side ends once.
pub fn play_in<C>(script: &[u8], application: &mut impl Application<C>, context: &mut C) {
    let mut offsets = [0u64; 2];
    let mut acknowledged = [0u64; 2];
    let mut ended = [false; 2];
    let mut rest = script;
    let mut frame = 0;
    while let [tag, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (data, next) = after.split_at(length);
        rest = next;
        frame += 1;
        let at = arrival(frame);
        let side = usize::from(tag & SERVER);
        let from = if side == 1 { Side::Server } else { Side::Client };
        match tag & 6 {
            _ if ended[side] && tag & 6 != ACKNOWLEDGED => {}
            BYTES => {
                application.bytes(context, from, offsets[side], data, at);
                offsets[side] += data.len() as u64;
            }
            GAP => {
                let length = number(data).max(1);
                let cause = if tag & 8 == 0 { Gap::NotCaptured } else { Gap::Snaplen };
                application.gap(context, from, offsets[side], length, cause, at);
                offsets[side] += length;
            }
            ACKNOWLEDGED => {
                let upto = offsets[side].saturating_sub(number(data) & 0xfff);
                if upto > acknowledged[side] {
                    acknowledged[side] = upto;
                    application.acknowledged(context, from, upto, at);
                }
            }
            _ => {
                let how = match tag >> 3 & 3 {
                    0 => End::Fin,
                    1 => End::Reset { by: from },
                    2 => End::Reset { by: from.peer() },
                    _ => End::Unseen,
                };
                ended[side] = true;
                application.end(context, from, offsets[side], how, at);
            }
        }
    }
    for (side, from) in [Side::Client, Side::Server].into_iter().enumerate() {
        if !ended[side] {
            application.end(context, from, offsets[side], End::Unseen, arrival(frame + 1));
        }
    }
}

fn arrival(frame: u64) -> Arrival {
    Arrival {
        time: Time::EPOCH.plus(Duration::from_milliseconds(frame as i64)),
        packet: PacketId::new(0, frame),
    }
}

fn number(data: &[u8]) -> u64 {
    data.iter().take(4).fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Writes a script of what it is handed.
#[derive(Default)]
pub struct Recorder(pub Vec<u8>);

impl<C> Application<C> for Recorder {
    fn bytes(&mut self, _: &mut C, from: Side, _: u64, data: &[u8], _: Arrival) {
        write(&mut self.0, BYTES, from, data);
    }

    fn gap(&mut self, _: &mut C, from: Side, _: u64, length: u64, cause: Gap, _: Arrival) {
        let tag = if cause == Gap::Snaplen { GAP | 8 } else { GAP };
        write(&mut self.0, tag, from, &u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }

    fn acknowledged(&mut self, _: &mut C, from: Side, _: u64, _: Arrival) {
        write(&mut self.0, ACKNOWLEDGED, from, &[0]);
    }

    fn end(&mut self, _: &mut C, from: Side, _: u64, how: End, _: Arrival) {
        let how = match how {
            End::Fin => 0,
            End::Reset { by } if by == from => 1,
            End::Reset { .. } => 2,
            End::Unseen => 3,
        };
        write(&mut self.0, END | how << 3, from, &[0]);
    }
}

/// The scripts of connections that are over.
#[derive(Default)]
pub struct Scripts(pub Vec<Vec<u8>>);

impl Applications for Scripts {
    type Application = Recorder;

    fn open(&mut self, _: &Opening) -> Recorder {
        Recorder::default()
    }

    fn closed(&mut self, _: Connection, recorder: Recorder) {
        self.0.push(recorder.0);
    }
}

/// A recording: side, length, bytes.
pub fn of_recording(mut recording: &[u8]) -> Vec<u8> {
    let mut script = Vec::new();
    while let Some((&[side, a, b, c, d], rest)) = recording.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some((bytes, rest)) = rest.split_at_checked(length) else { break };
        write(&mut script, BYTES, if side == 0 { Side::Client } else { Side::Server }, bytes);
        recording = rest;
    }
    script
}

/// A conversation as libhtp's tests write it: `>>>` before what the client sent, `<<<` before what the server sent.
pub fn of_libhtp(text: &[u8]) -> Vec<u8> {
    let mut script = Vec::new();
    let mut from = None;
    let mut part = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let side = match line.trim_ascii_end() {
            b">>>" => Some(Side::Client),
            b"<<<" => Some(Side::Server),
            _ => None,
        };
        match side {
            Some(side) => {
                from.inspect(|from| write(&mut script, BYTES, *from, &part));
                part.clear();
                from = Some(side);
            }
            None => part.extend(line),
        }
    }
    write(&mut script, BYTES, from.unwrap_or(Side::Client), &part);
    script
}
