//! One captured connection, read in the protocol that it speaks. What fails is kept with the connection; what is healthy is counted and
//! sampled at once, so that the memory used depends on the failures and not on the size of the capture.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::collector::ShardCollector;
use super::delivery::Delivery;
use super::healthy::{Healthy, count_kept};
use super::speaks::Speaks;
use super::spoken::Spoken;
use crate::evidence::failure;
use crate::evidence::row::{KeptExchange, MOST_EXCHANGES, Protocol};
use crate::evidence::view::Group;
use crate::flow::{Application, Arrival, End, Gap, Opening, Side};
use crate::http;
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Exchange};
use crate::text::shared::KnownTexts;
use crate::tls::{self, BySide, Sessions};

/// A connection while it is read.
#[derive(Serialize, Deserialize)]
pub struct Dialogue {
    group: Group,
    opening: Opening,
    speaks: Speaks,
    kept: Vec<KeptExchange>,
    exchange_count: u32,
    last_response_end: Option<Arrival>,
    announced_close: bool,
    /// The last packet of an answer after whose end more bytes came.
    overrun: Option<Arrival>,
    delivery: Delivery,
}

/// A connection when it has been read to its end.
pub struct Told {
    /// Its group.
    pub group: Group,
    /// How it began.
    pub opening: Opening,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its TLS handshake.
    pub tls: Option<Box<tls::Handshake>>,
    /// What it tells as HTTP/2, where that is read.
    pub http2: Option<Box<http::Http2Facts>>,
    /// Exchanges worth keeping.
    pub kept: Vec<KeptExchange>,
    /// The last exchange, where all seems well but that the client acknowledged nothing of its answer.
    pub unacknowledged: Option<Box<KeptExchange>>,
    /// All exchanges.
    pub exchange_count: u32,
    /// When the last complete response ended.
    pub last_response_end: Option<Arrival>,
    /// Whether the last response announced that the connection would be closed.
    pub announced_close: bool,
    /// Where the server says what is no HTTP, although the client does.
    pub not_http: Option<Arrival>,
    /// The side that sent the requests, as the flow names the sides, where that is known.
    pub client_side: Option<Side>,
}

impl Dialogue {
    /// For a connection of `group` whose first packet was just seen.
    pub fn new(group: Group, opening: &Opening) -> Dialogue {
        Dialogue {
            group,
            opening: *opening,
            speaks: Speaks::Nothing,
            kept: Vec::new(),
            exchange_count: 0,
            last_response_end: None,
            announced_close: false,
            overrun: None,
            delivery: Delivery::default(),
        }
    }

    /// Finds again what was not written of it: texts that others have, too, and keys, which follow from the secrets of these sessions; `None` where these are not
    /// there.
    pub fn wake(&mut self, sessions: &Sessions, texts: &mut KnownTexts) -> Option<()> {
        self.kept.iter_mut().for_each(|kept| kept.exchange.settle_down(texts));
        self.speaks.take_keys(sessions)
    }

    /// What is left, once the flow has reported the end of both directions.
    pub fn finish(mut self, collector: &mut ShardCollector<'_>) -> Told {
        self.settle(collector);
        let (protocol, spoken) = match std::mem::replace(&mut self.speaks, Speaks::Nothing) {
            Speaks::Over(mut spoken) => {
                std::mem::take(&mut spoken.rest)
                    .into_iter()
                    .for_each(|exchange| self.take(collector, exchange));
                (self.protocol(&mut spoken), spoken)
            }
            _ => (Protocol::Silent, Spoken::default()),
        };
        Told {
            group: self.group,
            opening: self.opening,
            unacknowledged: self.delivery.take(),
            protocol,
            tls: spoken.tls,
            http2: spoken.http2,
            kept: self.kept,
            exchange_count: self.exchange_count,
            last_response_end: self.last_response_end,
            announced_close: self.announced_close,
            not_http: spoken.not_http,
            client_side: spoken.client_side,
        }
    }

    /// The protocol of what was said. What was said inside TLS counts as if it had been said in the clear.
    fn protocol(&self, spoken: &mut Spoken) -> Protocol {
        let is_http = self.exchange_count > 0 || spoken.http2.is_some();
        match &mut spoken.tls {
            None if is_http => Protocol::Http,
            None => Protocol::Other,
            Some(handshake) if is_http => {
                // What was read need not be guessed.
                handshake.last_turn = None;
                Protocol::Http
            }
            Some(handshake) => {
                let says_nothing = handshake.opened.is_some() && handshake.inside_bytes == BySide::default();
                match spoken.is_behind_other {
                    true => Protocol::StartTls,
                    false if says_nothing => Protocol::Silent,
                    false => Protocol::Tls,
                }
            }
        }
    }

    fn take_finished(&mut self, collector: &mut ShardCollector<'_>) {
        while let Some(exchange) = self.speaks.next_finished() {
            self.take(collector, exchange);
        }
        // Who was reset says no more, so its exchange is over only when the connection is let go; the edge has long tried again by then.
        if let Some(ray) = self.speaks.left_unanswered() {
            collector.attempts.failed.insert(ray.ray);
        }
    }

    /// Takes an exchange that is over: counts it, and keeps it if it failed here or in another source. Whether a request without an answer
    /// failed is known only when the connection closes.
    fn take(&mut self, collector: &mut ShardCollector<'_>, exchange: Exchange) {
        // Its client went on, so the answer before it has arrived.
        let before = self.delivery.take();
        self.fold(collector, before);
        self.exchange_count += 1;
        count_heads(collector, &exchange);
        // Bytes that are no HTTP are no request, and their answer breaks no rule of HTTP.
        if exchange.request.as_ref().is_some_and(|request| request.is_no_http) {
            return;
        }
        let profile = collector.given.profile;
        let failure = failure::of_exchange(
            &exchange,
            profile.limits.response_header_bytes,
            profile.warn.origin_header_line_bytes,
        );
        // Of streams that overlap, the answer before one is the last that had come when it began.
        let previous_end =
            exchange.stream.as_ref().map_or(self.last_response_end, |stream| stream.previous_end);
        if let Some(response) =
            exchange.response.as_deref().filter(|response| response.body.state == BodyState::Complete)
        {
            self.last_response_end = self.last_response_end.max(Some(response.last));
            self.announced_close = response.announces_close;
        }
        let overrun_before = self.overrun;
        let overruns = |response: &&http::exchange::Response| {
            response.findings.iter().any(|finding| finding.rule == Rule::BytesAfterBody)
        };
        if let Some(response) = exchange.response.as_deref().filter(overruns) {
            self.overrun = Some(response.last);
        }
        let asked = exchange.request.as_ref().and_then(|request| request.host.as_deref());
        if collector.given.is_other_host(asked) {
            return;
        }
        let client = (self.opening.client.ip(), self.opening.client.port());
        let may_have_failed = failure.is_some() || exchange.response.is_none();
        let keeping = worth_keeping(collector, &exchange, client, may_have_failed);
        let mut kept = KeptExchange { previous_end, exchange, overrun_before, failure };
        let has_room = self.kept.len() < MOST_EXCHANGES;
        if keeping == Keeping::Asked || keeping == Keeping::IfRoom && has_room {
            if self.kept.is_empty() {
                // Most connections fail once: room for four, which a vector begins with, is 2 kB for nothing.
                self.kept.reserve_exact(1);
            }
            kept.exchange.settle_down(&mut collector.texts);
            self.kept.push(kept);
        } else if may_have_failed {
            self.count_alone(collector, &kept);
        } else if self.awaits_delivery(&kept.exchange) {
            self.delivery.hold(kept);
        } else {
            let turned = self.is_turned();
            Healthy { turned, ..Healthy::held(&kept, &self.opening) }.fold(collector, self.group);
        }
    }

    /// Counts an exchange that may have failed and for which there is no room.
    fn count_alone(&self, collector: &mut ShardCollector<'_>, kept: &KeptExchange) {
        let (given, turned) = (collector.given, self.is_turned());
        if let Some(seen) = &mut collector.seen {
            seen.exchange(&kept.exchange, &self.opening, turned, kept.idle_before(), kept.failure);
        }
        let tallies = &mut collector.view(self.group).tallies;
        count_kept(tallies, &given, kept);
        tallies.of_server(self.opening.server.ip(), |server| server.unjudged_requests += 1);
    }

    /// Whether nobody has acknowledged anything of its answer so far. Streams of HTTP/2 share their acknowledgements.
    #[inline]
    fn awaits_delivery(&self, exchange: &Exchange) -> bool {
        let is_alone = exchange.stream.is_none() && exchange.request.is_some() && exchange.response.is_some();
        is_alone && self.opening.initiator_known && !self.delivery.is_delivered()
    }

    /// Counts an exchange whose answer has arrived.
    fn fold(&self, collector: &mut ShardCollector<'_>, delivered: Option<Box<KeptExchange>>) {
        if let Some(kept) = delivered {
            Healthy::held(&kept, &self.opening).fold(collector, self.group);
        }
    }

    /// Whether the side that asks is the one that the flow takes for the server.
    fn is_turned(&self) -> bool {
        self.speaks.client_side() == Some(Side::Server) && !self.opening.initiator_known
    }
}

fn count_heads(collector: &mut ShardCollector<'_>, exchange: &Exchange) {
    // A stream is one by either side: the request that was changed to HTTP/2 may stand before the capture.
    let first_of_request = exchange.request.as_ref().map(|request| request.first);
    let first = first_of_request.or(exchange.response.as_deref().map(|response| response.first));
    if let Some(first) = first.filter(|_| exchange.stream.is_some()) {
        collector.facts_of(first.packet.file()).http2_streams += 1;
    }
    if let Some(request) =
        exchange.request.as_ref().filter(|request| !matches!(request.body.state, BodyState::InHead(_)))
    {
        let facts = collector.facts_of(request.first.packet.file());
        let is_upgraded = exchange.stream.as_ref().is_some_and(|stream| stream.is_upgraded);
        // The request that asks for the change to HTTP/2 is one of HTTP/1, and the 101 that grants it an answer of HTTP/1.
        facts.http1_requests += u64::from(exchange.stream.is_none() || is_upgraded);
        facts.http1_responses += u64::from(is_upgraded && exchange.interim_responses > 0);
    }
    if let Some(response) = exchange.response.as_deref().filter(|_| exchange.stream.is_none()) {
        collector.facts_of(response.first.packet.file()).http1_responses +=
            u64::from(response.head_end.is_some()) + u64::from(exchange.interim_responses);
    }
}

/// Whether an exchange is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// Another source asks for it by its ray.
    Asked,
    /// It failed, may have failed, or may be one that another source says failed.
    IfRoom,
    /// It went well.
    No,
}

fn worth_keeping(
    collector: &mut ShardCollector<'_>,
    exchange: &Exchange,
    client: (IpAddr, u16),
    may_have_failed: bool,
) -> Keeping {
    let ray = exchange.ray().map(|ray| ray.ray);
    let request = exchange.request.as_ref();
    let interest = collector.given.interest;
    let is_named = interest.holds(
        ray,
        request.map(|request| request.method.as_str()),
        request.map(|request| &*request.target),
    );
    if let Some(ray) = ray.filter(|_| may_have_failed) {
        collector.attempts.failed.insert(ray);
    }
    if is_named && ray.is_some() {
        Keeping::Asked
    } else if may_have_failed || is_named || interest.refused.holds_exchange(exchange, client) {
        Keeping::IfRoom
    } else {
        Keeping::No
    }
}

impl Application<ShardCollector<'_>> for Dialogue {
    fn bytes(
        &mut self,
        collector: &mut ShardCollector<'_>,
        from: Side,
        offset: u64,
        data: &[u8],
        at: Arrival,
    ) {
        self.speaks.bytes(collector, &self.opening, (from, offset, at), data);
        self.take_finished(collector);
        self.delivery.say(from, offset.saturating_add(data.len() as u64));
    }

    fn gap(
        &mut self,
        collector: &mut ShardCollector<'_>,
        from: Side,
        offset: u64,
        length: u64,
        cause: Gap,
        at: Arrival,
    ) {
        self.speaks.gap(collector, &self.opening, (from, offset, at), length, cause);
        self.take_finished(collector);
        self.delivery.say(from, offset.saturating_add(length));
    }

    fn acknowledged(&mut self, collector: &mut ShardCollector<'_>, from: Side, offset: u64, at: Arrival) {
        self.speaks.acknowledged(collector, &self.opening, (from, offset, at));
        if from == Side::Server {
            let delivered = self.delivery.acknowledge(offset);
            self.fold(collector, delivered);
        }
    }

    fn end(&mut self, collector: &mut ShardCollector<'_>, from: Side, offset: u64, how: End, at: Arrival) {
        self.speaks.end(collector, &self.opening, (from, offset, at), how);
        self.take_finished(collector);
    }

    fn settle(&mut self, collector: &mut ShardCollector<'_>) {
        self.speaks.settle(collector);
        self.kept.shrink_to_fit();
    }
}
