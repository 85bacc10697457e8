//! What is no chunk is refused, with the reason, and costs no more than its bytes.

use super::*;

fn chunk() -> Chunk {
    let coverage = Coverage { round: 3, inputs: [InputId(1), InputId(7)].into(), ..Coverage::default() };
    Chunk { coverage, extracted: Extracted::default() }
}

/// A chunk around these blocks, with the checksum that belongs to it: as somebody writes it who means harm.
fn forged(blocks: &[u8]) -> Vec<u8> {
    let mut bytes = [MAGIC, &[FORM], blocks].concat();
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

fn block(stored: &[u8], whole: u32) -> Vec<u8> {
    [&u32::try_from(stored.len()).unwrap().to_le_bytes()[..], &whole.to_le_bytes(), stored].concat()
}

#[test]
fn a_chunk_says_what_it_covers() {
    let bytes = chunk().encode();
    let coverage = Coverage::of(&bytes).unwrap();
    assert_eq!((coverage.round, coverage.inputs.len(), coverage.is_whole), (3, 2, false));
    assert_eq!(coverage.program, env!("CARGO_PKG_VERSION"));
    assert_eq!(bytes, Chunk::decode(&bytes).unwrap().encode());
}

#[test]
fn every_damaged_byte_and_every_cut_is_noticed() {
    let whole = chunk().encode();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        assert!(Chunk::decode(&damaged).is_err(), "byte {at}");
        assert!(Chunk::decode(&whole[..at]).is_err(), "cut at {at}");
    }
    assert!(Chunk::decode(&[&whole[..], b"x"].concat()).is_err(), "something behind it");
}

#[test]
fn each_refusal_says_what_is_wrong() {
    assert_eq!(Chunk::decode(b"{\"log\":{}}"), Err(ChunkError::Foreign));
    assert_eq!(Chunk::decode(MAGIC), Err(ChunkError::Damaged("it is cut short")));
    let mut other = chunk();
    other.coverage.program = "0.0.1".to_owned();
    let mut first = Vec::new();
    put_blocks(&mut first, &packed(&other.coverage));
    assert_eq!(Chunk::decode(&forged(&first)), Err(ChunkError::OtherVersion("0.0.1".to_owned())));
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let zeros = zstd::bulk::compress(&vec![0; BLOCK], LEVEL).unwrap();
    let bomb = forged(&block(&zeros, u32::try_from(BLOCK).unwrap()));
    let wanted = "a block unpacks to more than any that is written";
    assert_eq!(Chunk::decode(&bomb), Err(ChunkError::Damaged(wanted)));
    let lying = forged(&block(&zeros, u32::try_from(zeros.len() + 1).unwrap()));
    assert_eq!(Chunk::decode(&lying), Err(ChunkError::Damaged("a block cannot be unpacked")));
}

#[test]
fn a_length_that_promises_four_billion_elements_takes_no_memory() {
    let mut coverage = Vec::new();
    put_blocks(
        &mut coverage,
        &packed(&Coverage { program: env!("CARGO_PKG_VERSION").to_owned(), ..Coverage::default() }),
    );
    // A list of two; in it a list of twenty; in it a map, then lists of 2^32 - 1 elements, none of which is there.
    for head in [
        &[0x92, 0xdc, 0, 20, 0x80][..],
        &[0x92, 0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0xdd, 0xff, 0xff, 0xff, 0xff],
    ] {
        let hostile = [head, &[0xdd, 0xff, 0xff, 0xff, 0xff]].concat();
        let hostile = block(&hostile, u32::try_from(hostile.len()).unwrap());
        let read = Chunk::decode(&forged(&[&coverage[..], &hostile].concat()));
        assert_eq!(read, Err(ChunkError::Damaged("it holds what is no evidence")));
    }
}

/// Evidence that repeats itself packs more tightly than a reader would believe.
#[test]
fn what_packs_too_well_is_stored_as_it_is() {
    let content = vec![0u8; BLOCK + 5];
    let mut bytes = Vec::new();
    put_blocks(&mut bytes, &content);
    assert_eq!(take_blocks(&bytes).unwrap(), content);
}

#[test]
fn no_more_is_written_than_there_is_room_for() {
    let value = vec![7_u8; 100];
    let whole = packed(&value);
    assert_eq!(packed_within(&value, whole.len()), Some(whole.clone()));
    assert_eq!(packed_within(&value, whole.len() - 1), None);
}
