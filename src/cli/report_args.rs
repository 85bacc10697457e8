//! What was typed after the verbs over reports and over machines.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::OutputFormat;

/// `rayscope index`.
#[derive(Debug, Args)]
pub struct MakeIndex {
    /// Folders in which reports lie, however deep
    #[arg(required = true, value_name = "DIR")]
    pub paths: Vec<PathBuf>,
    /// Folder for incidents.html and incidents.json
    #[arg(long, value_name = "DIR", default_value = "rayscope-index")]
    pub out: PathBuf,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
}

/// `rayscope compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// The report of before the change: its folder, or its report.json
    pub before: PathBuf,
    /// The report of after it
    pub after: PathBuf,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
}

/// `rayscope cluster`.
#[derive(Debug, Args)]
pub struct Cluster {
    /// What spreads the work
    #[arg(value_enum)]
    pub by: Scheduler,
    /// The script's file; by default rayscope-cluster.sh, or rayscope_spark.py
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What spreads the work of a plan over processors and machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheduler {
    /// GNU parallel, on this machine or by ssh on several
    Parallel,
    /// Arrays of jobs of Slurm
    Slurm,
    /// Apache Spark, by PySpark's data frames
    Spark,
}
