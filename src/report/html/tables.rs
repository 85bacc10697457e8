//! The tables of the page: sizes of headers and cookies, limits, inputs, coverage, clocks.

use std::collections::BTreeMap;

use crate::report::model::{Clock, Decimal, Input, Limit, Report, Share, ThresholdState};
use crate::report::redaction::ReportText;
use crate::report::text::{THIN, counted, cut, share_percent, size};
use crate::text::words::thousands;

use super::svg;

/// A header, or a cookie, with its size against the limit.
pub struct SizeRow {
    /// What it is and who sets it.
    pub what: String,
    /// Its name.
    pub name: String,
    /// The size as a bar.
    pub drawing: String,
    /// The size in bytes.
    pub bytes: String,
    /// From the first to the last size, or the limit.
    pub growth: String,
    /// How many requests.
    pub requests: String,
    /// Where it was measured.
    pub place: String,
    /// Whether it exceeds a limit.
    pub over: bool,
}

/// Headers and cookies.
pub struct SizeTable {
    /// Those over a limit, then the largest.
    pub largest: Vec<SizeRow>,
    /// The others, folded.
    pub others: Vec<SizeRow>,
    /// The line that opens them.
    pub title: String,
}

/// How many headers and cookies are shown at first.
const LARGEST: usize = 8;

/// Headers and cookies in one table, those over a limit first.
pub fn sizes(report: &Report) -> SizeTable {
    let audit = &report.header_audit;
    let largest = (audit.largest.iter().map(|header| header.bytes))
        .chain(audit.cookies.iter().map(|cookie| cookie.bytes))
        .chain(audit.over_budget.iter().map(|over| over.bytes.max(over.limit_bytes)))
        .max()
        .unwrap_or(0);
    let growth = |first: u64, last: u64| match first == last {
        true => String::new(),
        false => format!("{} → {}", thousands(first), thousands(last)),
    };
    let setter = |setter: &Option<ReportText>| {
        setter.as_ref().map_or_else(String::new, |setter| format!(", set by {}", cut(setter, 80)))
    };
    let place = |input: &str, place: &str| format!("{} {}", cut(input, 120), cut(place, 60));
    let over = audit.over_budget.iter().take(30).map(|over| SizeRow {
        what: format!("{}, over {}", over.direction.words(), cut(&over.limit, 60)),
        name: cut(&over.name, 60).into_owned(),
        drawing: size_bar(over.bytes, Some(over.limit_bytes), largest),
        bytes: thousands(over.bytes),
        growth: format!("limit {}", thousands(over.limit_bytes)),
        requests: thousands(over.requests),
        place: place(&over.input, &over.place),
        over: true,
    });
    let headers = audit.largest.iter().take(30).map(|header| SizeRow {
        what: format!("{} header{}", header.direction.words(), setter(&header.setter)),
        name: cut(&header.name, 60).into_owned(),
        drawing: size_bar(header.bytes, None, largest),
        bytes: thousands(header.bytes),
        growth: growth(header.first_bytes, header.last_bytes),
        requests: thousands(header.requests),
        place: place(&header.input, &header.place),
        over: false,
    });
    let cookies = audit.cookies.iter().take(30).map(|cookie| SizeRow {
        what: format!("cookie{}", setter(&cookie.setter)),
        name: cut(&cookie.name, 60).into_owned(),
        drawing: size_bar(cookie.bytes, None, largest),
        bytes: thousands(cookie.bytes),
        growth: growth(cookie.first_bytes, cookie.last_bytes),
        requests: thousands(cookie.requests),
        place: place(&cookie.input, &cookie.place),
        over: false,
    });
    let mut rest: Vec<(u64, SizeRow)> =
        audit.largest.iter().map(|header| header.bytes).zip(headers).collect();
    rest.extend(audit.cookies.iter().map(|cookie| cookie.bytes).zip(cookies));
    rest.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let mut largest: Vec<SizeRow> = over.chain(rest.into_iter().map(|(_, row)| row)).collect();
    // A fold that hides a single line is longer than the line.
    let at = if largest.len() <= LARGEST + 1 { largest.len() } else { LARGEST };
    let others = largest.split_off(at);
    let title = format!("{} smaller ones", thousands(others.len() as u64));
    SizeTable { largest, others, title }
}

/// A size as a bar, what is beyond the limit in the first cause's colour, the limit as a line.
fn size_bar(bytes: u64, limit: Option<u64>, largest: u64) -> String {
    let mut canvas = svg::Canvas::new(170.0, 18.0);
    let x = |bytes: u64| bytes as f64 / largest.max(1) as f64 * 168.0;
    let below = limit.map_or(bytes, |limit| limit.min(bytes));
    canvas.rect(svg::HEALTHY, 0.0, 4.0, x(below).max(1.0), 10.0);
    canvas.rect(svg::cause(0), x(below) + 1.0, 4.0, x(bytes) - x(below) - 1.0, 10.0);
    if let Some(limit) = limit {
        canvas.path(svg::EVENT, &format!("M{} 0V18", svg::n(x(limit))));
    }
    canvas.ornament("bars")
}

/// An early warning.
pub struct ThresholdRow<'a> {
    /// Its name.
    pub name: String,
    /// The limit with its unit.
    pub limit: String,
    /// The measured value with its unit.
    pub measured: String,
    /// Whether it comes close, or is past it.
    pub warn: bool,
    /// How it stands to the limit.
    pub state: &'static str,
    /// Where it was measured.
    pub place: &'a str,
}

/// Limits against what was measured.
pub struct Thresholds<'a> {
    /// Those that come close, or are passed.
    pub close: Vec<ThresholdRow<'a>>,
    /// The others, folded.
    pub others: Vec<ThresholdRow<'a>>,
    /// The line that opens them.
    pub title: String,
}

impl Thresholds<'_> {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.close.is_empty() && self.others.is_empty()
    }
}

/// Limits against what was measured.
pub fn thresholds(report: &Report) -> Thresholds<'_> {
    let rows = report.thresholds.iter().take(100).map(|threshold| ThresholdRow {
        name: threshold.name.replace('_', " "),
        limit: quantity(threshold.limit, &threshold.unit),
        measured: threshold
            .measured
            .map_or_else(|| "not measured".to_string(), |value| quantity(value, &threshold.unit)),
        warn: threshold.state == ThresholdState::Warn,
        state: threshold.words(),
        place: &threshold.place,
    });
    let (close, others): (Vec<_>, Vec<_>) = rows.partition(|row| row.warn);
    let number = counted(others.len() as u64, "limit");
    Thresholds { close, others, title: format!("{number} to which nothing that was measured came close") }
}

/// An input with its counts.
pub struct InputRow {
    /// Its path.
    pub path: String,
    /// Its kind and format.
    pub kind: String,
    /// Its size.
    pub size: String,
    /// How many records.
    pub records: String,
    /// From when to when.
    pub times: String,
    /// Warnings and remarks.
    pub notes: Vec<String>,
}

/// A value with its unit, whole values grouped. What is far below a second is told in milliseconds.
fn quantity(value: Decimal, unit: &str) -> String {
    const TENTH: u64 = 100_000;
    match u64::try_from(value.millionths()) {
        Ok(microseconds @ 1..TENTH) if unit == "s" => {
            let milliseconds =
                Decimal::from_millionths(i64::try_from(microseconds * 1000).unwrap_or(i64::MAX));
            format!("{milliseconds}{THIN}ms")
        }
        Ok(millionths) if millionths % 1_000_000 == 0 => {
            format!("{}{THIN}{unit}", thousands(millionths / 1_000_000))
        }
        _ => format!("{value}{THIN}{unit}"),
    }
}

/// What the lines of a log told, and what was made of them.
fn lines_of(input: &Input) -> Option<String> {
    if let Some(why) = &input.unused {
        return Some(format!("read, but nothing taken from it: {}", cut(why, 300)));
    }
    let counts = [
        (input.with_time, "with a time"),
        (input.with_status, "with a status"),
        (input.with_ray, "with a ray"),
        (input.joined, "joined"),
    ];
    let lines = counted(input.lines?, "line");
    let told: Vec<String> = counts
        .into_iter()
        .filter_map(|(count, what)| Some((count?, what)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", thousands(count)))
        .collect();
    Some(if told.is_empty() { lines } else { format!("{lines}: {}", told.join(", ")) })
}

/// The inputs with their counts.
pub fn inputs(report: &Report) -> Vec<InputRow> {
    let row = |input: &Input| {
        let mut notes: Vec<String> =
            input.warnings.iter().take(5).map(|text| cut(text, 300).into_owned()).collect();
        if input.warnings.len() > 5 {
            notes.push(format!("{} more warnings in report.json", input.warnings.len() - 5));
        }
        notes.extend(lines_of(input));
        if let Some(facts) = &input.facts {
            let count = |number: u64, name: &str| format!("{} {name}", thousands(number));
            let facts = [
                count(facts.tcp_streams, "TCP streams"),
                count(facts.rst, "RST"),
                count(facts.retransmissions, "retransmissions"),
                count(facts.lost_segments, "segments not captured"),
            ];
            notes.push(facts.join(", "));
        }
        let kind = input.kind.words().to_string();
        InputRow {
            path: cut(&input.path, 200).into_owned(),
            kind: input
                .format
                .as_ref()
                .map_or_else(|| kind.clone(), |format| format!("{kind} ({})", cut(format, 40))),
            size: size(input.bytes).replace(' ', THIN),
            records: match input.skipped {
                0 => thousands(input.records),
                skipped => format!("{} ({} not understood)", thousands(input.records), thousands(skipped)),
            },
            times: match (&input.first, &input.last) {
                (Some(first), Some(last)) if first.date() == last.date() => {
                    format!("{}–{}", cut(first.clock(), 20), cut(last.clock(), 20))
                }
                (Some(first), Some(last)) => format!(
                    "{} {} – {} {}",
                    cut(first.date(), 20),
                    cut(first.clock(), 20),
                    cut(last.date(), 20),
                    cut(last.clock(), 20)
                ),
                _ => "–".to_string(),
            },
            notes,
        }
    };
    report.inputs.iter().take(300).map(row).collect()
}

/// What could be seen; what was not looked at is never shown as zero.
pub fn coverage(report: &Report) -> Vec<(&'static str, String)> {
    let coverage = &report.coverage;
    let share = |share: Option<Share>| {
        share.map_or_else(|| "not looked at".to_string(), |share| format!("{}{THIN}%", share_percent(share)))
    };
    let lost = coverage.packets_lost_by_capture.map_or_else(|| "not recorded".to_string(), thousands);
    let rays = &report.totals.rays;
    let statuses = |statuses: &BTreeMap<ReportText, u64>| {
        let times =
            |(status, count): (&ReportText, &u64)| format!("{} ×{}", cut(status, 12), thousands(*count));
        let told: Vec<String> = statuses.iter().take(20).map(times).collect();
        if told.is_empty() { "not seen".to_string() } else { told.join(", ") }
    };
    vec![
        ("Edge statuses of all requests", statuses(&report.totals.statuses.edge)),
        ("Origin statuses of all requests", statuses(&report.totals.statuses.origin)),
        ("Failures seen in packets", share(coverage.captured_share_of_failures)),
        ("Connections that stayed encrypted", share(coverage.encrypted_share)),
        ("Packets lost by the capture", lost),
        ("Packets cut by the snap length", thousands(coverage.snaplen_cut_packets)),
        ("Rays seen, healthy requests among them", thousands(rays.seen)),
        (
            "Rays of failures in packets, origin logs, edge logs, HARs",
            [rays.joined_capture, rays.joined_origin_log, rays.joined_edge_log, rays.joined_har]
                .map(thousands)
                .join(" · "),
        ),
    ]
}

/// The clocks: taken as right, shifted, by, spread, pairs.
pub fn clocks(report: &Report) -> Vec<[String; 5]> {
    let row = |clock: &Clock| {
        let from = clock.from.as_ref().map_or_else(String::new, |from| format!(" from {} on", from.clock()));
        let drift =
            clock.drift_ms_per_min.map_or_else(String::new, |drift| format!(" and {drift}{THIN}ms a minute"));
        [
            cut(&clock.a, 80).into_owned(),
            format!("{}{from}", cut(&clock.b, 80)),
            format!("{}{THIN}s{drift}", clock.offset_s),
            format!("{}{THIN}s", clock.spread_s),
            thousands(clock.pairs),
        ]
    };
    report.clocks.iter().take(50).map(row).collect()
}

/// The day of the roots that browsers trust.
pub fn root_store(report: &Report) -> Option<&str> {
    match report.profile.limits.get("root_store")? {
        Limit::Text(date) => Some(date),
        Limit::Number(_) => None,
    }
}

/// The limits of the profile.
pub fn limits(report: &Report) -> Vec<(&str, String)> {
    let text = |limit: &Limit| match limit {
        Limit::Number(number) => number.to_string(),
        Limit::Text(text) => cut(text, 80).into_owned(),
    };
    report.profile.limits.iter().take(200).map(|(name, limit)| (name.as_str(), text(limit))).collect()
}
