//! Joins by ray: the edge's records, the browsers' entries, captured attempts and access lines of one request.

use super::joiner::Joiner;
use crate::correlate::attempt::Attempt;
use crate::correlate::case::Case;
use crate::correlate::rows::{AccessIndex, EdgeIndex};
use crate::evidence::failure::{self, Failure};
use crate::evidence::met_by_browsers::MetByBrowsers;
use crate::evidence::{AccessRow, EdgeRow, KeptExchange, RequestKey};
use crate::facts::deaths::tells_of_death;
use crate::facts::refusals::closes_unanswered;
use crate::logs::Dataset;
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// One ray may come again much later; within this span two sightings are one request.
pub(super) const SAME_RAY_WITHIN: Duration = Duration::from_seconds(600);

impl Joiner<'_> {
    /// A case for each record of the edge that tells of a failure. A firewall's event is about a request that may have a record of its
    /// own: it is a case only where that record tells of no failure, or is missing.
    pub fn edge_records(&mut self) {
        let evidence = self.evidence;
        let met = MetByBrowsers::by(evidence.har.iter(), self.line_limit);
        let of =
            |dataset: Dataset| evidence.edge.indexed().filter(move |(_, row)| row.record.dataset == dataset);
        for (index, row) in of(Dataset::Requests).chain(of(Dataset::FirewallEvents)) {
            let record = &row.record;
            let aborted = record.edge_status == Some(499) && failure::is_visitors(record);
            let failure = failure::of_edge_record(record, self.line_limit)
                .or_else(|| met.failure_of(record))
                .or_else(|| self.loops.holds(record).then_some(Failure::RedirectToItself))
                .or(aborted.then_some(Failure::ClientAbort));
            let Some(failure) = failure else { continue };
            let start = self.clocks.correct(row.place.input(), record.start);
            let known = || self.case_of_ray(record.ray, record.host.as_deref(), Some(start)).is_some();
            if self.is_repeated_record(row) || record.dataset == Dataset::FirewallEvents && known() {
                continue;
            }
            self.add(Case::from_edge(index, row, failure, self.clocks), record.edge_address);
        }
    }

    /// Adds what Workers asked for and did not get to the requests of the visitors that they served. A ray names the parent; of a chain of
    /// Workers each names the one before it.
    pub fn subrequests(&mut self) {
        const LONGEST_CHAIN: usize = 8;
        let mut open: Vec<(EdgeIndex, &EdgeRow)> = self
            .evidence
            .edge
            .indexed()
            .filter(|(_, row)| failure::is_failed_subrequest(&row.record))
            .collect();
        for _ in 0..LONGEST_CHAIN {
            let before = open.len();
            open.retain(|(index, row)| !self.is_subrequest_of_case(*index, row));
            if open.len() == before {
                break;
            }
        }
        // A case is found once by an address, however many of its subrequests went out from it.
        self.by_edge_address.values_mut().for_each(|cases| {
            cases.sort_unstable();
            cases.dedup();
        });
        for case in &mut self.cases {
            let started = |index: &EdgeIndex| self.evidence.edge.get(*index).map(|row| row.record.start);
            if let Some(subrequests) = case.subrequests.present_mut() {
                subrequests.sort_by_key(|index| (started(index), *index));
            }
        }
    }

    /// Adds a subrequest to the case of its parent, if there is one: its own ray names that case, too.
    fn is_subrequest_of_case(&mut self, index: EdgeIndex, row: &EdgeRow) -> bool {
        let start = self.clocks.correct(row.place.input(), row.record.start);
        let Some(case) = self.case_of_ray(row.record.parent_ray, None, Some(start)) else { return false };
        let is_known = |known: &EdgeRow| known.record.is_same_request(&row.record);
        if self.cases[case].subrequests(self.evidence).any(is_known) {
            return true;
        }
        self.cases[case].subrequests.to_mut().push(index);
        self.find_by(case, row.record.ray, row.record.edge_address);
        true
    }

    /// Whether a case has this record already, from whichever file.
    pub fn is_repeated_record(&self, row: &EdgeRow) -> bool {
        self.case_with_record(row).is_some()
    }

    /// The case that has this record already, from whichever file.
    pub fn case_with_record(&self, row: &EdgeRow) -> Option<usize> {
        let same = |index: &&usize| {
            self.cases[**index]
                .edge(self.evidence)
                .is_some_and(|known| known.record.is_same_request(&row.record))
        };
        self.by_ray.get(&row.record.ray?)?.iter().find(same).copied()
    }

    /// Adds the browsers' entries to the cases of their rays; one that failed and has none is a case.
    pub fn har_entries(&mut self) {
        for (index, row) in self.evidence.har.indexed() {
            // A page of the edge that was saved need not tell with which status it came.
            let failure = failure::of_har_entry(&row.entry, self.line_limit);
            if failure.is_none() && row.entry.error_code.is_none() {
                continue;
            }
            let start = row.entry.start.map(|start| self.clocks.correct(row.place.input(), start));
            let ray = row.entry.ray.map(|ray| ray.ray);
            let host = Some(row.entry.host.as_str()).filter(|host| !host.is_empty());
            match (self.case_of_ray(ray, host, start), failure) {
                (Some(case), _) => self.cases[case].har = Some(index),
                (None, Some(failure)) => {
                    self.add(Case::from_har(index, row, failure, self.clocks), None);
                }
                (None, None) => {}
            }
        }
    }

    /// The case of a ray, on the same host where both are known, near in time where that is known.
    pub fn case_of_ray(&self, ray: Option<Ray>, host: Option<&str>, time: Option<Time>) -> Option<usize> {
        let fits = |index: &&usize| {
            let case = &self.cases[**index];
            let mut of_workers = case.subrequests(self.evidence).map(|row| row.record.host.as_deref());
            let same_host = host.is_none()
                || case.host(self.evidence).is_none_or(|known| Some(known) == host)
                || of_workers.any(|known| known == host);
            same_host && time.is_none_or(|time| time.since(case.time).abs() <= SAME_RAY_WITHIN)
        };
        self.by_ray.get(&ray?)?.iter().find(fits).copied()
    }

    /// Adds captured exchanges to the cases of their rays; those that failed and have none are cases.
    pub fn exchanges_with_ray(&mut self) {
        let mut attempts: Vec<(Ray, Time, Attempt)> = Vec::new();
        for (connection, row) in self.evidence.connections.indexed() {
            for (exchange, kept) in (0..).zip(&row.exchanges) {
                if let Some(ray) = kept.exchange.ray() {
                    let attempt = Attempt { connection, exchange: Some(exchange) };
                    attempts.push((ray.ray, attempt.time(row, self.clocks), attempt));
                }
            }
        }
        attempts.sort_unstable();
        for of_ray in attempts.chunk_by(|(ray, ..), (next, ..)| ray == next) {
            let ray = of_ray[0].0;
            let failed = self.attempts_without_case(ray, of_ray);
            self.failed_attempts(ray, failed);
        }
    }

    /// The edge tries again: attempts are one request, and what a retry healed is no failure. Gives the attempts that failed, that no
    /// later one healed and that belong to no case yet.
    fn attempts_without_case(&mut self, ray: Ray, attempts: &[(Ray, Time, Attempt)]) -> Vec<Attempt> {
        let mut failed: Vec<Attempt> = Vec::new();
        for &(_, time, attempt) in attempts {
            let Some((_, kept)) = attempt.exchange(self.evidence) else { continue };
            let host = kept.exchange.request.as_ref().and_then(|request| request.host.as_deref());
            if let Some(index) = self.case_of_ray(Some(ray), host, Some(time)) {
                let case = &mut self.cases[index];
                case.colo = case.colo.or(kept.exchange.ray().and_then(|ray| ray.colo));
                case.attempts.push(attempt);
            } else if kept.failure.is_some() {
                failed.reserve_exact(usize::from(failed.is_empty())); // Most are tried once.
                failed.push(attempt);
            } else if is_answered(kept) {
                // A later attempt of this ray was answered.
                self.healed_attempts += failed.drain(..).len() as u64;
            }
        }
        failed
    }

    /// A case for the attempts of a ray that failed, unless the capture or the edge's log tells of a good answer after them.
    fn failed_attempts(&mut self, ray: Ray, failed: Vec<Attempt>) {
        let Some(&first) = failed.first() else { return };
        let record = self.healthy_at_edge.get(&ray).copied();
        if record.is_some_and(|record| self.is_taken_by_edge(record, &failed)) {
            return;
        }
        let healed = self.is_answered_later(ray, &failed)
            || record.is_some_and(|record| self.is_healed_at_edge(record, &failed));
        if healed {
            self.healed_attempts += failed.len() as u64;
        } else if let Some(index) = self.add_captured_case(first) {
            self.cases[index].attempts = failed.into();
            self.cases[index].edge = record;
        }
    }

    /// Whether a capture holds a good answer to this ray after the last of these attempts.
    fn is_answered_later(&self, ray: Ray, failed: &[Attempt]) -> bool {
        let Some((row, kept)) = failed.last().and_then(|attempt| attempt.exchange(self.evidence)) else {
            return false;
        };
        let (Some(answered), Some(request)) =
            (self.evidence.answered.get(&ray), kept.exchange.request.as_ref())
        else {
            return false;
        };
        // A retry comes once the attempt before it is over; what another place saw of that attempt itself does not.
        let over = row.connection.closed_first().map(|(_, _, at)| at.time);
        *answered > request.first.time.max(over.unwrap_or(request.first.time))
    }

    /// What the edge passed on as it came was not healed: a 400 that names too large a head is a failure with the edge's record, too.
    fn is_healed_at_edge(&self, record: EdgeIndex, failed: &[Attempt]) -> bool {
        let Some(row) = self.evidence.edge.get(record) else { return false };
        let mut answers = failed
            .iter()
            .filter_map(|attempt| attempt.exchange(self.evidence)?.1.exchange.response.as_deref()?.status);
        answers.all(|status| row.record.edge_status != Some(status))
    }

    /// Whether the edge's record tells that it passed on what other edges are known to refuse: this one took it.
    fn is_taken_by_edge(&self, record: EdgeIndex, failed: &[Attempt]) -> bool {
        let Some(row) = self.evidence.edge.get(record) else { return false };
        let mut kept = failed.iter().filter_map(|attempt| Some(attempt.exchange(self.evidence)?.1));
        row.record.edge_status.is_some_and(|status| status < 400)
            && kept.all(|kept| {
                let status = kept.exchange.response.as_deref().and_then(|response| response.status);
                let is_refused = matches!(kept.failure, Some(Failure::Refused(_) | Failure::ResponseHeaders));
                is_refused && status == row.record.edge_status
            })
    }

    /// A case for a captured exchange; `None` where the attempt has none.
    pub fn add_captured_case(&mut self, attempt: Attempt) -> Option<usize> {
        let (row, kept) = attempt.exchange(self.evidence)?;
        let case = Case::from_exchange(attempt, row, kept, self.clocks);
        Some(self.add(case, Some(row.connection.client.ip())))
    }

    /// Adds access lines to the cases of their rays; one that tells of a failure and has none is a case, where the edge's log does not
    /// cover it.
    pub fn access_lines_with_ray(&mut self) {
        for (index, row) in self.evidence.access.indexed() {
            let Some(ray) = row.line.ray else { continue };
            match self.case_of_line(ray.ray, row) {
                Some(case) => {
                    let case = &mut self.cases[case];
                    case.colo = case.colo.or(ray.colo);
                    case.access.push(index);
                }
                None => self.add_access_case(index, row),
            }
        }
    }

    /// The case of a line's ray. A ray may be used again: the one with the line's method and target, of several the nearest in time; where
    /// there is none, the ray alone decides, unless this log has the targets that the edge has.
    fn case_of_line(&self, ray: Ray, row: &AccessRow) -> Option<usize> {
        let line = &row.line;
        let key = self.asked_at_edge.of_line(line);
        let start = self.clocks.at(row.place, line.start());
        let asks_the_same = |index: &usize| key.is_some_and(|key| self.asks_for(&self.cases[*index], key));
        let same = self.by_ray.get(&ray)?.iter().copied().filter(asks_the_same);
        let nearest = same.min_by_key(|&index| self.cases[index].time.since(start).abs());
        if nearest.is_some() || self.keep_targets.contains(&row.place.input()) {
            return nearest;
        }
        self.case_of_ray(Some(ray), line.host.as_deref(), Some(start))
    }

    /// How an access line tells of a failure, if it does.
    pub fn failure_of(&self, row: &AccessRow) -> Option<Failure> {
        let unlogged = |status| row.line.status == status && !self.is_told_at_edge(row);
        let aborted = unlogged(Some(499)).then_some(Failure::ClientAbort);
        // Without a status a worker that is gone left its request (HTTP.SYS), and a rule the one that it turned away (HAProxy: `http-request reject`).
        let says_why = |id| tells_of_death(id) || closes_unanswered(id);
        let lost = unlogged(None) && row.line.ending().is_some_and(|ending| says_why(ending.id));
        // What asks past the edge is often closed so, and is nobody's failure.
        let closed = (unlogged(Some(444)) || lost) && self.bystanders.came_through_edge(&row.line);
        failure::of_access_line(&row.line, self.line_limit)
            .or(aborted)
            .or(closed.then_some(Failure::NoResponse))
            .or_else(|| self.loops.holds_line(&row.line).then_some(Failure::RedirectToItself))
    }

    /// Whether the edge's log would have a record of the request of a line.
    pub fn is_told_at_edge(&self, row: &AccessRow) -> bool {
        let start = self.clocks.at(row.place, row.line.start());
        self.edge_coverage.would_show(row.place.input(), row.line.host.as_deref(), start)
    }

    /// Whether a line is about a request of a bystander: by itself, or because another log has a line of the same request that is.
    pub fn is_past_edge(&self, row: &AccessRow, time: Time) -> bool {
        let near = self.tolerance(row.place, row.line.resolution);
        let behind = || {
            let asked = self.past_edge.get(&RequestKey::of_line(&row.line)?)?;
            asked.range(time.plus(-near)..=time.plus(near)).next()
        };
        self.bystanders.is_line(row)
            || row.line.ray.is_none() && self.bystanders.is_behind(row) && behind().is_some()
    }

    /// A case for an access line, where it tells of a failure; what the edge's log would show is counted apart.
    pub fn add_access_case(&mut self, index: AccessIndex, row: &AccessRow) {
        let Some(failure) = self.failure_of(row) else { return };
        let case = Case::from_access(index, row, failure, self.clocks);
        if self.is_past_edge(row, case.time) {
            return;
        }
        if self.is_told_at_edge(row) {
            self.apart.push(index);
            return;
        }
        if self.is_of_another_time(case.time) {
            self.of_another_time += 1;
            return;
        }
        self.add(case, row.line.real_peer.or(row.line.remote_address));
    }

    /// Whether the edge's log has failures, which are the first cases, and is of another time than this instant: logs that were rotated away hold other
    /// incidents.
    fn is_of_another_time(&self, time: Time) -> bool {
        let has_failures = self.cases.first().is_some_and(|case| case.edge.is_some());
        has_failures && self.edge_coverage.is_of_another_time(time)
    }
}

fn is_answered(kept: &KeptExchange) -> bool {
    kept.exchange.response.as_deref().is_some_and(|response| response.status.is_some())
}
