//! Requests and what they left in logs, brought together where nothing names the request: every request that may have left a line or a
//! message competes, healthy ones too; a line serves one request; what fits two equally well is given to none (docs/joining.md).
//!
//! `contest` weighs one request against its rivals; `fit` and `message` say how well a request and a trace go together; `near` finds who
//! competes; `field` gives traces to requests, `twins` those that say
//! the same; `left_by_healthy` learns from a log how often what goes well leaves a message of a failure, `peers_told` how often each peer is named.

mod claimant;
mod contest;
mod field;
mod fit;
#[cfg(test)]
mod fixtures;
mod left_by_healthy;
mod message;
mod near;
mod peers_told;
mod trace;
mod twins;

pub use claimant::{Claimant, LoggedSpan, NamedPeer, OriginAnswer, ServerConnection};
pub use field::{Field, Possible};
pub use fit::{Lags, LoggedTrace};
pub use message::MessageTrace;

/// What a message is about: how many requests it can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One request: it names the ray or the request line.
    Request,
    /// All requests of one connection: nginx's number spans those of a kept-alive one, and so does the client's port.
    Connection,
    /// What one process was doing at that moment.
    Process,
    /// The whole machine.
    Host,
}
