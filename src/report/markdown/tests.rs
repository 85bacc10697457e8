//! What report.md promises.

use super::*;
use crate::report::fixtures;

/// What people paste must not change by accident.
#[test]
fn the_section_reads_as_agreed() {
    for (name, report) in fixtures::all() {
        if !matches!(name, "hostile" | "ten-thousand-cases") {
            insta::assert_snapshot!(name, render(&report));
        }
    }
}

/// A header with markup in it must stay text where the section is pasted.
#[test]
fn text_of_files_never_becomes_markup() {
    let text = render(&fixtures::hostile(fixtures::Texts::Hostile));
    let calm = render(&fixtures::hostile(fixtures::Texts::Harmless));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\0'));
    let outside_code: String = strip_code(&text);
    assert!(!outside_code.contains('<'), "{outside_code}");
    let count = |text: &str, mark: &str| text.lines().filter(|line| line.starts_with(mark)).count();
    for mark in ["#", "|", "- ", "```"] {
        assert_eq!(count(&text, mark), count(&calm, mark), "lines that begin with {mark}");
    }
    assert!(text.len() < 60_000, "{}", text.len());
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for (bad, good) in text.lines().zip(calm.lines()).filter(|(bad, _)| bad.starts_with('|')) {
        assert_eq!(cells(bad), cells(good), "{bad}");
    }
}

/// The text without code spans and blocks, by CommonMark's rule: a run of backticks closes with an equal run.
fn strip_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let (head, tail) = rest.split_at(start);
        out.push_str(head);
        let escaped = head.ends_with('\\');
        let run = if escaped { 1 } else { tail.len() - tail.trim_start_matches('`').len() };
        let (fence, body) = tail.split_at(run);
        let close = if escaped { None } else { find_run(body, fence) };
        rest = close.map_or(body, |end| &body[end + run..]);
    }
    out.push_str(rest);
    out
}

fn find_run(body: &str, fence: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = body[from..].find('`') {
        let start = from + at;
        let run = body[start..].len() - body[start..].trim_start_matches('`').len();
        if run == fence.len() {
            return Some(start);
        }
        from = start + run;
    }
    None
}
