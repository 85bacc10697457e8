//! Requests and failures over time: a strip of all requests, the failures stacked by cause, events as flags, and beneath
//! them what was recorded when. Drawn twice, for wide and for narrow screens.

mod event_texts;

use std::fmt::Write;

use crate::report::model::{InputKind, Population, Report};
use crate::report::text::{cut, truncate};
use crate::text::words::thousands;

use super::scale::round_step;
use super::svg::{self, Anchor, Canvas, n};
use event_texts::{EVENT_ROWS, EventTexts};

/// The timeline of a page.
pub struct DrawnTimeline {
    /// The drawing for wide screens.
    pub wide: String,
    /// The drawing for narrow screens.
    pub narrow: String,
    /// The length of a bar in the wide drawing, in words.
    pub wide_bucket: String,
    /// The length of a bar in the narrow drawing, in words.
    pub narrow_bucket: String,
    /// What its failures are; `None` where nothing failed.
    pub failures: Option<&'static str>,
    /// The class of the list of events: everywhere, on narrow screens, or none where the drawings name them all.
    pub events_class: Option<&'static str>,
    /// Events with their time, all of them up to 40.
    pub events: Vec<(String, String)>,
}

/// Lengths of bars and distances of ticks that people can read, in seconds.
const STEPS: [u64; 19] =
    [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

/// Beside the plot: there the numbers of the scale lie over no bar.
const MARGIN: f64 = 40.0;
/// The distance of the rows of events' texts.
const EVENT_ROW: f64 = 17.0;

/// The timeline; `None` where no input has a time.
pub fn draw(report: &Report) -> Option<DrawnTimeline> {
    let wide = Plot::new(report, 1000.0 - MARGIN, 60)?;
    let narrow = Plot::new(report, 350.0 - MARGIN, 20)?;
    let events = report.timeline.events.iter().take(40);
    let (wide_drawing, named_wide) = wide.draw(report, "timeline-wide");
    let (narrow_drawing, named_narrow) = narrow.draw(report, "timeline-narrow");
    Some(DrawnTimeline {
        wide_bucket: duration(wide.bucket_s),
        narrow_bucket: duration(narrow.bucket_s),
        failures: (wide.peak > 0).then(|| drawn_failures(report)),
        events: events
            .map(|event| (event.time.clock().to_string(), cut(&event.text, 120).into_owned()))
            .collect(),
        events_class: match (named_wide, named_narrow) {
            (true, true) => None,
            (true, false) => Some("key nar"),
            (false, _) => Some("key"),
        },
        wide: wide_drawing,
        narrow: narrow_drawing,
    })
}

/// Seconds in words.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s >= 86_400.0 && s % 86_400.0 == 0.0 => format!("{} d", n(s / 86_400.0)),
        s if s >= 3_600.0 && s % 3_600.0 == 0.0 => format!("{} h", n(s / 3_600.0)),
        s if s >= 60.0 && s % 60.0 == 0.0 => format!("{} min", n(s / 60.0)),
        s if s >= 1.0 => format!("{} s", n(s)),
        s => format!("{} ms", n(s * 1000.0)),
    }
}

/// The counts of one drawing, merged to at most so many bars.
struct Plot {
    width: f64,
    bucket_s: f64,
    start_s: f64,
    requests: Vec<u64>,
    failed: Vec<u64>,
    by_cause: Vec<Vec<u64>>,
    peak: u64,
}

impl Plot {
    fn new(report: &Report, width: f64, most: usize) -> Option<Plot> {
        let timeline = &report.timeline;
        let buckets = timeline.series.failed.len().max(timeline.series.requests.len());
        let bucket_s = timeline.bucket_s.to_f64();
        let start_s = timeline.start.as_ref()?.unix_ns()? as f64 / 1e9;
        if buckets == 0 || bucket_s <= 0.0 {
            return None;
        }
        let factor = merge_factor(buckets, most, bucket_s);
        let merge = |counts: &[u64]| -> Vec<u64> {
            let sum = |chunk: &[u64]| chunk.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
            let mut merged: Vec<u64> = counts.chunks(factor).map(sum).collect();
            merged.resize(buckets.div_ceil(factor), 0);
            merged
        };
        let by_cause = |slug: &str| timeline.series.by_cause.get(slug).map_or(&[][..], Vec::as_slice);
        let failed = merge(&timeline.series.failed);
        Some(Plot {
            width,
            bucket_s: bucket_s * factor as f64,
            start_s,
            requests: merge(&timeline.series.requests),
            by_cause: report.causes.iter().map(|cause| merge(by_cause(&cause.slug))).collect(),
            peak: failed.iter().copied().max().unwrap_or(0),
            failed,
        })
    }

    fn total_s(&self) -> f64 {
        self.bucket_s * self.failed.len() as f64
    }

    /// The horizontal place of a moment; `None` outside the drawing.
    fn x(&self, unix_s: f64) -> Option<f64> {
        let x = (unix_s - self.start_s) / self.total_s() * self.width;
        (-0.5..=self.width + 0.5).contains(&x).then(|| x.clamp(0.0, self.width))
    }

    /// The drawing, and whether all events are named in it.
    fn draw(&self, report: &Report, id: &str) -> (String, bool) {
        let flags =
            if report.timeline.events.is_empty() { 0.0 } else { EVENT_ROW * EVENT_ROWS as f64 + 16.0 };
        let strip = flags + 34.0;
        let bottom = if self.peak > 0 { strip + 122.0 } else { strip };
        let coverage = coverage(report);
        let height = bottom + 22.0 + coverage.len() as f64 * 22.0;
        let mut canvas = Canvas::new(self.width + MARGIN, height);
        let peak = self.strip(&mut canvas, flags, strip);
        if self.peak > 0 {
            self.failures(&mut canvas, strip + 22.0, bottom);
        }
        self.axis(&mut canvas, bottom);
        let labelled = self.flags(&mut canvas, report, bottom);
        if let Some(peak) = peak {
            let label = format!("all requests, at most {} per bar", thousands(peak));
            canvas.text("t halo", Anchor::Start, 0.0, flags + 9.0, &label);
        }
        for (index, (name, first, last)) in coverage.iter().enumerate() {
            self.coverage(&mut canvas, bottom + 34.0 + index as f64 * 22.0, name, *first, *last);
        }
        (canvas.image("w tl", id, &self.sentence(report)), labelled)
    }

    /// All requests, in a strip of their own so that there is never a second scale; gives the highest bar.
    fn strip(&self, canvas: &mut Canvas, top: f64, bottom: f64) -> Option<u64> {
        let peak = self.requests.iter().copied().max().filter(|peak| *peak > 0)?;
        let room = bottom - top - 14.0;
        let bars = self.requests.iter().map(|count| (bottom, *count as f64 / peak as f64 * room));
        canvas.path(svg::HEALTHY, &self.bars(bars));
        Some(peak)
    }

    /// Failures stacked by cause in rank order from the bottom, the unexplained on top.
    fn failures(&self, canvas: &mut Canvas, top: f64, bottom: f64) {
        let scale = (bottom - top) / self.peak as f64;
        let step = round_step(self.peak, 4);
        for line in (1..=self.peak / step).map(|line| line * step) {
            let y = bottom - line as f64 * scale;
            canvas.path(svg::GRID, &format!("M0 {}H{}", n(y), n(self.width)));
            canvas.text("t", Anchor::End, self.width + MARGIN, y + 4.0, &thousands(line));
        }
        let mut floor = vec![0_u64; self.failed.len()];
        for (index, counts) in self.by_cause.iter().enumerate() {
            let bars = counts.iter().zip(&floor).map(|(count, floor)| {
                (
                    bottom - *floor as f64 * scale,
                    (*count as f64 * scale - if *floor > 0 { 1.0 } else { 0.0 }).max(0.0),
                )
            });
            canvas.path(svg::cause(index), &self.bars(bars));
            floor.iter_mut().zip(counts).for_each(|(floor, count)| *floor = floor.saturating_add(*count));
        }
        let rest = self.failed.iter().zip(&floor).map(|(failed, floor)| {
            (
                bottom - *floor as f64 * scale - 1.0,
                (failed.saturating_sub(*floor) as f64 * scale - 1.0).max(0.0),
            )
        });
        canvas.path(svg::UNEXPLAINED, &self.bars(rest));
    }

    /// One bar per bucket from its foot upwards.
    fn bars(&self, bars: impl Iterator<Item = (f64, f64)>) -> String {
        let step = self.width / self.failed.len() as f64;
        let gap = if step > 6.0 { 2.0 } else { 0.5 };
        let mut d = String::new();
        for (index, (foot, height)) in bars.enumerate() {
            if height > 0.05 {
                let (x, width, height) = (n(index as f64 * step), n(step - gap), n(height));
                // Writing to a String cannot fail.
                let _ = write!(d, "M{x} {}v-{height}h{width}v{height}z", n(foot));
            }
        }
        d
    }

    fn axis(&self, canvas: &mut Canvas, bottom: f64) {
        canvas.path(svg::AXIS, &format!("M0 {}H{}", n(bottom), n(self.width)));
        let most = if self.width > 500.0 { 8.0 } else { 4.0 };
        let days = (self.total_s() / 86_400.0 / most).ceil().max(1.0) as u64;
        let step =
            STEPS.into_iter().find(|step| self.total_s() / *step as f64 <= most).unwrap_or(86_400 * days);
        let first = (self.start_s / step as f64).ceil() as u64 * step;
        let mut end = f64::NEG_INFINITY;
        for index in 0..=most as u64 {
            let moment = first.saturating_add(index * step);
            let Some(x) = self.x(moment as f64) else { break };
            let anchor = match x {
                x if x < 18.0 => Anchor::Start,
                x if x > self.width - 18.0 => Anchor::End,
                _ => Anchor::Middle,
            };
            canvas.path(svg::AXIS, &format!("M{} {}v4", n(x), n(bottom)));
            let text = tick(moment, step);
            let length = text.chars().count() as f64 * 6.8;
            let left = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - length / 2.0,
                Anchor::End => x - length,
            };
            if left >= end {
                canvas.text("t", anchor, x, bottom + 16.0, &text);
                end = left + length + 6.0;
            }
        }
    }

    /// Events as dashed lines with flags; gives whether every text found its place. Others are left to the list.
    fn flags(&self, canvas: &mut Canvas, report: &Report, bottom: f64) -> bool {
        let mut complete = report.timeline.events.len() <= 40;
        let mut texts = EventTexts::default();
        let limit = if self.width > 500.0 { 40 } else { 20 };
        for event in report.timeline.events.iter().take(40) {
            let Some(x) = event.time.unix_ns().and_then(|ns| self.x(ns as f64 / 1e9)) else {
                complete = false;
                continue;
            };
            let text = truncate(&event.text, limit);
            let length = text.chars().count() as f64 * 6.4 + 14.0;
            let place = texts.place(x, length, self.width);
            let y = place.map_or(EVENT_ROWS, |(row, _)| row) as f64 * EVENT_ROW;
            canvas.path(svg::EVENT, &format!("M{} {}V{}", n(x), n(y + 2.0), n(bottom)));
            canvas.path(svg::FLAG, &format!("M{} {}h8l-4 7z", n(x - 4.0), n(y + 2.0)));
            if let Some((_, anchor)) = place {
                let side = if matches!(anchor, Anchor::End) { x - 8.0 } else { x + 8.0 };
                canvas.text("k halo", anchor, side, y + 11.0, &text);
            }
            complete &= place.is_some() && event.text == text;
        }
        complete
    }

    fn coverage(&self, canvas: &mut Canvas, y: f64, name: &str, first: f64, last: f64) {
        let place = |moment: f64| ((moment - self.start_s) / self.total_s()).clamp(0.0, 1.0) * self.width;
        canvas.text("t", Anchor::Start, 0.0, y + 3.0, name);
        canvas.rect(svg::HEALTHY, place(first), y + 7.0, (place(last) - place(first)).max(1.0), 3.0);
    }

    fn sentence(&self, report: &Report) -> String {
        let mut text = if self.peak == 0 {
            "Requests over time; none failed.".to_string()
        } else {
            format!(
                "{} per {}, stacked by cause; at most {}.",
                drawn_failures(report),
                duration(self.bucket_s),
                thousands(self.peak)
            )
        };
        for cause in report.causes.iter().take(5) {
            if let (Some(first), Some(last)) = (&cause.first, &cause.last) {
                let _ = write!(text, " Cause {} from {} to {}.", cause.rank, first.clock(), last.clock());
            }
        }
        text
    }
}

/// What the bars count: causes are known of what was judged.
fn drawn_failures(report: &Report) -> &'static str {
    match (report.totals.population, report.totals.unjudged_failures) {
        (Population::Requests, Some(_)) => "Failed requests of the sample",
        (Population::Requests, None) => "Failed requests",
        (Population::Connections, Some(_)) => "Failed connections of the sample",
        (Population::Connections, None) => "Failed connections",
    }
}

/// How many buckets make one bar: the fewest that keep within `most` bars and give a length that people can read.
fn merge_factor(buckets: usize, most: usize, bucket_s: f64) -> usize {
    let least = buckets.div_ceil(most).max(1);
    let readable = |factor: &usize| STEPS.iter().any(|step| *step as f64 == bucket_s * *factor as f64);
    (least..=least.saturating_mul(3)).find(readable).unwrap_or(least)
}

/// A tick's label: the day at midnight, else the time.
fn tick(unix_s: u64, step: u64) -> String {
    let second = unix_s % 86_400;
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    match (second, step) {
        (0, 3_600..) => day(unix_s),
        (_, ..60) => format!("{hour:02}:{minute:02}:{:02}", second % 60),
        _ => format!("{hour:02}:{minute:02}"),
    }
}

/// `18 Nov`, in UTC.
fn day(unix_s: u64) -> String {
    i64::try_from(unix_s)
        .ok()
        .and_then(|second| jiff::Timestamp::from_second(second).ok())
        .map(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %b").to_string())
        .unwrap_or_default()
}

/// What was recorded when: per kind of evidence and vantage the first and last second, at most five.
fn coverage(report: &Report) -> Vec<(String, f64, f64)> {
    let mut spans: Vec<(String, f64, f64)> = Vec::new();
    for input in &report.inputs {
        let usable = !matches!(
            input.kind,
            InputKind::Ignored | InputKind::Config | InputKind::Events | InputKind::Keylog
        );
        let ends = (
            input.first.as_ref().and_then(|at| at.unix_ns()),
            input.last.as_ref().and_then(|at| at.unix_ns()),
        );
        let (true, (Some(first), Some(last))) = (usable, ends) else { continue };
        let offset = input.clock_offset_s.to_f64();
        let (first, last) = (first as f64 / 1e9 + offset, last as f64 / 1e9 + offset);
        let name = match &input.vantage {
            Some(vantage) => format!("{}, {}", input.kind.words(), cut(vantage, 24)),
            None => input.kind.words().to_string(),
        };
        let room = spans.len() < 5;
        match spans.iter_mut().find(|span| span.0 == name) {
            Some(span) => (span.1, span.2) = (span.1.min(first), span.2.max(last)),
            None if room => spans.push((name, first, last)),
            None => {}
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures;
    use crate::report::model::Decimal;

    /// Bars of 7 s cannot be read; bars must also keep within their number.
    #[test]
    fn bars_have_lengths_that_people_can_read() {
        assert_eq!(merge_factor(60, 60, 20.0), 1);
        assert_eq!(merge_factor(60, 20, 20.0), 3);
        assert_eq!(merge_factor(400, 60, 1.0), 10);
        assert_eq!(merge_factor(100, 60, 7.0), 2);
        assert_eq!(
            (duration(60.0), duration(20.0), duration(0.5)),
            ("1 min".into(), "20 s".into(), "500 ms".into())
        );
    }

    /// A tick at the wrong place puts the failure before the deployment that caused it.
    #[test]
    fn ticks_tell_the_time_and_days() {
        // 2026-11-18T14:05:00Z and the midnight after it.
        assert_eq!(tick(1_795_010_700, 300), "14:05");
        assert_eq!(tick(1_795_010_710, 10), "14:05:10");
        assert_eq!(tick(1_795_046_400, 10_800), "19 Nov");
        let report = fixtures::two_causes();
        let plot = Plot::new(&report, 1000.0, 60).unwrap();
        assert_eq!(plot.x(1_795_010_400.0 + 300.0), Some(250.0));
        assert_eq!(plot.x(1_795_010_400.0 - 300.0), None);
    }

    /// Merging must lose no failure.
    #[test]
    fn merged_bars_hold_every_failure() {
        let report = fixtures::six_causes();
        let failed: u64 = report.timeline.series.failed.iter().sum();
        for most in [7, 20, 60] {
            assert_eq!(Plot::new(&report, 350.0, most).unwrap().failed.iter().sum::<u64>(), failed);
        }
        let mut broken = report;
        broken.timeline.bucket_s = Decimal::whole(0);
        assert!(draw(&broken).is_none());
    }
}
