//! A capture that is written as it is made up: larger than a test should hold.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
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

/// A connection from an address of the edge to the origin, as it is written into a capture.
pub struct Conversation {
    ends: [SocketAddrV4; 2],
    next: [u32; 2],
    time: u32,
}

impl Conversation {
    /// The one of this number, to this port of the origin, at so many microseconds after the start.
    pub fn of(number: u32, port: u16, time: u32) -> Conversation {
        let [_, b, c, d] = (number / 50).to_be_bytes();
        let client_port = u16::try_from(1_024 + number % 50 * 1_291).expect("a port");
        Conversation {
            ends: [
                SocketAddrV4::new(Ipv4Addr::new(172, 68 + b, c, d), client_port),
                SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 10), port),
            ],
            next: [number.wrapping_mul(2_654_435_761), 7],
            time,
        }
    }

    /// The handshake.
    pub fn opens(&mut self, capture: &mut RawCapture) -> Result<()> {
        self.says(capture, 0, 0x02, &[])?;
        self.says(capture, 1, 0x12, &[])?;
        self.says(capture, 0, 0x10, &[])
    }

    /// A segment from the edge (0) or from the origin (1), ten microseconds after the last one.
    pub fn says(&mut self, capture: &mut RawCapture, from: usize, flags: u8, payload: &[u8]) -> Result<()> {
        let (sequence, acknowledged) = (self.next[from], self.next[1 - from]);
        let (from_end, to) = (self.ends[from], self.ends[1 - from]);
        let counted = u32::try_from(payload.len()).expect("a segment") + u32::from(flags & 0x03 != 0);
        self.next[from] = sequence.wrapping_add(counted);
        self.time += 10;
        let segment = RawSegment { from: from_end, to, sequence, acknowledged, flags, payload };
        capture.write(self.time, &segment)
    }

    /// The origin closes, then the edge.
    pub fn closes(mut self, capture: &mut RawCapture) -> Result<()> {
        self.says(capture, 1, 0x11, &[])?;
        self.says(capture, 0, 0x11, &[])?;
        self.says(capture, 1, 0x10, &[])
    }
}
