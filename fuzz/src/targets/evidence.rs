//! Evidence as bytes, as another process left it.

use rayscope::evidence::{Chunk, Coverage};
use sha2::{Digest, Sha256};

/// Bytes of the checksum at the end.
const CHECKSUM: usize = 32;

/// A chunk around these bytes, with the checksum that belongs to them: as somebody writes it who means harm. What can be read can be written again,
/// and then be read as the same.
pub fn chunk(bytes: &[u8]) {
    let body = bytes.get(..bytes.len().saturating_sub(CHECKSUM)).unwrap_or_default();
    let sealed = [body, Sha256::digest(body).as_slice()].concat();
    let _ = Coverage::of(&sealed);
    if let Ok(chunk) = Chunk::decode(&sealed) {
        let again = Chunk::decode(&chunk.encode());
        assert!(again.is_ok_and(|again| again.encode() == chunk.encode()), "what was read is written");
    }
}
