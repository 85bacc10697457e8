//! The signs of how processes die: by what they do themselves, or because somebody kills them.

use std::collections::BTreeMap;

use super::line_table::UNTIL_STARTED;
use super::lines::{
    EVER, MOST_DOUBT, doubt, ended_at_time_limit, has_signature, near, observe, own, said_between,
    system_log_would_show,
};
use super::ruled_out::ended_others;
use super::sign::{Frequency, How, LineScope, Observation, Sign, Viewpoint, absent, look};
use super::spread::short_window_of_several;
use super::status::was_answered_by_it;
use crate::correlate::{Happened, Incident, Outcome};
use crate::evidence::{InputId, MessageRow};
use crate::facts::deaths::{KILLED_FOR_MEMORY, PROCESS_DIED, REFUSED_BEHIND, SERVICE_DIED};
use crate::text::words::quote;
use crate::time::{Duration, Time};

/// SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV and SIGSYS (signal(7), Linux on x86 and ARM): what a process brings upon itself.
const OWN_FAULTS: [u64; 6] = [4, 6, 7, 8, 11, 31];
/// What says so in words, and names no number.
const OWN_FAULTS_IN_WORDS: &[&str] = &["uwsgi-segfault", "kernel-segfault"];
/// What cannot be caught, and what the kernel ends a process by for lack of memory.
const KILL: u64 = 9;
const AT_A_KILL: LineScope = LineScope::Kernel(2);
/// Some parents notice at once, others look once a second.
const NEAR: Duration = Duration::SECOND;
/// What a shell, a container's engine and Java's machine make of that signal: 128 and its number.
const KILLED_CODE: u64 = 128 + KILL;
/// What dies without one there was not killed (uwsgi core/master_utils.c: `WIFSIGNALED` decides the wording).
const NAMES_SIGNALS: &[&str] = &["uwsgi-worker-died"];
const NO_SIGNAL: &str = "no line tells by which signal a process died";

pub(super) const SIGNS: &[Sign] = &[
    look(
        "own-fault-line",
        "at that moment a process dies by a fault of its own (SIGSEGV, SIGABRT), and none is killed",
        // It is visible only where a line tells by which signal a process died.
        Frequency::Mostly,
        own_fault,
    ),
    look(
        "killed-line",
        "at that moment a process is killed (SIGKILL), and nothing at hand says by whom",
        // A supervisor kills, too: what does not stop in time, or does not answer.
        Frequency::Often,
        killed,
    ),
    look(
        "window-at-kill",
        "the window in which it lies with others of its kind begins as the kernel kills a process for memory",
        Frequency::Never,
        window_at_kill,
    )
    .one_with("memory"),
    look(
        "refused-after-death",
        "who asked behind was refused, and a service had died right before",
        Frequency::Seldom,
        refused_after_death,
    ),
];

/// A process that died, as the first line that tells of it has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Death {
    /// When, by the reference clock.
    pub at: Time,
    /// To which resolution.
    pub resolution: Duration,
    /// The log.
    pub input: InputId,
}

/// A process tells of its own end (uWSGI: `!!! uWSGI process 811 got Segmentation Fault !!!`), the kernel of its fault, and its parent of what it finds
/// when it next looks (uWSGI's master once a second: `DAMN ! worker 3 (pid: 811) died`). The next one may have its number, in a container.
const ONE_DEATH: Duration = Duration::from_seconds(2);

impl Sign {
    /// The processes that died, if its lines tell of such: each once, however many lines name it.
    pub fn deaths(&self, incident: &Incident) -> Vec<Death> {
        let How::Lines(scope @ LineScope::Process, signatures) = &self.how else { return Vec::new() };
        let mut told = BTreeMap::new();
        let mut is_told_again = |row: &MessageRow| {
            let Some(process) = row.line.about_process else { return false };
            let (at, signature) = (incident.clocks.time_of(row), row.line.signature);
            let is_one = |(before, told_by): &(Time, Option<&str>)| {
                *told_by != signature && at.since(*before) <= ONE_DEATH + row.line.resolution
            };
            let again = told.get(&process).is_some_and(is_one);
            if !again {
                told.insert(process, (at, signature));
            }
            again
        };
        let lines = near(incident, signatures, *scope, EVER).filter(|row| !is_told_again(row));
        let death = |row: &MessageRow| Death {
            at: incident.clocks.time_of(row),
            resolution: row.line.resolution,
            input: row.place.input(),
        };
        lines.map(death).collect()
    }
}

/// A process that says nothing of a signal, or was killed, may have been ended by anybody.
fn own_fault(look: &Viewpoint<'_>) -> Observation {
    let mut own = None;
    for row in deaths_near_the_end(look) {
        if is_own_fault(row) {
            own.get_or_insert(row);
        } else if row.line.figure == Some(KILL) {
            return Observation::NotVisible("a process was killed at that moment");
        }
    }
    match own {
        Some(row) => {
            let text = || format!("a process dies by its own fault: {}", quote(&row.line.text));
            look.seen(text, row.place, row.line.time).not_own()
        }
        None => Observation::NotVisible(NO_SIGNAL),
    }
}

/// What is killed takes longer to come up again than the kernel's line tells of, and refuses until then.
fn window_at_kill(look: &Viewpoint<'_>) -> Observation {
    let Incident { population, evidence, .. } = look.incident;
    let is_refused = || Happened::to(look.case, look.incident).outcome == Outcome::Refused;
    if !is_refused() && own(look, REFUSED_BEHIND).is_none() {
        return Observation::Moot("what is gone refuses, and nobody refused it");
    }
    let Some(window) = short_window_of_several(look) else { return absent() };
    let kill = near(look.incident, KILLED_FOR_MEMORY, AT_A_KILL, (window.first, window.first))
        .find(|row| !population.machines.may_be_anothers(row.place.input(), look.case, evidence));
    kill.map_or_else(absent, |row| {
        let text = || {
            format!("the failures begin as the kernel kills a process for memory: {}", quote(&row.line.text))
        };
        look.seen(text, row.place, row.line.time).not_own()
    })
}

/// What stands before a service whose process is gone is refused until it is started again.
fn refused_after_death(look: &Viewpoint<'_>) -> Observation {
    match own(look, REFUSED_BEHIND) {
        Some(_) => observe(look, UNTIL_STARTED, SERVICE_DIED, "refused after a service died"),
        None => Observation::Moot("no line says that a server behind refused it"),
    }
}

/// Nobody kills himself by accident. Whether the kernel did it for lack of memory, its log would say: where that is at hand its lines tell, and not this.
fn killed(look: &Viewpoint<'_>) -> Observation {
    if system_log_would_show(look) {
        return Observation::Moot("the log of the machine's system tells whether the kernel killed it");
    }
    let (mut killed, mut died_otherwise) = (None, false);
    for row in deaths_near_the_end(look) {
        if is_own_fault(row) {
            return Observation::Moot("another dies by a fault of its own at that moment");
        }
        if is_killed(row) && !ended_at_time_limit(look.incident, row) {
            killed.get_or_insert(row);
        } else {
            died_otherwise |= row.line.figure.is_some() || has_signature(row, NAMES_SIGNALS);
        }
    }
    match killed {
        Some(row) => {
            let text = || format!("a process is killed: {}", quote(&row.line.text));
            look.seen(text, row.place, row.line.time).not_own()
        }
        None if died_otherwise => absent(),
        None => Observation::NotVisible(NO_SIGNAL),
    }
}

/// The lines of processes that died when the request ended, as near as their clocks are known.
fn deaths_near_the_end<'a, 'l>(
    look: &'l Viewpoint<'a>,
) -> impl Iterator<Item = &'a MessageRow> + use<'a, 'l> {
    let (incident, end) = (look.incident, look.case.end);
    let widest = NEAR + MOST_DOUBT;
    said_between(look, PROCESS_DIED, end.plus(-widest), end.plus(widest))
        .filter(move |row| incident.clocks.time_of(row).since(end).abs() <= NEAR + doubt(incident, row))
        .filter(|row| !row.line.signature.is_some_and(|signature| was_answered_by_it(look, signature)))
        .filter(|row| !ended_others(look, row))
}

fn is_own_fault(row: &MessageRow) -> bool {
    let by_number =
        || row.line.figure.is_some_and(|signal| is_by_signal(row) && OWN_FAULTS.contains(&signal));
    has_signature(row, OWN_FAULTS_IN_WORDS) || by_number()
}

/// gunicorn names the signal and no number.
fn is_killed(row: &MessageRow) -> bool {
    match row.line.figure {
        Some(KILL) => is_by_signal(row) || row.line.text.contains("SIGKILL"),
        Some(KILLED_CODE) => !is_by_signal(row),
        _ => row.line.text.contains("SIGKILL"),
    }
}

/// An exit code may be such a number, too.
fn is_by_signal(row: &MessageRow) -> bool {
    row.line.text.contains("signal")
}
