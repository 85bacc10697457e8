//! Runs a command and gives its exit status.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;

use super::args::{Arguments, Causes, Command, Diagnose, OutputFormat, When, redaction};
use super::catalogue;
use super::exit::Exit;
use super::output::{self, say};
use super::output_folder::Readers;
use super::plan::{self, Plan};
use super::signals;
use super::summary::{Medium, SummaryOptions, summary};
use super::threads;
use crate::causes;
use crate::compose;
use crate::diagnose::{Diagnosis, diagnose};
use crate::error::{Error, Result};
use crate::report::model::Report;
use crate::report::text::one_line;
use crate::report::{html, json, markdown, schema};

/// The program.
pub fn main() -> ExitCode {
    // clap prints help and version itself (status 0) and wrong arguments (status 2).
    let arguments = Arguments::parse();
    signals::watch();
    match run(arguments.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            say(&format!("error: {error}"));
            match error {
                Error::Usage { .. } | Error::NoUsableInput { .. } => Exit::Usage.into(),
                Error::Machine { .. } => Exit::Machine.into(),
            }
        }
    }
}

fn run(command: Command) -> Result<Exit> {
    match command {
        Command::Diagnose(arguments) => {
            threads::with(arguments.evidence.threads, || run_diagnose(&arguments))
        }
        Command::Explain(arguments) => {
            threads::with(arguments.evidence.threads, || super::explain::run(&arguments))
        }
        Command::Causes(arguments) => run_causes(&arguments),
        Command::Schema => output::print(&schema::schema()).map(|()| Exit::Done),
        Command::Limits { limits } => {
            let text = plan::profile(limits.as_deref())?.to_toml();
            output::print(&text).map(|()| Exit::Done)
        }
        #[cfg(feature = "tables")]
        Command::Extract(arguments) => {
            threads::with(arguments.evidence.threads, || super::tables::extract(&arguments))
        }
    }
}

fn run_diagnose(arguments: &Diagnose) -> Result<Exit> {
    let plan = Plan::of(&arguments.evidence)?;
    let inputs = plan.open();
    let partial = plan.extract(&inputs, arguments.progress)?;
    // They are open as long as somebody reads them.
    #[cfg(feature = "tables")]
    let tables = arguments.tables.as_deref().map(|folder| (folder, inputs));
    #[cfg(not(feature = "tables"))]
    drop(inputs);
    let diagnosis = diagnose(plan.incident(partial));
    let report = {
        let redactor = compose::redactor(&diagnosis.incident, redaction(arguments.no_redact));
        let report = compose::report_with(&diagnosis, &redactor);
        #[cfg(feature = "tables")]
        if let Some((folder, inputs)) = tables {
            super::tables::of_diagnosis(folder, &plan, &inputs, &diagnosis, redactor)?;
        }
        report
    };
    let certificates = arguments.certificates.as_deref();
    let certificates = certificates.map(|folder| (folder, compose::certificate_files(&diagnosis.incident)));
    let for_people = || rayon::join(|| markdown::render(&report), || html::render(&report));
    let render = || rayon::join(|| json::render(&report), for_people);
    let ((), (as_json, (as_markdown, as_html))) = rayon::join(|| let_go(diagnosis), render);
    let files = [
        ("report.json", as_json.as_bytes()),
        ("report.md", as_markdown.as_bytes()),
        ("index.html", as_html.as_bytes()),
    ];
    if let Some((folder, files)) = certificates {
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        output::write_all(folder, &files, Readers::AsUsual)?;
    }
    output::write_all(&arguments.out, &files, Readers::AsUsual)?;
    match arguments.format {
        OutputFormat::Text => output::print(&summary(&report, &summary_options(arguments)))?,
        OutputFormat::Json => output::print(&as_json)?,
        OutputFormat::Markdown => output::print(&as_markdown)?,
        OutputFormat::Quiet => {}
    }
    tell_warnings(&report, arguments.format);
    let holds = arguments.fail_on.iter().any(|condition| condition.holds(&report));
    // The program ends here: taking thousands of cases apart piece by piece helps nobody.
    std::mem::forget(report);
    Ok(if holds { Exit::ConditionHolds } else { Exit::Done })
}

/// Frees the evidence, the texts of which are most of the memory in use, but for the counts: taking their many small parts one by one
/// off the heap takes as long as a rendering of the report, and the program ends soon.
fn let_go(diagnosis: Diagnosis) {
    std::mem::forget(diagnosis.incident.evidence.tallies);
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

fn summary_options(arguments: &Diagnose) -> SummaryOptions {
    let terminal = io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let colour = match arguments.color {
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
    let out = arguments.out.display().to_string();
    SummaryOptions { medium, colour, unicode, out: Some(out) }
}

/// The terminal's width in columns; 100 where it does not tell.
fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}

fn run_causes(arguments: &Causes) -> Result<Exit> {
    let text = match &arguments.slug {
        None => catalogue::list(),
        Some(slug) => {
            let cause = causes::find(slug).ok_or_else(|| Error::Usage {
                what: format!("there is no cause {slug}"),
                help: "`rayscope causes` lists them".to_owned(),
            })?;
            catalogue::page(cause)
        }
    };
    output::print(&text).map(|()| Exit::Done)
}
