//! The offending bytes: rows of sixteen in hex and text, the offence marked in both, its label under it.

use crate::report::model::MarkedRange;
use crate::report::text::cut;

/// A hexdump ready for the page.
pub struct Hexdump {
    /// The rows from top to bottom.
    pub rows: Vec<HexRow>,
    /// What is wrong there.
    pub label: String,
    /// How many rows of the offence are not shown.
    pub omitted: usize,
}

/// Sixteen bytes at most.
pub struct HexRow {
    /// `0x0040`, padded.
    pub offset: String,
    /// The bytes in hex, as runs of unmarked and marked text.
    pub hex: Vec<Run>,
    /// The bytes as text, as runs of unmarked and marked text.
    pub ascii: Vec<Run>,
    /// Blanks up to the offence and carets under it; empty in rows that hold none of it.
    pub carets: String,
}

/// A run of text in one state.
#[derive(Debug, PartialEq)]
pub struct Run {
    /// Whether it belongs to the offence.
    pub marked: bool,
    /// What is shown.
    pub text: String,
}

const PER_ROW: usize = 16;
const MOST_ROWS: usize = 6;

/// Lays out `hex` (two digits a byte, the first at `offset`) around `marked`: a row before it, the rows it is in, a row
/// after it. Stops at the first pair that is no byte.
pub fn lay_out(offset: u64, hex: &str, marked: MarkedRange, label: &str) -> Hexdump {
    let bytes = decode(hex);
    let is_marked = |at: u64| at >= marked.offset && at - marked.offset < marked.length.max(1);
    let mut rows = Vec::new();
    for (index, chunk) in bytes.chunks(PER_ROW).enumerate() {
        let start = offset.saturating_add((index * PER_ROW) as u64);
        let cells: Vec<(u8, bool)> =
            chunk.iter().zip(0..).map(|(byte, at)| (*byte, is_marked(start.saturating_add(at)))).collect();
        rows.push((cells.iter().any(|cell| cell.1), row(start, &cells)));
    }
    let first = rows.iter().position(|row| row.0).unwrap_or(0).saturating_sub(1);
    let last = rows.iter().rposition(|row| row.0).unwrap_or(0).saturating_add(1);
    let wanted = last.saturating_sub(first).saturating_add(1).min(rows.len().saturating_sub(first));
    Hexdump {
        rows: rows.into_iter().skip(first).take(wanted.min(MOST_ROWS)).map(|row| row.1).collect(),
        label: cut(label, 200).into_owned(),
        omitted: wanted.saturating_sub(MOST_ROWS),
    }
}

fn decode(hex: &str) -> Vec<u8> {
    let pair =
        |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    hex.as_bytes().chunks_exact(2).take(4096).map_while(pair).collect()
}

fn row(start: u64, cells: &[(u8, bool)]) -> HexRow {
    let hex = |(index, (byte, marked)): (usize, &(u8, bool))| {
        // A blank between two marked bytes belongs to the mark, so that the offence is one piece.
        let joined = *marked && index > 0 && cells.get(index - 1).is_some_and(|cell| cell.1);
        let blank = if index > 0 { " " } else { "" };
        [(joined, blank.to_string()), (*marked, format!("{byte:02x}"))]
    };
    let ascii = |(byte, marked): &(u8, bool)| {
        (*marked, char::from(if (0x20..0x7f).contains(byte) { *byte } else { b'.' }).to_string())
    };
    let caret = |(_, marked): &(u8, bool)| if *marked { "^^ " } else { "   " };
    let any = cells.iter().any(|cell| cell.1);
    let carets: String = cells.iter().map(caret).collect();
    let mut hex = runs(cells.iter().enumerate().flat_map(hex));
    let missing = PER_ROW.saturating_sub(cells.len());
    hex.push(Run { marked: false, text: " ".repeat(missing * 3 + 3) });
    HexRow {
        offset: format!("{start:#06x}  "),
        hex,
        ascii: runs(cells.iter().map(ascii)),
        carets: if any { format!("{:8}{}", "", carets.trim_end()) } else { String::new() },
    }
}

/// Neighbours in the same state joined.
fn runs(parts: impl Iterator<Item = (bool, String)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (marked, text) in parts {
        match runs.last_mut() {
            Some(run) if run.marked == marked => run.text.push_str(&text),
            _ => runs.push(Run { marked, text }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mark must stand under the bytes that offend, not beside them.
    #[test]
    fn the_offence_is_marked_in_hex_in_text_and_beneath() {
        let bytes = "0d0a582d55736572203a20616e6e610d0a";
        let dump = lay_out(0x40, bytes, MarkedRange { offset: 0x48, length: 2 }, "space before the colon");
        assert_eq!(dump.rows.len(), 2);
        let first = &dump.rows[0];
        assert_eq!(first.offset, "0x0040  ");
        assert_eq!(first.hex[1], Run { marked: true, text: "20 3a".into() });
        assert_eq!(first.ascii[1], Run { marked: true, text: " :".into() });
        assert_eq!(first.carets, format!("{}^^ ^^", " ".repeat(8 + 24)));
        assert_eq!(dump.rows[1].carets, "");
    }

    /// A mark outside the bytes, or bytes that are none, must not end the program.
    #[test]
    fn what_does_not_fit_is_shown_without_a_mark() {
        let far = MarkedRange { offset: u64::MAX, length: u64::MAX };
        assert_eq!(lay_out(u64::MAX, "0d0a", far, "x").rows.len(), 1);
        assert!(lay_out(0, "xyz", far, "x").rows.is_empty());
        let wide = lay_out(0, &"00".repeat(400), MarkedRange { offset: 20, length: 300 }, "x");
        assert_eq!((wide.rows.len(), wide.omitted), (MOST_ROWS, 15));
    }
}
