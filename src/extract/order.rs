//! Extraction as a whole: the rounds, one after the other, in one process.

use super::inputs::{Extraction, Inputs, ReadProgress};
use super::passes::Passes;
use super::rounds::{KnownSoFar, Round};
use crate::evidence::partial::Partial;
use crate::source::FoundFile;

impl Inputs {
    /// Extracts all of them, as [`extract`] does.
    pub fn extract(&self, extraction: &Extraction, progress: ReadProgress<'_>) -> Partial {
        // Run inside the pool: from outside, every batch of a capture would have to be handed in and waited for.
        rayon::scope(|_| all_rounds(self, extraction, progress))
    }
}

/// Extracts all files. Of a damaged file the part before the damage counts, and a warning says so; the run goes on in any case.
pub fn extract(found: Vec<FoundFile>, extraction: &Extraction, progress: ReadProgress<'_>) -> Partial {
    Inputs::open(found, extraction).extract(extraction, progress)
}

fn all_rounds(inputs: &Inputs, extraction: &Extraction, progress: ReadProgress<'_>) -> Partial {
    let (mut passes, mut known) = (Passes::over(inputs, extraction), KnownSoFar::default());
    for round in Round::ALL {
        let work = passes.work(round, &known);
        let units: Vec<_> = work.units().iter().collect();
        let read = |unit: &_| work.extract(unit, progress);
        let extracted = work.over(&units, read, |one, other| round.gather(one, other, extraction.memory));
        let extracted = passes.close(round, extracted);
        known.take(round, extracted, extraction);
    }
    known.into_partial()
}
