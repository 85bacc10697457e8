//! A second vantage point, made of a recorded capture: the same packets as another machine on their way would have seen them.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use rayscope::capture::{Reader, read_stream, recognise};

use super::support::capture::FileFormat;

/// Where a packet's parts begin: the lab's captures are Ethernet and IPv4 without options.
const IP: usize = 14;
const TTL: usize = IP + 8;
const SOURCE: usize = IP + 12;
const DESTINATION: usize = IP + 16;
const TCP: usize = IP + 20;

/// A captured packet.
#[derive(Clone)]
pub struct Frame {
    /// Nanoseconds since 1970.
    pub time: i64,
    data: Vec<u8>,
}

/// All packets of a capture, packed or not.
pub fn read(path: &Path) -> Vec<Frame> {
    let bytes = fs::read(path).expect("a capture");
    let inflated = if bytes.starts_with(&[0x1f, 0x8b]) { gunzip(&bytes) } else { bytes };
    let mut reader = Reader::new(recognise(&inflated).expect("a capture"));
    let mut frames = Vec::new();
    read_stream(&mut reader, &inflated[..], 1 << 20, |packet| {
        frames.push(Frame { time: packet.time.0, data: packet.data.to_vec() });
    })
    .expect("all of it");
    frames
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut inflated = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut inflated).expect("gzip");
    inflated
}

/// Writes packets in order of time as a pcap file with nanoseconds.
pub fn write(path: &Path, frames: &[Frame]) {
    let mut sorted: Vec<&Frame> = frames.iter().collect();
    sorted.sort_by_key(|frame| frame.time);
    let packets = sorted.into_iter().map(|frame| (frame.time, frame.data.as_slice()));
    let bytes = FileFormat::PcapNanoseconds.write(packets);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

impl Frame {
    fn is_tcp(&self) -> bool {
        self.data.get(12..14) == Some(&[8, 0]) && self.data.get(IP + 9) == Some(&6) && self.data[IP] == 0x45
    }

    fn address(&self, at: usize) -> Ipv4Addr {
        let octets: [u8; 4] = self.data[at..at + 4].try_into().expect("four bytes");
        Ipv4Addr::from(octets)
    }

    /// The sender's address.
    pub fn source(&self) -> Option<Ipv4Addr> {
        self.is_tcp().then(|| self.address(SOURCE))
    }

    /// The receiver's address.
    pub fn destination(&self) -> Option<Ipv4Addr> {
        self.is_tcp().then(|| self.address(DESTINATION))
    }

    /// A SYN without ACK.
    pub fn opens(&self) -> bool {
        self.is_tcp() && self.data[TCP + 13] & 0x12 == 0x02
    }

    /// A SYN with ACK.
    pub fn accepts(&self) -> bool {
        self.is_tcp() && self.data[TCP + 13] & 0x12 == 0x12
    }

    /// Whether it has more than headers.
    pub fn carries_data(&self) -> bool {
        let field = |at: usize| usize::from(u16::from_be_bytes([self.data[at], self.data[at + 1]]));
        let headers = || 20 + usize::from(self.data[TCP + 12] >> 4) * 4;
        self.is_tcp() && field(IP + 2) > headers()
    }

    /// Both ends, whoever sends: what tells connections apart.
    pub fn ends(&self) -> Option<[(Ipv4Addr, u16); 2]> {
        let port = |at: usize| u16::from_be_bytes([self.data[at], self.data[at + 1]]);
        self.is_tcp().then(|| {
            let mut ends = [(self.address(SOURCE), port(TCP)), (self.address(DESTINATION), port(TCP + 2))];
            ends.sort_unstable();
            ends
        })
    }

    /// With another address in the place of `from`. Checksums stay: a capturing machine that offloads has wrong ones, too.
    pub fn readdressed(mut self, from: Ipv4Addr, to: Ipv4Addr) -> Frame {
        for at in [SOURCE, DESTINATION] {
            if self.is_tcp() && self.address(at) == from {
                self.data[at..at + 4].copy_from_slice(&to.octets());
            }
        }
        self
    }

    /// One hop on, later by so many nanoseconds of another clock.
    pub fn later(mut self, nanoseconds: i64) -> Frame {
        self.time += nanoseconds;
        self
    }

    /// Of another connection: all its numbers are others, by this much.
    pub fn renumbered(mut self, by: u32) -> Frame {
        // A SYN acknowledges nothing.
        let fields: &[usize] = if self.opens() { &[TCP + 4] } else { &[TCP + 4, TCP + 8] };
        let fields = if self.is_tcp() { fields } else { &[] };
        for &at in fields {
            let field = &mut self.data[at..at + 4];
            let number = u32::from_be_bytes([field[0], field[1], field[2], field[3]]).wrapping_add(by);
            field.copy_from_slice(&number.to_be_bytes());
        }
        self
    }

    /// One hop nearer to its end, or farther from it.
    pub fn hops(mut self, hops: i16) -> Frame {
        if self.is_tcp() {
            self.data[TTL] = u8::try_from(i16::from(self.data[TTL]) + hops).expect("a time to live");
        }
        self
    }
}

/// Moves every client into a network that is none of the edge's.
pub fn without_edge(frames: &[Frame], origin: Ipv4Addr) -> Vec<Frame> {
    let mut strangers: BTreeMap<Ipv4Addr, Ipv4Addr> = BTreeMap::new();
    let mut all = Vec::new();
    for frame in frames {
        let ends = [frame.source(), frame.destination()];
        let Some(client) = ends.into_iter().flatten().find(|address| *address != origin) else { continue };
        let number = u32::try_from(strangers.len()).expect("few clients");
        let stranger = *strangers.entry(client).or_insert(Ipv4Addr::from_bits(0x0a01_0100 + number));
        all.push(frame.clone().readdressed(client, stranger));
    }
    all
}
