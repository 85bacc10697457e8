//! Bytes that can be had only once, such as those of a pipe, and are wanted again: held in memory as they are while there is room for that,
//! else packed anew. Logs take a tenth of their size then, and are inflated faster than they are read.

use std::io::{self, BufReader, ErrorKind, Read, Write};

use super::inflate::Input;

/// The fastest of zstd's levels that look for repeated text.
const LEVEL: i32 = 1;
/// The most that is taken from a pipe: one that never ends is refused after about a second.
const LARGEST_PIPED: u64 = 1 << 30;
/// Bytes that are read at a time.
const BLOCK: usize = 64 << 10;

/// What is held.
#[derive(Debug)]
pub(super) enum HeldBytes {
    /// As it is.
    Plain(Vec<u8>),
    /// Packed anew by zstd.
    Packed {
        /// The packed bytes.
        packed: Vec<u8>,
        /// Their number before they were packed.
        length: u64,
    },
}

impl HeldBytes {
    /// All that comes through a pipe, in no more memory than is given; more than a quarter of it is packed.
    ///
    /// # Errors
    /// Where it cannot be read, and `FileTooLarge` where more comes than 1 GiB, or than can be held.
    pub(super) fn of_pipe(mut pipe: impl Read, memory: u64) -> io::Result<HeldBytes> {
        let too_large = |_| io::Error::from(ErrorKind::FileTooLarge);
        let (mut holding, mut block, mut left) =
            (Holding::new(memory / 4, memory), vec![0; BLOCK], LARGEST_PIPED);
        loop {
            let read = match pipe.read(&mut block) {
                Ok(0) => return holding.finish().map_err(too_large),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            left = left.checked_sub(read as u64).ok_or(ErrorKind::FileTooLarge)?;
            holding.take(block.get(..read).unwrap_or_default()).map_err(too_large)?;
        }
    }

    /// Its bytes, where they are held as they are.
    pub(super) fn plain(&self) -> Option<&[u8]> {
        match self {
            HeldBytes::Plain(bytes) => Some(bytes),
            HeldBytes::Packed { .. } => None,
        }
    }

    /// Its length.
    pub(super) fn length(&self) -> u64 {
        match self {
            HeldBytes::Plain(bytes) => bytes.len() as u64,
            HeldBytes::Packed { length, .. } => *length,
        }
    }

    /// The memory that it takes.
    pub(super) fn memory(&self) -> u64 {
        match self {
            HeldBytes::Plain(bytes) | HeldBytes::Packed { packed: bytes, .. } => bytes.len() as u64,
        }
    }

    /// Its bytes as a stream.
    pub(super) fn reader(&self) -> Input<'_> {
        match self {
            HeldBytes::Plain(bytes) => Box::new(&**bytes),
            HeldBytes::Packed { packed, .. } => match zstd::stream::read::Decoder::with_buffer(&**packed) {
                Ok(decoder) => Box::new(BufReader::new(decoder)),
                Err(error) => Box::new(BufReader::new(FailingReader(Some(error)))),
            },
        }
    }
}

/// What is being taken in.
pub(super) struct Holding {
    plain: Vec<u8>,
    /// The most bytes that are held as they are.
    most_plain: u64,
    /// The most memory in all.
    most: u64,
    packing: Option<zstd::stream::write::Encoder<'static, Vec<u8>>>,
    length: u64,
}

impl Holding {
    /// Nothing yet. More than `plain` bytes are packed, and no more than `memory` bytes taken.
    pub(super) fn new(plain: u64, memory: u64) -> Holding {
        Holding { plain: Vec::new(), most_plain: plain.min(memory), most: memory, packing: None, length: 0 }
    }

    /// Takes further bytes in.
    ///
    /// # Errors
    /// `OutOfMemory` where more memory would be taken than is allowed.
    pub(super) fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.packing.is_none() {
            if self.length <= self.most_plain {
                self.plain.extend_from_slice(bytes);
                return Ok(());
            }
            let mut packing = zstd::stream::write::Encoder::new(Vec::new(), LEVEL)?;
            packing.write_all(&std::mem::take(&mut self.plain))?;
            self.packing = Some(packing);
        }
        let Some(packing) = &mut self.packing else { return Ok(()) };
        packing.write_all(bytes)?;
        if packing.get_ref().len() as u64 > self.most {
            return Err(ErrorKind::OutOfMemory.into());
        }
        Ok(())
    }

    /// All that was taken in.
    ///
    /// # Errors
    /// As with [`Holding::take`].
    pub(super) fn finish(self) -> io::Result<HeldBytes> {
        let Some(packing) = self.packing else { return Ok(HeldBytes::Plain(self.plain)) };
        let mut packed = packing.finish()?;
        if packed.len() as u64 > self.most {
            return Err(ErrorKind::OutOfMemory.into());
        }
        packed.shrink_to_fit();
        Ok(HeldBytes::Packed { packed, length: self.length })
    }
}

/// A stream that cannot be read, and why.
pub(super) struct FailingReader(pub Option<io::Error>);

impl Read for FailingReader {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::fixtures::noise;

    fn held(bytes: &[u8], plain: u64, memory: u64) -> io::Result<HeldBytes> {
        let mut holding = Holding::new(plain, memory);
        bytes.chunks(1_000).try_for_each(|chunk| holding.take(chunk))?;
        holding.finish()
    }

    #[test]
    fn what_is_packed_anew_is_what_was_taken_in() {
        let text = b"172.68.1.1 - - \"GET / HTTP/1.1\" 200\n".repeat(50_000);
        for (plain, is_packed) in [(u64::MAX, false), (10, true), (0, true)] {
            let held = held(&text, plain, u64::MAX).unwrap();
            let mut read = Vec::new();
            held.reader().read_to_end(&mut read).unwrap();
            assert!(read == text && held.length() == text.len() as u64);
            assert_eq!(held.plain().is_none(), is_packed);
            assert_eq!(held.memory() < 10_000, is_packed);
        }
    }

    #[test]
    fn what_cannot_be_packed_is_given_up_before_it_takes_more_than_it_may() {
        assert!(held(&noise(4 << 20), 100_000, 1 << 20).is_err());
        assert!(held(&noise(100_000), 100_000, 1 << 20).is_ok());
    }
}
