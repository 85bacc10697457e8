//! The bytes of a log in blocks, for any number of threads. Whoever needs a block reads it, and so finds it in the cache of its own processor. Of what
//! can only be read in order this is done under a lock: while one thread inflates the next block, the others look at theirs.

mod placed;

use std::io::{ErrorKind, Read};
use std::sync::{Mutex, PoisonError};

use self::placed::PlacedBlocks;
use crate::logs::LONGEST_RECORD;
use crate::source::{Content, Damage};

/// Bytes that are read at a time: few enough to stay in the processor's cache until they are looked at.
pub const BLOCK: usize = 256 << 10;

/// Where blocks end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockEnd {
    /// Behind the end of a line: every block can be read without those before it.
    AtLineEnds,
    /// Wherever they are full: they are read in order.
    Anywhere,
}

/// A block, whose memory is used again and again.
#[derive(Default)]
pub struct LogBlock {
    bytes: Vec<u8>,
    /// Where what it holds begins and ends.
    begin: usize,
    filled: usize,
    /// Its number, from 0.
    pub number: u32,
    /// The inflated bytes before it.
    pub offset: u64,
}

impl LogBlock {
    /// What it holds.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.begin..self.filled).unwrap_or_default()
    }
}

/// The blocks of one log, each given once.
pub struct LogBlocks<'a>(BlockSource<'a>);

enum BlockSource<'a> {
    /// One after the other.
    InOrder(Mutex<OrderedBlocks<'a>>),
    /// Each from its place in the file.
    Placed(PlacedBlocks),
}

struct OrderedBlocks<'a> {
    reader: Box<dyn Read + Send + 'a>,
    cut: BlockEnd,
    size: usize,
    /// What was read behind the last line end: the beginning of the next block.
    rest: Vec<u8>,
    number: u32,
    offset: u64,
    ended: bool,
    damage: Option<Damage>,
}

impl<'a> LogBlocks<'a> {
    /// The blocks of a file.
    pub fn of(content: &'a Content, cut: BlockEnd) -> LogBlocks<'a> {
        if cut == BlockEnd::AtLineEnds
            && let Some(file) = content.placed()
        {
            return LogBlocks(BlockSource::Placed(PlacedBlocks::of(file)));
        }
        LogBlocks(BlockSource::InOrder(Mutex::new(OrderedBlocks {
            reader: content.reader(),
            cut,
            size: content.plain().map_or(BLOCK, |plain| plain.len().saturating_add(1).min(BLOCK)),
            rest: Vec::new(),
            number: 0,
            offset: 0,
            ended: false,
            damage: None,
        })))
    }

    /// Reads the next block; `false` at the end.
    pub fn next(&self, block: &mut LogBlock) -> bool {
        match &self.0 {
            // What a panicking thread left behind is at worst a block too few, and the panic is told anyway.
            BlockSource::InOrder(source) => source.lock().unwrap_or_else(PoisonError::into_inner).next(block),
            BlockSource::Placed(blocks) => blocks.next(block),
        }
    }

    /// Where and why the bytes end too early, once all blocks were given.
    pub fn damage(self) -> Option<Damage> {
        match self.0 {
            BlockSource::InOrder(source) => {
                source.into_inner().unwrap_or_else(PoisonError::into_inner).damage
            }
            BlockSource::Placed(blocks) => blocks.damage(),
        }
    }
}

impl OrderedBlocks<'_> {
    fn next(&mut self, block: &mut LogBlock) -> bool {
        let before = self.rest.len();
        grow(&mut block.bytes, before.saturating_add(1).max(self.size));
        if let Some(start) = block.bytes.get_mut(..before) {
            start.copy_from_slice(&self.rest);
        }
        self.rest.clear();
        block.filled = before;
        (block.number, block.offset) = (self.number, self.offset);
        let mut searched = 0;
        loop {
            self.fill(block);
            if self.ended || self.cut == BlockEnd::Anywhere {
                self.offset = self.offset.saturating_add(block.filled as u64);
                break;
            }
            if let Some(end) = memchr::memrchr(b'\n', block.bytes().get(searched..).unwrap_or_default()) {
                let (_, rest) = block.bytes().split_at(searched + end + 1);
                self.rest.extend_from_slice(rest);
                block.filled = searched + end + 1;
                self.offset = self.offset.saturating_add(block.filled as u64);
                break;
            }
            // One line fills the block: it is read on, but no more of it is kept than shows that it is too long.
            let most = LONGEST_RECORD + 1;
            if block.filled > most {
                self.offset = self.offset.saturating_add((block.filled - most) as u64);
                block.filled = most;
            }
            searched = block.filled;
            grow(&mut block.bytes, block.filled + self.size);
        }
        self.number = self.number.saturating_add(1);
        block.filled > 0
    }

    /// Reads until the block is full or the file ends.
    fn fill(&mut self, block: &mut LogBlock) {
        while let Some(room) = block.bytes.get_mut(block.filled..).filter(|room| !room.is_empty()) {
            match self.reader.read(room) {
                Ok(0) => return self.ended = true,
                Ok(read) => block.filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let after = self.offset.saturating_add(block.filled as u64);
                    self.damage = Some(Damage { after, what: error.to_string() });
                    return self.ended = true;
                }
            }
        }
    }
}

fn grow(bytes: &mut Vec<u8>, size: usize) {
    if bytes.len() < size {
        bytes.resize(size, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &[u8], cut: BlockEnd) -> Vec<(u64, Vec<u8>)> {
        blocks_of(&Content::from_vec(text.to_vec()), cut)
    }

    fn blocks_of(content: &Content, cut: BlockEnd) -> Vec<(u64, Vec<u8>)> {
        let (blocks, mut block, mut all) = (LogBlocks::of(content, cut), LogBlock::default(), Vec::new());
        while blocks.next(&mut block) {
            all.push((block.offset, block.bytes().to_vec()));
        }
        assert_eq!(blocks.damage(), None);
        all
    }

    /// Otherwise a line that two blocks share is lost, or read twice.
    #[test]
    fn a_block_ends_with_a_line_and_nothing_is_lost() {
        let text: Vec<u8> = (0..40_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let cut = blocks(&text, BlockEnd::AtLineEnds);
        assert!(cut.len() > 1 && cut.iter().all(|(_, bytes)| bytes.ends_with(b"\n")));
        assert!(cut.iter().all(|(offset, bytes)| text[*offset as usize..].starts_with(bytes)));
        assert_eq!(cut.into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<u8>>(), text);
        let anywhere = blocks(&text, BlockEnd::Anywhere);
        assert_eq!(anywhere.into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<u8>>(), text);
    }

    /// Otherwise one line without end takes all memory, or the lines behind it are lost.
    #[test]
    fn of_a_line_that_is_too_long_no_more_is_kept_than_shows_it() {
        let mut text = b"first\n".to_vec();
        text.resize(text.len() + 5 * LONGEST_RECORD, b'x');
        text.extend_from_slice(b"\nlast");
        let cut = blocks(&text, BlockEnd::AtLineEnds);
        let kept: usize = cut.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(kept < LONGEST_RECORD + 2 * BLOCK, "{kept}");
        assert!(cut.iter().any(|(_, bytes)| bytes.len() > LONGEST_RECORD), "it is seen to be too long");
        assert!(cut.last().unwrap().1.ends_with(b"x\nlast"), "what follows it is read");
    }

    /// The lines of a file that is large enough to be read at any place.
    fn placed_lines(text: &[u8]) -> Vec<Vec<u8>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let content = Content::open(file.path()).unwrap();
        assert!(content.placed().is_some(), "{} bytes", text.len());
        let mut lines = Vec::new();
        for (offset, bytes) in blocks_of(&content, BlockEnd::AtLineEnds) {
            assert!(text[offset as usize..].starts_with(&bytes));
            assert!(
                bytes.is_empty() || offset == 0 || text[offset as usize - 1] == b'\n',
                "a line begins there"
            );
            lines.extend(
                bytes.strip_suffix(b"\n").unwrap_or(&bytes).split(|byte| *byte == b'\n').map(<[u8]>::to_vec),
            );
            if bytes.is_empty() {
                lines.pop();
            }
        }
        lines
    }

    /// Otherwise a line in which a thread's stretch of a large file ends is lost, or read twice.
    #[test]
    fn each_line_of_a_large_file_is_in_the_block_in_whose_stretch_it_begins() {
        for (length, step) in [
            (1, 0),
            (7, 3),
            (63, 0),
            (64, 1),
            (300, 77),
            (BLOCK - 1, 0),
            (BLOCK, 0),
            (BLOCK + 1, 0),
            (700_000, 1),
        ] {
            let mut text = Vec::new();
            for number in 0.. {
                if text.len() > 9 * BLOCK / 2 {
                    break;
                }
                text.resize(text.len() + length + number * step % 4096, b'a' + (number % 23) as u8);
                text.push(b'\n');
            }
            let want: Vec<&[u8]> = text[..text.len() - 1].split(|byte| *byte == b'\n').collect();
            assert!(placed_lines(&text) == want, "lines of {length}");
            assert!(placed_lines(&text[..text.len() - 1]) == want, "without a line feed at the end");
        }
    }

    /// Otherwise one line without end takes all memory in a large file as well.
    #[test]
    fn of_a_line_of_a_large_file_that_is_too_long_no_more_is_kept_than_shows_it() {
        let mut text = b"first\n".to_vec();
        text.resize(text.len() + 5 * LONGEST_RECORD, b'x');
        text.extend_from_slice(b"\nnext\nlast");
        let lines = placed_lines(&text);
        assert_eq!(lines.len(), 4);
        assert!(
            (LONGEST_RECORD + 1..LONGEST_RECORD + 3 * BLOCK).contains(&lines[1].len()),
            "{}",
            lines[1].len()
        );
        assert_eq!(
            [&lines[0], &lines[2], &lines[3]].map(|line| line.as_slice()),
            [&b"first"[..], b"next", b"last"]
        );
    }

    /// Otherwise a log that is rotated under the program ends without a word.
    #[test]
    fn where_a_large_file_was_cut_short_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"line\n".repeat(5 * BLOCK / 5)).unwrap();
        let content = Content::open(file.path()).unwrap();
        let (blocks, mut block, mut lines) =
            (LogBlocks::of(&content, BlockEnd::AtLineEnds), LogBlock::default(), 0);
        file.as_file().set_len(2 * BLOCK as u64 + 1).unwrap();
        while blocks.next(&mut block) {
            lines += memchr::memchr_iter(b'\n', block.bytes()).count();
        }
        assert_eq!(lines, 2 * BLOCK / 5);
        assert_eq!(blocks.damage().unwrap().after, 2 * BLOCK as u64 + 1);
    }
}
