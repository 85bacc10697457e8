//! What the terminal summary promises.

use super::*;
use crate::report::fixtures;
use crate::report::model::Estimate;

fn terminal(width: usize) -> SummaryOptions {
    SummaryOptions {
        medium: Medium::Terminal { columns: width },
        colour: false,
        unicode: true,
        out: Some("rayscope-report".into()),
    }
}

fn piped() -> SummaryOptions {
    SummaryOptions { out: Some("out".into()), ..SummaryOptions::default() }
}

/// What people see first must not change by accident.
#[test]
fn the_summary_reads_as_agreed() {
    for (name, report) in fixtures::all() {
        let colour = SummaryOptions { colour: true, ..terminal(100) };
        let shown = [
            ("terminal of 100 columns", summary(&report, &terminal(100))),
            ("terminal of 60 columns", summary(&report, &terminal(60))),
            ("pipe", summary(&report, &piped())),
            ("colour", summary(&report, &colour).replace('\u{1b}', "␛")),
        ];
        let text: Vec<String> = shown.iter().map(|(name, text)| format!("== {name}\n{text}")).collect();
        insta::assert_snapshot!(name, text.join("\n"));
    }
}

/// A summary that scrolls away is none; healthy is two lines.
#[test]
fn the_summary_keeps_to_twenty_lines_and_to_the_width() {
    for (name, report) in fixtures::all() {
        for width in [60, 80, 100] {
            let text = summary(&report, &terminal(width));
            assert!(text.lines().count() <= 20, "{name}, {width}: {text}");
            // The headline is never cut, nor is what people copy: the path of the report, a fix.
            let free = |line: &&str| {
                let copied = line.starts_with("report  ") || line.starts_with("  fix   ");
                !(copied || name == "hostile" && line.starts_with("  see   "))
            };
            for line in text.lines().skip(1).filter(free) {
                assert!(line.chars().count() <= width, "{name}, {width}: {line}");
            }
        }
    }
    assert_eq!(summary(&fixtures::healthy(), &terminal(80)).lines().count(), 2);
}

/// Whoever reads only the terminal must learn that the counts are of a sample, also where there is no room for the intervals.
#[test]
fn a_sampled_log_is_told_beside_the_counts() {
    let estimated = Estimated {
        requests: Estimate { value: 962_040, low: 956_300, high: 967_780 },
        failed_requests: Estimate { value: 4_120, low: 3_744, high: 4_496 },
    };
    let mut report = fixtures::two_causes();
    report.totals.estimated = Some(estimated);
    let whole = "; sampled: about 4,120 (3,744–4,496) of 962,040 (956,300–967,780) requests";
    let shown = [
        (SummaryOptions { unicode: true, ..piped() }, whole),
        (terminal(100), "; sampled: about 4,120 of 962,040 requests"),
        (terminal(80), "; sampled: about 4,120 failed"),
        (terminal(60), "; sampled"),
    ];
    for (options, told) in shown {
        let text = summary(&report, &options);
        let failed = text.lines().find(|line| line.starts_with("  failed ")).unwrap_or_default();
        assert!(failed.contains(told), "{failed}");
        if let Medium::Terminal { columns } = options.medium {
            assert!(failed.chars().count() <= columns, "{failed}");
        }
        assert!(text.lines().count() <= 20, "{text}");
    }
    let mut healthy = fixtures::healthy();
    healthy.totals.estimated = Some(estimated);
    let text = summary(&healthy, &piped());
    assert!(text.contains("of 962,040") && text.lines().count() == 2, "{text}");
}

/// Scripts grep for these labels, and a report without an answer must begin with what is missing.
#[test]
fn labels_are_greppable_and_the_inconclusive_begins_with_the_question() {
    let text = summary(&fixtures::two_causes(), &piped());
    for (label, count) in [("  fix   ", 2), ("  see   ", 2), ("  next  ", 1), ("? unexplained", 1)] {
        assert_eq!(text.lines().filter(|line| line.starts_with(label)).count(), count, "{label}");
    }
    let mut report = fixtures::two_causes();
    report.verdict.kind = VerdictKind::Inconclusive;
    report.unexplained.rank = Some(1);
    let text = summary(&report, &piped());
    assert!(text.find("? unexplained").unwrap() < text.find("1 keepalive-race").unwrap());
}

/// A header from the wire must not command the terminal, and a terminal without UTF-8 gets ASCII.
#[test]
fn nothing_from_files_commands_the_terminal() {
    let report = fixtures::hostile(fixtures::Texts::Hostile);
    for options in [terminal(80), piped()] {
        let text = summary(&report, &options);
        assert!(text.contains("\\x1b[2J"), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
    }
    assert!(summary(&report, &piped()).is_ascii());
    assert!(summary(&fixtures::six_causes(), &piped()).is_ascii());
}
