//! Capture files, packets of every link type, and connections of them.

use rayscope::capture::{self, Packet, Reader};
use rayscope::flow::{ConnectionTable, PacketId, TableLimits};
use rayscope::packet::{self, Carried, Fragments, Tally, link_types};
use rayscope::time::{Duration, Time};

use crate::script::Scripts;

/// What is kept of a packet to compare two ways of reading.
type Seen = (u64, i64, u32, u16, usize);

fn seen(packet: &Packet<'_>) -> Seen {
    (packet.frame, packet.time.0, packet.original_length, packet.link, packet.data.len())
}

/// A whole file and the same file as a stream of small blocks give the same packets.
pub fn reader(bytes: &[u8]) {
    let _ = capture::near_miss(bytes);
    let Some(format) = capture::recognise(bytes) else { return };
    let (mut whole, mut streamed) = (Vec::new(), Vec::new());
    let mut reader = Reader::new(format);
    capture::read_slice(&mut reader, bytes, |packet| whole.push(seen(packet)));
    let _ = reader.summary().warnings();
    let mut reader = Reader::new(format);
    let block = 1 + bytes.len() % 700;
    let read = capture::read_stream(&mut reader, bytes, block, |packet| streamed.push(seen(packet)));
    assert!(read.is_ok(), "memory cannot fail to be read");
    assert!(whole == streamed, "{} packets of a slice, {} of a stream", whole.len(), streamed.len());
}

/// One packet: two bytes of link type, one of check sequence, one to cut the capture short, then its data.
pub fn packet(bytes: &[u8]) {
    let [high, low, fcs, cut, data @ ..] = bytes else { return };
    let packet = Packet {
        frame: 1,
        time: Time(0),
        timed: true,
        original_length: data.len() as u32 + u32::from(*cut),
        data,
        link: u16::from_be_bytes([*high, *low]),
        fcs: *fcs & 7,
        interface: 0,
    };
    let mut tally = Tally::default();
    let _ = packet::decode(&packet, &mut tally);
    let _ = tally.warnings();
}

/// Packets of raw IP, most of them fragments: before each two bytes of its length and one of the seconds since the one before.
pub fn fragments(bytes: &[u8]) {
    let (mut fragments, mut tally) = (Fragments::default(), Tally::default());
    let (mut rest, mut frame, mut time) = (bytes, 0, Time::EPOCH);
    while let [high, low, seconds, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (data, next) = after.split_at(length.min(after.len()));
        (rest, frame, time) = (next, frame + 1, time.plus(Duration::from_seconds(i64::from(*seconds))));
        let packet = Packet {
            frame,
            time,
            timed: true,
            // A packet that reaches behind the end of the input was cut by a snap length.
            original_length: length as u32,
            data,
            link: link_types::RAW,
            fcs: 0,
            interface: 0,
        };
        fragments.decode(&packet, &mut tally, |content| {
            if let Carried::Tcp(segment) = content {
                assert!(segment.payload.len() <= segment.length as usize, "{segment:?}");
                assert!(
                    segment.payload.len() <= bytes.len(),
                    "{} bytes of {}",
                    segment.payload.len(),
                    bytes.len()
                );
            }
        });
        assert!(tally.fragments_put_together <= tally.ip_fragments, "{tally:?}");
    }
    let _ = tally.warnings();
}

/// All connections of a file, in a table with little room.
pub fn flow(bytes: &[u8]) {
    let Some(format) = capture::recognise(bytes) else { return };
    let limits = if bytes.len() % 2 == 0 {
        TableLimits::default()
    } else {
        TableLimits {
            connection_bytes: 4096,
            one_sided_bytes: 1024,
            stream_segments: 8,
            total_bytes: 1 << 16,
            ..TableLimits::default()
        }
    };
    let mut table = ConnectionTable::new(limits);
    let (mut fragments, mut tally) = (Fragments::default(), Tally::default());
    let mut scripts = Scripts::default();
    capture::read_slice(&mut Reader::new(format), bytes, |packet| {
        let id = PacketId::new(0, packet.frame);
        fragments.decode(packet, &mut tally, |content| table.packet(&mut scripts, content, id, packet.time));
    });
    table.finish(&mut scripts);
}

/// The scripts of a capture's connections that carry anything.
pub fn conversations(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Some(format) = capture::recognise(bytes) else { return Vec::new() };
    let mut scripts = Scripts::default();
    let mut table = ConnectionTable::new(TableLimits::default());
    let mut tally = Tally::default();
    capture::read_slice(&mut Reader::new(format), bytes, |packet| {
        let content = packet::decode(packet, &mut tally);
        let id = PacketId::new(0, packet.frame);
        table.packet(&mut scripts, &content, id, packet.time);
    });
    table.finish(&mut scripts);
    scripts.0.retain(|script| script.len() > 40);
    scripts.0
}

/// Some packets of a capture, as [`packet`] takes them.
pub fn packets(bytes: &[u8]) -> Vec<Vec<u8>> {
    const MOST: u64 = 6;
    let Some(format) = capture::recognise(bytes) else { return Vec::new() };
    let mut packets = Vec::new();
    capture::read_slice(&mut Reader::new(format), bytes, |packet| {
        if packet.frame <= MOST {
            let mut seed = packet.link.to_be_bytes().to_vec();
            seed.extend([packet.fcs, 0]);
            seed.extend(packet.data);
            packets.push(seed);
        }
    });
    packets
}

/// Packets of a capture as [`fragments`] takes them: each of IPv4 in pieces of 40 bytes, all others as they are.
pub fn in_fragments(bytes: &[u8]) -> Vec<Vec<u8>> {
    const MOST: u64 = 8;
    const PIECE: usize = 40;
    let Some(format) = capture::recognise(bytes) else { return Vec::new() };
    let mut seed = Vec::new();
    capture::read_slice(&mut Reader::new(format), bytes, |packet| {
        let ip = if packet.link == link_types::ETHERNET { packet.data.get(14..) } else { Some(packet.data) };
        let Some(ip) = ip.filter(|ip| packet.frame <= MOST && ip.len() > 28) else { return };
        let mut piece = |header: &[u8], payload: &[u8]| {
            seed.extend(((header.len() + payload.len()) as u16).to_be_bytes());
            seed.push(0);
            seed.extend(header);
            seed.extend(payload);
        };
        let whole_4 = ip[0] == 0x45 && ip[6] & 0x3f == 0 && ip[7] == 0;
        let Some((header, payload)) = ip.split_at_checked(20).filter(|_| whole_4) else {
            piece(ip, &[]);
            return;
        };
        let last = (payload.len() - 1) / PIECE;
        for (number, part) in payload.chunks(PIECE).enumerate() {
            let mut header = header.to_vec();
            let more = if number < last { 0x2000 } else { 0 };
            header[2..4].copy_from_slice(&((20 + part.len()) as u16).to_be_bytes());
            header[6..8].copy_from_slice(&(more | (number * PIECE / 8) as u16).to_be_bytes());
            piece(&header, part);
        }
    });
    if seed.is_empty() { Vec::new() } else { vec![seed] }
}
