//! One connection from the edge to the origin: its segments in time, with loss, repeats and acknowledgements as an origin's capture
//! shows them.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::packet::{ACK, FIN, MOST_DATA, PSH, RST, SYN, Segment};
use crate::random::Random;

/// Microseconds between the segments of a burst.
const PACE: u64 = 12;
/// One data segment of so many is lost; as many again come late.
const LOST_ONE_IN: u64 = 100;

/// A connection and the segments that are still to be captured.
pub struct Connection {
    pub edge: SocketAddr,
    pub origin: SocketAddr,
    /// Microseconds from the origin to the edge and back.
    pub round_trip: u64,
    /// When the last thing so far happened.
    pub now: u64,
    pub queue: VecDeque<Segment>,
    edge_next: u32,
    origin_next: u32,
}

impl Connection {
    /// Opens it at `now`: SYN, SYN/ACK, ACK.
    pub fn open(edge: SocketAddr, origin: SocketAddr, now: u64, random: &mut Random) -> Connection {
        let (edge_next, origin_next) = (random.next() as u32, random.next() as u32);
        let round_trip = random.between(4_000, 40_000);
        let mut connection =
            Connection { edge, origin, round_trip, now, queue: VecDeque::new(), edge_next, origin_next };
        connection.control(true, SYN);
        connection.edge_next = edge_next.wrapping_add(1);
        connection.now += 30;
        connection.control(false, SYN | ACK);
        connection.origin_next = origin_next.wrapping_add(1);
        connection.now += round_trip;
        connection.control(true, ACK);
        connection
    }

    /// A segment without data, now.
    pub fn control(&mut self, from_edge: bool, flags: u8) {
        let (sequence, acknowledged) = self.numbers(from_edge);
        let acknowledged = if flags & ACK == 0 { 0 } else { acknowledged };
        let time = self.now;
        self.queue.push_back(Segment { time, from_edge, sequence, acknowledged, flags, data: Vec::new() });
    }

    /// Lets time pass, in microseconds.
    pub fn wait(&mut self, time: u64) {
        self.now += time;
    }

    /// Sends a message whole, in growing bursts, until its last byte is acknowledged.
    pub fn send(&mut self, from_edge: bool, message: &[u8], random: &mut Random) {
        let mut rest = message;
        let mut segments = 10;
        while !rest.is_empty() {
            let (burst, after) = rest.split_at(rest.len().min(segments * MOST_DATA));
            self.burst(from_edge, burst, random);
            rest = after;
            segments = (segments * 2).min(40);
        }
        self.queue.make_contiguous().sort_by_key(|segment| segment.time);
    }

    /// Segments sent one after the other, the lost ones among them sent again once that is noticed, and the receiver's
    /// acknowledgements. The capture is the origin's: what it sends is captured before it is lost, what it is sent after.
    fn burst(&mut self, from_edge: bool, bytes: &[u8], random: &mut Random) {
        let (start, acknowledged) = self.numbers(from_edge);
        let mut arrivals: Vec<(u64, usize)> = Vec::new();
        let pieces: Vec<&[u8]> = bytes.chunks(MOST_DATA).collect();
        let noticed = self.now + pieces.len() as u64 * PACE + self.round_trip + 3_000;
        for (index, piece) in pieces.iter().enumerate() {
            let mut time = self.now + index as u64 * PACE;
            let lost = random.one_in(LOST_ONE_IN);
            if !lost && random.one_in(LOST_ONE_IN) {
                time += PACE * 3 / 2;
            }
            let mut seen = |time: u64| {
                let flags = if index + 1 == pieces.len() { PSH | ACK } else { ACK };
                let sequence = start.wrapping_add((index * MOST_DATA) as u32);
                self.queue.push_back(Segment {
                    time,
                    from_edge,
                    sequence,
                    acknowledged,
                    flags,
                    data: piece.to_vec(),
                });
            };
            if !lost || !from_edge {
                seen(time);
            }
            if lost {
                seen(noticed);
            }
            arrivals.push((if lost { noticed } else { time }, index));
        }
        self.advance(from_edge, bytes.len());
        self.acknowledge(from_edge, start, bytes.len(), arrivals);
    }

    /// An acknowledgement of every second segment in order, and one at once for every segment that leaves or fills a hole.
    fn acknowledge(&mut self, from_edge: bool, start: u32, length: usize, mut arrivals: Vec<(u64, usize)>) {
        let delay = if from_edge { 20 } else { self.round_trip };
        arrivals.sort_unstable();
        let (sequence, _) = self.numbers(!from_edge);
        let mut received = vec![false; arrivals.len()];
        let (mut whole, mut pending) = (0, 0);
        let last = arrivals.len() - 1;
        for (count, (time, index)) in arrivals.into_iter().enumerate() {
            received[index] = true;
            let in_order = index == whole;
            while received.get(whole) == Some(&true) {
                whole += 1;
            }
            pending += 1;
            if pending >= 2 || !in_order || count == last {
                pending = 0;
                let acknowledged = start.wrapping_add((whole * MOST_DATA).min(length) as u32);
                let time = time + delay;
                self.queue.push_back(Segment {
                    time,
                    from_edge: !from_edge,
                    sequence,
                    acknowledged,
                    flags: ACK,
                    data: Vec::new(),
                });
                self.now = self.now.max(time);
            }
        }
    }

    /// Closes in order: FIN of one side, FIN of the other, the last ACK.
    pub fn close(&mut self, by_edge: bool) {
        self.fin(by_edge);
        self.wait(if by_edge { 40 } else { self.round_trip });
        self.fin(!by_edge);
        self.wait(if by_edge { self.round_trip } else { 40 });
        self.control(by_edge, ACK);
    }

    pub fn fin(&mut self, from_edge: bool) {
        self.control(from_edge, FIN | ACK);
        self.advance(from_edge, 1);
    }

    /// The origin aborts.
    pub fn reset(&mut self) {
        self.control(false, RST | ACK);
    }

    /// A request that is sent while the origin's FIN is on its way. The origin no longer knows the connection, and answers the request and
    /// the acknowledgement of the FIN with an RST each.
    pub fn race(&mut self, request: &[u8]) {
        let (sequence, acknowledged) = self.numbers(true);
        self.fin(false);
        self.wait(self.round_trip / 3);
        let (time, flags) = (self.now, PSH | ACK);
        self.queue.push_back(Segment {
            time,
            from_edge: true,
            sequence,
            acknowledged,
            flags,
            data: request.to_vec(),
        });
        self.advance(true, request.len());
        self.wait(30);
        self.origin_reset(sequence.wrapping_add(request.len() as u32));
        self.wait(self.round_trip);
        self.control(true, ACK);
        self.wait(30);
        self.origin_reset(sequence.wrapping_add(request.len() as u32));
    }

    fn origin_reset(&mut self, acknowledged: u32) {
        let (sequence, _) = self.numbers(false);
        let time = self.now;
        self.queue.push_back(Segment {
            time,
            from_edge: false,
            sequence,
            acknowledged,
            flags: RST | ACK,
            data: Vec::new(),
        });
    }

    /// The next sequence number of this side, and what it has received of the other.
    fn numbers(&self, from_edge: bool) -> (u32, u32) {
        if from_edge { (self.edge_next, self.origin_next) } else { (self.origin_next, self.edge_next) }
    }

    fn advance(&mut self, from_edge: bool, length: usize) {
        let next = if from_edge { &mut self.edge_next } else { &mut self.origin_next };
        *next = next.wrapping_add(length as u32);
    }
}
