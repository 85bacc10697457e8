//! The rows of a ladder as bands of its drawing.

use crate::report::model::LadderRow;

/// At most this many bands are drawn; the middle of longer stories is left out and counted.
pub const MOST_BANDS: usize = 14;

/// What takes one band of the drawing.
pub enum Band<'a> {
    /// A message or two that cross, and how often it came in a row.
    Message(&'a LadderRow, Option<&'a LadderRow>, usize),
    /// Nothing for so many nanoseconds.
    Pause(i64),
    /// So many messages that are not drawn.
    Omitted(usize),
}

impl Band<'_> {
    /// Whether it holds the message that the cause turns on.
    pub fn tells(&self) -> bool {
        matches!(self, Band::Message(row, crossing, _) if row.telling || crossing.is_some_and(|row| row.telling))
    }
}

/// Rows as bands: equal rows in a run become one, rows that cross share one, long pauses are shortened, and the middle is left out.
pub fn bands(rows: &[LadderRow]) -> Vec<Band<'_>> {
    let pause = pause_limit(rows);
    let mut bands = Vec::new();
    let mut index = 0;
    let mut previous: Option<&LadderRow> = None;
    while let Some(row) = rows.get(index) {
        if let Some(before) = previous {
            let gap = row.offset_ns.saturating_sub(before.offset_ns);
            if gap > pause {
                bands.push(Band::Pause(gap));
            }
        }
        let next = rows.get(index + 1);
        let crossing = next.filter(|next| row.crosses_next && next.from == row.to && next.to == row.from);
        let alike = |other: &&LadderRow| {
            !row.telling
                && !other.telling
                && !row.crosses_next
                && !row.label.is_empty()
                && (other.from, other.to, other.kind, &other.label)
                    == (row.from, row.to, row.kind, &row.label)
        };
        let run = rows.iter().skip(index).take_while(alike).count().max(1);
        let taken = if crossing.is_some() { 2 } else { run };
        bands.push(Band::Message(row, crossing, run));
        previous = rows.get((index + taken).saturating_sub(1));
        index += taken;
    }
    omit_middle(bands)
}

/// Keeps the first and the last bands and the telling one.
fn omit_middle(bands: Vec<Band<'_>>) -> Vec<Band<'_>> {
    if bands.len() <= MOST_BANDS {
        return bands;
    }
    let tells = |band: &Band| matches!(band, Band::Message(row, ..) if row.telling);
    let head = MOST_BANDS / 3;
    let telling = bands.iter().position(tells).unwrap_or(bands.len());
    let tail = bands.len().saturating_sub(MOST_BANDS - head).min(telling.saturating_sub(2)).max(head);
    let mut kept: Vec<Band> = Vec::with_capacity(MOST_BANDS + 2);
    let (mut left_out, mut after) = (0, 0);
    for (index, band) in bands.into_iter().enumerate() {
        if index < head || (index >= tail && after < MOST_BANDS - head) {
            if left_out > 0 {
                kept.push(Band::Omitted(std::mem::take(&mut left_out)));
            }
            after += usize::from(index >= tail);
            kept.push(band);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        kept.push(Band::Omitted(left_out));
    }
    kept
}

/// Pauses longer than ten times the median, and longer than 100 ms, are compressed.
fn pause_limit(rows: &[LadderRow]) -> i64 {
    let mut gaps: Vec<i64> =
        rows.iter().zip(rows.iter().skip(1)).map(|(a, b)| b.offset_ns.saturating_sub(a.offset_ns)).collect();
    gaps.sort_unstable();
    let median = gaps.get(gaps.len() / 2).copied().unwrap_or(0);
    median.saturating_mul(10).max(100_000_000)
}
