//! fail2ban's log: `2026-11-17 08:01:01,123 fail2ban.actions        [811]: NOTICE  [nginx-limit-req] Ban 172.68.10.9`
//! (src: fail2ban/fail2ban server/actions.py). A ban of an address of the edge is a ban of everybody behind it.

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence, text_within};
use crate::text::number::bounded_integer;
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Fail2ban;

impl LineFormat for Fail2ban {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.holds(b" fail2ban.").then_some(Fail2ban)
    }

    fn id(&self) -> &'static str {
        "fail2ban"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        let Some((stamp, rest)) = timestamp::iso(line) else {
            return Parsed::Skip(Skip::Continuation);
        };
        match parse_message(rest.trim_ascii_start()) {
            Some(row) => Parsed::Message(row.at(Some(stamp))),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// The row of `fail2ban.actions  [811]: NOTICE  [jail] Ban 172.68.10.9`; `None` where another program speaks.
pub fn parse_message(text: &[u8]) -> Option<MessageLine> {
    let (logger, rest) = split_at_byte(text, b'[')?;
    if !logger.starts_with(b"fail2ban") {
        return None;
    }
    let (process, rest) = split_at_sequence(rest, b"]: ")?;
    let (level, said) = split_at_byte(rest, b' ')?;
    Some(MessageLine {
        process: bounded_integer(process),
        level: Some(text_within(level, 16).to_ascii_lowercase()),
        ..of_said(said.trim_ascii_start())
    })
}

/// The row of what a jail says: `[jail] Ban 172.68.10.9`.
pub fn of_said(said: &[u8]) -> MessageLine {
    let mut row = MessageLine::of(said, Some(Program::Fail2ban));
    row.program = Some("fail2ban".to_owned());
    if row.signature.is_some() {
        row.client = said.rsplit(|byte| *byte == b' ').next().and_then(address);
    }
    row
}
