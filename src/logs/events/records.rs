//! Events that a person or a program wrote down: CSV with a heading, one JSON object a line, or an array of such objects. Columns are known by their
//! names.

use serde_json::{Map, Value};

use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::EventLine;
use crate::logs::row::event::zoned;
use crate::text::timestamp;
use crate::time::Time;

/// Names of the column that says when.
const WHEN: [&str; 11] = [
    "time",
    "timestamp",
    "date",
    "datetime",
    "when",
    "at",
    "created_at",
    "deployed_at",
    "started_at",
    "finished_at",
    "@timestamp",
];
/// Names of the column that says what happened.
const WHAT: [&str; 10] =
    ["text", "event", "title", "description", "message", "summary", "change", "what", "name", "deployment"];
/// Names of the column that says what sort of event.
const SORT: [&str; 6] = ["kind", "type", "category", "action", "source", "event_type"];
/// Names of the column that says who did it. It is not taken.
const WHO: [&str; 5] = ["by", "who", "user", "author", "id"];
/// Names of columns that only logs of requests and of programs have: such a file is no list of events.
const OF_LOGS: [&str; 16] = [
    "status",
    "level",
    "severity",
    "rayid",
    "ray",
    "request",
    "method",
    "uri",
    "path",
    "clientip",
    "client_ip",
    "user_agent",
    "stream",
    "pid",
    "logger",
    "edgeresponsestatus",
];

/// Which columns are which.
struct Columns {
    when: usize,
    what: usize,
    sort: Option<usize>,
}

impl Columns {
    fn of(names: &[String]) -> Option<Columns> {
        let at = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|own| own == name));
        if at(&OF_LOGS).is_some() {
            return None;
        }
        let (when, what, sort) = (at(&WHEN)?, at(&WHAT)?, at(&SORT));
        // Only a store of logs names its column so, and what it exports is a log.
        if names.get(when).is_some_and(|name| name == "@timestamp") {
            return None;
        }
        Some(Columns { when, what, sort })
    }
}

/// Whether it is a table of events: a heading that names a time and what happened, and lines with an instant there.
pub fn fits_table(head: &str) -> bool {
    let mut lines = telling_lines(head);
    let Some((_, first)) = lines.next() else { return false };
    let Some(separator) = separator(first) else { return false };
    let Some(columns) = Columns::of(&names(first, separator)) else { return false };
    let mut rows = lines.take(20).peekable();
    rows.peek().is_some()
        && rows.all(|(_, line)| {
            cells(line, separator).get(columns.when).is_some_and(|cell| instant(cell).is_some())
        })
}

/// Reads a table.
pub fn read_table(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut lines = telling_lines(text);
    let Some((_, first)) = lines.next() else { return document };
    let Some(separator) = separator(first) else { return document };
    let Some(columns) = Columns::of(&names(first, separator)) else { return document };
    for (number, line) in lines {
        let cells = cells(line, separator);
        let cell = |at: usize| cells.get(at).map(String::as_str);
        document.records += 1;
        let sort = columns.sort.and_then(cell).filter(|sort| !sort.is_empty()).unwrap_or("event");
        let event = cell(columns.when).and_then(instant).zip(cell(columns.what));
        document.events.extend(event.map(|(time, what)| EventLine::new(number, time, sort, what)));
    }
    document
}

fn separator(line: &str) -> Option<char> {
    [',', '\t', ';']
        .into_iter()
        .max_by_key(|separator| line.matches(*separator).count())
        .filter(|separator| line.contains(*separator))
}

fn names(line: &str, separator: char) -> Vec<String> {
    cells(line, separator).iter().map(|name| name.trim().to_ascii_lowercase().replace(' ', "_")).collect()
}

/// The cells of a line (RFC 4180); a quote is doubled inside quotes.
fn cells(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            letter if letter == separator && !quoted => cells.push(String::new()),
            letter => cell.push(letter),
        }
    }
    cells
}

/// Whether most lines are objects that tell when, and what happened, and that no program's log would have.
pub fn fits_lines(head: &str) -> bool {
    let mut lines = telling_lines(head).take(20).peekable();
    lines.peek().is_some_and(|(_, line)| line.starts_with('{')) && are_events(objects_of_lines(lines))
}

/// Reads one object a line.
pub fn read_lines(text: &str) -> DocumentContent {
    read_objects(objects_of_lines(telling_lines(text)))
}

/// Whether it is an array of such objects.
pub fn fits_array(head: &str) -> bool {
    are_events(objects_of_array(head).take(20))
}

/// Reads an array of objects; what follows damage is not read.
pub fn read_array(text: &str) -> DocumentContent {
    read_objects(objects_of_array(text))
}

/// The objects of these lines, each with its line. One that cannot be read counts for nothing: the last line of a head may be cut.
fn objects_of_lines<'t>(
    lines: impl Iterator<Item = (u64, &'t str)>,
) -> impl Iterator<Item = (u64, Map<String, Value>)> {
    lines.filter_map(|(number, line)| Some((number, serde_json::from_str(line).ok()?)))
}

/// The objects of an array as far as they are whole, each with the line on which it begins.
fn objects_of_array(text: &str) -> impl Iterator<Item = (u64, Map<String, Value>)> {
    let mut rest = text.trim_start().strip_prefix('[').unwrap_or_default();
    let (mut line, mut counted) = (1, 0);
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        line += text.get(counted..at)?.matches('\n').count() as u64;
        counted = at;
        let mut objects = serde_json::Deserializer::from_str(rest).into_iter();
        let object = objects.next()?.ok()?;
        let behind = rest.get(objects.byte_offset()..)?.trim_start();
        // Behind the last object stands the end of the array, or of the head.
        rest = behind.strip_prefix(',').unwrap_or_default();
        Some((line, object))
    })
}

/// Whether there are objects, and all of them are events.
fn are_events(objects: impl Iterator<Item = (u64, Map<String, Value>)>) -> bool {
    let mut objects = objects.peekable();
    objects.peek().is_some() && objects.all(|(_, object)| of_object(&object).is_some())
}

fn read_objects(objects: impl Iterator<Item = (u64, Map<String, Value>)>) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (line, object) in objects {
        document.records += 1;
        let event = of_object(&object);
        document.events.extend(event.map(|(time, sort, what)| EventLine::new(line, time, &sort, &what)));
    }
    document
}

/// The instant, the sort and the text of an object. A program's log has a time and a message as well: a sort or a word that only events have
/// must be there, too, or nothing but a time, a text that is called no message, and who did it.
fn of_object(object: &Map<String, Value>) -> Option<(Time, String, String)> {
    const OWN: [&str; 6] = ["event", "change", "deployment", "kind", "event_type", "deployed_at"];
    let has = |names: &[&str]| object.keys().any(|key| names.contains(&key.to_ascii_lowercase().as_str()));
    let printed = |names: &[&str]| {
        names.iter().find_map(|name| match object.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let is_bare = || {
        let known = |key: &String| {
            let key = key.to_ascii_lowercase();
            key != "message"
                && [&WHEN[..], &WHAT, &SORT, &WHO].iter().any(|names| names.contains(&key.as_str()))
        };
        object.keys().all(known) && !has(&["@timestamp"])
    };
    if has(&OF_LOGS) || !(has(&OWN) || is_bare()) {
        return None;
    }
    let sort = printed(&SORT).unwrap_or_else(|| "event".to_owned());
    Some((instant(&printed(&WHEN)?)?, sort, printed(&WHAT)?))
}

/// An instant in any usual form, with or without a zone.
fn instant(text: &str) -> Option<Time> {
    let bytes = text.trim().as_bytes();
    if let Some((stamp, rest)) = timestamp::iso(bytes) {
        let (time, rest) = zoned(stamp, std::str::from_utf8(rest).ok()?);
        return rest.trim().is_empty().then_some(time).or_else(|| (rest.trim() == "UTC").then_some(time));
    }
    // To the minute, as people write it.
    let minute = || {
        text.trim()
            .len()
            .eq(&16)
            .then(|| Time::parse_rfc3339(&format!("{}:00Z", text.trim().replacen(' ', "T", 1))))?
    };
    timestamp::any(bytes).map(|stamp| stamp.time).or_else(minute).or_else(|| timestamp::date(bytes))
}
