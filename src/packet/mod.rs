//! Packets: from a link type and captured bytes to a TCP segment, or to an ICMP error that quotes one.
//!
//! Own decoding, because the question here is narrow and the traps are many (snap lengths, cooked captures, offloaded
//! lengths, stacked tags): a loop of *(layer, bytes) → next layer* in which every encapsulation is one arm.

mod bytes;
pub mod decode;
pub mod fragments;
mod icmp;
mod internet;
mod layer;
mod link;
pub mod link_types;
mod parts;
pub mod segment;
mod tally;
mod tcp;
mod tunnel;

pub use decode::{Content, decode, plain_ends};
pub use fragments::{Datagram, Fragment, Fragments};
pub use icmp::{IcmpReport, Quoted};
pub use link_types::link_name;
pub use segment::{Flags, Options, Segment};
pub use tally::Tally;
