//! `coredumpctl list`: a table of the processes that dumped core,
//! `Tue 2026-11-17 08:01:01 UTC  811  33  33 SIGSEGV present  /usr/sbin/php-fpm8.2  1.2M` (coredumpctl(1)).

use crate::facts::messages;
use crate::logs::format::syslog::envelope::with_weekday;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, message_text};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::number::bounded_integer;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Coredumpctl;

impl LineFormat for Coredumpctl {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| parse_line(line).is_some()).then_some(Coredumpctl)
    }

    fn id(&self) -> &'static str {
        "coredumpctl"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match parse_line(line) {
            Some(row) => Parsed::Message(row),
            None if line.starts_with(b"TIME ") => Parsed::Skip(Skip::Comment),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// Process, user, group, signal, whether the dump is kept, program.
fn parse_line(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = with_weekday(line)?;
    let mut columns = rest.split(|byte| *byte == b' ').filter(|column| !column.is_empty());
    let process: u32 = bounded_integer(columns.next()?)?;
    bounded_integer::<u32>(columns.next()?)?;
    bounded_integer::<u32>(columns.next()?)?;
    columns.next().filter(|signal| signal.starts_with(b"SIG"))?;
    columns.next().filter(|kept| kept.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-'))?;
    let row = MessageLine {
        program: Some("coredumpctl".to_owned()),
        about_process: Some(process),
        signature: messages::by_id("systemd-dumped-core").map(|signature| signature.id),
        text: message_text(rest.trim_ascii()),
        ..MessageLine::default()
    };
    Some(row.at(Some(stamp)))
}
