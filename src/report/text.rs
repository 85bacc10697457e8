//! Text as people read it: what comes from captures and logs made harmless, numbers and shares in words.

use crate::text::words::thousands;
use std::borrow::Cow;
use std::fmt::{self, Write};

use super::model::{Estimate, Share};

/// Between a number and its unit on the page: a narrow no-break space.
pub const THIN: &str = "\u{202f}";

/// Whether a character is shown as an escape: controls, marks that turn or hide text (Unicode Bidi_Control, default
/// ignorable format characters, tag characters), separators that break lines, and noncharacters.
pub(super) fn is_unsafe(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Writes `text` with unsafe characters as escapes: `\x1b` below U+0100, else `\u202e`. Line ends and tabs stay.
///
/// # Errors
/// Those of the writer.
pub fn write_visible(out: &mut impl Write, text: &str) -> fmt::Result {
    for character in text.chars() {
        match character {
            character if !is_unsafe(character) => out.write_char(character)?,
            character if u32::from(character) < 0x100 => write!(out, "\\x{:02x}", u32::from(character))?,
            character => write!(out, "\\u{:04x}", u32::from(character))?,
        }
    }
    Ok(())
}

/// Whether a text holds nothing but ASCII that is printed, as nearly all do.
fn is_printable(text: &str) -> bool {
    // What is below a blank wraps around to what is beyond. Without a way out of the loop, many bytes are compared at once.
    let most = text.as_bytes().iter().fold(0, |most: u8, byte| most.max(byte.wrapping_sub(b' ')));
    most < 0x7f - b' '
}

/// `text` with unsafe characters as escapes; line ends and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_printable(text) || !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    // Writing to a String cannot fail.
    let _ = write_visible(&mut out, text);
    Cow::Owned(out)
}

/// `text` as one line: as [`visible`], and line ends and tabs as `\n` and `\t`.
pub fn one_line(text: &str) -> String {
    if is_printable(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(['\n', '\t']) {
        let (body, end) = match part.as_bytes().last() {
            Some(b'\n') => (part.strip_suffix('\n').unwrap_or(part), "\\n"),
            Some(b'\t') => (part.strip_suffix('\t').unwrap_or(part), "\\t"),
            _ => (part, ""),
        };
        out.push_str(&visible(body));
        out.push_str(end);
    }
    out
}

/// `text` with a blank that ends no line between a number and its unit: `2.1 s`, `82 %`.
pub fn unbroken(text: &str) -> String {
    const UNITS: [&str; 9] = ["%", "s", "ms", "min", "h", "d", "B", "kB", "MB"];
    let mut out = String::with_capacity(text.len() + 8);
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        out.push_str(word);
        let Some(next) = words.peek() else { break };
        let is_unit = UNITS.contains(&next.trim_end_matches([',', '.', ';', ':', ')']));
        let is_number = word.ends_with(|character: char| character.is_ascii_digit());
        out.push(if is_number && is_unit { '\u{a0}' } else { ' ' });
    }
    out
}

/// The first `limit` characters, and how many were cut: `abc… (59,997 more)`.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    // There are no more characters than bytes.
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let (head, tail) = text.split_at(end);
            Cow::Owned(format!("{head}… ({} more)", thousands(tail.chars().count() as u64)))
        }
    }
}

/// At most `limit` characters, the last an ellipsis where something was cut: for labels whose whole text stands nearby.
pub fn truncate(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_string(),
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// At most `limit` characters with the middle replaced by `ellipsis`, as in `cloud…/2026.log.gz`; the end is what tells
/// files apart, so it gets the larger part.
pub fn shorten_middle(text: &str, limit: usize, ellipsis: &str) -> String {
    let count = text.chars().count();
    if count <= limit {
        return text.to_string();
    }
    let room = limit.saturating_sub(ellipsis.chars().count());
    let head = room / 3;
    let head_text: String = text.chars().take(head).collect();
    let tail_text: String = text.chars().skip(count.saturating_sub(room.saturating_sub(head))).collect();
    format!("{head_text}{ellipsis}{tail_text}")
}

/// Lines of at most `width` characters, broken at spaces, words longer than a line broken anywhere; at most `lines` of
/// them, the last one ending in an ellipsis where something was left out.
pub fn wrap(text: &str, width: usize, lines: usize) -> Vec<String> {
    let width = width.max(1);
    let mut out: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        for piece in pieces(word, width) {
            let length = piece.chars().count();
            if used > 0 && used + 1 + length > width {
                out.push(std::mem::take(&mut line));
                used = 0;
            }
            if out.len() >= lines {
                if let Some(last) = out.last_mut() {
                    last.push('…');
                }
                return out;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(piece);
            used += length;
        }
    }
    if !line.is_empty() {
        out.push(line);
    }
    out
}

/// A word in pieces of at most `width` characters.
fn pieces(word: &str, width: usize) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.char_indices().nth(width).map_or(rest.len(), |(index, _)| index);
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

/// `120 (81–159)`: an estimate and its interval.
pub fn estimated(estimate: Estimate) -> String {
    format!("{} ({}–{})", thousands(estimate.value), thousands(estimate.low), thousands(estimate.high))
}

/// `1` with `request` as `1 request`, `2` as `2 requests`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// `part` of `whole` as a percentage without its sign, two significant digits: `82`, `4.3`, `0.43`. What is neither
/// nothing nor everything is never shown as `0` or `100`.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0".to_string();
    }
    if part >= whole {
        return "100".to_string();
    }
    let rounded = |scale: u128| (u128::from(part) * scale * 2 + u128::from(whole)) / (u128::from(whole) * 2);
    let (hundredths, tenths, ones) = (rounded(10_000), rounded(1000), rounded(100));
    match (hundredths, tenths, ones) {
        (0, ..) => "< 0.01".to_string(),
        (1..=99, ..) => format!("0.{hundredths:02}"),
        (_, ..=99, _) => format!("{}.{}", tenths / 10, tenths % 10),
        (.., 100..) => "> 99".to_string(),
        _ => ones.to_string(),
    }
}

/// A share as a percentage without its sign.
pub fn share_percent(share: Share) -> String {
    percent(u64::from(share.thousandths()), 1000)
}

/// The word for a confidence; the bands are fixed.
pub fn confidence_word(confidence: Share) -> &'static str {
    match confidence.thousandths() {
        950.. => "almost certain",
        800.. => "likely",
        500.. => "plausible",
        _ => "possible",
    }
}

/// A confidence with two decimals, cut and not rounded so that it never leaves the band of its word; never 1.00.
pub fn confidence_number(confidence: Share) -> String {
    match confidence.thousandths() {
        991.. => "> 0.99".to_string(),
        thousandths => format!("0.{:02}", thousandths / 10),
    }
}

/// A size in bytes with its unit: `18,204 B`, `1.4 MB`.
pub fn size(bytes: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    if bytes < 100_000 {
        return format!("{} B", thousands(bytes));
    }
    for (unit, name) in STEPS {
        if bytes >= unit {
            let tenths = bytes / (unit / 10);
            return match tenths {
                1000.. => format!("{} {name}", thousands(tenths / 10)),
                _ => format!("{}.{} {name}", tenths / 10, tenths % 10),
            };
        }
    }
    format!("{} B", thousands(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header that clears the screen or turns the text around must not reach a terminal or a page.
    #[test]
    fn controls_and_turning_marks_are_shown_as_escapes() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\u{0}"), "a\\x1b[2Jb\\u202ec\\x00");
        assert_eq!(visible("\u{9b}31m\u{e0041}\u{feff}"), "\\x9b31m\\ue0041\\ufeff");
        assert_eq!(visible("line\n\tend ü 漢"), "line\n\tend ü 漢");
        assert_eq!(one_line("a\nb\tc\r"), "a\\nb\\tc\\x0d");
    }

    /// A cut that says nothing of what is missing misleads.
    #[test]
    fn long_text_is_cut_with_a_count() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut(&"ä".repeat(1_500), 2), "ää… (1,498 more)");
        assert_eq!(shorten_middle("cloudflare/20261118.log.gz", 15, "…"), "clou…118.log.gz");
        assert_eq!(shorten_middle("short", 15, "…"), "short");
    }

    /// A unit at the beginning of a line is read as a word.
    #[test]
    fn a_number_and_its_unit_stay_together() {
        assert_eq!(
            unbroken("after 2.0 s; 67 % of them, 3 shops"),
            "after 2.0\u{a0}s; 67\u{a0}% of them, 3 shops"
        );
        assert_eq!(unbroken("at 2.1 s."), "at 2.1\u{a0}s.");
        assert_eq!(unbroken(" a  s "), " a  s ");
    }

    /// Wrapped text must keep every word until the stated number of lines is full.
    #[test]
    fn text_is_wrapped_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4, 9), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("one two three four", 5, 2), ["one", "two…"]);
        assert!(wrap("", 5, 2).is_empty());
    }

    /// Wrong percentages end up in a postmortem.
    #[test]
    fn percentages_keep_two_digits_and_never_claim_all_or_nothing() {
        assert_eq!(percent(412, 96_204), "0.43");
        assert_eq!(percent(338, 412), "82");
        assert_eq!(percent(12, 412), "2.9");
        assert_eq!(percent(1, 1_000_000), "< 0.01");
        assert_eq!(percent(999_999, 1_000_000), "> 99");
        assert_eq!(percent(9_949, 100_000), "9.9");
        assert_eq!(percent(9_951, 100_000), "10");
        assert_eq!(percent(u64::MAX - 1, u64::MAX), "> 99");
        assert_eq!((percent(0, 9), percent(9, 9), percent(1, 0)), ("0".into(), "100".into(), "0".into()));
    }

    /// Number and word must agree, and nothing is ever certain.
    #[test]
    fn confidences_stay_in_the_band_of_their_word() {
        let shown = |thousandths| {
            let share = Share::from_thousandths(thousandths);
            (confidence_number(share), confidence_word(share))
        };
        assert_eq!(shown(949), ("0.94".to_string(), "likely"));
        assert_eq!(shown(950), ("0.95".to_string(), "almost certain"));
        assert_eq!(shown(1000), ("> 0.99".to_string(), "almost certain"));
        assert_eq!(shown(499), ("0.49".to_string(), "possible"));
    }

    /// Counts are read in the heat of an incident.
    #[test]
    fn numbers_and_sizes_are_grouped() {
        assert_eq!(thousands(96_204), "96,204");
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(counted(1, "request"), "1 request");
        assert_eq!(
            (size(18_204), size(1_440_000), size(123_456_789_000)),
            ("18,204 B".into(), "1.4 MB".into(), "123 GB".into())
        );
    }
}
