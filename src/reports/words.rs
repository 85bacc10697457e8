//! Figures and texts of reports, as the index and the comparison write them.

use super::interval::Measured;
use crate::report::text::{one_line, truncate};
use crate::text::words::thousands;

/// Characters that are kept of a text that others wrote.
const LONGEST: usize = 160;

/// A share in per cent, with the digits that matter.
pub(super) fn per_cent(share: f64) -> String {
    let hundredths = share * 100.0;
    match hundredths {
        0.0 => "0 %".to_owned(),
        _ if hundredths < 0.01 => "<0.01 %".to_owned(),
        _ if hundredths < 1.0 => format!("{hundredths:.2} %"),
        _ if hundredths < 10.0 => format!("{hundredths:.1} %"),
        _ => format!("{hundredths:.0} %"),
    }
}

/// `46 of 5,021`.
pub(super) fn amount(measured: &Measured) -> String {
    format!("{} of {}", thousands(measured.failures), thousands(measured.of))
}

/// `0.92 % (0.69 to 1.2 %)`; of none, what it is at most.
pub(super) fn rate(measured: &Measured) -> String {
    match (measured.failures, measured.of) {
        (_, 0) => "not known".to_owned(),
        (0, _) => format!("at most {}", per_cent(measured.high)),
        _ => {
            let [low, high] = [measured.low, measured.high].map(per_cent);
            let low = low.trim_end_matches(" %");
            format!("{} ({low} to {high})", per_cent(measured.rate))
        }
    }
}

/// A text of a report on one line, without what moves a cursor.
pub(super) fn told(text: &str) -> String {
    truncate(&one_line(text), LONGEST)
}

/// A cell of a Markdown table: nothing in it ends the cell, opens a link or is read as HTML.
pub(super) fn cell(text: &str) -> String {
    let mut cell = String::new();
    for character in told(text).chars() {
        match character {
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '|' | '[' | ']' | '`' | '*' | '_' | '\\' => cell.extend(['\\', character]),
            character => cell.push(character),
        }
    }
    cell
}

/// The minute of an instant (`2026-11-17 08:01`), where it looks like one.
pub(super) fn minute(instant: Option<&str>) -> String {
    let minute = instant.and_then(|instant| instant.get(..16)).map(|minute| minute.replacen('T', " ", 1));
    minute.map_or_else(|| "no time".to_owned(), |minute| told(&minute))
}

/// Columns of the same width, two blanks between them, the last one as it is.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if column + 1 < row.len() {
                let padding = width(column).unwrap_or(0).saturating_sub(cell.chars().count()) + 2;
                line.push_str(&" ".repeat(padding));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_the_digits_that_matter() {
        for (share, wanted) in
            [(0.0, "0 %"), (0.000_05, "<0.01 %"), (0.009_2, "0.92 %"), (0.012, "1.2 %"), (0.37, "37 %")]
        {
            assert_eq!(per_cent(share), wanted);
        }
    }

    #[test]
    fn nothing_in_a_cell_ends_it() {
        assert_eq!(cell("a|b [x](y)\n<b>"), "a\\|b \\[x\\](y)\\\\n&lt;b>");
    }
}
