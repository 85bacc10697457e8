//! The verbs of a job: `plan`, `extract`, `merge`, `report`, `check`. What they do is `diagnose` in pieces; see `crate::job`.

use std::fs;
use std::path::PathBuf;

use super::exit::Exit;
use super::job_args::{CheckJob, ExtractJob, MakePlan, MergeJob, ReportJob, StandingFormat};
use super::options::{EvidenceOptions, redaction};
use super::output::print;
use super::plan::{Plan, usable};
use super::progress::ReadingBar;
use super::reporting;
use super::standing;
use crate::compose;
use crate::correlate::Incident;
use crate::diagnose::diagnose;
use crate::error::{Error, Result};
use crate::extract::{Inputs, Round};
use crate::job::{Job, JobOptions, JobPlan, RoundPart};
use crate::source::is_read_once;
use crate::text::words::thousands;

/// Runs `rayscope plan`.
///
/// # Errors
/// As `diagnose` where it finds the inputs, and where the folder has another plan.
pub fn plan(arguments: &MakePlan) -> Result<Exit> {
    let evidence = &arguments.evidence;
    let paths = absolute(evidence)?;
    let plan = Plan::of(evidence)?;
    let planned = JobPlan::of(paths, options(evidence, &plan), plan.found())?;
    let job = Job::begin(&arguments.out, planned)?;
    let (count, total) = (plan.found().len() as u64, plan.found().iter().map(|file| file.bytes).sum());
    let out = arguments.out.display();
    let begun = match job.next_round() {
        Some(Round::Told) => "",
        _ => ", begun already",
    };
    print(&format!(
        "plan    {out}: {} inputs, {} bytes{begun}\nnext    rayscope extract {out}\n",
        thousands(count),
        thousands(total)
    ))?;
    Ok(Exit::Done)
}

/// Runs `rayscope extract`.
///
/// # Errors
/// Where the inputs are not those of the plan, or a chunk cannot be written.
pub fn extract(arguments: &ExtractJob) -> Result<Exit> {
    let job = Job::open(&arguments.job)?;
    if arguments.round.is_some() || job.next_round().is_some() {
        let inputs = open(&job)?;
        let bar =
            ReadingBar::new(job.plan().inputs().iter().map(|input| input.bytes).sum(), arguments.progress);
        let read = |bytes| bar.read(bytes);
        match arguments.round {
            Some(round) => job.extract(&inputs, round, arguments.part.unwrap_or(RoundPart::ALL), &read)?,
            None => job.finish(&inputs, &read)?,
        }
        bar.finish();
    }
    if arguments.round.is_none() {
        print(&format!("next    rayscope report {}\n", arguments.job.display()))?;
    }
    Ok(Exit::Done)
}

/// Runs `rayscope merge`.
///
/// # Errors
/// Where something of the round is missing (with `--out`: where nothing of it is there), or there twice.
pub fn merge(arguments: &MergeJob) -> Result<Exit> {
    let job = Job::open(&arguments.job)?;
    if let (Some(round), Some(file)) = (arguments.round, &arguments.out) {
        job.gather(round, file)?;
    } else if let Some(round) = arguments.round.or_else(|| job.next_round()) {
        job.merge(&open(&job)?, round)?;
    }
    Ok(Exit::Done)
}

/// Runs `rayscope report`.
///
/// # Errors
/// Where a round is not whole, or the report cannot be written.
pub fn report(arguments: &ReportJob) -> Result<Exit> {
    let job = Job::open(&arguments.job)?;
    let extraction = job.plan().extraction()?;
    let partial = usable(job.total()?)?;
    let incident = Incident::of(partial, extraction.ranges, extraction.profile, job.plan().filter()?);
    let diagnosis = diagnose(incident);
    let report = {
        let redactor = compose::redactor(&diagnosis.incident, redaction(arguments.report.no_redact));
        compose::report_with(&diagnosis, &redactor)
    };
    reporting::write(diagnosis, report, &arguments.report)
}

/// Runs `rayscope check`.
///
/// # Errors
/// Where a chunk cannot be read, or does not belong to the plan.
pub fn check(arguments: &CheckJob) -> Result<Exit> {
    let job = Job::open(&arguments.job)?;
    let standing = job.standing(|| open(&job))?;
    print(&match arguments.format {
        StandingFormat::Text => standing::text(&standing, &arguments.job.display().to_string()),
        StandingFormat::Json => standing::json(&standing),
    })?;
    Ok(if standing.is_finished() { Exit::Done } else { Exit::ConditionHolds })
}

fn open(job: &Job) -> Result<Inputs> {
    Ok(Inputs::open(job.plan().find()?, &job.plan().extraction()?))
}

/// The paths of the evidence, whatever folder later processes are in.
fn absolute(evidence: &EvidenceOptions) -> Result<Vec<PathBuf>> {
    let beside = evidence.events.iter().chain(&evidence.keylog);
    let all = evidence.paths.iter().chain(beside);
    let absolute = all.map(|path| {
        if is_read_once(path) {
            return Err(Error::Usage {
                what: format!(
                    "{}: what comes through a pipe cannot be read by several processes",
                    path.display()
                ),
                help: "save it to a file and give that".to_owned(),
            });
        }
        // One that is not there is told when it is looked for.
        Ok(fs::canonicalize(path).unwrap_or_else(|_| path.clone()))
    });
    absolute.collect()
}

fn options(evidence: &EvidenceOptions, plan: &Plan) -> JobOptions {
    JobOptions {
        since: evidence.since.map(|time| time.to_string()),
        until: evidence.until.map(|time| time.to_string()),
        host: evidence.host.clone(),
        rays: evidence.rays.iter().map(|ray| ray.ray.to_string()).collect(),
        edge_ranges: evidence.edge_range.clone(),
        log_formats: evidence.log_format.clone(),
        limits: plan.profile().clone(),
        memory: evidence.memory.bytes(),
    }
}
