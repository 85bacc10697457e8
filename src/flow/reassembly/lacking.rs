//! Bytes that never arrived: the receiver itself says that it lacks what lies before something that has come.

use super::Reassembly;

impl Reassembly {
    /// The receiver acknowledged up to here. If it has said so since something behind a hole came, it lacks what the capture lacks; a capture that merely
    /// dropped packets shows the acknowledgement of what was in them.
    #[inline]
    pub(super) fn note_lack(&mut self, acknowledged: u64) {
        if self.fin.is_none() && self.is_in_step() {
            return;
        }
        let known = self.early.end().max(self.fin);
        if acknowledged <= self.next && known.is_some_and(|known| known > self.next) {
            self.lacking = Some(self.next);
        }
    }

    /// Bytes that are declared missing now that the stream is over, where the receiver said last that it lacks them.
    pub(super) fn count_never_arrived(&mut self, declared: impl FnOnce(&mut Reassembly)) {
        let is_lacked = self.lacking == Some(self.next);
        let before = self.missing;
        declared(self);
        if is_lacked {
            self.never_arrived = self.never_arrived.saturating_add(self.missing - before);
        }
    }
}
