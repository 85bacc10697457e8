//! How far the reading of a series of captures has come, as bytes: so that a run that was ended goes on at the end of a file, and not at the first one.
//!
//! A checkpoint has the frame of a chunk (`chunk`), behind another beginning and with a number of its own for its form: blocks that say what it is of, blocks of
//! the reading, and the SHA-256 of all that at its end. What the reading holds is the business of `extract`. Evidence is among it, and of the connections that
//! are open what was captured of them and not yet judged; no secret of a key log, and no key that follows from one.

use super::chunk::{ChunkError, Coverage, checked, sealed, take_blocks};

/// With what every checkpoint begins.
const MAGIC: &[u8] = b"rayscope.checkpoint\n";
/// The form of the reading. It goes up whenever a type of it changes, also one of the evidence: a test of `extract` holds that.
pub(crate) const CHECKPOINT_FORM: u8 = 19;

/// A reading with what it is of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// The unit, and the version of the program.
    pub coverage: Coverage,
    /// The reading.
    pub reading: Vec<u8>,
}

impl Checkpoint {
    /// The bytes of a checkpoint of this reading.
    pub fn encode(coverage: &Coverage, reading: &[u8]) -> Vec<u8> {
        sealed((MAGIC, CHECKPOINT_FORM), coverage, reading)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// Where the bytes are none, are damaged, or were written by another version of the program.
    pub fn decode(bytes: &[u8]) -> Result<Checkpoint, ChunkError> {
        let (coverage, rest) = checked(bytes, (MAGIC, CHECKPOINT_FORM))?;
        Ok(Checkpoint { coverage, reading: take_blocks(rest)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Chunk, InputId};

    #[test]
    fn a_checkpoint_comes_back_as_it_was_written_and_no_damage_passes() {
        let coverage = Coverage {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            round: 6,
            inputs: [InputId(2), InputId(5)].into(),
            ..Coverage::default()
        };
        let bytes = Checkpoint::encode(&coverage, b"as far as it came");
        let read = Checkpoint::decode(&bytes).unwrap();
        assert_eq!((&read.coverage, read.reading.as_slice()), (&coverage, &b"as far as it came"[..]));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Checkpoint::decode(&damaged).is_err(), "byte {at}");
            assert!(Checkpoint::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_chunk_is_no_checkpoint_and_the_other_way_round() {
        let chunk = Chunk::default().encode();
        assert_eq!(Checkpoint::decode(&chunk), Err(ChunkError::Foreign));
        let checkpoint = Checkpoint::encode(&Coverage::default(), b"");
        assert_eq!(Chunk::decode(&checkpoint), Err(ChunkError::Foreign));
    }
}
