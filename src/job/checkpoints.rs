//! How far the reading of a unit has come, kept in the job's folder: whoever goes on with the job does not read its first files again.

use std::path::PathBuf;

use super::folder::{JobFolder, read_if_there};
use crate::evidence::{Checkpoint, Coverage, InputId};
use crate::extract::{ReadingStore, Round};

/// How much is read from one checkpoint of a unit to the next. What is counted is bytes of packets, never time, so that every run writes the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointSpacing {
    /// So much at least.
    least: u64,
    /// And for each byte that there is to be written so much.
    for_each_byte: u64,
}

impl CheckpointSpacing {
    /// A checkpoint at the end of each file: for tests, since each costs what was found so far.
    pub const EVERY_FILE: CheckpointSpacing = CheckpointSpacing { least: 0, for_each_byte: 0 };
}

impl Default for CheckpointSpacing {
    /// A byte costs some twenty times as much to be written (packed, compressed and hashed) as to be read from a capture that is not packed: so a checkpoint costs a hundredth of the
    /// reading since the one before it, and those that became too large to be written no more than that together.
    fn default() -> CheckpointSpacing {
        CheckpointSpacing { least: 1 << 30, for_each_byte: 2_000 }
    }
}

/// The checkpoint of a unit.
pub(super) struct UnitCheckpoint<'j> {
    folder: &'j JobFolder,
    path: PathBuf,
    coverage: Coverage,
    spacing: CheckpointSpacing,
}

impl<'j> UnitCheckpoint<'j> {
    /// Of the unit of which `coverage` tells, and which begins with this input.
    pub(super) fn of(
        folder: &'j JobFolder,
        (round, first): (Round, InputId),
        coverage: Coverage,
        spacing: CheckpointSpacing,
    ) -> UnitCheckpoint<'j> {
        UnitCheckpoint { folder, path: folder.checkpoint(round, first), coverage, spacing }
    }
}

impl ReadingStore for UnitCheckpoint<'_> {
    /// One that is damaged, or of something else, is none: the unit is read from its beginning.
    fn last(&self) -> Option<Vec<u8>> {
        let bytes = read_if_there(&self.path).ok()??;
        let checkpoint = Checkpoint::decode(&bytes).ok()?;
        (checkpoint.coverage == self.coverage).then_some(checkpoint.reading)
    }

    fn keep(&self, reading: &[u8]) {
        // Where it cannot be written the run goes on all the same: only another one would miss it.
        let _ = self.folder.write(&self.path, &Checkpoint::encode(&self.coverage, reading));
    }

    fn room(&self, read: u64) -> Option<usize> {
        let CheckpointSpacing { least, for_each_byte } = self.spacing;
        let room = read.checked_div(for_each_byte).and_then(|room| usize::try_from(room).ok());
        (read >= least).then_some(room.unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_more_there_is_to_be_written_the_more_is_read_before_it_is() {
        let folder = JobFolder::at(Path::new(""));
        let unit = (Round::Packets, InputId(1));
        let room = |spacing, read| UnitCheckpoint::of(&folder, unit, Coverage::default(), spacing).room(read);
        let usual = CheckpointSpacing::default();
        assert_eq!((room(usual, 0), room(usual, (1 << 30) - 1)), (None, None));
        assert_eq!(room(usual, 2_000_000_000), Some(1_000_000));
        assert_eq!(room(CheckpointSpacing::EVERY_FILE, 0), Some(usize::MAX));
    }
}
