//! Words in which people are told of figures: durations, grouped numbers, quoted lines.

use crate::time::{MILLISECOND, SECOND};

/// A duration for people: `0.3 ms`, `65.0 s`.
pub fn duration(nanoseconds: i64) -> String {
    if nanoseconds.abs() >= SECOND {
        format!("{:.1} s", nanoseconds as f64 / SECOND as f64)
    } else {
        format!("{:.1} ms", nanoseconds as f64 / MILLISECOND as f64)
    }
}

/// A message as it is quoted in a reason: its first line, cut to a readable length.
pub fn quote(text: &str) -> String {
    const LONGEST: usize = 160;
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("“{}…”", &line[..end]),
        None => format!("“{line}”"),
    }
}

/// `96204` as `96,204`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The text with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
