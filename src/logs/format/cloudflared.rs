//! cloudflared, the end of a tunnel at the origin (cloudflare/cloudflared, logger/create.go): on the console and in the journal
//! `2026-11-17T08:01:01Z ERR message error="…" cfRay=… connIndex=0`, in files and with `--output json` one object a line.

use std::borrow::Cow;

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, NamedTarget};
use crate::logs::sample::Sample;
use crate::ray::RayAtColo;
use crate::text::clock::LineClock;
use crate::text::json::Scalar;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};
use crate::text::quote::{closing_quote, unescape};
use crate::text::timestamp;

/// Keys that no other program writes: one of them is enough.
const TELLING_KEYS: [&str; 5] = ["connIndex", "cfRay", "originService", "ingressRule", "lbProbe"];

/// zerolog's names of levels on the console.
const LEVELS: [(&[u8], &str); 5] =
    [(b"DBG", "debug"), (b"INF", "info"), (b"WRN", "warning"), (b"ERR", "error"), (b"FTL", "fatal")];

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cloudflared;

impl LineFormat for Cloudflared {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        TELLING_KEYS.iter().any(|key| sample.holds(key.as_bytes())).then_some(Cloudflared)
    }

    fn id(&self) -> &'static str {
        "cloudflared"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        parse_line(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message)
    }
}

/// A line of either form; `None` where it is none of cloudflared's.
pub fn parse_line(line: &[u8]) -> Option<MessageLine> {
    if line.starts_with(b"{") { object(line) } else { text(line) }
}

/// A line of the console.
fn text(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = timestamp::iso(line)?;
    let rest = rest.strip_prefix(b" ")?;
    let (word, text) = split_at_byte(rest, b' ').unwrap_or((rest, b""));
    let (_, level) = LEVELS.iter().find(|(name, _)| *name == word)?;
    let mut row = MessageLine::of(text.trim_ascii(), Some(Program::Cloudflared)).at(Some(stamp));
    let value = |key: &[u8]| value_of(text, key);
    row.level = Some((*level).to_owned());
    take(&mut row, value(b" cfRay="), value(b" originService="), value(b" dest="), value(b" ip="));
    Some(row)
}

/// The value of ` key=`, without its quotes.
fn value_of<'a>(text: &'a [u8], key: &[u8]) -> Option<Cow<'a, [u8]>> {
    let (_, value) = split_at_sequence(text, key)?;
    if value.first() == Some(&b'"') {
        return Some(unescape(value.get(1..closing_quote(value, 1)?)?));
    }
    Some(Cow::Borrowed(value.split(|byte| *byte == b' ').next().unwrap_or_default()))
}

/// An object of a log file.
fn object(line: &[u8]) -> Option<MessageLine> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields<'a> {
        #[serde(borrow, default)]
        time: Scalar<'a>,
        #[serde(borrow, default)]
        level: Scalar<'a>,
        #[serde(borrow, default)]
        message: Scalar<'a>,
        #[serde(borrow, default)]
        error: Scalar<'a>,
        #[serde(borrow, default)]
        cf_ray: Scalar<'a>,
        #[serde(borrow, default)]
        origin_service: Scalar<'a>,
        #[serde(borrow, default)]
        dest: Scalar<'a>,
        #[serde(borrow, default)]
        ip: Scalar<'a>,
    }
    let fields: Fields<'_> = serde_json::from_slice(line).ok()?;
    let stamp = fields.time.text().and_then(|time| timestamp::any(time.as_bytes()))?;
    let level = fields.level.filled()?;
    // As on the console, so that a message is known by the same words.
    let text = match (fields.message.filled(), fields.error.filled()) {
        (Some(message), Some(error)) => format!("{message} error=\"{error}\""),
        (message, error) => message.or(error)?.to_owned(),
    };
    let mut row = MessageLine::of(text.as_bytes(), Some(Program::Cloudflared)).at(Some(stamp));
    if let Some((error, service)) = fields.error.filled().zip(fields.origin_service.filled()) {
        let message = fields.message.filled().unwrap_or_default();
        let on_console = format!("{message} error=\"{error}\" originService={service}");
        row.recognise(on_console.as_bytes(), Some(Program::Cloudflared));
    }
    row.level = Some(if level == "warn" { "warning".to_owned() } else { level.to_ascii_lowercase() });
    let value = |scalar: &Scalar<'_>| scalar.filled().map(|text| Cow::Owned(text.as_bytes().to_vec()));
    let [ray, service, dest, ip] =
        [&fields.cf_ray, &fields.origin_service, &fields.dest, &fields.ip].map(value);
    take(&mut row, ray, service, dest, ip);
    Some(row)
}

/// What cloudflared says beside the message: `cfRay`, `originService`, `dest` (a URL) and `ip` (the edge's end of the tunnel). Lines of
/// January 2024 say `cfRay`, those of July 2024 and later do not: proxy/logger.go hands it to a context that it drops (`newHTTPLogger`). There
/// `dest` tells which request a line is about.
fn take(
    row: &mut MessageLine,
    ray: Option<Cow<'_, [u8]>>,
    service: Option<Cow<'_, [u8]>>,
    dest: Option<Cow<'_, [u8]>>,
    ip: Option<Cow<'_, [u8]>>,
) {
    row.program = Some("cloudflared".to_owned());
    row.ray = ray.and_then(|ray| RayAtColo::parse(&ray)).map(|found| found.ray);
    row.upstream = service.map(|service| text_within(&service, 256));
    row.client = ip.and_then(|ip| crate::text::address::address(&ip));
    let host = dest.as_deref().and_then(|url| split_at_sequence(url, b"://"));
    if let Some((_, rest)) = host {
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
        let (host, target) = rest.split_at_checked(end).unwrap_or_default();
        row.host = Some(text_within(host, 256));
        row.target = target.starts_with(b"/").then(|| NamedTarget::Whole(field_text(target).into()));
    }
}
