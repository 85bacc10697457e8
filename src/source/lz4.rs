//! LZ4 frames (LZ4 Frame Format 1.6.4). The walk over the blocks is our own: the library's walk takes a frame that was cut between two
//! blocks for a whole one. The library's block decoder (safe code only) inflates each block.

use std::hash::Hasher;
use std::io::{self, BufRead, ErrorKind, Read};

use lz4_flex::block::decompress_into_with_dict;
use twox_hash::XxHash32;

/// The first word of a frame ("Magic Number").
const MAGIC: u32 = 0x184d_2204;
/// The first word of a skippable frame ("Skippable Frames"), whatever its lowest four bits are.
const SKIPPABLE: u32 = 0x184d_2a50;
const SKIPPABLE_MASK: u32 = 0xffff_fff0;
/// The bits of the FLG byte ("Frame Descriptor"): the version, which is 1, and what the frame holds.
const VERSION_SHIFT: u8 = 6;
const BLOCKS_ARE_INDEPENDENT: u8 = 1 << 5;
const HAS_BLOCK_CHECKSUMS: u8 = 1 << 4;
const HAS_CONTENT_SIZE: u8 = 1 << 3;
const HAS_CONTENT_CHECKSUM: u8 = 1 << 2;
const RESERVED: u8 = 1 << 1;
const HAS_DICTIONARY: u8 = 1;
/// The highest bit of a block's size: its bytes are stored as they are ("Block Size").
const BLOCK_IS_STORED: u32 = 1 << 31;
/// A block refers at most this many bytes back.
const WINDOW: usize = 64 << 10;

/// Reads one frame, or skips a skippable one, and stops behind it.
pub(super) struct Lz4Decoder<R> {
    input: R,
    frame: Option<Frame>,
    ended: bool,
    /// The last block, inflated; `block[given..]` has not been handed over yet.
    block: Vec<u8>,
    given: usize,
}

struct Frame {
    largest_block: usize,
    is_linked: bool,
    has_block_checksums: bool,
    content: Option<XxHash32>,
    /// The last inflated bytes, to which later blocks may refer.
    window: Vec<u8>,
}

impl<R: BufRead> Lz4Decoder<R> {
    pub(super) fn new(input: R) -> Lz4Decoder<R> {
        Lz4Decoder { input, frame: None, ended: false, block: Vec::new(), given: 0 }
    }

    pub(super) fn into_inner(self) -> R {
        self.input
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn word(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    /// The frame's header; `None` for a frame that was skipped.
    fn begin(&mut self) -> io::Result<Option<Frame>> {
        let magic = self.word()?;
        if magic & SKIPPABLE_MASK == SKIPPABLE {
            let length = u64::from(self.word()?);
            let skipped = io::copy(&mut self.input.by_ref().take(length), &mut io::sink())?;
            return if skipped == length { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
        if magic != MAGIC {
            return Err(bad("this is no frame"));
        }
        let [flags, block] = self.bytes()?;
        let mut header = vec![flags, block];
        if flags & HAS_CONTENT_SIZE != 0 {
            header.extend(self.bytes::<8>()?);
        }
        let [checksum] = self.bytes()?;
        if flags >> VERSION_SHIFT != 1 || flags & (RESERVED | HAS_DICTIONARY) != 0 {
            return Err(bad("a version or a dictionary that is not known"));
        }
        if checksum != (XxHash32::oneshot(0, &header) >> 8) as u8 {
            return Err(bad("the header's checksum is wrong"));
        }
        // "Block Maximum Size" of the BD byte.
        let largest_block = match block >> 4 & 0b111 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            _ => return Err(bad("a block size that is not known")),
        };
        Ok(Some(Frame {
            largest_block,
            is_linked: flags & BLOCKS_ARE_INDEPENDENT == 0,
            has_block_checksums: flags & HAS_BLOCK_CHECKSUMS != 0,
            content: (flags & HAS_CONTENT_CHECKSUM != 0).then(|| XxHash32::with_seed(0)),
            window: Vec::new(),
        }))
    }

    /// Inflates the next block into `self.block`; false at the end of the frame.
    fn next_block(&mut self, frame: &mut Frame) -> io::Result<bool> {
        let size = self.word()?;
        if size == 0 {
            if let Some(content) = frame.content.take()
                && self.word()? != content.finish_32()
            {
                return Err(bad("the content's checksum is wrong"));
            }
            return Ok(false);
        }
        let packed_bytes = (size & !BLOCK_IS_STORED) as usize;
        if packed_bytes > frame.largest_block {
            return Err(bad("a block is larger than the frame allows"));
        }
        let mut packed = vec![0; packed_bytes];
        self.input.read_exact(&mut packed)?;
        if frame.has_block_checksums && self.word()? != XxHash32::oneshot(0, &packed) {
            return Err(bad("a block's checksum is wrong"));
        }
        self.given = 0;
        if size & BLOCK_IS_STORED != 0 {
            self.block = packed;
        } else {
            self.block.resize(frame.largest_block, 0);
            let inflated = decompress_into_with_dict(&packed, &mut self.block, &frame.window);
            self.block.truncate(inflated.map_err(|error| bad(&error.to_string()))?);
        }
        if let Some(content) = &mut frame.content {
            content.write(&self.block);
        }
        if frame.is_linked {
            frame.window.extend_from_slice(&self.block);
            frame.window.drain(..frame.window.len().saturating_sub(WINDOW));
        }
        Ok(true)
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

impl<R: BufRead> Read for Lz4Decoder<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.block.len() && !self.ended {
            // The frame is taken out, and put back only where its next block was read: after an error nothing more is read.
            self.ended = true;
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => match self.begin()? {
                    Some(frame) => frame,
                    None => return Ok(0),
                },
            };
            if self.next_block(&mut frame)? {
                (self.frame, self.ended) = (Some(frame), false);
            }
        }
        let ready = self.block.get(self.given..).unwrap_or_default();
        let read = ready.len().min(into.len());
        if let (Some(target), Some(source)) = (into.get_mut(..read), ready.get(..read)) {
            target.copy_from_slice(source);
        }
        self.given += read;
        Ok(read)
    }
}
