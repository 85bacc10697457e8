//! Healthy exchanges: they are counted and sampled, then forgotten. Failures are compared with them.

use std::collections::BTreeSet;

use super::collector::ShardCollector;
use super::given::Given;
use crate::evidence::key_samples::{LogSide, LoggedRequest};
use crate::evidence::place::{InputId, Place};
use crate::evidence::request_key::{HostKey, RequestKey};
use crate::evidence::row::KeptExchange;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::evidence::server_tally::AnsweredHeads;
use crate::evidence::tally::{Direction, HeaderKind, Tallies, slower};
use crate::evidence::view::Group;
use crate::flow::{Arrival, Opening};
use crate::http::conform::{Break, Finding};
use crate::http::exchange::{BodyState, Exchange, HeadSizes, HeaderSize, Request, Response};
use crate::time::Duration;

/// Smaller header lines, in bytes, are not audited.
const AUDITED_FROM: u64 = 256;

/// An exchange that went well.
pub struct Healthy<'x> {
    /// The exchange.
    pub exchange: &'x Exchange,
    /// The connection that carried it.
    pub opening: &'x Opening,
    /// How long the connection was idle before it; `None` for the first one.
    pub idle_before: Option<Duration>,
    /// Whether the side that asked is the one that the flow takes for the server.
    pub turned: bool,
}

impl<'x> Healthy<'x> {
    /// One that was held back, and went well after all. Held back is only where it is known who began: no such connection is turned.
    pub fn held(kept: &'x KeptExchange, opening: &'x Opening) -> Healthy<'x> {
        Healthy { exchange: &kept.exchange, opening, idle_before: kept.idle_before(), turned: false }
    }

    /// Adds it to the counts and samples of its group.
    pub fn fold(&self, collector: &mut ShardCollector<'_>, group: Group) {
        let (exchange, given) = (self.exchange, collector.given);
        if let Some(seen) = &mut collector.seen {
            seen.exchange(exchange, self.opening, self.turned, self.idle_before, None);
        }
        let ray = exchange.ray().map(|ray| ray.ray);
        if let (Some(ray), Some(request)) = (ray, &exchange.request) {
            collector.attempts.answered.push((ray, request.first.time));
        }
        let view = collector.view(group);
        if let Some(request) = &exchange.request {
            let place = given.place(request.first);
            let status = exchange.response.as_deref().and_then(|response| response.status).unwrap_or(0);
            if given.is_asked_host(request.host.as_deref()) {
                view.tallies.request(place.input(), request.first.time, status);
            }
            audit(&mut view.tallies, Direction::Request, &request.head, request.first, place);
            let number = place.input().numbered(request.first.packet.frame());
            view.samples.offer(Seen::Capture, number, || self.sample(request, place.input()), ray);
            if ray.is_none() && is_cut_behind_target(request) {
                let key = RequestKey::of(&request.method, &request.target);
                view.keys.offer_of_part(LogSide::Origin, key, || self.sighting(request, place));
                let key = RequestKey::asked_by(self.opening.client.ip(), key);
                view.keys.offer_of_part(LogSide::CaptureByAddress, key, || self.sighting(request, place));
            }
        }
        if let Some(response) = &exchange.response {
            self.fold_response(&given, &mut view.tallies, response);
        }
    }

    fn fold_response(&self, given: &Given<'_>, tallies: &mut Tallies, response: &Response) {
        let place = given.place(response.first);
        audit(tallies, Direction::Response, &response.head, response.first, place);
        // With what was asked the ray is lost, by which the edge may say that it failed.
        let is_known = self.exchange.request.is_some();
        let broken: BTreeSet<Break> = response.findings.iter().map(Finding::kind).collect();
        if is_known {
            tallies.healthy_responses += 1;
            for kind in &broken {
                *tallies.broken_by_healthy.entry(*kind).or_default() += 1;
            }
        }
        tallies.of_server(self.opening.server.ip(), |tally| {
            if is_known {
                tally.healthy_responses += 1;
                for kind in broken {
                    *tally.broken_by_healthy.entry(kind).or_default() += 1;
                }
            }
            tally.answered_heads.merge(self.whole_head());
        });
        if let Some(request) = &self.exchange.request {
            let waited = response.first.time.since(request.last.time);
            tallies.slowest_first_byte = slower(tallies.slowest_first_byte, Some((waited, place)));
        }
    }

    fn whole_head(&self) -> AnsweredHeads {
        let request = self.exchange.request.as_ref().filter(|request| request.is_head_whole());
        request.map_or(AnsweredHeads::default(), |request| AnsweredHeads {
            count: 1,
            largest: request.head.bytes,
        })
    }

    /// A request of which the capture kept what was asked, and not the ray.
    fn sighting(&self, request: &Request, place: Place) -> LoggedRequest {
        let response = self.exchange.response.as_deref();
        let whole = response.filter(|response| response.body.state == BodyState::Complete);
        LoggedRequest {
            start: Some(request.first.time),
            end: whole.map(|response| response.last.time),
            status: response.and_then(|response| response.status),
            host: request.host.as_deref().map(HostKey::of),
            peer: Some(self.opening.client.ip()),
            ..LoggedRequest::at(place, Duration::NANOSECOND)
        }
    }

    fn sample(&self, request: &Request, input: InputId) -> HealthyRequest {
        let response = self.exchange.response.as_deref();
        let ray = self.exchange.ray();
        HealthyRequest {
            input,
            ray: ray.map(|ray| ray.ray),
            time: request.first.time,
            end: response
                .filter(|response| response.body.state == BodyState::Complete)
                .map(|response| response.last.time),
            resolution: Duration::NANOSECOND,
            edge_address: Some(self.opening.client.ip()),
            origin_address: Some(self.opening.server.ip()),
            colo: ray.and_then(|ray| ray.colo),
            names_visitor: request.visitor.is_some(),
            country: None,
            method: Some(request.method.to_string()),
            host: request.host.as_deref().map(str::to_owned),
            path: Some(HealthyRequest::path_of(&request.target).to_owned()),
            status: response.and_then(|response| response.status),
            reused: Some(self.exchange.number > 1),
            idle: self.idle_before,
            answer_bytes: None,
        }
    }
}

/// Whether the capture kept the request line to its end, and cut the head behind it.
fn is_cut_behind_target(request: &Request) -> bool {
    const AROUND: usize = "  HTTP/1.1\r\n".len();
    let line = request.method.as_str().len() + request.target.len() + AROUND;
    !request.is_head_whole() && !request.target.is_empty() && request.head.bytes >= line as u64
}

/// Notes the sizes of a head, of its larger lines and of its larger cookies.
pub fn audit(tallies: &mut Tallies, direction: Direction, head: &HeadSizes, at: Arrival, place: Place) {
    tallies.head(direction, head.bytes, place);
    let mut note = |kind, header: &HeaderSize| {
        if header.bytes >= AUDITED_FROM {
            tallies.header(direction, kind, &header.name, header.bytes, at.time, place);
        }
    };
    head.largest.iter().for_each(|header| note(HeaderKind::Header, header));
    head.cookies.iter().for_each(|cookie| note(HeaderKind::Cookie, cookie));
}

/// Counts an exchange that is kept, or would be if there were room: it is not among the healthy ones, but its request was made.
pub fn count_kept(tallies: &mut Tallies, given: &Given<'_>, kept: &KeptExchange) {
    if let Some(request) = &kept.exchange.request {
        let place = given.place(request.first);
        let status = kept.exchange.response.as_deref().and_then(|response| response.status).unwrap_or(0);
        if given.is_asked_host(request.host.as_deref()) {
            tallies.request(place.input(), request.first.time, status);
        }
        audit(tallies, Direction::Request, &request.head, request.first, place);
    }
    if let Some(response) = &kept.exchange.response {
        let place = given.place(response.first);
        audit(tallies, Direction::Response, &response.head, response.first, place);
    }
}
