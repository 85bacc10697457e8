//! Counts over the connections of one file.

use serde::{Deserialize, Serialize};

use super::analysis::{Repeat, SegmentJudgement};
use super::limits::TableLimits;

/// Counts over one file's segments, as Wireshark judges them (`tcp.analysis.*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Connections; ports used again begin a new one. Of several tables only the merged index can tell
    /// ([`super::stream_index::StreamIndex::count`]).
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
    /// Streams of which a hole was declared because too much waited behind it ([`TableLimits`]).
    pub streams_given_up: u64,
    /// Half-open connections that were given up before their time, because too many waited ([`TableLimits`]).
    pub half_open_given_up: u64,
    /// Segments that said something else than others for the same place of a stream.
    pub conflicts: Conflicts,
}

/// Segments that contradict others, and the first of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflicts {
    /// Their number.
    pub segments: u64,
    first: [Option<Conflict>; CITED],
}

/// A segment that contradicts another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conflict {
    /// Its frame.
    pub frame: u64,
    /// The first frame of its connection in the same file.
    pub first_frame: u64,
}

/// So many contradictions are cited.
const CITED: usize = 3;

impl Conflicts {
    /// The first few, in the order of their frames.
    pub fn first(&self) -> impl Iterator<Item = Conflict> {
        self.first.into_iter().flatten()
    }

    pub(super) fn note(&mut self, conflict: Conflict) {
        self.add(&Conflicts { segments: 1, first: [Some(conflict), None, None] });
    }

    /// One sentence that says where they are.
    fn warning(&self, stream: impl Fn(u64) -> Option<u32>) -> String {
        let cite = |conflict: Conflict| match stream(conflict.first_frame) {
            Some(number) => format!("frame {} of tcp.stream {number}", conflict.frame),
            None => format!("frame {}", conflict.frame),
        };
        let cited: Vec<String> = self.first().map(cite).collect();
        let more = if self.segments > cited.len() as u64 { ", …" } else { "" };
        format!(
            "{} other bytes than were captured before for the same sequence numbers ({}{more}): a device on the way injects, or captures \
             were mixed; the first bytes are read",
            if self.segments == 1 {
                "1 TCP segment has".to_owned()
            } else {
                format!("{} TCP segments have", self.segments)
            },
            cited.join(", ")
        )
    }

    fn add(&mut self, other: &Conflicts) {
        self.segments = self.segments.saturating_add(other.segments);
        let mut all: Vec<Conflict> = self.first().chain(other.first()).collect();
        all.sort_unstable();
        let mut all = all.into_iter();
        self.first = std::array::from_fn(|_| all.next());
    }
}

impl Facts {
    /// What a person must be told of a file with so many TCP packets, read within these limits, one sentence each; `stream` numbers connections by
    /// their first frames.
    pub fn warnings(
        &self,
        tcp_packets: u64,
        limits: &TableLimits,
        stream: impl Fn(u64) -> Option<u32>,
    ) -> Vec<String> {
        let copies = (self.copies > 0).then(|| {
            format!(
                "{} of {tcp_packets} TCP packets are copies of others (captured on several interfaces, or from a mirror port): each is \
                 counted once",
                self.copies
            )
        });
        let given_up = (self.streams_given_up > 0)
            .then(|| format!("{} {}", plural(self.streams_given_up, "stream"), limits.policy()));
        let conflicts = (self.conflicts.segments > 0).then(|| self.conflicts.warning(stream));
        let half_open = (self.half_open_given_up > 0).then(|| {
            format!(
                "{} given up before the time, since too many waited for an answer at once (give more --memory)",
                plural(self.half_open_given_up, "half-open connection")
            )
        });
        copies.into_iter().chain(given_up).chain(half_open).chain(conflicts).collect()
    }

    pub(super) fn count(&mut self, judgement: SegmentJudgement) {
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
            (&mut self.streams_given_up, other.streams_given_up),
            (&mut self.half_open_given_up, other.half_open_given_up),
        ];
        self.conflicts.add(&other.conflicts);
        for (sum, count) in pairs {
            *sum = sum.saturating_add(count);
        }
    }
}

fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
