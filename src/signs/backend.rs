//! Signs of a server that its proxy had taken out of use before the request came.

use super::lines;
use super::sign::{Frequency, LineScope, Observation, Sign, Viewpoint, absent, look};
use crate::evidence::{AccessRow, MessageRow};
use crate::text::words::quote;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "backend-unresolved",
        "the proxy had taken the server behind out of use, since its name has no address",
        Frequency::Never,
        |look| last_said(look, "haproxy-server-unresolved"),
    )
    .one_with("name-of-server-behind"),
    look("backend-found-down", "health checks had found the server behind down", Frequency::Never, |look| {
        last_said(look, "haproxy-server-down")
    })
    .one_with("server-behind-refuses"),
    look(
        "all-behind-are-down",
        "at that moment the proxy says that it has no server behind it, and answers 503 by itself",
        Frequency::Never,
        all_are_down,
    )
    .one_with("server-behind-refuses"),
];

/// What a proxy says once and acts upon until it tries again: lighttpd's gw_backend answers 503 without a word while all handlers are down (`disable-time`, a
/// second or two).
fn all_are_down(look: &Viewpoint<'_>) -> Observation {
    if look.case.status_at_origin(&look.incident.evidence) != Some(503) {
        return Observation::Moot("it is no 503 of a proxy's own");
    }
    let about = "the proxy has no server behind it";
    let signatures = ["lighttpd-backends-down", "lighttpd-backend-refused"];
    match lines::observe(look, LineScope::Host(3), &signatures, about) {
        Observation::NotSeen(..) => Observation::NotVisible("no proxy that says so once for all is there"),
        told => told,
    }
}

/// Whether this is what the proxy last said of the backend for which it had no server.
fn last_said(look: &Viewpoint<'_>, signature: &str) -> Observation {
    let evidence = &look.incident.evidence;
    let without_server =
        |row: &&AccessRow| row.line.ending().is_some_and(|ending| ending.id == "haproxy-no-server-left");
    let Some(line) = look.case.access(evidence).find(without_server) else {
        return Observation::NotVisible("no line of a proxy says that it had no server to ask");
    };
    let until = look.incident.clocks.at(line.place, line.line.end().unwrap_or(line.line.time));
    let told = |row: &MessageRow| quote(&row.line.text);
    match look.incident.backends.last_change(line, until, evidence) {
        None => Observation::NotVisible("the proxy's log does not say what became of its servers"),
        Some(row) if row.line.signature == Some(signature) => {
            look.seen(|| format!("the proxy said before: {}", told(row)), row.place, row.line.time)
        }
        Some(_) => absent(),
    }
}
