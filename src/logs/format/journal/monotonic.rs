//! `journalctl -o short-monotonic` and `-o short-delta`: `[ 8123.456789] web1 nginx[811]: text`. Only the start of the machine, which another
//! log may tell, places it in time.

use crate::logs::format::syslog;
use crate::logs::format::syslog::envelope::{Envelope, open_at_host};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::timestamp;
use crate::time::Duration;

/// The format, with the host that stands in every line: `dmesg` has none, and a driver's name there would change.
#[derive(Clone, Debug)]
pub struct JournalMonotonic {
    host: Vec<u8>,
}

/// Lines with a host that must be alike.
const FEWEST_LINES: usize = 2;

fn open(line: &[u8]) -> Option<(Duration, &[u8], Envelope<'_>)> {
    let (uptime, rest) = timestamp::since_boot(line)?;
    let host = rest.split(|byte| *byte == b' ').next()?;
    Some((uptime, host, open_at_host(rest, None, None)?))
}

impl LineFormat for JournalMonotonic {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let stamped = sample.lines.iter().filter(|line| timestamp::since_boot(line).is_some()).count();
        let hosts: Vec<&[u8]> = sample.lines.iter().filter_map(|line| Some(open(line)?.1)).collect();
        let first = *hosts.first()?;
        let alike = hosts.iter().filter(|host| **host == first).count();
        (alike >= FEWEST_LINES && alike.saturating_mul(10) >= stamped.saturating_mul(9))
            .then(|| JournalMonotonic { host: first.to_vec() })
    }

    fn id(&self) -> &'static str {
        "journal_monotonic"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], (): &mut (), clock: &mut LineClock) -> Parsed {
        let Some((uptime, _, envelope)) = open(line).filter(|(_, host, _)| *host == self.host) else {
            let own_words = line.starts_with(b"-- ");
            return Parsed::Skip(if own_words { Skip::Comment } else { Skip::Unparsed });
        };
        match syslog::parse_envelope(&envelope, None, clock) {
            Parsed::Message(row) => {
                let since_boot = row.since_boot.or(Some(uptime));
                Parsed::Message(MessageLine { since_boot, ..row }.placed_by(clock))
            }
            other => other,
        }
    }
}
