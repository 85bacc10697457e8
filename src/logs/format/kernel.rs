//! Kernel messages: `dmesg` (`[ 8123.456789] …`; with `-T` `[Tue Nov 17 08:01:01 2026] …`, with `--time-format iso` an ISO instant, with
//! `-x` and `-r` the severity before that), `/dev/kmsg`, and what syslog holds of them.

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::record::LONGEST_RECORD;
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence};
use crate::text::number::{bounded_integer, integer_after};
use crate::text::timestamp::{self, StampAndRest};
use crate::time::Duration;

/// The format of `dmesg`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl LineFormat for Kernel {
    type Memory = ();

    fn detect(_: &Sample<'_>) -> Option<Self> {
        Some(Kernel)
    }

    fn id(&self) -> &'static str {
        "kernel"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], (): &mut (), clock: &mut LineClock) -> Parsed {
        let (level, line) = priority(line);
        let row = if timestamp::since_boot(line).is_some() {
            Some(parse_text(line).placed_by(clock))
        } else {
            let stamped = human(line).or_else(|| iso(line));
            stamped
                .map(|(stamp, rest)| MessageLine {
                    time_is_counted: true,
                    ..parse_text(rest).at(Some(stamp))
                })
                .or_else(|| Some(device(line)?.placed_by(clock)))
        };
        match row {
            Some(row) => {
                Parsed::Message(MessageLine { level: level.map(str::to_owned).or(row.level), ..row })
            }
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// The words of `dmesg -x` for severities, by their numbers (util-linux sys-utils/dmesg.c), and ours.
const LEVELS: [(&str, &str); 8] = [
    ("emerg", "emerg"),
    ("alert", "alert"),
    ("crit", "critical"),
    ("err", "error"),
    ("warn", "warning"),
    ("notice", "notice"),
    ("info", "info"),
    ("debug", "debug"),
];

/// What stands before the time: `<6>` of `dmesg -r`, or `kern  :info  : ` of `dmesg -x`.
fn priority(line: &[u8]) -> (Option<&'static str>, &[u8]) {
    let raw = || {
        let (number, rest) = split_at_byte(line.strip_prefix(b"<")?, b'>')?;
        let number: u16 = bounded_integer(number)?;
        Some((severity(number), rest))
    };
    let decoded = || {
        let (facility, rest) = split_at_byte(line.get(..24)?, b':')?;
        let (level, _) = split_at_sequence(rest, b": ")?;
        let level = level.trim_ascii_end();
        let (_, name) = LEVELS.iter().find(|(word, _)| word.as_bytes() == level)?;
        let facility = facility.trim_ascii_end();
        let taken = facility.len() <= 8 && facility.iter().all(u8::is_ascii_alphanumeric);
        let (_, after) = split_at_byte(line, b':').and_then(|(_, rest)| split_at_sequence(rest, b": "))?;
        taken.then_some((Some(*name), after))
    };
    raw().or_else(decoded).unwrap_or((None, line))
}

/// The severity in a syslog priority: its last three bits.
fn severity(priority: u16) -> Option<&'static str> {
    LEVELS.get(usize::from(priority % 8)).map(|(_, name)| *name)
}

/// `dmesg -T`: `[Tue Nov 17 08:01:01 2026] text`.
fn human(line: &[u8]) -> StampAndRest<'_> {
    let (stamp, rest) = timestamp::apache_error(line.strip_prefix(b"[")?)?;
    // Apache's log looks alike up to here; it has microseconds, or goes on with its level, its process or its client. What the kernel has in brackets
    // are numbers (mm/oom_kill.c, dump_task: `[  30138]     0 30138 …`).
    let rest = rest.strip_prefix(b"] ")?;
    let is_apaches = rest.strip_prefix(b"[").and_then(<[u8]>::first).is_some_and(u8::is_ascii_alphabetic);
    (!is_apaches && stamp.resolution == Duration::SECOND).then_some((stamp, rest))
}

/// `dmesg --time-format iso`: `2026-11-17T08:01:01,123456+00:00 text`. No other writer has a comma, six digits and a
/// zone in numbers.
fn iso(line: &[u8]) -> StampAndRest<'_> {
    let (stamp, rest) = timestamp::iso(line)?;
    let comma = line.get(10) == Some(&b'T') && line.get(19) == Some(&b',');
    let zone = matches!(line.get(26), Some(b'+' | b'-'));
    (comma && zone && !stamp.local).then_some((stamp, rest.strip_prefix(b" ")?))
}

/// `/dev/kmsg`: `priority,number,microseconds since the start,flags;text` (Documentation/ABI/testing/dev-kmsg).
fn device(line: &[u8]) -> Option<MessageLine> {
    let (head, text) = split_at_byte(line.get(..line.len().min(LONGEST_RECORD))?, b';')?;
    let mut fields = head.split(|byte| *byte == b',');
    let priority: u16 = bounded_integer(fields.next()?)?;
    bounded_integer::<u64>(fields.next()?)?;
    let uptime: i64 = bounded_integer(fields.next()?)?;
    fields.next()?;
    let row = parse_text(text);
    Some(MessageLine {
        since_boot: Some(Duration::from_microseconds(uptime)),
        level: severity(priority).map(str::to_owned),
        ..row
    })
}

/// The row of a kernel message, with or without its uptime before it.
pub fn parse_text(text: &[u8]) -> MessageLine {
    let (since_boot, message) = match timestamp::since_boot(text) {
        Some((uptime, rest)) => (Some(uptime), rest),
        None => (None, text),
    };
    let mut row = MessageLine::of(message, Some(Program::Kernel));
    row.program = Some("kernel".to_owned());
    row.since_boot = since_boot;
    if let Some((_, after)) = split_at_sequence(message, b"SRC=") {
        // A firewall's line is about a packet: its source is the client.
        row.client = split_at_byte(after, b' ').and_then(|(source, _)| address(source));
        row.client_port = integer_after(message, b"SPT=").and_then(|port| u16::try_from(port).ok());
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn parse(line: &str, boot: Option<Time>) -> MessageLine {
        let mut clock = LineClock::default();
        boot.into_iter().for_each(|boot| clock.set_boot(boot));
        match Kernel.parse(line.as_bytes(), &mut (), &mut clock) {
            Parsed::Message(row) => row,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn uptimes_become_instants_once_the_start_is_known() {
        let line = "[ 8123.000001] nf_conntrack: nf_conntrack: table full, dropping packet";
        assert_eq!(parse(line, None).time, None);
        let row = parse(line, Some(Time::from_seconds(1, 0)));
        assert_eq!(row.time, Some(Time::from_seconds(8124, 1_000)));
        assert_eq!(row.signature, Some("kernel-conntrack-full"));
    }

    #[test]
    fn every_output_of_dmesg_gives_instant_and_severity() {
        for line in [
            "kern  :err   : [Tue Nov 17 08:01:01 2026] Out of memory: Killed process 811 (php-fpm) total-vm:1kB",
            "<3>2026-11-17T08:01:01,000000+00:00 Out of memory: Killed process 811 (php-fpm) total-vm:1kB",
            "kern  :err   : [    1.000000] Out of memory: Killed process 811 (php-fpm) total-vm:1kB",
            "3,812,1000000,-;Out of memory: Killed process 811 (php-fpm) total-vm:1kB",
        ] {
            let boot = Time::parse_rfc3339("2026-11-17T08:01:00Z");
            let row = parse(line, boot);
            assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01Z"), "{line}");
            assert_eq!((row.signature, row.about_process), (Some("kernel-oom-killed"), Some(811)), "{line}");
            assert_eq!(row.level.as_deref(), Some("error"), "{line}");
        }
    }

    #[test]
    fn a_firewall_line_names_the_packets_source() {
        let row = parse(
            "[1.0] [UFW BLOCK] IN=eth0 OUT= MAC= SRC=172.68.10.9 DST=203.0.113.7 PROTO=TCP SPT=41022 DPT=443 WINDOW=1 SYN",
            None,
        );
        assert_eq!((row.signature, row.figure), (Some("firewall-blocked"), Some(443)));
        assert_eq!((row.client, row.client_port), (Some("172.68.10.9".parse().unwrap()), Some(41022)));
    }

    #[test]
    fn segfaults_name_the_process_that_died() {
        let row = parse(
            "[1.0] php-fpm[811]: segfault at 0 ip 000055d0 sp 00007ffd error 4 in php-fpm[55d0+400000]",
            None,
        );
        assert_eq!((row.signature, row.about_process), (Some("kernel-segfault"), Some(811)));
    }
}
