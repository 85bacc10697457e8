//! What changed and when: a deployment, a commit, an upgrade of a package.

use serde::{Deserialize, Serialize};

use crate::text::line::text_within;
use crate::text::timestamp::Stamp;
use crate::time::{Duration, Time};

/// The longest text that is kept of an event, in bytes.
const LONGEST_TEXT: usize = 300;

/// Something that happened, as a file of events tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// When; without a zone in the file, read as UTC.
    pub time: Time,
    /// What sort of event: the file's own word, or `commit`, `package`.
    pub kind: String,
    /// What happened, in a few words.
    pub text: String,
}

impl EventLine {
    /// An event; a text that is too long is cut.
    pub fn new(line: u64, time: Time, kind: &str, text: &str) -> EventLine {
        EventLine {
            line,
            time,
            kind: text_within(kind.trim().as_bytes(), 40),
            text: text_within(text.trim().as_bytes(), LONGEST_TEXT),
        }
    }
}

/// The instant of a stamp with a zone behind it as `+0100`, ` +01:00` or `Z`, and what follows the zone.
pub fn zoned(stamp: Stamp, rest: &str) -> (Time, &str) {
    let bare = rest.trim_start();
    if !stamp.local {
        return (stamp.time, rest);
    }
    let zone = || {
        let sign = match bare.as_bytes().first()? {
            b'+' => 1i64,
            b'-' => -1i64,
            _ => return None,
        };
        let hours: i64 = bare.get(1..3)?.parse().ok()?;
        let tail = bare.get(3..)?;
        let tail = tail.strip_prefix(':').unwrap_or(tail);
        let minutes: i64 = tail.get(..2)?.parse().ok()?;
        let east = sign * (hours * 3600 + minutes * 60);
        Some((stamp.time.plus(Duration::from_seconds(-east)), tail.get(2..)?))
    };
    zone().unwrap_or((stamp.time, rest))
}
