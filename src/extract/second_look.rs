//! The second look at the logs: for rays that failed in the packets or in an origin's log, and that were not known to when the log was read.

use std::collections::{HashMap, HashSet};

use super::opened::OpenedFile;
use crate::evidence::AccessRow;
use crate::evidence::failure;
use crate::evidence::interest::Interest;
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::ray::Ray;

/// The rays to look for, and those logs that have rays and are not the only ones to tell of the failures.
pub(super) fn rays_and_logs<'o>(
    partial: &Partial,
    files: &[&'o OpenedFile],
    line_limit: u64,
    known: &Interest,
) -> (Vec<Ray>, Vec<&'o OpenedFile>) {
    let told = told_by(partial, line_limit, known);
    let may_find = |file: &&&OpenedFile| {
        let lines = partial.inputs.get(&file.input).and_then(|summary| summary.lines);
        lines.is_some_and(|lines| lines.with_ray > 0) && told.values().any(|by| *by != Some(file.input))
    };
    let files = files.iter().filter(may_find).copied().collect();
    (told.into_keys().collect(), files)
}

/// The rays of failures that were not known before the packets and the origin's logs were read; with each the log that tells of it, where
/// one alone does.
fn told_by(partial: &Partial, line_limit: u64, known: &Interest) -> HashMap<Ray, Option<InputId>> {
    let packets = partial.connections.iter().flat_map(|row| &row.exchanges);
    let failed = packets.filter(|kept| kept.failure.is_some()).filter_map(|kept| kept.exchange.ray());
    // A line that names only the client of what was refused says at the origin alone which request that was.
    let is_told = |row: &&AccessRow| {
        failure::of_access_line(&row.line, line_limit).is_some()
            || known.refused.is_unknown_at_edge(&row.line)
    };
    let logged = partial.access.iter().filter(is_told);
    let logged = logged.filter_map(|row| Some((row.line.ray?, Some(row.place.input()))));
    let mut told: HashMap<Ray, Option<InputId>> = HashMap::new();
    for (ray, by) in failed.map(|ray| (ray, None)).chain(logged) {
        if !known.rays.contains(&ray.ray) {
            let so_far = told.entry(ray.ray).or_insert(by);
            *so_far = so_far.filter(|_| *so_far == by);
        }
    }
    // Of what was asked for, and of what a browser saw fail, lines may have been let go of.
    if !partial.let_go.is_empty() {
        let kept: HashSet<Ray> = rays_kept(partial).collect();
        told.extend(known.rays.iter().filter(|ray| !kept.contains(*ray)).map(|ray| (*ray, None)));
    }
    told
}

/// The rays of the lines that are kept.
fn rays_kept(partial: &Partial) -> impl Iterator<Item = Ray> {
    let edge = partial.edge.iter().filter_map(|row| row.record.ray);
    edge.chain(partial.access.iter().filter_map(|row| Some(row.line.ray?.ray)))
}
