//! Words in which people are told of figures: durations, grouped numbers, quoted lines.

use crate::time::Duration;

/// A duration for people: `0.3 ms`, `65.0 s`.
pub fn duration(duration: Duration) -> String {
    if duration.abs() >= Duration::SECOND {
        format!("{:.1} s", duration.in_units_of(Duration::SECOND))
    } else {
        format!("{:.1} ms", duration.in_units_of(Duration::MILLISECOND))
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
