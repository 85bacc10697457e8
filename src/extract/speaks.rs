//! What a connection speaks, by its bytes, and who reads it: HTTP, TLS, and HTTP inside TLS. TLS may begin behind a header of the PROXY protocol, or
//! where another protocol changes to it because its client asked (STARTTLS).

use serde::{Deserialize, Serialize};

use super::collector::ShardCollector;
use super::inside::Inside;
use super::spoken::Spoken;
use crate::flow::{Application, Arrival, End, Gap, Opening, Side};
use crate::http::HttpConversation;
use crate::http::exchange::Exchange;
use crate::ray::RayAtColo;
use crate::text::proxy_header::{is_all_proxy_header, proxy_header};
use crate::tls::{self, Sessions, TlsConversation};

/// What reads a connection.
#[derive(Serialize, Deserialize)]
pub enum Speaks {
    /// Nobody has said anything.
    Nothing,
    /// Nor when the stream of a side ended, and the capture may have begun in between.
    Ended(Box<EndedUnheard>),
    /// A header of the PROXY protocol, or a part of one, came, and nothing more.
    Header(Box<ProxyHeader>),
    /// HTTP, or what is neither that nor TLS.
    Http(Box<HttpConversation>),
    /// TLS.
    Tls(Box<EncryptedDialogue>),
    /// Nothing is added to what was said.
    Over(Spoken),
}

/// The end of a side's stream of which no byte was captured.
#[derive(Serialize, Deserialize)]
pub struct EndedUnheard {
    from: Side,
    offset: u64,
    how: End,
    at: Arrival,
}

/// A header of the PROXY protocol that began a stream.
#[derive(Serialize, Deserialize)]
pub struct ProxyHeader {
    from: Side,
    bytes: Vec<u8>,
    at: Arrival,
}

/// A conversation in TLS, and the one inside it where it could be opened.
#[derive(Default, Serialize, Deserialize)]
pub struct EncryptedDialogue {
    /// TLS.
    pub tls: TlsConversation,
    /// What was said inside.
    pub inside: Option<Box<HttpConversation>>,
    /// Another protocol was spoken before.
    pub is_behind_other: bool,
}

impl EncryptedDialogue {
    /// The conversation, and what stands above it.
    fn parts<'c>(
        &'c mut self,
        collector: &'c mut ShardCollector<'_>,
        opening: &Opening,
    ) -> (&'c mut TlsConversation, Inside<'c>) {
        let inside = Inside {
            sessions: &collector.sessions,
            found: &mut collector.found,
            waiting: &mut collector.waiting,
            reader: &mut self.inside,
            initiator_known: opening.initiator_known,
        };
        (&mut self.tls, inside)
    }
}

impl Speaks {
    /// The next bytes.
    #[inline]
    pub fn bytes(
        &mut self,
        collector: &mut ShardCollector<'_>,
        opening: &Opening,
        (from, offset, at): (Side, u64, Arrival),
        data: &[u8],
    ) {
        if let Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) = self {
            return self.first_bytes(collector, opening, (from, offset, at), data);
        }
        self.change_to_tls(from, offset, data);
        match self {
            Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) | Speaks::Over(_) => {}
            Speaks::Http(conversation) => conversation.bytes(&mut (), from, offset, data, at),
            Speaks::Tls(encrypted) => {
                let (tls, mut inside) = encrypted.parts(collector, opening);
                tls.bytes(&mut inside, from, offset, data, at);
            }
        }
    }

    /// The first bytes decide, from either side: a ClientHello or, where the capture began late, another TLS record. Behind a PROXY header those that
    /// follow it do.
    fn first_bytes(
        &mut self,
        collector: &mut ShardCollector<'_>,
        opening: &Opening,
        (from, offset, at): (Side, u64, Arrival),
        data: &[u8],
    ) {
        let mut joined = None;
        if let Speaks::Header(header) = self {
            let begun = header.bytes.len();
            let follows = header.from == from && begun as u64 == offset;
            header.bytes.extend_from_slice(if follows { data } else { &[] });
            if is_all_proxy_header(&header.bytes) && follows {
                return;
            }
            if !follows || proxy_header(&header.bytes).is_none() {
                header.bytes.truncate(begun);
                self.release(opening);
                return self.bytes(collector, opening, (from, offset, at), data);
            }
            joined = Some(std::mem::take(&mut header.bytes));
        }
        let offset = if joined.is_some() { 0 } else { offset };
        let data = joined.as_deref().unwrap_or(data);
        if offset == 0 && is_all_proxy_header(data) {
            *self = Speaks::Header(Box::new(ProxyHeader { from, bytes: data.to_vec(), at }));
            return;
        }
        let speaks = if tls::begins_tls(data) {
            Speaks::Tls(Box::default())
        } else {
            Speaks::Http(Box::new(HttpConversation::new(opening.initiator_known)))
        };
        let before = std::mem::replace(self, speaks);
        self.bytes(collector, opening, (from, offset, at), data);
        if let Speaks::Ended(ended) = before {
            self.end(collector, opening, (ended.from, ended.offset, ended.at), ended.how);
        }
    }

    /// What came is no PROXY header after all, or nothing follows it that would tell what is spoken.
    fn release(&mut self, opening: &Opening) {
        if let Speaks::Header(header) = self {
            let mut conversation = HttpConversation::new(opening.initiator_known);
            conversation.bytes(&mut (), header.from, 0, &header.bytes, header.at);
            *self = Speaks::Http(Box::new(conversation));
        }
    }

    /// A ClientHello in the middle of what was no HTTP so far begins TLS.
    #[inline]
    fn change_to_tls(&mut self, from: Side, offset: u64, data: &[u8]) {
        if let Speaks::Http(conversation) = self
            && tls::begins_client_hello(data)
            && let Some(stood) = conversation.without_http()
            && stood.get(from as usize) == Some(&offset)
        {
            let tls = TlsConversation::behind(stood);
            *self = Speaks::Tls(Box::new(EncryptedDialogue { tls, inside: None, is_behind_other: true }));
        }
    }

    /// Bytes that were not captured.
    pub fn gap(
        &mut self,
        collector: &mut ShardCollector<'_>,
        opening: &Opening,
        (from, offset, at): (Side, u64, Arrival),
        length: u64,
        cause: Gap,
    ) {
        self.release(opening);
        match self {
            Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) | Speaks::Over(_) => {}
            Speaks::Http(conversation) => conversation.gap(&mut (), from, offset, length, cause, at),
            Speaks::Tls(encrypted) => {
                let (tls, mut inside) = encrypted.parts(collector, opening);
                tls.gap(&mut inside, from, offset, length, cause, at);
            }
        }
    }

    /// The peer acknowledged what lies before `offset`.
    #[inline]
    pub fn acknowledged(
        &mut self,
        collector: &mut ShardCollector<'_>,
        opening: &Opening,
        (from, offset, at): (Side, u64, Arrival),
    ) {
        match self {
            Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) | Speaks::Over(_) => {}
            Speaks::Http(conversation) => conversation.acknowledged(&mut (), from, offset, at),
            Speaks::Tls(encrypted) => {
                let (tls, mut inside) = encrypted.parts(collector, opening);
                tls.acknowledged(&mut inside, from, offset, at);
            }
        }
    }

    /// A side's stream ended.
    pub fn end(
        &mut self,
        collector: &mut ShardCollector<'_>,
        opening: &Opening,
        (from, offset, at): (Side, u64, Arrival),
        how: End,
    ) {
        self.release(opening);
        match self {
            Speaks::Nothing if !opening.initiator_known => {
                *self = Speaks::Ended(Box::new(EndedUnheard { from, offset, how, at }));
            }
            Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) | Speaks::Over(_) => {}
            Speaks::Http(conversation) => conversation.end(&mut (), from, offset, how, at),
            Speaks::Tls(encrypted) => {
                let (tls, mut inside) = encrypted.parts(collector, opening);
                tls.end(&mut inside, from, offset, how, at);
            }
        }
    }

    /// The next exchange that is over.
    #[inline]
    pub fn next_finished(&mut self) -> Option<Exchange> {
        match self {
            Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) | Speaks::Over(_) => None,
            Speaks::Http(conversation) => conversation.next_finished(),
            Speaks::Tls(encrypted) => encrypted.inside.as_mut()?.next_finished(),
        }
    }

    /// The ray of a request that nothing can answer any more, while its exchange is not over.
    #[inline]
    pub fn left_unanswered(&self) -> Option<RayAtColo> {
        match self {
            Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) | Speaks::Over(_) => None,
            Speaks::Http(conversation) => conversation.left_unanswered(),
            Speaks::Tls(encrypted) => encrypted.inside.as_ref()?.left_unanswered(),
        }
    }

    /// The side that asks, as the flow names the sides, where that is known.
    pub fn client_side(&self) -> Option<Side> {
        match self {
            Speaks::Nothing | Speaks::Ended(_) | Speaks::Header(_) | Speaks::Over(_) => None,
            Speaks::Http(conversation) => conversation.client_side(),
            Speaks::Tls(encrypted) => encrypted.inside.as_ref()?.client_side(),
        }
    }

    /// Takes the keys again that were not written; `None` where their secrets are not there.
    pub fn take_keys(&mut self, sessions: &Sessions) -> Option<()> {
        match self {
            Speaks::Tls(encrypted) => encrypted.tls.take_keys(sessions),
            _ => Some(()),
        }
    }

    /// Lets go of what reads it: nothing is added any more.
    pub fn settle(&mut self, collector: &mut ShardCollector<'_>) {
        *self = match std::mem::replace(self, Speaks::Nothing) {
            Speaks::Http(conversation) => Speaks::Over(Spoken::of(*conversation)),
            Speaks::Tls(encrypted) => {
                collector.waiting = collector.waiting.saturating_sub(encrypted.tls.waiting());
                let handshake = Box::new(encrypted.tls.finish());
                let inside = encrypted.inside.map(|inside| Spoken::of(*inside)).unwrap_or_default();
                let is_behind_other = encrypted.is_behind_other;
                Speaks::Over(Spoken { tls: Some(handshake), is_behind_other, ..inside })
            }
            as_it_is => as_it_is,
        };
    }
}
