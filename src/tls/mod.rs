//! TLS as far as it is in the clear: handshakes, certificates, alerts, and when encryption began.

mod probe;

pub(crate) use probe::LARGEST_RECORD;
pub use probe::{Probe, looks_like_client_hello, probe};
