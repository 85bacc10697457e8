//! TCP connections: identity, roles, reassembly, timings, loss, and who closed and how.
//!
//! The way of a segment, and the order in which to read the files: `table` finds its connection by its ends (`key`,
//! `open_connections`), which begins with it where there is none; `live` takes it, most of them the short way (`live::expected`), judges it
//! by those before it (`analysis`, `copies`, `recent`) and counts it (`counting`, `receive_window`); `reassembly` puts its bytes in their place
//! (`origin`, `early`, `delivered`) and hands them to whoever reads the connection (`application`). Once it is closed it
//! rests (`live::resting`), and when its time is over (`clock`, `sweep`), it leaves as a `connection`.

pub(crate) mod analysis;
pub(crate) mod application;
pub(crate) mod arrival;
mod clock;
mod community_id;
pub(crate) mod connection;
mod copies;
mod counting;
mod delivered;
mod early;
pub(crate) mod facts;
mod half_open;
pub(crate) mod icmp_error;
mod key;
pub(crate) mod limits;
mod live;
mod open_connections;
mod origin;
mod reassembly;
mod receive_window;
mod recent;
pub(crate) mod side;
pub(crate) mod stream_index;
mod sweep;
pub(crate) mod table;

pub use application::{Application, Applications, Opening};
pub use arrival::{Arrival, PacketId};
pub use clock::CaptureClock;
pub use community_id::community_id;
pub use connection::{Anomalies, Connection, Traffic};
pub use facts::Facts;
pub use icmp_error::IcmpError;
pub use limits::TableLimits;
pub use side::{End, Gap, Side};
pub use stream_index::StreamIndex;
pub use table::ConnectionTable;
