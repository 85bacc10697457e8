//! Counts over the connections of one file.

use super::analysis::{Judgement, Repeat};

/// Counts over one file's segments, as Wireshark judges them (`tcp.analysis.*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Connections; ports used again begin a new one. Of several tables only the merged index can tell
    /// ([`super::StreamIndex::count`]).
    pub tcp_streams: u64,
    /// Segments whose data had been sent before, keep-alives not counted.
    pub retransmissions: u64,
    /// Segments that came later than ones behind them.
    pub out_of_order: u64,
    /// Segments that closed the receive window.
    pub zero_windows: u64,
    /// Segments before which something is missing.
    pub lost_segments: u64,
    /// Keep-alive probes.
    pub keep_alives: u64,
    /// Packets that were captured before and are counted in none of the others.
    pub copies: u64,
}

/// Copies worth telling of: as many as this, and a hundredth of the packets.
const MANY_COPIES: u64 = 10;

impl Facts {
    /// What a person must be told of a file with so many TCP packets, one sentence each.
    pub fn warnings(&self, tcp_packets: u64) -> Vec<String> {
        let many = self.copies >= MANY_COPIES && self.copies >= tcp_packets / 100;
        let copies = many.then(|| {
            format!(
                "{} of {tcp_packets} TCP packets are copies of others (captured on several interfaces, or from a mirror port): each is \
                 counted once",
                self.copies
            )
        });
        copies.into_iter().collect()
    }

    pub(super) fn count(&mut self, judgement: Judgement) {
        self.retransmissions += u64::from(judgement.repeat == Some(Repeat::Retransmission));
        self.out_of_order += u64::from(judgement.repeat == Some(Repeat::OutOfOrder));
        self.zero_windows += u64::from(judgement.zero_window);
        self.lost_segments += u64::from(judgement.lost_before);
        self.keep_alives += u64::from(judgement.keep_alive);
        self.copies += u64::from(judgement.copy);
    }

    /// Adds the counts of another shard, but for the connections.
    pub fn add(&mut self, other: &Facts) {
        self.retransmissions = self.retransmissions.saturating_add(other.retransmissions);
        self.out_of_order = self.out_of_order.saturating_add(other.out_of_order);
        self.zero_windows = self.zero_windows.saturating_add(other.zero_windows);
        self.lost_segments = self.lost_segments.saturating_add(other.lost_segments);
        self.keep_alives = self.keep_alives.saturating_add(other.keep_alives);
        self.copies = self.copies.saturating_add(other.copies);
    }
}
