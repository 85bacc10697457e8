//! The sizes of headers and cookies, and how close each limit was reached.

use crate::correlate::Incident;
use crate::diagnose::Diagnosis;
use crate::evidence::tally::{Direction, HeaderKind, HeaderTally};
use crate::evidence::{InputKind, Place};
use crate::report::model::{CookieSize, HeaderAudit, HeaderSize, OverBudget, Threshold, ThresholdState};
use crate::report::redaction::{Redactor, ReportText};
use crate::time::Duration;

use super::place::{name, words};
use super::values::{bytes, decimal, seconds};

/// At most this many rows of each list are shown.
const SHOWN: usize = 20;

/// The largest headers and cookies, and what exceeds a budget.
pub fn header_audit(incident: &Incident, redactor: &Redactor<'_>) -> HeaderAudit {
    HeaderAudit {
        largest: largest(incident, HeaderKind::Header)
            .map(|(direction, name, tally)| header(incident, direction, name, tally, redactor))
            .collect(),
        cookies: largest(incident, HeaderKind::Cookie)
            .map(|(_, name, tally)| cookie(incident, name, tally, redactor))
            .collect(),
        over_budget: over_budget(incident, redactor),
    }
}

/// The largest headers or cookies, the largest first.
fn largest(incident: &Incident, kind: HeaderKind) -> impl Iterator<Item = (Direction, &str, &HeaderTally)> {
    let of_kind = incident.evidence.tallies.headers.iter().filter(move |((_, k, _), _)| *k == kind);
    let mut rows: Vec<(Direction, &str, &HeaderTally)> =
        of_kind.map(|((direction, _, name), tally)| (*direction, name.as_str(), tally)).collect();
    rows.sort_by_key(|(direction, name, tally)| (std::cmp::Reverse(tally.largest.0), *direction, *name));
    rows.truncate(SHOWN);
    rows.into_iter()
}

fn header(
    incident: &Incident,
    way: Direction,
    header: &str,
    tally: &HeaderTally,
    redactor: &Redactor<'_>,
) -> HeaderSize {
    let (bytes, place) = tally.largest;
    HeaderSize {
        direction: way.into(),
        input: redactor.text(name(incident, place.input())),
        name: redactor.text(header),
        bytes,
        requests: tally.messages,
        first_bytes: tally.first.1,
        last_bytes: tally.last.1,
        setter: setter(way, header),
        place: redactor.text(words(place)),
    }
}

fn cookie(incident: &Incident, cookie: &str, tally: &HeaderTally, redactor: &Redactor<'_>) -> CookieSize {
    let (bytes, place) = tally.largest;
    CookieSize {
        input: redactor.text(name(incident, place.input())),
        name: redactor.text(cookie),
        bytes,
        requests: tally.messages,
        first_bytes: tally.first.1,
        last_bytes: tally.last.1,
        setter: cookie_setter(cookie),
        place: redactor.text(words(place)),
    }
}

/// Who sets a header, where its name and direction tell.
fn setter(way: Direction, header: &str) -> Option<ReportText> {
    match (way, header) {
        (Direction::Response, "cf-ray" | "cf-cache-status" | "nel" | "report-to" | "alt-svc") => {
            Some("the edge".into())
        }
        (Direction::Response, _) => Some("the origin".into()),
        (Direction::Request, header) if header.starts_with("cf-") || header == "cdn-loop" => {
            Some("the edge".into())
        }
        (Direction::Request, _) => None,
    }
}

/// Cookies that the edge sets itself (Cloudflare docs: fundamentals/reference/policies-compliances/cloudflare-cookies).
const EDGE_COOKIES: [&str; 8] =
    ["__cf_bm", "__cflb", "__cfruid", "__cfseq", "__cfwaitingroom", "_cfuvid", "cf_clearance", "cf_ob_info"];

fn cookie_setter(cookie: &str) -> Option<ReportText> {
    EDGE_COOKIES.contains(&cookie).then(|| "the edge".into())
}

/// What exceeds a budget. The budgets depend on the direction: what the edge accepts in total, what it accepted until 2025, and what
/// origins accept in one line by default.
fn over_budget(incident: &Incident, redactor: &Redactor<'_>) -> Vec<OverBudget> {
    let (limits, warn) = (&incident.profile.limits, &incident.profile.warn);
    let mut rows = Vec::new();
    let row = |way: Direction,
               header: &str,
               bytes: u64,
               budget: (&'static str, u64),
               requests: u64,
               place: Place| {
        OverBudget {
            direction: way.into(),
            input: redactor.text(name(incident, place.input())),
            name: redactor.text(header),
            bytes,
            limit_bytes: budget.1,
            limit: budget.0.into(),
            requests,
            place: redactor.text(words(place)),
        }
    };
    for (&way, &(bytes, place)) in &incident.evidence.tallies.largest_heads {
        let edge = match way {
            Direction::Request => limits.request_header_bytes,
            Direction::Response => limits.response_header_bytes,
        };
        let budgets =
            [("edge, all headers", edge), ("edge until 2025, all headers", warn.header_total_bytes)];
        if let (Some(budget), Some(place)) = (budgets.into_iter().find(|(_, limit)| bytes > *limit), place) {
            rows.push(row(way, "all headers", bytes, budget, 1, place));
        }
    }
    for (way, header, tally) in largest(incident, HeaderKind::Header) {
        let budget = match way {
            Direction::Request => ("origin, one line (8 KB)", warn.origin_header_line_bytes),
            Direction::Response => ("edge until 2025, one line", warn.header_line_bytes),
        };
        if tally.largest.0 > budget.1 {
            rows.push(row(way, header, tally.largest.0, budget, tally.messages, tally.largest.1));
        }
    }
    rows
}

/// How close each limit was reached.
pub fn thresholds(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Vec<Threshold> {
    let incident = &diagnosis.incident;
    let (limits, warn) = (&incident.profile.limits, &incident.profile.warn);
    let tallies = &incident.evidence.tallies;
    let slow =
        |name: &'static str, limit: f64, warn_from: f64, measured: Option<(Duration, Place)>| Threshold {
            name: name.into(),
            limit: decimal(limit),
            unit: "s".into(),
            measured: measured.map(|(time, _)| seconds(time)),
            state: state(measured.map(|(time, _)| time.in_units_of(Duration::SECOND) >= warn_from)),
            place: measured.map_or(ReportText::default(), |(_, place)| redactor.text(at(incident, place))),
        };
    let head = |name: &'static str, limit: u64, way: Direction| {
        let measured = tallies.largest_heads.get(&way).and_then(|(size, place)| Some((*size, (*place)?)));
        Threshold {
            name: name.into(),
            limit: bytes(limit),
            unit: "bytes".into(),
            measured: measured.map(|(size, _)| bytes(size)),
            state: state(measured.map(|(size, _)| size > warn.header_total_bytes)),
            place: measured.map_or(ReportText::default(), |(_, place)| redactor.text(at(incident, place))),
        }
    };
    vec![
        slow("tcp_connect", limits.tcp_connect_s, warn.tcp_connect_s, tallies.slowest_connect),
        slow("first_byte", limits.read_s, warn.first_byte_s, tallies.slowest_first_byte),
        idle(diagnosis, redactor),
        head("request_headers", limits.request_header_bytes, Direction::Request),
        head("response_headers", limits.response_header_bytes, Direction::Response),
    ]
}

/// The origin's idle timeout has to be longer than the edge's; else the origin may close a connection just as the edge uses it again.
fn idle(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Threshold {
    let incident = &diagnosis.incident;
    let limit = incident.profile.limits.idle_s;
    let measured = incident.population.servers.idle().map(|timer| timer.duration);
    let captured = incident.evidence.inputs.values().find(|input| input.kind == InputKind::Capture);
    Threshold {
        name: "origin_idle_timeout".into(),
        limit: decimal(limit),
        unit: "s".into(),
        measured: measured.map(seconds),
        state: state(measured.map(|measured| measured < Duration::from_seconds_f64(limit))),
        place: measured.and(captured).map_or(ReportText::default(), |input| redactor.text(&input.name)),
    }
}

/// Whether what was measured is a reason to warn; `None` where nothing was.
fn state(warns: Option<bool>) -> ThresholdState {
    match warns {
        Some(true) => ThresholdState::Warn,
        Some(false) => ThresholdState::Ok,
        None => ThresholdState::NotMeasured,
    }
}

/// A place with its input, in words.
fn at(incident: &Incident, place: Place) -> String {
    format!("{} {}", name(incident, place.input()), words(place))
}
