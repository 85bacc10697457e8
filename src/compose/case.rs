//! Cases as the report lists them.

use rayon::prelude::*;

use super::place::name;
use super::story;
use super::values::{moment, share};
use crate::correlate::{Attempt, Case, Hop, Incident, Join, lost_at};
use crate::diagnose::{Diagnosis, Judgement};
use crate::evidence::ConnectionRow;
use crate::ray::Ray;
use crate::report::model::{self, InputKind, Moment, SeenIn, UNEXPLAINED};
use crate::report::redaction::{Redaction, Redactor, ReportText, WithoutSecrets};
use crate::text::words::duration;

/// The indices of the cases of one ray, in order of time.
pub fn of_ray(ray: Ray, diagnosis: &Diagnosis) -> Vec<usize> {
    let cases = diagnosis.incident.cases.iter().enumerate();
    cases.filter(|(_, case)| case.ray == Some(ray)).map(|(index, _)| index).collect()
}

/// The cases of these indices. What can be told of each by itself, which is most of the work, is put together side by side.
pub fn cases(cases: Vec<usize>, diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Vec<model::Case> {
    let (incident, redaction) = (&diagnosis.incident, redactor.redaction());
    let drafts: Vec<Draft> =
        cases.par_iter().map(|&index| Draft::of(&incident.cases[index], incident, redaction)).collect();
    let told = cases.into_iter().zip(drafts);
    told.map(|(index, draft)| {
        case(&incident.cases[index], &diagnosis.judgements[index], draft, incident, redactor)
    })
    .collect()
}

/// What is told of a case but for the pseudonyms, which are given one case after the other.
struct Draft {
    host: Option<WithoutSecrets>,
    method: Option<WithoutSecrets>,
    path: Option<WithoutSecrets>,
    story: Vec<WithoutSecrets>,
    time: Moment,
    joined: Vec<InputKind>,
    hop: Hop,
}

impl Draft {
    fn of(case: &Case, incident: &Incident, redaction: Redaction) -> Draft {
        let evidence = &incident.evidence;
        let text = |text: &str| redaction.without_secrets(text.to_owned());
        let story = story::story(case, incident, redaction);
        Draft {
            host: case.host(evidence).map(text),
            method: case.method(evidence).map(text),
            path: case.target(evidence).map(|target| redaction.target_without_secrets(target)),
            story: story.into_iter().map(|line| redaction.without_secrets(line)).collect(),
            time: moment(case.time),
            joined: joined(case, incident),
            hop: lost_at(case, evidence, &incident.behind),
        }
    }
}

fn case(
    case: &Case,
    judgement: &Judgement,
    draft: Draft,
    incident: &Incident,
    redactor: &Redactor<'_>,
) -> model::Case {
    let Draft { host, method, path, story, time, joined, hop } = draft;
    let finished = |text: WithoutSecrets| redactor.finished(text);
    let attempts = case.attempts.iter().filter_map(|attempt| attempt_of(*attempt, incident, redactor));
    // Texts are made in the order of these lines.
    model::Case {
        attempts: attempts.collect(),
        connection: case
            .connections(&incident.evidence)
            .next_back()
            .map(|row| connection(row, incident, redactor)),
        host: host.map(finished),
        method: method.map(finished),
        path: path.map(finished),
        story: story.into_iter().map(finished).chain([lost(hop).into()]).collect(),
        ray: case.ray.map(ReportText::from),
        colo: case.colo.map(ReportText::from),
        time: Some(time),
        slug: judgement.cause.map_or(UNEXPLAINED, |cause| &cause.slug).into(),
        confidence: share(judgement.confidence),
        edge_status: case.edge_status(&incident.evidence),
        origin_status: case.origin_status(&incident.evidence),
        joined,
        join: Some(case.join.into()).filter(|_| case.ray.is_some() || case.join > Join::Ray),
        hop: Some(hop.into()),
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

fn attempt_of(attempt: Attempt, incident: &Incident, redactor: &Redactor<'_>) -> Option<model::Attempt> {
    let row = attempt.connection(&incident.evidence)?;
    let kept = attempt.exchange(&incident.evidence).map(|(_, kept)| kept);
    let request = kept.and_then(|kept| kept.exchange.request.as_ref());
    let at = request.map_or(row.connection.first, |request| request.first);
    let on = match kept {
        Some(kept) if kept.exchange.number > 1 => {
            let idle =
                kept.idle_before().map_or(String::new(), |idle| format!(", idle for {}", duration(idle)));
            format!("request {} on a connection used again{idle}", kept.exchange.number)
        }
        Some(kept) => kept.exchange.uncaptured_before().map_or_else(
            || "the first request on a new connection".to_owned(),
            |stream| format!("a request on a connection used again, whose stream {stream} was not captured"),
        ),
        None => "a connection whose requests cannot be read or were never made".to_owned(),
    };
    let time = incident.clocks.correct(row.input(), at.time);
    Some(model::Attempt {
        time: moment(time),
        healed: false,
        text: redactor.text(format!("from {}: {on}", row.connection.client)),
    })
}

fn connection(row: &ConnectionRow, incident: &Incident, redactor: &Redactor<'_>) -> model::Connection {
    let (client, server) = (row.connection.client, row.connection.server);
    // From a community id the address can be found by trying all. The edge's addresses are public, a visitor's is not.
    let is_edge = incident.ranges.contains(client.ip());
    let file = |file: u32| row.files.get(file as usize).map_or("", |input| name(incident, *input));
    let seen = row
        .connection
        .seen_in
        .iter()
        .map(|seen| (file(seen.file), seen.stream, seen.first_frame, seen.last_frame));
    let also = row
        .also
        .iter()
        .map(|seen| (name(incident, seen.input), seen.stream, seen.first_frame, seen.last_frame));
    model::Connection {
        client: redactor.text(client.to_string()),
        community_id: is_edge.then(|| redactor.text(crate::flow::community_id(client, server))),
        seen_in: seen
            .chain(also)
            .map(|(input, stream, first_frame, last_frame)| SeenIn {
                input: redactor.text(input),
                stream: u64::from(stream),
                first_frame,
                last_frame,
            })
            .collect(),
        server: redactor.text(server.to_string()),
    }
}
