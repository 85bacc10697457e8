//! The message that was read last: a trace may follow it on lines of its own.

use crate::evidence::place::Place;
use crate::evidence::row::MessageRow;
use crate::logs::MessageLine;
use crate::text::timestamp::Stamp;

/// The last message of some lines.
#[derive(Default)]
pub struct OpenMessage {
    row: Option<MessageRow>,
    /// Its line tells no instant, and nobody has looked yet for one before it.
    asks_for_instant: bool,
}

impl OpenMessage {
    /// Takes the next message; gives the one before it, which is whole now.
    pub fn next(&mut self, place: Place, line: MessageLine) -> Option<MessageRow> {
        self.asks_for_instant = line.time.is_none() && line.since_boot.is_none();
        self.row.replace(MessageRow { place, line })
    }

    /// Whether its line tells no instant, and nobody has looked yet for one before it.
    pub fn asks_for_instant(&self) -> bool {
        self.asks_for_instant
    }

    /// Takes the instant that was told before it, if there was one.
    pub fn was_told(&mut self, stamp: Option<Stamp>) {
        self.asks_for_instant = false;
        self.row =
            self.row.take().map(|MessageRow { place, line }| MessageRow { place, line: line.at(stamp) });
    }

    /// Takes what a trace names as the cause; where no message is before it, that is one itself.
    pub fn caused_by(&mut self, place: Place, cause: MessageLine) {
        match &mut self.row {
            Some(row) => row.line.caused_by(cause),
            None => self.row = Some(MessageRow { place, line: cause }),
        }
    }

    /// The last message, once there are no more lines.
    pub fn close(&mut self) -> Option<MessageRow> {
        self.row.take()
    }
}
