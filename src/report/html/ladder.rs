//! One case as a ladder: hosts as vertical lines, messages as arrows, time downwards, the telling message in a box. Drawn
//! twice: beside its texts for wide screens, above them for narrow ones.

mod bands;

use std::fmt::Write;

use crate::report::model::{Ladder, LadderRow, RowKind};
use crate::report::text::{cut, one_line, truncate, wrap};

use super::svg::{self, Anchor, Canvas, n};
use bands::{Band, bands};

/// The drawings of one ladder.
pub struct Drawn {
    /// For wide screens.
    pub wide: String,
    /// For narrow screens.
    pub narrow: String,
}

/// Draws `ladder`; `id` makes the ids unique. `None` where it has no lane or no row.
pub fn draw(ladder: &Ladder, id: &str) -> Option<Drawn> {
    if ladder.lanes.is_empty() || ladder.rows.is_empty() {
        return None;
    }
    let bands = bands(&ladder.rows);
    let title = sentence(ladder);
    Some(Drawn {
        wide: Drawing::wide(ladder).draw(&bands, &format!("{id}-wide"), &title),
        narrow: Drawing::narrow(ladder).draw(&bands, &format!("{id}-narrow"), &title),
    })
}

/// The measures of one of the two drawings.
struct Drawing<'a> {
    ladder: &'a Ladder,
    width: f64,
    /// The place of the first lane and the distance of two.
    first: f64,
    step: f64,
    /// Where texts begin and how many characters a line holds.
    text: f64,
    columns: usize,
    screen: Screen,
}

/// The screens that a drawing is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    /// The texts stand beside the arrows.
    Wide,
    /// The texts stand below each arrow.
    Narrow,
}

impl<'a> Drawing<'a> {
    fn wide(ladder: &'a Ladder) -> Drawing<'a> {
        let gaps = ladder.lanes.len().saturating_sub(1).max(1) as f64;
        let step = if gaps > 2.0 { 460.0 / gaps } else { 206.0 };
        let text = 124.0 + gaps * step + 30.0;
        let columns = ((960.0 - text - 6.0) / 6.9) as usize;
        Drawing { ladder, width: 960.0, first: 124.0, step, text, columns, screen: Screen::Wide }
    }

    fn narrow(ladder: &'a Ladder) -> Drawing<'a> {
        let gaps = ladder.lanes.len().saturating_sub(1).max(1) as f64;
        Drawing {
            ladder,
            width: 350.0,
            first: 46.0,
            step: 258.0 / gaps,
            text: 98.0,
            columns: 36,
            screen: Screen::Narrow,
        }
    }

    fn lane(&self, index: usize) -> f64 {
        self.first + index.min(self.ladder.lanes.len().saturating_sub(1)) as f64 * self.step
    }

    fn draw(&self, bands: &[Band], id: &str, title: &str) -> String {
        let texts: Vec<Vec<String>> = bands.iter().map(|band| self.texts(band)).collect();
        let heights: Vec<f64> =
            bands.iter().zip(&texts).map(|(band, text)| self.height(band, text.len())).collect();
        let height = 34.0 + heights.iter().sum::<f64>();
        let mut canvas = Canvas::new(self.width, height);
        let mut y = 30.0;
        for (band, height) in bands.iter().zip(&heights) {
            if band.tells() {
                canvas.rect(svg::TELLING_BOX, 2.0, y + 1.0, self.width - 4.0, height - 4.0);
            }
            y += height;
        }
        self.lanes(&mut canvas, bands, &heights);
        y = 30.0;
        for ((band, text), height) in bands.iter().zip(&texts).zip(&heights) {
            self.band(&mut canvas, band, text, y);
            y += height;
        }
        canvas.image("w lad", id, title)
    }

    fn height(&self, band: &Band, lines: usize) -> f64 {
        let lines = lines.max(1) as f64;
        match (band, self.screen) {
            (Band::Pause(_) | Band::Omitted(_), _) => 40.0,
            (Band::Message(_, Some(_), _), Screen::Narrow) => 58.0 + lines * 15.0,
            (Band::Message(_, Some(_), _), Screen::Wide) => (30.0 + lines * 15.0).max(62.0),
            (Band::Message(..), Screen::Narrow) => 36.0 + lines * 15.0,
            (Band::Message(..), Screen::Wide) => (28.0 + lines * 15.0).max(46.0),
        }
    }

    /// The names and the vertical lines, with a zigzag where time is compressed.
    fn lanes(&self, canvas: &mut Canvas, bands: &[Band], heights: &[f64]) {
        let most = ((self.step - 8.0) / 7.2) as usize;
        for (index, lane) in self.ladder.lanes.iter().enumerate() {
            let x = self.lane(index);
            let label = truncate(&lane.label, most.max(6));
            let anchor = match (self.screen, index) {
                (Screen::Narrow, 0) => Anchor::Start,
                (Screen::Narrow, last) if last + 1 == self.ladder.lanes.len() => Anchor::End,
                _ => Anchor::Middle,
            };
            let place = match anchor {
                Anchor::Start => 2.0,
                Anchor::End => self.width - 2.0,
                Anchor::Middle => x,
            };
            canvas.text("lh", anchor, place, 14.0, &label);
            let mut d = format!("M{} 22V30", n(x));
            for (band, height) in bands.iter().zip(heights) {
                let _ = match band {
                    Band::Message(..) => write!(d, "v{}", n(*height)),
                    // 9 + 22 + 9: down, four strokes of a zigzag, down.
                    _ => write!(d, "v9l-5 4l10 6l-10 6l5 4v2v{}", n(*height - 31.0)),
                };
            }
            canvas.path(svg::AXIS, &d);
        }
    }

    fn texts(&self, band: &Band) -> Vec<String> {
        match band {
            Band::Message(row, crossing, run) => {
                let mut text = describe(row, *run);
                if let Some(other) = crossing {
                    let _ = write!(text, " / {}", describe(other, 1));
                }
                wrap(&text, self.columns, 5)
            }
            Band::Pause(_) => vec!["nothing of this case in between".to_string()],
            Band::Omitted(count) => vec![format!("{count} more in report.json")],
        }
    }

    fn band(&self, canvas: &mut Canvas, band: &Band, texts: &[String], y: f64) {
        let (tell, time) = match band {
            Band::Message(row, ..) => (row.telling, offset(self.ladder, row.offset_ns)),
            Band::Pause(gap) => (false, format!("{} later", seconds(*gap))),
            Band::Omitted(_) => (false, String::new()),
        };
        if let Band::Message(row, crossing, run) = band {
            match crossing {
                Some(other) => self.crossing(canvas, row, other, y + 8.0),
                None => self.arrow(canvas, row, *run, y + 20.0),
            }
        }
        let message = matches!(band, Band::Message(..));
        let below = match band {
            Band::Message(_, Some(_), _) => 66.0,
            Band::Message(..) => 44.0,
            _ => 24.0,
        };
        let (x, top) = match self.screen {
            Screen::Narrow if message => (self.text, y + below),
            Screen::Narrow => (self.text + 24.0, y + below),
            Screen::Wide => (self.text, y + 24.0),
        };
        let class = match (message, tell) {
            (true, true) => "t tt",
            (true, false) => "t",
            _ => "t i",
        };
        match self.screen {
            Screen::Narrow => canvas.text(class, Anchor::Start, 6.0, top, &time),
            Screen::Wide => canvas.text(class, Anchor::End, 110.0, top, &time),
        }
        for (index, line) in texts.iter().enumerate() {
            canvas.text(class, Anchor::Start, x, top + index as f64 * 15.0, line);
        }
    }

    fn arrow(&self, canvas: &mut Canvas, row: &LadderRow, run: usize, y: f64) {
        let (from, to) = (self.lane(row.from), self.lane(row.to));
        let label = match run {
            1 => one_line(&row.label),
            run => format!("{run} × {}", one_line(&row.label)),
        };
        if row.from == row.to {
            let head = if row.telling { svg::HEAD_TELLING } else { svg::HEAD };
            canvas.circle(head, from, y, 4.0);
            // Beside the last lane the texts begin.
            let is_last = row.from > 0 && row.from + 1 >= self.ladder.lanes.len();
            let (anchor, x) = if is_last { (Anchor::End, from - 9.0) } else { (Anchor::Start, from + 9.0) };
            canvas.text(label_class(row), anchor, x, y - 3.0, &truncate(&label, 22));
            return;
        }
        stroke(canvas, row, (from, y - 2.0), (to, y + 3.0));
        let room = ((to - from).abs() / 7.6) as usize;
        canvas.text(
            label_class(row),
            Anchor::Middle,
            (from + to) / 2.0,
            y - 7.0,
            &truncate(&label, room.max(4)),
        );
    }

    fn crossing(&self, canvas: &mut Canvas, row: &LadderRow, other: &LadderRow, y: f64) {
        for (row, y) in [(row, y + 8.0), (other, y + 8.0)] {
            let (from, to) = (self.lane(row.from), self.lane(row.to));
            stroke(canvas, row, (from, y), (to, y + 34.0));
            let (anchor, x) =
                if to > from { (Anchor::Start, from + 14.0) } else { (Anchor::End, from - 14.0) };
            let room = ((to - from).abs() / 16.0) as usize;
            canvas.text(label_class(row), anchor, x, y - 1.0, &truncate(&one_line(&row.label), room.max(4)));
        }
    }
}

/// An arrow with its head.
fn stroke(canvas: &mut Canvas, row: &LadderRow, from: (f64, f64), to: (f64, f64)) {
    let paint = match (row.telling, row.kind) {
        (true, _) => svg::ARROW_TELLING,
        (false, RowKind::Solid) => svg::ARROW,
        (false, RowKind::Dashed) => svg::ARROW_DASHED,
    };
    let direction = if to.0 > from.0 { 1.0 } else { -1.0 };
    let end = to.0 - 7.0 * direction;
    // The head points along the line: its slope is that of the line.
    let slope = (to.1 - from.1) / (to.0 - from.0);
    let y = to.1 - 7.0 * direction * slope;
    canvas.path(paint, &format!("M{} {}L{} {}", n(from.0), n(from.1), n(end - direction), n(y)));
    let head = if row.telling { svg::HEAD_TELLING } else { svg::HEAD };
    let (back, lift) = (end - 2.0 * direction, 2.0 * direction * slope);
    canvas.path(
        head,
        &format!(
            "M{} {}L{} {}L{} {}z",
            n(to.0),
            n(to.1),
            n(back),
            n(y - lift - 4.5),
            n(back),
            n(y - lift + 4.5)
        ),
    );
}

fn label_class(row: &LadderRow) -> &'static str {
    if row.telling { "l tt" } else { "l" }
}

/// What a row means, with the place where it can be looked up.
fn describe(row: &LadderRow, run: usize) -> String {
    let mut text = cut(&one_line(&row.text), 240).into_owned();
    let mut place = |name: &str, number: Option<u64>| {
        if let Some(number) = number.filter(|number| !text.contains(&number.to_string())) {
            let comma = if text.is_empty() { "" } else { ", " };
            let _ = write!(text, "{comma}{name} {number}");
        }
    };
    place(if run > 1 { "from frame" } else { "frame" }, row.frame);
    place("line", row.line);
    match (row.telling, row.frame) {
        (true, Some(_)) => format!("telling packet: {text}"),
        (true, None) => format!("telling: {text}"),
        (false, _) => text,
    }
}

/// An offset in the unit that fits the whole ladder.
fn offset(ladder: &Ladder, offset_ns: i64) -> String {
    let span = ladder.rows.iter().map(|row| row.offset_ns).max().unwrap_or(0);
    if offset_ns == 0 {
        return if span >= 1_000_000_000 { "0 s" } else { "0 ms" }.to_string();
    }
    let sign = if offset_ns < 0 { "−" } else { "+" };
    let (unit, digits, name) =
        if span >= 1_000_000_000 { (1_000_000_000, 9, "s") } else { (1_000_000, 6, "ms") };
    let nanoseconds = offset_ns.unsigned_abs();
    let fraction = format!("{:0digits$}", nanoseconds % unit);
    let shown = fraction.get(..decimals(ladder, unit, digits)).unwrap_or(&fraction);
    format!("{sign}{}.{shown} {name}", nanoseconds / unit)
}

/// Three decimals of this unit, or as many as it takes to tell rows apart that are apart.
fn decimals(ladder: &Ladder, unit: u64, digits: usize) -> usize {
    let told = |ns: i64, decimals: usize| {
        // A unit has so many digits that no power of ten is out of range.
        let step = unit / 10u64.pow(u32::try_from(decimals).unwrap_or(0)).max(1);
        ns.unsigned_abs() / step.max(1)
    };
    let tells_apart = |decimals: &usize| {
        ladder.rows.windows(2).all(|pair| match pair {
            [a, b] => {
                a.offset_ns == b.offset_ns || told(a.offset_ns, *decimals) != told(b.offset_ns, *decimals)
            }
            _ => true,
        })
    };
    (3..digits).find(tells_apart).unwrap_or(digits)
}

/// A duration in seconds or milliseconds.
fn seconds(ns: i64) -> String {
    let tenths = ns.unsigned_abs().saturating_add(50_000_000) / 100_000_000;
    match tenths {
        10.. => format!("{}.{} s", tenths / 10, tenths % 10),
        _ => format!("{} ms", ns.unsigned_abs() / 1_000_000),
    }
}

/// The ladder told as sentences, for those who do not see it.
fn sentence(ladder: &Ladder) -> String {
    let lane = |index: usize| ladder.lanes.get(index).map_or("?", |lane| lane.label.as_str());
    let mut text = "One failing request, message by message.".to_string();
    for row in ladder.rows.iter().take(12) {
        let (from, to) = (lane(row.from), lane(row.to));
        let _ = match row.from == row.to {
            true => write!(text, " {}: {from}: {}.", offset(ladder, row.offset_ns), row.label),
            false => write!(text, " {}: {from} to {to}: {}.", offset(ladder, row.offset_ns), row.label),
        };
    }
    cut(&one_line(&text), 1_000).into_owned()
}

#[cfg(test)]
mod tests;
