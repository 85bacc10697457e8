//! The pictures that prove a cause: histograms, bars against a limit, dates against a moment.

use crate::report::model::{Bar, Decimal, Figure, Moment, ScaleMark, ValidityRow};
use crate::report::text::{cut, truncate};
use crate::text::words::thousands;

use super::hexdump::{self, Hexdump};
use super::scale::round_step;
use super::svg::{self, Anchor, Canvas, n};

/// A figure as the page shows it.
pub struct Picture {
    /// Its title.
    pub title: String,
    /// The finding in one sentence.
    pub finding: String,
    /// The drawing; empty where it is a hexdump.
    pub drawing: String,
    /// The hexdump, where it is one.
    pub hexdump: Option<Hexdump>,
}

const WIDTH: f64 = 470.0;

/// Draws `figure` in the colour of the cause at `index`; `id` must be unique in the page.
pub fn draw(figure: &Figure, index: usize, id: &str) -> Picture {
    let (title, finding) = figure.caption();
    let (title, finding) = (cut(title, 120).into_owned(), cut(finding, 400).into_owned());
    let sentence = format!("{title}: {finding}.");
    let (drawing, hexdump) = match figure {
        Figure::Histogram { unit, bounds, failing, healthy, marks, .. } => {
            (Histogram { unit, bounds, failing, healthy, marks }.draw(index, id, &sentence), None)
        }
        Figure::Bars { unit, rows, limit, .. } => {
            (bars(unit, rows, limit.as_ref(), index, id, &sentence), None)
        }
        Figure::Validity { rows, at, .. } => (validity(rows, at, index, id, &sentence), None),
        Figure::Hexdump { offset, bytes, marked, label, .. } => {
            (String::new(), Some(hexdump::lay_out(*offset, bytes, *marked, label)))
        }
    };
    Picture { title, finding, drawing, hexdump }
}

struct Histogram<'a> {
    unit: &'a str,
    bounds: &'a [Decimal],
    failing: &'a [u64],
    healthy: &'a [u64],
    marks: &'a [ScaleMark],
}

impl Histogram<'_> {
    const TOP: f64 = 40.0;
    const BOTTOM: f64 = 150.0;

    fn draw(&self, index: usize, id: &str, sentence: &str) -> String {
        let mut canvas = Canvas::new(WIDTH, 190.0);
        let peak = self.failing.iter().chain(self.healthy).copied().max().unwrap_or(0);
        let least =
            self.failing.iter().chain(self.healthy).copied().filter(|count| *count > 0).min().unwrap_or(1);
        let logarithmic = peak / least.max(1) > 50;
        let height = |count: u64| {
            let share = match (count, logarithmic) {
                (0, _) => return 0.0,
                (count, true) => libm::log(count as f64 + 1.0) / libm::log(peak as f64 + 1.0),
                (count, false) => count as f64 / peak as f64,
            };
            (share * (Self::BOTTOM - Self::TOP)).max(1.0)
        };
        let bins = self.failing.len().max(self.healthy.len()).max(1);
        let step = WIDTH / bins as f64;
        let half = (step / 2.0 - 1.0).max(0.6);
        let column = |counts: &[u64], shift: f64| -> String {
            let bar = |(bin, count): (usize, &u64)| {
                let (x, height) = (n(bin as f64 * step + shift), height(*count));
                (height > 0.0).then(|| format!("M{x} {}v-{1}h{2}v{1}z", n(Self::BOTTOM), n(height), n(half)))
            };
            counts.iter().enumerate().filter_map(bar).collect()
        };
        canvas.path(svg::HEALTHY, &column(self.healthy, 0.0));
        canvas.path(svg::cause(index), &column(self.failing, half + 0.5));
        canvas.path(svg::AXIS, &format!("M0 {}H{}", n(Self::BOTTOM), n(WIDTH)));
        self.ticks(&mut canvas);
        self.marks(&mut canvas);
        let scale = if logarithmic { "logarithmic" } else { "linear" };
        let note = format!("grey: healthy · tallest bar: {} · {scale}", thousands(peak));
        canvas.text("t", Anchor::Start, 0.0, 184.0, &note);
        canvas.image("w hist", id, sentence)
    }

    /// At most six round numbers.
    fn ticks(&self, canvas: &mut Canvas) {
        for (index, value) in round_numbers(self.bounds).enumerate() {
            let Some(x) = self.place(value) else { continue };
            let anchor = match x {
                x if x < 14.0 => Anchor::Start,
                x if x > WIDTH - 14.0 => Anchor::End,
                _ => Anchor::Middle,
            };
            let unit = if index == 0 { format!(" {}", self.unit) } else { String::new() };
            canvas.text("t", anchor, x, Self::BOTTOM + 15.0, &format!("{}{unit}", tick(value)));
        }
    }

    /// Marks inside the plot as lines, beyond it as a text with an arrow at its edge.
    fn marks(&self, canvas: &mut Canvas) {
        let mut beyond = 0;
        for (row, mark) in self.marks.iter().take(3).enumerate() {
            let text = truncate(&mark.text, 34);
            let y = 12.0 + row as f64 * 15.0;
            match self.place(mark.value) {
                Some(x) => {
                    let left = x + text.chars().count() as f64 * 6.5 + 8.0 > WIDTH;
                    canvas.path(svg::EVENT, &format!("M{} {}V{}", n(x), n(y - 9.0), n(Self::BOTTOM)));
                    let (anchor, x) = if left { (Anchor::End, x - 5.0) } else { (Anchor::Start, x + 5.0) };
                    canvas.text("k", anchor, x, y, &text);
                }
                None => {
                    let y = Self::BOTTOM - 8.0 - f64::from(beyond) * 15.0;
                    canvas.text("k", Anchor::End, WIDTH, y, &format!("{text} →"));
                    beyond += 1;
                }
            }
        }
    }

    /// The place of a value by the bin it falls into; bins need not be of equal width.
    fn place(&self, value: Decimal) -> Option<f64> {
        let bins = self.bounds.len().checked_sub(1).filter(|bins| *bins > 0)?;
        let mut pairs = self.bounds.iter().zip(self.bounds.iter().skip(1)).enumerate();
        pairs.rfind(|(_, (low, high))| **low <= value && value <= **high).map(|(bin, (low, high))| {
            let width = (high.to_f64() - low.to_f64()).max(f64::MIN_POSITIVE);
            (bin as f64 + (value.to_f64() - low.to_f64()) / width) / bins as f64 * WIDTH
        })
    }
}

/// Round numbers within the bounds, at most seven.
fn round_numbers(bounds: &[Decimal]) -> impl Iterator<Item = Decimal> {
    let low = bounds.first().map_or(0, |low| low.millionths());
    let high = bounds.last().map_or(0, |high| high.millionths());
    let range = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
    let step = i64::try_from(round_step(range, 6)).unwrap_or(i64::MAX);
    let first = low.div_euclid(step) + i64::from(low.rem_euclid(step) > 0);
    (0..=6)
        .map(move |number| first.saturating_add(number).saturating_mul(step))
        .take_while(move |value| *value <= high)
        .map(Decimal::from_millionths)
}

/// A number on an axis: whole as it is, else to three digits.
fn tick(value: Decimal) -> String {
    let number = value.to_f64();
    if number == 0.0 || number.fract() == 0.0 {
        return value.to_string();
    }
    let decimals = (2.0 - libm::floor(libm::log10(number.abs()))).clamp(0.0, 9.0) as usize;
    let text = format!("{number:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// Rows of bars; against a limit, what is beyond it takes the cause's colour.
fn bars(
    unit: &str,
    rows: &[Bar],
    limit: Option<&ScaleMark>,
    index: usize,
    id: &str,
    sentence: &str,
) -> String {
    const MOST: usize = 12;
    let shown = rows.len().min(MOST);
    let head = if limit.is_some() { 22.0 } else { 4.0 };
    let mut canvas = Canvas::new(WIDTH, head + shown as f64 * 36.0 + 18.0);
    let total = |row: &Bar| row.failing.to_f64().max(0.0) + row.healthy.to_f64().max(0.0);
    let largest =
        rows.iter().map(total).chain(limit.map(|limit| limit.value.to_f64())).fold(0.0, f64::max).max(1e-9);
    let scale = (WIDTH - 4.0) / largest;
    for (number, row) in rows.iter().take(MOST).enumerate() {
        let y = head + number as f64 * 36.0;
        let value = match limit {
            Some(_) => format!("{} {unit}", grouped(total(row))),
            None => format!(
                "{} failing, {} healthy",
                grouped(row.failing.to_f64()),
                grouped(row.healthy.to_f64())
            ),
        };
        canvas.text("k", Anchor::Start, 0.0, y + 12.0, &truncate(&row.label, 34));
        canvas.text("t", Anchor::End, WIDTH - 2.0, y + 12.0, &value);
        let (below, beyond) = match limit {
            Some(limit) => {
                let below = total(row).min(limit.value.to_f64());
                (below, total(row) - below)
            }
            None => (row.healthy.to_f64().max(0.0), row.failing.to_f64().max(0.0)),
        };
        canvas.rect(svg::HEALTHY, 0.0, y + 17.0, below * scale, 11.0);
        canvas.rect(svg::cause(index), below * scale + 1.0, y + 17.0, beyond * scale, 11.0);
    }
    let foot = head + shown as f64 * 36.0;
    if let Some(limit) = limit {
        let x = limit.value.to_f64() * scale;
        // Only where the bars are, so that it crosses no number.
        let rows = (0..shown).map(|row| format!("M{} {}v15", n(x), n(head + row as f64 * 36.0 + 15.0)));
        canvas.path(svg::EVENT, &format!("M{} 15v4{}", n(x), rows.collect::<String>()));
        canvas.text(
            "k",
            if x > WIDTH / 2.0 { Anchor::End } else { Anchor::Start },
            x,
            12.0,
            &truncate(&limit.text, 40),
        );
    }
    let rest = rows.len().saturating_sub(MOST);
    let note = match rest {
        0 => format!("linear, in {unit}"),
        rest => format!("linear, in {unit} · {rest} more rows in report.json"),
    };
    canvas.text("t", Anchor::Start, 0.0, foot + 12.0, &note);
    canvas.image("w hist", id, sentence)
}

/// A number with at most one decimal, its thousands grouped.
fn grouped(value: f64) -> String {
    if value.fract() == 0.0 && (0.0..9e15).contains(&value) { thousands(value as u64) } else { n(value) }
}

/// From when to when each certificate holds, with the moment of the failures through all rows.
fn validity(rows: &[ValidityRow], at: &Moment, index: usize, id: &str, sentence: &str) -> String {
    const MOST: usize = 8;
    let rows: Vec<_> = rows.iter().take(MOST).collect();
    let mut canvas = Canvas::new(WIDTH, 24.0 + rows.len() as f64 * 42.0);
    let second = |moment: &Moment| moment.unix_ns().map(|ns| ns as f64 / 1e9);
    let moments =
        rows.iter().flat_map(|row| [second(&row.not_before), second(&row.not_after)]).chain([second(at)]);
    let (low, high) =
        moments.flatten().fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
    let place = |moment: &Moment| {
        second(moment).map_or(0.0, |at| 6.0 + (at - low) / (high - low).max(1.0) * (WIDTH - 12.0))
    };
    let now = place(at);
    for (number, row) in rows.iter().enumerate() {
        let y = 22.0 + number as f64 * 42.0;
        let (from, to) = (place(&row.not_before), place(&row.not_after));
        let holds = (from..=to).contains(&now);
        canvas.text("k", Anchor::Start, 0.0, y + 12.0, &truncate(&row.label, 36));
        let dates = format!("{} – {}", cut(row.not_before.date(), 10), cut(row.not_after.date(), 10));
        canvas.text("t", Anchor::End, WIDTH, y + 12.0, &dates);
        canvas.rect(
            if holds { svg::HEALTHY } else { svg::cause(index) },
            from,
            y + 18.0,
            (to - from).max(1.0),
            11.0,
        );
    }
    let lines = (0..rows.len()).map(|row| format!("M{} {}v15", n(now), n(22.0 + row as f64 * 42.0 + 16.0)));
    canvas.path(svg::EVENT, &format!("M{} 15v4{}", n(now), lines.collect::<String>()));
    let anchor = if now > WIDTH / 2.0 { Anchor::End } else { Anchor::Start };
    canvas.text("k", anchor, now, 12.0, &format!("failures {}", cut(at.date(), 10)));
    canvas.image("w hist", id, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    // An axis that says 0.463320 where 0.463 is meant cannot be read at a glance.
    #[test]
    fn numbers_on_an_axis_are_short() {
        let ticks = [0, 463_320, 1_389_960, 2_316_603, 10_500_000, 900_000_000, 1_234_500_000, 40];
        let ticks = ticks.map(|millionths| tick(Decimal::from_millionths(millionths)));
        assert_eq!(ticks, ["0", "0.463", "1.39", "2.32", "10.5", "900", "1234", "0.00004"]);
    }

    // 0.463 s is the width of a bin, and nothing that anybody looks for.
    #[test]
    fn ticks_are_round_numbers() {
        let ticks = |bounds: &[i64]| -> Vec<String> {
            let bounds: Vec<Decimal> = bounds.iter().copied().map(Decimal::from_millionths).collect();
            round_numbers(&bounds).map(tick).collect()
        };
        assert_eq!(ticks(&[0, 463_320, 2_316_603]), ["0", "0.5", "1", "1.5", "2"]);
        assert_eq!(ticks(&[0, 66_000_000]), ["0", "10", "20", "30", "40", "50", "60"]);
        assert_eq!(ticks(&[30_000_000, 91_000_000]), ["30", "40", "50", "60", "70", "80", "90"]);
        assert_eq!([ticks(&[]), ticks(&[1])], [vec!["0".to_owned()], vec!["0.000001".to_owned()]]);
        assert!(ticks(&[i64::MIN, i64::MAX]).len() <= 7);
    }
}
