//! Lines that one failing request each leaves, and that name neither it nor its client: which of several of one moment it is does not matter, for
//! such lines say the same more often than not. So they are given in order of time. No request that went well leaves one.

use std::collections::BTreeSet;

use super::joiner::Joiner;
use super::messages::Waiting;
use crate::correlate::case::{Case, Join};
use crate::correlate::rows::AccessIndex;
use crate::evidence::{AccessRow, MessageRow};
use crate::time::{Duration, Time};

/// A line: when it was written, by the reference clock, how far that may be off, and which it is.
pub(super) type TimedLine<I> = (Time, I, Duration);

impl<'a> Joiner<'a> {
    /// Each of these cases, which are sorted by their ends, with one line of its moment.
    pub(super) fn in_turn<I: Copy + Ord>(
        &self,
        mut lines: Vec<TimedLine<I>>,
        cases: Vec<usize>,
    ) -> Vec<(usize, I)> {
        let mut pairs = Vec::new();
        lines.sort_unstable();
        let mut open = cases.into_iter().peekable();
        for (time, line, tolerance) in lines {
            while open.next_if(|case| self.cases[*case].end.plus(tolerance) < time).is_some() {}
            let case = open.next_if(|case| self.cases[*case].time <= time.plus(tolerance));
            pairs.extend(case.map(|case| (case, line)));
        }
        pairs
    }

    /// Gives requests without an answer the lines in which a server behind who speaks TLS has HTTP/2's preface for a request. Gives the lines back.
    pub(super) fn prefaces(&mut self, rows: &[(AccessIndex, &AccessRow)]) -> BTreeSet<AccessIndex> {
        let is_told = |row: &AccessRow| row.line.is_http2_preface() && !self.is_strangers(&row.line);
        let lines = rows.iter().filter(|(_, row)| is_told(row)).map(|(index, row)| {
            let time = self.clocks.at(row.place, row.line.start());
            (time, *index, self.tolerance(row.place, row.line.resolution))
        });
        let lines: Vec<TimedLine<AccessIndex>> = lines.collect();
        let pairs = match lines.is_empty() {
            true => Vec::new(),
            false => self.in_turn(lines, self.unanswered_cases(|case| case.access.is_empty())),
        };
        for (case, index) in &pairs {
            self.cases[*case].access.push(*index);
            self.cases[*case].join = self.cases[*case].join.max(Join::Time);
        }
        pairs.into_iter().map(|(_, index)| index).collect()
    }

    /// Gives requests without an answer the messages of a server that closes so and does not say on whom.
    pub(super) fn closed_unanswered(&mut self, rows: &Waiting<'a>) {
        let mut signatures: Vec<&str> = rows.iter().filter_map(|(_, row)| row.line.signature).collect();
        signatures.sort_unstable();
        signatures.dedup();
        for signature in signatures {
            let is_meant = |row: &MessageRow| row.line.signature == Some(signature);
            let lines = rows.iter().filter(|(_, row)| is_meant(row)).filter_map(|(index, row)| {
                let time = self.clocks.written_at(row)?;
                Some((time, *index, self.tolerance(row.place, row.line.resolution)))
            });
            let open = self.unanswered_cases(|case| !case.messages(self.evidence).any(is_meant));
            for (case, index) in self.in_turn(lines.collect(), open) {
                self.cases[case].messages.to_mut().push(index);
                self.cases[case].join = self.cases[case].join.max(Join::Time);
            }
        }
    }

    /// Cases of requests without an answer, in the order of their ends.
    fn unanswered_cases(&self, is_open: impl Fn(&Case) -> bool) -> Vec<usize> {
        self.cases_by_end(|case| self.went_unanswered(case) && is_open(case))
    }

    /// Cases that are such, in the order of their ends.
    pub(super) fn cases_by_end(&self, is_such: impl Fn(&Case) -> bool) -> Vec<usize> {
        let mut such: Vec<usize> =
            self.cases.iter().enumerate().filter(|(_, case)| is_such(case)).map(|(index, _)| index).collect();
        such.sort_unstable_by_key(|index| (self.cases[*index].end, *index));
        such
    }
}
