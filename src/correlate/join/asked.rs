//! Requests that a person asks for by their rays: all that was kept of them, whether they failed or not.

use std::collections::BTreeMap;

use crate::correlate::attempt::Attempt;
use crate::correlate::case::{Case, ToldBy};
use crate::correlate::clock::Clocks;
use crate::correlate::whole::Whole;
use crate::evidence::failure::Failure;
use crate::ray::{Ray, RayAtColo};
use crate::time::Time;

/// What the sources say of these rays, in the form of cases; nothing for a ray that no source knows. Their failures are not judged, and
/// when they were over is not known: only their rows tell something.
pub fn asked_for(rays: &[Ray], evidence: &Whole, clocks: &Clocks) -> BTreeMap<Ray, Case> {
    rays.iter().filter_map(|&ray| Some((ray, all_of(ray, evidence, clocks)?))).collect()
}

fn all_of(ray: Ray, evidence: &Whole, clocks: &Clocks) -> Option<Case> {
    let is_rays = |seen: Option<RayAtColo>| seen.is_some_and(|seen| seen.ray == ray);
    // Of a record that was delivered twice the last.
    let edge = evidence.edge.indexed().filter(|(_, row)| row.record.ray == Some(ray)).last();
    let har = evidence.har.indexed().find(|(_, row)| is_rays(row.entry.ray)).map(|(index, _)| index);
    let access = evidence.access.indexed().filter(|(_, row)| is_rays(row.line.ray)).map(|(index, _)| index);
    let access: Vec<_> = access.collect();
    let attempts: Vec<Attempt> = evidence
        .connections
        .indexed()
        .flat_map(|(connection, row)| {
            let of_ray = (0..).zip(&row.exchanges).filter(|(_, kept)| is_rays(kept.exchange.ray()));
            of_ray.map(move |(exchange, _)| Attempt { connection, exchange: Some(exchange) })
        })
        .collect();
    let by_edge = edge.map(|(index, _)| ToldBy::Edge(index));
    let by_browser = || har.map(ToldBy::Har);
    let by_log = || access.first().copied().map(ToldBy::Access);
    let by_packets = || attempts.first().copied().map(ToldBy::Packets);
    let told_by = by_edge.or_else(by_browser).or_else(by_log).or_else(by_packets)?;
    let colo = edge.and_then(|(_, row)| row.record.colo);
    let begin = edge.map(|(_, row)| clocks.correct(row.place.input(), row.record.start));
    let span = (begin.unwrap_or_default(), Time::default());
    Some(Case {
        edge: edge.map(|(index, _)| index),
        har,
        attempts: attempts.into(),
        access: access.into(),
        ..Case::begin(told_by, Some(RayAtColo { ray, colo }), span, Failure::NoResponse)
    })
}
