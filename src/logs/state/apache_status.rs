//! Apache's status page: <https://httpd.apache.org/docs/2.4/mod/mod_status.html>, with `?auto` or as HTML. No worker is idle: the next
//! connection waits.

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, key_and_value, telling_lines};
use crate::logs::row::MessageLine;

/// Whether it is the page for programs: it has a scoreboard and counts workers.
pub fn fits_auto(head: &str) -> bool {
    let begins = |beginning: &str| head.lines().any(|line| line.starts_with(beginning));
    begins("Scoreboard: ") && begins("BusyWorkers: ") && begins("IdleWorkers: ")
}

/// Whether it is the page for people.
pub fn fits_html(head: &str) -> bool {
    head.contains("<title>Apache Status</title>") && head.contains("<h1>Apache Server Status for ")
}

/// Reads the page for programs.
pub fn read_auto(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut busy = None;
    for (number, line) in telling_lines(text) {
        let Some((key, value)) = key_and_value(line, ':') else { continue };
        document.records += 1;
        match key {
            "BusyWorkers" => busy = value.parse::<u64>().ok(),
            "IdleWorkers" if value == "0" => document.faults.extend(busy.map(|busy| all_busy(number, busy))),
            _ => {}
        }
    }
    document
}

/// Reads the page for people: `<dt>50 requests currently being processed, 0 idle workers</dt>`.
pub fn read_html(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, line) in telling_lines(text) {
        document.records += u64::from(line.starts_with("<dt>"));
        let counts = line.trim_start_matches("<dt>").split_once(" requests currently being processed, ");
        if let Some((busy, rest)) = counts
            && let Ok(busy) = busy.parse::<u64>()
            // Since 2.4.58 the workers that restart are counted between.
            && rest.split(", ").any(|part| part.starts_with("0 idle workers"))
        {
            document.faults.push(all_busy(number, busy));
        }
    }
    document
}

fn all_busy(line: u64, busy: u64) -> (u64, MessageLine) {
    let text = format!("server-status: {busy} workers busy, none idle when this was written down");
    (line, MessageLine::of(text.as_bytes(), Some(Program::Apache)))
}
