//! What was typed. Reading the arguments touches nothing on the machine.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::job_args::{CheckJob, ExtractJob, MakePlan, MergeJob, ReportJob};
use super::options::{EvidenceOptions, ReportOptions, When, ray};
use super::report_args::{Cluster, Compare, MakeIndex};
use crate::ray::RayAtColo;

/// Names the root cause of Cloudflare 520 errors from packet captures, logs and HAR files.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write one ranked root-cause report: report.json, report.md and index.html
    Diagnose(Diagnose),
    /// Tell one request's story, across edge, connection, origin and logs
    Explain(Explain),
    /// List the causes, or explain one in full
    Causes(Causes),
    /// Print the JSON Schema of report.json
    Schema,
    /// Print the limits in force
    Limits {
        /// Replace limits by those of a TOML file
        #[arg(long, value_name = "FILE")]
        limits: Option<PathBuf>,
    },
    /// Write everything that was seen, healthy requests too, as Parquet tables
    #[cfg(feature = "tables")]
    Tables(Tables),
    /// Plan work that is larger than one sitting or one machine: what is gone over, and how
    Plan(MakePlan),
    /// Go over the inputs of a plan, or over a part of them; what is finished stays, whatever ends the run
    Extract(ExtractJob),
    /// Put the parts of a round together, once all are there
    Merge(MergeJob),
    /// Write the report of a plan that was gone over: the one that `diagnose` writes
    Report(ReportJob),
    /// Tell how far a plan is, and what is missing; exit status 1 where a report cannot be made yet
    Check(CheckJob),
    /// Many reports as one table and one page: when, which host, who acts, the first cause, how much failed
    Index(MakeIndex),
    /// Two reports: did a change help, and what is new
    Compare(Compare),
    /// Write the script that spreads the work of a plan over processors or machines
    Cluster(Cluster),
    /// Print what a shell needs to complete verbs, options and values
    Completions(CompleteFor),
    /// Write man pages: of the program and of each verb
    Manual(WriteManual),
}

/// `rayscope diagnose`.
#[derive(Debug, Args)]
pub struct Diagnose {
    /// Where the evidence is, and how to read it.
    #[command(flatten)]
    pub evidence: EvidenceOptions,
    /// Where the report goes, and what is told of it.
    #[command(flatten)]
    pub report: ReportOptions,
    /// Folder for everything that was seen as Parquet tables, as `rayscope tables` writes them, and a table of the failures with their causes
    #[cfg(feature = "tables")]
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
    /// Show progress
    #[arg(long, value_enum, default_value_t = When::Auto)]
    pub progress: When,
}

/// `rayscope explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The ray: sixteen hex digits, with or without its data centre (7d1234567890abcd-LAX)
    #[arg(value_parser = ray)]
    pub ray: RayAtColo,
    /// Where the evidence is, and how to read it.
    #[command(flatten)]
    pub evidence: EvidenceOptions,
    /// Keep addresses and query values as they are
    #[arg(long)]
    pub no_redact: bool,
}

/// `rayscope causes`.
#[derive(Debug, Args)]
pub struct Causes {
    /// The cause to explain
    pub slug: Option<String>,
}

/// `rayscope tables`.
#[cfg(feature = "tables")]
#[derive(Debug, Args)]
pub struct Tables {
    /// Where the evidence is, and how to read it.
    #[command(flatten)]
    pub evidence: EvidenceOptions,
    /// Folder for the tables
    #[arg(long, value_name = "DIR", default_value = "rayscope-evidence")]
    pub out: PathBuf,
    /// Keep addresses and query values as they are
    #[arg(long)]
    pub no_redact: bool,
    /// Show progress
    #[arg(long, value_enum, default_value_t = When::Auto)]
    pub progress: When,
}

/// `rayscope completions`.
#[derive(Debug, Args)]
pub struct CompleteFor {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A shell that completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash: `source <(rayscope completions bash)`
    Bash,
    /// Zsh: a file _rayscope in a folder of fpath
    Zsh,
    /// Fish: `rayscope completions fish | source`
    Fish,
}

/// `rayscope manual`.
#[derive(Debug, Args)]
pub struct WriteManual {
    /// Folder for the pages, rayscope.1 and others; `man DIR/rayscope.1` shows one
    #[arg(long, value_name = "DIR", default_value = "rayscope-manual")]
    pub out: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }
}
