//! The engine that reads the inputs and fills partials: the rounds ([`Round`]), and the extraction from captures, logs and HAR files. Where
//! every row is wanted, `every_row` goes over the inputs once more.
//!
//! The way of a packet, and the order in which to read the files: `passes` hands over the captures of a set; `set_reading` has [`capture`] read them as
//! one where they follow each other, each file by all threads (`side_by_side`, `in_turn`); `batch` walks over the packets of a block and says which shard takes each (`sharding`); `shard`
//! decodes it and gives it to its flow table; `dialogue` has what the connection says read (`speaks`), and gives what went well, and arrived (`delivery`), to
//! `healthy`; `closed`
//! takes the connection when it is over, counts it (`census`) and makes a row of what is worth keeping (`kept_connections`). All that a shard's connections
//! write to is its `collector`, handed down with every packet; what all shards only look up is `given`. `key_logs` come before captures; what their secrets
//! open goes through `inside` to the same readers.

mod attempts;
mod batch;
pub mod browser;
pub mod capture;
mod capture_sets;
mod census;
mod closed;
mod collector;
mod crowded;
mod delivery;
mod dialogue;
mod document;
mod every_row;
mod given;
mod healthy;
mod in_turn;
mod inputs;
mod inside;
mod kept_connections;
mod key_logs;
pub mod log;
mod opened;
mod order;
mod passes;
mod reference;
mod refused;
mod rounds;
mod row_taker;
mod second_look;
mod seen;
mod seen_packets;
pub mod set_reading;
mod shard;
mod sharding;
mod side_by_side;
mod speaks;
mod spoken;
mod unnamed;
mod without_rays;

pub use inputs::{Extraction, Inputs, ReadProgress};
pub use order::extract;
pub use passes::{Passes, RoundWork, Unit};
pub use rounds::{KnownSoFar, Round};
pub use row_taker::{RowTaker, Rows};
pub use set_reading::ReadingStore;
