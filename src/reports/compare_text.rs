//! A comparison for a terminal, and as Markdown.

use super::compare::{Change, ChangeKind, Comparison};
use super::words::{amount, cell, columns, minute, rate, told};
use crate::text::words::thousands;

/// For a terminal.
pub fn compared_as_text(comparison: &Comparison) -> String {
    let mut text = format!("{}\n\n", told(&comparison.headline));
    let mut rows = vec![head(comparison)];
    rows.extend(changes(comparison).map(|change| row(change).map(|cell| told(&cell)).to_vec()));
    text.push_str(&columns(&rows));
    text.push('\n');
    for (name, window) in [("before", &comparison.before), ("after ", &comparison.after)] {
        text.push_str(&format!("{name}  {}\n", span(window)));
    }
    text.extend(comparison.notes.iter().map(|note| format!("note    {}\n", told(note))));
    text
}

/// As Markdown, for a ticket.
pub fn compared_as_markdown(comparison: &Comparison) -> String {
    let mut text = format!("**{}**\n\n", cell(&comparison.headline));
    text.push_str(&format!("| {} |\n|---|---:|---|---:|---|---|\n", head(comparison).join(" | ")));
    for change in changes(comparison) {
        text.push_str(&format!("| {} |\n", row(change).map(|text| cell(&text)).join(" | ")));
    }
    let [before, after] = [&comparison.before, &comparison.after].map(span);
    text.push_str(&format!("\nBefore: {}. After: {}.\n", cell(&before), cell(&after)));
    text.extend(comparison.notes.iter().map(|note| format!("\n> {}\n", cell(note))));
    text
}

fn head(comparison: &Comparison) -> Vec<String> {
    let failed = format!("failed {}s", comparison.noun);
    [failed.as_str(), "before", "share (95 %)", "after", "share (95 %)", "change"].map(str::to_owned).to_vec()
}

/// All failures, each cause, and the rest where there is one.
fn changes(comparison: &Comparison) -> impl Iterator<Item = &Change> {
    let rest = Some(&comparison.unexplained).filter(|change| change.kind != ChangeKind::None);
    std::iter::once(&comparison.failures).chain(&comparison.causes).chain(rest)
}

fn row(change: &Change) -> [String; 6] {
    let name = if change.slug == "failures" { "all" } else { &change.slug };
    let needed = change.needed.map(|needed| format!(": {} without one would tell", thousands(needed)));
    [
        name.to_owned(),
        amount(&change.before),
        rate(&change.before),
        amount(&change.after),
        rate(&change.after),
        format!("{}{}", change.kind.word(), needed.unwrap_or_default()),
    ]
}

fn span(window: &[Option<String>; 2]) -> String {
    let [first, last] = window.each_ref().map(|instant| minute(instant.as_deref()));
    format!("{first} to {last} UTC")
}
