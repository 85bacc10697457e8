//! The program's own steps, as a test takes them one by one: with the published limits and ranges, and nothing filtered.

use std::collections::BTreeSet;
use std::path::Path;

use rayscope::compose::{Redaction, report};
use rayscope::correlate::{Filter, Incident};
use rayscope::diagnose::diagnose;
use rayscope::evidence::Partial;
use rayscope::extract::{Extraction, extract};
use rayscope::facts::limits::Profile;
use rayscope::facts::ranges::EdgeRanges;
use rayscope::ray::Ray;
use rayscope::report::model::Report;
use rayscope::source::{FoundFile, discover};

/// What `diagnose` extracts from a file or a folder.
pub fn extracted(path: &Path) -> Partial {
    extracted_with_rays(path, BTreeSet::new())
}

/// The same, and the requests of these rays whether they failed or not.
pub fn extracted_with_rays(path: &Path, rays: BTreeSet<Ray>) -> Partial {
    found(discover(&[path.to_owned()]).expect("the evidence"), rays)
}

/// What `diagnose` extracts from files that were found, and the requests of these rays.
pub fn found(found: Vec<FoundFile>, rays: BTreeSet<Ray>) -> Partial {
    let extraction = Extraction { rays, ..Extraction::default() };
    extract(found, &extraction, &|_| {})
}

/// The joined incident of what was extracted.
pub fn incident(partial: Partial) -> Incident {
    Incident::of(partial, EdgeRanges::with(&[]), Profile::cloudflare(), Filter::default())
}

/// What `diagnose` reports of a file or a folder.
pub fn reported(path: &Path) -> Report {
    report(&diagnose(incident(extracted(path))), Redaction::On)
}
