//! A case: one failing request, or one failed connection where no request was made. It refers to the rows that tell of it, and the
//! incident's evidence holds them.

use std::net::IpAddr;

use super::attempt::Attempt;
use super::clock::Clocks;
use super::rows::{AccessIndex, ConnectionIndex, EdgeIndex, HarIndex, MessageIndex, PossibleMessage};
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::evidence::sample::HealthyRequest;
use crate::evidence::{AccessRow, ConnectionRow, EdgeRow, HarRow, KeptExchange, MessageRow};
use crate::flow::Arrival;
use crate::memory::{OftenOne, Seldom};
use crate::ray::{Colo, Ray, RayAtColo};
use crate::time::{Duration, Time};

/// One failing request or failed connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its ray.
    pub ray: Option<Ray>,
    /// The data centre that received it.
    pub colo: Option<Colo>,
    /// When it began, by the reference clock.
    pub time: Time,
    /// When it was over, by the reference clock.
    pub end: Time,
    /// How it failed.
    pub failure: Failure,
    /// The row that tells its method, host and target.
    pub told_by: ToldBy,
    /// The edge's record.
    pub edge: Option<EdgeIndex>,
    /// The edge's records of what a Worker asked for it and did not get, in order of time.
    pub subrequests: Seldom<Vec<EdgeIndex>>,
    /// The browser's entry.
    pub har: Option<HarIndex>,
    /// What the packets show, attempt by attempt in order of time.
    pub attempts: OftenOne<Attempt>,
    /// The origin's own lines about it.
    pub access: OftenOne<AccessIndex>,
    /// Messages about this very request.
    pub messages: Seldom<Vec<MessageIndex>>,
    /// Messages that were given to none, since this request or another one left them.
    pub possible_messages: Seldom<Vec<PossibleMessage>>,
    /// How the sources were joined: the weakest link.
    pub join: Join,
}

/// The row that a case began with, before other sources were joined to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// The edge's record.
    Edge(EdgeIndex),
    /// A browser's entry.
    Har(HarIndex),
    /// A line of the origin's access log.
    Access(AccessIndex),
    /// Packets.
    Packets(Attempt),
    /// A message, where nothing shows requests.
    Message(MessageIndex),
}

/// How two sources were found to speak of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Join {
    /// By its ray.
    Ray,
    /// By addresses and ports.
    Addresses,
    /// By the time and the request line.
    Time,
}

/// One case, one constructor a source: what was seen of the request there; other sources are joined to it afterwards.
impl Case {
    /// From a record of the edge.
    pub fn from_edge(index: EdgeIndex, row: &EdgeRow, failure: Failure, clocks: &Clocks) -> Case {
        let (input, record) = (row.place.input(), &row.record);
        let time = clocks.correct(input, record.start);
        let end = record.over().map_or(time, |end| clocks.correct(input, end));
        let ray = record.ray.map(|ray| RayAtColo { ray, colo: None });
        Case {
            colo: record.colo,
            edge: Some(index),
            ..Case::begin(ToldBy::Edge(index), ray, (time, end), failure)
        }
    }

    /// How long the request took by what tells of it; `None` where the edge's record does not tell it.
    pub fn took(&self, evidence: &Whole) -> Option<Duration> {
        let is_open = self.edge(evidence).is_some_and(|row| row.record.over().is_none());
        (!is_open).then(|| self.end.since(self.time))
    }

    /// From a browser's entry; one without a time began at the epoch.
    pub fn from_har(index: HarIndex, row: &HarRow, failure: Failure, clocks: &Clocks) -> Case {
        let entry = &row.entry;
        let time = entry.start.map(|start| clocks.correct(row.place.input(), start)).unwrap_or_default();
        let span = (time, time.plus(entry.duration.unwrap_or_default()));
        Case { har: Some(index), ..Case::begin(ToldBy::Har(index), entry.ray, span, failure) }
    }

    /// From a line of the origin's access log.
    pub fn from_access(index: AccessIndex, row: &AccessRow, failure: Failure, clocks: &Clocks) -> Case {
        let time = clocks.at(row.place, row.line.start());
        let span = (time, time.plus(row.line.request_time.unwrap_or_default()));
        Case {
            access: OftenOne::One(index),
            ..Case::begin(ToldBy::Access(index), row.line.ray, span, failure)
        }
    }

    /// From a message; one without a time was written at the epoch.
    pub fn from_message(index: MessageIndex, row: &MessageRow, failure: Failure, clocks: &Clocks) -> Case {
        let time = clocks.time_of(row);
        let ray = row.line.ray.map(|ray| RayAtColo { ray, colo: None });
        let mut case = Case::begin(ToldBy::Message(index), ray, (time, time), failure);
        case.messages.to_mut().push(index);
        case
    }

    /// From a captured exchange.
    pub fn from_exchange(
        attempt: Attempt,
        row: &ConnectionRow,
        kept: &KeptExchange,
        clocks: &Clocks,
    ) -> Case {
        let failure = kept.failure.unwrap_or(Failure::NoResponse);
        Case::from_packets(
            attempt,
            (row, kept.exchange.answered_whole()),
            kept.exchange.ray(),
            failure,
            clocks,
        )
    }

    /// From a connection that failed before any request, or whose requests cannot be read.
    pub fn from_connection(at: ConnectionIndex, row: &ConnectionRow, how: Failure, clocks: &Clocks) -> Case {
        Case::from_packets(Attempt { connection: at, exchange: None }, (row, None), None, how, clocks)
    }

    fn from_packets(
        attempt: Attempt,
        (row, answered): (&ConnectionRow, Option<Arrival>),
        ray: Option<RayAtColo>,
        failure: Failure,
        clocks: &Clocks,
    ) -> Case {
        let span = (
            attempt.time(row, clocks),
            clocks.correct(row.input(), answered.unwrap_or(row.connection.last).time),
        );
        Case { attempts: OftenOne::One(attempt), ..Case::begin(ToldBy::Packets(attempt), ray, span, failure) }
    }

    /// A case as its first row tells it; `(time, end)` by the reference clock.
    pub(super) fn begin(
        told_by: ToldBy,
        ray: Option<RayAtColo>,
        (time, end): (Time, Time),
        failure: Failure,
    ) -> Case {
        Case {
            ray: ray.map(|ray| ray.ray),
            colo: ray.and_then(|ray| ray.colo),
            time,
            end,
            failure,
            told_by,
            edge: None,
            subrequests: Seldom::default(),
            har: None,
            attempts: OftenOne::default(),
            access: OftenOne::default(),
            messages: Seldom::default(),
            possible_messages: Seldom::default(),
            join: Join::Ray,
        }
    }
}

/// The rows of a case.
impl Case {
    /// The edge's record.
    pub fn edge<'e>(&self, evidence: &'e Whole) -> Option<&'e EdgeRow> {
        evidence.edge.get(self.edge?)
    }

    /// The edge's records of what a Worker asked for it.
    pub fn subrequests<'e>(&self, evidence: &'e Whole) -> impl DoubleEndedIterator<Item = &'e EdgeRow> {
        self.subrequests.iter().filter_map(|index| evidence.edge.get(*index))
    }

    /// The edge's record of the request that went to the origin: where a Worker asked, the last of its own, else what the visitor asked.
    pub fn asked_origin<'e>(&self, evidence: &'e Whole) -> Option<&'e EdgeRow> {
        self.subrequests(evidence).next_back().or_else(|| self.edge(evidence))
    }

    /// The browser's entry.
    pub fn har<'e>(&self, evidence: &'e Whole) -> Option<&'e HarRow> {
        evidence.har.get(self.har?)
    }

    /// The origin's own lines about it.
    pub fn access<'e>(&self, evidence: &'e Whole) -> impl DoubleEndedIterator<Item = &'e AccessRow> {
        self.access.iter().filter_map(|index| evidence.access.get(*index))
    }

    /// Messages about this very request.
    pub fn messages<'e>(&self, evidence: &'e Whole) -> impl DoubleEndedIterator<Item = &'e MessageRow> {
        self.messages.iter().filter_map(|index| evidence.messages.get(*index))
    }

    /// Messages that it or another request left; whether it more likely than not left one that says so.
    pub fn possible_messages<'e>(&self, evidence: &'e Whole) -> impl Iterator<Item = (&'e MessageRow, bool)> {
        let possible = self.possible_messages.iter();
        possible.filter_map(|told| Some((evidence.messages.get(told.message)?, told.is_likely)))
    }

    /// The connections of its attempts.
    pub fn connections<'e>(&self, evidence: &'e Whole) -> impl DoubleEndedIterator<Item = &'e ConnectionRow> {
        self.attempts.iter().filter_map(|attempt| attempt.connection(evidence))
    }

    /// The exchanges of its attempts, each with its connection.
    pub fn exchanges<'e>(
        &self,
        evidence: &'e Whole,
    ) -> impl DoubleEndedIterator<Item = (&'e ConnectionRow, &'e KeptExchange)> {
        self.attempts.iter().filter_map(|attempt| attempt.exchange(evidence))
    }
}

/// What its rows say.
impl Case {
    /// Method.
    pub fn method<'e>(&self, evidence: &'e Whole) -> Option<&'e str> {
        match self.told_by {
            ToldBy::Edge(index) => evidence.edge.get(index)?.record.method.as_deref(),
            ToldBy::Har(index) => Some(&evidence.har.get(index)?.entry.method),
            ToldBy::Access(index) => evidence.access.get(index)?.line.method.as_deref(),
            ToldBy::Packets(attempt) => {
                Some(&attempt.exchange(evidence)?.1.exchange.request.as_ref()?.method)
            }
            ToldBy::Message(index) => Some(&evidence.messages.get(index)?.line.request.as_ref()?.0),
        }
    }

    /// Host.
    pub fn host<'e>(&self, evidence: &'e Whole) -> Option<&'e str> {
        match self.told_by {
            ToldBy::Edge(index) => evidence.edge.get(index)?.record.host.as_deref(),
            ToldBy::Har(index) => Some(&evidence.har.get(index)?.entry.host),
            ToldBy::Access(index) => evidence.access.get(index)?.line.host.as_deref(),
            ToldBy::Packets(attempt) => {
                attempt.exchange(evidence)?.1.exchange.request.as_ref()?.host.as_deref()
            }
            ToldBy::Message(index) => evidence.messages.get(index)?.line.host.as_deref(),
        }
    }

    /// The name that its connection's ClientHello asks for.
    pub fn name_asked_for<'e>(&self, evidence: &'e Whole) -> Option<&'e str> {
        let hellos = self.connections(evidence).filter_map(|row| row.tls.as_deref()?.client_hello.as_ref());
        hellos.filter_map(|hello| hello.sni.as_deref()).next_back()
    }

    /// Request target.
    pub fn target<'e>(&self, evidence: &'e Whole) -> Option<&'e str> {
        match self.told_by {
            ToldBy::Edge(index) => evidence.edge.get(index)?.record.target.as_deref(),
            ToldBy::Har(index) => Some(&evidence.har.get(index)?.entry.target),
            ToldBy::Access(index) => evidence.access.get(index)?.line.target.as_deref(),
            ToldBy::Packets(attempt) => {
                Some(&attempt.exchange(evidence)?.1.exchange.request.as_ref()?.target)
            }
            ToldBy::Message(index) => evidence.messages.get(index)?.line.named_target(),
        }
    }

    /// The path without its query.
    pub fn path<'e>(&self, evidence: &'e Whole) -> Option<&'e str> {
        self.target(evidence).map(HealthyRequest::path_of)
    }

    /// The edge's status.
    pub fn edge_status(&self, evidence: &Whole) -> Option<u16> {
        let har = || self.har(evidence).map(|row| row.entry.status).filter(|status| *status > 0);
        self.edge(evidence).and_then(|row| row.record.edge_status).or_else(har)
    }

    /// What the edge made of the request that went to the origin. A Worker may have made another status of it for the visitor.
    pub fn status_at_origin(&self, evidence: &Whole) -> Option<u16> {
        let subrequest = self.subrequests(evidence).next_back();
        subrequest.and_then(|row| row.record.edge_status).or_else(|| self.edge_status(evidence))
    }

    /// The access lines that name its ray.
    pub fn lines_of_ray<'e>(&self, evidence: &'e Whole) -> impl Iterator<Item = &'e AccessRow> {
        let ray = self.ray;
        self.access(evidence).filter(move |row| row.line.ray.is_some_and(|named| Some(named.ray) == ray))
    }

    /// The origin's status, by whichever source has one; `None` where it gave none.
    pub fn origin_status(&self, evidence: &Whole) -> Option<u16> {
        let asked = self.asked_origin(evidence);
        let edge = asked.and_then(|row| row.record.origin_status).filter(|status| *status > 0);
        let packets = || {
            self.exchanges(evidence)
                .filter_map(|(_, kept)| kept.exchange.response.as_deref()?.status)
                .next_back()
        };
        // 499 and 444 are the server's words for an answer that was not given.
        let log = || {
            self.access(evidence)
                .filter_map(|row| row.line.status)
                .rfind(|status| !matches!(status, 444 | 499))
        };
        edge.or_else(packets).or_else(log)
    }

    /// The edge's address towards the origin.
    pub fn edge_address(&self, evidence: &Whole) -> Option<IpAddr> {
        let record = self.asked_origin(evidence).and_then(|row| row.record.edge_address);
        let packets = || self.connections(evidence).map(|row| row.connection.client.ip()).next();
        let log = || self.access(evidence).find_map(|row| row.line.real_peer.or(row.line.remote_address));
        let message = || match self.told_by {
            ToldBy::Message(index) => evidence.messages.get(index)?.line.client,
            _ => None,
        };
        record.or_else(packets).or_else(log).or_else(message)
    }

    /// The address of the server that was asked: as captured, else by the edge's record.
    pub fn server_address(&self, evidence: &Whole) -> Option<IpAddr> {
        let captured = self.connections(evidence).next_back().map(|row| row.connection.server.ip());
        captured.or_else(|| self.asked_origin(evidence).and_then(|row| row.record.origin_address))
    }

    /// Whether the edge's word fits a failure to connect or to shake hands.
    pub fn failed_before_answer(&self, evidence: &Whole) -> bool {
        matches!(self.status_at_origin(evidence), Some(520..=526))
            && self.asked_origin(evidence).is_some_and(|row| row.record.origin_status.unwrap_or(0) == 0)
    }

    /// Whether the edge's word leaves it open that the request was sent: 521 to 523, 525 and 526 say that it was not.
    pub fn may_have_been_sent(&self, evidence: &Whole) -> bool {
        !matches!(self.status_at_origin(evidence), Some(521..=523 | 525 | 526))
    }

    /// Whether it is a connection that failed before any request.
    pub fn is_connection_only(&self, evidence: &Whole) -> bool {
        matches!(self.told_by, ToldBy::Packets(_))
            && self.edge.is_none()
            && self.har.is_none()
            && self.access.is_empty()
            && self.method(evidence).is_none()
    }

    /// The order in which cases are listed: by time; of one instant by ray, host and target.
    pub(super) fn order<'e>(&self, evidence: &'e Whole) -> impl Ord + use<'e> {
        (self.time, self.ray, self.host(evidence), self.target(evidence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_failures_fit_into_memory() {
        assert!(size_of::<Case>() <= 152, "{} bytes", size_of::<Case>());
        assert_eq!(size_of::<AccessIndex>(), 4);
    }
}
