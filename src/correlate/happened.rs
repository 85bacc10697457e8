//! What happened to a failing request, from the source that saw it most directly: packets, then the edge's record or the browser's entry, then the
//! origin's own line.

use super::by_edge::{at_edge, by_failure};
use super::case::Case;
use super::in_packets::in_packets;
use super::incident::Incident;
use super::outcome::{Outcome, ToldFrom};
use super::whole::Whole;
use crate::evidence::AccessRow;
use crate::evidence::failure::Failure;
use crate::facts::tcp_proxies::ServerBehind;
use crate::time::{Duration, Time};

/// What happened, and who tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Happened {
    /// What.
    pub outcome: Outcome,
    /// Who tells.
    pub from: ToldFrom,
}

impl Happened {
    /// What happened to a failing request.
    pub fn to(case: &Case, incident: &Incident) -> Happened {
        let evidence = &incident.evidence;
        if let Some(outcome) = by_failure(case.failure) {
            let from = match (case.attempts.is_empty(), case.edge_status(evidence)) {
                (false, _) => ToldFrom::Packets,
                (true, Some(_)) => ToldFrom::Edge,
                (true, None) => ToldFrom::OriginLog,
            };
            return Happened { outcome, from };
        }
        if let Some(outcome) = unpassed(case, evidence) {
            return Happened { outcome, from: ToldFrom::OriginLog };
        }
        if let Some(outcome) = in_packets(case, incident) {
            return Happened { outcome, from: ToldFrom::Packets };
        }
        if case.status_at_origin(evidence).is_some() {
            return match at_edge(case, evidence) {
                Outcome::Silent if is_logged_as_answered(case, incident) => {
                    Happened { outcome: Outcome::Undelivered, from: ToldFrom::OriginLog }
                }
                Outcome::Status if is_made_as_others(case, incident) => {
                    Happened { outcome: Outcome::EdgeMade, from: ToldFrom::Edge }
                }
                Outcome::Status if !has_part_of_origin(case, evidence) => {
                    Happened { outcome: Outcome::Status, from: ToldFrom::EdgeAlone }
                }
                Outcome::Unusable if is_logged_as_unwritten(case, evidence) => {
                    Happened { outcome: Outcome::Closed, from: ToldFrom::OriginLog }
                }
                outcome => Happened { outcome, from: ToldFrom::Edge },
            };
        }
        // The origin's log has that the edge left at its timer, and nothing was answered till then.
        let outcome = match case.failure {
            Failure::GivenUp => Outcome::Silent,
            Failure::Connect => Outcome::HandshakeFailed,
            _ => Outcome::Status,
        };
        Happened { outcome, from: ToldFrom::OriginLog }
    }
}

/// Whether nothing shows an origin's part in it, and the edge's own page was saved of another failure with its status and host in the same burst.
fn is_made_as_others(case: &Case, incident: &Incident) -> bool {
    let evidence = &incident.evidence;
    let is_of_origin = has_answered(case, evidence);
    let status = case.status_at_origin(evidence).filter(|_| !is_of_origin);
    let pages = &incident.population.pages;
    status.is_some_and(|status| pages.is_made_by_edge_near(status, case.host(evidence), case.time))
}

/// Whether an input shows that an origin had a part in it, if it is only that the edge names a connection to one. The edge answers 5xx by itself, too, for
/// a Worker, a full queue or an outage of its own: a status alone does not tell whose it is.
fn has_part_of_origin(case: &Case, evidence: &Whole) -> bool {
    let was_asked = case
        .asked_origin(evidence)
        .is_some_and(|row| row.record.edge_address.is_some() || row.record.origin_address.is_some());
    let shown = case.har(evidence).is_some_and(|row| row.entry.known_page.is_some());
    has_answered(case, evidence) || was_asked || shown
}

/// Whether a status of an origin's, its own line or packets tell of it.
fn has_answered(case: &Case, evidence: &Whole) -> bool {
    case.origin_status(evidence).is_some_and(|status| status != 0)
        || !case.access.is_empty()
        || !case.attempts.is_empty()
        || case.messages(evidence).next().is_some()
}

/// What a proxy that took the connection, and reads no request, says of it: whether the edge was about to shake hands or to ask, nobody was there to do
/// either with. The edge's word and packets tell only how far it came.
fn unpassed(case: &Case, evidence: &Whole) -> Option<Outcome> {
    /// The edge's statuses of what it waited for.
    const WAITED: [u16; 2] = [522, 524];
    let behind = case.messages(evidence).find_map(|row| row.line.server_behind())?;
    let waited = case.status_at_origin(evidence).is_some_and(|status| WAITED.contains(&status));
    Some(match behind {
        ServerBehind::Silent if waited => Outcome::Silent,
        ServerBehind::Silent | ServerBehind::Gone => Outcome::Closed,
    })
}

/// Whether the server had logged an answer to this very request, by its ray, when the edge still waited for one: the answer was lost behind the server. A
/// line for a peer that left, or for a failure, says otherwise.
fn is_logged_as_answered(case: &Case, incident: &Incident) -> bool {
    if case.took(&incident.evidence).is_none() {
        return false;
    }
    let lines = case.lines_of_ray(&incident.evidence);
    let mut lines = lines.map(|row| is_answer_before(row, case.end, incident)).peekable();
    lines.peek().is_some() && lines.all(|is_answer| is_answer)
}

/// Whether a server's line of this very request, by its ray, says that it wrote no answer. Where the edge met no answer, it was none rather than an empty one.
fn is_logged_as_unwritten(case: &Case, evidence: &Whole) -> bool {
    const UNWRITTEN: &str = "caddy-nothing-written";
    let mut lines = case.lines_of_ray(evidence).peekable();
    lines.peek().is_some() && lines.all(|row| row.line.ending().is_some_and(|ending| ending.id == UNWRITTEN))
}

/// Whether a line is of an answer that a server had written well before an instant of the reference clock.
fn is_answer_before(row: &AccessRow, instant: Time, incident: &Incident) -> bool {
    /// So much earlier that no client still waits for what only is on its way: three timeouts of TCP at the least (RFC 6298, 2: 200 ms on Linux, then doubled).
    const LOST: Duration = Duration::from_seconds(1);
    let clocks = &incident.clocks;
    let doubt = clocks.spread(row.place.input()) + row.line.resolution + LOST;
    let ended = row.line.end().map(|end| clocks.at(row.place, end));
    row.line.is_answered() && ended.is_some_and(|ended| ended.plus(doubt) < instant)
}
