//! Requests as they compete for lines and messages that name none (`correlate::assign`): failing ones, and healthy ones that asked the same.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::joiner::Joiner;
use crate::correlate::assign::{Claimant, LoggedSpan, OriginAnswer};
use crate::correlate::attempt::Attempt;
use crate::correlate::case::{Case, ToldBy};
use crate::evidence::request_key::COMMONEST_METHOD;
use crate::evidence::{AccessRow, Competitor, EdgeRow, InputId, InputKind};
use crate::facts::ranges::is_internal;
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// What is competed for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stake {
    /// A line of an access log that names no ray; the share of lines that name one.
    Line { with_ray: f64 },
    /// A message that tells of a failure.
    Message,
}

impl<'a> Joiner<'a> {
    /// A case as requests that may have left a line or a message, each with method and target: what Workers asked, else what the visitor
    /// asked.
    pub fn claims_of_case(&self, case: &Case, stake: Stake) -> Vec<(&'a str, &'a str, Claimant<'a>)> {
        let named = |record: &'a EdgeRecord| {
            Some((record.method.as_deref().unwrap_or(COMMONEST_METHOD), record.target.as_deref()?))
        };
        let by_workers = case.subrequests(self.evidence).filter_map(|row| {
            let correct = |time| self.clocks.correct(row.place.input(), time);
            let span = (correct(row.record.start), row.record.over().map(correct));
            let (method, target) = named(&row.record).filter(|_| was_sent(&row.record))?;
            Some((method, target, of_record(&row.record, span, stake, true)))
        });
        if !case.subrequests.is_empty() {
            return by_workers.collect();
        }
        let own = self.request_line(case).zip(self.claim_of_case(case, stake));
        own.map(|((method, target), claim)| (method, target, claim)).into_iter().collect()
    }

    /// What the visitor asked; `None` where it left nothing at the origin, or its source has no time of its own for it.
    fn claim_of_case(&self, case: &Case, stake: Stake) -> Option<Claimant<'a>> {
        if let Some(row) = case.edge(self.evidence) {
            let end = row.record.over().map(|_| case.end);
            let mut claim = of_record(&row.record, (case.time, end), stake, true);
            if claim.peers == [None; 3] {
                claim.peers = self.peers_in_packets(case);
            }
            return was_sent(&row.record).then_some(claim);
        }
        match (case.told_by, stake) {
            (ToldBy::Packets(attempt), _) => self.claim_of_attempt(case, attempt, stake),
            (ToldBy::Access(index), Stake::Message) => {
                self.evidence.access.get(index).map(|row| self.claim_of_line(row, true))
            }
            // A server behind has a line of the same request.
            (ToldBy::Access(index), Stake::Line { .. }) => {
                let claim = self.claim_of_line(self.evidence.access.get(index)?, true);
                let alone = stake.alone(claim.answer, true);
                Some(Claimant { alone, connection: None, logged: None, ..claim })
            }
            (ToldBy::Har(_), Stake::Line { .. }) => {
                self.claim_of_attempt(case, case.attempts.last().copied()?, stake)
            }
            (ToldBy::Har(_), Stake::Message) => Some(Claimant {
                start: case.time,
                end: Some(case.end),
                resolution: Duration::NANOSECOND,
                answer: OriginAnswer::Unknown,
                host: case.host(self.evidence),
                peers: [None; 3],
                visitor: None,
                connection: None,
                logged: None,
                alone: stake.alone(OriginAnswer::Unknown, true),
                goes_well: false,
            }),
            _ => None,
        }
    }

    /// Where packets show that a request came from, where the edge does not tell: not what a server in front asked another.
    fn peers_in_packets(&self, case: &Case) -> [Option<IpAddr>; 3] {
        let clients = case.connections(self.evidence).map(|row| row.connection.client.ip());
        let mut from_outside = clients.filter(|client| !is_internal(*client));
        std::array::from_fn(|_| from_outside.next())
    }

    fn claim_of_attempt(&self, case: &Case, attempt: Attempt, stake: Stake) -> Option<Claimant<'a>> {
        let (row, kept) = attempt.exchange(self.evidence)?;
        let response = kept.exchange.response.as_deref();
        let answer =
            response.and_then(|response| response.status).map_or(OriginAnswer::Nothing, OriginAnswer::Status);
        let end = response.map(|response| self.clocks.correct(row.input(), response.last.time));
        Some(Claimant {
            start: case.time,
            end: end.or(Some(case.end)),
            resolution: Duration::NANOSECOND,
            answer,
            host: kept.exchange.request.as_ref().and_then(|request| request.host.as_deref()),
            peers: [Some(row.connection.client.ip()), None, None],
            visitor: None,
            connection: None,
            logged: None,
            alone: stake.alone(answer, true),
            goes_well: false,
        })
    }

    /// A request as an access line has it, which may have left a message.
    pub fn claim_of_line(&self, row: &'a AccessRow, fails: bool) -> Claimant<'a> {
        let line = &row.line;
        let answer = line.status.map_or(OriginAnswer::Unknown, OriginAnswer::Status);
        Claimant {
            start: self.clocks.at(row.place, line.start()),
            end: line.end().map(|end| self.clocks.at(row.place, end)),
            resolution: line.resolution,
            answer,
            host: line.host.as_deref(),
            peers: [line.remote_address, line.real_peer, None],
            visitor: None,
            connection: self.connection_of_line(row),
            logged: self.logged_span(row),
            alone: Stake::Message.alone(answer, fails),
            goes_well: !fails,
        }
    }

    /// From when to when a line says that its request was under way.
    pub fn logged_span(&self, row: &AccessRow) -> Option<LoggedSpan> {
        let clock = self.clock_numbers.get(&row.place.input()).copied()?;
        let at = |time| self.clocks.at(row.place, time);
        let start = row.line.request_time.map(|_| at(row.line.start()));
        Some(LoggedSpan { clock, start, end: at(row.line.end()?), resolution: row.line.resolution })
    }

    /// A request of the edge's log that is no case, by its record that is kept; `None` where it was not sent.
    pub fn claim_of_record(&self, row: &'a EdgeRow, stake: Stake) -> Option<Claimant<'a>> {
        let correct = |time| self.clocks.correct(row.place.input(), time);
        let span = (correct(row.record.start), row.record.over().map(correct));
        was_sent(&row.record).then(|| of_record(&row.record, span, stake, false))
    }

    /// A healthy request that was kept because it competes.
    pub fn claim_of_competitor(&self, competitor: &'a Competitor, stake: Stake) -> Claimant<'a> {
        let correct = |time| self.clocks.correct(competitor.place.input(), time);
        let (start, end) = competitor.span;
        let answer = answer(competitor.edge_status, competitor.origin_status);
        Claimant {
            start: correct(start),
            end: end.map(correct),
            resolution: competitor.resolution,
            answer,
            host: competitor.host.as_deref(),
            peers: [competitor.edge_address, None, None],
            visitor: competitor.client_address,
            connection: None,
            logged: None,
            alone: stake.alone(answer, false),
            goes_well: true,
        }
    }

    /// The other inputs of the machines that write these logs.
    pub fn beside(&self, logs: &BTreeSet<InputId>) -> BTreeSet<InputId> {
        let machines: BTreeSet<usize> =
            logs.iter().filter_map(|log| self.machines.get(log).copied()).collect();
        let inputs = self
            .machines
            .iter()
            .filter(|(input, machine)| machines.contains(machine) && !logs.contains(input));
        inputs.map(|(input, _)| *input).collect()
    }

    /// The share of access lines that name a ray: so likely does a request's line do so, and is not among those that name none. What stands
    /// `beside` these has lines of the same requests.
    pub fn share_with_ray(&self, beside: &BTreeSet<InputId>) -> f64 {
        let access = self.evidence.inputs.iter();
        let access = access.filter(|(id, input)| input.kind == InputKind::AccessLog && !beside.contains(id));
        let (with_ray, all) = access
            .filter_map(|(_, input)| Some((input.lines?.with_ray, input.records)))
            .fold((0, 0), |(with_ray, all), (more_with_ray, more)| (with_ray + more_with_ray, all + more));
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let share = with_ray as f64 / all.max(1) as f64;
        share
    }
}

impl Stake {
    /// How likely a request leaves none of it.
    fn alone(self, answer: OriginAnswer, fails: bool) -> f64 {
        match (self, answer) {
            (Stake::Line { with_ray }, answer) => {
                let lost = match answer {
                    OriginAnswer::Status(_) => 0.02,
                    OriginAnswer::Unknown => 0.3,
                    OriginAnswer::Nothing => 0.5,
                };
                lost + (1.0 - lost) * with_ray
            }
            // A server that answers with an error of its own nearly always says why.
            (Stake::Message, OriginAnswer::Status(500..)) => 0.2,
            (Stake::Message, _) if fails => 0.5,
            (Stake::Message, OriginAnswer::Nothing) => 0.5,
            // Servers write an error for what they refuse or do not find.
            (Stake::Message, OriginAnswer::Status(400..500)) => 0.8,
            (Stake::Message, _) => 0.95,
        }
    }
}

fn of_record(record: &EdgeRecord, span: (Time, Option<Time>), stake: Stake, fails: bool) -> Claimant<'_> {
    let answer = answer(record.edge_status, record.origin_status);
    Claimant {
        start: span.0,
        end: span.1,
        resolution: record.resolution,
        answer,
        host: record.host.as_deref(),
        peers: [record.edge_address, None, None],
        visitor: record.client_address,
        connection: None,
        logged: None,
        alone: stake.alone(answer, fails),
        goes_well: !fails,
    }
}

/// Whether a request went to the origin: not without an address of the edge towards it, and not where connecting or the handshake failed.
fn was_sent(record: &EdgeRecord) -> bool {
    let no_address = record.edge_address_logged && record.edge_address.is_none();
    !no_address && !matches!(record.edge_status, Some(521..=523 | 525 | 526 | 530))
}

fn answer(edge_status: Option<u16>, origin_status: Option<u16>) -> OriginAnswer {
    match (origin_status, edge_status) {
        (Some(0), _) | (None, Some(499 | 520..=530)) => OriginAnswer::Nothing,
        (Some(status), _) => OriginAnswer::Status(status),
        (None, _) => OriginAnswer::Unknown,
    }
}
