//! Lines of logs that tell of failures, where there are so many that their rows would fill the memory: those of the rays with the smallest hashes
//! are kept, the others are counted. A ray has the same hash in every log, so all logs keep the same requests, and however parts are
//! merged, the same rows stay.

use std::collections::BTreeMap;

use super::failure;
use super::input::InputKind;
use super::partial::Partial;
use super::place::{InputId, Place};
use super::row::{AccessRow, EdgeRow};
use super::sample::hash_of;
use crate::ray::Ray;

/// A row of a log that is kept because of a failure.
pub trait FailingLine {
    /// The ray of the request that it is about.
    fn ray(&self) -> Option<Ray>;
    /// Where it stands.
    fn place(&self) -> Place;
    /// Whether it tells of a failure by itself. The size of a head, for which limits are set, does not count.
    fn fails(&self) -> bool;

    /// By what it is chosen: of its ray, or, where it has none, of where it stands.
    fn hash(&self) -> u64 {
        let Place::Line { input, line, .. } = self.place() else { return 0 };
        hash_of(self.ray(), input.numbered(line))
    }
}

impl FailingLine for EdgeRow {
    fn ray(&self) -> Option<Ray> {
        self.record.parent_ray.or(self.record.ray)
    }

    fn place(&self) -> Place {
        self.place
    }

    fn fails(&self) -> bool {
        failure::of_edge_record(&self.record, u64::MAX).is_some()
    }
}

impl FailingLine for AccessRow {
    fn ray(&self) -> Option<Ray> {
        self.line.ray.map(|ray| ray.ray)
    }

    fn place(&self) -> Place {
        self.place
    }

    fn fails(&self) -> bool {
        failure::of_access_line(&self.line, u64::MAX).is_some()
    }
}

/// How many rows that tell of a failure were let go, by input. An input that stands here with none lost others.
type LetGo = BTreeMap<InputId, u64>;

/// Keeps the `most` rows with the smallest hashes, and of those with one hash the ones that stand first.
fn keep_sample<R: FailingLine>(rows: &mut Vec<R>, most: usize, let_go: &mut LetGo) {
    if rows.len() <= most {
        return;
    }
    let mut keys: Vec<(u64, Place)> = rows.iter().map(|row| (row.hash(), row.place())).collect();
    let (_, first_out, _) = keys.select_nth_unstable(most);
    let first_out = *first_out;
    retain(rows, |row| (row.hash(), row.place()) < first_out, let_go);
}

fn retain<R: FailingLine>(rows: &mut Vec<R>, stays: impl Fn(&R) -> bool, let_go: &mut LetGo) {
    rows.retain(|row| {
        let stays = stays(row);
        if !stays {
            *let_go.entry(row.place().input()).or_default() += u64::from(row.fails());
        }
        stays
    });
}

impl Partial {
    /// Keeps no more than so many rows of the edge's logs, and of access logs.
    pub fn keep_failing_lines(&mut self, most: usize) {
        keep_sample(&mut self.edge, most, &mut self.let_go);
        keep_sample(&mut self.access, most, &mut self.let_go);
    }

    /// Lets go of the lines with rays that the logs of the other side had to let go of; whether there were any.
    pub fn agree_on_failing_lines(&mut self) -> bool {
        let has_let_go = |kind: InputKind| {
            self.let_go.keys().any(|input| self.inputs.get(input).is_some_and(|summary| summary.kind == kind))
        };
        let edge = has_let_go(InputKind::EdgeLog).then(|| largest(&self.edge)).flatten();
        let access = has_let_go(InputKind::AccessLog).then(|| largest(&self.access)).flatten();
        let Some(limit) = [edge, access].into_iter().flatten().min() else { return false };
        retain(&mut self.edge, |row| row.ray().is_none() || row.hash() <= limit, &mut self.let_go);
        retain(&mut self.access, |row| row.ray().is_none() || row.hash() <= limit, &mut self.let_go);
        true
    }

    /// Takes note of rows that were let go of and are back.
    pub fn take_back(&mut self, found: &Partial) {
        let edge = found.edge.iter().filter(|row| row.fails()).map(|row| row.place);
        let access = found.access.iter().filter(|row| row.fails()).map(|row| row.place);
        for place in edge.chain(access) {
            if let Some(count) = self.let_go.get_mut(&place.input()) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

fn largest<R: FailingLine>(rows: &[R]) -> Option<u64> {
    rows.iter().filter(|row| row.ray().is_some()).map(FailingLine::hash).max()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::logs::EdgeRecord;

    fn row(input: u32, line: u64, ray: Option<u64>) -> EdgeRow {
        let place = Place::Line { input: InputId(input), line, before: 0 };
        let record = EdgeRecord { ray: ray.map(Ray), edge_status: Some(520), ..EdgeRecord::default() };
        EdgeRow { place, record }
    }

    fn of_logs(logs: &[Vec<Option<u64>>]) -> Vec<Partial> {
        let log = |(input, rays): (usize, &Vec<Option<u64>>)| Partial {
            edge: (1..).zip(rays).map(|(line, ray)| row(input as u32, line, *ray)).collect(),
            ..Partial::default()
        };
        logs.iter().enumerate().map(log).collect()
    }

    proptest! {
        /// Otherwise a report depends on how the work was divided.
        #[test]
        fn however_logs_are_merged_the_same_rows_stay_and_each_other_is_counted_once(
            logs in proptest::collection::vec(proptest::collection::vec(proptest::option::of(0u64..40), 0..12), 1..5), most in 1usize..20,
        ) {
            let merge = |one: Partial, other: Partial| {
                let mut merged = one.merge(other);
                merged.keep_failing_lines(most);
                merged
            };
            let forwards = of_logs(&logs).into_iter().reduce(merge).unwrap();
            let backwards = of_logs(&logs).into_iter().rev().reduce(|one, other| merge(other, one)).unwrap();
            let mut at_once = of_logs(&logs).into_iter().fold(Partial::default(), Partial::merge);
            at_once.keep_failing_lines(most);
            if logs.len() > 1 {
                prop_assert_eq!(&forwards, &at_once);
                prop_assert_eq!(&backwards, &at_once);
            }
            let all: usize = logs.iter().map(Vec::len).sum();
            prop_assert_eq!(at_once.edge.len() + at_once.let_go.values().sum::<u64>() as usize, all);
            prop_assert!(at_once.edge.len() <= most);
        }
    }
}
