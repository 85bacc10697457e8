//! A capture that is written as it is made up: larger than a test should hold.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::net::SocketAddrV4;
use std::path::Path;

/// 2026-11-17T08:00:00Z.
const START: u32 = 1_794_902_400;

/// Raw IP, in microseconds.
pub struct RawCapture(BufWriter<File>);

/// A segment without options.
pub struct RawSegment<'a> {
    pub from: SocketAddrV4,
    pub to: SocketAddrV4,
    pub sequence: u32,
    pub acknowledged: u32,
    pub flags: u8,
    pub payload: &'a [u8],
}

impl RawCapture {
    pub fn create(path: &Path) -> Result<RawCapture> {
        let mut file = BufWriter::new(File::create(path)?);
        let header = [0xa1b2_c3d4_u32, 4 << 16 | 2, 0, 0, 65_535, 101];
        header.iter().try_for_each(|word| file.write_all(&word.to_le_bytes()))?;
        Ok(RawCapture(file))
    }

    /// A segment, so many microseconds after the start.
    pub fn write(&mut self, microseconds: u32, segment: &RawSegment<'_>) -> Result<()> {
        let RawSegment { from, to, sequence, acknowledged, flags, payload } = segment;
        let length = u16::try_from(40 + payload.len()).expect("a segment");
        let sizes = [u32::from(length); 2];
        let record = [START + microseconds / 1_000_000, microseconds % 1_000_000, sizes[0], sizes[1]];
        record.iter().try_for_each(|word| self.0.write_all(&word.to_le_bytes()))?;
        self.0.write_all(&[0x45, 0])?;
        self.0.write_all(&length.to_be_bytes())?;
        self.0.write_all(&[0, 0, 0x40, 0, 64, 6, 0, 0])?;
        self.0.write_all(&[from.ip().octets(), to.ip().octets()].concat())?;
        self.0.write_all(&[from.port().to_be_bytes(), to.port().to_be_bytes()].concat())?;
        self.0.write_all(&[sequence.to_be_bytes(), acknowledged.to_be_bytes()].concat())?;
        self.0.write_all(&[0x50, *flags, 0xfa, 0xf0, 0, 0, 0, 0])?;
        self.0.write_all(payload)
    }

    /// What waits goes to the disk.
    pub fn end(mut self) -> Result<()> {
        self.0.flush()
    }
}
