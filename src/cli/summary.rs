//! The summary of a report on the terminal: the result in at most twenty lines. Progress and problems go to standard error instead.

mod options;

use crate::report::model::{Cause, Estimated, Evidence, Purpose, Remediation, Report, Target, VerdictKind};
use crate::report::redaction::ReportText;
use crate::report::text::{
    confidence_number, confidence_word, counted, estimated, one_line, percent, shorten_middle, wrap,
};
use crate::text::words::thousands;

pub use options::{Medium, SummaryOptions};

/// At most this many causes are shown; more would not fit into twenty lines.
const MOST_CAUSES: usize = 2;
/// The columns of a full bar.
const BAR: usize = 20;

/// The summary of `report`, every line ended.
pub fn summary(report: &Report, options: &SummaryOptions) -> String {
    let width = match options.medium {
        Medium::Terminal { columns } => Some(columns.clamp(60, 100)),
        Medium::Pipe => None,
    };
    let page = TerminalPage { report, options, width };
    let text = match report.verdict.kind {
        VerdictKind::Healthy => page.healthy(),
        _ => page.failed(),
    };
    if options.unicode { text } else { to_ascii(&text) }
}

/// Styles by what they mean; the terminal's theme decides how they look.
#[derive(Clone, Copy)]
enum Style {
    Bold,
    Dim,
    /// The colour of the cause at this index.
    Cause(usize),
}

struct TerminalPage<'a> {
    report: &'a Report,
    options: &'a SummaryOptions,
    /// The columns that lines keep to; `None` where nothing is cut.
    width: Option<usize>,
}

impl TerminalPage<'_> {
    /// Whether a line of so many columns need not be cut.
    fn fits(&self, columns: usize) -> bool {
        self.width.is_none_or(|width| columns <= width)
    }

    fn healthy(&self) -> String {
        let totals = &self.report.totals;
        let looked = format!(
            "looked at {} and {}",
            counted(self.report.inputs.len() as u64, "input"),
            counted(totals.requests, "request")
        );
        let last = match &self.options.out {
            Some(_) => format!("{}   {looked}", self.report_path()),
            None => format!("  {looked}"),
        };
        format!("{}\n{last}{}\n", self.headline(), self.in_truth(&last))
    }

    fn failed(&self) -> String {
        let mut blocks = vec![self.headline(), self.figures()];
        let causes: Vec<&Cause> = self.report.causes.iter().take(MOST_CAUSES).collect();
        let columns = ColumnWidths::of(&causes, self.report);
        let mut ranked: Vec<String> =
            causes.iter().enumerate().map(|(index, cause)| self.cause(index, cause, &columns)).collect();
        if self.report.unexplained.failures > 0 {
            let before =
                self.report.unexplained.rank.map_or(ranked.len(), |rank| rank.saturating_sub(1) as usize);
            ranked.insert(before.min(ranked.len()), self.unexplained(&columns));
        }
        blocks.extend(ranked);
        let unseen = &self.report.unexplained;
        if unseen.failures == 0 && !unseen.collect_next.is_empty() {
            blocks.push(self.style_after(Style::Dim, &self.next(&unseen.collect_next)));
        }
        blocks.extend(self.last_line());
        let mut text = blocks.join("\n\n");
        text.push('\n');
        text
    }

    fn headline(&self) -> String {
        self.style(Style::Bold, &one_line(&self.report.verdict.headline))
    }

    fn figures(&self) -> String {
        let totals = &self.report.totals;
        let noun = totals.population.noun();
        let (failed, all) = totals.failed_of_population();
        let mut failed = format!(
            "  failed      {} of {} ({} %)",
            thousands(failed),
            counted(all, noun),
            percent(failed, all)
        );
        if totals.unjudged_failures.is_some() {
            failed.push_str(&format!(", {} judged", thousands(totals.failures)));
        }
        failed.push_str(&self.in_truth(&failed));
        let mut statuses: Vec<(&ReportText, &u64)> = totals.edge_statuses.iter().collect();
        statuses.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (index, (status, count)) in statuses.into_iter().take(4).enumerate() {
            let gap = if index == 0 { "    " } else { "  " };
            let part = format!("{gap}{} ×{}", one_line(status), thousands(*count));
            if !self.fits(failed.chars().count() + part.chars().count()) {
                break;
            }
            failed.push_str(&part);
        }
        let mut lines = vec![failed];
        if let (Some(first), Some(last)) = (&self.report.window.first, &self.report.window.last) {
            let day = if first.date() == last.date() { String::new() } else { format!("{} ", last.date()) };
            lines.push(format!(
                "  window      {} {} – {day}{} UTC",
                first.date(),
                first.clock(),
                last.clock()
            ));
        }
        let target = self.report.causes.first().and_then(|cause| cause.remediation.first());
        let is_there = |remedy: &&Remediation| {
            self.report.verdict.kind != VerdictKind::Origin || remedy.target != Target::Cloudflare
        };
        let target = target.filter(is_there).and_then(Remediation::known_target);
        let target = target.map_or_else(String::new, |target| format!(" ({target})"));
        lines.push(match self.report.verdict.kind {
            VerdictKind::Origin => format!("  act         origin{target}"),
            VerdictKind::Path => "  act         the network between edge and origin".to_string(),
            VerdictKind::Edge => format!("  act         edge{target}"),
            VerdictKind::Client => "  act         nobody; the visitors' side ends these requests".to_string(),
            VerdictKind::Healthy | VerdictKind::Inconclusive => {
                "  act         nobody yet; see next".to_string()
            }
        });
        lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join("\n")
    }

    /// The estimated true numbers where a log is sampled, as many of them as fit behind `before`; nothing where no log is sampled.
    fn in_truth(&self, before: &str) -> String {
        let Some(Estimated { requests, failed_requests }) = self.report.totals.estimated else {
            return String::new();
        };
        let [failed, all] = [failed_requests, requests].map(|estimate| thousands(estimate.value));
        let [failed_between, all_between] = [failed_requests, requests].map(estimated);
        let words = [
            format!("; sampled: about {failed_between} of {all_between} requests"),
            format!("; sampled: about {failed} of {all} requests"),
            format!("; sampled: about {failed} failed"),
        ];
        let fits = |words: &String| self.fits(before.chars().count() + words.chars().count());
        words.into_iter().find(fits).unwrap_or_else(|| "; sampled".to_string())
    }

    fn cause(&self, index: usize, cause: &Cause, columns: &ColumnWidths) -> String {
        let (amount, noun) = cause.amount(self.report.totals.population);
        let slug = one_line(&cause.slug);
        let share = percent(cause.affected.failures, self.report.totals.failures);
        let counts = columns.counts(&counted(amount, noun), &share);
        let (word, number) = (confidence_word(cause.confidence), confidence_number(cause.confidence));
        let padding = " ".repeat(columns.slug.saturating_sub(slug.chars().count()));
        // What is written before the bar, without styles, decides whether the words and the bar have room.
        let used = 2 + columns.slug + counts.chars().count();
        let sure = format!("{word} ({number})");
        let sure = if self.fits(used + sure.chars().count()) { sure } else { format!("({number})") };
        let mut line = format!(
            "{} {}{padding}{counts}{sure}",
            self.style(Style::Cause(index), &cause.rank.to_string()),
            self.style(Style::Bold, &slug)
        );
        let before = used + 23;
        if self.width.is_some_and(|width| before + 3 + BAR <= width) {
            let gap = " ".repeat((before + 3).saturating_sub(used + sure.chars().count()));
            line.push_str(&format!(
                "{gap}{}",
                self.bar(index, cause.affected.share_of_failures.thousandths())
            ));
        }
        let mut lines = vec![line];
        lines.extend(self.sentence(&cause.summary));
        lines.extend(cause.evidence.first().map(|piece| self.style_after(Style::Dim, &self.see(piece))));
        lines.extend(cause.remediation.first().map(|remedy| {
            let name = match remedy.purpose {
                Purpose::Change => "fix  ",
                Purpose::Measure => "look ",
            };
            match remedy.known_target() {
                Some(target) => {
                    let change = remedy.single_line().unwrap_or(&remedy.title);
                    format!("  {name} {target}: {}", one_line(change))
                }
                None => format!("  {name} {} ({})", one_line(&remedy.title), remedy.whereabouts()),
            }
        }));
        lines.join("\n")
    }

    /// The first sentence, cut at a word where the width is kept.
    fn sentence(&self, summary: &str) -> Option<String> {
        let summary = one_line(summary);
        let end = summary.find(". ").map_or(summary.len(), |end| end + 1);
        let sentence = summary.get(..end).unwrap_or(&summary).trim_end_matches('.').to_string();
        let sentence = match self.width {
            Some(width) => wrap(&sentence, width.saturating_sub(3), 1).pop()?,
            None => sentence,
        };
        (!sentence.is_empty()).then(|| format!("  {sentence}"))
    }

    /// Where to look. Where the line is too long, the path is shortened, but never a number or a filter.
    fn see(&self, piece: &Evidence) -> String {
        let spot = piece.spot().map_or_else(String::new, |spot| format!(" {spot}"));
        let filter =
            piece.filter.as_ref().map_or_else(String::new, |filter| format!("   {}", one_line(filter)));
        let rest = format!("{spot}{filter}");
        format!("  see   {}{rest}", self.path(&piece.input, 8 + rest.chars().count()))
    }

    /// A path in the columns that are left beside `used` others.
    fn path(&self, path: &str, used: usize) -> String {
        let path = one_line(path);
        let Some(width) = self.width else { return path };
        let ellipsis = if self.options.unicode { "…" } else { "..." };
        shorten_middle(&path, width.saturating_sub(used).max(12), ellipsis)
    }

    fn unexplained(&self, columns: &ColumnWidths) -> String {
        let unexplained = &self.report.unexplained;
        let totals = &self.report.totals;
        let amount = counted(unexplained.failures, totals.population.noun());
        let counts = columns.counts(&amount, &percent(unexplained.failures, totals.failures));
        let slug = "unexplained";
        let padding = " ".repeat(columns.slug.saturating_sub(slug.len()));
        let used = 2 + columns.slug + counts.chars().count();
        let why = one_line(&unexplained.why.join("; "));
        let why = match self.width {
            Some(width) => wrap(&why, width.saturating_sub(used + 1).max(12), 1).pop().unwrap_or_default(),
            None => why,
        };
        let mut text =
            format!("? {}{padding}{counts}{why}", self.style(Style::Bold, slug)).trim_end().to_string();
        if !unexplained.collect_next.is_empty() {
            let line = self.next(&unexplained.collect_next);
            text.push_str(&format!("\n{}", self.style_after(Style::Dim, &line)));
        }
        text
    }

    /// What to collect next: as much as fits on one line, or on three lines where there is nothing else to say.
    fn next(&self, collect: &[ReportText]) -> String {
        let inconclusive = self.report.verdict.kind == VerdictKind::Inconclusive;
        let (most, lines) = if inconclusive { (4, 3) } else { (2, 1) };
        let parts: Vec<String> = collect.iter().take(most).map(|text| one_line(text)).collect();
        let all = parts.join(", or ");
        let Some(width) = self.width else { return format!("  next  {all}") };
        let width = width.saturating_sub(9);
        let text = if all.chars().count() > width * lines {
            parts.into_iter().next().unwrap_or_default()
        } else {
            all
        };
        let lines = wrap(&text, width, lines);
        // Further lines begin under the text.
        format!("  next  {}", lines.join("\n        "))
    }

    fn last_line(&self) -> Option<String> {
        let more = self.report.causes.len().saturating_sub(MOST_CAUSES);
        let mut parts = Vec::new();
        if self.options.out.is_some() {
            parts.push(self.report_path());
        }
        if more > 0 {
            parts.push(format!("{more} more in index.html"));
        }
        if let Some(cause) = self.report.causes.first() {
            let slug = one_line(&cause.slug);
            let hint = format!("more: rayscope causes {slug}");
            let used: usize = parts.iter().map(|part| part.chars().count() + 3).sum();
            if self.fits(used + hint.chars().count()) {
                parts.push(hint);
            }
        }
        (!parts.is_empty()).then(|| parts.join("   "))
    }

    fn report_path(&self) -> String {
        let out = self.options.out.as_deref().unwrap_or_default();
        let slash = if out.ends_with('/') || out.is_empty() { "" } else { "/" };
        // The whole path, however long: people copy it.
        format!("report  {}{slash}index.html", one_line(out))
    }

    /// The share of failures in eighths of a column.
    fn bar(&self, index: usize, thousandths: u16) -> String {
        const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let eighths = usize::from(thousandths) * BAR * 8 / 1000;
        let (full, part) = (eighths / 8, eighths % 8);
        let (filled, empty) = match self.options.unicode {
            true => {
                let filled = format!("{}{}", "█".repeat(full), PARTS.get(part).copied().unwrap_or(""));
                let empty = BAR.saturating_sub(full + usize::from(part > 0));
                (filled, "·".repeat(empty))
            }
            false => ("#".repeat(full), "-".repeat(BAR.saturating_sub(full))),
        };
        format!("{}{}", self.style(Style::Cause(index), &filled), self.style(Style::Dim, &empty))
    }

    fn style(&self, style: Style, text: &str) -> String {
        if !self.options.colour || text.is_empty() {
            return text.to_string();
        }
        let code = match style {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Cause(0) => "33",
            Style::Cause(1) => "34",
            Style::Cause(2) => "32",
            Style::Cause(3) => "35",
            Style::Cause(4) => "36",
            Style::Cause(_) => "39",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Styles a line behind its two leading blanks, so that `grep '^  see'` finds it.
    fn style_after(&self, style: Style, line: &str) -> String {
        match line.strip_prefix("  ") {
            Some(rest) => format!("  {}", self.style(style, rest)),
            None => self.style(style, line),
        }
    }
}

/// The widths of the columns that all blocks share.
struct ColumnWidths {
    slug: usize,
    amount: usize,
    share: usize,
}

impl ColumnWidths {
    fn of(causes: &[&Cause], report: &Report) -> ColumnWidths {
        let mut columns = ColumnWidths { slug: 12, amount: 0, share: 3 };
        for cause in causes {
            let (amount, noun) = cause.amount(report.totals.population);
            columns.slug = columns.slug.max(one_line(&cause.slug).chars().count());
            columns.amount = columns.amount.max(counted(amount, noun).len());
            columns.share = columns.share.max(percent(cause.affected.failures, report.totals.failures).len());
        }
        let unexplained = counted(report.unexplained.failures, report.totals.population.noun());
        columns.amount = columns.amount.max(unexplained.len());
        columns
    }

    fn counts(&self, amount: &str, share: &str) -> String {
        format!("  {amount:>0$}  {share:>1$} %   ", self.amount, self.share)
    }
}

/// Symbols as the ASCII characters that look most like them, anything else as an escape.
fn to_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            character if character.is_ascii() => out.push(character),
            '–' | '—' | '−' => out.push('-'),
            '×' => out.push('x'),
            '…' => out.push_str("..."),
            '’' | '‘' => out.push('\''),
            '“' | '”' => out.push('"'),
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '→' => out.push_str("->"),
            '±' => out.push_str("+-"),
            'µ' => out.push('u'),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            character => out.push_str(&format!("\\u{:04x}", u32::from(character))),
        }
    }
    out
}

#[cfg(test)]
mod tests;
