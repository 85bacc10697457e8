//! TLS: handshakes, certificates, alerts, and when encryption began; what is encrypted where the session's secrets are known.
//!
//! A [`TlsConversation`] cuts each side's stream into records (`records`), puts handshake messages together out of them (`assembly`), reads
//! these with tls-parser (`messages`), and keeps what they say (`negotiation`). Secrets come from key logs (`key_log`, `secrets`); protected records are
//! opened with them (`opener`, `protection`), and what they hold goes to the same readers, and to [`Above`] as a stream of its own.

mod above;
mod assembly;
mod blocks;
mod certificates;
pub(crate) mod conversation;
mod derivation;
mod details;
mod early;
mod fingerprint;
mod flight;
mod found;
pub(crate) mod handshake;
mod heard;
mod hello;
mod inside_http2;
mod key_log;
mod marks;
mod messages;
mod names;
mod negotiation;
mod observations;
mod opener;
mod probe;
mod protected_stream;
mod protection;
mod records;
mod said;
mod secrets;
mod ssl2;
mod suites;
mod trust;
mod turns;
mod written;

pub use above::Above;
pub use conversation::TlsConversation;
pub use details::{CertificateDetails, fingerprint};
pub use found::{FoundSessions, NotOpened};
pub use handshake::{
    Alert, AlertLevel, BySide, Certificate, ClientHello, CutLeaf, CutSubject, EarlyData, Handshake,
    HandshakeState, ProtectedFlight, PublicKey,
};
pub use key_log::KeyLog;
pub use marks::{HelloMarks, group_name};
pub use names::alert_name;
pub(crate) use names::{is_about_certificate, may_be_about_certificate};
pub(crate) use observations::any_covers;
pub use observations::{CertificateFault, certificate_faults};
pub use probe::{Probe, begins_client_hello, begins_tls, probe};
pub use secrets::{ClientRandom, Secret, SecretUse, SessionNumber, SessionSecrets, Sessions};
pub use trust::{Trust, trust};
pub use turns::Turn;
