//! The search for connections whose time is over: a few are looked at with each packet, in rounds over all of them.

use serde::{Deserialize, Serialize};

use crate::time::Duration;

/// With each packet so many connections are looked at, whether their time is over.
const LOOKED_AT: usize = 4;

/// The rounds over all connections. Between two rounds there is nothing to look for.
#[derive(Serialize, Deserialize)]
pub(super) struct Sweep {
    /// The next one to look at.
    hand: usize,
    /// The reading of the clock when the round began.
    began: Duration,
    /// The earliest deadline met in this round.
    earliest: Duration,
    /// No deadline lies before this.
    none_over_until: Duration,
}

impl Default for Sweep {
    fn default() -> Sweep {
        Sweep { hand: 0, began: Duration::ZERO, earliest: Duration::MAX, none_over_until: Duration::MIN }
    }
}

impl Sweep {
    /// Whether any deadline can be over.
    #[inline]
    pub(super) fn has_work(&self, now: Duration) -> bool {
        now > self.none_over_until
    }

    /// Looks at a few deadlines in turn; gives the indices of those that are over. `shortest` is how far ahead a deadline is set at least.
    pub(super) fn look(
        &mut self,
        deadlines: &[Duration],
        now: Duration,
        shortest: Duration,
    ) -> [Option<usize>; LOOKED_AT] {
        let mut over = [None; LOOKED_AT];
        for found in &mut over {
            let index = self.hand;
            let Some(&deadline) = deadlines.get(index) else {
                // Deadlines that were set meanwhile lie at least the shortest time ahead of where the round began.
                *self = Sweep {
                    hand: 0,
                    began: now,
                    earliest: Duration::MAX,
                    none_over_until: self.earliest.min(self.began + shortest),
                };
                break;
            };
            self.hand += 1;
            if deadline < now {
                *found = Some(index);
            } else {
                self.earliest = self.earliest.min(deadline);
            }
        }
        over
    }
}
