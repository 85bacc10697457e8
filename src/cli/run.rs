//! Runs a command and gives its exit status.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Arguments, Causes, Command, Diagnose};
use super::catalogue;
use super::cluster;
use super::completions;
use super::exit::Exit;
use super::job;
use super::manual;
use super::options::redaction;
use super::output::{self, say};
use super::plan::{self, Plan};
use super::reporting;
use super::reports;
use super::signals;
use super::threads;
use crate::causes;
use crate::compose;
use crate::diagnose::diagnose;
use crate::error::{Error, Result};
use crate::report::schema;

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
        Command::Tables(arguments) => {
            threads::with(arguments.evidence.threads, || super::tables::run(&arguments))
        }
        Command::Plan(arguments) => threads::with(arguments.evidence.threads, || job::plan(&arguments)),
        Command::Extract(arguments) => threads::with(arguments.threads, || job::extract(&arguments)),
        Command::Merge(arguments) => threads::with(None, || job::merge(&arguments)),
        Command::Report(arguments) => threads::with(arguments.threads, || job::report(&arguments)),
        Command::Check(arguments) => threads::with(None, || job::check(&arguments)),
        Command::Index(arguments) => reports::run_index(&arguments),
        Command::Compare(arguments) => reports::run_compare(&arguments),
        Command::Cluster(arguments) => cluster::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Manual(arguments) => threads::with(None, || manual::run(&arguments)),
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
        let redactor = compose::redactor(&diagnosis.incident, redaction(arguments.report.no_redact));
        let report = compose::report_with(&diagnosis, &redactor);
        #[cfg(feature = "tables")]
        if let Some((folder, inputs)) = tables {
            super::tables::of_diagnosis(folder, &plan, &inputs, &diagnosis, redactor)?;
        }
        report
    };
    reporting::write(diagnosis, report, &arguments.report)
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
