//! What was installed, upgraded and removed: dpkg.log (dpkg(1)) and apt's history.log (apt.conf(5), `Dir::Log::History`). Local time.

use crate::logs::document::{DocumentContent, first_word, key_and_value, most_lines, telling_lines};
use crate::logs::row::EventLine;
use crate::text::timestamp;
use crate::time::Time;

/// Whether most lines are dpkg's: the time, then what it did.
pub fn fits_dpkg(head: &str) -> bool {
    most_lines(head, 95, |line| dpkg(line).is_some())
}

fn dpkg(line: &str) -> Option<(Time, &str, &str)> {
    const ACTIONS: [&str; 11] = [
        "install",
        "upgrade",
        "remove",
        "purge",
        "configure",
        "trigproc",
        "status",
        "startup",
        "conffile",
        "disappear",
        "triggers-pending",
    ];
    let (stamp, rest) = timestamp::iso(line.as_bytes())?;
    let (action, rest) = first_word(std::str::from_utf8(rest).ok()?.trim_start());
    ACTIONS.contains(&action).then_some((stamp.time, action, rest))
}

/// Reads dpkg.log: packages that came, changed or went. What follows from that (unpacked, configured) counts only.
pub fn read_dpkg(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, line) in telling_lines(text) {
        let Some((time, action, rest)) = dpkg(line) else { continue };
        document.records += 1;
        if matches!(action, "install" | "upgrade" | "remove" | "purge") {
            let text = format!("{action} {}", rest.replace("<none>", "-"));
            document.events.push(EventLine::new(number, time, "package", &text));
        }
    }
    document
}

/// Whether it is apt's history: runs with their start.
pub fn fits_apt(head: &str) -> bool {
    telling_lines(head).next().is_some_and(|(_, line)| line.starts_with("Start-Date: "))
        && head.contains("End-Date: ")
}

/// Reads apt's history: one event for each list of packages of a run. The command line is not taken.
pub fn read_apt(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut started: Option<Time> = None;
    for (number, line) in telling_lines(text) {
        let Some((key, value)) = key_and_value(line, ':') else { continue };
        match key {
            "Start-Date" => {
                let once = value.replace("  ", " ");
                started = timestamp::iso(once.as_bytes()).map(|(stamp, _)| stamp.time);
                document.records += 1;
            }
            "Install" | "Upgrade" | "Downgrade" | "Reinstall" | "Remove" | "Purge" => {
                let text = format!("{} {value}", key.to_ascii_lowercase());
                document.events.extend(started.map(|time| EventLine::new(number, time, "package", &text)));
            }
            _ => {}
        }
    }
    document
}
