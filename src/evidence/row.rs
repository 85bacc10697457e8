//! The rows of evidence: what each source says, with the place where it says it.

use super::failure::Failure;
use super::place::{InputId, Place};
use super::sightings::ConnectionPlace;
use super::view::Group;
use crate::flow::{Arrival, Connection, End, Side};
use crate::har;
use crate::http::exchange::Exchange;
use crate::logs::{AccessLine, EdgeRecord, MessageLine};
use crate::time::{SECOND, Time};
use crate::tls;

/// A connection that failed, or that carries an exchange worth keeping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRow {
    /// The files of its capture set in time order; `PacketId::file` is an index into it.
    pub files: Vec<InputId>,
    /// Whose connection it is.
    pub group: Group,
    /// The connection.
    pub connection: Connection,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its TLS handshake.
    pub tls: Option<Box<tls::Handshake>>,
    /// The exchanges kept: those that failed, those of rays that failed elsewhere, and the last one before a close.
    pub exchanges: Vec<KeptExchange>,
    /// All its exchanges, kept or not.
    pub exchange_count: u32,
    /// When the last complete response ended.
    pub last_response_end: Option<Arrival>,
    /// The capture's last packet: silence up to here is no proof of silence after it.
    pub capture_end: Time,
    /// Where else the same connection was captured (`correlate::vantage`).
    pub also: Vec<ConnectionPlace>,
    /// What went missing between here and there.
    pub between: Vec<Between>,
}

/// Something that one place saw of a connection, and another on its way, which looked meanwhile, did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Between {
    /// What it was.
    pub missing: Missing,
    /// A packet of it, or of its connection, where it was seen.
    pub place: Place,
    /// The captures that do not hold it.
    pub not_in: Vec<InputId>,
    /// Of the other connections at the place where it was seen, so many are in the captures that do not hold it.
    pub shared: (u64, u64),
    /// Those captures say that they lost no packet.
    pub surely: bool,
}

/// What went missing between two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// All SYNs, so many of them.
    Syns(u32),
    /// The answer to the SYN.
    SynAck,
    /// So many bytes at the end of what the client sent.
    FromClient(u64),
    /// So many bytes at the end of what the server sent.
    FromServer(u64),
}

/// What a connection speaks, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// No byte came from either side.
    Silent,
    /// HTTP/1.
    Http,
    /// TLS.
    Tls,
    /// Something else.
    Other,
}

/// An exchange with what its neighbours on the connection tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptExchange {
    /// The exchange.
    pub exchange: Exchange,
    /// The end of the complete response before it on the connection.
    pub previous_end: Option<Arrival>,
    /// Nanoseconds from the end of the response before it to its own request: the connection's idle age.
    pub idle_before: Option<i64>,
    /// How it failed, by what the packets show.
    pub failure: Option<Failure>,
}

/// A line of an origin's access log.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub line: AccessLine,
}

/// A line of an error or system log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub line: MessageLine,
}

/// A record of the edge's log.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub record: EdgeRecord,
}

/// An entry of a HAR file.
#[derive(Clone, Debug, PartialEq)]
pub struct HarRow {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub entry: har::Entry,
}

/// A setting read from a configuration file among the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// Where it stands.
    pub place: Place,
    /// Its directive.
    pub directive: String,
    /// Its value, as written.
    pub value: String,
}

impl ConnectionRow {
    /// The file in which it begins.
    pub fn input(&self) -> InputId {
        self.place(self.connection.first).input()
    }

    /// Whether the server asked for a client certificate in the clear, and the client sent none.
    pub fn client_sent_no_certificate(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| {
            tls.certificate_request.is_some()
                && tls.client_certificate.as_ref().is_some_and(|sent| sent.certificates == 0)
        })
    }

    /// Whether the RST that ended it came another way than its sender's own packets: a device between forged it. One hop is no sign: a
    /// host answers so for a container that is gone, and a path may change. Neither is the identification or the window: Linux sends an
    /// RST of its own without either.
    pub fn reset_is_forged(&self) -> bool {
        self.connection.reset.is_some_and(|reset| {
            !reset.refused_syn && self.connection.traffic(reset.by).hops_apart(reset.ttl) >= 2
        })
    }

    /// Nanoseconds for which the server ignored the first request although the handshake was complete: the request was sent at least
    /// three times before its acknowledgement, if that ever came.
    pub fn first_request_ignored(&self) -> Option<i64> {
        let first = self.exchanges.first().filter(|kept| kept.exchange.number == 1)?;
        let request = first.exchange.request.as_ref()?;
        let until = request.acknowledged.map_or(self.connection.last.time, |at| at.time);
        let repeated = self.connection.handshake.established.is_some()
            && self.connection.from_client.retransmissions >= 2;
        Some(until.since(request.first.time)).filter(|ignored| repeated && *ignored >= SECOND)
    }

    /// Whether connecting or the handshake failed, so that no request could be made.
    pub fn failed_before_request(&self) -> bool {
        let connection = &self.connection;
        let refused = connection.reset.is_some_and(|reset| reset.refused_syn);
        let unanswered = connection.is_unanswered();
        refused
            || unanswered
            || connection.handshake.is_never_completed()
            || self.tls.as_ref().is_some_and(|tls| handshake_failed(tls))
    }

    /// The place of one of its packets.
    pub fn place(&self, at: Arrival) -> Place {
        let input = self.files.get(at.packet.file as usize).copied().unwrap_or_default();
        let seen = self.connection.seen_in.iter().find(|seen| seen.file == at.packet.file);
        Place::Packet { input, frame: at.packet.frame, stream: seen.map(|seen| seen.stream) }
    }
}

/// A ClientHello that was answered in plain text, by a fatal alert, by a close, or after its sender had gone.
fn handshake_failed(tls: &tls::Handshake) -> bool {
    let closed = |side| match tls.ended.of(side) {
        Some((End::Fin | End::Reset { .. }, at)) => Some(*at),
        _ => None,
    };
    let answered = tls.server_hello.as_ref().map(|hello| hello.at);
    let gone = [closed(Side::Client), closed(Side::Server)].into_iter().flatten().min();
    let unanswered = gone.is_some_and(|gone| answered.is_none_or(|answered| answered > gone));
    let refused = tls.alerts.iter().any(|alert| alert.level == tls::AlertLevel::Fatal);
    tls.client_hello.is_some() && (tls.plaintext_reply.is_some() || refused || unanswered)
}

impl SettingRow {
    /// Its value as a duration in seconds, as nginx writes one (`65`, `65s`, `2m`, `500ms`); `None` where it is none.
    pub fn seconds(&self) -> Option<f64> {
        let first = self.value.split_whitespace().next()?;
        let digits = first.len() - first.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = first.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let scale = match unit {
            "" | "s" => 1.0,
            "ms" => 0.001,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        Some(number * scale)
    }
}
