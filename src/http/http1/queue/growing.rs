//! Excerpts of findings that wait for the bytes that come next.

use super::Queue;
use crate::http::conform::Finding;
use crate::http::direction::MessageDirection;
use crate::http::http1::excerpt::GrowingExcerpt;

impl Queue {
    /// These bytes come next: excerpts of the same direction that are short take of them.
    pub fn grow(&mut self, direction: MessageDirection, bytes: &[u8]) {
        if !self.growing(direction).is_empty() {
            let mut growing = std::mem::take(self.growing(direction));
            growing.retain(|excerpt| {
                self.findings(direction, excerpt.number).is_some_and(|findings| excerpt.grow(findings, bytes))
            });
            *self.growing(direction) = growing;
        }
    }

    /// Whether the excerpt of a response's finding waits for bytes.
    #[inline]
    pub fn is_response_growing(&self) -> bool {
        !self.growing_responses.is_empty()
    }

    /// Bytes are missing: what comes behind belongs to no excerpt.
    pub fn break_off(&mut self, direction: MessageDirection) {
        self.growing(direction).clear();
    }

    fn growing(&mut self, direction: MessageDirection) -> &mut Vec<GrowingExcerpt> {
        match direction {
            MessageDirection::Requests => &mut self.growing_requests,
            MessageDirection::Responses => &mut self.growing_responses,
        }
    }

    /// What was found in a message of exchange `number`.
    fn findings(&mut self, direction: MessageDirection, number: u32) -> Option<&mut Vec<Finding>> {
        let exchange = &mut self.slot_mut(number)?.exchange;
        match direction {
            MessageDirection::Requests => exchange.request.as_mut()?.findings.present_mut(),
            MessageDirection::Responses => exchange.response.as_mut()?.findings.present_mut(),
        }
    }
}
