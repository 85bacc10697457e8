//! The sign that processes die by what they do themselves, and that nobody killed one.

use super::lines::said_between;
use super::sign::{Frequency, Observation, Sign, Viewpoint, look};
use crate::evidence::MessageRow;
use crate::facts::deaths::PROCESS_DIED;
use crate::text::words::quote;
use crate::time::Duration;

/// SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV and SIGSYS (signal(7), Linux on x86 and ARM): what a process brings upon itself.
const OWN_FAULTS: [u64; 6] = [4, 6, 7, 8, 11, 31];
/// What cannot be caught, and what the kernel ends a process by for lack of memory.
const KILL: u64 = 9;
/// Some parents notice at once, others look once a second, and a line takes some time.
const NEAR: Duration = Duration::from_milliseconds(1250);

pub(super) const SIGNS: &[Sign] = &[look(
    "own-fault-line",
    "at that moment a process dies by a fault of its own (SIGSEGV, SIGABRT), and none is killed",
    // It is visible only where a line tells by which signal a process died.
    Frequency::Mostly,
    own_fault,
)];

/// A process that says nothing of a signal, or was killed, may have been ended by anybody.
fn own_fault(look: &Viewpoint<'_>) -> Observation {
    let end = look.case.end;
    let mut own = None;
    for row in said_between(look, PROCESS_DIED, end.plus(-NEAR), end.plus(NEAR)) {
        match row.line.figure {
            Some(signal) if is_by_signal(row) && OWN_FAULTS.contains(&signal) => {
                own.get_or_insert(row);
            }
            Some(KILL) => return Observation::NotVisible("a process was killed at that moment"),
            _ => {}
        }
    }
    match own {
        Some(row) => {
            let text = || format!("a process dies by its own fault: {}", quote(&row.line.text));
            look.seen(text, row.place, row.line.time).by_time_alone()
        }
        None => Observation::NotVisible("no line tells by which signal a process died"),
    }
}

/// An exit code may be such a number, too.
fn is_by_signal(row: &MessageRow) -> bool {
    row.line.text.contains("signal")
}
