//! The limits of a process: `ulimit -a` (bash(1)) and /proc/N/limits (proc_pid_limits(5)).

use crate::logs::document::{DocumentContent, most_lines, telling_lines};
use crate::logs::row::{ConfiguredProgram, Setting};

/// Limits that a cause may turn on, by either name of them.
pub const QUOTED: [&str; 6] = [
    "open files",
    "Max open files",
    "max user processes",
    "Max processes",
    "max memory size",
    "Max address space",
];

/// Whether it is the output of `ulimit -a`: every line has the option's letter in parentheses.
pub fn fits_ulimit(head: &str) -> bool {
    head.contains("open files") && most_lines(head, 80, |line| ulimit(line).is_some())
}

/// Whether it is /proc/N/limits, by its first line.
pub fn fits_proc(head: &str) -> bool {
    let first = head.lines().next().unwrap_or_default();
    first.split_whitespace().eq(["Limit", "Soft", "Limit", "Hard", "Limit", "Units"])
}

/// Reads `ulimit -a`.
pub fn read_ulimit(text: &str) -> DocumentContent {
    limits(telling_lines(text).filter_map(|(number, line)| Some((number, ulimit(line)?))))
}

/// Reads /proc/N/limits.
pub fn read_proc(text: &str) -> DocumentContent {
    limits(telling_lines(text).skip(1).filter_map(|(number, line)| {
        // The name is padded to 25 columns, the limits to 20 each.
        let (name, rest) = line.split_once("  ")?;
        let mut values = rest.split_whitespace();
        Some((number, (name.trim(), format!("{} {}", values.next()?, values.next()?))))
    }))
}

fn limits<'a>(lines: impl Iterator<Item = (u64, (&'a str, String))>) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, (name, value)) in lines {
        document.records += 1;
        if QUOTED.contains(&name) {
            document.settings.push(Setting::new(number, ConfiguredProgram::Linux, None, name, &value));
        }
    }
    document
}

/// `open files                          (-n) 1024`, `stack size              (kbytes, -s) 8192`.
fn ulimit(line: &str) -> Option<(&str, String)> {
    let (name, rest) = line.split_once('(')?;
    let (option, value) = rest.split_once(')')?;
    let letter = option.rsplit(' ').next()?;
    (letter.len() == 2 && letter.starts_with('-')).then(|| (name.trim(), value.trim().to_owned()))
}
