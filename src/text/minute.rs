//! Instants of lines that follow each other lie in the same minute more often than not: of such only the seconds are read.

use crate::text::scan::{after, is_same};
use crate::text::timestamp::{self, Stamp, StampAndRest};
use crate::time::{Duration, Time};

/// Reads instants, and remembers the minute of the last one.
#[derive(Clone, Debug, Default)]
pub struct MinuteMemory {
    /// Up to the seconds, as it was written: `17/Nov/2026:08:01:`.
    head: Vec<u8>,
    /// The zone, as it was written behind the seconds and their fraction.
    zone: Vec<u8>,
    minute: Time,
    local: bool,
}

impl MinuteMemory {
    /// What [`timestamp::any`] gives.
    #[inline]
    pub fn any(&mut self, text: &[u8]) -> Option<Stamp> {
        self.known(text).or_else(|| self.read(text))
    }

    fn known(&self, text: &[u8]) -> Option<Stamp> {
        let rest = after(text, &self.head).filter(|_| !self.head.is_empty())?;
        let (seconds, rest) = rest.split_first_chunk::<2>()?;
        let [tens @ b'0'..=b'5', ones @ b'0'..=b'9'] = seconds else { return None };
        let seconds = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        // Without a fraction the zone follows at once.
        let (nanoseconds, resolution, zone) = match rest {
            [b'.' | b',', ..] => timestamp::fraction(rest),
            _ => (0, Duration::SECOND, rest),
        };
        let within = Duration::from_seconds(seconds) + Duration::from_nanoseconds(i64::from(nanoseconds));
        is_same(zone, &self.zone).then_some(Stamp {
            time: self.minute.plus(within),
            resolution,
            local: self.local,
        })
    }

    fn read(&mut self, text: &[u8]) -> Option<Stamp> {
        let stamp = timestamp::any(text)?;
        let whole = |read: StampAndRest<'_>| read.is_some_and(|(_, rest)| rest.is_empty());
        let head = match text {
            _ if whole(timestamp::iso(text)) => ISO_SECONDS,
            _ if whole(timestamp::common_log(text)) => COMMON_SECONDS,
            _ => return Some(stamp),
        };
        // Far from both ends of what a `Time` can be.
        let usual =
            stamp.time > Time::EPOCH && stamp.time.plus(Duration::from_seconds(86_400)) < Time(i64::MAX);
        if let Some((head, rest)) = text.split_at_checked(head)
            && let Some((seconds, rest)) = rest.split_first_chunk::<2>()
            && let [tens @ b'0'..=b'5', ones @ b'0'..=b'9'] = seconds
            && usual
        {
            let (nanoseconds, _, zone) = timestamp::fraction(rest);
            let seconds = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
            let within = Duration::from_seconds(seconds) + Duration::from_nanoseconds(i64::from(nanoseconds));
            self.minute = stamp.time.plus(-within);
            self.local = stamp.local;
            self.head = head.to_vec();
            self.zone = zone.to_vec();
        }
        Some(stamp)
    }
}

/// Bytes before the seconds of `2026-11-17T08:01:01`.
const ISO_SECONDS: usize = 17;
/// Bytes before the seconds of `17/Nov/2026:08:01:01`.
const COMMON_SECONDS: usize = 18;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Otherwise a line would be dated by the minute of another one.
        #[test]
        fn whatever_was_read_before_an_instant_is_the_same(
            texts in proptest::collection::vec(
                "(17/Nov/2026:0[89]:0[01]|2026-11-17[T ]0[89]:0[01]):[0-6 ][0-9]([.,][0-9]{1,4})?(Z| ?[+]0[01]:?00| UTC)?",
                1..20,
            ),
        ) {
            let mut memory = MinuteMemory::default();
            for text in texts {
                prop_assert_eq!(memory.any(text.as_bytes()), timestamp::any(text.as_bytes()), "{}", text);
            }
        }
    }
}
