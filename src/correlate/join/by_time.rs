//! Joins of access lines that name no ray: by the peer's port where packets show it, else by method, target, time, status and addresses,
//! all requests competing (`correlate::assign`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::claims::Stake;
use super::joiner::Joiner;
use super::known::KnownToEdge;
use super::tiers::tiers;
use crate::correlate::assign::{Field, Lags, LoggedTrace};
use crate::correlate::case::Join;
use crate::correlate::rows::AccessIndex;
use crate::evidence::failure::Failure;
use crate::evidence::request_key::AskedAtEdge;
use crate::evidence::{AccessRow, InputId, InputSummary, RequestKey};
use crate::time::Time;

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
        settled.extend(self.lines_of_handshakes(&rows));
        settled.extend(self.prefaces(&rows));
        settled.extend(self.proxy_headers(&rows, &settled));
        let once = once_each(&rows);
        let open =
            |(index, row): &&(AccessIndex, &AccessRow)| !settled.contains(index) && once.contains(&row.place);
        let open: Vec<(AccessIndex, &AccessRow)> = rows.iter().filter(open).copied().collect();
        let tier_of = tiers(
            evidence,
            &self.machines,
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
        let past_edge = self.clients_past_edge(&rows, &settled);
        let mut told = self.told_already();
        for (index, row) in open.into_iter().filter(|(index, _)| !settled.contains(index)) {
            let is_bystanders = self.stranger(row).is_some_and(|client| past_edge.contains(&client));
            if !is_bystanders || self.is_told_at_edge(row) {
                self.unjoined_line(index, row, &mut told);
            }
        }
    }

    /// Clients that are none of the edge's addresses, and of whose failures none is in the edge's log, which would show several: they ask past the edge at other times, too.
    fn clients_past_edge(
        &self,
        rows: &[(AccessIndex, &AccessRow)],
        settled: &BTreeSet<AccessIndex>,
    ) -> BTreeSet<IpAddr> {
        const SEVERAL: usize = 3;
        let mut joined = BTreeSet::new();
        let mut lacking: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for (index, row) in rows {
            let Some(client) = self.stranger(row) else { continue };
            if settled.contains(index) {
                joined.insert(client);
            } else if self.failure_of(row).is_some() && self.is_told_at_edge(row) {
                *lacking.entry(client).or_default() += 1;
            }
        }
        lacking.retain(|client, lines| *lines >= SEVERAL && !joined.contains(client));
        lacking.into_keys().collect()
    }

    /// The client of a line in a log that shows the edge as well, where it is none of the edge's addresses.
    fn stranger(&self, row: &AccessRow) -> Option<IpAddr> {
        let client = row.line.real_peer.or(row.line.remote_address)?;
        let is_edges = self.bystanders.came_through_edge(&row.line);
        (!is_edges && !self.bystanders.is_behind(row)).then_some(client)
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
                let same = case.target(self.evidence).is_none()
                    || line.is_proxy_header()
                    || self.asked_at_edge.of_line(line).is_some_and(|key| self.asks_for(case, key));
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
    fn field(&self, rows: &[(AccessIndex, &'a AccessRow)]) -> Field<'a, usize, AccessIndex, LoggedTrace<'a>> {
        let evidence = self.evidence;
        let asked = self.asked_by_lines(rows);
        let mut field = Field::default();
        let beside = self.beside(&rows.iter().map(|(_, row)| row.place.input()).collect());
        let stake = Stake::Line { with_ray: self.share_with_ray(&beside) };
        let mut told_by_case = BTreeSet::new();
        for (index, case) in self.cases.iter().enumerate() {
            told_by_case.extend(case.edge.iter().chain(&case.subrequests).copied());
            // A log beside these on their machine is of a server before or behind them, which has a line of the same request.
            if case.access(evidence).all(|row| beside.contains(&row.place.input())) {
                for (method, target, claim) in self.claims_of_case(case, stake) {
                    field.want(asked.key(method, target), index, claim);
                }
            }
        }
        let others = evidence.edge.indexed().filter(|(index, _)| !told_by_case.contains(index));
        for (_, row) in others {
            if let Some((key, claim)) = asked.of_record(&row.record).zip(self.claim_of_record(row, stake)) {
                field.compete(key, claim);
            }
        }
        for competitor in &evidence.competing {
            field.compete(competitor.key, self.claim_of_competitor(competitor, stake));
        }
        let known = KnownToEdge::of_lines(evidence, rows);
        let sampled = evidence.inputs.values().any(InputSummary::is_sample);
        let unclaimed = if sampled { UNCLAIMED_OF_SAMPLE } else { UNCLAIMED };
        for &(index, row) in rows {
            if let Some(key) = asked.of_line(&row.line) {
                field.offer(key, index, self.told(row, &known, unclaimed));
            }
        }
        field
    }

    /// How much of what was asked these lines and the edge's log tell alike: a server may log the path alone (nginx's `$uri`, HAProxy's `%HP`), and then none of its
    /// lines has a query, whatever was asked.
    fn asked_by_lines(&self, rows: &[(AccessIndex, &AccessRow)]) -> AskedAtEdge {
        const SEVERAL: usize = 5;
        let has_query = |target: &str| target.contains('?');
        let mut targets = rows.iter().filter_map(|(_, row)| row.line.target.as_deref());
        let mut of_cases = self.cases.iter().filter_map(|case| case.target(self.evidence));
        let leaves_out = rows.len() >= SEVERAL && !targets.any(has_query) && of_cases.any(has_query);
        AskedAtEdge { paths_alone: leaves_out || self.asked_at_edge.paths_alone, ..self.asked_at_edge }
    }

    fn told(&self, row: &'a AccessRow, known: &KnownToEdge, unclaimed: f64) -> LoggedTrace<'a> {
        let (input, line) = (row.place.input(), &row.line);
        let has_start = !line.time_is_end || line.request_time.is_some();
        LoggedTrace {
            start: has_start.then(|| self.clocks.at(row.place, line.start())),
            end: line.end().map(|end| self.clocks.at(row.place, end)),
            resolution: line.resolution,
            status: line.status,
            host: line.host.as_deref().filter(|_| known.hosts_of(input)),
            peer: known.peer(input, line.real_peer.or(line.remote_address)),
            line: Some((input, line)),
            lags: self.lags(input),
            unclaimed,
        }
    }

    /// How the clock of an input lags.
    pub fn lags(&self, input: InputId) -> Lags {
        let lags = self.clocks.offset(input).map(|offset| Lags {
            start: (offset.at_start.middle, offset.at_start.width),
            end: (offset.at_end.middle, offset.at_end.width),
        });
        lags.unwrap_or_default()
    }

    /// What is a case already, by another source than access lines without rays.
    fn told_already(&self) -> ToldBefore {
        let mut told = ToldBefore::new();
        for case in self.cases.iter().filter(|case| !matches!(case.failure, Failure::ToldByLine(_))) {
            if let Some((method, target)) = self.request_line(case) {
                let of_key = told.entry(self.asked_at_edge.key(method, target)).or_default();
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
        if let Some(key) = self.asked_at_edge.of_line(&row.line) {
            let of_key = told.entry(key).or_default();
            let mut others = of_key.iter().filter(|(known, _)| **known != Some(input));
            if !self.is_told_at_edge(row)
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
