//! Signs that failures begin and end as a server is started, stopped or reloaded.

use super::machine::MACHINE_RESTARTED;
use super::program_lines::RESTARTED;
use super::proxy_header::wants_header_in_vain;
use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look, or_absent};
use super::spread::{said_at, short_window_of_several};
use crate::correlate::{Happened, Outcome};
use crate::text::words::quote;
use crate::time::Duration;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "window-at-restart",
        "the window in which it lies with others of its kind begins or ends as a server is started, stopped or reloaded",
        Frequency::Seldom,
        window_at_restart,
    ),
    look(
        "window-between-restart-lines",
        "the window in which it lies with others of its kind begins as a server is started, stopped or reloaded, and ends so, too",
        Frequency::Never,
        window_between_restart_lines,
    )
    .one_with("window-at-restart"),
];

/// Whose lines may tell why a request of this kind failed. A program that is gone is refused by its machine (RFC 9293, 3.10.7.1: a segment for a port at which
/// nothing listens is answered by RST); what nobody answers may have met a machine that is down.
fn of_what_was_gone(look: &Viewpoint<'_>) -> &'static [&'static str] {
    match Happened::to(look.case, look.incident).outcome {
        Outcome::Unanswered | Outcome::Unacknowledged | Outcome::Unheard => MACHINE_RESTARTED,
        // The server was there, and closed since it waited for something else.
        _ if wants_header_in_vain(look) => &[],
        _ => RESTARTED,
    }
}

/// A server that is down for a while begins or ends it with a line.
fn window_at_restart(look: &Viewpoint<'_>) -> Observation {
    let Some(window) = short_window_of_several(look) else { return absent() };
    let lines = of_what_was_gone(look);
    let line = [window.first, window.last].into_iter().find_map(|edge| said_at(look, lines, edge).next());
    or_absent(line.map(|row| {
        let text = || format!("the failures begin or end with a restart: {}", quote(&row.line.text));
        look.seen(text, row.place, row.line.time)
    }))
}

/// One line beside a window may stand there by chance, or be what was done about it; a program that is gone between two of them was restarted.
fn window_between_restart_lines(look: &Viewpoint<'_>) -> Observation {
    // Within a second all lines of one restart stand at both ends.
    let window = short_window_of_several(look).filter(|window| window.lasts() >= Duration::SECOND);
    let Some(window) = window else { return absent() };
    let lines = of_what_was_gone(look);
    let begins = said_at(look, lines, window.first).next();
    let both = begins.zip(said_at(look, lines, window.last).last());
    or_absent(both.filter(|(begins, ends)| begins.place != ends.place).map(|(begins, ends)| {
        let text = || {
            let (begins, ends) = (quote(&begins.line.text), quote(&ends.line.text));
            format!("the failures begin with {begins} and end with {ends}")
        };
        look.seen(text, begins.place, begins.line.time)
    }))
}
