//! The answer of `/cdn-cgi/trace`, the edge's own words on one connection of a visitor: `key=value`, a line each (Cloudflare docs:
//! fundamentals/reference/cdn-cgi-endpoint). It is a moment on the timeline: when, at which data centre, over which protocols.

use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::EventLine;
use crate::text::line::text_within;
use crate::text::timestamp;

/// The value of a key, with its line.
fn value<'a>(text: &'a str, wanted: &str) -> Option<(u64, &'a str)> {
    telling_lines(text).find_map(|(number, line)| {
        line.split_once('=').filter(|(key, _)| *key == wanted).map(|(_, value)| (number, value))
    })
}

/// Whether it is that answer: `fl`, `ip`, `ts` and `colo` are there, and every line is a pair.
pub fn fits(head: &str) -> bool {
    let has = |key: &str| value(head, key).is_some();
    let at = value(head, "ts").and_then(|(_, stamp)| timestamp::epoch(stamp.as_bytes()));
    at.is_some()
        && ["fl", "ip", "colo"].into_iter().all(has)
        && telling_lines(head).all(|(_, line)| line.contains('='))
}

/// Reads the answer. The visitor's address is passed over.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent { records: 1, ..DocumentContent::default() };
    let word = |key: &str| value(text, key).map(|(_, value)| text_within(value.as_bytes(), 64));
    let said: Vec<String> =
        ["h", "colo", "http", "tls"].into_iter().filter_map(word).filter(|word| !word.is_empty()).collect();
    let stamp = value(text, "ts").and_then(|(line, stamp)| Some((line, timestamp::epoch(stamp.as_bytes())?)));
    let said = format!("a visitor reached the edge: {}", said.join(", "));
    document.events.extend(stamp.map(|(line, stamp)| EventLine::new(line, stamp.time, "edge trace", &said)));
    document
        .notes
        .push("the edge's own words on one connection of a visitor: when and where it is a mark on the timeline; it says nothing of the origin".to_owned());
    document
}
