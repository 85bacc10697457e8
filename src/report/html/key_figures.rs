//! The four figures of the first screen.

use crate::report::model::{Estimate, Population, Report, Totals};
use crate::report::redaction::ReportText;
use crate::report::text::{THIN, counted, cut, estimated, percent, share_percent};
use crate::text::words::thousands;

/// What is shown for a figure that nothing tells.
const NONE: &str = "–";

/// One of the four figures.
pub struct KeyFigure {
    /// What it counts.
    pub name: &'static str,
    /// The large figure.
    pub value: String,
    /// The small text under it.
    pub note: String,
    /// Where to read on.
    pub link: Option<(&'static str, &'static str)>,
}

impl KeyFigure {
    fn new(name: &'static str, value: impl Into<String>, note: impl Into<String>) -> KeyFigure {
        KeyFigure { name, value: value.into(), note: note.into(), link: None }
    }
}

/// The four figures of a report.
pub fn key_figures(report: &Report) -> Vec<KeyFigure> {
    let totals = &report.totals;
    if totals.failures == 0 {
        let [all, failed] =
            [totals.estimated.map(|of| of.requests), totals.estimated.map(|of| of.failed_requests)];
        return vec![
            KeyFigure::new("Requests", thousands(totals.requests), format!("looked at{}", in_truth(all))),
            KeyFigure::new("Failed", "0", format!("requests and connections{}", in_truth(failed))),
            KeyFigure::new("Healed by a retry", thousands(totals.healed_attempts), "attempts, no failures"),
            KeyFigure::new("Given up by visitors", thousands(totals.client_aborts), "requests, no failures"),
        ];
    }
    vec![failed(totals), edge_status(totals), explained(report), captured(report)]
}

fn failed(totals: &Totals) -> KeyFigure {
    let (failed, all) = totals.failed_of_population();
    let share = percent(failed, all);
    let judged = match totals.unjudged_failures {
        Some(_) => format!("; {} of them judged, as a sample", thousands(totals.failures)),
        None => String::new(),
    };
    let note = format!("of {} ({share}{THIN}%){judged}", thousands(all));
    if totals.population == Population::Connections {
        let note = format!("{note}; no record of requests covers them");
        return KeyFigure::new("Failed connections", thousands(failed), note);
    }
    let before = match totals.failed_connections {
        0 => String::new(),
        connections => format!("; {} failed without a request", counted(connections, "connection")),
    };
    let in_truth = in_truth(totals.estimated.map(|of| of.failed_requests));
    KeyFigure::new("Failed requests", thousands(failed), format!("{note}{before}{in_truth}"))
}

/// The estimated true number where a log is sampled; nothing where no log is.
fn in_truth(estimate: Option<Estimate>) -> String {
    estimate
        .map_or_else(String::new, |estimate| format!("; the log is sampled: about {}", estimated(estimate)))
}

fn edge_status(totals: &Totals) -> KeyFigure {
    let mut statuses: Vec<(&ReportText, &u64)> = totals.edge_statuses.iter().collect();
    statuses.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let times = |(status, count): &(&ReportText, &u64)| match count {
        1 => format!("{}: once", cut(status, 12)),
        count => format!("{}: {} times", cut(status, 12), thousands(**count)),
    };
    let note = match statuses.as_slice() {
        [] => "no edge log among the inputs".to_string(),
        [only] => format!("{} times", thousands(*only.1)),
        [first, rest @ ..] => {
            let rest: Vec<String> = rest.iter().take(3).map(times).collect();
            format!("{} times; {}", thousands(*first.1), rest.join(", "))
        }
    };
    let commonest = statuses.first().map_or(NONE.into(), |(status, _)| cut(status, 12));
    KeyFigure::new("Edge status", commonest, note)
}

fn explained(report: &Report) -> KeyFigure {
    let (failed, unexplained) = (report.totals.failures, report.unexplained.failures);
    let note = match unexplained {
        0 if report.totals.unjudged_failures.is_some() => "all that are judged".to_string(),
        0 => "all of them".to_string(),
        1 => "1 stays".to_string(),
        unexplained => format!("{} stay", thousands(unexplained)),
    };
    let link = (unexplained > 0).then_some(("unexplained", "unexplained"));
    KeyFigure { link, ..KeyFigure::new("Explained", thousands(failed.saturating_sub(unexplained)), note) }
}

fn captured(report: &Report) -> KeyFigure {
    let seen = report.coverage.captured_share_of_failures;
    let value = seen.map_or_else(|| NONE.to_string(), |share| format!("{}{THIN}%", share_percent(share)));
    let note = seen.map_or("not looked at;", |_| "of failures;");
    KeyFigure { link: Some(("inputs", "what is missing")), ..KeyFigure::new("Seen in packets", value, note) }
}
