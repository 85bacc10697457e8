//! What stands above a TLS connection: the secrets that were given, and a reader of what they open, which is read as if it had been sent in the clear.

use crate::flow::Application;
use crate::http::HttpConversation;
use crate::tls::{Above, ClientRandom, FoundSessions, NotOpened, SessionSecrets, Sessions};

/// Bytes of records that are not whole yet, of all connections of a shard. One record has at most 18 KiB.
const MOST_WAITING: usize = 16 << 20;

/// Hands a TLS connection what it asks for.
pub(super) struct Inside<'c> {
    /// The sessions whose secrets are known.
    pub sessions: &'c Sessions,
    /// Those of them that were found.
    pub found: &'c mut FoundSessions,
    /// Bytes that wait in the shard.
    pub waiting: &'c mut usize,
    /// The reader, once there is something to read.
    pub reader: &'c mut Option<Box<HttpConversation>>,
    /// Whether it is known who opened the connection.
    pub initiator_known: bool,
}

impl Above for Inside<'_> {
    fn secrets(&mut self, random: &ClientRandom) -> Option<SessionSecrets> {
        let (number, secrets) = self.sessions.find(random)?;
        self.found.met(number, None);
        Some(secrets.clone())
    }

    fn cannot_open(&mut self, random: &ClientRandom, why: NotOpened) {
        if let Some((number, _)) = self.sessions.find(random) {
            self.found.cannot_open(number, why);
        }
    }

    fn reader(&mut self) -> Option<&mut dyn Application> {
        let known = self.initiator_known;
        Some(self.reader.get_or_insert_with(|| Box::new(HttpConversation::new(known))).as_mut())
    }

    fn may_hold(&mut self, bytes: usize) -> bool {
        let more = self.waiting.saturating_add(bytes);
        let fits = more <= MOST_WAITING;
        if fits {
            *self.waiting = more;
        }
        fits
    }

    fn let_go(&mut self, bytes: usize) {
        *self.waiting = self.waiting.saturating_sub(bytes);
    }
}
