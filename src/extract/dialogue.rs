//! One captured connection, read as what it speaks: healthy exchanges are folded into counts at once, failing ones are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::evidence::capture_facts::ApplicationFacts;
use crate::evidence::failure::{self, Failure};
use crate::evidence::interest::Interest;
use crate::evidence::place::{InputId, Place};
use crate::evidence::row::{KeptExchange, Protocol};
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::tally::{Direction, HeaderKind, Tallies, slower};
use crate::evidence::view::{Group, View};
use crate::facts::limits::Profile;
use crate::flow::{Application, Arrival, End, Gap, Opening, Side};
use crate::http;
use crate::http::exchange::{BodyState, Exchange, HeadSizes, Request, Response};
use crate::ray::Ray;
use crate::time::Time;
use crate::tls;

/// Header lines below this are too small to audit.
const AUDITED_FROM: u64 = 256;

/// What all connections of one shard share. Only its own thread uses it; the lock is never waited for.
#[derive(Clone)]
pub struct Shared {
    /// The files of the set in time order.
    pub files: Arc<[InputId]>,
    /// What to keep because it failed elsewhere.
    pub interest: Arc<Interest>,
    /// The limits in force.
    pub profile: Arc<Profile>,
    /// Requests to this host only.
    pub host: Option<Arc<str>>,
    state: Arc<Mutex<State>>,
}

/// What a pass gathers beside its rows.
#[derive(Default)]
pub struct State {
    /// Counts and samples by the group of connections that they came from.
    pub folded: BTreeMap<Group, View>,
    /// HTTP and TLS counts by file of the set.
    pub facts: Vec<ApplicationFacts>,
    /// Rays of which an attempt failed, since the pass last asked.
    pub failed_rays: BTreeSet<Ray>,
    /// Rays that were answered well, and when, since the pass last asked.
    pub answered: Vec<(Ray, Time)>,
}

impl Shared {
    /// For a set of files.
    pub fn new(
        files: Arc<[InputId]>,
        interest: Arc<Interest>,
        profile: Arc<Profile>,
        host: Option<Arc<str>>,
    ) -> Shared {
        Shared { files, interest, profile, host, state: Arc::default() }
    }

    /// What was gathered so far.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The input of a packet.
    pub fn place(&self, at: Arrival) -> Place {
        let input = self.files.get(at.packet.file as usize).copied().unwrap_or_default();
        Place::Packet { input, frame: at.packet.frame, stream: None }
    }
}

impl State {
    /// The counts of a group of connections.
    pub fn of(&mut self, group: Group) -> &mut View {
        self.folded.entry(group.among(&self.folded)).or_default()
    }

    /// The counts of a file.
    pub fn facts(&mut self, file: u32) -> &mut ApplicationFacts {
        let index = file as usize;
        if self.facts.len() <= index {
            self.facts.resize(index + 1, ApplicationFacts::default());
        }
        &mut self.facts[index]
    }
}

/// A connection while it is read.
pub struct Dialogue {
    shared: Shared,
    group: Group,
    client: IpAddr,
    server: IpAddr,
    initiator_known: bool,
    speaks: Speaks,
    kept: Vec<KeptExchange>,
    exchange_count: u32,
    last_response_end: Option<Arrival>,
    announced_close: bool,
    /// When the client closed its direction.
    client_gone: Option<Arrival>,
}

#[expect(clippy::large_enum_variant, reason = "one a connection, and most are HTTP")]
enum Speaks {
    Nothing,
    Http(http::Conversation),
    Tls(Box<tls::Conversation>),
}

/// A connection when it has been read to its end.
pub struct Told {
    /// Its group.
    pub group: Group,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its TLS handshake.
    pub tls: Option<Box<tls::Handshake>>,
    /// The packet from which on it speaks HTTP/2, or may speak it.
    pub http2: Option<Arrival>,
    /// Exchanges worth keeping.
    pub kept: Vec<KeptExchange>,
    /// All exchanges.
    pub exchange_count: u32,
    /// When the last complete response ended.
    pub last_response_end: Option<Arrival>,
    /// The last response announced that the connection would be closed.
    pub announced_close: bool,
    /// The side that spoke requests, in the flow's terms, where that is known.
    pub client_side: Option<Side>,
}

impl Dialogue {
    /// For a connection of `group` that begins to be seen.
    pub fn new(shared: Shared, group: Group, opening: &Opening) -> Dialogue {
        Dialogue {
            shared,
            group,
            client: opening.client.ip(),
            server: opening.server.ip(),
            initiator_known: opening.initiator_known,
            speaks: Speaks::Nothing,
            kept: Vec::new(),
            exchange_count: 0,
            last_response_end: None,
            announced_close: false,
            client_gone: None,
        }
    }

    /// The rest, when the flow has told of the end of both directions.
    pub fn finish(mut self) -> Told {
        let speaks = std::mem::replace(&mut self.speaks, Speaks::Nothing);
        let (protocol, tls, http2, client_side) = match speaks {
            Speaks::Nothing => (Protocol::Silent, None, None, None),
            Speaks::Http(conversation) => {
                let (http2, client_side) = (conversation.http2(), conversation.client_side());
                for exchange in conversation.finish() {
                    self.take(exchange);
                }
                let protocol = if self.exchange_count > 0 { Protocol::Http } else { Protocol::Other };
                (protocol, None, http2, client_side)
            }
            Speaks::Tls(conversation) => {
                let handshake = conversation.finish();
                let http2 = handshake.may_carry_http2();
                (Protocol::Tls, Some(Box::new(handshake)), http2, None)
            }
        };
        Told {
            group: self.group,
            protocol,
            tls,
            http2,
            kept: self.kept,
            exchange_count: self.exchange_count,
            last_response_end: self.last_response_end,
            announced_close: self.announced_close,
            client_side,
        }
    }

    fn application(&mut self) -> Option<&mut dyn Application> {
        match &mut self.speaks {
            Speaks::Nothing => None,
            Speaks::Http(conversation) => Some(conversation),
            Speaks::Tls(conversation) => Some(conversation.as_mut()),
        }
    }

    fn drain(&mut self) {
        while let Speaks::Http(conversation) = &mut self.speaks
            && let Some(exchange) = conversation.next_finished()
        {
            self.take(exchange);
        }
    }

    /// An exchange that is over: counted, and kept if it failed here or elsewhere. Whether a request without an answer is a failure is
    /// known when the connection's close is.
    fn take(&mut self, exchange: Exchange) {
        self.exchange_count += 1;
        self.count(&exchange);
        let limits = &self.shared.profile;
        let failure = failure::of_exchange(
            &exchange,
            limits.limits.response_header_bytes,
            limits.warn.origin_header_line_bytes,
        );
        let previous_end = self.last_response_end;
        let idle_before = exchange
            .request
            .as_ref()
            .zip(previous_end)
            .map(|(request, end)| request.first.time.since(end.time).max(0));
        if let Some(response) =
            exchange.response.as_ref().filter(|response| response.body.state == BodyState::Complete)
        {
            self.last_response_end = Some(response.last);
            self.announced_close = response.announces_close;
        }
        if self.is_to_another_host(&exchange) {
            return;
        }
        if self.is_of_interest(&exchange, failure) {
            self.kept.push(KeptExchange { previous_end, exchange, idle_before, failure });
        } else {
            self.fold(&exchange, idle_before);
        }
    }

    fn is_to_another_host(&self, exchange: &Exchange) -> bool {
        let asked = exchange.request.as_ref().and_then(|request| request.host.as_deref());
        matches!((&self.shared.host, asked), (Some(wanted), Some(host)) if !host.eq_ignore_ascii_case(wanted))
    }

    fn is_of_interest(&self, exchange: &Exchange, failure: Option<Failure>) -> bool {
        let ray = exchange.ray().map(|ray| ray.ray);
        let request = exchange.request.as_ref();
        let wanted = self.shared.interest.holds(
            ray,
            request.map(|request| request.method.as_str()),
            request.map(|request| request.target.as_str()),
        );
        let may_have_failed = failure.is_some() || exchange.response.is_none();
        if let Some(ray) = ray.filter(|_| may_have_failed) {
            self.shared.state().failed_rays.insert(ray);
        }
        may_have_failed || wanted
    }

    fn count(&self, exchange: &Exchange) {
        let mut state = self.shared.state();
        if let Some(request) =
            exchange.request.as_ref().filter(|request| !matches!(request.body.state, BodyState::InHead(_)))
        {
            state.facts(request.first.packet.file).http1_requests += 1;
        }
        if let Some(response) = &exchange.response {
            let facts = state.facts(response.first.packet.file);
            facts.http1_responses +=
                u64::from(response.head_end.is_some()) + u64::from(exchange.interim_responses);
        }
    }

    /// Healthy: counted and sampled, then forgotten.
    fn fold(&self, exchange: &Exchange, idle: Option<i64>) {
        let mut state = self.shared.state();
        if let (Some(ray), Some(request)) = (exchange.ray(), &exchange.request) {
            state.answered.push((ray.ray, request.first.time));
        }
        let folded = state.of(self.group);
        if let Some(request) = &exchange.request {
            let place = self.shared.place(request.first);
            let status = exchange.response.as_ref().and_then(|response| response.status).unwrap_or(0);
            folded.tallies.request(place.input(), request.first.time, status);
            audit(&mut folded.tallies, Direction::Request, &request.head, request.first, place);
            let ray = exchange.ray().map(|ray| ray.ray);
            let hash = u64::from(place.input().0) << 40 ^ request.first.packet.frame;
            let sampled = || self.sampled(exchange, request, place.input(), idle);
            folded.samples.offer(Seen::Capture, hash, sampled, ray);
        }
        if let Some(response) = &exchange.response {
            self.fold_response(&mut folded.tallies, exchange, response);
        }
    }

    fn fold_response(&self, tallies: &mut Tallies, exchange: &Exchange, response: &Response) {
        let place = self.shared.place(response.first);
        audit(tallies, Direction::Response, &response.head, response.first, place);
        tallies.healthy_responses += 1;
        for finding in &response.findings {
            *tallies.broken_by_healthy.entry(finding.rule).or_default() += 1;
        }
        if let Some(request) = &exchange.request {
            let waited = response.first.time.since(request.last.time);
            tallies.slowest_first_byte = slower(tallies.slowest_first_byte, Some((waited, place)));
        }
    }

    fn sampled(
        &self,
        exchange: &Exchange,
        request: &Request,
        input: InputId,
        idle: Option<i64>,
    ) -> HealthyRequest {
        let response = exchange.response.as_ref();
        let ray = exchange.ray();
        HealthyRequest {
            input,
            ray: ray.map(|ray| ray.ray),
            time: request.first.time,
            end: response
                .filter(|response| response.body.state == BodyState::Complete)
                .map(|response| response.last.time),
            resolution: 1,
            edge_address: Some(self.client),
            origin_address: Some(self.server),
            colo: ray.and_then(|ray| ray.colo),
            country: None,
            method: Some(request.method.clone()),
            host: request.host.clone(),
            path: Some(request.target.split('?').next().unwrap_or_default().to_owned()),
            status: response.and_then(|response| response.status),
            reused: Some(exchange.number > 1),
            idle,
            request_head_bytes: Some(request.head.bytes),
            first_byte: response.map(|response| response.first.time.since(request.last.time)),
        }
    }
}

/// Notes the sizes of a head, its larger lines and its cookies.
pub fn audit(tallies: &mut Tallies, direction: Direction, head: &HeadSizes, at: Arrival, place: Place) {
    tallies.head(direction, head.bytes, place);
    let mut note = |kind, header: &http::exchange::HeaderSize| {
        if header.bytes >= AUDITED_FROM {
            tallies.header(direction, kind, &header.name, header.bytes, at.time, place);
        }
    };
    head.largest.iter().for_each(|header| note(HeaderKind::Header, header));
    head.cookies.iter().for_each(|cookie| note(HeaderKind::Cookie, cookie));
}

impl Application for Dialogue {
    fn bytes(&mut self, from: Side, offset: u64, data: &[u8], at: Arrival) {
        if let Speaks::Nothing = self.speaks {
            // Whoever speaks first: a ClientHello, or, where the capture began late, another TLS record.
            self.speaks = if tls::begins_tls(data) {
                Speaks::Tls(Box::default())
            } else {
                Speaks::Http(http::Conversation::new(self.initiator_known))
            };
        }
        if let Some(application) = self.application() {
            application.bytes(from, offset, data, at);
        }
        self.drain();
    }

    fn gap(&mut self, from: Side, offset: u64, length: u64, cause: Gap, at: Arrival) {
        if let Some(application) = self.application() {
            application.gap(from, offset, length, cause, at);
        }
        self.drain();
    }

    fn acknowledged(&mut self, from: Side, offset: u64, at: Arrival) {
        if let Some(application) = self.application() {
            application.acknowledged(from, offset, at);
        }
    }

    fn end(&mut self, from: Side, offset: u64, how: End, at: Arrival) {
        if from == Side::Client && how != End::Unseen {
            self.client_gone.get_or_insert(at);
        }
        if let Some(application) = self.application() {
            application.end(from, offset, how, at);
        }
        self.drain();
    }
}
