//! Signs of the whole machine: that it goes down and starts again, when nothing of it writes a line and nobody answers, and that it is up while it is silent.

use super::lines::{said_between, system_log_covers, would_show};
use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look};
use crate::correlate::unanswered::unanswered_syn;
use crate::evidence::MessageRow;
use crate::text::words::quote;
use crate::time::Duration;

/// What systemd says as it stops all that runs.
const STOPPED: &[&str] = &["systemd-machine-stopped"];
/// The first line of a kernel.
const STARTED: &[&str] = &["kernel-started"];
/// Both: what a machine says that goes down or starts.
pub(super) const MACHINE_RESTARTED: &[&str] = &["systemd-machine-stopped", "kernel-started"];
/// A large machine tests its memory and its disks for minutes before its kernel starts.
const LONGEST: Duration = Duration::from_seconds(600);
/// Where no line tells that its kernel started: a virtual machine takes no longer. So long a machine that lost its power is silent before that line, too.
const SOON: Duration = Duration::from_seconds(60);
/// What a machine serves is started behind its kernel.
const COMES_UP: Duration = Duration::from_seconds(30);

pub(super) const SIGNS: &[Sign] = &[
    look(
        "machine-restarted-line",
        "the whole machine goes down or starts at that time",
        Frequency::Never,
        machine_restarted,
    )
    .one_with("restart-line"),
    look(
        "silent-though-up",
        "its SYN is captured, and a machine that is up neither takes nor refuses it",
        Frequency::Always,
        silent_though_up,
    ),
];

fn machine_restarted(look: &Viewpoint<'_>) -> Observation {
    let (case, incident) = (look.case, look.incident);
    let machines = &incident.population.machines;
    let is_known = |row: &&MessageRow| !machines.may_be_anothers(row.place.input(), case, &incident.evidence);
    let may_be = down(look, |_| true);
    if let Some(row) = may_be.and_then(|_| down(look, is_known)) {
        let text = || format!("the machine goes down or starts: {}", quote(&row.line.text));
        return look.seen(text, row.place, row.line.time).not_own();
    }
    if may_be.is_some() {
        return Observation::NotVisible(
            "such a line is of one of several machines, and nothing shows which of them was asked",
        );
    }
    if would_show(look) {
        absent()
    } else {
        Observation::NotVisible("no system log of that time is among the inputs")
    }
}

/// The line that tells that the machine is down as the request comes. One that stood up again before tells nothing of it.
fn down<'a>(look: &Viewpoint<'a>, counts: impl Fn(&&'a MessageRow) -> bool) -> Option<&'a MessageRow> {
    let (case, clocks) = (look.case, &look.incident.clocks);
    let stopped = said_between(look, STOPPED, case.time.plus(-LONGEST), case.end).filter(&counts).last();
    let Some(stopped) = stopped else {
        let (from, to) = (case.time.plus(-COMES_UP), case.end.plus(SOON));
        return said_between(look, STARTED, from, to).find(counts);
    };
    let begins = clocks.time_of(stopped);
    let started = said_between(look, STARTED, begins, begins.plus(LONGEST)).find(counts);
    let until = started.map_or(begins.plus(SOON), |row| clocks.time_of(row).plus(COMES_UP));
    (case.time <= until).then_some(stopped)
}

/// The kernel of a machine that is up refuses what comes to a port on which nobody listens (RFC 9293, 3.10.7.1): a program that is down brings no silence.
fn silent_though_up(look: &Viewpoint<'_>) -> Observation {
    const ENOUGH_WELL: usize = 3;
    let (case, incident) = (look.case, look.incident);
    let Some((row, syn, _)) = unanswered_syn(case, &incident.evidence) else {
        return Observation::NotVisible("no SYN of it that went unanswered was captured");
    };
    let server = row.connection.server.ip();
    let well = incident.population.answering.well_between(server, case.time, case.end);
    if well < ENOUGH_WELL && (!system_log_covers(look, LONGEST) || down(look, |_| true).is_some()) {
        return Observation::NotVisible("nothing shows that the machine is up meanwhile");
    }
    let text = || format!("the SYN from {} is neither taken nor refused", row.connection.client.ip());
    look.seen(text, row.place(syn), syn.time)
}
