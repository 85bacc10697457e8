//! Signals that end the program: nothing half-written stays behind, and the status is the one that shells expect, 128 plus the signal's number.

use std::io;
use std::thread;

use signal_hook::iterator::Signals;

use super::output::say;
use super::output_folder;

/// What ends a run from outside: an interrupt, a time-out, a terminal that was closed.
#[cfg(unix)]
const ENDING: [i32; 5] = {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};
    [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU]
};
#[cfg(not(unix))]
const ENDING: [i32; 2] = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];

/// What would end the program where an error of writing tells the same: a file that becomes larger than `ulimit -f` lets it.
#[cfg(unix)]
const TOLD_BY_AN_ERROR: &[i32] = &[signal_hook::consts::SIGXFSZ];
#[cfg(not(unix))]
const TOLD_BY_AN_ERROR: &[i32] = &[];

/// Watches them from now on, in a thread of its own. They are caught before this returns: a small run may be over before that thread begins.
pub fn watch() {
    let watched = caught().and_then(|signals| {
        thread::Builder::new().name("signals".to_owned()).spawn(move || end_on_signal(signals))
    });
    if let Err(error) = watched {
        say(&format!("warning: signals are not watched: {error}"));
    }
}

fn caught() -> io::Result<Signals> {
    let ignored = ignored();
    let wanted = ENDING.iter().chain(TOLD_BY_AN_ERROR);
    Signals::new(wanted.filter(|signal| ignored >> (**signal - 1) & 1 == 0))
}

fn end_on_signal(mut signals: Signals) {
    if let Some(signal) = signals.forever().find(|signal| ENDING.contains(signal)) {
        output_folder::interrupted(128 + signal);
    }
}

/// The signals that the program was begun with as ignored, a bit each from the lowest on: `nohup`, and shells that put it into the background, mean
/// them to stay so. Only Linux tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
