//! What could not be seen of requests none of which was seen to fail. That nothing failed is a claim, too: it needs requests with their outcomes.

use crate::correlate::Incident;
use crate::evidence::{InputKind, InputSummary};
use crate::text::words::{quote, thousands};

/// Kinds of inputs that tell of requests.
const OF_REQUESTS: [InputKind; 4] =
    [InputKind::EdgeLog, InputKind::Capture, InputKind::AccessLog, InputKind::Har];

/// One thing that could not be seen: why, and what to collect next.
struct Unseen {
    why: String,
    next: &'static str,
}

const EDGE_LOG: &str = "the edge's log for the window: Logpush http_requests with RayID, EdgeResponseStatus, OriginResponseStatus and \
                        EdgeServerIP; it alone has every request and its outcome";
const BOTH_WAYS: &str = "a capture of both directions, with whole packets: tcpdump -i any -s 0 -B 65536 -w cap.pcap 'tcp port 443 or tcp port 80'";
const KEY_LOG: &str = "a key log (SSLKEYLOGFILE) that is written while the capture runs, or the origin's access log of that time";
const WIDER: &str = "give other limits to --since, --until, --host and --ray, or none";
const WHOLE: &str = "the damaged inputs once more, as they were written; --log-format names the layout of an access log that is not recognised";

/// Why it cannot be said of an incident without failures that nothing failed, and what to collect next. Empty where it can be said.
pub fn outcomes(incident: &Incident) -> (Vec<String>, Vec<String>) {
    let unseen = [
        no_request(incident),
        no_status(incident),
        encrypted(incident),
        log_alone(incident),
        page_alone(incident),
        unread(incident),
    ];
    let unseen: Vec<Unseen> = unseen.into_iter().flatten().collect();
    let mut next: Vec<String> = Vec::new();
    for text in unseen.iter().map(|unseen| unseen.next.to_owned()) {
        if !next.contains(&text) {
            next.push(text);
        }
    }
    (unseen.into_iter().map(|unseen| unseen.why).collect(), next)
}

fn no_request(incident: &Incident) -> Option<Unseen> {
    if incident.requests() > 0 {
        return None;
    }
    let filter = &incident.filter;
    let asked_for: Vec<String> = [
        filter.host.as_deref().map(|host| format!("to {}", quote(host))),
        (!filter.rays.is_empty()).then(|| "with the ray that was asked for".to_owned()),
        filter.since.map(|since| format!("from {since} on")),
        filter.until.map(|until| format!("up to {until}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let tallies = &incident.evidence.tallies;
    if asked_for.is_empty() && tallies.encrypted_connections > 0 {
        let (encrypted, all) = (thousands(tallies.encrypted_connections), thousands(tallies.connections));
        let why = format!("no request can be read: {encrypted} of {all} connections are encrypted");
        return Some(Unseen { why, next: KEY_LOG });
    }
    if asked_for.is_empty() {
        return Some(Unseen { why: "no request was seen".to_owned(), next: EDGE_LOG });
    }
    let reach = incident.reach(&OF_REQUESTS).map_or_else(
        || "no input that tells of requests has a time".to_owned(),
        |(first, last)| format!("the inputs that tell of requests reach from {first} to {last}"),
    );
    Some(Unseen { why: format!("no request {} was seen; {reach}", asked_for.join(" ")), next: WIDER })
}

/// Where half of the requests or more have no status, as in a capture of one direction.
fn no_status(incident: &Incident) -> Option<Unseen> {
    let by_status = incident.request_counts().of_counting_source();
    let all: u64 = by_status.values().sum();
    let with = all - by_status.get(&0).copied().unwrap_or_default();
    let of_packets = incident.request_counts().counted_by() == Some(InputKind::Capture);
    let next = if of_packets { BOTH_WAYS } else { EDGE_LOG };
    (all > 0 && with * 2 <= all).then(|| Unseen {
        why: format!(
            "what became of {} of them was not seen: no answer with a status was captured or logged",
            thousands(all - with)
        ),
        next,
    })
}

/// Where captures are all that tells of requests, and most of their connections are encrypted.
fn encrypted(incident: &Incident) -> Option<Unseen> {
    let tallies = &incident.evidence.tallies;
    let (encrypted, all) = (tallies.encrypted_connections, tallies.connections);
    let alone = incident.request_counts().counted_by() == Some(InputKind::Capture)
        && !incident.evidence.has(InputKind::AccessLog);
    (alone && encrypted * 2 > all).then(|| Unseen {
        why: format!(
            "{} of {} connections are encrypted: their requests and answers cannot be read",
            thousands(encrypted),
            thousands(all)
        ),
        next: KEY_LOG,
    })
}

/// Logs of the origin alone: what never reached it left no line.
fn log_alone(incident: &Incident) -> Option<Unseen> {
    let has = |kind| incident.evidence.has(kind);
    let alone = has(InputKind::AccessLog)
        && ![InputKind::EdgeLog, InputKind::Capture, InputKind::Har].into_iter().any(has);
    alone.then(|| Unseen {
        why: "an origin's own log does not show requests that never reached it or got no answer".to_owned(),
        next: EDGE_LOG,
    })
}

/// A page of the edge says that somebody met an error, whatever else went well.
fn page_alone(incident: &Incident) -> Option<Unseen> {
    let mut pages =
        incident.evidence.har.iter().filter(|row| row.entry.from_edge_page && row.entry.status == 0);
    let page = pages.next()?;
    let code = page.entry.error_code.map_or_else(String::new, |code| format!(" {code}"));
    Some(Unseen {
        why: format!(
            "a page of the edge is among the inputs, with error{code}, and the request to which it was the answer was not seen to fail"
        ),
        next: EDGE_LOG,
    })
}

/// Inputs most of which could not be read.
fn unread(incident: &Incident) -> Option<Unseen> {
    let unread = |input: &&InputSummary| {
        OF_REQUESTS.contains(&input.kind) && (input.damaged || input.skipped > input.records)
    };
    let names: Vec<&str> =
        incident.evidence.inputs.values().filter(unread).map(|input| input.name.as_str()).collect();
    let (first, rest) = names.split_first()?;
    let more = match rest.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(Unseen { why: format!("{first}{more} could not be read as a whole"), next: WHOLE })
}

/// Statuses that tell of no failure by themselves and with which together a fifth of all requests or more were answered: 400 and 403. Each
/// with how many.
pub fn refused(incident: &Incident) -> Vec<(u16, u64)> {
    const TELLING: [u16; 2] = [400, 403];
    let by_status = incident.request_counts().of_counting_source();
    let all: u64 = by_status.values().sum();
    let told: Vec<(u16, u64)> =
        TELLING.into_iter().filter_map(|status| Some((status, *by_status.get(&status)?))).collect();
    let together: u64 = told.iter().map(|(_, count)| count).sum();
    if together * 5 >= all { told } else { Vec::new() }
}
