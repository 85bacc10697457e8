//! The packets of one connection between edge and origin, as a capture before the origin sees them, told step by step.

use std::net::Ipv4Addr;

use super::request::{BEGIN, SECOND};
use super::support::capture::{ACK, FIN, IcmpAbout, PSH, RST, SYN, Segment};

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    Edge,
    Origin,
}

use Speaker::{Edge, Origin};

impl Speaker {
    fn other(self) -> Speaker {
        if self == Edge { Origin } else { Edge }
    }
}

/// What one segment carries at most.
const SEGMENT_SIZE: usize = 1400;
const MILLISECOND: i64 = 1_000_000;

/// A connection in the making. Each step takes a millisecond; `wait` lets time pass.
pub struct Conversation {
    ends: [(Ipv4Addr, u16); 2],
    now: i64,
    /// The next sequence number of each side.
    next: [u32; 2],
    /// Up to where each side has got what the other sent.
    got: [u32; 2],
    /// The last segment of each side that carried anything, as its sequence number and its bytes.
    last: [(u32, Vec<u8>); 2],
    request: Vec<u8>,
    earlier: Vec<u8>,
    edge_ttl: u8,
    packets: Vec<(i64, Vec<u8>)>,
}

impl Conversation {
    /// Nothing is sent yet. `request`: what the edge asks, `earlier`: what it asks before that where the connection is used again.
    pub fn new(
        edge: (Ipv4Addr, u16),
        origin: (Ipv4Addr, u16),
        begin: i64,
        request: Vec<u8>,
        earlier: Vec<u8>,
    ) -> Conversation {
        let number = u32::from(edge.1).wrapping_mul(2_654_435_761) ^ u32::from(edge.0);
        Conversation {
            ends: [edge, origin],
            now: begin,
            next: [number, number.rotate_left(13)],
            got: [number.rotate_left(13), number],
            last: [(0, Vec::new()), (0, Vec::new())],
            request,
            earlier,
            edge_ttl: 57,
            packets: Vec::new(),
        }
    }

    /// What was captured.
    pub fn packets(self) -> Vec<(i64, Vec<u8>)> {
        self.packets
    }

    /// The moment that it has come to, in nanoseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now
    }

    fn segment(&mut self, from: Speaker, flags: u8, sequence: u32, payload: &[u8], ttl: u8) {
        let (source, destination) = (self.ends[from as usize], self.ends[from.other() as usize]);
        let acknowledged = if flags & ACK == 0 { 0 } else { self.got[from as usize] };
        let ip_id = self.packets.len() as u16;
        let ends = [source, destination];
        let frame = Segment { ends, ip_id, ttl, flags, sequence, acknowledged, payload }.frame();
        self.packets.push((self.now, frame));
        self.now += MILLISECOND;
    }

    fn own_distance(&self, from: Speaker) -> u8 {
        if from == Edge { self.edge_ttl } else { 64 }
    }

    /// The edge's packets come with this time to live.
    pub fn edge_as_far_as(mut self, ttl: u8) -> Self {
        self.edge_ttl = ttl;
        self
    }

    fn send(&mut self, from: Speaker, flags: u8, payload: &[u8]) {
        let sequence = self.next[from as usize];
        self.segment(from, flags, sequence, payload, self.own_distance(from));
        let counted = u32::from(flags & (SYN | FIN) != 0) + payload.len() as u32;
        self.next[from as usize] = sequence.wrapping_add(counted);
        // What follows a loss waits for it.
        if self.got[from.other() as usize] == sequence {
            self.got[from.other() as usize] = self.next[from as usize];
        }
        if !payload.is_empty() {
            self.last[from as usize] = (sequence, payload.to_vec());
        }
    }

    /// A step of which the capture has nothing.
    pub fn uncaptured(self, step: impl FnOnce(Conversation) -> Conversation) -> Self {
        let captured = self.packets.len();
        let mut after = step(self);
        after.packets.truncate(captured);
        after
    }

    /// Lets milliseconds pass.
    pub fn wait(mut self, milliseconds: i64) -> Self {
        self.now += milliseconds * MILLISECOND;
        self
    }

    /// Lets time pass up to so many seconds from the incident's beginning.
    pub fn until(mut self, at: i64) -> Self {
        self.now = self.now.max(BEGIN + at * SECOND);
        self
    }

    /// The edge's SYN, and its repetitions after one, three and seven seconds.
    pub fn syns(mut self, times: usize) -> Self {
        for turn in 0..times {
            let sequence = self.next[0];
            self.segment(Edge, SYN, sequence, &[], self.own_distance(Edge));
            self = self.wait(1000 << turn);
        }
        self.next[0] = self.next[0].wrapping_add(1);
        self.got[1] = self.next[0];
        self
    }

    /// The origin's SYN/ACK, and its repetitions.
    pub fn syn_acks(mut self, times: usize) -> Self {
        for turn in 0..times {
            let sequence = self.next[1];
            if turn > 0 {
                self = self.wait(1000 << turn);
            }
            self.segment(Origin, SYN | ACK, sequence, &[], self.own_distance(Origin));
        }
        self.next[1] = self.next[1].wrapping_add(1);
        self
    }

    /// The origin sends its SYN/ACK again, as if no acknowledgement had come.
    pub fn answered_again(mut self) -> Self {
        let sequence = self.next[1].wrapping_sub(1);
        self.segment(Origin, SYN | ACK, sequence, &[], self.own_distance(Origin));
        self
    }

    /// The handshake of TCP, in order.
    pub fn opens(mut self) -> Self {
        self.send(Edge, SYN, &[]);
        self.send(Origin, SYN | ACK, &[]);
        self.takes(Edge)
    }

    /// The same with an edge that is so many milliseconds away, there and back.
    pub fn opens_from_afar(mut self, milliseconds: i64) -> Self {
        self.send(Edge, SYN, &[]);
        self.send(Origin, SYN | ACK, &[]);
        self.wait(milliseconds).takes(Edge)
    }

    /// One side acknowledges all that the other sent.
    pub fn takes(mut self, by: Speaker) -> Self {
        self.got[by as usize] = self.next[by.other() as usize];
        self.send(by, ACK, &[]);
        self
    }

    /// One side acknowledges again what it has: it lacks what comes next.
    pub fn lacks(mut self, by: Speaker) -> Self {
        self.send(by, ACK, &[]);
        self
    }

    /// One side sends bytes, in segments of full size.
    pub fn says(mut self, from: Speaker, bytes: &[u8]) -> Self {
        for part in bytes.chunks(SEGMENT_SIZE) {
            self.send(from, PSH | ACK, part);
        }
        self
    }

    /// The edge asks, and the origin's kernel takes it.
    pub fn asks(self) -> Self {
        let request = self.request.clone();
        self.says(Edge, &request).takes(Origin)
    }

    /// So many other requests, each answered in order.
    pub fn was_used(mut self, times: usize) -> Self {
        let page = answer("200 OK", "", "fine");
        for _ in 0..times {
            let earlier = self.earlier.clone();
            self = self.wait(100).says(Edge, &earlier).takes(Origin).answers(&page);
        }
        self
    }

    /// Another request before, and these bytes as its answer.
    pub fn was_answered(self, bytes: &[u8]) -> Self {
        let earlier = self.earlier.clone();
        self.says(Edge, &earlier).takes(Origin).answers(bytes)
    }

    /// The edge asks, and what it asks is lost behind the place of the capture, or not taken.
    pub fn asks_unheard(self) -> Self {
        let request = self.request.clone();
        self.loses(Edge, &request)
    }

    /// One side sends bytes that never arrive.
    pub fn loses(mut self, from: Speaker, bytes: &[u8]) -> Self {
        let before = self.got;
        self = self.says(from, bytes);
        self.got = before;
        self
    }

    /// The origin answers with these bytes, and the edge takes them.
    pub fn answers(self, bytes: &[u8]) -> Self {
        self.wait(20).says(Origin, bytes).takes(Edge)
    }

    /// One side sends its last segment again.
    pub fn repeats(mut self, from: Speaker, times: usize) -> Self {
        for turn in 0..times {
            self = self.wait(300 << turn);
            let (sequence, payload) = self.last[from as usize].clone();
            self.segment(from, PSH | ACK, sequence, &payload, self.own_distance(from));
        }
        self
    }

    /// One side closes (FIN).
    pub fn closes(mut self, by: Speaker) -> Self {
        self.send(by, FIN | ACK, &[]);
        self
    }

    /// Both close in order, one side first.
    pub fn ends(self, first: Speaker) -> Self {
        self.closes(first).closes(first.other()).takes(first)
    }

    /// One side resets the connection.
    pub fn resets(self, by: Speaker) -> Self {
        let ttl = self.own_distance(by);
        self.reset_from(by, ttl)
    }

    /// The origin refuses the SYN: what acknowledges nothing is answered by the number 0 (RFC 9293, 3.10.7.1).
    pub fn refuses(mut self) -> Self {
        self.segment(Origin, RST | ACK, 0, &[], self.own_distance(Origin));
        self
    }

    /// A RST in the name of one side that has come another distance than its packets.
    pub fn reset_from(mut self, by: Speaker, ttl: u8) -> Self {
        let sequence = self.next[by as usize];
        self.segment(by, RST | ACK, sequence, &[], ttl);
        self
    }

    /// A router or the host itself says by ICMP what became of the edge's last packet.
    pub fn icmp(mut self, from: Ipv4Addr, kind: (u8, u8)) -> Self {
        let edge = self.ends[0].0.octets();
        let about = self.packets.iter().rev().find(|(_, frame)| frame[26..30] == edge);
        let Some((_, about)) = about else { return self };
        let frame = IcmpAbout { from, kind, word: 1400, frame: about }.frame();
        self.packets.push((self.now, frame));
        self.now += MILLISECOND;
        self
    }
}

/// An answer in order, with this status line and body.
pub fn answer(status: &str, more: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let (body, head) =
        (body.as_ref(), format!("HTTP/1.1 {status}\r\nServer: shop\r\nContent-Type: text/html\r\n{more}"));
    [format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}
