//! A report on its way out: its files, what is printed of it, and the exit status.

use std::io::{self, IsTerminal, Write};

use super::exit::Exit;
use super::options::{OutputFormat, ReportOptions, When};
use super::output::{self, Writing, say};
use super::output_folder::Readers;
use super::summary::{Medium, SummaryOptions, summary};
use crate::compose;
use crate::diagnose::Diagnosis;
use crate::error::Result;
use crate::report::model::Report;
use crate::report::text::one_line;
use crate::report::{html, json, markdown};

/// Writes the files of a report and tells of it.
///
/// # Errors
/// Where something cannot be written.
pub fn write(diagnosis: Diagnosis, report: Report, options: &ReportOptions) -> Result<Exit> {
    let certificates = options.certificates.as_deref();
    let certificates = certificates.map(|folder| (folder, compose::certificate_files(&diagnosis.incident)));
    // The program ends soon: taking what thousands of requests left off the heap piece by piece takes as long as telling of them.
    std::mem::forget(diagnosis);
    let files: [(&str, &Writing<'_>); 3] = [
        ("report.json", &|file| json::write(&report, file)),
        ("report.md", &|file| file.write_all(markdown::render(&report).as_bytes())),
        ("index.html", &|file| file.write_all(html::render(&report).as_bytes())),
    ];
    if let Some((folder, files)) = certificates {
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        output::write_all(folder, &files, Readers::AsUsual)?;
    }
    output::write_each(&options.out, &files, Readers::AsUsual)?;
    match options.format {
        OutputFormat::Text => output::print(&summary(&report, &summary_options(options)))?,
        OutputFormat::Json => output::print(&json::render(&report))?,
        OutputFormat::Markdown => output::print(&markdown::render(&report))?,
        OutputFormat::Quiet => {}
    }
    tell_warnings(&report, options.format);
    let holds = options.fail_on.iter().any(|condition| condition.holds(&report));
    std::mem::forget(report);
    Ok(if holds { Exit::ConditionHolds } else { Exit::Done })
}

/// Says at once which inputs could not be read completely, not only in the report.
fn tell_warnings(report: &Report, format: OutputFormat) {
    const SHOWN: usize = 8;
    if format == OutputFormat::Quiet {
        return;
    }
    for warning in report.warnings.iter().take(SHOWN) {
        say(&format!("warning: {}", one_line(warning)));
    }
    if let Some(more @ 1..) = report.warnings.len().checked_sub(SHOWN) {
        say(&format!("warning: {more} more in the report"));
    }
}

fn summary_options(options: &ReportOptions) -> SummaryOptions {
    let terminal = io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let colour = match options.color {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto => set("CLICOLOR_FORCE") || (terminal && !dumb),
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let unicode = terminal
        && locale.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"));
    let medium = if terminal { Medium::Terminal { columns: terminal_width() } } else { Medium::Pipe };
    let out = options.out.display().to_string();
    SummaryOptions { medium, colour, unicode, out: Some(out) }
}

/// The terminal's width in columns; 100 where it does not tell.
fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}
