//! `report.json`: the model as it is.

use std::fmt::Write;

use super::model::Report;
use super::text::is_unsafe;

/// The report as indented JSON with a newline at its end; equal reports give equal bytes.
pub fn render(report: &Report) -> String {
    // This cannot fail: all keys of the model are text, and JSON can hold all its numbers.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    escaped(text)
}

/// The text with escapes for characters that JSON takes as they are, and that would move the cursor of a terminal or turn what stands there. They
/// stand within strings, where an escape means the same.
fn escaped(text: String) -> String {
    let mut out = String::new();
    let (mut written, mut at) = (0, 0);
    // What is ASCII has been escaped where it must be.
    while let Some(ahead) = text.as_bytes()[at..].iter().position(|byte| *byte >= 0x7f) {
        at += ahead;
        let Some(character) = text[at..].chars().next() else { break };
        let end = at + character.len_utf8();
        if is_unsafe(character) {
            out.push_str(&text[written..at]);
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
            written = end;
        }
        at = end;
    }
    if written == 0 {
        return text;
    }
    out.push_str(&text[written..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_escaped_and_means_the_same() {
        for text in ["", "a…“b” °é", "\u{9b}2J", "a\u{7f}b\u{202e}c\u{e0001}", "\u{1b}[31m\n"] {
            let written = escaped(serde_json::to_string(text).unwrap());
            assert!(!written.contains(is_unsafe), "{written}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
