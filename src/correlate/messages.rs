//! Messages of all error and system logs on one time line.

use super::clock::Clocks;
use super::rows::MessageIndex;
use super::whole::Whole;
use crate::evidence::MessageRow;
use crate::time::{Duration, Time};

/// A line that is dated to the minute (`dmesg -H`) may be near any request of that minute, so it is near none.
const COARSE: Duration = Duration::from_seconds(60);

/// All messages that have a time, in order of the reference clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessagesInOrder(Vec<(Time, MessageIndex)>);

impl MessagesInOrder {
    /// Puts the messages of `evidence` in order.
    pub(super) fn of(evidence: &Whole, clocks: &Clocks) -> MessagesInOrder {
        let mut in_order: Vec<(Time, MessageIndex)> = evidence
            .messages
            .indexed()
            .filter(|(_, row)| row.line.time.is_some())
            .map(|(index, row)| (clocks.time_of(row), index))
            .collect();
        in_order.sort_by_key(|(time, index)| (*time, evidence.messages.get(*index).map(|row| row.place)));
        MessagesInOrder(in_order)
    }

    /// Those of a span of time, by the reference clock, as far as their clocks tell single seconds.
    pub fn between<'a>(
        &'a self,
        evidence: &'a Whole,
        from: Time,
        to: Time,
    ) -> impl Iterator<Item = &'a MessageRow> {
        let start = self.0.partition_point(|(time, _)| *time < from);
        let span = self.0[start..].iter().take_while(move |(time, _)| *time <= to);
        let is_exact = |row: &&MessageRow| row.line.resolution < COARSE;
        span.filter_map(|(_, index)| evidence.messages.get(*index)).filter(is_exact)
    }

    /// All of them with their times.
    pub fn all<'a>(&'a self, evidence: &'a Whole) -> impl Iterator<Item = (Time, &'a MessageRow)> {
        self.0.iter().filter_map(|(time, index)| Some((*time, evidence.messages.get(*index)?)))
    }
}
