//! Cases as the report lists them.

use rayon::prelude::*;

use super::listing::listed;
use super::place::name;
use super::story;
use super::values::{moment, share};
use crate::correlate::{Attempt, Case, Hop, Incident, Join, lost_at};
use crate::diagnose::{Diagnosis, Judgement};
use crate::evidence::ConnectionRow;
use crate::ray::Ray;
use crate::report::model::{self, InputKind, SeenIn, UNEXPLAINED};
use crate::text::words::duration;

/// The cases, at most `MAX_CASES`, in order of time.
pub fn cases(diagnosis: &Diagnosis) -> Vec<model::Case> {
    told(listed(diagnosis), diagnosis)
}

/// The cases of one ray, in order of time.
pub fn of_ray(ray: Ray, diagnosis: &Diagnosis) -> Vec<model::Case> {
    let cases = diagnosis.incident.cases.iter().enumerate();
    told(cases.filter(|(_, case)| case.ray == Some(ray)).map(|(index, _)| index).collect(), diagnosis)
}

fn told(cases: Vec<usize>, diagnosis: &Diagnosis) -> Vec<model::Case> {
    let incident = &diagnosis.incident;
    cases
        .into_par_iter()
        .map(|index| case(&incident.cases[index], &diagnosis.judgements[index], incident))
        .collect()
}

fn case(case: &Case, judgement: &Judgement, incident: &Incident) -> model::Case {
    let hop = lost_at(case, &incident.evidence);
    model::Case {
        ray: case.ray.map(|ray| ray.to_string()),
        colo: case.colo.map(|colo| colo.to_string()),
        time: Some(moment(case.time)),
        slug: judgement.cause.map_or(UNEXPLAINED, |cause| &cause.slug).to_owned(),
        confidence: share(judgement.confidence),
        method: case.method(&incident.evidence).map(str::to_owned),
        host: case.host(&incident.evidence).map(str::to_owned),
        path: case.target(&incident.evidence).map(str::to_owned),
        edge_status: case.edge_status(&incident.evidence),
        origin_status: case.origin_status(&incident.evidence),
        joined: joined(case, incident),
        join: Some(case.join.into()).filter(|_| case.ray.is_some() || case.join > Join::Ray),
        hop: Some(hop.into()),
        attempts: case.attempts.iter().filter_map(|attempt| attempt_of(*attempt, incident)).collect(),
        connection: case.connections(&incident.evidence).next_back().map(|row| connection(row, incident)),
        story: story::story(case, incident).into_iter().chain([lost(hop).to_owned()]).collect(),
        ladder: None,
    }
}

/// Where a request was lost, in words.
fn lost(hop: Hop) -> &'static str {
    match hop {
        Hop::ClientEdge => "failed between visitor and edge",
        Hop::Edge => "failed within the edge",
        Hop::EdgeOrigin => "failed between edge and origin",
        Hop::Origin => "failed within the origin, or behind it where no input tells",
        Hop::OriginUpstream => "failed between the origin's first server and what stands behind it",
        Hop::UpstreamUpstream => "failed between two servers behind the origin's first one",
    }
}

/// The kinds of inputs that tell of a case.
fn joined(case: &Case, incident: &Incident) -> Vec<InputKind> {
    let mut kinds = Vec::new();
    if !case.attempts.is_empty() {
        kinds.push(InputKind::Capture);
    }
    if !case.access.is_empty() {
        kinds.push(InputKind::AccessLog);
    }
    for row in case.messages(&incident.evidence) {
        kinds.extend(incident.evidence.kind(row.place.input()).map(InputKind::from));
    }
    if case.edge.is_some() {
        kinds.push(InputKind::EdgeLog);
    }
    if case.har.is_some() {
        kinds.push(InputKind::Har);
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn attempt_of(attempt: Attempt, incident: &Incident) -> Option<model::Attempt> {
    let row = attempt.connection(&incident.evidence)?;
    let kept = attempt.exchange(&incident.evidence).map(|(_, kept)| kept);
    let request = kept.and_then(|kept| kept.exchange.request.as_ref());
    let at = request.map_or(row.connection.first, |request| request.first);
    let on = match kept {
        Some(kept) if kept.exchange.number > 1 => {
            let idle =
                kept.idle_before.map_or(String::new(), |idle| format!(", idle for {}", duration(idle)));
            format!("request {} on a connection used again{idle}", kept.exchange.number)
        }
        Some(_) => "the first request on a new connection".to_owned(),
        None => "a connection whose requests cannot be read or were never made".to_owned(),
    };
    let time = incident.clocks.correct(row.input(), at.time);
    Some(model::Attempt {
        time: moment(time),
        healed: false,
        text: format!("from {}: {on}", row.connection.client),
    })
}

fn connection(row: &ConnectionRow, incident: &Incident) -> model::Connection {
    let seen = row.connection.seen_in.iter().map(|seen| SeenIn {
        input: row
            .files
            .get(seen.file as usize)
            .map(|input| name(incident, *input))
            .unwrap_or_default()
            .to_owned(),
        stream: u64::from(seen.stream),
        first_frame: seen.first_frame,
        last_frame: seen.last_frame,
    });
    let also = row.also.iter().map(|seen| SeenIn {
        input: name(incident, seen.input).to_owned(),
        stream: u64::from(seen.stream),
        first_frame: seen.first_frame,
        last_frame: seen.last_frame,
    });
    let (client, server) = (row.connection.client, row.connection.server);
    model::Connection {
        client: client.to_string(),
        server: server.to_string(),
        // From a community id the address can be found by trying all. The edge's addresses are public, a visitor's is not.
        community_id: incident
            .ranges
            .contains(client.ip())
            .then(|| crate::flow::community_id(client, server)),
        seen_in: seen.chain(also).collect(),
    }
}
