//! What is inside TLS, by secrets that are known, and the logs that tell these.

use std::cell::RefCell;

use rayscope::flow::Application;
use rayscope::http::HttpConversation;
use rayscope::tls::{Above, ClientRandom, KeyLog, SessionSecrets, Sessions, TlsConversation};

use crate::script::play_in;
use crate::seeds;

thread_local! {
    /// The secrets of the recordings: they are the same for every input.
    static SESSIONS: RefCell<Option<Sessions>> = const { RefCell::new(None) };
}

/// Reads what is inside as HTTP, and counts what waits.
struct Knowing<'s> {
    sessions: &'s Sessions,
    inside: HttpConversation,
    waiting: usize,
}

impl Above for Knowing<'_> {
    fn secrets(&mut self, random: &ClientRandom) -> Option<SessionSecrets> {
        self.sessions.find(random).map(|(_, secrets)| secrets.clone())
    }

    fn reader(&mut self) -> Option<&mut dyn Application> {
        Some(&mut self.inside)
    }

    fn may_hold(&mut self, bytes: usize) -> bool {
        self.waiting += bytes;
        true
    }

    fn let_go(&mut self, bytes: usize) {
        self.waiting -= bytes;
    }
}

/// No more waits than one record of each side, and nothing when all is over.
pub fn opened(script: &[u8]) {
    SESSIONS.with_borrow_mut(|sessions| {
        let sessions = sessions.get_or_insert_with(|| {
            let mut sessions = Sessions::default();
            for log in seeds::recordings("log") {
                let _ = KeyLog::default().read(log.as_slice(), &mut sessions);
            }
            sessions
        });
        let inside = HttpConversation::new(true);
        let mut above = Knowing { sessions, inside, waiting: 0 };
        let mut conversation = TlsConversation::new();
        play_in(script, &mut conversation, &mut above);
        assert_eq!((above.waiting, conversation.waiting()), (0, 0));
        let _ = above.inside.finish();
        let _ = conversation.finish();
    });
}

/// A log of secrets: none is shown.
pub fn key_log(text: &[u8]) {
    let mut sessions = Sessions::default();
    let mut log = KeyLog::default();
    let _ = log.read(text, &mut sessions);
    let lines = text.split(|byte| *byte == b'\n').count() as u64;
    assert!(log.sessions.len() as u64 + log.bad_lines + log.beyond <= lines);
    let _ = KeyLog::recognise(text);
}
