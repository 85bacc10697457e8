//! Kernel messages: `dmesg` (`[ 8123.456789] …`, or with `-T` `[Tue Nov 17 08:01:01 2026] …`) and what syslog holds of them.

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence};
use crate::text::number::integer_after;
use crate::text::timestamp;

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
        // `dmesg -r` writes the priority first.
        let line = match line.strip_prefix(b"<").and_then(|inner| split_at_byte(inner, b'>')) {
            Some((number, rest)) if number.iter().all(u8::is_ascii_digit) => rest,
            _ => line,
        };
        if timestamp::since_boot(line).is_some() {
            return Parsed::Message(parse_text(line).placed_by(clock));
        }
        let human = || {
            let (stamp, rest) = timestamp::apache_error(line.strip_prefix(b"[")?)?;
            // Apache's log looks alike up to here, and goes on with its level.
            let rest = rest.strip_prefix(b"] ")?;
            (!rest.starts_with(b"[")).then(|| parse_text(rest).at(Some(stamp)))
        };
        human().map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message)
    }
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
