//! Joins by ray: the edge's records, the browsers' entries, captured attempts and access lines of one request.

use super::super::case::{Attempt, Case};
use super::{Joiner, SAME_RAY_WITHIN, blank};
use crate::evidence::failure::{self, Failure};
use crate::evidence::{AccessRow, EdgeRow, HarRow, KeptExchange};
use crate::ray::Ray;
use crate::time::Time;
use std::collections::BTreeMap;

impl<'a> Joiner<'a> {
    pub(super) fn edge_records(&mut self) {
        for row in &self.partial.edge {
            let record = &row.record;
            let aborted = record.edge_status == Some(499) && failure::is_visitors(record);
            let failure =
                failure::of_edge_record(record, self.line_limit).or(aborted.then_some(Failure::ClientAbort));
            let Some(failure) = failure else { continue };
            if self.is_repeated_record(row) {
                continue;
            }
            let input = row.place.input();
            let time = self.clocks.correct(input, record.start);
            let case = Case {
                colo: record.colo,
                method: record.method.clone(),
                host: record.host.clone(),
                target: record.target.clone(),
                edge: Some(row.clone()),
                ..blank(
                    record.ray,
                    time,
                    record.end.map_or(time, |end| self.clocks.correct(input, end)),
                    failure,
                )
            };
            self.add(case, record.edge_address);
        }
    }

    /// Logpush may deliver a record twice.
    pub(super) fn is_repeated_record(&self, row: &EdgeRow) -> bool {
        let same =
            |index: &usize| self.cases[*index].edge.as_ref().is_some_and(|known| known.record == row.record);
        row.record.ray.is_some_and(|ray| self.by_ray.get(&ray).is_some_and(|known| known.iter().any(same)))
    }

    pub(super) fn har_entries(&mut self) {
        for row in &self.partial.har {
            let Some(failure) = failure::of_har_entry(&row.entry, self.line_limit) else { continue };
            let start = row.entry.start.map(|start| self.clocks.correct(row.place.input(), start));
            let ray = row.entry.ray.map(|ray| ray.ray);
            match self.case_of_ray(ray, Some(&row.entry.host), start) {
                Some(index) => self.cases[index].har = Some(row.clone()),
                None => self.add_har_case(row, failure, start.unwrap_or_default()),
            }
        }
    }

    pub(super) fn add_har_case(&mut self, row: &HarRow, failure: Failure, time: Time) {
        let entry = &row.entry;
        let case = Case {
            colo: entry.ray.and_then(|ray| ray.colo),
            method: Some(entry.method.clone()),
            host: Some(entry.host.clone()),
            target: Some(entry.target.clone()),
            har: Some(row.clone()),
            ..blank(entry.ray.map(|ray| ray.ray), time, time.plus(entry.duration.unwrap_or(0)), failure)
        };
        self.add(case, None);
    }

    /// The case of a ray, on the same host where both are known, near in time where that is known.
    pub(super) fn case_of_ray(
        &self,
        ray: Option<Ray>,
        host: Option<&str>,
        time: Option<Time>,
    ) -> Option<usize> {
        let fits = |index: &&usize| {
            let case = &self.cases[**index];
            let same_host = host.is_none() || case.host.is_none() || case.host.as_deref() == host;
            same_host && time.is_none_or(|time| time.since(case.time).abs() <= SAME_RAY_WITHIN)
        };
        self.by_ray.get(&ray?)?.iter().find(fits).copied()
    }

    pub(super) fn exchanges_with_ray(&mut self) {
        let mut by_ray: BTreeMap<Ray, Vec<Attempt>> = BTreeMap::new();
        for (connection, row) in self.partial.connections.iter().enumerate() {
            for (exchange, kept) in row.exchanges.iter().enumerate() {
                if let Some(ray) = kept.exchange.ray() {
                    by_ray.entry(ray.ray).or_default().push(Attempt { connection, exchange: Some(exchange) });
                }
            }
        }
        for (ray, mut attempts) in by_ray {
            attempts.sort_by_key(|attempt| self.attempt_time(*attempt));
            self.attempts_of_ray(ray, attempts);
        }
    }

    /// The edge tries again: attempts are one request, and what a retry healed is no failure.
    pub(super) fn attempts_of_ray(&mut self, ray: Ray, attempts: Vec<Attempt>) {
        let mut failed: Vec<Attempt> = Vec::new();
        for attempt in attempts {
            let Some((row, kept)) = self.exchange(attempt) else { continue };
            let host = kept.exchange.request.as_ref().and_then(|request| request.host.as_deref());
            let time = self.attempt_time(attempt);
            if let Some(index) = self.case_of_ray(Some(ray), host, Some(time)) {
                let case = &mut self.cases[index];
                case.colo = case.colo.or(kept.exchange.ray().and_then(|ray| ray.colo));
                case.attempts.push(attempt);
            } else if kept.failure.is_some() {
                failed.push(attempt);
            } else if is_answered(kept) {
                // A later attempt of this ray was answered.
                self.healed_attempts += failed.drain(..).len() as u64;
            }
            let _ = row;
        }
        let Some(&first) = failed.first() else { return };
        let over = failed.last().and_then(|attempt| self.exchange(*attempt));
        let over = over.and_then(|(row, _)| Some(row.connection.closed_first()?.2.time));
        let last = failed
            .last()
            .and_then(|attempt| self.exchange(*attempt))
            .and_then(|(_, kept)| kept.exchange.request.as_ref());
        let healed = self
            .partial
            .answered
            .get(&ray)
            .zip(last)
            // A retry comes once the attempt before it is over; what another place saw of that attempt itself does not.
            .is_some_and(|(answered, last)| *answered > last.first.time.max(over.unwrap_or(last.first.time)));
        if healed {
            self.healed_attempts += failed.len() as u64;
            return;
        }
        let record = self.healthy_at_edge.get(&ray).copied();
        if record.is_some_and(|row| self.is_healed(row, &failed)) {
            self.healed_attempts += failed.len() as u64;
        } else {
            let index = self.add_captured_case(first);
            self.cases[index].attempts = failed;
            self.cases[index].edge = record.cloned();
        }
    }

    /// What the edge passed on as it came was not healed: a 400 that names too large a head is a failure with the edge's record, too.
    pub(super) fn is_healed(&self, row: &EdgeRow, failed: &[Attempt]) -> bool {
        let mut answers =
            failed.iter().filter_map(|attempt| self.exchange(*attempt)?.1.exchange.response.as_ref()?.status);
        answers.all(|status| row.record.edge_status != Some(status))
    }

    pub(super) fn add_captured_case(&mut self, attempt: Attempt) -> usize {
        let time = self.attempt_time(attempt);
        let Some((row, kept)) = self.exchange(attempt) else {
            return self.add(blank(None, time, time, Failure::Connect), None);
        };
        let ray = kept.exchange.ray();
        let end = self.clocks.correct(row.input(), row.connection.last.time);
        let request = kept.exchange.request.as_ref();
        let case = Case {
            colo: ray.and_then(|ray| ray.colo),
            method: request.map(|request| request.method.clone()),
            host: request.and_then(|request| request.host.clone()),
            target: request.map(|request| request.target.clone()),
            attempts: vec![attempt],
            ..blank(ray.map(|ray| ray.ray), time, end, kept.failure.unwrap_or(Failure::NoResponse))
        };
        let address = row.connection.client.ip();
        self.add(case, Some(address))
    }

    pub(super) fn access_lines_with_ray(&mut self) {
        for row in &self.partial.access {
            let Some(ray) = row.line.ray else { continue };
            let start = self.clocks.correct(row.place.input(), row.line.start());
            match self.case_of_ray(Some(ray.ray), row.line.host.as_deref(), Some(start)) {
                Some(index) => {
                    let case = &mut self.cases[index];
                    case.colo = case.colo.or(ray.colo);
                    case.access.push(row.clone());
                }
                None => self.add_access_case(row, start),
            }
        }
    }

    pub(super) fn add_access_case(&mut self, row: &AccessRow, time: Time) {
        let aborted = row.line.status == Some(499) && !self.has_edge_log;
        let failure =
            failure::of_access_line(&row.line, self.line_limit).or(aborted.then_some(Failure::ClientAbort));
        let Some(failure) = failure else { return };
        let case = Case {
            colo: row.line.ray.and_then(|ray| ray.colo),
            method: row.line.method.clone(),
            host: row.line.host.clone(),
            target: row.line.target.clone(),
            access: vec![row.clone()],
            ..blank(
                row.line.ray.map(|ray| ray.ray),
                time,
                time.plus(row.line.request_time.unwrap_or(0)),
                failure,
            )
        };
        self.add(case, row.line.real_peer.or(row.line.remote_address));
    }
}

fn is_answered(kept: &KeptExchange) -> bool {
    kept.exchange.response.as_ref().is_some_and(|response| response.status.is_some())
}
