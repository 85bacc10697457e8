//! The message that was read last: a trace may follow it on lines of its own. And those before it whose lines tell no instant, until one does.

use crate::evidence::place::Place;
use crate::evidence::row::MessageRow;
use crate::logs::MessageLine;
use crate::text::timestamp::Stamp;
use crate::time::Duration;

/// So many wait for a line that tells an instant.
const MOST_WAITING: usize = 40;

/// Between lines that are further apart something was written right behind the first: a server that stands still has said why as it stopped.
const LONGEST_GAP: Duration = Duration::from_seconds(30);

/// The last message of some lines.
#[derive(Default)]
pub struct OpenMessage {
    row: Option<MessageRow>,
    /// Its line tells no instant, and nobody has looked yet for those around it.
    asks_for_instant: bool,
    /// Those before it that ask for one.
    waiting: Vec<MessageRow>,
}

impl OpenMessage {
    /// Takes the next message, with whether its line tells its instant; gives those before it that are whole now.
    pub fn next(
        &mut self,
        place: Place,
        line: MessageLine,
        is_dated: bool,
    ) -> impl Iterator<Item = MessageRow> + use<> {
        let asks = !is_dated && line.since_boot.is_none();
        let asked = std::mem::replace(&mut self.asks_for_instant, asks);
        let mut whole = self.row.replace(MessageRow { place, line });
        if asked {
            self.waiting.extend(whole.take());
        }
        let is_full = self.waiting.len() > MOST_WAITING;
        let waited = if is_full { std::mem::take(&mut self.waiting) } else { Vec::new() };
        waited.into_iter().chain(whole)
    }

    /// Whether its line tells no instant, and nobody has looked yet for those around it.
    pub fn asks_for_instant(&self) -> bool {
        self.asks_for_instant
    }

    /// Takes the instants that lines before it and behind it tell, as far as they do.
    pub fn is_dated(&mut self, before: Option<Stamp>, behind: Option<Stamp>) {
        self.asks_for_instant = false;
        let stamp = before.map(|before| between(before, behind));
        self.row =
            self.row.take().map(|MessageRow { place, line }| MessageRow { place, line: line.at(stamp) });
    }

    /// Takes the instant that a line behind it tells; gives those that waited for one.
    pub fn is_before(&mut self, behind: Stamp) -> Vec<MessageRow> {
        let dated = |MessageRow { place, line }| {
            let stamp = line.stamp().map(|before| between(before, Some(behind)));
            MessageRow { place, line: line.at(stamp) }
        };
        if std::mem::take(&mut self.asks_for_instant) {
            self.row = self.row.take().map(dated);
        }
        std::mem::take(&mut self.waiting).into_iter().map(dated).collect()
    }

    /// Takes what a trace names as the cause; where no message is before it, that is one itself.
    pub fn caused_by(&mut self, place: Place, cause: MessageLine) {
        match &mut self.row {
            Some(row) => row.line.caused_by(cause),
            None => self.row = Some(MessageRow { place, line: cause }),
        }
    }

    /// The last messages, once there are no more lines.
    pub fn close(&mut self) -> Vec<MessageRow> {
        let mut last = std::mem::take(&mut self.waiting);
        last.extend(self.row.take());
        last
    }
}

/// When something was written between two lines: not before the first, and as much later as the second leaves open.
fn between(before: Stamp, behind: Option<Stamp>) -> Stamp {
    let apart = behind.map(|behind| behind.time.plus(behind.resolution).since(before.time));
    let open = apart.filter(|apart| *apart <= LONGEST_GAP).unwrap_or_default();
    Stamp { resolution: before.resolution.max(open), ..before }
}
