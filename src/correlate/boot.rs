//! What the kernel's count from the machine's start tells of the instants of its messages. Those that have nothing else (`dmesg` without `-T`) get theirs from
//! lines that know both: of the journal, of a syslog with the kernel's own count, or of `uptime -s`. Those of a syslog of whole seconds are dated finer by it.

use std::collections::BTreeMap;

use crate::evidence::{InputId, MessageRow};
use crate::time::{Duration, Time};

/// How far two lines' words for the start may lie apart: syslog has whole seconds, and a clock that is being set moves.
const TOLERANCE: Duration = Duration::from_seconds(60);

/// A start of a machine: at `time` or as much later as `resolution` tells.
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
            row.line.time_is_counted = true;
            row.line.resolution = best.resolution;
            row.line.time_is_local = best.local;
        }
    }
}

/// Dates messages that have both an instant of a coarse clock and the kernel's count. Each leaves as much room for the machine's start as its instant is coarse;
/// all of one log between which no clock was set agree about it, so the start is where they all leave room.
pub(super) fn sharpen(messages: &mut [MessageRow]) {
    let mut logs: BTreeMap<InputId, Vec<(usize, Boot)>> = BTreeMap::new();
    for (index, row) in messages.iter().enumerate() {
        let coarse = start(row).filter(|boot| boot.resolution > FINE && !row.line.time_is_counted);
        if let Some(boot) = coarse {
            logs.entry(row.place.input()).or_default().push((index, boot));
        }
    }
    for mut rows in logs.into_values() {
        rows.sort_by_key(|&(index, _)| messages[index].line.since_boot);
        let mut starts: Vec<(Boot, Vec<usize>)> = Vec::new();
        for (index, own) in rows {
            match starts.last_mut().and_then(|(boot, rows)| Some((boot.shared(own)?, boot, rows))) {
                Some((shared, boot, rows)) => {
                    *boot = shared;
                    rows.push(index);
                }
                None => starts.push((own, vec![index])),
            }
        }
        starts.iter().for_each(|(boot, rows)| boot.date(rows, messages));
    }
}

/// Finer than this a logger's own delay shows.
const FINE: Duration = Duration::from_milliseconds(10);

impl Boot {
    /// Where two leave room for it; `None` where they contradict each other.
    fn shared(self, other: Boot) -> Option<Boot> {
        let until = |boot: Boot| boot.time.plus(boot.resolution);
        let (from, to) = (self.time.max(other.time), until(self).min(until(other)));
        let agree = from < to && self.local == other.local;
        agree.then(|| Boot { time: from, resolution: to.since(from), ..self })
    }

    fn date(self, rows: &[usize], messages: &mut [MessageRow]) {
        for &index in rows {
            let line = &mut messages[index].line;
            line.time = line.since_boot.map(|uptime| self.time.plus(uptime));
            line.resolution = self.resolution.max(FINE);
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
    fn the_kernels_count_dates_lines_of_whole_seconds_finer_until_a_clock_is_set() {
        let milliseconds = |time: i64, uptime: i64| {
            let mut row = row(Some(time), 0);
            row.line.since_boot = Some(Duration::from_milliseconds(uptime));
            row.line.resolution = Duration::SECOND;
            row
        };
        // The machine started between 1000.3 and 1000.5 s; an hour is added to its clock before the last line.
        let mut told = vec![milliseconds(1_001, 700), milliseconds(1_003, 3_500), milliseconds(4_605, 5_000)];
        sharpen(&mut told);
        let dated: Vec<_> = told.iter().map(|row| (row.line.time, row.line.resolution)).collect();
        let at = |milliseconds: i64| Some(Time(milliseconds * 1_000_000));
        let narrow = Duration::from_milliseconds(200);
        assert_eq!(
            dated,
            [(at(1_001_000), narrow), (at(1_003_800), narrow), (at(4_605_000), Duration::SECOND)]
        );
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
