//! What browsers' records tell of the sizes of requests: whether those that fail are the large ones, and all of them.

use std::collections::BTreeMap;

use super::Whole;
use crate::evidence::{HarRow, InputId};

/// The heads of one browser's requests to one host, failing with one status, beside those that were answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestSizes {
    /// How many requests failed.
    pub failing: u64,
    /// The smallest head among them, in bytes.
    pub least_failing: u64,
    /// How many were answered.
    pub answered: u64,
    /// The smallest head of those.
    pub least_answered: u64,
    /// The largest.
    pub most_answered: u64,
}

impl RequestSizes {
    /// Whether the heads grew until requests failed: all that are larger than any answered one fail, and no other does.
    pub fn have_outgrown(&self) -> bool {
        self.least_failing > self.most_answered && self.least_failing > self.least_answered.saturating_mul(2)
    }
}

/// The sizes of all browsers' records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Browsers {
    answered: BTreeMap<(InputId, String), (u64, u64, u64)>,
    failing: BTreeMap<(InputId, String, u16), (u64, u64)>,
}

impl Browsers {
    /// Counts once over all records. One from which headers were taken out tells no sizes.
    pub fn of(evidence: &Whole) -> Browsers {
        let mut browsers = Browsers::default();
        let rows = evidence.har.iter().filter(|row| !row.entry.sanitised && row.entry.request.bytes > 0);
        for row in rows {
            let (entry, bytes) = (&row.entry, row.entry.request.bytes);
            let key = (row.place.input(), entry.host.to_ascii_lowercase());
            match entry.status {
                200..400 => {
                    let (count, least, most) = browsers.answered.entry(key).or_insert((0, bytes, bytes));
                    (*count, *least, *most) = (*count + 1, bytes.min(*least), bytes.max(*most));
                }
                status @ 400.. => {
                    let (count, least) = browsers.failing.entry((key.0, key.1, status)).or_insert((0, bytes));
                    (*count, *least) = (*count + 1, bytes.min(*least));
                }
                _ => {}
            }
        }
        browsers
    }

    /// What requests like this one, by the same browser, look like beside those that were answered.
    pub fn heads_like(&self, row: &HarRow) -> Option<RequestSizes> {
        let key = (row.place.input(), row.entry.host.to_ascii_lowercase());
        let (answered, least_answered, most_answered) = *self.answered.get(&key)?;
        let (failing, least_failing) = *self.failing.get(&(key.0, key.1, row.entry.status))?;
        Some(RequestSizes { failing, least_failing, answered, least_answered, most_answered })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_have_outgrown_a_limit_where_all_large_ones_fail() {
        let sizes = |least_failing, least_answered, most_answered| RequestSizes {
            failing: 8,
            least_failing,
            answered: 40,
            least_answered,
            most_answered,
        };
        assert!(sizes(4100, 500, 4000).have_outgrown());
        assert!(!sizes(3900, 500, 4000).have_outgrown(), "a larger one was answered");
        assert!(!sizes(4100, 3900, 4000).have_outgrown(), "they are all alike");
    }
}
