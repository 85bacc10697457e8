//! What is known of one TCP connection when it is over.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::arrival::Arrival;
use super::icmp_error::IcmpError;
use super::side::{End, Side};
use crate::memory::{Absent, OftenOne, Seldom};
use crate::time::Duration;

/// A connection, from its first captured packet to its last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The side that opened it.
    pub client: SocketAddr,
    /// The side that accepted it.
    pub server: SocketAddr,
    /// Whether a SYN or SYN/ACK told who opened it; else the roles are a guess from ports.
    pub initiator_known: bool,
    /// Where it stands in each file of the capture set, in file order.
    pub seen_in: OftenOne<SeenInFile>,
    /// Its first captured packet.
    pub first: Arrival,
    /// Its last captured packet.
    pub last: Arrival,
    /// How it was opened.
    pub handshake: TcpHandshake,
    /// By what numbers its streams begin.
    pub numbers: InitialNumbers,
    /// What the client sent.
    pub from_client: Traffic,
    /// What the server sent.
    pub from_server: Traffic,
    /// The first RST, if any.
    pub reset: Option<Reset>,
    /// The first ICMP error that quoted it.
    pub icmp: Option<IcmpError>,
}

impl Connection {
    /// Of which nothing is known but its ends, the client's first, and whether they are certain, and its first packet.
    pub(crate) fn begun([client, server]: [SocketAddr; 2], initiator_known: bool, at: Arrival) -> Connection {
        Connection {
            client,
            server,
            initiator_known,
            seen_in: OftenOne::default(),
            first: at,
            last: at,
            handshake: TcpHandshake::default(),
            numbers: InitialNumbers::default(),
            from_client: Traffic::default(),
            from_server: Traffic::default(),
            reset: None,
            icmp: None,
        }
    }
}

/// One file's part of a connection, as Wireshark shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenInFile {
    /// The file's index in its capture set.
    pub file: u32,
    /// Wireshark's `tcp.stream` in that file.
    pub stream: u32,
    /// Frame number of its first packet there.
    pub first_frame: u64,
    /// Frame number of its last packet there.
    pub last_frame: u64,
}

/// The three-way handshake (RFC 9293, 3.5), as far as it was captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpHandshake {
    /// The first SYN.
    pub syn: Option<Arrival>,
    /// SYNs, the first and its repeats.
    pub syns: u32,
    /// The last repeat of the SYN.
    pub last_syn: Option<Arrival>,
    /// The first SYN/ACK.
    pub syn_ack: Option<Arrival>,
    /// SYN/ACKs, the first and its repeats; no more than 65,535 of them are counted.
    pub syn_acks: u16,
    /// The client's first segment with an ACK after the SYN/ACK.
    pub established: Option<Arrival>,
    /// The server repeated its SYN/ACK although the client's own answer had been captured so long before that the two did not cross: it drops
    /// what would complete the handshake, as a full accept queue does.
    pub is_repeated_after_answer: bool,
}

/// Initial sequence numbers, as far as SYN and SYN/ACK told them. Both sides choose theirs by chance (RFC 6528), and what forwards
/// packets passes them on: they name a connection, whatever addresses it is given on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InitialNumbers {
    /// Of the side that opened it.
    pub client: Option<u32>,
    /// Of the side that accepted it.
    pub server: Option<u32>,
}

/// One side's segments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Segments captured, each once.
    pub packets: u64,
    /// Bytes of the stream, each sequence number once, captured or not.
    pub stream_bytes: u64,
    /// Segments whose data had been sent before; but for the fast and the spurious ones, after a timeout.
    pub retransmissions: u32,
    /// The smallest window it let its peer have, SYN, FIN and RST apart, in bytes; `None` where none was seen or the scale
    /// was negotiated before the capture began.
    pub smallest_window: Option<u32>,
    /// The first segment with data.
    pub first_data: Option<Arrival>,
    /// The last segment with data.
    pub last_data: Option<Arrival>,
    /// The first FIN; where the capture lacks it, the acknowledgement that tells of it, behind which it cannot have been sent.
    pub fin: Option<Arrival>,
    /// Whether that is the acknowledgement.
    pub fin_is_unseen: bool,
    /// What is out of order in it, which most have nothing of.
    pub anomalies: Seldom<Anomalies>,
    /// Maximum segment size that its SYN announced.
    pub mss: Option<u16>,
    /// The smallest and the largest time to live (hop limit) of its packets, copies among them, RSTs not: tells its own packets from a
    /// device's on the way.
    pub ttl: Option<(u8, u8)>,
    /// The peer acknowledged all that was sent, FIN included.
    pub all_acknowledged: bool,
    /// The peer acknowledged some of the stream's bytes.
    pub is_heard: bool,
}

/// What is out of order in one side's segments, and what is missing of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomalies {
    /// Packets that the capture holds once more: several interfaces, or a mirror port that shows what comes and what goes.
    pub copies: u64,
    /// Of the bytes of the stream, those missing from the capture.
    pub missing_bytes: u64,
    /// Of those, the ones that its peer lacked as well when the connection was over: it had what lies behind them and acknowledged no more than what lies before.
    pub never_arrived: u64,
    /// Holes in its stream that were given up because too much waited behind them (`TableLimits`).
    pub holes_given_up: u32,
    /// Of the retransmissions, those that duplicate acknowledgements asked for.
    pub fast_retransmissions: u32,
    /// Of the retransmissions, those whose data had been acknowledged before.
    pub spurious_retransmissions: u32,
    /// Acknowledgements that only repeat another: something before what came last is missing at this side.
    pub duplicate_acks: u32,
    /// The smallest segment with data that was sent again, in bytes of payload.
    pub smallest_repeated: Option<u32>,
    /// Segments that came before an earlier one.
    pub out_of_order: u32,
    /// Segments that closed the window.
    pub zero_windows: u32,
    /// Segments that filled the window its peer gave: it waits for its peer to read.
    pub full_windows: u32,
    /// Segments before which something was not captured (`tcp.analysis.lost_segment`).
    pub lost_segments: u32,
    /// Keep-alive probes.
    pub keep_alives: u32,
    /// Segments that said something else than others for the same place of the stream: a device on the way injects, or two
    /// captures were mixed.
    pub conflicting_overlaps: u32,
    /// Segments whose sequence numbers belong to no place of the stream, and RSTs that no receiver would have taken.
    pub out_of_window: u32,
}

impl Absent for Anomalies {
    const ABSENT: &'static Anomalies = &Anomalies {
        copies: 0,
        missing_bytes: 0,
        never_arrived: 0,
        holes_given_up: 0,
        fast_retransmissions: 0,
        spurious_retransmissions: 0,
        duplicate_acks: 0,
        smallest_repeated: None,
        out_of_order: 0,
        zero_windows: 0,
        full_windows: 0,
        lost_segments: 0,
        keep_alives: 0,
        conflicting_overlaps: 0,
        out_of_window: 0,
    };
}

/// The first RST of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Who sent it, by its source address.
    pub by: Side,
    /// The packet.
    pub at: Arrival,
    /// Its time to live, to be held against `Traffic::ttl`.
    pub ttl: u8,
    /// It answered a SYN: nothing listens, or a firewall rejects.
    pub refused_syn: bool,
}

impl Traffic {
    /// The first FIN that was captured.
    pub fn captured_fin(&self) -> Option<Arrival> {
        self.fin.filter(|_| !self.fin_is_unseen)
    }

    /// How many hops further or nearer than any other of its packets one with this time to live began.
    pub fn hops_apart(&self, ttl: u8) -> u8 {
        self.ttl
            .map_or(0, |(smallest, largest)| smallest.saturating_sub(ttl).max(ttl.saturating_sub(largest)))
    }
}

impl TcpHandshake {
    /// From the capturing place to the server and back: SYN to SYN/ACK; `None` where either was repeated, for nobody knows
    /// which answers which (RFC 6298, section 3).
    pub fn server_round_trip(&self) -> Option<Duration> {
        let once = self.syns == 1 && self.syn_acks == 1;
        Some(self.syn_ack?.time.since(self.syn?.time)).filter(|_| once)
    }

    /// The same to the client and back: SYN/ACK to its acknowledgement.
    pub fn client_round_trip(&self) -> Option<Duration> {
        Some(self.established?.time.since(self.syn_ack?.time)).filter(|_| self.syn_acks == 1)
    }
}

impl Connection {
    /// Only SYNs came, and nothing answered. A client that goes on had an answer, captured or not.
    pub fn is_unanswered(&self) -> bool {
        let handshake = &self.handshake;
        let only_syns =
            self.from_client.packets == u64::from(handshake.syns) && self.from_client.first_data.is_none();
        handshake.syn.is_some() && handshake.syn_acks == 0 && self.from_server.packets == 0 && only_syns
    }

    /// The client goes on behind its SYN, and the capture has nothing of the server: of a capture of what comes to the server alone this is how a
    /// completed handshake looks.
    pub fn goes_on_unanswered(&self) -> bool {
        let handshake = &self.handshake;
        let goes_on = self.from_client.packets > u64::from(handshake.syns);
        let is_alone = handshake.syn_acks == 0 && self.from_server.packets == 0;
        handshake.syn.is_some() && is_alone && goes_on && self.from_client.first_data.is_some()
    }

    /// Whether the handshake was completed: who says something had heard that the other side is there. A capture of what leaves the server alone
    /// lacks the client's word.
    pub fn is_established(&self) -> bool {
        self.handshake.established.is_some()
            || self.handshake.syn_ack.is_some() && self.from_server.first_data.is_some()
    }

    /// The server answered, repeated its answer, and never heard of the client again.
    pub fn is_never_completed(&self) -> bool {
        self.handshake.syn_acks >= 2 && !self.is_established()
    }

    /// The RST that answered the SYN.
    pub fn refused_at(&self) -> Option<Arrival> {
        self.reset.filter(|reset| reset.refused_syn).map(|reset| reset.at)
    }

    /// Whether `side` had closed before it heard what its peer sent: of two packets that cross, the way there and back lies between them or more. It is
    /// taken a quarter shorter than the TCP handshake took, which no other packet needs to.
    pub fn closed_unheard(&self, side: Side, closed: Arrival, sent: Arrival) -> bool {
        let round_trip = match side {
            Side::Client => self.handshake.client_round_trip(),
            Side::Server => self.handshake.server_round_trip(),
        };
        let on_the_way = |round_trip| closed.time.since(sent.time) * 4 < round_trip * 3;
        sent > closed || round_trip.is_some_and(on_the_way)
    }

    /// How many bytes the client had said when it gave up waiting, of which not one arrived: its close comes behind a hole from the stream's beginning on, and
    /// the server, which had the close, says that it lacks all before it. Whoever leaves at once has waited for nothing.
    pub fn unheard_bytes(&self) -> Option<u64> {
        const WAITED: Duration = Duration::SECOND;
        let (client, server) = (&self.from_client, &self.from_server);
        let lost = client.anomalies.never_arrived;
        let is_all = lost > 0 && client.first_data.is_none() && client.stream_bytes == lost;
        let says_nothing = server.first_data.is_none() && server.stream_bytes == 0;
        let Some((Side::Client, End::Fin, closed)) = self.closed_first() else { return None };
        let has_waited = closed.time.since(self.handshake.syn_ack?.time) >= WAITED;
        (self.handshake.syn.is_some() && is_all && says_nothing && has_waited).then_some(lost)
    }

    /// When the client asked for it, as near as the capture tells: its SYN, else what answered that.
    pub fn asked_at(&self) -> Option<Arrival> {
        self.handshake.syn.or(self.handshake.syn_ack).or(self.refused_at())
    }

    /// The address of `side`.
    pub fn address(&self, side: Side) -> IpAddr {
        match side {
            Side::Client => self.client.ip(),
            Side::Server => self.server.ip(),
        }
    }

    /// What `side` sent.
    pub fn traffic(&self, side: Side) -> &Traffic {
        match side {
            Side::Client => &self.from_client,
            Side::Server => &self.from_server,
        }
    }

    /// Takes the roles for the other way round, where what the sides say shows that they were guessed wrong.
    pub fn swap_roles(&mut self) {
        std::mem::swap(&mut self.client, &mut self.server);
        std::mem::swap(&mut self.from_client, &mut self.from_server);
        std::mem::swap(&mut self.numbers.client, &mut self.numbers.server);
        if let Some(reset) = &mut self.reset {
            reset.by = reset.by.peer();
        }
        if let Some(icmp) = &mut self.icmp {
            icmp.about = icmp.about.peer();
        }
    }

    /// Whether a device on the path forged the RST that ended it: the RST came over another number of hops than the packets of its alleged
    /// sender. One hop of difference proves nothing: a host answers in this way for a container that is gone, and paths change. Neither
    /// do the IP identification and the window: in the RSTs that Linux itself sends, both are 0.
    pub fn reset_is_forged(&self) -> bool {
        self.reset
            .is_some_and(|reset| !reset.refused_syn && self.traffic(reset.by).hops_apart(reset.ttl) >= 2)
    }

    /// The RST by which the server ended what it had not refused.
    pub fn reset_by_server(&self) -> Option<Reset> {
        self.reset.filter(|reset| reset.by == Side::Server && !reset.refused_syn)
    }

    /// Whether the server's RST was lost on its way: the client goes on saying what it said, for longer than what was under way already may take.
    pub fn reset_is_unheard(&self) -> bool {
        /// The soonest that TCP sends again what nobody acknowledges (Linux: `TCP_RTO_MIN`).
        const SOONEST: Duration = Duration::from_milliseconds(200);
        let Some(reset) = self.reset_by_server() else {
            return false;
        };
        let round_trip = self.handshake.client_round_trip().unwrap_or(Duration::SECOND);
        let under_way = SOONEST.max(round_trip * 2);
        self.from_client.last_data.is_some_and(|said| said.time.since(reset.at.time) > under_way)
    }

    /// Whether its client knew of no such connection any more: its RST acknowledges nothing of what the server had sent, and no FIN came before it. Whoever
    /// reads no more acknowledges by the RST itself what came (RFC 9293, 3.10.7). What said that the connection was over was lost on the way.
    pub fn client_was_gone(&self) -> bool {
        self.reset.is_some_and(|reset| reset.by == Side::Client)
            && self.from_client.fin.is_none()
            && !self.from_server.all_acknowledged
            && !self.reset_is_forged()
    }

    /// Who closed first, and how; `None` where neither FIN nor RST was captured.
    pub fn closed_first(&self) -> Option<(Side, End, Arrival)> {
        let fin = |side: Side| self.traffic(side).fin.map(|at| (side, End::Fin, at));
        let reset = self.reset.map(|reset| (reset.by, End::Reset { by: reset.by }, reset.at));
        // The packet that acknowledges a FIN may be a FIN itself, and the first of both is the one that it answers.
        let is_later = |side: Side, how: End| how != End::Fin || !self.traffic(side).fin_is_unseen;
        let ends = [fin(Side::Client), fin(Side::Server), reset].into_iter().flatten();
        ends.min_by_key(|&(side, how, at)| (at, is_later(side, how)))
    }
}
