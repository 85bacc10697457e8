//! What a line of a server cannot have brought about, by how the request ended.

use std::collections::BTreeSet;

use super::line_table::NO_WORKER;
use super::sign::Viewpoint;
use super::status::was_answered_by_it;
use super::upstream_lines::FOUND_DOWN;
use crate::correlate::pools::asked_only;
use crate::correlate::whole::Whole;
use crate::correlate::{Case, Happened, Incident, Outcome};
use crate::evidence::MessageRow;
use crate::evidence::sample::HealthyRequest;
use crate::facts::deaths::{ENDED, tells_of_end};
use crate::facts::gateways;
use crate::facts::left_by_failures::is_left_for_want_of_database;
use crate::time::Duration;

/// nginx's own connections are used up: one that is taken back has no request, and one that crosses it gets no answer (src/core/ngx_connection.c,
/// `ngx_drain_connections`); who gets none for its try behind is answered 500, and neither 502 nor 504 (src/http/ngx_http_upstream.c, `ngx_http_upstream_connect`).
const CONNECTIONS_USED_UP: [&str; 2] = ["nginx-connections-reused", "nginx-connections-used-up"];

/// Why a death at the end of a request is none that ended it.
const HELD_TO_THE_END: &str =
    "its connection was open until the edge gave up, so no process died that held it";
const ALIVE: &str =
    "an error of its own is answered by who is alive, and no line of it says that a program died";
const LOGGED: &str = "the server has a line of it without a status: who writes it is alive";
const HELD_BEHIND: &str =
    "the server that answered had waited in vain for one behind it, so no process died that held the request";

/// Whether the request ended in a way in which what the line says ends none: a server behind that answered was there, what answered is not what died, and a program
/// that speaks another protocol was not asked.
pub(super) fn is_ruled_out(look: &Viewpoint<'_>, row: &MessageRow, signature: &str) -> bool {
    let was_answered = || look.case.access(&look.incident.evidence).any(|row| row.line.is_passed_on());
    let is_away = FOUND_DOWN.contains(&signature) || tells_of_end(signature);
    is_away && was_answered()
        || CONNECTIONS_USED_UP.contains(&signature) && was_tried_behind(look)
        || was_answered_by_it(look, signature)
        || was_not_asked(look, signature)
        || NO_WORKER.contains(&signature) && is_of_another_server_behind(look, row)
        || look.incident.population.pools.is_anothers(row, look.case, &look.incident.evidence)
        || ended_others(look, row)
        || is_one_of_many_ends(look, row, signature)
        || is_left_by_another(look, row, signature)
}

/// Whether a line was left by a request for another path that got nothing from its database, and this one got no answer at all: an application writes one for each,
/// and goes on.
fn is_left_by_another(look: &Viewpoint<'_>, row: &MessageRow, signature: &str) -> bool {
    let was_cut =
        || matches!(Happened::to(look.case, look.incident).outcome, Outcome::Closed | Outcome::Reset);
    let of_other_path = || {
        let named = row.line.named_target().map(HealthyRequest::path_of);
        named.zip(look.case.path(&look.incident.evidence)).is_some_and(|(named, own)| named != own)
    };
    is_left_for_want_of_database(signature) && was_cut() && of_other_path()
}

/// Whether a line tells of a death that ended the requests for another path.
pub(super) fn ended_others(look: &Viewpoint<'_>, row: &MessageRow) -> bool {
    let Incident { evidence, population, .. } = look.incident;
    population.deaths_of_paths.ended(row, look.case, evidence) == Some(false)
}

/// Whether the server that the edge asked answers for one behind it.
fn was_tried_behind(look: &Viewpoint<'_>) -> bool {
    matches!(look.case.origin_status(&look.incident.evidence), Some(502 | 504))
}

/// Whether the server cut off what it had taken at far more moments around a death than processes died: none of these is what it ended.
fn is_one_of_many_ends(look: &Viewpoint<'_>, row: &MessageRow, signature: &str) -> bool {
    /// Seconds around a death, as far as lines of it are looked for.
    const AROUND: Duration = Duration::from_seconds(2);
    /// So many moments a death, and so many more that have another reason.
    const A_DEATH: usize = 2;
    /// Of more lines of deaths no more are looked at for each request.
    const MOST_LINES: usize = 64;
    if !tells_of_end(signature) {
        return false;
    }
    let Incident { evidence, population, clocks, .. } = look.incident;
    let was_cut = match Happened::to(look.case, look.incident).outcome {
        Outcome::Cut | Outcome::Closed | Outcome::Reset => true,
        Outcome::Unusable => look.case.attempts.is_empty(),
        _ => false,
    };
    if !was_cut {
        return false;
    }
    let at = clocks.time_of(row);
    let around = (at.plus(-AROUND), at.plus(AROUND + row.line.resolution));
    let moments = population.cut_off.moments(look.case, evidence, around);
    let deaths = ENDED
        .iter()
        .flat_map(|told| look.incident.messages.known_between(evidence, told, around.0, around.1));
    let mut died = BTreeSet::new();
    let died_enough = deaths.take(MOST_LINES).any(|row| {
        died.insert((row.line.time, row.line.about_process));
        moments <= died.len() * A_DEATH + A_DEATH
    });
    !died_enough
}

/// Whether a line names a server behind, and the request's own lines name others: each pool has workers of its own.
fn is_of_another_server_behind(look: &Viewpoint<'_>, row: &MessageRow) -> bool {
    let Some(told) = row.line.upstream.as_deref().map(gateways::server_behind) else { return false };
    asked_only(look.case, &look.incident.evidence, |asked| gateways::server_behind(asked) != told)
}

/// Whether the request's own line names an upstream that cannot be the program that writes such messages.
fn was_not_asked(look: &Viewpoint<'_>, signature: &str) -> bool {
    let Incident { evidence, population, .. } = look.incident;
    let mut upstreams =
        look.case.messages(evidence).filter_map(|row| row.line.upstream.as_deref()).peekable();
    let is_another = |upstream| gateways::is_another_program(signature, upstream, population.uwsgi_is_spoken);
    upstreams.peek().is_some() && upstreams.all(is_another)
}

/// Whether the connection was open until the edge gave up, or that behind it until its server did, or who was asked answered for itself: what a process held that
/// dies, its machine closes at once (Linux: kernel/exit.c, `exit_files`).
pub(super) fn held_to_the_end(look: &Viewpoint<'_>) -> Option<&'static str> {
    const GATEWAY_TIMEOUT: u16 = 504;
    const INTERNAL_SERVER_ERROR: u16 = 500;
    if Happened::to(look.case, look.incident).outcome == Outcome::Silent {
        return Some(HELD_TO_THE_END);
    }
    let evidence = &look.incident.evidence;
    if is_logged_without_status(look.case, evidence) {
        return Some(LOGGED);
    }
    match look.case.origin_status(evidence)? {
        GATEWAY_TIMEOUT => Some(HELD_BEHIND),
        // A server that answers so for a program of its own that died (CGI) says that in a line.
        INTERNAL_SERVER_ERROR if !says_why(look.case, evidence) => Some(ALIVE),
        _ => None,
    }
}

/// Whether a server has a line of the request in which it has no status: none in front of one that died leaves it at that.
fn is_logged_without_status(case: &Case, evidence: &Whole) -> bool {
    const NONE: u16 = 0;
    case.access(evidence).any(|row| row.line.status == Some(NONE))
}

/// Whether a log says how the request ended.
fn says_why(case: &Case, evidence: &Whole) -> bool {
    case.messages(evidence).next().is_some() || case.access(evidence).any(|row| row.line.ending().is_some())
}
