//! Evidence as bytes: what one step of extraction found, so that another process, on this machine or on another one, goes on with it.
//!
//! A chunk is `rayscope.evidence`, a line end, the number of the form, then blocks and at the end the SHA-256 of all before it. The first block
//! holds what the chunk is part of and what it covers, the others the evidence. A block is two lengths (32 bits, little-endian), packed and
//! unpacked, and its bytes: as they are where both lengths are the same, else packed with zstd. The bytes are MessagePack, structs as lists in the order
//! of their fields. The same evidence gives the same bytes.
//!
//! Reading is parsing of foreign bytes: nothing is believed before the checksum holds, no block unpacks to more than `MOST_UNPACKED` times its bytes, so that
//! memory follows the size of the file, and lengths within MessagePack only say how many elements are tried.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Write};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::partial::Partial;
use super::place::InputId;
use super::row::ConnectionRow;
use crate::text::shared::KnownTexts;
use crate::tls::FoundSessions;

/// With what every chunk begins.
const MAGIC: &[u8] = b"rayscope.evidence\n";
/// The form of what follows. It goes up whenever a type of the evidence changes, which `form::FORMS` holds.
const FORM: u8 = 35;
/// Bytes that are packed at a time.
const BLOCK: usize = 4 << 20;
/// Shorter ones are stored as they are: they cost a block of the disk all the same.
const PACKED_FROM: usize = 4 << 10;
/// No block is packed more tightly, since its reader could not tell it from a bomb: it is then stored as it is.
const MOST_UNPACKED: usize = 32;
/// How hard zstd tries: its own default.
const LEVEL: i32 = 3;
/// Bytes of the checksum.
const CHECKSUM: usize = 32;

/// The identity of a plan: the SHA-256 of what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlanId(pub [u8; 32]);

/// What a chunk is part of, and what it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The version of the program that wrote it.
    pub program: String,
    /// The plan that it belongs to.
    pub plan: PlanId,
    /// The round of that plan, counted from 1.
    pub round: u8,
    /// The inputs that were gone over.
    pub inputs: BTreeSet<InputId>,
    /// Whether these are all inputs of the round, put together, with what belongs to the round as a whole.
    pub is_whole: bool,
}

/// What one step of extraction found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extracted {
    /// The evidence.
    pub partial: Partial,
    /// TLS sessions of key logs that were met in captures.
    pub sessions: FoundSessions,
}

/// Evidence with what it covers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// What it covers.
    pub coverage: Coverage,
    /// What was found there.
    pub extracted: Extracted,
}

/// Why bytes are no chunk that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// They do not begin as a chunk does.
    #[error("it is no evidence of rayscope")]
    Foreign,
    /// Another version of the program wrote them.
    #[error("it was written by rayscope {0}, and this is {version}", version = env!("CARGO_PKG_VERSION"))]
    OtherVersion(String),
    /// They are cut short, or not what was written.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

impl Chunk {
    /// The bytes of a chunk. The version of the program is that of this one.
    pub fn encode(&self) -> Vec<u8> {
        let coverage = Coverage { program: env!("CARGO_PKG_VERSION").to_owned(), ..self.coverage.clone() };
        sealed((MAGIC, FORM), &coverage, &packed(&(&self.extracted.partial, &self.extracted.sessions)))
    }

    /// Reads a chunk.
    ///
    /// # Errors
    /// Where the bytes are none, are damaged, or were written by another version of the program.
    pub fn decode(bytes: &[u8]) -> Result<Chunk, ChunkError> {
        let (coverage, rest) = checked(bytes, (MAGIC, FORM))?;
        let (partial, sessions) = unpacked(&take_blocks(rest)?)?;
        let mut extracted = Extracted { partial, sessions };
        share_again(&mut extracted.partial);
        Ok(Chunk { coverage, extracted })
    }
}

impl Coverage {
    /// Reads what a chunk covers, and holds its bytes to their checksum.
    ///
    /// # Errors
    /// As [`Chunk::decode`].
    pub fn of(bytes: &[u8]) -> Result<Coverage, ChunkError> {
        checked(bytes, (MAGIC, FORM)).map(|(coverage, _)| coverage)
    }
}

/// Content with what it covers, behind a beginning and the number of its form, and with the checksum at the end.
pub(super) fn sealed((magic, form): (&[u8], u8), coverage: &Coverage, content: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.push(form);
    put_blocks(&mut bytes, &packed(coverage));
    put_blocks(&mut bytes, content);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

/// What it covers that was sealed, and the blocks behind that.
pub(super) fn checked<'b>(
    bytes: &'b [u8],
    (magic, known): (&[u8], u8),
) -> Result<(Coverage, &'b [u8]), ChunkError> {
    let body = bytes.strip_prefix(magic).ok_or(ChunkError::Foreign)?;
    let end = bytes.len().checked_sub(CHECKSUM).filter(|end| *end > magic.len());
    let (all, checksum) = bytes.split_at(end.ok_or(ChunkError::Damaged("it is cut short"))?);
    if Sha256::digest(all).as_slice() != checksum {
        return Err(ChunkError::Damaged("its checksum does not fit"));
    }
    let (form, blocks) = body.split_first().ok_or(ChunkError::Damaged("it is cut short"))?;
    if *form != known {
        return Err(ChunkError::OtherVersion(format!("with another form of evidence ({form})")));
    }
    let blocks = blocks.get(..blocks.len() - CHECKSUM).ok_or(ChunkError::Damaged("it is cut short"))?;
    let (first, rest) = take_block(blocks)?;
    let coverage: Coverage = unpacked(&first)?;
    if coverage.program != env!("CARGO_PKG_VERSION") {
        return Err(ChunkError::OtherVersion(coverage.program));
    }
    Ok((coverage, rest))
}

fn packed<T: Serialize>(value: &T) -> Vec<u8> {
    let bytes = packed_within(value, usize::MAX);
    debug_assert!(
        bytes.is_some(),
        "there is room for whatever is written, and each type of the evidence can be"
    );
    bytes.unwrap_or_default()
}

/// The bytes of a value; `None` where they are more than `most`, of which no more are made.
pub(crate) fn packed_within<T: Serialize>(value: &T, most: usize) -> Option<Vec<u8>> {
    let mut room = BoundedBytes { bytes: Vec::new(), most };
    rmp_serde::encode::write(&mut room, value).ok().map(|()| room.bytes)
}

/// Takes so many bytes.
struct BoundedBytes {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for BoundedBytes {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most - self.bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The value of these bytes.
pub(crate) fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ChunkError> {
    let mut reader = rmp_serde::Deserializer::new(Cursor::new(bytes));
    let value =
        T::deserialize(&mut reader).map_err(|_| ChunkError::Damaged("it holds what is no evidence"))?;
    match reader.position() {
        end if end == bytes.len() as u64 => Ok(value),
        _ => Err(ChunkError::Damaged("it holds more than evidence")),
    }
}

/// At least one block, so that what is empty is there, too.
fn put_blocks(bytes: &mut Vec<u8>, content: &[u8]) {
    let empty: [&[u8]; 1] = [&[]];
    let blocks = content.chunks(BLOCK).chain(empty.into_iter().filter(|_| content.is_empty()));
    for block in blocks {
        let packed = if block.len() < PACKED_FROM { None } else { zstd::bulk::compress(block, LEVEL).ok() };
        let is_worth = |packed: &Vec<u8>| {
            packed.len() < block.len() && packed.len().saturating_mul(MOST_UNPACKED) >= block.len()
        };
        let packed = packed.filter(is_worth);
        let stored = packed.as_deref().unwrap_or(block);
        for length in [stored.len(), block.len()] {
            bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        }
        bytes.extend_from_slice(stored);
    }
}

/// All blocks that are left, one after the other.
pub(super) fn take_blocks(mut bytes: &[u8]) -> Result<Vec<u8>, ChunkError> {
    let mut content = Vec::new();
    while !bytes.is_empty() {
        let (block, rest) = take_block(bytes)?;
        content.extend_from_slice(&block);
        bytes = rest;
    }
    Ok(content)
}

fn take_block(bytes: &[u8]) -> Result<(Vec<u8>, &[u8]), ChunkError> {
    let cut_short = || ChunkError::Damaged("a block is cut short");
    let length = |bytes: &[u8; 4]| usize::try_from(u32::from_le_bytes(*bytes)).unwrap_or(usize::MAX);
    let (stored, rest) = bytes.split_first_chunk::<4>().ok_or_else(cut_short)?;
    let (whole, rest) = rest.split_first_chunk::<4>().ok_or_else(cut_short)?;
    let (stored, whole) = (length(stored), length(whole));
    let (block, rest) = rest.split_at_checked(stored).ok_or_else(cut_short)?;
    if stored == whole {
        return Ok((block.to_vec(), rest));
    }
    if whole > BLOCK || whole > stored.saturating_mul(MOST_UNPACKED) {
        return Err(ChunkError::Damaged("a block unpacks to more than any that is written"));
    }
    let unpacked = zstd::bulk::decompress(block, whole).ok().filter(|unpacked| unpacked.len() == whole);
    Ok((unpacked.ok_or(ChunkError::Damaged("a block cannot be unpacked"))?, rest))
}

/// What rows of captures shared when they were found.
pub(crate) fn share_again(partial: &mut Partial) {
    share(&mut partial.connections);
    share(&mut partial.behind);
}

/// Rows of one capture share the list of its files and the texts that come again, as they did when they were found.
fn share(rows: &mut [Box<ConnectionRow>]) {
    let mut last: Option<Arc<[InputId]>> = None;
    let mut texts = KnownTexts::default();
    for row in rows {
        row.exchanges.iter_mut().for_each(|kept| kept.exchange.settle_down(&mut texts));
        match &last {
            Some(files) if **files == *row.files => row.files = Arc::clone(files),
            _ => last = Some(Arc::clone(&row.files)),
        }
    }
}

#[cfg(test)]
pub(crate) mod form;
#[cfg(test)]
mod tests;
