//! A FIN that was not captured, by its acknowledgement.

use super::Reassembly;
use crate::flow::arrival::Arrival;

impl Reassembly {
    /// Up to where bytes are acknowledged: a FIN takes one number behind them (RFC 9293, 3.4). Where the capture lacks it, a single byte that was lost behind
    /// all others would look the same, but few segments are so short.
    pub(super) fn before_unseen_end(&mut self, acknowledged: u64, at: Arrival) -> u64 {
        let is_one_more = self.highest.checked_add(1) == Some(acknowledged) && self.next == self.highest;
        if !is_one_more || self.fin.is_some() {
            return acknowledged;
        }
        self.end_acknowledged.get_or_insert(at);
        self.highest
    }

    /// The acknowledgement of a FIN that was not captured.
    pub(in crate::flow) fn unseen_end(&self) -> Option<Arrival> {
        let is_last = self.next == self.highest && self.acknowledgement == self.next.checked_add(1);
        self.end_acknowledged.filter(|_| is_last && self.fin.is_none())
    }
}
