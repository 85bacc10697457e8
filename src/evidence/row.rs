//! The rows of evidence: what each source says, and the place where it says so.

use std::cmp::Ordering;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::place::{InputId, Place};
use super::sightings::ConnectionPlace;
use super::view::Group;
use crate::flow::{Arrival, Connection, End, Side};
use crate::har;
use crate::http::Http2Facts;
use crate::http::exchange::Exchange;
use crate::logs::{AccessLine, ConfiguredProgram, EdgeRecord, EventLine, MessageLine, Setting};
use crate::memory::Seldom;
use crate::time::{Duration, Time};
use crate::tls;

/// So often at least a part of a ClientHello was sent again before it is called stuck,
const HELLO_REPEATED: u32 = 3;
/// and for so long: what a path lost by chance has come by then.
const HELLO_STUCK: Duration = Duration::from_seconds(3);

/// Exchanges of one connection that are kept though no other source asks for them by their rays. Those of servers that are asked to give up end after a
/// thousand (nginx's `keepalive_requests`); what is beyond is counted alone.
pub const MOST_EXCHANGES: usize = 10_000;

/// A connection that failed, or that carries an exchange worth keeping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// The files of its capture, in the order of time; [`PacketId::file`](crate::flow::PacketId::file) is an index into this list.
    pub files: Arc<[InputId]>,
    /// The group to which it belongs.
    pub group: Group,
    /// The connection.
    pub connection: Connection,
    /// The protocol that it speaks.
    pub protocol: Protocol,
    /// Its TLS handshake.
    pub tls: Option<Box<tls::Handshake>>,
    /// What it tells as HTTP/2 beside its exchanges.
    pub http2: Option<Box<Http2Facts>>,
    /// The exchanges that are kept: those that failed, and those that another source says failed.
    pub exchanges: Vec<KeptExchange>,
    /// Where the server says what is no HTTP, although the connection carries requests of HTTP/1: the first such packet.
    pub not_http: Option<Arrival>,
    /// Whether another source names the ray of one of its requests: then it is kept, however many there are.
    pub is_asked_for: bool,
    /// The number of all its exchanges, kept or not.
    pub exchange_count: u32,
    /// When the last complete response ended.
    pub last_response_end: Option<Arrival>,
    /// When the capture's last packet was captured. What came after it is unknown: silence until then may have ended.
    pub capture_end: Time,
    /// Where else the same connection was captured (`correlate::vantage`).
    pub also: Seldom<Vec<ConnectionPlace>>,
    /// What was lost between those places.
    pub between: Seldom<Vec<Between>>,
}

/// Something of a connection that one place saw and another place on the same path did not, although it was capturing at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// What it was.
    pub missing: Missing,
    /// A packet of it, or of its connection, at the place that saw it.
    pub place: Place,
    /// The captures that do not have it.
    pub not_in: Vec<InputId>,
    /// Of the other connections that the place saw: how many are in the captures that do not have it, and how many there are.
    pub shared: (u64, u64),
    /// Whether those captures say that they lost no packet.
    pub surely: bool,
}

/// What went missing between two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missing {
    /// All SYNs; their number.
    Syns(u32),
    /// The answer to the SYN.
    SynAck,
    /// The last bytes that the client sent; their number.
    FromClient(u64),
    /// The last bytes that the server sent; their number.
    FromServer(u64),
}

/// The protocol that a connection speaks, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// None: neither side sent a byte, or none inside TLS that was opened.
    Silent,
    /// HTTP/1 or HTTP/2, in the clear or inside TLS that was opened.
    Http,
    /// TLS in which no request could be read.
    Tls,
    /// The same, where another protocol was spoken first and changed to it (STARTTLS): mail, directories, databases. No edge speaks it.
    StartTls,
    /// Something else.
    Other,
}

/// An exchange, with what the exchange before it on the connection tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptExchange {
    /// The exchange.
    pub exchange: Exchange,
    /// The end of the last complete response before it on the connection.
    pub previous_end: Option<Arrival>,
    /// The last packet of an earlier answer on the connection after whose end more bytes came: then the answers are out of step.
    pub overrun_before: Option<Arrival>,
    /// How it failed, by the packets.
    pub failure: Option<Failure>,
}

/// An exchange by itself, healthy ones too, without the connection that carried it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRow {
    /// The files of the capture set.
    pub files: Arc<[InputId]>,
    /// The side that asked.
    pub client: SocketAddr,
    /// The side that answered.
    pub server: SocketAddr,
    /// The first packet of its connection.
    pub connection: Arrival,
    /// Wireshark's `tcp.stream` in the file of that packet.
    pub stream: Option<u32>,
    /// The exchange.
    pub exchange: Exchange,
    /// From the end of the response before it to its own request.
    pub idle_before: Option<Duration>,
    /// How it failed, by the packets.
    pub failure: Option<Failure>,
}

/// A line of an origin's access log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub line: AccessLine,
}

/// A line of an error or system log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub line: MessageLine,
}

/// A record of the edge's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EdgeRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub record: EdgeRecord,
}

/// An entry of a HAR file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HarRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub entry: har::Entry,
}

/// A setting read from a configuration file among the inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub setting: Setting,
}

/// A change that a list of events tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub event: EventLine,
}

impl KeptExchange {
    /// From the end of the response before it to its own request: the connection's idle age.
    pub fn idle_before(&self) -> Option<Duration> {
        let (request, end) = self.exchange.request.as_ref().zip(self.previous_end)?;
        Some(request.first.time.since(end.time).max(Duration::ZERO))
    }
}

impl ExchangeRow {
    /// The packet with which it begins.
    pub fn first(&self) -> Option<Arrival> {
        let request = self.exchange.request.as_ref().map(|request| request.first);
        request.or_else(|| self.exchange.response.as_deref().map(|response| response.first))
    }

    /// Where it begins. Of a connection that began in an earlier file, the number of its stream is not known here.
    pub fn place(&self) -> Option<Place> {
        let packet = self.first()?.packet;
        let input = self.files.get(packet.file() as usize).copied().unwrap_or_default();
        let stream = self.stream.filter(|_| packet.file() == self.connection.packet.file());
        Some(Place::Packet { input, frame: packet.frame(), stream })
    }
}

impl ConnectionRow {
    /// The order of rows: by capture, and in it by their first packets.
    pub fn order(&self, other: &ConnectionRow) -> Ordering {
        (&self.files, self.connection.first).cmp(&(&other.files, other.connection.first))
    }

    /// The file in which it begins.
    pub fn input(&self) -> InputId {
        self.place(self.connection.first).input()
    }

    /// Whether one of its requests is not the first that it carried: the capture may have begun after that.
    pub fn was_used_before(&self, kept: &KeptExchange) -> bool {
        kept.exchange.number > 1 || !self.connection.initiator_known
    }

    /// Its handshake, where it is one that an edge may have begun: TLS from the first bytes on, or behind a PROXY header.
    pub(super) fn edge_tls(&self) -> Option<&tls::Handshake> {
        self.tls.as_deref().filter(|_| self.protocol != Protocol::StartTls)
    }

    /// Whether the server asked for a client certificate in the clear, and the client sent none.
    pub fn client_sent_no_certificate(&self) -> bool {
        self.edge_tls().is_some_and(|tls| {
            tls.certificate_request.is_some()
                && tls.client_certificate.as_ref().is_some_and(|sent| sent.certificates == 0)
        })
    }

    /// When the server ended it, by FIN or by RST, unless it refused it.
    pub fn ended_by_server(&self) -> Option<Arrival> {
        let reset = self.connection.reset_by_server();
        [self.connection.from_server.fin, reset.map(|reset| reset.at)].into_iter().flatten().min()
    }

    /// How long the server ignored the first request although the handshake was complete: the request was sent at least
    /// three times before it was acknowledged, if it ever was.
    pub fn first_request_ignored(&self) -> Option<Duration> {
        let first = self.exchanges.first().filter(|kept| kept.exchange.number == 1)?;
        let request = first.exchange.request.as_ref()?;
        let until = request.acknowledged.map_or(self.connection.last.time, |at| at.time);
        let repeated = self.connection.handshake.established.is_some()
            && self.connection.from_client.retransmissions >= 2;
        Some(until.since(request.first.time)).filter(|ignored| repeated && *ignored >= Duration::SECOND)
    }

    /// How many of the requests that are kept of it failed by the packets.
    pub fn failed_requests(&self) -> usize {
        self.exchanges.iter().filter(|kept| kept.failure.is_some()).count()
    }

    /// Whether the connection or its TLS handshake failed, so that no request could be sent.
    pub fn failed_before_request(&self) -> bool {
        let connection = &self.connection;
        let refused = connection.refused_at().is_some();
        let unanswered = connection.is_unanswered();
        refused
            || unanswered
            || connection.is_never_completed()
            || connection.unheard_bytes().is_some()
            || self.edge_tls().is_some_and(|tls| handshake_failed(tls, connection))
            || self.hello_is_stuck()
            || self.answer_is_lost()
    }

    /// Whether the edge left when the server had said its part of the handshake, without having asked anything: so it may where it does not accept the
    /// certificate and gives no alert, and so it does when a visitor is gone.
    pub fn is_left_unasked(&self) -> bool {
        let Some(tls) = self.edge_tls().filter(|tls| tls.server_hello.is_some()) else { return false };
        let left = |side| side == tls.client_side;
        let asked = !self.exchanges.is_empty() || tls.last_turn.is_some();
        !asked && self.connection.closed_first().is_some_and(|(side, ..)| left(side))
    }

    /// Whether a device in between ended it before the edge had said anything that came through.
    pub fn is_cut_before_request(&self) -> bool {
        let is_silent = self.connection.traffic(Side::Client).stream_bytes == 0;
        is_silent && self.exchanges.is_empty() && self.connection.reset_is_forged()
    }

    /// Whether somebody broke it off before anything was answered, who was not the edge: a device in between, or the server, which did not accept the
    /// edge's last part of the handshake.
    pub fn is_broken_off(&self) -> bool {
        let refused = self.edge_tls().is_some_and(|tls| tls.server_refuses().is_some());
        refused || self.is_cut_before_request()
    }

    /// Whether a part of the ClientHello never arrives, and nobody closes: with the window of a sender whose data nobody acknowledges its FIN does
    /// not leave either. A hello that still may get through as the capture ends is none.
    pub fn hello_is_stuck(&self) -> bool {
        let Some(hello) = self.edge_tls().and_then(|tls| tls.client_hello.as_ref()) else { return false };
        let server = self.connection.traffic(Side::Server);
        let is_answered = server.packets == 0 || server.stream_bytes > 0;
        let last = self.connection.last.time;
        let is_repeated = self.connection.from_client.retransmissions >= HELLO_REPEATED
            && last.since(hello.at.time) >= HELLO_STUCK;
        let in_two = hello.complete.is_some() && hello.segments >= 2 && hello.acknowledged.is_none();
        let is_in_part = hello.part_acknowledged.is_some();
        let is_over = is_repeated || is_in_part && self.capture_end.since(last) >= HELLO_STUCK;
        !is_answered && self.connection.closed_first().is_none() && (in_two || is_in_part) && is_over
    }

    /// The place of one of its packets.
    pub fn place(&self, at: Arrival) -> Place {
        let input = self.files.get(at.packet.file() as usize).copied().unwrap_or_default();
        let seen = self.connection.seen_in.iter().find(|seen| seen.file == at.packet.file());
        Place::Packet { input, frame: at.packet.frame(), stream: seen.map(|seen| seen.stream) }
    }
}

/// Whether a ClientHello was answered in plain text, by a fatal alert, by a close, or only after its sender had closed. What the server sent and
/// the capture cut or lacks is an answer, too.
fn handshake_failed(tls: &tls::Handshake, connection: &Connection) -> bool {
    let closed = |side| match tls.ended.of(side) {
        Some((End::Fin | End::Reset { .. }, at)) => Some(*at),
        _ => None,
    };
    let gone = [Side::Client, Side::Server].into_iter().filter_map(|side| Some((closed(side)?, side))).min();
    let server = connection.traffic(tls.client_side.peer());
    let answered = match &tls.server_hello {
        Some(hello) => Some(hello.at),
        None if server.anomalies.lost_segments == 0 || server.stream_bytes == 0 => server.first_data,
        None => Some(connection.first),
    };
    let unheard = |(gone, side): (Arrival, Side), answered: Arrival| match side == tls.client_side {
        true => connection.closed_unheard(side, gone, answered),
        false => answered > gone,
    };
    let unanswered = server.packets > 0
        && gone.is_some_and(|gone| answered.is_none_or(|answered| unheard(gone, answered)));
    let refused = tls.client_refuses().is_some() || tls.fatal_alert().is_some();
    // A capture of what leaves the server alone has no ClientHello; who says nothing but that it breaks off was asked for more.
    let refuses_unseen = tls.client_hello.is_none()
        && tls.server_hello.is_none()
        && connection.initiator_known
        && connection.traffic(tls.client_side).packets == 0
        && tls.fatal_alert().is_some();
    refuses_unseen || tls.client_hello.is_some() && (tls.plaintext_reply.is_some() || refused || unanswered)
}

impl SettingRow {
    /// Its value in seconds, where it is a duration as its program writes it (`65`, `65s`, `2m`, `500ms`). HAProxy counts in milliseconds
    /// where no unit is written (its manual, 2.5 *Time format*), all others in seconds.
    pub fn seconds(&self) -> Option<f64> {
        let first = self.setting.value.split_whitespace().next()?;
        let digits = first.len() - first.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = first.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let scale = match unit {
            "" if self.setting.program == ConfiguredProgram::Haproxy => 0.001,
            "" | "s" => 1.0,
            "us" => 0.000_001,
            "ms" => 0.001,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        Some(number * scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_failures_fit_into_memory() {
        // A failing request keeps its record of the edge and its line of the origin.
        assert!(size_of::<EdgeRow>() <= 520, "{} bytes", size_of::<EdgeRow>());
        assert!(size_of::<AccessRow>() <= 416, "{} bytes", size_of::<AccessRow>());
        assert!(size_of::<MessageRow>() <= 392, "{} bytes", size_of::<MessageRow>());
        // Or, where it was captured, its connection and its exchange.
        assert!(size_of::<ConnectionRow>() <= 600, "{} bytes", size_of::<ConnectionRow>());
        assert!(size_of::<KeptExchange>() <= 312, "{} bytes", size_of::<KeptExchange>());
    }
}
