//! What collectors put around each line: docker's JSON, Kubernetes' CRI, compose's name column.

use std::borrow::Cow;

use serde::Deserialize;

use crate::logs::format::{Context, Skip};
use crate::logs::record::{LONGEST_RECORD, trimmed};
use crate::text::json::Scalar;
use crate::text::scan::split_at_byte;
use crate::text::timestamp::{self, Stamp};

/// A collector's wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// None: the line stands bare.
    #[default]
    None,
    /// docker's json-file driver: `{"log":"…\n","stream":"stderr","time":"…Z"}`.
    DockerJson,
    /// Kubernetes' container runtime interface: `2026-11-17T08:01:01.123456789Z stderr F …`, `P` for a part.
    Cri,
    /// `docker compose logs`: `name  | …`.
    Compose,
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

impl Wrapping {
    /// Those that a line can be recognised to have, in the order of trying.
    pub const ALL: [Wrapping; 3] = [Wrapping::DockerJson, Wrapping::Cri, Wrapping::Compose];

    /// Whether a line has this wrapping.
    pub fn fits(self, line: &[u8]) -> bool {
        let mut context = Context::default();
        !matches!(self.peel(line, &mut context), Peeled::Bare | Peeled::Skip(Skip::Unparsed | Skip::Empty))
    }

    /// Takes the wrapping off.
    pub fn peel<'a>(self, line: &'a [u8], context: &mut Context) -> Peeled<'a> {
        match self {
            Wrapping::None => Peeled::Bare,
            Wrapping::DockerJson => docker(line, context),
            Wrapping::Cri => cri(line, context),
            Wrapping::Compose => compose(line),
        }
    }
}

fn docker<'a>(line: &'a [u8], context: &mut Context) -> Peeled<'a> {
    if !line.starts_with(b"{") {
        return Peeled::Skip(Skip::Unparsed);
    }
    let Ok(DockerLine { log: Scalar::Text(text), time }) = serde_json::from_slice::<DockerLine<'_>>(line)
    else {
        return Peeled::Skip(Skip::Unparsed);
    };
    let stamp = time.text().and_then(|time| timestamp::any(time.as_bytes()));
    // Docker cuts at 16 KiB: only the last part ends in a line end.
    let whole = text.ends_with('\n');
    let bytes = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    join(bytes, whole, stamp, context)
}

fn cri<'a>(line: &'a [u8], context: &mut Context) -> Peeled<'a> {
    let inner = || {
        let (stamp, rest) = timestamp::iso(line)?;
        let (stream, rest) = split_at_byte(rest.strip_prefix(b" ")?, b' ')?;
        let (tag, text) = split_at_byte(rest, b' ').unwrap_or((rest, b""));
        let whole = match tag.first()? {
            b'F' => true,
            b'P' => false,
            _ => return None,
        };
        matches!(stream, b"stdout" | b"stderr").then_some((stamp, text, whole))
    };
    match inner() {
        Some((stamp, text, whole)) => join(Cow::Borrowed(text), whole, Some(stamp), context),
        None => Peeled::Skip(Skip::Unparsed),
    }
}

/// Puts the parts of a line together. Parts that would pass the longest record are dropped with it.
fn join<'a>(text: Cow<'a, [u8]>, whole: bool, time: Option<Stamp>, context: &mut Context) -> Peeled<'a> {
    if context.partial.len().saturating_add(text.len()) > LONGEST_RECORD {
        context.partial.clear();
        return Peeled::Skip(Skip::TooLong);
    }
    if !whole {
        context.partial.extend_from_slice(&text);
        return Peeled::Skip(Skip::Partial);
    }
    let text = if context.partial.is_empty() {
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text.strip_suffix(b"\n").unwrap_or(text))),
            Cow::Owned(text) => Cow::Owned(trimmed(text.strip_suffix(b"\n").unwrap_or(&text)).to_vec()),
        }
    } else {
        let mut joined = std::mem::take(&mut context.partial);
        joined.extend_from_slice(&text);
        Cow::Owned(trimmed(joined.strip_suffix(b"\n").unwrap_or(&joined)).to_vec())
    };
    if text.is_empty() { Peeled::Skip(Skip::Empty) } else { Peeled::Inner { text, time } }
}

fn compose(line: &[u8]) -> Peeled<'_> {
    let inner = || {
        let (name, text) = split_at_byte(line.get(..96).unwrap_or(line), b'|')
            .and_then(|(name, _)| Some((name, line.get(name.len().checked_add(1)?..)?)))?;
        let text = text.strip_prefix(b" ")?;
        let bare = name.strip_suffix(b" ")?.trim_ascii_end();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (!bare.is_empty() && bare.iter().all(plain)).then_some(text)
    };
    match inner() {
        Some(text) => Peeled::Inner { text: Cow::Borrowed(text), time: None },
        None => Peeled::Skip(Skip::Unparsed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peel(wrapping: Wrapping, line: &str, context: &mut Context) -> Option<String> {
        match wrapping.peel(line.as_bytes(), context) {
            Peeled::Inner { text, .. } => Some(String::from_utf8_lossy(&text).into_owned()),
            _ => None,
        }
    }

    #[test]
    fn docker_lines_give_their_text_and_parts_are_joined() {
        let mut context = Context::default();
        let first = r#"{"log":"one \"half","stream":"stderr","time":"2026-11-17T08:01:01.5Z"}"#;
        let last = r#"{"log":" and the other\r\n","stream":"stderr","time":"2026-11-17T08:01:01.5Z"}"#;
        assert_eq!(peel(Wrapping::DockerJson, first, &mut context), None);
        assert_eq!(
            peel(Wrapping::DockerJson, last, &mut context).as_deref(),
            Some("one \"half and the other")
        );
        assert!(!Wrapping::DockerJson.fits(br#"{"message":"x"}"#));
    }

    #[test]
    fn kubernetes_lines_give_their_text_and_parts_are_joined() {
        let mut context = Context::default();
        let time = "2026-11-17T08:01:01.123456789Z";
        assert_eq!(peel(Wrapping::Cri, &format!("{time} stderr P one "), &mut context), None);
        assert_eq!(peel(Wrapping::Cri, &format!("{time} stderr F two"), &mut context).unwrap(), "one two");
        assert!(!Wrapping::Cri.fits(b"2026-11-17T08:01:01Z host app: F x"));
    }

    #[test]
    fn compose_names_are_taken_off() {
        let mut context = Context::default();
        assert_eq!(peel(Wrapping::Compose, "web_1   | a | b", &mut context).unwrap(), "a | b");
        assert_eq!(peel(Wrapping::Compose, "GET /a?b | c", &mut context), None);
    }
}
