//! What was typed after the verbs of a job.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::{EvidenceOptions, ReportOptions, When};
use crate::extract::Round;
use crate::job::RoundPart;

/// `rayscope plan`.
#[derive(Debug, Args)]
pub struct MakePlan {
    /// Where the evidence is, and how to read it.
    #[command(flatten)]
    pub evidence: EvidenceOptions,
    /// Folder for the plan, and for what is extracted by it
    #[arg(long, value_name = "DIR", default_value = "rayscope-job")]
    pub out: PathBuf,
}

/// `rayscope extract`.
#[derive(Debug, Args)]
pub struct ExtractJob {
    /// The folder of the plan
    #[arg(value_name = "DIR")]
    pub job: PathBuf,
    /// This round only (1 to 9), which is not put together then; without it all rounds one after the other
    #[arg(long, value_name = "N", value_parser = round)]
    pub round: Option<Round>,
    /// Of the round this part only (`2/8`: the second of eight)
    #[arg(long, value_name = "N/ALL", requires = "round")]
    pub part: Option<RoundPart>,
    /// Threads; all processors by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Show progress
    #[arg(long, value_enum, default_value_t = When::Auto)]
    pub progress: When,
}

/// `rayscope merge`.
#[derive(Debug, Args)]
pub struct MergeJob {
    /// The folder of the plan
    #[arg(value_name = "DIR")]
    pub job: PathBuf,
    /// The round (1 to 9); without it the first that is not whole
    #[arg(long, value_name = "N", value_parser = round)]
    pub round: Option<Round>,
    /// Put together only what is there of the round, as one chunk in this file; the folder stays as it is
    #[arg(long, value_name = "FILE", requires = "round")]
    pub out: Option<PathBuf>,
}

/// `rayscope report`.
#[derive(Debug, Args)]
pub struct ReportJob {
    /// The folder of the plan
    #[arg(value_name = "DIR")]
    pub job: PathBuf,
    /// Where the report goes, and what is told of it.
    #[command(flatten)]
    pub report: ReportOptions,
    /// Threads; all processors by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// `rayscope check`.
#[derive(Debug, Args)]
pub struct CheckJob {
    /// The folder of the plan
    #[arg(value_name = "DIR")]
    pub job: PathBuf,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = StandingFormat::Text)]
    pub format: StandingFormat,
}

/// How it is told how far a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StandingFormat {
    /// For people
    Text,
    /// For programs (`rayscope.standing/1`)
    Json,
}

fn round(text: &str) -> Result<Round, String> {
    let number = text.parse().ok().and_then(Round::of_number);
    number.ok_or_else(|| format!("a round is a number from 1 to {}", Round::ALL.len()))
}
