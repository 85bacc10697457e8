//! A further look at the logs of the edge and at access logs where a line says that a request was refused: for the requests of its status
//! that such a line may be about. They are no failures by themselves; what the line is about is decided when all sources are joined. And at the
//! logs of the edge for what browsers met, by requests of other visitors, and for redirects that may lead to themselves.

use std::collections::BTreeSet;

use super::log::LogFile;
use super::unnamed::read_all;
use crate::evidence::interest::Interest;
use crate::evidence::partial::Partial;
use crate::evidence::place::Place;
use crate::evidence::row::{AccessRow, EdgeRow};
use crate::facts::refusals;
use crate::logs::{Glance, Parsed};

/// The most requests that are kept of all logs of a kind because a line may be about them: those that stand first. A robot that is turned away may
/// ask a million times.
const MOST_REQUESTS: usize = 50_000;

/// Looks at one log of the edge or of an origin. `rows`: what is kept already.
pub(super) fn look(
    log: &LogFile<'_>,
    interest: &Interest,
    rows: &BTreeSet<Place>,
    host: Option<&str>,
) -> Partial {
    RefusedSearch { interest, rows, host, found: Partial::default(), beyond: 0 }.at(log)
}

/// Drops all but the rows that stand first, of those that were found in several logs: what is left is the same in whatever order they are
/// merged.
pub(super) fn bounded(found: Partial) -> Partial {
    first_of(found, MOST_REQUESTS)
}

fn first_of(mut found: Partial, most: usize) -> Partial {
    found.edge.sort_by_key(|row| row.place);
    found.access.sort_by_key(|row| row.place);
    let edge = found.edge.drain(most.min(found.edge.len())..).map(|row| row.place);
    let access = found.access.drain(most.min(found.access.len())..).map(|row| row.place);
    for place in edge.chain(access) {
        *found.competing_beyond.entry(place.input()).or_default() += 1;
    }
    found
}

struct RefusedSearch<'a> {
    interest: &'a Interest,
    /// What is kept already.
    rows: &'a BTreeSet<Place>,
    host: Option<&'a str>,
    found: Partial,
    beyond: u64,
}

impl RefusedSearch<'_> {
    fn at(mut self, log: &LogFile<'_>) -> Partial {
        let went_well = |glance: &Glance<'_>| {
            let (met, loops) = (&self.interest.met, &self.interest.loops);
            match glance {
                Glance::Edge(glance) => !glance.edge_status.is_some_and(|status| {
                    refusals::may_refuse(status) || met.has_status(status) || loops.has_status(status)
                }),
                Glance::Access(glance) => !glance.status.is_some_and(|status| {
                    refusals::may_refuse(status) || !loops.are_of_edge() && loops.has_status(status)
                }),
            }
        };
        read_all(log, &went_well, &mut |record, parsed| {
            let place = Place::Line { input: log.input, line: record.line, before: record.before };
            match parsed {
                Parsed::Edge(record) => {
                    let is_wanted = self.interest.refused.holds_record(&record)
                        || self.interest.met.failure_of(&record).is_some()
                        || self.interest.loops.holds(&record);
                    if is_wanted && self.takes(place, record.host.as_deref()) {
                        self.found.edge.push(EdgeRow { place, record });
                    }
                }
                Parsed::Access(line) => {
                    let is_wanted =
                        self.interest.refused.holds_line(&line) || self.interest.loops.holds_line(&line);
                    if is_wanted && self.takes(place, line.host.as_deref()) {
                        self.found.access.push(AccessRow { place, line });
                    }
                }
                Parsed::Message(_) | Parsed::Cause(_) | Parsed::Skip(_) => {}
            }
        });
        if self.beyond > 0 {
            self.found.competing_beyond.insert(log.input, self.beyond);
        }
        self.found
    }

    fn takes(&mut self, place: Place, host: Option<&str>) -> bool {
        let is_other =
            matches!((self.host, host), (Some(wanted), Some(host)) if !host.eq_ignore_ascii_case(wanted));
        let is_full = self.found.edge.len() + self.found.access.len() >= MOST_REQUESTS;
        let is_new = !is_other && !self.rows.contains(&place);
        self.beyond += u64::from(is_new && is_full);
        is_new && !is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::place::InputId;
    use crate::logs::EdgeRecord;

    fn of_log(input: u32, lines: u64) -> Partial {
        let place = |line| Place::Line { input: InputId(input), line, before: 0 };
        let row = |line| EdgeRow { place: place(line), record: EdgeRecord::default() };
        Partial { edge: (1..=lines).map(row).collect(), ..Partial::default() }
    }

    #[test]
    fn however_logs_are_merged_the_same_rows_are_kept() {
        let merge = |one: Partial, other: Partial| first_of(one.merge(other), 5);
        let forwards = merge(merge(of_log(1, 3), of_log(2, 3)), of_log(3, 3));
        let backwards = merge(of_log(3, 3), merge(of_log(2, 3), of_log(1, 3)));
        assert_eq!(forwards, backwards);
        assert_eq!(forwards.edge.len(), 5);
        assert_eq!(forwards.competing_beyond.values().sum::<u64>(), 4);
    }
}
