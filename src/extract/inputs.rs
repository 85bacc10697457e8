//! What is extracted from, and what is to be known for it beside the files.

use std::collections::BTreeSet;

use super::opened::{OpenedFile, open};
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::logs::AccessFormat;
use crate::memory::MemoryBudget;
use crate::ray::Ray;
use crate::source::FoundFile;

/// What extraction needs to know beside the files.
pub struct Extraction {
    /// The edge's address ranges.
    pub ranges: EdgeRanges,
    /// The limits in force.
    pub profile: Profile,
    /// Only requests to this host, if given.
    pub host: Option<String>,
    /// Rays whose requests are kept, whether they failed or not.
    pub rays: BTreeSet<Ray>,
    /// Formats of access logs that the person gave.
    pub log_formats: Vec<AccessFormat>,
    /// What may be taken by what waits.
    pub memory: MemoryBudget,
}

impl Default for Extraction {
    /// The edge's published ranges and limits, and nothing filtered.
    fn default() -> Extraction {
        Extraction {
            ranges: EdgeRanges::with(&[]),
            profile: Profile::cloudflare(),
            host: None,
            rays: BTreeSet::new(),
            log_formats: Vec::new(),
            memory: MemoryBudget::default(),
        }
    }
}

/// Called with the number of bytes that were just read, from any thread.
pub type ReadProgress<'a> = &'a (dyn Fn(u64) + Sync);

/// The inputs, opened and recognised.
pub struct Inputs {
    pub(super) opened: Vec<OpenedFile>,
    pub(super) ignored: Partial,
}

impl Inputs {
    /// Opens the files that were found.
    pub fn open(found: Vec<FoundFile>, extraction: &Extraction) -> Inputs {
        let (opened, ignored) = open(found, &extraction.log_formats, extraction.memory);
        Inputs { opened, ignored }
    }

    /// The file of an input that is read.
    pub fn found(&self, input: InputId) -> Option<&FoundFile> {
        let index = self.opened.binary_search_by_key(&input, |file| file.input).ok()?;
        self.opened.get(index).map(|file| &file.found)
    }
}
