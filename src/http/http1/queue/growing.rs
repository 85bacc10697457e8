//! Excerpts of findings that wait for the bytes that come next.

use super::Queue;

impl Queue {
    /// These bytes of the requests come next: excerpts that are short take of them.
    pub fn grow_requests(&mut self, bytes: &[u8]) {
        if !self.growing_requests.is_empty() {
            let mut growing = std::mem::take(&mut self.growing_requests);
            growing.retain(|excerpt| {
                let slot = self.slot_mut(excerpt.number);
                let findings = slot.and_then(|slot| slot.exchange.request.as_mut()?.findings.present_mut());
                findings.is_some_and(|findings| excerpt.grow(findings, bytes))
            });
            self.growing_requests = growing;
        }
    }

    /// The same of the responses.
    pub fn grow_responses(&mut self, bytes: &[u8]) {
        if self.is_response_growing() {
            let mut growing = std::mem::take(&mut self.growing_responses);
            growing.retain(|excerpt| {
                let slot = self.slot_mut(excerpt.number);
                let findings = slot.and_then(|slot| slot.exchange.response.as_mut()?.findings.present_mut());
                findings.is_some_and(|findings| excerpt.grow(findings, bytes))
            });
            self.growing_responses = growing;
        }
    }

    /// Whether the excerpt of a response's finding waits for bytes.
    #[inline]
    pub fn is_response_growing(&self) -> bool {
        !self.growing_responses.is_empty()
    }

    /// Bytes of the requests are missing: what comes behind belongs to no excerpt.
    pub fn break_off_requests(&mut self) {
        self.growing_requests.clear();
    }

    /// The same of the responses.
    pub fn break_off_responses(&mut self) {
        self.growing_responses.clear();
    }
}
