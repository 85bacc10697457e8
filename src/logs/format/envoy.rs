//! Envoy's access log in its default text format, and in Istio's, which has more columns (envoyproxy/envoy
//! docs/root/configuration/observability/access_log/usage.rst; istio.io, Envoy access logs):
//!
//! `[START_TIME] "METHOD PATH PROTOCOL" CODE FLAGS … "X-FORWARDED-FOR" "USER-AGENT" "X-REQUEST-ID" "AUTHORITY" "UPSTREAM_HOST" …`
//!
//! The peer's address is not in the default format: the last of X-Forwarded-For stands for it.

use crate::facts::endings::EndingVocabulary;
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::guess::{SeenRay, ray_in};
use crate::logs::access::pieces::{LinePiece, MOST_COLUMNS, Shape, cut};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::AccessLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::time::Duration;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envoy;

/// Columns behind the flags, up to the last that both layouts have.
type Layout = &'static [AccessField];

/// bytes in, bytes out, duration, upstream service time, then the quoted ones.
const DEFAULT: Layout = &[
    AccessField::RequestBytes,
    AccessField::BodyBytes,
    AccessField::RequestTime(Duration::MILLISECOND),
    AccessField::UpstreamHeaderTime(Duration::MILLISECOND),
    AccessField::ForwardedFor,
    AccessField::UserAgent,
    AccessField::Ignored,
    AccessField::Host,
    AccessField::UpstreamAddress,
];

/// Details of the code, details of the connection's end, the transport's failure; then as above, and cluster, local addresses, the
/// downstream's address.
const ISTIO: Layout = &[
    AccessField::Ignored,
    AccessField::Ignored,
    AccessField::Ignored,
    AccessField::RequestBytes,
    AccessField::BodyBytes,
    AccessField::RequestTime(Duration::MILLISECOND),
    AccessField::UpstreamHeaderTime(Duration::MILLISECOND),
    AccessField::ForwardedFor,
    AccessField::UserAgent,
    AccessField::Ignored,
    AccessField::Host,
    AccessField::UpstreamAddress,
    AccessField::Ignored,
    AccessField::Ignored,
    AccessField::Ignored,
    AccessField::RemoteAddressAndPort,
];

impl LineFormat for Envoy {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.has_line_with(b'[').then_some(Envoy)
    }

    fn id(&self) -> &'static str {
        "envoy_access"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        parse_line(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
    }
}

/// The row of a line; `None` where it is none of Envoy's.
fn parse_line(line: &[u8]) -> Option<AccessLine> {
    if !line.starts_with(b"[") {
        return None;
    }
    let mut room = [LinePiece::default(); MOST_COLUMNS];
    let count = cut(line, b' ', &mut room);
    let [time, request, code, flags, rest @ ..] = room.get(..count)? else { return None };
    if time.shape != Shape::Bracketed || request.shape != Shape::Quoted || !are_flags(flags) {
        return None;
    }
    let mut draft = AccessDraft::default();
    let started = draft.put(AccessField::Time, time.value) && draft.put(AccessField::Request, request.value);
    // 0: nothing was sent.
    let answered = code.value == b"0" || code.value.len() == 3 && draft.put(AccessField::Status, code.value);
    if !started || !answered {
        return None;
    }
    draft.put(AccessField::Termination(EndingVocabulary::Envoy), flags.value);
    let (skipped, layout) = layout_of(rest)?;
    let known = rest.iter().skip(skipped);
    for (piece, field) in known.clone().zip(layout) {
        draft.put(*field, piece.value);
    }
    // What people add stands behind; with its data centre a ray cannot be mistaken.
    draft.line.ray =
        draft.line.ray.or(known.skip(layout.len()).find_map(|piece| match ray_in(piece.value) {
            Some(SeenRay::Sure(ray)) => Some(ray),
            _ => None,
        }));
    draft.finish()
}

/// In the default layout numbers follow the flags, in Istio's words; in others (with `%RESPONSE_CODE_DETAILS%`) some words as well. How many pieces stand before the
/// layout's, and the layout.
fn layout_of(rest: &[LinePiece<'_>]) -> Option<(usize, Layout)> {
    const MOST_WORDS: usize = 4;
    let numbers = |pieces: Option<&[LinePiece<'_>]>| {
        pieces.is_some_and(|pieces| {
            let number = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
            pieces.iter().all(|piece| piece.shape == Shape::Bare && piece.value.iter().all(number))
        })
    };
    let quoted = |at: usize| rest.get(at).is_some_and(|piece| piece.shape == Shape::Quoted);
    let begins = |at: &usize| numbers(rest.get(*at..*at + 4)) && quoted(*at + 4);
    let at = (0..=MOST_WORDS).find(begins)?;
    Some(if at == 3 && quoted(2) { (0, ISTIO) } else { (at, DEFAULT) })
}

/// `-`, or capital letters joined by commas.
fn are_flags(piece: &LinePiece<'_>) -> bool {
    let letter = |byte: &u8| byte.is_ascii_uppercase() || *byte == b',';
    piece.shape == Shape::Bare
        && (piece.value == b"-" || piece.value.iter().all(letter))
        && piece.key.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_say_what_happened_to_the_request() {
        let row = parse_line(br#"[2026-11-17T08:01:13.510Z] "GET /api/items?page=2 HTTP/1.1" 503 UC 0 95 2982 - "198.51.100.9,172.70.1.2" "Mozilla/5.0" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "shop.example:443" "10.0.0.5:8080""#).unwrap();
        assert_eq!((row.status, row.ending().unwrap().id), (Some(503), "envoy-upstream-closed"));
        assert_eq!(row.remote_address, Some("172.70.1.2".parse().unwrap()));
        assert_eq!(
            (row.host.as_deref(), row.request_time),
            (Some("shop.example"), Some(Duration::from_milliseconds(2982)))
        );
        assert_eq!(row.upstream[0].address.as_deref(), Some("10.0.0.5:8080"));
    }

    /// Otherwise the flags of a log to which somebody added a column, by which alone three causes of a 503 are told apart, are not read.
    #[test]
    fn words_between_and_columns_behind_may_be_added() {
        let row = parse_line(br#"[2026-11-17T08:01:13.510Z] "GET /v2/rates HTTP/2" 504 UT response_timeout 0 24 15000 - "198.51.100.9,172.70.1.2" "Mozilla/5.0" "387a" "gw.shop.example" "10.8.3.148:8080" "9afc9345b965e389-MAD""#).unwrap();
        assert_eq!((row.status, row.ending().unwrap().id), (Some(504), "envoy-upstream-timed-out"));
        assert_eq!(row.ray.map(|ray| ray.ray.to_string()).as_deref(), Some("9afc9345b965e389"));
        assert_eq!(row.visitor, Some(Box::new("198.51.100.9".parse().unwrap())));
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            &br#"[17/Nov/2026:08:01:01 +0000] "GET / HTTP/1.1" 200 157 "-""#[..],
            b"[2026-11-17T08:01:13Z] \"GET / HTTP/1.1\" 200 - 1 2",
            b"[error] x",
        ] {
            assert!(parse_line(line).is_none());
        }
    }
}
