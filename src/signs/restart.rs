//! Signs that failures begin and end as a server is started, stopped or reloaded.

use super::kept_out::REFUSED;
use super::line_table::UNTIL_STARTED;
use super::lines::{OF_SEVERAL_MACHINES, has_signature, near, said_between, would_show};
use super::machine::MACHINE_RESTARTED;
use super::program_lines::RESTARTED;
use super::proxy_header::wants_header_in_vain;
use super::sign::{Frequency, LineScope, Observation, Sign, Viewpoint, absent, look};
use super::spread::{AT_ONCE, short_window_of_several};
use crate::correlate::failure_window::FailureWindow;
use crate::correlate::{Happened, Incident, Outcome};
use crate::evidence::MessageRow;
use crate::facts::deaths::{ENDED, REFUSED_BEHIND, SERVICE_DIED};
use crate::facts::refusals::PROXY_HEADER_AMISS;
use crate::facts::restarts::{RestartStep, step};
use crate::facts::supervised::service_named;
use crate::text::words::{duration, quote};
use crate::time::{Duration, Time};

/// Why a restart is no sign.
const OF_A_DEATH: &str = "the service had died, and was started again for that";
/// So far from the moment from which on a server is gone lies the death that it is gone by.
const AROUND_A_DEATH: LineScope = LineScope::Host(2);

pub(super) const SIGNS: &[Sign] = &[
    look(
        "window-at-restart",
        "the window in which it lies with others of its kind begins or ends as a server is started, stopped or reloaded",
        Frequency::Seldom,
        window_at_restart,
    ),
    look(
        "window-between-restart-lines",
        "the window in which it lies with others of its kind begins as a server is started, stopped or reloaded, and ends as one of its machine is, too",
        Frequency::Never,
        window_between_restart_lines,
    )
    .one_with("window-at-restart"),
    look(
        "server-was-gone",
        "it is cut off as its server goes for a while: all attempts are refused then, and before and after they are taken",
        Frequency::Never,
        server_was_gone,
    ),
];

/// Whose lines may tell why a request of this kind failed. A program that is gone is refused by its machine (RFC 9293, 3.10.7.1: a segment for a port at which
/// nothing listens is answered by RST); what nobody answers may have met a machine that is down.
fn of_what_was_gone(look: &Viewpoint<'_>) -> &'static [&'static str] {
    match Happened::to(look.case, look.incident).outcome {
        Outcome::Unanswered | Outcome::Unacknowledged | Outcome::Unheard => MACHINE_RESTARTED,
        // The server was there, and closed since it waited for something else.
        _ if wants_header_in_vain(look) || says_that_header_is_amiss(look) => &[],
        _ => RESTARTED,
    }
}

/// Whether a server says of this very request that its header of the PROXY protocol was amiss.
fn says_that_header_is_amiss(look: &Viewpoint<'_>) -> bool {
    look.case.messages(&look.incident.evidence).any(|row| has_signature(row, PROXY_HEADER_AMISS))
}

/// Where none says it: it may be that another machine does, and nobody knows which of them was asked.
fn unless_of_another(look: &Viewpoint<'_>, window: &FailureWindow) -> Observation {
    let mut of_any = begins_with(look, window, window.last).chain(ends_with(look, window, window.last));
    of_any.next().map_or_else(absent, |_| Observation::NotVisible(OF_SEVERAL_MACHINES))
}

/// What servers of the case say of themselves between two moments. Who says that another behind it refused was there himself, and is not the one that was gone.
fn said_of_themselves<'a>(
    look: &Viewpoint<'a>,
    from: Time,
    to: Time,
) -> impl Iterator<Item = &'a MessageRow> {
    let mut own = look.case.messages(&look.incident.evidence);
    let in_front = own.find(|row| has_signature(row, REFUSED_BEHIND));
    let is_in_front = move |row: &MessageRow| {
        let is_its = |front: &MessageRow| {
            front.place.input() == row.place.input() && front.line.program == row.line.program
        };
        in_front.is_some_and(is_its)
    };
    said_between(look, of_what_was_gone(look), from, to).filter(move |row| !is_in_front(row))
}

/// What servers say that may begin a window that lasts until `last`, in its first half: not that one begins to serve.
fn begins_with<'a>(
    look: &Viewpoint<'a>,
    window: &FailureWindow,
    last: Time,
) -> impl Iterator<Item = &'a MessageRow> {
    let clocks = &look.incident.clocks;
    let first = window.first;
    let until = first.plus(last.since(first) / 2);
    let begins =
        move |row: &&MessageRow| step(&row.line.text) != RestartStep::Begins && clocks.time_of(row) <= until;
    said_of_themselves(look, window.begins().plus(-AT_ONCE), first.plus(AT_ONCE)).filter(begins)
}

/// What servers say that may end one, in its second half or, since most logs cut their seconds off, in its last second: not that one ends, which is over by then.
fn ends_with<'a>(
    look: &Viewpoint<'a>,
    window: &FailureWindow,
    last: Time,
) -> impl Iterator<Item = &'a MessageRow> {
    let clocks = &look.incident.clocks;
    let first = window.first;
    let from = last.plus(-(last.since(first) / 2).max(Duration::SECOND));
    let ends =
        move |row: &&MessageRow| step(&row.line.text) != RestartStep::Ends && clocks.time_of(row) >= from;
    let until = window.ends().max(last).plus(AT_ONCE);
    said_of_themselves(look, last.plus(-AT_ONCE), until).filter(ends)
}

/// The short window in which it lies with others of its kind; none where addresses of other ranges reach the server meanwhile, for it is there.
fn window_of_absence<'a>(look: &Viewpoint<'a>) -> Option<&'a FailureWindow> {
    let Incident { population, evidence, ranges, .. } = look.incident;
    let is_there_for_others = || {
        population.refused_range(look.case, evidence, ranges).is_some()
            || population.selective_range(look.case, evidence, ranges).is_some()
    };
    short_window_of_several(look).filter(|_| !is_there_for_others())
}

/// A server that is down for a while begins or ends it with a line.
fn window_at_restart(look: &Viewpoint<'_>) -> Observation {
    let Some(window) = window_of_absence(look) else { return absent() };
    let Incident { population, evidence, .. } = look.incident;
    let is_own =
        |row: &&MessageRow| !population.machines.may_be_anothers(row.place.input(), look.case, evidence);
    let line = begins_with(look, window, window.last)
        .find(is_own)
        .or_else(|| ends_with(look, window, window.last).find(is_own));
    let Some(row) = line else { return unless_of_another(look, window) };
    if came_of_death(look, row) {
        return Observation::Moot(OF_A_DEATH);
    }
    let text = || format!("the failures begin or end with a restart: {}", quote(&row.line.text));
    look.seen(text, row.place, row.line.time)
}

/// Whether the service that a line tells of had died by itself just before: who starts it again is not why it was gone.
fn came_of_death(look: &Viewpoint<'_>, row: &MessageRow) -> bool {
    let Incident { population, clocks, .. } = look.incident;
    let machine = |row: &MessageRow| population.machines.machine_of(row.place.input());
    let at = clocks.time_of(row).plus(row.line.resolution);
    let name = service_named(&row.line.text);
    let is_anothers =
        |death: &MessageRow| name.zip(service_named(&death.line.text)).is_some_and(|(own, died)| own != died);
    near(look.incident, SERVICE_DIED, UNTIL_STARTED, (at, at))
        .any(|death| machine(death) == machine(row) && !is_anothers(death))
}

/// Whatever was asked as it went was cut off. Who came then was refused, whatever it was gone by: a program that listens elsewhere for a while, or that
/// was not started yet, refuses the same.
fn server_was_gone(look: &Viewpoint<'_>) -> Observation {
    match Happened::to(look.case, look.incident).outcome {
        Outcome::Unanswered => {
            return Observation::Moot("a machine that is there answers for a program that is gone");
        }
        Outcome::Refused => {
            return Observation::Moot("who is refused does not see what the server was gone by");
        }
        _ => {}
    }
    let Incident { population, evidence, .. } = look.incident;
    let Some(row) = look.case.connections(evidence).next_back() else {
        return Observation::NotVisible("no packets of it were captured");
    };
    let Some(gone) = population.absences.that_ended(row) else { return absent() };
    if dies_at(look, look.incident.clocks.correct(row.input(), gone.from)) {
        return Observation::Moot(OF_A_DEATH);
    }
    // What crashes is gone as what is stopped.
    if !would_show(look) {
        return Observation::NotVisible("no log at hand would tell whether it died or was stopped");
    }
    let text = || {
        let lasted = duration(gone.to.since(gone.from));
        format!(
            "its server refuses all {} attempts for {lasted}, and takes them before and after",
            gone.refused
        )
    };
    look.seen(text, row.place(row.connection.last), gone.from)
}

/// Whether a process of its machine died around a moment by the reference clock: what is gone then was not stopped.
fn dies_at(look: &Viewpoint<'_>, time: Time) -> bool {
    let Incident { population, evidence, .. } = look.incident;
    let mut near = ENDED.iter().flat_map(|deaths| near(look.incident, deaths, AROUND_A_DEATH, (time, time)));
    near.any(|row| !population.machines.may_be_anothers(row.place.input(), look.case, evidence))
}

/// When a server is back that cut off in this window what it was asked: who comes while it is gone is refused, and the edge says another status of that.
fn until_back(look: &Viewpoint<'_>, window: &FailureWindow) -> Time {
    let Incident { population, evidence, .. } = look.incident;
    let of_refused = population.spread.get(&REFUSED);
    let refused =
        of_refused.and_then(|spread| spread.window(look.case.server_address(evidence), None, window.last));
    let goes_on =
        |refused: &&FailureWindow| refused.is_short() && refused.first.since(window.last) <= Duration::SECOND;
    refused.filter(goes_on).map_or(window.last, |refused| refused.last)
}

/// One line beside a window may stand there by chance, or be what was done about it; a program that is gone between two of its machine was restarted. All
/// lines of one start may stand beside both ends of a short window. Whose machine it is the failures themselves tell.
fn window_between_restart_lines(look: &Viewpoint<'_>) -> Observation {
    let Some(window) = window_of_absence(look) else { return absent() };
    let last = until_back(look, window);
    let lasts = last.since(window.first);
    if lasts < Duration::SECOND {
        return absent();
    }
    let Incident { population, clocks, .. } = look.incident;
    let machine = |row: &MessageRow| population.machines.machine_of(row.place.input());
    let is_gone = |begins: &MessageRow, ends: &MessageRow| {
        let gone = clocks.time_of(ends).since(clocks.time_of(begins));
        machine(begins) == machine(ends) && gone * 2 >= lasts
    };
    let ends: Vec<&MessageRow> = ends_with(look, window, last).collect();
    let both = begins_with(look, window, last)
        .find_map(|begins| Some((begins, *ends.iter().rfind(|ends| is_gone(begins, ends))?)));
    let Some((begins, ends)) = both else { return absent() };
    if came_of_death(look, begins) || came_of_death(look, ends) {
        return Observation::Moot(OF_A_DEATH);
    }
    let text = || {
        let (begins, ends) = (quote(&begins.line.text), quote(&ends.line.text));
        format!("the failures begin with {begins} and end with {ends}")
    };
    look.seen(text, begins.place, begins.line.time)
}
