//! The two ways to feed a reader: a whole map, or a stream in blocks.

use std::io::{self, Read};

use super::reader::{Packet, Reader, Step};

/// Reads all packets of a whole file; what could not be read is in the reader's summary.
pub fn read_slice<'b>(reader: &mut Reader, bytes: &'b [u8], mut each: impl FnMut(&Packet<'b>)) {
    let mut rest = bytes;
    loop {
        let passed = reader.plain_records(rest, &mut each);
        rest = rest.get(passed..).unwrap_or_default();
        let (used, step) = reader.next(rest, true);
        rest = rest.get(used..).unwrap_or_default();
        match step {
            Step::Packet(packet) => each(&packet),
            Step::Damage(_) => {}
            Step::More(_) | Step::End => return,
        }
    }
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
    let mut start = 0;
    let mut last = false;
    loop {
        start += reader.plain_records(buffer.get(start..).unwrap_or_default(), &mut each);
        let (used, step) = reader.next(buffer.get(start..).unwrap_or_default(), last);
        start += used;
        let needed = match step {
            Step::Packet(packet) => {
                each(&packet);
                continue;
            }
            Step::Damage(_) => continue,
            Step::End => return Ok(()),
            // A reader that was told of the end asks for nothing more.
            Step::More(_) if last => return Ok(()),
            Step::More(needed) => needed,
        };
        buffer.drain(..start);
        start = 0;
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
