//! One request as two sources saw it.

use super::quarters::{QUARTER_HOUR, quarters};
use crate::evidence::{InputId, Place};
use crate::time::{Duration, Time};

/// A request at one source: where, when it began and was over there, and how finely the source tells time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SeenRequest {
    pub input: InputId,
    /// By the source's own clock.
    pub start: Time,
    pub end: Option<Time>,
    /// Of the source's clock.
    pub resolution: Duration,
    /// Its line, where lines tell the order of requests.
    pub line: Option<Place>,
}

/// Two sources' words on one request: by how much the reference is ahead at its start and at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct BothSaw {
    /// When it began by the reference clock.
    pub reference: Time,
    /// When it was, by the other one.
    pub other: Time,
    /// The reference's line, where lines are known.
    pub record: Option<Place>,
    /// The other side's line, where what was asked brought them together; `None` where a ray did.
    pub line: Option<Place>,
    pub at_start: Duration,
    pub at_end: Option<Duration>,
    pub resolution: Duration,
    /// How likely it is one request: 1 where a ray says so, or where no other request asked the same.
    pub weight: f64,
}

impl BothSaw {
    /// What the reference and another clock say of one request. A source that has one moment for both has written when it was done: of its
    /// beginning that tells nothing, however long it took.
    pub fn of(reference: &SeenRequest, other: &SeenRequest, weight: f64) -> BothSaw {
        // A clock that tells whole seconds has cut them off: the middle of its second is the best guess.
        let middle = |seen: &SeenRequest, time: Time| time.plus(seen.resolution / 2);
        let ahead = |a: Time, b: Time| middle(reference, a).since(middle(other, b));
        let at_end = reference.end.zip(other.end).map(|(a, b)| ahead(a, b));
        let tells_end_alone = other.end == Some(other.start);
        BothSaw {
            reference: reference.start,
            other: other.start,
            record: reference.line,
            line: other.line,
            at_start: at_end
                .filter(|_| tells_end_alone)
                .unwrap_or_else(|| ahead(reference.start, other.start)),
            at_end,
            resolution: reference.resolution.max(other.resolution),
            weight,
        }
    }

    /// Puts the other side's moment into the zone in which it is nearest: clocks are not off by quarters of an hour, and zones are.
    pub fn leave_zone_out(&mut self) {
        self.put_into_zone(quarters(self.ahead()) * QUARTER_HOUR);
    }

    /// Puts the other side's moment into a zone: by so much its own words are behind.
    pub fn put_into_zone(&mut self, zone: Duration) {
        self.other = self.other.plus(zone);
        self.at_start = self.at_start - zone;
        self.at_end = self.at_end.map(|ahead| ahead - zone);
    }

    /// Whether a ray says that it is one request.
    pub fn is_sure(&self) -> bool {
        self.line.is_none()
    }

    /// By how much the reference is ahead, at the end if both have one: a line without a duration is dated by it.
    pub fn ahead(&self) -> Duration {
        self.at_end.unwrap_or(self.at_start)
    }
}
