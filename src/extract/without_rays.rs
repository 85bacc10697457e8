//! The further looks at the logs where something names no ray: first at all that may compete (`unnamed`), then, where a log has very many
//! lines that ask for what failed, at those near the failing requests (`crowded`).

use rayon::prelude::*;

use super::opened::{Nature, OpenedFile};
use super::unnamed::{self, FailingTimes, LookFor};
use crate::evidence::partial::Partial;
use crate::logs::recognise;

/// Where there are logs of the edge, and access logs that name no rays, captures that cut them off, or messages that name what was asked: what
/// is looked for, and in which logs.
pub(super) fn what_and_where<'o>(
    partial: &Partial,
    edge: &[&'o OpenedFile],
    access: &[&'o OpenedFile],
) -> (FailingTimes, LookFor, Vec<&'o OpenedFile>) {
    let lacks_rays = |file: &&&OpenedFile| {
        let Nature::Log(format) = &file.nature else { return false };
        partial.crowded.contains_key(&file.input)
            || unnamed::names_no_rays(format, &file.content.head(recognise::HEAD))
    };
    let access = if edge.is_empty() { &[] } else { access };
    let without: Vec<&OpenedFile> = access.par_iter().filter(lacks_rays).copied().collect();
    let is_cut = !edge.is_empty() && partial.views.values().any(|view| !view.keys.is_empty());
    let wanted = if without.is_empty() && !is_cut { LookFor::Messages } else { LookFor::Lines };
    let failing = FailingTimes::of(partial, wanted);
    if wanted == LookFor::Messages && failing.is_empty() {
        return (failing, wanted, Vec::new());
    }
    (failing, wanted, edge.iter().chain(&without).copied().collect())
}

/// The access logs that have so many lines about what failed that the first look kept none of them, where there are logs of the edge.
pub(super) fn crowded<'o>(
    partial: &Partial,
    edge: &[&OpenedFile],
    access: &[&'o OpenedFile],
) -> (FailingTimes, Vec<&'o OpenedFile>) {
    let is_crowded = |file: &&&OpenedFile| !edge.is_empty() && partial.crowded.contains_key(&file.input);
    let crowded: Vec<&OpenedFile> = access.iter().filter(is_crowded).copied().collect();
    if crowded.is_empty() {
        return (FailingTimes::default(), crowded);
    }
    (FailingTimes::of(partial, LookFor::Lines), crowded)
}
