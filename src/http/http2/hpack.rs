//! Header compression (RFC 7541), read only: a table for each direction, bounded whatever the block says.
//!
//! When bytes of a header block are missing, what it added to the table is unknown, and so is every entry that stood there before: nobody can
//! tell how far the missing fields moved them. Entries that are added later are known again, since they are counted from the newest. So a
//! field is told with what is known of it, and never guessed.

mod huffman;
mod integer;
mod static_table;
#[cfg(test)]
mod vectors;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use self::integer::integer;
use self::static_table::STATIC;
use super::marks::{FieldMarks, marks};

/// What a peer lets the other use before its first SETTINGS arrive (RFC 9113, 6.5.2).
const DEFAULT_SIZE: usize = 4096;
/// The largest table that is kept, whatever a peer allows: entries beyond it are unknown.
const KEPT_SIZE: usize = 256 << 10;
/// What an entry counts beside its bytes (RFC 7541, 4.1).
const OF_ENTRY: usize = 32;
/// A buffer larger than this is given back behind its block.
const KEPT_SCRATCH: usize = 16 << 10;

/// A header field as its block has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeaderField<'f> {
    /// The name, where it is known.
    pub name: Option<&'f [u8]>,
    /// The value, where it is known.
    pub value: Option<&'f [u8]>,
    /// What name and value show by themselves.
    pub marks: FieldMarks,
    /// Where in the block its representation begins.
    pub at: usize,
    /// Bytes of its representation.
    pub length: usize,
}

/// Why a block cannot be read on (RFC 9113, 4.3: the connection is lost with it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockFault {
    /// Where in the block the representation begins that cannot be read.
    pub at: usize,
}

/// The dynamic table of one direction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeaderTable {
    /// The newest first.
    entries: VecDeque<TableEntry>,
    size: usize,
    /// What the sender keeps to.
    limit: usize,
    /// What the receiver allows.
    allowed: usize,
    /// Behind the entries stand others that are unknown.
    unknown_behind: bool,
    /// A field came in this block: the table's size is told before it (RFC 7541, 4.2).
    has_field: bool,
    /// The field at hand, where it is neither in the block nor in the table as it is.
    scratch: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TableEntry {
    /// Name and value.
    text: Box<[u8]>,
    /// Bytes of the name; `None` where it is unknown.
    name: Option<usize>,
    marks: FieldMarks,
}

impl Default for HeaderTable {
    fn default() -> Self {
        HeaderTable {
            entries: VecDeque::new(),
            size: 0,
            limit: DEFAULT_SIZE,
            allowed: DEFAULT_SIZE,
            unknown_behind: false,
            has_field: false,
            scratch: Vec::new(),
        }
    }
}

impl HeaderTable {
    /// The receiver allows a table of this size from now on. What it allowed before may still be used: its word is on the way.
    pub fn allow(&mut self, size: u32) {
        self.allowed = self.allowed.max(usize::try_from(size).unwrap_or(usize::MAX));
    }

    /// What the receiver allows is not known for sure any more.
    pub fn allow_any(&mut self) {
        self.allowed = usize::MAX;
    }

    /// Bytes of a block are missing: what the table held stands somewhere behind what is added from now on.
    pub fn lose(&mut self) {
        self.entries.clear();
        self.size = 0;
        self.unknown_behind = true;
    }

    /// A block begins.
    pub fn begin_block(&mut self) {
        self.has_field = false;
        if self.scratch.capacity() > KEPT_SCRATCH {
            self.scratch = Vec::new();
        }
    }

    /// The next field of a block, from `at` on, which is moved behind it; `None` at the block's end.
    pub fn next<'f>(
        &'f mut self,
        block: &'f [u8],
        at: &mut usize,
    ) -> Option<Result<HeaderField<'f>, BlockFault>> {
        loop {
            let rest = block.get(*at..)?;
            let first = *rest.first()?;
            let start = *at;
            let fault = BlockFault { at: start };
            if first & 0xe0 == 0x20 {
                match self.resize(rest) {
                    Some(length) => *at += length,
                    None => return Some(Err(fault)),
                }
                continue;
            }
            self.has_field = true;
            if first & 0x80 != 0 {
                let Some((index, length)) = integer(rest, 7) else { return Some(Err(fault)) };
                *at += length;
                return Some(
                    self.indexed(index)
                        .map(|(name, value, marks)| HeaderField { name, value, marks, at: start, length })
                        .ok_or(fault),
                );
            }
            let is_added = first & 0x40 != 0;
            let Some((name, marks, length)) = self.literal(rest, is_added) else { return Some(Err(fault)) };
            *at += length;
            let (name, value) = match name {
                Some(name) => (self.scratch.get(..name), self.scratch.get(name..)),
                None => (None, Some(self.scratch.as_slice())),
            };
            return Some(Ok(HeaderField { name, value, marks, at: start, length }));
        }
    }

    /// A change of the table's size (RFC 7541, 6.3): its bytes.
    fn resize(&mut self, rest: &[u8]) -> Option<usize> {
        let (size, length) = integer(rest, 5)?;
        if size > self.allowed || self.has_field {
            return None;
        }
        self.limit = size;
        self.shrink_by(0);
        Some(length)
    }

    /// The field of an index (RFC 7541, 2.3.3), as far as it is known; `None` where there can be none.
    #[expect(clippy::type_complexity, reason = "the three parts of one field")]
    fn indexed(&self, index: usize) -> Option<(Option<&[u8]>, Option<&[u8]>, FieldMarks)> {
        let place = index.checked_sub(1)?;
        if let Some((name, value)) = STATIC.get(place) {
            let (name, value) = (name.as_bytes(), value.as_bytes());
            return Some((Some(name), Some(value), marks(name, value)));
        }
        match self.entries.get(place - STATIC.len()) {
            Some(TableEntry { text, name: Some(name), marks }) => {
                Some((text.get(..*name), text.get(*name..), *marks))
            }
            Some(TableEntry { text, name: None, marks }) => Some((None, Some(text), *marks)),
            None => self.unknown_behind.then_some((None, None, FieldMarks::default())),
        }
    }

    /// Reads a literal field into `scratch` (RFC 7541, 6.2): bytes of its name, if it is known, what it shows, and the bytes that it takes.
    fn literal(&mut self, rest: &[u8], is_added: bool) -> Option<(Option<usize>, FieldMarks, usize)> {
        let (index, mut length) = integer(rest, if is_added { 6 } else { 4 })?;
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        let mut is_known = true;
        if index == 0 {
            length += string(rest.get(length..)?, &mut text)?;
        } else {
            match self.indexed(index)?.0 {
                Some(name) => text.extend_from_slice(name),
                None => is_known = false,
            }
        }
        let name = text.len();
        length += string(rest.get(length..)?, &mut text)?;
        let marks = if is_known { marks(&text[..name], &text[name..]) } else { FieldMarks::default() };
        let name = is_known.then_some(name);
        if is_added {
            self.add(&text, name, marks);
        }
        self.scratch = text;
        Some((name, marks, length))
    }

    fn add(&mut self, text: &[u8], name: Option<usize>, marks: FieldMarks) {
        let size = text.len() + OF_ENTRY;
        self.shrink_by(size);
        // An entry larger than the table leaves it empty (RFC 7541, 4.4).
        if size <= self.limit.min(KEPT_SIZE) {
            self.size += size;
            self.entries.push_front(TableEntry { text: text.into(), name, marks });
        } else if size <= self.limit {
            self.unknown_behind = true;
        }
    }

    /// Takes the oldest entries out until there is room for one of this size.
    fn shrink_by(&mut self, size: usize) {
        while self.size + size > self.limit.min(KEPT_SIZE) {
            // The sender still has what only our own bound takes out.
            self.unknown_behind |= self.size + size <= self.limit && !self.entries.is_empty();
            let Some(oldest) = self.entries.pop_back() else { break };
            self.size = self.size.saturating_sub(oldest.text.len() + OF_ENTRY);
        }
    }
}

/// Adds a string (RFC 7541, 5.2) to what `text` holds: the bytes that it takes.
fn string(bytes: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    let is_huffman = bytes.first()? & 0x80 != 0;
    let (length, start) = integer(bytes, 7)?;
    let end = start.checked_add(length)?;
    let encoded = bytes.get(start..end)?;
    match is_huffman {
        true => huffman::decode(encoded, text).ok()?,
        false => text.extend_from_slice(encoded),
    }
    Some(end)
}
