//! The two ways to feed a reader: a whole map, or a stream in blocks.

use std::io::{self, Read};

use super::packet::Packet;
use super::reader::{Reader, WalkStep};

/// Reads the packets that are whole in a block of a file, which begins where the block before was read to; `last` tells that the file
/// ends with it. Gives the number of bytes read, and how many the next block must have, or `None` where nothing more can be read.
#[inline]
pub fn read_block<'b>(
    reader: &mut Reader,
    block: &'b [u8],
    last: bool,
    each: &mut impl FnMut(&Packet<'b>),
) -> (usize, Option<usize>) {
    let mut used = 0;
    loop {
        used += reader.plain_records(block.get(used..).unwrap_or_default(), each);
        let (passed, step) = reader.next(block.get(used..).unwrap_or_default(), last);
        used += passed;
        match step {
            WalkStep::Packet(packet) => each(&packet),
            WalkStep::Damage(_) => {}
            // A reader that was told of the end asks for nothing more.
            WalkStep::More(needed) => return (used, Some(needed).filter(|_| !last)),
            WalkStep::End => return (used, None),
        }
    }
}

/// Reads all packets of a whole file; what could not be read is in the reader's summary.
pub fn read_slice<'b>(reader: &mut Reader, bytes: &'b [u8], mut each: impl FnMut(&Packet<'b>)) {
    read_block(reader, bytes, true, &mut each);
}

/// Reads all packets of a stream in blocks of `block` bytes, such as a gzip stream that is inflated on the way. Memory is a
/// block and the longest record. A stream that breaks off (`UnexpectedEof`) or does not inflate (`InvalidData`,
/// `InvalidInput`) is damage in the summary.
///
/// # Errors
/// Any other error of the input.
pub fn read_stream(
    reader: &mut Reader,
    mut input: impl Read,
    block: usize,
    mut each: impl FnMut(&Packet<'_>),
) -> io::Result<()> {
    let mut buffer: Vec<u8> = Vec::new();
    let mut last = false;
    loop {
        let (used, needed) = read_block(reader, &buffer, last, &mut each);
        let Some(needed) = needed else { return Ok(()) };
        buffer.drain(..used);
        let missing = needed.saturating_sub(buffer.len());
        let wanted = missing.max(block).max(1) as u64;
        match input.by_ref().take(wanted).read_to_end(&mut buffer) {
            Ok(got) => last = (got as u64) < wanted,
            Err(error) if is_damage(&error) => {
                reader.note_damage(format!("the compressed data are damaged or cut short: {error}"));
                last = true;
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
    )
}
