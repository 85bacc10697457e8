//! TLS as far as it is in the clear: handshakes, certificates, alerts, and when encryption began.
//!
//! A [`Conversation`] cuts each side's stream into records (`records`), puts handshake messages together out of them (`assembly`), reads
//! these with tls-parser (`messages`), and keeps what they say (`negotiation`).

mod assembly;
mod certificates;
pub mod conversation;
pub mod handshake;
mod hello;
mod messages;
mod names;
mod negotiation;
mod probe;
mod records;
mod ssl2;

pub use conversation::Conversation;
pub use handshake::{
    Alert, AlertLevel, BySide, Certificate, ClientCertificate, ClientHello, Handshake, HandshakeState,
    Reason, ServerHello, Unread,
};
pub use names::{alert_name, cipher_suite_name, version_name};
pub use probe::{Probe, begins_tls, looks_like_client_hello, probe};
