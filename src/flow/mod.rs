//! TCP connections: identity, roles, reassembly, timings, loss, and who closed and how.

pub mod analysis;
pub mod application;
mod clock;
mod community_id;
pub mod connection;
mod delivered;
pub mod facts;
mod key;
pub mod limits;
mod live;
mod recent;
mod stream;
pub mod streams;
pub mod table;

pub use application::{Application, Arrival, End, Gap, PacketId, Side};
pub use clock::Clock;
pub use community_id::community_id;
pub use connection::{Connection, Handshake, IcmpError, InitialNumbers, Reset, SeenIn, Traffic};
pub use facts::Facts;
pub use limits::Limits;
pub use streams::StreamIndex;
pub use table::{Opening, Table};
