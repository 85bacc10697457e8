//! Where the texts of events stand above a timeline.

use crate::report::html::svg::Anchor;

/// How many rows of texts there are.
pub const EVENT_ROWS: usize = 2;

/// Where the texts of events stand, so that no text and no line of an event lies over another's text.
#[derive(Default)]
pub struct EventTexts {
    /// Where the last text of each row ends.
    ends: [f64; EVENT_ROWS],
    /// The place of the last event.
    last: Option<f64>,
}

impl EventTexts {
    /// The row of a text and its side of the flag; `None` where it has no place. Events come in the order of time.
    pub fn place(&mut self, x: f64, length: f64, width: f64) -> Option<(usize, Anchor)> {
        let (left, anchor) = match x + length > width {
            true => (x - length, Anchor::End),
            false => (x, Anchor::Start),
        };
        // A text that stands before its flag must not meet the line of an event before it.
        let is_free = match anchor {
            Anchor::End => left >= self.last.unwrap_or(0.0),
            _ => true,
        };
        self.last = Some(x);
        // The line of an event runs down through all rows below its own.
        let row = (0..EVENT_ROWS).find(|row| self.ends.iter().skip(*row).all(|end| *end <= left))?;
        let end = self.ends.get_mut(row).filter(|_| is_free)?;
        *end = left + length;
        Some((row, anchor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two deployments within a minute: neither text may be written over the other.
    #[test]
    fn texts_of_events_near_to_each_other_stand_apart() {
        let mut texts = EventTexts::default();
        let mut place = |x, length| {
            texts.place(x, length, 1000.0).map(|(row, anchor)| (row, matches!(anchor, Anchor::End)))
        };
        assert_eq!(place(10.0, 100.0), Some((0, false)));
        assert_eq!(place(40.0, 200.0), Some((1, false)));
        // Its line would run through the text in the lower row, and there is no third one.
        assert_eq!(place(150.0, 100.0), None);
        assert_eq!(place(300.0, 100.0), Some((0, false)));
        // It would stand before its flag, where another event's line runs.
        assert_eq!([place(960.0, 100.0), place(970.0, 100.0)], [Some((0, true)), None]);
    }
}
