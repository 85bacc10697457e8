//! Counts over the connections of one file.

use super::analysis::{Judgement, Repeat};

/// Counts over one file's segments, as Wireshark judges them (`tcp.analysis.*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Connections; ports used again begin a new one. Of several tables only the merged index can tell
    /// ([`super::StreamIndex::count`]).
    pub tcp_streams: u64,
    /// Segments whose data had been sent before, keep-alives not counted; but for the next two kinds, after a timeout.
    pub retransmissions: u64,
    /// Of these, those that duplicate acknowledgements asked for.
    pub fast_retransmissions: u64,
    /// Of these, those whose data had been acknowledged before.
    pub spurious_retransmissions: u64,
    /// Acknowledgements that only repeat another.
    pub duplicate_acks: u64,
    /// Segments that came later than ones behind them.
    pub out_of_order: u64,
    /// Segments that closed the receive window.
    pub zero_windows: u64,
    /// Segments that filled the receive window.
    pub full_windows: u64,
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
        let repeat = judgement.repeat;
        self.retransmissions += u64::from(repeat.is_some_and(Repeat::is_retransmission));
        self.fast_retransmissions += u64::from(repeat == Some(Repeat::Fast));
        self.spurious_retransmissions += u64::from(repeat == Some(Repeat::Spurious));
        self.out_of_order += u64::from(repeat == Some(Repeat::OutOfOrder));
        self.duplicate_acks += u64::from(judgement.duplicate_ack);
        self.zero_windows += u64::from(judgement.zero_window);
        self.full_windows += u64::from(judgement.window_full);
        self.lost_segments += u64::from(judgement.lost_before);
        self.keep_alives += u64::from(judgement.keep_alive);
        self.copies += u64::from(judgement.copy);
    }

    /// Adds the counts of another shard, but for the connections.
    pub fn add(&mut self, other: &Facts) {
        let pairs = [
            (&mut self.retransmissions, other.retransmissions),
            (&mut self.fast_retransmissions, other.fast_retransmissions),
            (&mut self.spurious_retransmissions, other.spurious_retransmissions),
            (&mut self.out_of_order, other.out_of_order),
            (&mut self.duplicate_acks, other.duplicate_acks),
            (&mut self.zero_windows, other.zero_windows),
            (&mut self.full_windows, other.full_windows),
            (&mut self.lost_segments, other.lost_segments),
            (&mut self.keep_alives, other.keep_alives),
            (&mut self.copies, other.copies),
        ];
        for (sum, count) in pairs {
            *sum = sum.saturating_add(count);
        }
    }
}
