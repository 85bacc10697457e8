//! Kernel messages that only count from the machine's start (`dmesg` without `-T`) get their instant from lines that know both: of the
//! journal, of a syslog with the kernel's own count, or of `uptime -s`.

use crate::evidence::MessageRow;
use crate::time::{Duration, Time};

/// How far two lines' words for the start may lie apart: syslog has whole seconds, and a clock that is being set moves.
const TOLERANCE: Duration = Duration::from_seconds(60);

/// A start of a machine, and how well it is known.
#[derive(Clone, Copy, Debug)]
struct Boot {
    time: Time,
    resolution: Duration,
    local: bool,
}

/// Places the messages that have no instant. Where the lines and states tell of several starts, nobody knows which one is theirs.
pub(super) fn place(messages: &mut [MessageRow], states: &[MessageRow]) {
    if !messages.iter().any(|row| row.line.time.is_none() && row.line.since_boot.is_some()) {
        return;
    }
    let mut starts: Vec<Boot> = messages.iter().chain(states).filter_map(start).collect();
    starts.sort_by_key(|boot| (boot.local, boot.resolution, boot.time));
    let Some(best) = starts.first().copied() else { return };
    let comparable = |boot: &&Boot| boot.local == best.local;
    if starts.iter().filter(comparable).any(|boot| boot.time.since(best.time).abs() > TOLERANCE) {
        return;
    }
    for row in messages.iter_mut().filter(|row| row.line.time.is_none()) {
        if let Some(uptime) = row.line.since_boot {
            row.line.time = Some(best.time.plus(uptime));
            row.line.resolution = best.resolution;
            row.line.time_is_local = best.local;
        }
    }
}

fn start(row: &MessageRow) -> Option<Boot> {
    let (time, uptime) = (row.line.time?, row.line.since_boot?);
    Some(Boot { time: time.plus(-uptime), resolution: row.line.resolution, local: row.line.time_is_local })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{InputId, Place};
    use crate::logs::MessageLine;

    fn row(time: Option<i64>, uptime: i64) -> MessageRow {
        let line = MessageLine {
            time: time.map(|seconds| Time::from_seconds(seconds, 0)),
            since_boot: Some(Duration::from_seconds(uptime)),
            ..MessageLine::default()
        };
        MessageRow { place: Place::Line { input: InputId(0), line: 1, before: 0 }, line }
    }

    #[test]
    fn an_oom_kill_of_a_plain_dmesg_is_placed_by_the_journal_and_not_by_two_machines() {
        let mut one = vec![row(Some(1_000), 10), row(None, 30)];
        place(&mut one, &[]);
        assert_eq!(one[1].line.time, Some(Time::from_seconds(1_020, 0)));
        let mut two = vec![row(Some(1_000), 10), row(Some(5_000), 10), row(None, 30)];
        place(&mut two, &[]);
        assert_eq!(two[2].line.time, None);
        let mut alone = vec![row(None, 30)];
        place(&mut alone, &[row(Some(990), 0)]);
        assert_eq!(alone[0].line.time, Some(Time::from_seconds(1_020, 0)));
    }
}
