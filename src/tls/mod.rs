//! TLS as far as it is in the clear: handshakes, certificates, alerts, and when encryption began.

pub mod conversation;
mod flight;
pub mod handshake;
mod messages;
mod names;
mod probe;
mod records;
mod ssl2;

pub use conversation::Conversation;
pub use handshake::{
    Alert, BySide, Certificate, ClientCertificate, ClientHello, Handshake, Reason, ServerHello, State, Unread,
};
pub use names::{alert_name, cipher_suite_name, version_name};
pub use probe::{Probe, begins_tls, looks_like_client_hello, probe};
