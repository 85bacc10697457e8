//! Which of several requests a line belongs to, where nothing names the request. Every request that may have left the line competes,
//! healthy ones too; a line serves one request; what fits two equally well is given to none (docs/joining.md).
//!
//! `contest` weighs one request against its rivals; `fit` says how well a request and a line go together; `field` finds who competes.

mod contest;
mod field;
mod fit;

pub use field::Field;
pub use fit::{Claimant, Lags, LoggedTrace, OriginAnswer};

/// What a line or a message is about: how many requests it can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One request: it names the ray, the request line, or the client's address and port.
    Request,
    /// All requests of one connection: nginx's number spans those of a kept-alive one.
    Connection,
    /// What one process was doing at that moment.
    Process,
    /// The whole machine.
    Host,
}
