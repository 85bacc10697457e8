//! A request and a message of which nothing more is known than their moments; tests say what else they need.

use super::claimant::{Claimant, OriginAnswer};
use super::fit::Lags;
use super::message::MessageTrace;
use crate::evidence::InputId;
use crate::time::{Duration, Time};

/// A request that fails at once, at an instant that is known to the nanosecond.
pub fn failed_at(start: Time) -> Claimant<'static> {
    Claimant {
        start,
        end: Some(start),
        resolution: Duration::NANOSECOND,
        answer: OriginAnswer::Status(502),
        host: None,
        peers: [None; 3],
        visitor: None,
        connection: None,
        logged: None,
        alone: 0.02,
        goes_well: false,
    }
}

/// A message of a failure, of a second.
pub fn told_at(time: Time) -> MessageTrace<'static> {
    MessageTrace {
        time,
        resolution: Duration::SECOND,
        host: None,
        peer: None,
        connection: None,
        clock: None,
        logs_starts: false,
        port: None,
        signature: None,
        upstream: None,
        tells_of_failure: true,
        left_by_healthy: 1.0,
        share_of_peer: 1.0,
        writer: 0,
        log: InputId(0),
        lags: Lags::default(),
        unclaimed: 0.001,
    }
}
