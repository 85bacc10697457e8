//! Which side speaks requests, where the flow could only guess.

use serde::{Deserialize, Serialize};

use super::exchange::Cut;
use super::http2::begins_with_settings;
use super::probe::{self, Probe};
use crate::flow::{Arrival, Side};

/// Bytes that are held while they are too few to tell.
const MOST_HELD: usize = 2 * 1024;

/// Who asks and who answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Roles {
    /// This side speaks requests.
    Known(Side),
    /// Nothing told so far.
    Unknown(UnknownRoles),
}

/// What came while the roles were unknown.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct UnknownRoles {
    /// Bytes that may begin a message.
    pub held: Vec<Held>,
    /// Whether bytes of a side were passed over: its stream is read from the next certain start line on.
    pub passed_over: [bool; 2],
    /// Where, how and when the stream of a side ended.
    pub ended: [Option<(u64, Cut, Arrival)>; 2],
}

/// A piece that waits.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Held {
    pub from: Side,
    pub offset: u64,
    pub bytes: Vec<u8>,
    pub at: Arrival,
}

impl UnknownRoles {
    /// The next bytes; the side that speaks requests, once it is known. The bytes are then held, to be read in their turn.
    pub fn hear(&mut self, from: Side, offset: u64, data: &[u8], at: Arrival) -> Option<Side> {
        self.held.push(Held { from, offset, bytes: data.to_vec(), at });
        let said: Vec<u8> = self
            .held
            .iter()
            .filter(|held| held.from == from)
            .flat_map(|held| held.bytes.iter().copied())
            .collect();
        let begun = &said[probe::proxy_header(&said).unwrap_or(0)..];
        if probe::begins_http2(begun) {
            return begun.starts_with(probe::HTTP2_PREFACE).then_some(from);
        }
        match begins_with_settings(&said) {
            Some(true) => return Some(from.peer()),
            Some(false) => {}
            None => return None,
        }
        let asks = probe::probe(&said, Side::Client);
        let answers = probe::response(&said);
        match (asks, answers) {
            (_, Probe::Certain) => Some(from.peer()),
            (Probe::Certain | Probe::Possible, _) => Some(from),
            (Probe::TooShort, _) | (_, Probe::TooShort) if said.len() < MOST_HELD => None,
            _ => {
                self.pass_over(from);
                None
            }
        }
    }

    /// What this side said is not read.
    pub fn pass_over(&mut self, from: Side) {
        self.held.retain(|held| held.from != from);
        self.passed_over[from as usize] = true;
    }
}
