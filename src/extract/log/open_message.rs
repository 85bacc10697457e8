//! The message that was read last: a trace may follow it on lines of its own.

use crate::evidence::place::Place;
use crate::evidence::row::MessageRow;
use crate::logs::MessageLine;

/// The last message of some lines.
#[derive(Default)]
pub struct OpenMessage(Option<MessageRow>);

impl OpenMessage {
    /// Takes the next message; gives the one before it, which is whole now.
    pub fn next(&mut self, place: Place, line: MessageLine) -> Option<MessageRow> {
        self.0.replace(MessageRow { place, line })
    }

    /// Takes what a trace names as the cause; where no message is before it, that is one itself.
    pub fn caused_by(&mut self, place: Place, cause: MessageLine) {
        match &mut self.0 {
            Some(row) => row.line.caused_by(cause),
            None => self.0 = Some(MessageRow { place, line: cause }),
        }
    }

    /// The last message, once there are no more lines.
    pub fn close(&mut self) -> Option<MessageRow> {
        self.0.take()
    }
}
