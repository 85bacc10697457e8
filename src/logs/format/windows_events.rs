//! Windows' event log as its viewer saves it (`Save All Events As…`, CSV): a heading, then an event a row, with its message in a last column without a name. A
//! message may go on over lines. Instants are local, in the form of the machine's region.

use super::application::parse_text;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::table::cells;
use crate::text::timestamp::{self, Stamp};

/// The columns of the heading.
const COLUMNS: [&str; 5] = ["Level", "Date and Time", "Source", "Event ID", "Task Category"];

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct WindowsEvents;

impl LineFormat for WindowsEvents {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.first().filter(|line| is_heading(line)).map(|_| WindowsEvents)
    }

    fn id(&self) -> &'static str {
        "windows_events"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match event(line) {
            Some(row) => Parsed::Message(row),
            None if is_heading(line) => Parsed::Skip(Skip::Comment),
            None => Parsed::Skip(Skip::Continuation),
        }
    }
}

fn is_heading(line: &[u8]) -> bool {
    let names: Vec<_> = cells(line, b',').take(COLUMNS.len()).collect();
    names.iter().map(|name| &**name).eq(COLUMNS.map(str::as_bytes))
}

/// `Error,11/17/2026 8:01:01 AM,Schannel,36874,None,"An TLS 1.2 connection request …"`. A message over several lines has no quote at its end.
fn event(line: &[u8]) -> Option<MessageLine> {
    let mut columns = cells(line, b',');
    let (level, when, source) = (columns.next()?, columns.next()?, columns.next()?);
    let number = columns.next()?;
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    let stamp = instant(std::str::from_utf8(&when).ok()?).filter(|_| is_number)?;
    let text = columns.nth(1)?;
    let text = text.strip_prefix(b"\"").unwrap_or(&text);
    let row = parse_text(text).at(Some(stamp));
    let word = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(MessageLine { level: Some(word(&level).to_ascii_lowercase()), program: Some(word(&source)), ..row })
}

/// `11/17/2026 8:01:01 AM`, and where the day comes first `17/11/2026 08:01:01` or `17.11.2026 08:01:01`.
fn instant(text: &str) -> Option<Stamp> {
    let (date, clock) = text.split_once(' ')?;
    let mut parts = date.split(['/', '.', '-']);
    let parts: [u16; 3] =
        [parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?];
    let (clock, half) = clock.split_once(' ').map_or((clock, None), |(clock, half)| (clock, Some(half)));
    let (hour, rest) = clock.split_once(':')?;
    let hour: u8 = hour.parse().ok()?;
    let hour = match half {
        Some("PM") => hour % 12 + 12,
        Some("AM") => hour % 12,
        _ => hour,
    };
    let [first, second, third] = parts;
    let [year, month, day] = match half {
        _ if first >= 1000 => parts,
        Some(_) => [third, first, second],
        None => [third, second, first],
    };
    timestamp::any(format!("{year}-{month:02}-{day:02} {hour:02}:{rest}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    const HEADING: &str = "Level,Date and Time,Source,Event ID,Task Category";

    fn parse(line: &str) -> Parsed {
        WindowsEvents.parse(line.as_bytes(), &mut (), &mut LineClock::default())
    }

    /// Otherwise the one input that says why IIS breaks all handshakes off is passed over.
    #[test]
    fn what_schannel_says_of_a_handshake_is_read() {
        let sample = Sample { head: b"", lines: vec![HEADING.as_bytes()] };
        assert!(WindowsEvents::detect(&sample).is_some());
        let text = "An TLS 1.2 connection request was received from a remote client application, but none of the cipher suites supported by the client application are supported by the server. The TLS connection request has failed.";
        let Parsed::Message(row) =
            parse(&format!("Error,11/17/2026 2:01:01 PM,Schannel,36874,None,\"{text}\""))
        else {
            panic!("no event")
        };
        assert_eq!((row.time, row.time_is_local), (Time::parse_rfc3339("2026-11-17T14:01:01Z"), true));
        assert_eq!((row.signature, row.program.as_deref()), (Some("tls-cipher-unshared"), Some("Schannel")));
        assert_eq!(row.level.as_deref(), Some("error"));
    }

    #[test]
    fn regions_write_the_day_where_they_like() {
        let time = Time::parse_rfc3339("2026-11-07T00:01:01Z");
        for when in
            ["11/7/2026 12:01:01 AM", "07/11/2026 00:01:01", "07.11.2026 00:01:01", "2026-11-07 00:01:01"]
        {
            let Parsed::Message(row) = parse(&format!("Information,{when},WAS,5002,None,text")) else {
                panic!("{when}")
            };
            assert_eq!(row.time, time, "{when}");
        }
        assert_eq!(parse("and more of the message"), Parsed::Skip(Skip::Continuation));
        assert_eq!(parse(HEADING), Parsed::Skip(Skip::Comment));
    }
}
