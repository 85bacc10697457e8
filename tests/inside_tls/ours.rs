//! The messages inside the TLS of a capture as this program reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rayscope::flow::{Application, Applications, Arrival, Connection, End, Gap, Opening, Side};
use rayscope::http::HttpConversation;
use rayscope::http::exchange::{BodyState, Exchange, Framing};
use rayscope::tls::{Above, ClientRandom, KeyLog, SessionSecrets, Sessions, TlsConversation, begins_tls};

use crate::support::followed::follow_with;

/// A request, or an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    pub stream: u32,
    /// The packet that completed it.
    pub frame: u64,
    /// Of a request: method, target, host.
    pub asks: [String; 3],
    /// Of an answer.
    pub status: Option<u16>,
    /// Content-Length.
    pub length: Option<u64>,
    /// Of an answer: the packet that completed its request.
    pub request: Option<u64>,
}

/// The connections of a capture, and the secrets of their sessions.
struct Opened {
    sessions: Sessions,
    messages: BTreeSet<Message>,
}

/// One connection, where it speaks TLS.
struct Inside {
    tls: Option<TlsConversation>,
    http: HttpConversation,
}

struct Known<'c> {
    sessions: &'c Sessions,
    http: &'c mut HttpConversation,
}

impl Above for Known<'_> {
    fn secrets(&mut self, random: &ClientRandom) -> Option<SessionSecrets> {
        self.sessions.find(random).map(|(_, secrets)| secrets.clone())
    }

    fn reader(&mut self) -> Option<&mut dyn Application> {
        Some(self.http)
    }

    fn may_hold(&mut self, _: usize) -> bool {
        true
    }

    fn let_go(&mut self, _: usize) {}
}

impl Inside {
    fn pass(&mut self, opened: &mut Opened, to: impl FnOnce(&mut TlsConversation, &mut Known<'_>)) {
        if let Some(tls) = &mut self.tls {
            to(tls, &mut Known { sessions: &opened.sessions, http: &mut self.http });
        }
    }
}

impl Application<Opened> for Inside {
    fn bytes(&mut self, opened: &mut Opened, from: Side, offset: u64, data: &[u8], at: Arrival) {
        if offset == 0 && self.tls.is_none() && begins_tls(data) {
            self.tls = Some(TlsConversation::new());
        }
        self.pass(opened, |tls, known| tls.bytes(known, from, offset, data, at));
    }

    fn gap(&mut self, opened: &mut Opened, from: Side, offset: u64, length: u64, why: Gap, at: Arrival) {
        self.pass(opened, |tls, known| tls.gap(known, from, offset, length, why, at));
    }

    fn acknowledged(&mut self, opened: &mut Opened, from: Side, offset: u64, at: Arrival) {
        self.pass(opened, |tls, known| tls.acknowledged(known, from, offset, at));
    }

    fn end(&mut self, opened: &mut Opened, from: Side, offset: u64, how: End, at: Arrival) {
        self.pass(opened, |tls, known| tls.end(known, from, offset, how, at));
    }
}

impl Applications for Opened {
    type Application = Inside;

    fn open(&mut self, opening: &Opening) -> Inside {
        Inside { tls: None, http: HttpConversation::new(opening.initiator_known) }
    }

    fn closed(&mut self, connection: Connection, inside: Inside) {
        let Some(seen) = connection.seen_in.first() else { return };
        let (exchanges, _) = inside.http.finish();
        self.messages.extend(exchanges.iter().flat_map(|exchange| of_exchange(seen.stream, exchange)));
    }
}

/// Its request and its answer, as far as their heads came.
fn of_exchange(stream: u32, exchange: &Exchange) -> Vec<Message> {
    let mut messages = Vec::new();
    let nothing = || [const { String::new() }; 3];
    let length = |framing| match framing {
        Framing::Length(length) => Some(length),
        _ => None,
    };
    let asked =
        exchange.request.as_ref().filter(|request| !matches!(request.body.state, BodyState::InHead(_)));
    if let Some(request) = asked {
        messages.push(Message {
            stream,
            frame: request.last.packet.frame(),
            asks: [&*request.method, &*request.target, request.host.as_deref().unwrap_or_default()]
                .map(str::to_owned),
            status: None,
            length: length(request.body.framing),
            request: None,
        });
    }
    if let Some(response) = exchange.response.as_deref().filter(|response| response.head_end.is_some()) {
        messages.push(Message {
            stream,
            frame: response.last.packet.frame(),
            asks: nothing(),
            status: response.status,
            length: length(response.body.framing),
            request: asked.map(|request| request.last.packet.frame()),
        });
    }
    messages
}

/// All of them, with the secrets of these key logs.
pub fn messages(capture: &[u8], key_logs: &[PathBuf]) -> BTreeSet<Message> {
    let mut sessions = Sessions::default();
    for path in key_logs {
        let text = fs::read(path).expect("a key log");
        KeyLog::default().read(text.as_slice(), &mut sessions).expect("a slice");
    }
    let mut opened = Opened { sessions, messages: BTreeSet::new() };
    follow_with(capture, &mut opened).expect("a capture");
    opened.messages
}
