//! What is read of a `report.json`. A form only grows within its version, so what an earlier report lacks is empty, and what a later one adds is passed over.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::report::model::SCHEMA;

/// Folders nested more deeply than this are a loop or an attack.
const DEEPEST: usize = 64;
/// The file of a report that is read.
const FILE: &str = "report.json";

/// What is read of a report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadReport {
    /// Its form.
    pub schema: String,
    /// From the first to the last evidence.
    pub window: ReadWindow,
    /// The hosts of the requests that failed.
    pub hosts: Vec<String>,
    /// Who has to act.
    pub verdict: ReadVerdict,
    /// How much failed.
    pub totals: ReadTotals,
    /// Why, ranked.
    pub causes: Vec<ReadCause>,
    /// What no cause explains.
    pub unexplained: ReadRest,
    /// What could be seen.
    pub coverage: ReadCoverage,
}

/// From the first to the last evidence, RFC 3339.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadWindow {
    /// The first moment.
    pub first: Option<String>,
    /// The last moment.
    pub last: Option<String>,
}

/// Who has to act, and why.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadVerdict {
    /// `origin`, `path`, `edge`, `client`, `healthy` or `inconclusive`.
    pub kind: String,
    /// One sentence.
    pub headline: String,
}

/// How much there was, and how much failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadTotals {
    /// What failures are counted in: `requests` or `connections`.
    pub population: String,
    /// How many failures are judged.
    pub failures: u64,
    /// How many more there are, where a sample is judged.
    pub unjudged_failures: u64,
    /// Requests.
    pub requests: u64,
    /// Connections.
    pub connections: u64,
}

impl ReadTotals {
    /// All failures.
    pub fn failed(&self) -> u64 {
        self.failures.saturating_add(self.unjudged_failures)
    }

    /// Of how many all failures are.
    pub fn whole(&self) -> u64 {
        let whole = if self.population == "connections" { self.connections } else { self.requests };
        whole.max(self.failed())
    }

    /// Of how many the judged failures are: where these are a sample, as large a part of all.
    pub fn judged_whole(&self) -> u64 {
        let share = u128::from(self.whole()) * u128::from(self.failures) / u128::from(self.failed().max(1));
        match self.failures {
            0 => self.whole(),
            failures => u64::try_from(share).unwrap_or(u64::MAX).max(failures),
        }
    }

    /// What one of them is called.
    pub fn noun(&self) -> &'static str {
        if self.population == "connections" { "connection" } else { "request" }
    }
}

/// A cause.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadCause {
    /// Its id in the catalogue.
    pub slug: String,
    /// Its name in words.
    pub title: String,
    /// How much it explains.
    pub affected: ReadAffected,
}

/// How much a cause explains.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadAffected {
    /// How many failures.
    pub failures: u64,
    /// How many connections to which no request is tied.
    pub connections: u64,
}

/// So many failures.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadRest {
    /// Their number.
    pub failures: u64,
}

/// What could be seen.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadCoverage {
    /// Share of the failures whose packets were captured; nothing without a capture.
    pub captured_share_of_failures: Option<f64>,
}

/// Reads a report: its `report.json`, or the folder of it.
///
/// # Errors
/// Where there is none, or it is none.
pub fn read_report(path: &Path) -> Result<ReadReport> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let help = "give the folder that `rayscope diagnose --out` wrote, or its report.json";
    let refused =
        |why: String| Error::Usage { what: format!("{}: {why}", file.display()), help: help.to_owned() };
    let opened = File::open(&file).map_err(|source| refused(format!("it cannot be read: {source}")))?;
    let report: ReadReport = serde_json::from_reader(BufReader::new(opened))
        .map_err(|error| refused(format!("no report of rayscope: {error}")))?;
    if report.schema != SCHEMA {
        let form = if report.schema.is_empty() { "another form".to_owned() } else { report.schema };
        return Err(refused(format!("{form} is not read, only {SCHEMA}")));
    }
    Ok(report)
}

/// Every `report.json` at and below these paths, each once, in the order of the paths' bytes.
///
/// # Errors
/// Where a path is not there.
pub fn find_reports(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        let absolute = path.canonicalize().map_err(|source| Error::Usage {
            what: format!("{}: it cannot be read: {source}", path.display()),
            help: "give folders in which reports of `rayscope diagnose --out` lie".to_owned(),
        })?;
        collect(&absolute, DEEPEST, &mut found);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// A link to a folder may lead round in a circle, so it is not followed.
fn collect(path: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if path.is_file() {
        if path.file_name().is_some_and(|name| name == FILE) {
            found.push(path.to_owned());
        }
        return;
    }
    let Ok(entries) = path.read_dir() else { return };
    for entry in entries.flatten() {
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if depth > 0 && !(is_link && entry.path().is_dir()) {
            collect(&entry.path(), depth - 1, found);
        }
    }
}
