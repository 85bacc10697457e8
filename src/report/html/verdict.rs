//! The first screen: what happened, who acts, four figures, and one bar of failures by cause.

use crate::report::model::{Remediation, Report, Target, VerdictKind};
use crate::report::text::{counted, cut, unbroken};
use crate::text::words::{capitalised, thousands};

use super::fixes::fixes_id;
use super::ids::{badge_class, cause_id};
use super::key_figures::{KeyFigure, key_figures};
use super::svg::{self, Canvas};

/// A line of "who acts": a term and what it says.
#[derive(Default)]
pub struct Action {
    /// `Who acts`, `First step`.
    pub term: &'static str,
    /// The part in bold.
    pub strong: String,
    /// A setting to paste, shown before the rest.
    pub code: String,
    /// The rest of the sentence.
    pub text: String,
    /// Where to read on: the target and its text.
    pub link: Option<(String, &'static str)>,
}

/// A part of the bar with its legend.
pub struct BarPart {
    /// `1` to `n`, or `?`.
    pub badge: String,
    /// The class that colours it.
    pub class: String,
    /// The section it leads to.
    pub href: String,
    /// The cause.
    pub title: String,
    /// How many failures.
    pub count: String,
}

/// The first screen.
pub struct FirstScreen {
    /// `blame`, `calm` or `open`: decides the colour of the bar at the left.
    pub mood: &'static str,
    /// One line above the heading.
    pub eyebrow: String,
    /// The heading.
    pub headline: String,
    /// The sentences under it.
    pub lead: String,
    /// Who acts and what first.
    pub steps: Vec<Action>,
    /// What to collect next, for the inconclusive.
    pub collect: Vec<String>,
    /// The four figures.
    pub figures: Vec<KeyFigure>,
    /// The bar of failures by cause; empty where nothing failed, or all of one cause.
    pub bar: String,
    /// Its legend.
    pub parts: Vec<BarPart>,
}

/// Composes the first screen.
pub fn compose(report: &Report) -> FirstScreen {
    let (bar, parts) = bar(report);
    let blind = report.totals.requests == 0 && report.inputs.iter().all(|input| input.records == 0);
    let inconclusive = report.verdict.kind == VerdictKind::Inconclusive;
    FirstScreen {
        mood: match report.verdict.kind {
            VerdictKind::Healthy if !blind => "calm",
            VerdictKind::Healthy | VerdictKind::Inconclusive => "open",
            _ => "blame",
        },
        eyebrow: eyebrow(report),
        headline: unbroken(&cut(&report.verdict.headline, 300)),
        lead: unbroken(&lead(report)),
        steps: steps(report),
        collect: match inconclusive {
            true => report
                .unexplained
                .collect_next
                .iter()
                .take(5)
                .map(|text| cut(text, 300).into_owned())
                .collect(),
            false => Vec::new(),
        },
        figures: key_figures(report),
        bar,
        parts,
    }
}

/// The page's title: `520 on shop.example, 18 Nov 2026: Keep-alive race`.
pub fn title(report: &Report) -> String {
    let status = report.totals.edge_statuses.iter().max_by_key(|(_, count)| **count);
    let what = status.map_or_else(|| "Report".to_string(), |(status, _)| cut(status, 12).into_owned());
    let host = report.hosts.first().map_or_else(String::new, |host| format!(" on {}", cut(host, 80)));
    let day =
        report.window.first.as_ref().map_or_else(String::new, |first| format!(", {}", date(first.date())));
    let outcome = match (report.verdict.kind, report.causes.first()) {
        (VerdictKind::Healthy, _) => "nothing failed".to_string(),
        (VerdictKind::Inconclusive, _) | (_, None) => "no cause named".to_string(),
        (_, Some(cause)) => cut(&cause.title, 80).into_owned(),
    };
    format!("{what}{host}{day}: {outcome} – rayscope")
}

/// `2026-11-18` as `18 Nov 2026`; other text as it is.
pub fn date(day: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = day.split('-');
    let (year, month, number) = (parts.next(), parts.next(), parts.next());
    let month = month
        .and_then(|month| month.parse::<usize>().ok())
        .and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match (year, month, number) {
        (Some(year), Some(month), Some(number)) => {
            format!("{} {month} {year}", number.trim_start_matches('0'))
        }
        _ => day.to_string(),
    }
}

/// The window in words: `18 Nov 2026, 14:00:00 – 14:20:00 UTC`.
pub fn window(report: &Report) -> Option<String> {
    let (first, last) = (report.window.first.as_ref()?, report.window.last.as_ref()?);
    let start = format!("{}, {}", date(first.date()), first.clock());
    Some(match first.date() == last.date() {
        true => format!("{start} – {} UTC", last.clock()),
        false => format!("{start} – {}, {} UTC", date(last.date()), last.clock()),
    })
}

fn eyebrow(report: &Report) -> String {
    let hosts = match report.hosts.as_slice() {
        [] => None,
        [host] => Some(cut(host, 120).into_owned()),
        [host, rest @ ..] => {
            Some(format!("{} and {} more", cut(host, 120), counted(rest.len() as u64, "host")))
        }
    };
    let inputs = Some(counted(report.inputs.len() as u64, "input"));
    [hosts, window(report), inputs].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn lead(report: &Report) -> String {
    let totals = &report.totals;
    match (report.verdict.kind, report.causes.as_slice()) {
        (VerdictKind::Healthy, _) => format!(
            "{} looked at. {} that visitors gave up on and {} that a retry healed are not failures.",
            match totals.requests {
                1 => "1 request was".to_string(),
                requests => format!("{} requests were", thousands(requests)),
            },
            counted(totals.client_aborts, "request"),
            counted(totals.healed_attempts, "attempt"),
        ),
        (VerdictKind::Inconclusive, []) | (_, []) => {
            let why: Vec<_> = report.unexplained.why.iter().take(3).map(|why| cut(why, 300)).collect();
            match why.is_empty() {
                true => String::new(),
                false => format!("What stands in the way: {}.", why.join("; ")),
            }
        }
        // What it is in plain words; the figures stand below, and the card of the cause has the evidence.
        (_, [first, ..]) => {
            let words = if first.meaning.is_empty() { &first.summary } else { &first.meaning };
            cut(words, 500).into_owned()
        }
    }
}

fn steps(report: &Report) -> Vec<Action> {
    let remedy = report.causes.first().and_then(|cause| Some((cause, cause.remediation.first()?)));
    let is_there = |remedy: &Remediation| {
        report.verdict.kind != VerdictKind::Origin || remedy.target != Target::Cloudflare
    };
    let target = remedy.and_then(|(_, remedy)| remedy.known_target().filter(|_| is_there(remedy)));
    let target = target.map_or_else(String::new, |target| format!(" ({target})"));
    let (strong, text) = match report.verdict.kind {
        VerdictKind::Origin => (format!("The origin’s owner{target}."), "Nothing to change at Cloudflare."),
        VerdictKind::Path => ("Whoever runs the network between Cloudflare and the origin.".to_string(), ""),
        VerdictKind::Edge => {
            (format!("Whoever configures the edge{target}."), "Nothing to change at the origin.")
        }
        VerdictKind::Client => {
            ("Nobody at the origin or the edge.".to_string(), "The visitors’ side ends these requests.")
        }
        VerdictKind::Healthy => ("Nobody.".to_string(), "Nothing failed in what was looked at."),
        VerdictKind::Inconclusive => ("Nobody yet.".to_string(), "The evidence at hand does not say."),
    };
    let mut steps = vec![Action { term: "Who acts", strong, text: text.to_string(), ..Action::default() }];
    let named = !matches!(report.verdict.kind, VerdictKind::Healthy | VerdictKind::Inconclusive);
    if let (true, Some((cause, remedy))) = (named, remedy) {
        let link = Some((fixes_id(cause), "Why and how"));
        let whereabouts = remedy.whereabouts();
        // Of a server that nobody has seen no setting is named as if it were there.
        let line = remedy.single_line().filter(|_| remedy.known_target().is_some());
        steps.push(match line {
            Some(line) => Action {
                term: "First step",
                code: line.to_string(),
                text: format!("{whereabouts}."),
                link,
                ..Action::default()
            },
            None => Action {
                term: "First step",
                text: format!("{} ({whereabouts}).", cut(&remedy.title, 200)),
                link,
                ..Action::default()
            },
        });
    }
    steps
}

/// Failures by cause as one bar, and its legend.
fn bar(report: &Report) -> (String, Vec<BarPart>) {
    let mut shares: Vec<(u64, svg::Paint, BarPart)> = Vec::new();
    for (index, cause) in report.causes.iter().enumerate() {
        shares.push((
            cause.affected.failures,
            svg::cause(index),
            BarPart {
                badge: cause.rank.to_string(),
                class: badge_class(index),
                href: cause_id(&cause.slug),
                title: capitalised(&cut(&cause.title, 80)),
                count: match (cause.is_beside_failures(), cause.amount(report.totals.population)) {
                    (true, (amount, noun)) => counted(amount, noun),
                    (false, (amount, _)) => thousands(amount),
                },
            },
        ));
    }
    if report.unexplained.failures > 0 {
        let part = BarPart {
            badge: "?".into(),
            class: "sw u".into(),
            href: "unexplained".into(),
            title: "Unexplained".into(),
            count: thousands(report.unexplained.failures),
        };
        let before = report.unexplained.rank.map_or(shares.len(), |rank| rank.saturating_sub(1) as usize);
        let at = before.min(shares.len());
        shares.insert(at, (report.unexplained.failures, svg::UNEXPLAINED, part));
    }
    // A bar of one part says what the figures above it say.
    if shares.len() == 1 {
        return (String::new(), Vec::new());
    }
    let total: f64 = shares.iter().map(|share| share.0 as f64).sum();
    if total <= 0.0 {
        return (String::new(), shares.into_iter().map(|share| share.2).collect());
    }
    const WIDTH: f64 = 1000.0;
    let mut canvas = Canvas::new(WIDTH, 14.0);
    let room = WIDTH - 3.0 * shares.len().saturating_sub(1) as f64;
    let mut x = 0.0;
    for (count, paint, _) in &shares {
        let width = *count as f64 / total * room;
        canvas.rect(*paint, x, 0.0, width.max(1.0), 14.0);
        x += width + 3.0;
    }
    (canvas.ornament("w"), shares.into_iter().map(|share| share.2).collect())
}
