//! Carries out what the arguments ask for: finds the files, reads limits and log formats.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::events;
use super::key_logs;
use super::options::{EvidenceOptions, When};
use super::progress::ReadingBar;
use crate::correlate::{Filter, Incident};
use crate::error::{Error, Result};
use crate::evidence::{InputKind, Partial};
use crate::extract::{Extraction, Inputs};
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::logs::AccessFormat;
use crate::ray::Ray;
use crate::source::{FoundFile, discover_within};
use crate::time::Time;

/// Evidence found and what to do with it.
pub struct Plan {
    found: Vec<FoundFile>,
    extraction: Extraction,
    filter: Filter,
}

impl Plan {
    /// Reads what the arguments name.
    ///
    /// # Errors
    /// Where a path does not exist, a file of `--events` is none, or a limits file or a log format is wrong.
    pub fn of(evidence: &EvidenceOptions) -> Result<Plan> {
        check_window(evidence.since, evidence.until)?;
        let profile = profile(evidence.limits.as_deref())?;
        let log_formats =
            evidence.log_format.iter().map(|text| log_format(text)).collect::<Result<Vec<_>>>()?;
        let rays: Vec<Ray> = evidence.rays.iter().map(|ray| ray.ray).collect();
        let filter = Filter {
            since: evidence.since,
            until: evidence.until,
            host: evidence.host.clone(),
            rays: rays.clone(),
            asked_for: rays,
        };
        let extraction = Extraction {
            // A ray that was asked for is kept whether it failed or not.
            rays: filter.asked_for.iter().copied().collect(),
            ranges: EdgeRanges::with(&evidence.edge_range),
            profile,
            host: evidence.host.clone(),
            log_formats,
            memory: evidence.memory,
        };
        events::check(&evidence.events)?;
        key_logs::check(&evidence.keylog)?;
        let beside = evidence.events.iter().chain(&evidence.keylog);
        let paths: Vec<PathBuf> = evidence.paths.iter().chain(beside).cloned().collect();
        Ok(Plan { found: discover_within(&paths, evidence.memory)?, extraction, filter })
    }

    /// Keeps everything about one ray, also where it did not fail. All other failures stay, since a request is judged among its like.
    pub fn ask_for(&mut self, ray: Ray) {
        self.filter.asked_for = vec![ray];
        self.extraction.rays = BTreeSet::from([ray]);
    }

    /// Opens the inputs.
    pub fn open(&self) -> Inputs {
        Inputs::open(self.found.clone(), &self.extraction)
    }

    /// What extraction needs to know beside the files.
    #[cfg(feature = "tables")]
    pub fn extraction(&self) -> &Extraction {
        &self.extraction
    }

    /// Extracts the evidence.
    ///
    /// # Errors
    /// Where nothing among the inputs can be used.
    pub fn extract(&self, inputs: &Inputs, when: When) -> Result<Partial> {
        let bar = ReadingBar::new(self.found.iter().map(|file| file.bytes).sum(), when);
        let partial = inputs.extract(&self.extraction, &|bytes| bar.read(bytes));
        bar.finish();
        usable(partial)
    }

    /// The files that were found.
    pub fn found(&self) -> &[FoundFile] {
        &self.found
    }

    /// The limits in force.
    pub fn profile(&self) -> &Profile {
        &self.extraction.profile
    }

    /// Joins extracted evidence.
    pub fn incident(&self, partial: Partial) -> Incident {
        let ranges = self.extraction.ranges.clone();
        Incident::of(partial, ranges, self.extraction.profile.clone(), self.filter.clone())
    }
}

/// The limits in force: the built-in ones, with what a file replaces.
///
/// # Errors
/// Where the file cannot be read or is wrong.
pub fn profile(path: Option<&Path>) -> Result<Profile> {
    let Some(path) = path else { return Ok(Profile::cloudflare()) };
    let help = "give a TOML file with --limits; `rayscope limits` prints one";
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => {
            Error::Usage { what: format!("{}: there is no such file", path.display()), help: help.to_owned() }
        }
        _ => Error::Machine { action: "read", path: path.to_owned(), source, help },
    })?;
    Profile::overlaid(&text).map_err(|error| Error::Usage {
        what: format!("{}: {error}", path.display()),
        help: "`rayscope limits` prints every limit with its unit".to_owned(),
    })
}

/// A window that ends before it begins holds nothing, whatever the inputs are.
fn check_window(since: Option<Time>, until: Option<Time>) -> Result<()> {
    match since.zip(until).filter(|(since, until)| since > until) {
        None => Ok(()),
        Some((since, until)) => Err(Error::Usage {
            what: format!("--since {since} is after --until {until}"),
            help: "give the earlier instant with --since and the later one with --until".to_owned(),
        }),
    }
}

fn log_format(text: &str) -> Result<AccessFormat> {
    AccessFormat::parse(text).map_err(|error| Error::Usage {
        what: format!("--log-format '{text}': {error}"),
        help: "give the format as nginx.conf or httpd.conf has it, such as '$remote_addr [$time_local] \"$request\" $status'".to_owned(),
    })
}

/// Evidence of which something can be used.
///
/// # Errors
/// Where nothing can, with what was found instead.
pub fn usable(partial: Partial) -> Result<Partial> {
    let is_evidence = |kind| !matches!(kind, InputKind::Ignored | InputKind::KeyLog);
    match partial.inputs.values().any(|input| is_evidence(input.kind)) {
        true => Ok(partial),
        false => Err(nothing_usable(&partial)),
    }
}

fn nothing_usable(partial: &Partial) -> Error {
    const SHOWN: usize = 10;
    let reasons = partial.inputs.values().take(SHOWN).map(|input| {
        let why = input.warnings.first().map_or("not recognised", String::as_str);
        format!("  {}: {why}\n", input.name)
    });
    let mut seen: String = reasons.collect();
    if let Some(more @ 1..) = partial.inputs.len().checked_sub(SHOWN) {
        seen.push_str(&format!("  and {more} more\n"));
    }
    let what = match partial.inputs.len() {
        0 => "no usable input: there is no file".to_owned(),
        1 => "no usable input in the one file that was looked at".to_owned(),
        count => format!("no usable input in {count} files"),
    };
    Error::NoUsableInput {
        what,
        seen,
        help:
            "add a capture, a HAR file or a Cloudflare log, or name the access log's format with --log-format"
                .to_owned(),
    }
}
