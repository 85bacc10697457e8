//! Instants of lines that follow each other lie in the same minute, or in the same second, more often than not: of such only the rest is read.

use crate::text::scan::{after, digits, is_same};
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

/// Reads nanoseconds since 1970 that are written in nineteen digits, and remembers the second of the last one.
#[derive(Clone, Debug, Default)]
pub struct SecondMemory {
    /// The seconds, as they were written.
    head: [u8; 10],
    second: Time,
}

impl SecondMemory {
    /// What [`timestamp::epoch_number`] gives for a whole number.
    #[inline]
    pub fn number(&mut self, text: &[u8]) -> Option<Stamp> {
        match text.split_first_chunk::<10>() {
            Some((head, nanoseconds)) if *head == self.head && nanoseconds.len() == 9 => {
                let within = Duration::from_nanoseconds(i64::try_from(digits(nanoseconds)?).ok()?);
                Some(Stamp { time: self.second.plus(within), resolution: Duration::NANOSECOND, local: false })
            }
            _ => self.read(text),
        }
    }

    #[inline(never)]
    fn read(&mut self, text: &[u8]) -> Option<Stamp> {
        let stamp = timestamp::epoch_number(i64::try_from(digits(text)?).ok()?)?;
        // Far from the end of what a `Time` can be.
        if let Some((head, [_, _, _, _, _, _, _, _, _])) = text.split_first_chunk::<10>()
            && stamp.resolution == Duration::NANOSECOND
            && stamp.time.plus(Duration::SECOND) < Time(i64::MAX)
        {
            *self = SecondMemory { head: *head, second: Time::from_seconds(stamp.time.second(), 0) };
        }
        Some(stamp)
    }
}

/// An instant as it was written last, where many lines share it: whole seconds.
#[derive(Clone, Debug, Default)]
pub struct LastInstant {
    text: Vec<u8>,
    stamp: Option<Stamp>,
}

impl LastInstant {
    /// The instant with which `text` begins, and what follows it, where it is written as the last one was and `close` follows.
    // A call: within a loop over columns its fields would be made ready for each of them.
    #[inline(never)]
    pub fn known<'a>(&self, text: &'a [u8], close: u8) -> Option<(Stamp, &'a [u8])> {
        let rest = after(text, &self.text).filter(|rest| rest.first() == Some(&close))?;
        Some((self.stamp?, rest))
    }

    /// Remembers what an instant was read from.
    pub fn remember(&mut self, text: &[u8], stamp: Stamp) {
        if stamp.resolution >= Duration::SECOND {
            self.text.clear();
            self.text.extend_from_slice(text);
            self.stamp = Some(stamp);
        }
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
        /// Otherwise a record would be dated by the second of another one.
        #[test]
        fn whatever_was_read_before_a_number_is_the_same(
            texts in proptest::collection::vec("(1|17949024(00|61))[0-9]{9}|[0-9]{0,22}|17949024001234567[0-9x]{2}|92233720368[0-9]{8}", 1..20),
        ) {
            let mut memory = SecondMemory::default();
            for text in texts {
                let number = digits(text.as_bytes()).and_then(|number| i64::try_from(number).ok());
                prop_assert_eq!(memory.number(text.as_bytes()), number.and_then(timestamp::epoch_number), "{}", text);
            }
        }

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
