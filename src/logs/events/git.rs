//! `git log` (git-log(1)): the default form with any `--date`, and one commit a line with its date. Names and addresses of people are not
//! taken.

use crate::logs::document::{DocumentContent, most_lines, telling_lines};
use crate::logs::row::EventLine;
use crate::logs::row::event::zoned;
use crate::text::timestamp;
use crate::time::Time;

/// Whether it is the default form: a line `commit` with a hash, and a line with its date.
pub fn fits_log(head: &str) -> bool {
    head.lines().next().is_some_and(|line| hash_of(line).is_some())
        && head.lines().any(|line| line.starts_with("Date: ") || line.starts_with("CommitDate: "))
}

/// `commit 5d41402abc4b2a76b9719d911017c592aaaaaaaa (HEAD -> main)`.
fn hash_of(line: &str) -> Option<&str> {
    let hash = line.strip_prefix("commit ")?.split(' ').next()?;
    is_hash(hash).then_some(hash)
}

/// A hash in full (SHA-1 or SHA-256), or shortened as git does it. Sixteen digits are a ray.
fn is_hash(word: &str) -> bool {
    matches!(word.len(), 7..=12 | 40 | 64) && word.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Reads the default form. The date of the commit, where it is there, is nearer to the deployment than the author's.
pub fn read_log(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut open: Option<(u64, &str, Option<Time>)> = None;
    for (number, line) in (1u64..).zip(text.lines()) {
        if let Some(hash) = hash_of(line) {
            open = Some((number, hash, None));
        } else if let Some(date) =
            ["Date:", "CommitDate:", "AuthorDate:"].iter().find_map(|name| line.strip_prefix(name))
        {
            if let Some((_, _, time)) = &mut open {
                *time = instant(date.trim()).map(|(time, _)| time).or(*time);
            }
        } else if let Some(subject) = line.strip_prefix("    ").filter(|subject| !subject.trim().is_empty())
            && let Some((begun, hash, time)) = open.take()
        {
            document.records += 1;
            let text = format!("{} ({})", subject.trim(), hash.get(..8).unwrap_or(hash));
            document.events.extend(time.map(|time| EventLine::new(begun, time, "commit", &text)));
        }
    }
    document
}

/// Whether all lines are a hash and a subject, and none has a date: `git log --oneline`, whatever its `--date`.
pub fn fits_oneline(head: &str) -> bool {
    let is_commit = |line: &str| {
        line.split_once(' ').is_some_and(|(hash, subject)| {
            is_hash(hash) && hash.bytes().any(|c| c.is_ascii_alphabetic()) && !subject.trim().is_empty()
        })
    };
    most_lines(head, 100, is_commit)
}

/// Reads commits without a date: they are counted, and not placed in time.
pub fn read_oneline(text: &str) -> DocumentContent {
    let note = "its commits have no dates: `git log --format='%cI %s'` writes them".to_owned();
    let records = telling_lines(text).count() as u64;
    DocumentContent { records, notes: vec![note], ..DocumentContent::default() }
}

/// Whether most lines are a hash, a date and a subject (`--format='%h %ad %s'`, also with `|` between, and with the date first). Where no hash has a letter, they are
/// numbers, as of processes.
pub fn fits_lines(head: &str) -> bool {
    most_lines(head, 75, |line| {
        one_line(line).is_some_and(|(hash, ..)| hash.bytes().any(|c| c.is_ascii_alphabetic()))
    })
}

/// Reads one commit a line.
pub fn read_lines(text: &str) -> DocumentContent {
    let commits = (1u64..).zip(text.lines()).filter_map(|(number, line)| {
        let (hash, time, subject) = one_line(line.trim())?;
        let text = format!("{subject} ({})", hash.get(..8).unwrap_or(hash));
        Some(EventLine::new(number, time, "commit", &text))
    });
    let events: Vec<EventLine> = commits.collect();
    DocumentContent { records: events.len() as u64, events, ..DocumentContent::default() }
}

fn one_line(line: &str) -> Option<(&str, Time, &str)> {
    let between = |c: char| c.is_whitespace() || matches!(c, '|' | ',' | ';' | '(' | ')');
    if let Some((time, rest)) = instant(line) {
        let (hash, subject) = rest.trim_start_matches(between).split_once(between)?;
        return is_hash(hash).then(|| (hash, time, subject.trim_start_matches(between)));
    }
    let (hash, rest) = line.split_once(between)?;
    let (time, subject) = instant(rest.trim_start_matches(between))?;
    is_hash(hash).then(|| (hash, time, subject.trim_start_matches(between)))
}

/// `Tue Nov 17 08:01:01 2026 +0100`, `2026-11-17 08:01:01 +0100`, `2026-11-17T08:01:01+01:00`, `2026-11-17`.
fn instant(text: &str) -> Option<(Time, &str)> {
    let bytes = text.as_bytes();
    if let Some((stamp, rest)) = timestamp::apache_error(bytes).or_else(|| timestamp::iso(bytes)) {
        return Some(zoned(stamp, std::str::from_utf8(rest).ok()?));
    }
    let (word, rest) = text.split_at(text.find([' ', '|', ',', ';']).unwrap_or(text.len()));
    timestamp::date(word.as_bytes()).map(|time| (time, rest))
}
