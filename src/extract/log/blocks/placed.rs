//! The blocks of a large log that is not packed: each thread reads its own from the file, and waits for no other.
//!
//! A block has the lines that begin in its stretch of the file. So it is read from before its stretch, where the line feed before its first line may
//! be, to the end of the line that begins last in it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{BLOCK, LogBlock, grow};
use crate::logs::LONGEST_RECORD;
use crate::source::{Damage, PlacedFile};

/// Bytes before a stretch that are read with it. The last of them would do. But a copy to a place that lies up to 31 bytes further within its page than
/// what is copied lies within its own takes some processors four times as long, for they take each store for one that the loads behind it wait for; and
/// memory of a block's size begins 16 bytes behind the beginning of a page (glibc).
const BEFORE: usize = 64;

/// Bytes behind a stretch that are read with it: most lines end within them.
const BEYOND: usize = 2 << 10;

/// The blocks of one log.
pub(super) struct PlacedBlocks {
    file: PlacedFile,
    /// The number of the block that nobody took yet.
    next: AtomicU32,
    /// The first place from which the file could not be read.
    damage: Mutex<Option<Damage>>,
}

impl PlacedBlocks {
    /// The blocks of a file.
    pub(super) fn of(file: PlacedFile) -> PlacedBlocks {
        PlacedBlocks { file, next: AtomicU32::new(0), damage: Mutex::default() }
    }

    /// As [`LogBlocks::next`](super::LogBlocks::next). A block in whose stretch no line begins is empty.
    pub(super) fn next(&self, block: &mut LogBlock) -> bool {
        block.number = self.next.fetch_add(1, Ordering::Relaxed);
        let stretch = u64::from(block.number) * BLOCK as u64;
        if stretch >= self.file.length() {
            return false;
        }
        let before = if block.number > 0 { BEFORE } else { 0 };
        let start = stretch - before as u64;
        block.filled = 0;
        self.read_on(block, start, before + BLOCK + BEYOND);
        let first = match before {
            0 => Some(0),
            _ => line_feed(block, before - 1).map(|at| at + 1),
        };
        let first = first.filter(|first| *first < before + BLOCK);
        block.filled = match first {
            Some(first) => self.end(block, start, first.max(before + BLOCK - 1)),
            None => 0,
        };
        block.begin = first.unwrap_or(0);
        block.offset = start.saturating_add(block.begin as u64);
        true
    }

    /// Where the line ends whose line feed stands at `from` or behind it. Of a line that is too long no more is read than shows it.
    fn end(&self, block: &mut LogBlock, start: u64, from: usize) -> usize {
        let mut searched = from;
        loop {
            if let Some(at) = line_feed(block, searched) {
                return at + 1;
            }
            searched = block.filled;
            if searched > from + LONGEST_RECORD || !self.read_on(block, start, searched + BLOCK) {
                return searched;
            }
        }
    }

    /// Reads on until the block has so many bytes of those from `start` on; `false` where there are no more.
    fn read_on(&self, block: &mut LogBlock, start: u64, until: usize) -> bool {
        grow(&mut block.bytes, until);
        let at = start.saturating_add(block.filled as u64);
        let room = block.bytes.get_mut(block.filled..until).unwrap_or_default();
        let (read, outcome) = self.file.read_at(at, room);
        block.filled += read;
        if let Err(error) = outcome {
            let after = at.saturating_add(read as u64);
            let mut damage = self.damage.lock().unwrap_or_else(PoisonError::into_inner);
            if damage.as_ref().is_none_or(|known| after < known.after) {
                *damage = Some(Damage { after, what: error.to_string() });
            }
        }
        read > 0
    }

    /// Where and why the bytes end too early, once all blocks were given.
    pub(super) fn damage(self) -> Option<Damage> {
        self.damage.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of the first line feed at `from` or behind it.
fn line_feed(block: &LogBlock, from: usize) -> Option<usize> {
    let read = block.bytes.get(from..block.filled)?;
    memchr::memchr(b'\n', read).map(|at| from + at)
}
