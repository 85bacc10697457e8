//! auditd's log: `type=AVC msg=audit(1794902461.123:812): avc:  denied  { name_connect } for  pid=811 comm="nginx" …`
//! (src: linux-audit/audit-documentation; SELinux Notebook, Auditing Events).

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence};
use crate::text::number::integer_after;
use crate::text::timestamp::{self, Stamp};

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Auditd;

impl LineFormat for Auditd {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.holds(b"msg=audit(").then_some(Auditd)
    }

    fn id(&self) -> &'static str {
        "auditd"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        let Some((stamp, text)) = opened(line) else { return Parsed::Skip(Skip::Unparsed) };
        let process = |key: &[u8]| integer_after(text, key).and_then(|process| u32::try_from(process).ok());
        let row = MessageLine::of(text, Some(Program::Kernel)).at(Some(stamp));
        Parsed::Message(MessageLine {
            program: Some("auditd".to_owned()),
            about_process: process(b" pid=").or_else(|| process(b"(pid=")),
            ..row
        })
    }
}

/// The instant in `msg=audit(…)` and the text behind it. `ausearch -i` writes dates there, with the fraction behind the second.
fn opened(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (before, rest) = split_at_sequence(line, b"msg=audit(")?;
    if !(before.starts_with(b"type=") || before.starts_with(b"node=")) {
        return None;
    }
    let (serial, text) = split_at_sequence(rest, b")")?;
    let (seconds, _) = split_at_byte(serial, b':')?;
    Some((timestamp::epoch(seconds)?, text.strip_prefix(b":").unwrap_or(text).trim_ascii_start()))
}
