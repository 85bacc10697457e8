//! What can happen to a failing request, in one word without a why: where it ended, who ended it, and how.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The SYN was answered by RST.
    Refused,
    /// The SYN was answered by an ICMP error that a host or a firewall sends (port unreachable, prohibited).
    Rejected,
    /// A router said that it has no way there.
    Unreachable,
    /// No SYN was ever answered.
    Unanswered,
    /// The origin answered the SYN, again and again, and no acknowledgement came.
    Unacknowledged,
    /// The request was sent on an open connection, and nothing came back any more, not even its acknowledgement.
    Unheard,
    /// The origin ended the handshake by an alert.
    HandshakeRefused,
    /// The edge ended the handshake by an alert, or says that the certificate is not valid.
    CertificateRefused,
    /// The origin closed within the handshake.
    HandshakeClosed,
    /// The connection was reset within the handshake.
    HandshakeReset,
    /// The handshake was never answered.
    HandshakeSilent,
    /// The handshake was answered in plain text.
    HandshakePlaintext,
    /// The handshake failed; how, no source tells.
    HandshakeFailed,
    /// The origin closed in order without a byte of an answer.
    Closed,
    /// The connection was reset before any byte of an answer.
    Reset,
    /// The request was taken, and no answer came until the edge gave up.
    Silent,
    /// The origin ended the request's stream by RST_STREAM, or refused it by GOAWAY, before any byte of an answer.
    StreamReset,
    /// The edge could not use what came over HTTP/2: it ended the stream or the connection with an error, or a rule of HTTP/2 is broken.
    StreamRefused,
    /// The origin answered in full, and the edge says that nothing came that it could use.
    Undelivered,
    /// The edge could not use what the origin did; what that was, no source tells.
    Unusable,
    /// The head of the answer breaks the grammar.
    BadHead,
    /// The length of the answer's body is told wrongly.
    BadLength,
    /// The head of the answer is larger than the edge takes.
    HeadTooLarge,
    /// The answer was cut short.
    Cut,
    /// An answer came whose status says that it failed (5xx).
    Status,
    /// The origin refused the request (4xx by rule 4 of docs/failures.md).
    Refusal,
    /// The origin sent the visitor back to the URL that was asked for.
    Redirected,
    /// The visitor left first.
    Left,
    /// The edge answered by itself and asked no origin.
    EdgeMade,
}

/// The families of outcomes: the first fork of the tree of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// The request did not reach the origin.
    NotReached,
    /// The handshake broke.
    HandshakeBroken,
    /// No byte of an answer came.
    NoAnswer,
    /// An answer came that the edge cannot use.
    BadAnswer,
    /// An answer came that says failure, or the visitor did not wait for it.
    Status,
    /// The edge answered by itself.
    MadeByEdge,
    /// No source tells.
    NotSeen,
}

/// The source that an outcome was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldFrom {
    /// Packets at or before the origin.
    Packets,
    /// The edge's record, or its answer as the browser has it.
    Edge,
    /// The same, of a status that an origin may have sent or the edge itself: nothing at hand has a part of an origin in it.
    EdgeAlone,
    /// The origin's own line.
    OriginLog,
}

impl Outcome {
    /// Its family.
    pub fn family(self) -> Family {
        match self {
            Outcome::Refused
            | Outcome::Rejected
            | Outcome::Unreachable
            | Outcome::Unanswered
            | Outcome::Unacknowledged
            | Outcome::Unheard => Family::NotReached,
            Outcome::HandshakeRefused
            | Outcome::CertificateRefused
            | Outcome::HandshakeClosed
            | Outcome::HandshakeReset
            | Outcome::HandshakeSilent
            | Outcome::HandshakePlaintext
            | Outcome::HandshakeFailed => Family::HandshakeBroken,
            Outcome::Closed
            | Outcome::Reset
            | Outcome::Silent
            | Outcome::StreamReset
            | Outcome::Undelivered => Family::NoAnswer,
            Outcome::StreamRefused
            | Outcome::BadHead
            | Outcome::BadLength
            | Outcome::HeadTooLarge
            | Outcome::Cut => Family::BadAnswer,
            Outcome::Status | Outcome::Refusal | Outcome::Redirected | Outcome::Left => Family::Status,
            Outcome::EdgeMade => Family::MadeByEdge,
            Outcome::Unusable => Family::NotSeen,
        }
    }
}
