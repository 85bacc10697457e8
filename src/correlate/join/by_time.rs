//! Joins of access lines that name no ray: by the peer's port where packets show it, else by method, target, time, status and addresses,
//! all requests competing (`correlate::assign`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use super::known::KnownToEdge;
use super::tiers::tiers;
use crate::correlate::assign::{Claimant, Field, Lags, LoggedTrace, OriginAnswer};
use crate::correlate::case::{Case, Join, ToldBy};
use crate::correlate::rows::AccessIndex;
use crate::evidence::{AccessRow, Competitor, InputId, InputKind, RequestKey};
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// How likely a line is that belongs to no request that is known, and so where the edge's log is only a sample.
const UNCLAIMED: f64 = 0.001;
const UNCLAIMED_OF_SAMPLE: f64 = 0.05;

/// When failures of which a case tells were under way, by what was asked and by the input that tells.
type ToldBefore = BTreeMap<RequestKey, BTreeMap<Option<InputId>, BTreeSet<Time>>>;

impl<'a> Joiner<'a> {
    /// Adds each access line that names no ray to the request that surely left it. One that tells of a failure and has none is a case,
    /// where the edge's log does not cover it.
    pub fn access_lines_without_ray(&mut self) {
        let evidence = self.evidence;
        let rows: Vec<(AccessIndex, &AccessRow)> =
            evidence.access.indexed().filter(|(_, row)| row.line.ray.is_none()).collect();
        if rows.is_empty() {
            return;
        }
        let mut settled = self.by_port(&rows);
        let once = once_each(&rows);
        let open =
            |(index, row): &&(AccessIndex, &AccessRow)| !settled.contains(index) && once.contains(&row.place);
        let open: Vec<(AccessIndex, &AccessRow)> = rows.iter().filter(open).copied().collect();
        let tier_of = tiers(
            evidence,
            open.iter().map(|(_, row)| row.place.input()).collect::<BTreeSet<_>>().into_iter(),
        );
        let mut of_tier: BTreeMap<usize, Vec<(AccessIndex, &AccessRow)>> = BTreeMap::new();
        for (index, row) in &open {
            let tier = tier_of.get(&row.place.input()).copied().unwrap_or_default();
            of_tier.entry(tier).or_default().push((*index, row));
        }
        // Each tier has a line of every request: what one gives a request takes nothing from another.
        let assigned: Vec<_> = of_tier.values().map(|rows| self.field(rows).assign()).collect();
        for assigned in assigned {
            self.undecided += assigned.undecided;
            for (case, line) in assigned.pairs {
                let case = &mut self.cases[case];
                case.access.push(line);
                case.join = case.join.max(Join::Time);
                settled.insert(line);
            }
        }
        let mut told = self.told_already();
        for (index, row) in open.into_iter().filter(|(index, _)| !settled.contains(index)) {
            self.unjoined_line(index, row, &mut told);
        }
    }

    /// The peer's address and port name a connection that packets show; of its failing requests the one with this request line.
    fn by_port(&mut self, rows: &[(AccessIndex, &AccessRow)]) -> BTreeSet<AccessIndex> {
        let mut of_port: BTreeMap<(IpAddr, u16), Vec<usize>> = BTreeMap::new();
        for (index, case) in self.cases.iter().enumerate() {
            for row in case.connections(self.evidence) {
                let client = row.connection.client;
                of_port.entry((client.ip(), client.port())).or_default().push(index);
            }
        }
        let mut settled = BTreeSet::new();
        for &(index, row) in rows {
            let line = &row.line;
            let peer = line.real_peer.or(line.remote_address).zip(line.remote_port);
            let Some(cases) = peer.and_then(|peer| of_port.get(&peer)) else { continue };
            let time = self.clocks.at(row.place, line.start());
            let tolerance = self.tolerance(row.place, line.resolution);
            let fits = |case: &&usize| {
                let case = &self.cases[**case];
                let under_way = case.time.since(time) <= tolerance && time.since(case.end) <= tolerance;
                let asked = case.method(self.evidence).zip(case.target(self.evidence));
                let same = asked.is_none_or(|(method, target)| {
                    Some(method) == line.method.as_deref() && Some(target) == line.target.as_deref()
                });
                case.access.is_empty() && under_way && same
            };
            let mut fitting = cases.iter().filter(fits);
            if let (Some(&only), None) = (fitting.next(), fitting.next()) {
                let case = &mut self.cases[only];
                case.access.push(index);
                case.join = case.join.max(Join::Addresses);
                settled.insert(index);
            }
        }
        settled
    }

    /// All requests and lines that compete.
    fn field(&self, rows: &[(AccessIndex, &'a AccessRow)]) -> Field<'a, usize, AccessIndex> {
        let evidence = self.evidence;
        let sampled = evidence.inputs.values().any(|input| input.intervals.commonest() > 1);
        let mut field = Field::new(if sampled { UNCLAIMED_OF_SAMPLE } else { UNCLAIMED });
        let with_ray = self.share_with_ray();
        let mut told_by_case = BTreeSet::new();
        for (index, case) in self.cases.iter().enumerate() {
            told_by_case.extend(case.edge);
            let asked = self.asked(case, with_ray).filter(|_| case.access.is_empty());
            if let (Some(asked), Some((method, target))) =
                (asked, case.method(evidence).zip(case.target(evidence)))
            {
                field.want(RequestKey::of(method, target), index, asked);
            }
        }
        let others = evidence.edge.indexed().filter(|(index, _)| !told_by_case.contains(index));
        for (_, row) in others {
            let key = RequestKey::of_record(&row.record).filter(|_| was_sent(&row.record));
            if let Some(key) = key {
                let (start, end) = (row.record.start, row.record.end);
                let correct = |time| self.clocks.correct(row.place.input(), time);
                field.compete(key, asked_at_edge(&row.record, correct(start), end.map(correct), with_ray));
            }
        }
        for competitor in &evidence.competing {
            field.compete(competitor.key, self.competing(competitor, with_ray));
        }
        let known = KnownToEdge::of(evidence, rows);
        for &(index, row) in rows {
            if let Some(key) = RequestKey::of_line(&row.line) {
                field.offer(key, index, self.told(row, &known));
            }
        }
        field
    }

    /// A case as a request that may have left a line; `None` where it left none, or its source has no time of its own for it.
    fn asked(&self, case: &Case, with_ray: f64) -> Option<Claimant<'a>> {
        if let Some(row) = case.edge(self.evidence) {
            let end = row.record.end.map(|_| case.end);
            return was_sent(&row.record).then(|| asked_at_edge(&row.record, case.time, end, with_ray));
        }
        let ToldBy::Packets(attempt) = case.told_by else { return None };
        let (row, kept) = attempt.exchange(self.evidence)?;
        let response = kept.exchange.response.as_ref();
        let answer =
            response.and_then(|response| response.status).map_or(OriginAnswer::Nothing, OriginAnswer::Status);
        let end = response.map(|response| self.clocks.correct(row.input(), response.last.time));
        Some(Claimant {
            start: case.time,
            end: end.or(Some(case.end)),
            resolution: Duration::NANOSECOND,
            answer,
            host: kept.exchange.request.as_ref().and_then(|request| request.host.as_deref()),
            addresses: [Some(row.connection.client.ip()), None],
            alone: alone(answer, with_ray),
        })
    }

    fn competing(&self, competitor: &'a Competitor, with_ray: f64) -> Claimant<'a> {
        let correct = |time| self.clocks.correct(competitor.place.input(), time);
        let (start, end) = competitor.span;
        let answer = answer(competitor.edge_status, competitor.origin_status);
        Claimant {
            start: correct(start),
            end: end.map(correct),
            resolution: competitor.resolution,
            answer,
            host: competitor.host.as_deref(),
            addresses: [competitor.edge_address, competitor.client_address],
            alone: alone(answer, with_ray),
        }
    }

    fn told(&self, row: &'a AccessRow, known: &KnownToEdge) -> LoggedTrace<'a> {
        let (input, line) = (row.place.input(), &row.line);
        let has_start = !line.time_is_end || line.request_time.is_some();
        let lags = self.clocks.offset(input).map(|offset| Lags {
            start: (offset.at_start.middle, offset.at_start.width),
            end: (offset.at_end.middle, offset.at_end.width),
        });
        LoggedTrace {
            start: has_start.then(|| self.clocks.at(row.place, line.start())),
            end: line.end().map(|end| self.clocks.at(row.place, end)),
            resolution: line.resolution,
            status: line.status,
            host: line.host.as_deref().filter(|_| known.hosts_of(input)),
            address: line.real_peer.or(line.remote_address).filter(|_| known.addresses_of(input)),
            lags: lags.unwrap_or_default(),
        }
    }

    /// The share of access lines that name a ray: so likely does a request's line do so, and is not among those that name none.
    fn share_with_ray(&self) -> f64 {
        let access = self.evidence.inputs.values().filter(|input| input.kind == InputKind::AccessLog);
        let (with_ray, all) = access
            .filter_map(|input| Some((input.lines?.with_ray, input.records)))
            .fold((0, 0), |(with_ray, all), (more_with_ray, more)| (with_ray + more_with_ray, all + more));
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let share = with_ray as f64 / all.max(1) as f64;
        share
    }

    /// What is a case already, by another source than access lines without rays.
    fn told_already(&self) -> ToldBefore {
        let mut told = ToldBefore::new();
        for case in &self.cases {
            if let Some((method, target)) = case.method(self.evidence).zip(case.target(self.evidence)) {
                let of_key = told.entry(RequestKey::of(method, target)).or_default();
                of_key.entry(None).or_default().insert(case.time);
            }
        }
        told
    }

    /// A line that no request surely left. Where it tells of a failure it is a case, unless the edge's log would show that request, or
    /// another source tells of one that it may be.
    fn unjoined_line(&mut self, index: AccessIndex, row: &AccessRow, told: &mut ToldBefore) {
        let input = row.place.input();
        let time = self.clocks.at(row.place, row.line.start());
        let near = self.tolerance(row.place, row.line.resolution);
        if let Some(key) = RequestKey::of_line(&row.line) {
            let of_key = told.entry(key).or_default();
            let mut others = of_key.iter().filter(|(known, _)| **known != Some(input));
            if !self.has_edge_log
                && others.any(|(_, times)| times.range(time.plus(-near)..=time.plus(near)).next().is_some())
            {
                return;
            }
            if self.failure_of(row).is_some() {
                of_key.entry(Some(input)).or_default().insert(time);
            }
        }
        self.add_access_case(index, row);
    }
}

/// Of lines that are equal to the last letter, which a shipper delivered twice, the first.
fn once_each(rows: &[(AccessIndex, &AccessRow)]) -> BTreeSet<crate::evidence::Place> {
    let mut by_what: BTreeMap<(InputId, Time, Option<RequestKey>), Vec<&AccessRow>> = BTreeMap::new();
    for (_, row) in rows {
        let key = (row.place.input(), row.line.time, RequestKey::of_line(&row.line));
        let known = by_what.entry(key).or_default();
        // More than these in one instant are not compared each with each.
        const MOST: usize = 16;
        if known.len() >= MOST || known.iter().all(|other| other.line != row.line) {
            known.push(row);
        }
    }
    by_what.into_values().flatten().map(|row| row.place).collect()
}

fn asked_at_edge(record: &EdgeRecord, start: Time, end: Option<Time>, with_ray: f64) -> Claimant<'_> {
    let answer = answer(record.edge_status, record.origin_status);
    Claimant {
        start,
        end,
        resolution: record.resolution,
        answer,
        host: record.host.as_deref(),
        addresses: [record.edge_address, record.client_address],
        alone: alone(answer, with_ray),
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

/// How likely a request left no line among those that name no ray.
fn alone(answer: OriginAnswer, with_ray: f64) -> f64 {
    let lost = match answer {
        OriginAnswer::Status(_) => 0.02,
        OriginAnswer::Unknown => 0.3,
        OriginAnswer::Nothing => 0.5,
    };
    lost + (1.0 - lost) * with_ray
}
