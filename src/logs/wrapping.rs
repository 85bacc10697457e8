//! What collectors put around each line: docker's JSON, Kubernetes' CRI, compose's name column, a time stamp, a shipper's object.

mod platform;
mod shipped;
mod table;

use std::borrow::Cow;

use serde::Deserialize;

pub use self::platform::is_of_router;
use self::platform::platform;
pub use self::shipped::stamp_of;
use self::shipped::{bytes_of, shipped};
use self::table::TableColumns;
use crate::logs::line_format::Skip;
use crate::logs::record::LONGEST_RECORD;
use crate::text::json::Scalar;
use crate::text::line::{split_at_byte, split_at_sequence, trimmed};
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// A collector's wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CollectorWrapping {
    /// None: the line stands bare.
    #[default]
    None,
    /// docker's json-file driver: `{"log":"…\n","stream":"stderr","time":"…Z"}`.
    DockerJson,
    /// Kubernetes' container runtime interface: `2026-11-17T08:01:01.123456789Z stderr F …`, `P` for a part.
    Cri,
    /// `docker compose logs`: `name  | …`, with `-t` a time stamp behind the bar.
    Compose,
    /// `docker logs -t`, `kubectl logs --timestamps`: an RFC 3339 instant of nine digits before the line; with `--prefix` of kubectl
    /// `[pod/name/container]` before that.
    Stamped,
    /// A platform's instant, and whose line it is: Heroku's `app[web.1]: `, Fly's `app[148e21ea7e3989] fra [info]`.
    Platform,
    /// An object of a shipper or a store of logs with the line in one of its members.
    Shipped,
    /// A table that a store of logs exported, with the line in one of its columns.
    Table,
}

/// What is left of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peeled<'a> {
    /// The line is not wrapped.
    Bare,
    /// The line inside, and the collector's own time of it.
    Inner {
        /// The line without its wrapping.
        text: Cow<'a, [u8]>,
        /// When the collector took it.
        time: Option<Stamp>,
    },
    /// No line inside.
    Skip(Skip),
}

#[derive(Deserialize)]
struct DockerLine<'a> {
    #[serde(borrow, default)]
    log: Scalar<'a>,
    #[serde(borrow, default)]
    time: Scalar<'a>,
}

impl CollectorWrapping {
    /// Those that a line can be recognised to have, in the order of trying.
    pub const ALL: [CollectorWrapping; 7] = [
        CollectorWrapping::DockerJson,
        CollectorWrapping::Cri,
        CollectorWrapping::Compose,
        CollectorWrapping::Stamped,
        CollectorWrapping::Platform,
        CollectorWrapping::Shipped,
        CollectorWrapping::Table,
    ];

    /// Whether a line has this wrapping.
    pub fn fits(self, line: &[u8]) -> bool {
        let peeled = Unwrapper::new(self).peel(line);
        !matches!(peeled, Peeled::Bare | Peeled::Skip(Skip::Unparsed | Skip::Empty))
    }

    /// Whether most of these lines have this wrapping, and one of them is whole: a wrapping whose lines never end is another's.
    pub fn fits_most(self, lines: &[&[u8]]) -> bool {
        if self == CollectorWrapping::Table {
            // The first line says how to take the others off. Without that no other need be looked at.
            if lines.first().and_then(|first| TableColumns::of_header(first)).is_none() {
                return false;
            }
            let mut unwrapper = Unwrapper::new(self);
            let inner =
                lines.iter().filter(|line| matches!(unwrapper.peel(line), Peeled::Inner { .. })).count();
            return inner > 0 && inner.saturating_mul(2) >= lines.len().saturating_sub(1);
        }
        let fitting = lines.iter().filter(|line| self.fits(line)).count();
        let whole = |line: &&[u8]| matches!(Unwrapper::new(self).peel(line), Peeled::Inner { .. });
        fitting.saturating_mul(2) > lines.len() && lines.iter().any(whole)
    }
}

/// Takes the wrapping off the lines of one input.
#[derive(Clone, Debug)]
pub struct Unwrapper {
    wrapping: CollectorWrapping,
    /// The parts so far of a line that the collector cut.
    parts: Vec<u8>,
    /// Of a table: its first line, and what it names.
    header: Option<(Vec<u8>, TableColumns)>,
}

impl Unwrapper {
    /// For an input with this wrapping.
    pub fn new(wrapping: CollectorWrapping) -> Unwrapper {
        Unwrapper { wrapping, parts: Vec::new(), header: None }
    }

    /// Takes the wrapping off a line.
    pub fn peel<'a>(&mut self, line: &'a [u8]) -> Peeled<'a> {
        match self.wrapping {
            CollectorWrapping::None => Peeled::Bare,
            CollectorWrapping::DockerJson => self.join(docker(line)),
            CollectorWrapping::Cri => self.join(cri(line)),
            CollectorWrapping::Compose => compose(line),
            CollectorWrapping::Stamped => {
                stamped(line).map_or(Peeled::Skip(Skip::Unparsed), |(stamp, text)| inner(text, Some(stamp)))
            }
            CollectorWrapping::Platform => match platform(line) {
                Some((_, text)) if text.is_empty() => Peeled::Skip(Skip::Empty),
                Some((stamp, text)) => Peeled::Inner { text, time: Some(stamp) },
                None => Peeled::Skip(Skip::Unparsed),
            },
            CollectorWrapping::Shipped => self.join(shipped_line(line)),
            CollectorWrapping::Table => self.row(line),
        }
    }

    /// A row of a table. The first one names the columns, as does the first of another export that was appended.
    fn row<'a>(&mut self, line: &'a [u8]) -> Peeled<'a> {
        let Some((header, columns)) = &self.header else {
            self.header = TableColumns::of_header(line).map(|columns| (line.to_vec(), columns));
            return Peeled::Skip(if self.header.is_some() { Skip::Comment } else { Skip::Unparsed });
        };
        if line == header.as_slice() {
            return Peeled::Skip(Skip::Comment);
        }
        match columns.taken(line) {
            Some((text, _)) if text.is_empty() => Peeled::Skip(Skip::Empty),
            Some((text, time)) => Peeled::Inner { text, time },
            None => Peeled::Skip(Skip::Unparsed),
        }
    }

    /// Puts the parts of a line together. Parts that would pass the longest record are dropped with it.
    fn join<'a>(&mut self, part: Option<LinePart<'a>>) -> Peeled<'a> {
        let Some(LinePart { text, ends_line, time }) = part else { return Peeled::Skip(Skip::Unparsed) };
        if self.parts.len().saturating_add(text.len()) > LONGEST_RECORD {
            self.parts.clear();
            return Peeled::Skip(Skip::TooLong);
        }
        if !ends_line {
            self.parts.extend_from_slice(&text);
            return Peeled::Skip(Skip::Partial);
        }
        let text = if self.parts.is_empty() {
            match text {
                Cow::Borrowed(text) => Cow::Borrowed(trimmed(text.strip_suffix(b"\n").unwrap_or(text))),
                Cow::Owned(text) => Cow::Owned(trimmed(text.strip_suffix(b"\n").unwrap_or(&text)).to_vec()),
            }
        } else {
            let mut joined = std::mem::take(&mut self.parts);
            joined.extend_from_slice(&text);
            Cow::Owned(trimmed(joined.strip_suffix(b"\n").unwrap_or(&joined)).to_vec())
        };
        if text.is_empty() { Peeled::Skip(Skip::Empty) } else { Peeled::Inner { text, time } }
    }
}

/// A line as the collector took it, or a part of one.
struct LinePart<'a> {
    text: Cow<'a, [u8]>,
    ends_line: bool,
    time: Option<Stamp>,
}

fn docker(line: &[u8]) -> Option<LinePart<'_>> {
    if !line.starts_with(b"{") {
        return None;
    }
    let Ok(DockerLine { log: Scalar::Text(text), time }) = serde_json::from_slice::<DockerLine<'_>>(line)
    else {
        return None;
    };
    let time = time.text().and_then(|time| timestamp::any(time.as_bytes()));
    // Docker cuts at 16 KiB: only the last part ends in a line end.
    let ends_line = text.ends_with('\n');
    Some(LinePart { text: bytes_of(text), ends_line, time })
}

/// A shipper's object always holds a whole line.
fn shipped_line(line: &[u8]) -> Option<LinePart<'_>> {
    let (text, time) = shipped(line)?;
    Some(LinePart { text, ends_line: true, time })
}

/// The instant before a line and the line. Only a collector writes nine digits of a second and the zone.
fn stamped(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let named = line.strip_prefix(b"[pod/").and_then(|rest| split_at_sequence(rest, b"] "));
    let (stamp, rest) = timestamp::iso(named.map_or(line, |(_, rest)| rest))?;
    let text = if rest.is_empty() { rest } else { rest.strip_prefix(b" ")? };
    (!stamp.local && stamp.resolution == Duration::NANOSECOND).then_some((stamp, text))
}

/// What is inside: a line, or nothing.
fn inner(text: &[u8], time: Option<Stamp>) -> Peeled<'_> {
    if text.is_empty() {
        return Peeled::Skip(Skip::Empty);
    }
    Peeled::Inner { text: Cow::Borrowed(text), time }
}

fn cri(line: &[u8]) -> Option<LinePart<'_>> {
    let (stamp, rest) = timestamp::iso(line)?;
    let (stream, rest) = split_at_byte(rest.strip_prefix(b" ")?, b' ')?;
    let (tag, text) = split_at_byte(rest, b' ').unwrap_or((rest, b""));
    let ends_line = match tag.first()? {
        b'F' => true,
        b'P' => false,
        _ => return None,
    };
    matches!(stream, b"stdout" | b"stderr").then_some(LinePart {
        text: Cow::Borrowed(text),
        ends_line,
        time: Some(stamp),
    })
}

fn compose(line: &[u8]) -> Peeled<'_> {
    let behind_bar = || {
        let (name, text) = split_at_byte(line.get(..96).unwrap_or(line), b'|')
            .and_then(|(name, _)| Some((name, line.get(name.len().checked_add(1)?..)?)))?;
        let text = text.strip_prefix(b" ")?;
        let bare = name.strip_suffix(b" ")?.trim_ascii_end();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (!bare.is_empty() && bare.iter().all(plain)).then_some(text)
    };
    match behind_bar() {
        Some(text) => match stamped(text) {
            Some((stamp, text)) => inner(text, Some(stamp)),
            None => Peeled::Inner { text: Cow::Borrowed(text), time: None },
        },
        None => Peeled::Skip(Skip::Unparsed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peel(unwrapper: &mut Unwrapper, line: &str) -> Option<String> {
        match unwrapper.peel(line.as_bytes()) {
            Peeled::Inner { text, .. } => Some(String::from_utf8_lossy(&text).into_owned()),
            _ => None,
        }
    }

    #[test]
    fn docker_lines_give_their_text_and_parts_are_joined() {
        let mut unwrapper = Unwrapper::new(CollectorWrapping::DockerJson);
        let first = r#"{"log":"one \"half","stream":"stderr","time":"2026-11-17T08:01:01.5Z"}"#;
        let last = r#"{"log":" and the other\r\n","stream":"stderr","time":"2026-11-17T08:01:01.5Z"}"#;
        assert_eq!(peel(&mut unwrapper, first), None);
        assert_eq!(peel(&mut unwrapper, last).as_deref(), Some("one \"half and the other"));
        assert!(!CollectorWrapping::DockerJson.fits(br#"{"message":"x"}"#));
    }

    #[test]
    fn kubernetes_lines_give_their_text_and_parts_are_joined() {
        let mut unwrapper = Unwrapper::new(CollectorWrapping::Cri);
        let time = "2026-11-17T08:01:01.123456789Z";
        assert_eq!(peel(&mut unwrapper, &format!("{time} stderr P one ")), None);
        assert_eq!(peel(&mut unwrapper, &format!("{time} stderr F two")).unwrap(), "one two");
        assert!(!CollectorWrapping::Cri.fits(b"2026-11-17T08:01:01Z host app: F x"));
    }

    #[test]
    fn the_stamp_of_docker_and_kubectl_is_taken_off_and_a_logs_own_is_not() {
        let mut unwrapper = Unwrapper::new(CollectorWrapping::Stamped);
        let line = "2026-11-17T08:01:01.123456789Z 2026/11/17 08:01:01 [error] x";
        assert_eq!(peel(&mut unwrapper, line).unwrap(), "2026/11/17 08:01:01 [error] x");
        let named = format!("[pod/web-1/nginx] {line}");
        assert_eq!(peel(&mut unwrapper, &named).unwrap(), "2026/11/17 08:01:01 [error] x");
        assert!(!CollectorWrapping::Stamped.fits(b"2026-11-17T08:01:01.123456+00:00 web1 app: x"));
        let mut compose = Unwrapper::new(CollectorWrapping::Compose);
        assert_eq!(peel(&mut compose, &format!("web_1  | {line}")).unwrap(), "2026/11/17 08:01:01 [error] x");
    }

    #[test]
    fn compose_names_are_taken_off() {
        let mut unwrapper = Unwrapper::new(CollectorWrapping::Compose);
        assert_eq!(peel(&mut unwrapper, "web_1   | a | b").unwrap(), "a | b");
        assert_eq!(peel(&mut unwrapper, "GET /a?b | c"), None);
    }
}
