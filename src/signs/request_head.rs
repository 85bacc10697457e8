//! Signs of requests whose heads are too large for the origin.

use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::correlate::heads::{Size, unanswered_request};
use crate::evidence::failure::Failure;

/// The smallest limit on a request's head that servers have unless they are told otherwise: uWSGI's `buffer-size`, 4 KiB
/// (uwsgi-docs, Options); gunicorn takes a line of 4,094 bytes, nginx and Apache one of 8 KiB.
const SMALLEST_LIMIT: u64 = 4096;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "request-head-refused",
        "the origin refuses the size of the request's head",
        Frequency::Never,
        request_head_refused,
    )
    .one_with("request-head-too-large"),
    look(
        "request-head-outgrown",
        "the requests of a browser fail from a size of their head on",
        Frequency::Never,
        request_head_outgrown,
    )
    .one_with("request-head-too-large"),
    look(
        "request-heads-unanswered",
        "requests to this server get no answer from a size of their head on",
        Frequency::Never,
        request_heads_unanswered,
    )
    .one_with("request-head-too-large"),
];

fn request_head_refused(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let captured = look.case.exchanges(evidence).find_map(|(row, kept)| {
        let (Some(request), Some(Failure::RequestHeaders(status))) = (&kept.exchange.request, kept.failure)
        else {
            return None;
        };
        let text = || {
            let largest =
                request.head.largest.first().map_or(String::new(), |header| {
                    format!(", {} alone {} bytes", header.name, header.bytes)
                });
            format!(
                "the origin answers {status} to a request head of {} bytes{largest}",
                request.head_bytes()
            )
        };
        Some(look.seen(text, row.place(request.first), request.first.time))
    });
    let told = || {
        let Failure::RequestHeaders(status) = look.case.failure else { return None };
        let record = look
            .case
            .edge(evidence)
            .and_then(|row| Some((row.place, row.record.client_request_bytes?.into())));
        let line = || look.case.access(evidence).find_map(|row| Some((row.place, row.line.request_bytes?)));
        let entry = || look.case.har(evidence).map(|row| (row.place, row.entry.request.bytes));
        let (place, bytes) = record.or_else(line).or_else(entry)?;
        Some(look.seen(|| format!("status {status} to a request of {bytes} bytes"), place, None))
    };
    or_absent(captured.or_else(told))
}

/// By the record of a browser: cookies that grow from page to page let requests fail from one size on, whatever is asked for.
fn request_head_outgrown(look: &Viewpoint<'_>) -> Observation {
    /// Fewer answers show no border.
    const ENOUGH_ANSWERED: u64 = 10;
    let Some(row) = look.case.har(&look.incident.evidence) else {
        return Observation::NotVisible("no record of its browser is among the inputs");
    };
    let heads = look.incident.population.browsers.heads_like(row);
    let Some(heads) = heads.filter(|heads| heads.answered >= ENOUGH_ANSWERED) else {
        return Observation::NotVisible("its browser's record has too few answered requests, or no headers");
    };
    let largest = row.entry.request.headers.iter().max_by_key(|(_, bytes)| *bytes);
    let text = || {
        let largest = largest.map_or(String::new(), |(name, bytes)| format!(", {name} alone {bytes} bytes"));
        format!(
            "the request's head has {} bytes{largest}: {} requests of this browser with {} or more failed, {} with {} or less were answered",
            row.entry.request.bytes, heads.failing, heads.least_failing, heads.answered, heads.most_answered
        )
    };
    match heads.have_outgrown() {
        true => look.seen(text, row.place, row.entry.start),
        false => absent(),
    }
}

/// A server without words for it closes: uWSGI does, and writes a line that names no request.
fn request_heads_unanswered(look: &Viewpoint<'_>) -> Observation {
    let incident = look.incident;
    let Some((row, request)) = unanswered_request(look.case, &incident.evidence) else {
        return Observation::NotVisible("no request without an answer was captured whole");
    };
    let (server, bytes) = (row.connection.server.ip(), request.head.bytes);
    match incident.population.heads.get(&server).and_then(|heads| heads.size(bytes)) {
        Some(Size::Outgrown { failing, least, answered }) if bytes >= SMALLEST_LIMIT => {
            let text = || {
                format!(
                    "the request's head has {bytes} bytes: {failing} requests to this server with {least} or more got no answer, {} with {} or less were answered",
                    answered.count, answered.largest
                )
            };
            look.seen(text, row.place(request.first), request.first.time)
        }
        Some(_) => absent(),
        None => Observation::NotVisible(
            "the requests that were answered, or those that were not, are too few to tell by their size",
        ),
    }
}
