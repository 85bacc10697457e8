//! TCP connections: identity, roles, reassembly, timings, loss, and who closed and how.

pub mod application;
pub mod connection;

pub use application::{Application, Arrival, End, Gap, PacketId, Side};
pub use connection::{Connection, Handshake, IcmpError, Reset, SeenIn, Traffic};
