//! A further look at the logs of the edge and at access logs where a line says that a request was refused: for the requests of its status
//! that such a line may be about. They are no failures by themselves; what the line is about is decided when all sources are joined.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::log::LogFile;
use super::opened::{Nature, OpenedFile};
use super::unnamed::read_all;
use crate::evidence::named_as_refused::NamedAsRefused;
use crate::evidence::partial::Partial;
use crate::evidence::place::Place;
use crate::evidence::request_key::RequestKey;
use crate::evidence::row::{AccessRow, EdgeRow};
use crate::facts::refusals;
use crate::logs::{Glance, Parsed};

/// The most requests that are kept of one log because a line may be about them.
const MOST_REQUESTS: usize = 100_000;

/// Looks at the edge's logs first: what is found there is known by its ray and by what it asked in the access logs, too. Gives what was found,
/// and all that is named.
pub(super) fn look_for_refused(
    partial: Partial,
    edge: &[&OpenedFile],
    access: &[&OpenedFile],
    host: Option<&str>,
) -> (Partial, NamedAsRefused) {
    let mut named = NamedAsRefused::by(&partial);
    if named.is_empty() {
        return (partial, named);
    }
    let found = look(&partial, edge, &named, host);
    named.extend(found.edge.iter().map(|row| (row.record.ray, RequestKey::of_record(&row.record))));
    let partial = partial.merge(found);
    let found = look(&partial, access, &named, host);
    (partial.merge(found), named)
}

fn look(known: &Partial, files: &[&OpenedFile], named: &NamedAsRefused, host: Option<&str>) -> Partial {
    let rows: BTreeSet<Place> =
        known.edge.iter().map(|row| row.place).chain(known.access.iter().map(|row| row.place)).collect();
    let looked = files.par_iter().map(|file| {
        let Nature::Log(format) = &file.nature else { return Partial::default() };
        let (found, content) = (&file.found, &file.content);
        let log = LogFile { input: file.input, name: &found.name, bytes: found.bytes, content, format };
        RefusedSearch { named, rows: &rows, host, found: Partial::default(), beyond: 0 }.at(&log)
    });
    looked.reduce(Partial::default, Partial::merge)
}

struct RefusedSearch<'a> {
    named: &'a NamedAsRefused,
    /// What is kept already.
    rows: &'a BTreeSet<Place>,
    host: Option<&'a str>,
    found: Partial,
    beyond: u64,
}

impl RefusedSearch<'_> {
    fn at(mut self, log: &LogFile<'_>) -> Partial {
        let went_well = |glance: &Glance<'_>| {
            let status = match glance {
                Glance::Edge(glance) => glance.edge_status,
                Glance::Access(glance) => glance.status,
            };
            !status.is_some_and(refusals::may_refuse)
        };
        read_all(log, &went_well, &mut |record, parsed| {
            let place = Place::Line { input: log.input, line: record.line, before: record.before };
            match parsed {
                Parsed::Edge(record) => {
                    if self.named.holds_record(&record) && self.takes(place, record.host.as_deref()) {
                        self.found.edge.push(EdgeRow { place, record });
                    }
                }
                Parsed::Access(line) => {
                    if self.named.holds_line(&line) && self.takes(place, line.host.as_deref()) {
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
