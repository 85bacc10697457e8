//! When the machine started, by `uptime -s` (uptime(1): one instant) and `who -b` (who(1)). It is no fault: it places the kernel's lines that only count from there.

use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// What `who -b` writes before the instant.
const WHO: &str = "system boot";

/// Whether it is either, and nothing else.
pub fn fits(head: &str) -> bool {
    let mut lines = telling_lines(head);
    lines.next().is_some_and(|(_, line)| started(line).is_some()) && lines.next().is_none()
}

/// Reads the line.
pub fn read(text: &str) -> DocumentContent {
    let start = telling_lines(text).find_map(|(number, line)| Some((number, line, started(line)?)));
    let faults: Vec<(u64, MessageLine)> = start
        .into_iter()
        .map(|(number, line, stamp)| {
            let told = MessageLine {
                time: Some(stamp.time),
                resolution: stamp.resolution,
                time_is_local: stamp.local,
                since_boot: Some(Duration::ZERO),
                text: line.to_owned(),
                ..MessageLine::default()
            };
            (number, told)
        })
        .collect();
    DocumentContent { records: faults.len() as u64, faults, ..DocumentContent::default() }
}

fn started(line: &str) -> Option<Stamp> {
    let by_who = || {
        let instant = format!("{}:00", line.strip_prefix(WHO)?.trim());
        let (stamp, rest) = timestamp::iso(instant.as_bytes())?;
        rest.is_empty().then_some(Stamp { resolution: Duration::from_seconds(60), ..stamp })
    };
    let by_uptime = || {
        let (stamp, rest) = timestamp::iso(line.as_bytes())?;
        (rest.is_empty() && stamp.local && line.contains(' ')).then_some(stamp)
    };
    by_who().or_else(by_uptime)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a kill for memory in a plain `dmesg` explains nothing.
    #[test]
    fn what_tells_when_a_machine_started_is_known() {
        for (text, seconds) in [
            ("2026-11-04 05:22:48\n", Some(1_793_769_768)),
            ("         system boot  2026-11-04 05:22\n", Some(1_793_769_720)),
            ("2026-11-04T05:22:48Z\n", None),
            ("2026-11-04 05:22:48 up\n", None),
            ("2026-11-04 05:22:48\n2026-11-04 05:22:49\n", None),
        ] {
            assert_eq!(fits(text), seconds.is_some(), "{text}");
            let told = read(text).faults.pop().and_then(|(_, line)| line.time);
            if let Some(seconds) = seconds {
                assert_eq!(told.map(|time| time.second()), Some(seconds), "{text}");
            }
        }
    }
}
