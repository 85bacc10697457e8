//! Packets: from a link type and captured bytes to a TCP segment, or to an ICMP error that quotes one.
//!
//! A loop of *(layer, bytes) → next layer*, in which every encapsulation is one arm. etherparse reads the headers of Ethernet, VLAN,
//! MACsec, IP and its extensions, UDP, ICMP and the options of TCP. The loop is ours, and so are the headers that etherparse does not
//! know (cooked captures, labels, tunnels), lengths where a snap length cut, and a short way for plain packets.

mod bytes;
mod carried;
pub(crate) mod decode;
mod ether;
mod ether_types;
mod fragment;
pub(crate) mod fragments;
pub(crate) mod icmp;
mod internet;
mod layer;
mod link;
pub mod link_types;
mod parts;
mod passed;
mod plain;
pub(crate) mod segment;
mod tally;
mod tcp;
mod tunnel;
mod written;

pub use carried::Carried;
pub use decode::{decode, plain_ends};
pub use fragments::{Datagram, Fragments};
pub use icmp::IcmpReport;
pub use segment::{Flags, Options, Segment};
pub use tally::Tally;
