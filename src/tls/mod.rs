//! TLS as far as it is in the clear: handshakes, certificates, alerts, and when encryption began.
//!
//! A [`TlsConversation`] cuts each side's stream into records (`records`), puts handshake messages together out of them (`assembly`), reads
//! these with tls-parser (`messages`), and keeps what they say (`negotiation`).

mod assembly;
mod certificates;
pub(crate) mod conversation;
pub(crate) mod handshake;
mod hello;
mod messages;
mod names;
mod negotiation;
mod probe;
mod records;
mod ssl2;
mod turns;

pub use conversation::TlsConversation;
pub use handshake::{Alert, AlertLevel, Certificate, ClientHello, Handshake, HandshakeState};
pub use names::alert_name;
pub use probe::{Probe, begins_tls, probe};
pub use turns::Turn;
