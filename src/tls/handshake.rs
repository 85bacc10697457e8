//! What is known of a TLS handshake when its connection is over.

use serde::{Deserialize, Serialize};

use super::marks::HelloMarks;
use super::names::TLS13;
use super::turns::{PROTECTED_ALERT, Turn};
use crate::flow::{Arrival, End, Side};
use crate::time::Time;

/// One value for each side of a connection, in the flow's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BySide<T> {
    /// The side that the flow calls the client.
    pub client: T,
    /// The side that the flow calls the server.
    pub server: T,
}

impl<T> BySide<T> {
    /// This side's.
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// This side's, to be changed.
    pub fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// The server's protected records before the client's first one, up to its Finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedFlight {
    /// How many.
    pub records: u8,
    /// Payload of the last of them.
    pub last: u16,
}

/// A handshake as far as it was in the clear, or was opened with the session's secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// The side (in the flow's terms) that sent the ClientHello; without one, the flow's client.
    pub client_side: Side,
    /// The first ClientHello.
    pub client_hello: Option<ClientHello>,
    /// The ServerHello; after a HelloRetryRequest the second one, if it came.
    pub server_hello: Option<ServerHello>,
    /// The server's certificates in wire order, the leaf first. TLS 1.3 hides them from those without the secrets.
    pub certificates: Vec<Certificate>,
    /// What a message with them still tells of the leaf where its end was not captured.
    pub cut_leaf: Option<CutLeaf>,
    /// The server asked for a client certificate. TLS 1.3 hides it, too.
    pub certificate_request: Option<Arrival>,
    /// The client's answer to that.
    pub client_certificate: Option<ClientCertificate>,
    /// Alerts that could be read, in the order of the capture.
    pub alerts: Vec<Alert>,
    /// Alert records that could not be opened. TLS 1.3 sends its encrypted alerts as application data: see
    /// `first_protected`.
    pub encrypted_alerts: BySide<u32>,
    /// The first packet with something encrypted (or with TLS 1.2's ChangeCipherSpec).
    pub encrypted: Option<Arrival>,
    /// Payload of application data records (type 23), as encrypted. In TLS 1.3 this holds the encrypted part of the handshake.
    pub application_data_bytes: BySide<u64>,
    /// Each side's first application data record: its packet and payload length. In TLS 1.3 a client whose first is of 19 bytes
    /// has sent an alert (2 bytes, the inner type and a tag of 16), where a Finished has 53 or 69.
    pub first_protected: BySide<Option<(Arrival, u16)>>,
    /// The server's application data records before the client's first one.
    pub flight: ProtectedFlight,
    /// The server's first application data record after the client's first one: its packet and payload length. In TLS 1.3 servers send session
    /// tickets once the client's Finished is good (RFC 8446, 4.6.1); an alert there says that it was not, or closes the connection.
    pub first_after_finished: Option<(Arrival, u16)>,
    /// What the client said last inside, as far as sizes and order tell.
    pub last_turn: Option<Turn>,
    /// The packet in which the server's last answer inside begins.
    pub last_answer: Option<Arrival>,
    /// The first packet in which something was opened with the session's secrets.
    pub opened: Option<Arrival>,
    /// The packet in which each side said Finished, where that was opened.
    pub finished: BySide<Option<Arrival>>,
    /// Of what was opened, and of what is missing between: bytes that both sides said to each other.
    pub inside_bytes: BySide<u64>,
    /// The server answered the ClientHello with bytes that are no TLS record: the packet and the first 64 bytes.
    pub plaintext_reply: Option<(Arrival, Vec<u8>)>,
    /// What became of early data, where the client offered to send any.
    pub early_data: Option<EarlyData>,
    /// Where the handshake stood when the connection ended.
    pub state: HandshakeState,
    /// What could not be read, where anything could not.
    pub unread: Option<Unread>,
    /// How each side's stream ended; `None` where the flow did not say.
    pub ended: BySide<Option<(End, Arrival)>>,
}

impl Handshake {
    /// Of which nothing is known. The client is taken to be the flow's.
    pub(super) fn new() -> Handshake {
        Handshake {
            client_side: Side::Client,
            client_hello: None,
            server_hello: None,
            certificates: Vec::new(),
            cut_leaf: None,
            certificate_request: None,
            client_certificate: None,
            alerts: Vec::new(),
            encrypted_alerts: BySide::default(),
            encrypted: None,
            application_data_bytes: BySide::default(),
            first_protected: BySide::default(),
            flight: ProtectedFlight::default(),
            first_after_finished: None,
            last_turn: None,
            last_answer: None,
            opened: None,
            finished: BySide::default(),
            inside_bytes: BySide::default(),
            plaintext_reply: None,
            early_data: None,
            state: HandshakeState::AwaitClientHello,
            unread: None,
            ended: BySide::default(),
        }
    }

    /// Whether certificates pass in the clear: up to TLS 1.2.
    pub fn shows_certificates(&self) -> bool {
        self.server_hello.as_ref().is_none_or(|hello| hello.version < TLS13)
    }

    /// The alert that ended the handshake. Who said Finished has nothing more to say against it; but in TLS 1.3 the server says that first, and judges
    /// the client's part when that may have asked already (RFC 8446, 2 and 4.4.2.4): it may refuse as long as it has answered nothing.
    pub fn fatal_alert(&self) -> Option<&Alert> {
        let server = self.client_side.peer();
        let answers_first = !self.shows_certificates() && *self.inside_bytes.of(server) == 0;
        self.alerts.iter().find(|alert| {
            let may_refuse = self.finished.of(alert.from).is_none_or(|finished| alert.at < finished);
            alert.level == AlertLevel::Fatal && (may_refuse || alert.from == server && answers_first)
        })
    }

    /// Whether an alert came when the side that it is for had closed: it answers that close (OpenSSL says decode_error to who leaves within a
    /// handshake), and is not what ended the handshake.
    pub fn answers_close(&self, alert: &Alert) -> bool {
        self.ended.of(alert.from.peer()).is_some_and(|(_, closed)| closed < alert.at)
    }

    /// Where TLS 1.3's client answers the server's flight by an alert and not by its Finished: it does not accept the certificate, or another
    /// part of the flight.
    pub fn client_refuses(&self) -> Option<Arrival> {
        self.protected_alert(self.first_protected.of(self.client_side).as_ref())
    }

    /// Where TLS 1.3's server answers the client's last flight by an alert, and by no session ticket before it: it does not accept what came, mostly
    /// for want of a client certificate. Servers that send no tickets look like this, too, when they close without an answer; but not where the sizes of
    /// their flight leave no room for a CertificateRequest.
    pub fn server_refuses(&self) -> Option<Arrival> {
        self.protected_alert(self.first_after_finished.as_ref()).filter(|_| !self.asked_for_nothing())
    }

    fn protected_alert(&self, record: Option<&(Arrival, u16)>) -> Option<Arrival> {
        let is_inferred = self.is_tls13() && self.opened.is_none();
        record.filter(|(_, length)| is_inferred && *length == PROTECTED_ALERT).map(|(at, _)| *at)
    }
}

/// What a handshake waits for (RFC 5246, 7.3; RFC 8446, 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HandshakeState {
    /// Nothing yet.
    AwaitClientHello,
    /// The server has not answered the ClientHello.
    AwaitServerHello,
    /// The server asked for another ClientHello (HelloRetryRequest).
    AwaitSecondClientHello,
    /// TLS 1.2: after the ServerHello.
    AwaitCertificate,
    /// TLS 1.2: the server's flight is not over.
    AwaitServerHelloDone,
    /// TLS 1.2: the server waits for the client's flight.
    AwaitClientKeyExchange,
    /// TLS 1.2: the sides have not both switched to encryption.
    AwaitChangeCipherSpec,
    /// The rest is encrypted: TLS 1.3 from the ServerHello on, TLS 1.2 from both ChangeCipherSpecs on.
    Encrypted,
    /// The server answered in another protocol.
    PlaintextReply,
}

/// Early data (RFC 8446, 2.3 and 4.2.10): what a client says behind its ClientHello, before the server has said anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EarlyData {
    /// The client offered it. What the server made of it, it says where only those with the secrets read it.
    Offered,
    /// The server took it.
    Accepted,
    /// The server passed over it: what it said counts only where the client says it again.
    Refused,
}

/// Why a part of a stream could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Whose stream.
    pub from: Side,
    /// The packet from which on, or which told that bytes are missing.
    pub at: Arrival,
    /// Why.
    pub why: Reason,
}

/// Why a part of a stream could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// Bytes of a handshake message were not captured.
    GapInHandshake,
    /// Bytes around a record's header were not captured; reading went on at the next certain record.
    GapBetweenRecords,
    /// Bytes that are no TLS record.
    NoRecord,
    /// A handshake message of more than 256 KiB, or one that cannot be read.
    BadMessage,
}

/// A ClientHello (RFC 8446, 4.1.2). Reserved values of RFC 8701 (GREASE) are left out of its lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientHello {
    /// The packet with its first byte.
    pub at: Arrival,
    /// The packet with its last byte; `None` where it never became whole, and then the rest is what could be read.
    pub complete: Option<Arrival>,
    /// The host it asks for (server_name).
    pub sni: Option<String>,
    /// Protocols it offers (ALPN), in order.
    pub alpn: Vec<String>,
    /// Versions it offers: supported_versions, or the one version of an older hello.
    pub versions: Vec<u16>,
    /// Cipher suites it offers, in order.
    pub cipher_suites: Vec<u16>,
    /// Bytes of the message, its own header included, as announced.
    pub bytes: u32,
    /// TLS records it was sent in, as far as it came.
    pub records: u32,
    /// TCP segments it was sent in, as far as it came. Post-quantum key shares make it two.
    pub segments: u32,
    /// When the server had acknowledged its last byte.
    pub acknowledged: Option<Arrival>,
    /// Of one that never became whole: when the server had acknowledged a part of it, if it never acknowledged all.
    pub part_acknowledged: Option<Arrival>,
    /// What tells its client; `None` where it was not read whole.
    pub marks: Option<Box<HelloMarks>>,
}

/// A ServerHello or HelloRetryRequest (RFC 8446, 4.1.3 and 4.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerHello {
    /// The packet with its last byte.
    pub at: Arrival,
    /// The version chosen: supported_versions, else the field.
    pub version: u16,
    /// The cipher suite chosen.
    pub cipher_suite: u16,
    /// The protocol chosen (ALPN). TLS 1.3 tells it in EncryptedExtensions, out of others' sight.
    pub alpn: Option<String>,
    /// Whether it can be told which protocol was chosen, or that none was.
    pub tells_alpn: bool,
    /// The server asked for another ClientHello first.
    pub hello_retry: bool,
}

/// A certificate's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PublicKey {
    /// RSA, with so many bits.
    Rsa(u32),
    /// On an elliptic curve of so many bits.
    Ec(u32),
    /// Another one, or one that cannot be read.
    Other,
}

/// A certificate of the server's chain (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Subject, as text.
    pub subject: String,
    /// Issuer, as text.
    pub issuer: String,
    /// Serial number: its bytes in hex, lower case.
    pub serial: String,
    /// Valid from.
    pub not_before: Time,
    /// Valid to.
    pub not_after: Time,
    /// DNS names it covers (subjectAltName).
    pub dns_names: Vec<String>,
    /// Subject and issuer are the same.
    pub self_issued: bool,
    /// Its public key.
    pub key: PublicKey,
    /// It is signed with SHA-1 or MD5, which others can forge.
    pub weakly_signed: bool,
    /// It could not be read; all else is then empty.
    pub unreadable: bool,
    /// The packet that completed the message it came in.
    pub at: Arrival,
    /// Its bytes (DER) as they were sent; empty once they are counted, and of a chain that is longer than any that is served in earnest.
    pub der: Box<[u8]>,
}

/// The server's own certificate as far as a cut message has it. Its parts stand in one order (RFC 5280, 4.1): issuer, validity, subject, key,
/// extensions, signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutLeaf {
    /// Issuer, as text.
    pub issuer: String,
    /// Valid from.
    pub not_before: Time,
    /// Valid to.
    pub not_after: Time,
    /// What stands behind the validity, where it came.
    pub subject: Option<CutSubject>,
    /// DNS names it covers, where the whole certificate came, and those behind it did not.
    pub dns_names: Option<Vec<String>>,
    /// The packet with the first byte of the message.
    pub at: Arrival,
}

/// For whom a certificate was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutSubject {
    /// As text.
    pub name: String,
    /// It is the issuer, too.
    pub is_issuer: bool,
}

/// The client's Certificate message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCertificate {
    /// The packet with its last byte.
    pub at: Arrival,
    /// Certificates in it: 0 is a refusal to send one.
    pub certificates: u32,
}

/// An alert (RFC 8446, 6), in the clear or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Who sent it, in the flow's terms.
    pub from: Side,
    /// Whether it ends the connection.
    pub level: AlertLevel,
    /// See [`super::alert_name`].
    pub description: u8,
    /// Anyone can read it in the capture.
    pub in_clear: bool,
    /// The packet.
    pub at: Arrival,
}

/// An alert's level (RFC 8446, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertLevel {
    /// The connection may go on.
    Warning,
    /// It ends.
    Fatal,
}
