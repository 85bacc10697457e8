//! Events a line, each with its instant before its text, and no heading: `git log --format='%cI %s'`, or a list that a person keeps.
//!
//! A program's log begins its lines in the same way. What tells a list of events: a comma, a bar, a semicolon or a tab right behind the instant, or the
//! newest first, as git has it, where a log ends with the newest; whole seconds; and nothing in the text that only programs write.

use std::net::{IpAddr, SocketAddr};

use crate::facts::messages;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::EventLine;
use crate::logs::row::event::zoned;
use crate::text::timestamp;
use crate::time::{Duration, Time};

/// What stands right behind an instant where the line is one of a table.
const BETWEEN: [char; 4] = [',', ';', '|', '\t'];
/// Words that programs write of a message's weight, of where it went, and of a request.
const OF_PROGRAMS: [&str; 24] = [
    "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "crit", "critical", "alert",
    "emerg", "fatal", "severe", "panic", "stdout", "stderr", "get", "post", "put", "head", "delete",
    "options", "patch",
];

/// One line: its instant, whether a table's mark follows it, and the text.
fn event(line: &str) -> Option<(Time, bool, &str)> {
    let (stamp, rest) = timestamp::iso(line.as_bytes())?;
    if stamp.resolution < Duration::SECOND {
        return None;
    }
    let (time, rest) = zoned(stamp, std::str::from_utf8(rest).ok()?);
    let bare = rest.trim_start_matches(' ');
    let in_table = bare.starts_with(BETWEEN);
    let text = bare.trim_start_matches(BETWEEN).trim().trim_matches('"');
    // Between an instant and words stands something.
    (bare.len() < rest.len() || in_table)
        .then_some((time, in_table, text))
        .filter(|(.., text)| !text.is_empty())
}

/// Whether only a program writes such a text.
fn is_of_program(text: &str) -> bool {
    let mut words =
        text.split(|c: char| c.is_whitespace() || BETWEEN.contains(&c)).filter(|word| !word.is_empty());
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    let is_address = |word: &str| word.parse::<IpAddr>().is_ok() || word.parse::<SocketAddr>().is_ok();
    let tells = |(at, word): (usize, &str)| {
        OF_PROGRAMS.contains(&bare(word).as_str())
            || is_address(word)
            // `host program[811]:` of a system log; a commit's subject begins with `fix:` at most.
            || word.ends_with("]:")
            || (at == 1 && word.ends_with(':'))
    };
    text.contains("HTTP/")
        || text.starts_with(['[', '{', '<'])
        || words.by_ref().take(4).enumerate().any(tells)
        || messages::find(text.as_bytes(), None).is_some()
}

/// Whether all lines, and two at least, are events, by a mark behind each instant or by their order. A commit may be about an error: only where
/// half of the texts are as programs write them, it is a log.
pub fn fits(head: &str) -> bool {
    let lines = telling_lines(head).take(200).map(|(_, line)| event(line));
    let Some(events) = lines.collect::<Option<Vec<_>>>() else { return false };
    let of_programs = events.iter().filter(|(.., text)| is_of_program(text)).count();
    let falls = events.is_sorted_by(|(one, ..), (other, ..)| one >= other)
        && events.first().map(|(time, ..)| time) > events.last().map(|(time, ..)| time);
    let in_table = events.iter().all(|(_, in_table, text)| *in_table && is_one_cell(text));
    events.len() >= 2 && of_programs * 2 < events.len() && (falls || in_table)
}

/// Whether a text is the only one of its line: records have more, and measurements no letter.
fn is_one_cell(text: &str) -> bool {
    let mut letters = text.chars().zip(text.chars().skip(1).chain([' ']));
    let ends = |(letter, next): (char, char)| BETWEEN.contains(&letter) && !next.is_whitespace();
    text.contains(char::is_alphabetic) && !letters.any(ends)
}

/// Reads them.
pub fn read(text: &str) -> DocumentContent {
    let events = telling_lines(text).filter_map(|(number, line)| {
        let (time, _, text) = event(line)?;
        Some(EventLine::new(number, time, "event", text))
    });
    let events: Vec<EventLine> = events.collect();
    DocumentContent { records: events.len() as u64, events, ..DocumentContent::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of them, newest first as some viewers export them, was written by a program.
    #[test]
    fn what_programs_log_is_no_list_of_events() {
        for line in [
            "2026-11-17T08:01:0{}Z ERROR worker died",
            "2026-11-17T08:01:0{}Z [notice] 811#811: signal process started",
            "2026-11-17T08:01:0{}+01:00 web1 nginx[811]: started",
            "2026-11-17T08:01:0{}+01:00 web1 kernel: eth0 is down",
            "2026-11-17T08:01:0{}Z 198.51.100.9 GET / 200",
            "2026-11-17T08:01:0{}.123Z listening on 8080",
            "2026-11-17T08:01:0{}Z worker stopped: connect() failed (111: Connection refused) while connecting to upstream",
            "2026-11-17T08:01:0{},123 INFO started",
        ] {
            let newest_first = format!("{}\n{}\n", line.replace("{}", "9"), line.replace("{}", "1"));
            assert!(!fits(&newest_first), "{newest_first}");
        }
        assert!(!fits(
            "2026-11-17T08:01:01Z,9c1f00aa12bc34d1,200\n2026-11-17T08:01:02Z,9c1f00aa12bc34d2,502\n"
        ));
        assert!(!fits("2026-11-17T08:01:01Z,0.93\n2026-11-17T08:01:02Z,0.97\n"));
        // In the order of a log nothing tells it from one.
        assert!(!fits("2026-11-17T08:01:01Z started\n2026-11-17T08:01:09Z stopped\n"));
    }
}
