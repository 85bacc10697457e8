//! Conversations written out byte by byte, and what must come of them.

use super::*;
use crate::flow::PacketId;
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Framing, Response};
use crate::time::Time;

mod corpus;
mod endings;
mod faults;
mod holes;
mod pairing;
mod properties;

/// Feeds a conversation; packets are numbered from 1, a millisecond apart.
pub(super) struct Script {
    pub conversation: HttpConversation,
    offsets: [u64; 2],
    packets: u64,
}

pub(super) fn packet(frame: u64) -> Arrival {
    Arrival { time: Time(i64::try_from(frame).unwrap() * 1_000_000), packet: PacketId::new(0, frame) }
}

impl Script {
    pub fn new() -> Script {
        Script::with_roles(true)
    }

    pub fn with_roles(known: bool) -> Script {
        Script { conversation: HttpConversation::new(known), offsets: [0; 2], packets: 0 }
    }

    fn next(&mut self) -> Arrival {
        self.packets += 1;
        packet(self.packets)
    }

    pub fn say(&mut self, from: Side, bytes: &[u8]) -> &mut Script {
        let at = self.next();
        self.conversation.bytes(&mut (), from, self.offsets[from as usize], bytes, at);
        self.offsets[from as usize] += bytes.len() as u64;
        self
    }

    pub fn ask(&mut self, text: &str) -> &mut Script {
        self.say(Side::Client, text.as_bytes())
    }

    pub fn answer(&mut self, text: &str) -> &mut Script {
        self.say(Side::Server, text.as_bytes())
    }

    pub fn lose(&mut self, from: Side, length: u64) -> &mut Script {
        let at = self.next();
        self.conversation.gap(&mut (), from, self.offsets[from as usize], length, Gap::NotCaptured, at);
        self.offsets[from as usize] += length;
        self
    }

    /// So many more bytes of the last packet were cut off by the snap length.
    pub fn cut(&mut self, from: Side, length: u64) -> &mut Script {
        let at = packet(self.packets);
        self.conversation.gap(&mut (), from, self.offsets[from as usize], length, Gap::Snaplen, at);
        self.offsets[from as usize] += length;
        self
    }

    pub fn acknowledge(&mut self, from: Side) -> &mut Script {
        let at = self.next();
        self.conversation.acknowledged(&mut (), from, self.offsets[from as usize], at);
        self
    }

    pub fn end(&mut self, from: Side, how: End) -> &mut Script {
        let at = self.next();
        self.conversation.end(&mut (), from, self.offsets[from as usize], how, at);
        self
    }

    pub fn close(&mut self) -> &mut Script {
        self.end(Side::Server, End::Fin).end(Side::Client, End::Fin)
    }

    pub fn finished(&mut self) -> Vec<Exchange> {
        std::iter::from_fn(|| self.conversation.next_finished()).collect()
    }

    /// Everything, in order.
    pub fn all(mut self) -> Vec<Exchange> {
        let mut exchanges = self.finished();
        exchanges.extend(self.conversation.finish().0);
        for (index, exchange) in exchanges.iter().enumerate() {
            assert_eq!(exchange.number as usize, index + 1);
        }
        exchanges
    }
}

const GET: &str = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";
const OK5: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const RESET: End = End::Reset { by: Side::Server };

#[track_caller]
fn only(exchanges: Vec<Exchange>) -> Exchange {
    assert_eq!(exchanges.len(), 1, "{exchanges:#?}");
    exchanges.into_iter().next().unwrap()
}

#[track_caller]
fn response(exchange: &Exchange) -> &Response {
    exchange.response.as_deref().expect("a response")
}

/// (target or "-", status or 0, response state) of each.
fn outline(exchanges: &[Exchange]) -> Vec<(String, u16, Option<BodyState>)> {
    exchanges
        .iter()
        .map(|exchange| {
            let target =
                exchange.request.as_ref().map_or("-".to_string(), |request| request.target.to_string());
            let response = exchange.response.as_deref();
            let status = response.and_then(|response| response.status).unwrap_or(0);
            (target, status, response.map(|response| response.body.state))
        })
        .collect()
}

fn rules(response: &Response) -> Vec<(Rule, u64)> {
    response.findings.iter().map(|finding| (finding.rule, finding.offset)).collect()
}
