//! Text of captures and logs inside Markdown: nothing of it becomes markup.

use std::fmt::Write;

use crate::report::text::{cut, one_line, visible};

/// Text outside code: one line, cut, with everything that Markdown or HTML would read as markup escaped.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    for character in one_line(&cut(text, 600)).chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' | '!' | '@' => {
                out.extend(['\\', character])
            }
            _ => out.push(character),
        }
    }
    out
}

/// Text as inline code, with a fence longer than any run of backticks in it. Bars are escaped as tables want it.
pub fn code(text: &str) -> String {
    let text = one_line(&cut(text, 300)).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// Text as a block of code, with a fence longer than any run of backticks in it.
pub fn block(out: &mut String, language: &str, text: &str) -> std::fmt::Result {
    let fence = "`".repeat(longest_run(text).saturating_add(1).max(3));
    writeln!(out, "{fence}{language}\n{}\n{fence}\n", visible(&cut(text, 6_000)).trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}
