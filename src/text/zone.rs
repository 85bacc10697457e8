//! The zone that the lines of a log stand in: a machine writes all its logs by one clock, and some of them say which zone it is in.

use super::timestamp;

/// What is looked at of a log.
pub const HEAD: usize = 16 * 1024;

/// By how many seconds the clock of the lines is ahead of UTC, by the numbers behind their instants (`17/Nov/2026:09:01:01 +0100`,
/// `2026-11-17T09:01:01+01:00`); `None` where none has such, or they differ. `Z` is no word for it: many programs write UTC wherever they run.
pub fn ahead_of_utc(head: &[u8]) -> Option<i32> {
    let mut told = head.split(|byte| *byte == b'\n').filter_map(of_line);
    let first = told.next()?;
    told.all(|zone| zone == first).then_some(first)
}

/// The same of one line: of the first time of day in it that numbers follow.
fn of_line(line: &[u8]) -> Option<i32> {
    memchr::memchr_iter(b':', line).find_map(|colon| {
        let ((hour, minute, _), .., rest) = timestamp::clock(line.get(colon.checked_sub(2)?..)?)?;
        let is_number = matches!(rest, [b'+' | b'-', ..] | [b' ', b'+' | b'-', b'0'..=b'1', ..]);
        let (seconds, _) = timestamp::zone(rest).filter(|_| is_number && hour < 24 && minute < 60)?;
        Some(seconds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the kernel's lines of a machine in Berlin lie an hour beside what they explain.
    #[test]
    fn numbers_behind_an_instant_tell_the_zone() {
        for (lines, zone) in [
            ("172.68.10.9 - - [17/Nov/2026:09:01:01 +0100] \"GET / HTTP/1.1\" 200 5\n", Some(3600)),
            ("2026-11-17T03:01:01.123-05:00 web1 app: ready\n2026-11-17T03:01:02-0500 x\n", Some(-18_000)),
            ("2026-11-17T08:01:01Z x\n", None),
            ("Nov 17 08:01:01 web1 kernel: x\n2026/11/17 08:01:01 [error] 1 -2\n", None),
            ("2026-11-17T08:01:01+01:00 x\n2026-11-17T08:01:01+02:00 y\n", None),
            ("", None),
        ] {
            assert_eq!(ahead_of_utc(lines.as_bytes()), zone, "{lines}");
        }
    }
}
