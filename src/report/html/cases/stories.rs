//! Which cases have their story in the page where not all stories fit: those that the page shows first, then of every cause in turn, over its whole time.

use std::collections::{BTreeMap, VecDeque};

use crate::report::model::{Case, Report};
use crate::report::text::{cut, one_line};

/// The stories that fit into so many bytes, by the case, in the order of the table.
pub(super) fn told(report: &Report, room: usize) -> BTreeMap<usize, Vec<String>> {
    let mut told = BTreeMap::new();
    let mut bytes = 0;
    for index in by_worth(report) {
        if told.contains_key(&index) {
            continue;
        }
        let story = story(&report.cases[index]);
        bytes += story.iter().map(|text| cost(text) + 10).sum::<usize>();
        if bytes > room {
            break;
        }
        told.insert(index, story);
    }
    told
}

/// The rays to which ladders link.
pub(super) fn linked(report: &Report) -> impl Iterator<Item = &str> {
    report.causes.iter().filter_map(|cause| cause.ladder_case.as_deref())
}

/// The story's sentences, earlier attempts, and where to open the connection.
pub(super) fn story(case: &Case) -> Vec<String> {
    let mut story: Vec<String> = case.story.iter().take(8).map(|text| fit(&one_line(text), 300).0).collect();
    for attempt in case.attempts.iter().take(3).filter(|_| case.attempts.len() > 1) {
        let healed = if attempt.healed { ", healed" } else { "" };
        story.push(format!(
            "Attempt {}: {}{healed}.",
            attempt.time.clock_ms(),
            cut(&one_line(&attempt.text), 200)
        ));
    }
    let seen_in = case.connection.iter().flat_map(|connection| &connection.seen_in);
    story.extend(seen_in.take(2).map(|seen| {
        let input = cut(&one_line(&seen.input), 120).into_owned();
        format!("{input}: tcp.stream eq {}, frames {}–{}", seen.stream, seen.first_frame, seen.last_frame)
    }));
    story
}

/// All cases; those of ladders and of evidence come twice.
fn by_worth(report: &Report) -> Vec<usize> {
    let evidence = report.causes.iter().flat_map(|cause| &cause.evidence);
    let shown = linked(report).chain(evidence.filter_map(|piece| piece.ray.as_deref()));
    let mut by_ray: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_cause: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, case) in report.cases.iter().enumerate() {
        case.ray.iter().for_each(|ray| _ = by_ray.entry(ray).or_insert(index));
        by_cause.entry(&case.slug).or_default().push(index);
    }
    let mut worth: Vec<usize> = shown.filter_map(|ray| by_ray.get(ray).copied()).collect();
    let mut turns: Vec<(usize, usize)> = Vec::with_capacity(report.cases.len());
    for cases in by_cause.values() {
        turns.extend(halving(cases.len()).into_iter().enumerate().map(|(turn, at)| (turn, cases[at])));
    }
    turns.sort_unstable();
    worth.extend(turns.into_iter().map(|(_, case)| case));
    worth
}

/// The numbers below `count`: the first, the last, the one between them, those between these, and so on.
fn halving(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = [0, count.saturating_sub(1)].into_iter().take(count).collect();
    let mut gaps: VecDeque<(usize, usize)> = VecDeque::from([(0, count.saturating_sub(1))]);
    while let Some((from, to)) = gaps.pop_front() {
        let middle = from.midpoint(to);
        if middle > from && middle < to {
            order.push(middle);
            gaps.extend([(from, middle), (middle, to)]);
        }
    }
    order
}

/// The bytes that a text takes in the data block, where some characters are escaped.
fn cost(text: &str) -> usize {
    text.chars().map(character_cost).sum()
}

fn character_cost(character: char) -> usize {
    match character {
        '<' | '>' | '&' => 6,
        '"' | '\\' => 2,
        character => character.len_utf8(),
    }
}

/// As much of `text` as takes `room` bytes in the data block, and what it takes.
pub(super) fn fit(text: &str, room: usize) -> (String, usize) {
    let bytes = text.as_bytes();
    let has_costly =
        || memchr::memchr3(b'<', b'>', b'&', bytes).or_else(|| memchr::memchr2(b'"', b'\\', bytes));
    if text.len() <= room && text.is_ascii() && has_costly().is_none() {
        return (text.to_owned(), text.len());
    }
    let mut used = 0;
    for (index, character) in text.char_indices() {
        let cost = character_cost(character);
        if used + cost > room {
            return (format!("{}…", text.get(..index).unwrap_or("")), used + 3);
        }
        used += cost;
    }
    (text.to_string(), used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_halved_until_all_are_there() {
        assert_eq!(halving(0), [0; 0]);
        assert_eq!(halving(1), [0]);
        assert_eq!(halving(6), [0, 5, 2, 1, 3, 4]);
        for count in 0..70 {
            let mut all = halving(count);
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<usize>>());
        }
    }
}
