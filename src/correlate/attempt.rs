//! One try of the edge at the origin, as packets show it.

use super::clock::Clocks;
use super::rows::ConnectionIndex;
use super::whole::Whole;
use crate::evidence::{ConnectionRow, KeptExchange};
use crate::time::Time;

/// One try of the edge at the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    /// The connection.
    pub connection: ConnectionIndex,
    /// The exchange, by its index in that row; `None` where no request was made or it cannot be read.
    pub exchange: Option<u32>,
}

impl Attempt {
    /// Its connection.
    pub fn connection(self, evidence: &Whole) -> Option<&ConnectionRow> {
        evidence.connections.get(self.connection)
    }

    /// Its exchange, with the connection.
    pub fn exchange(self, evidence: &Whole) -> Option<(&ConnectionRow, &KeptExchange)> {
        let row = self.connection(evidence)?;
        Some((row, row.exchanges.get(self.exchange? as usize)?))
    }

    /// When it began, by the reference clock; `row` is its connection.
    pub(super) fn time(self, row: &ConnectionRow, clocks: &Clocks) -> Time {
        let kept = self.exchange.and_then(|index| row.exchanges.get(index as usize));
        let request = kept.and_then(|kept| kept.exchange.request.as_ref()).map(|request| request.first);
        let response = kept.and_then(|kept| kept.exchange.response.as_deref()).map(|response| response.first);
        clocks.correct(row.input(), request.or(response).unwrap_or(row.connection.first).time)
    }
}
