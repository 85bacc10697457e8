//! What a connection hands to the protocol above it, and who opens and takes back those protocols.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::arrival::Arrival;
use super::connection::Connection;
use super::delivered::Delivered;
use super::side::{End, Gap, Side};

/// A protocol that reads one connection. The flow calls these in the order in which a receiver would have learned of the bytes.
///
/// `Context` is what the protocols of many connections write to together, such as counts: it is handed down with every call, so that no
/// connection holds on to it. A protocol that keeps to itself takes any.
pub trait Application<Context = ()> {
    /// The next bytes of `from`'s stream, in order; `offset` counts from 0 at the first byte after SYN (or at the first byte
    /// captured). `at` is the packet that made them readable: for bytes that waited for a late segment, the late one.
    fn bytes(&mut self, context: &mut Context, from: Side, offset: u64, data: &[u8], at: Arrival);

    /// Bytes that existed and were not captured; `offset` of the first of them.
    fn gap(&mut self, context: &mut Context, from: Side, offset: u64, length: u64, cause: Gap, at: Arrival);

    /// The peer acknowledged every byte of `from` before `offset`. Only called when the figure grows.
    fn acknowledged(&mut self, context: &mut Context, from: Side, offset: u64, at: Arrival);

    /// `from`'s stream ended at `offset`; called once for each side.
    fn end(&mut self, context: &mut Context, from: Side, offset: u64, how: End, at: Arrival);

    /// Both streams have ended and every byte of them was acknowledged, so that none of the above is called any more: what only they need can
    /// go. It may be said more than once.
    fn settle(&mut self, _context: &mut Context) {}
}

/// A connection that begins to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The side that opened it, or is taken to have.
    pub client: SocketAddr,
    /// The other side.
    pub server: SocketAddr,
    /// Whether a SYN or SYN/ACK told who opened it.
    pub initiator_known: bool,
    /// Its first packet.
    pub at: Arrival,
}

/// Who stands above a table of connections: opens the protocol that will read a connection, is the context of all of them, and takes
/// each connection when it is over.
pub trait Applications: Sized {
    /// What reads a connection.
    type Application: Application<Self>;

    /// A connection begins: gives what will read it.
    fn open(&mut self, opening: &Opening) -> Self::Application;

    /// A connection is over; `application` was told of the end of both directions.
    fn closed(&mut self, connection: Connection, application: Self::Application);
}

/// Where what is read goes.
pub(super) struct Output<'x, A: Applications> {
    pub(super) applications: &'x mut A,
    pub(super) application: &'x mut A::Application,
    /// What was handed on last of the stream.
    pub(super) delivered: &'x mut Delivered,
    /// Whose stream it is.
    pub(super) side: Side,
    /// The packet that makes it readable.
    pub(super) at: Arrival,
}
