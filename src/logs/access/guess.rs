//! What the pieces of one line of an unknown access format seem to be.

use crate::facts::endings::EndingVocabulary;
use crate::facts::ranges::is_internal;
use crate::logs::access::field::AccessField;
use crate::logs::access::haproxy;
use crate::logs::access::pieces::{LinePiece, Shape};
use crate::logs::access::request_line::split_request;
use crate::ray::{Ray, RayAtColo};
use crate::text::address::{address, address_and_port};
use crate::text::host::{is_host, split_authority};
use crate::text::number::{duration_with_unit, integer};
use crate::time::Duration;

/// What each piece of one line seems to be, of HAProxy's or of another's. `dash_bytes` is set where a line without bytes says `-`, as Apache does and nginx
/// does not.
pub fn guess(
    pieces: &[LinePiece<'_>],
    time_column: usize,
    of_haproxy: bool,
    dash_bytes: &mut bool,
) -> Vec<AccessField> {
    let mut fields = vec![AccessField::Ignored; pieces.len()];
    let mut guesser = Guesser { of_haproxy, ..Guesser::default() };
    let mut before_request = None;
    for (index, (piece, field)) in pieces.iter().zip(&mut fields).enumerate() {
        if piece.key.is_empty() && index != time_column {
            *field = guesser.next(piece, index < time_column);
            let status = !guesser.asked && is_status(piece.value) && piece.value != b"443";
            before_request = before_request.or(status.then_some(index));
        }
    }
    // A status may stand before the request; what stands behind it is more surely one.
    if guesser.asked
        && !guesser.status
        && let Some(field) = before_request.and_then(|index| fields.get_mut(index))
    {
        *field = AccessField::Status;
    }
    // Two numbers are those of bytes read and sent.
    if guesser.trailing != 1 {
        for field in fields.iter_mut().filter(|field| **field == AccessField::PlainDuration) {
            *field = AccessField::Ignored;
        }
    }
    *dash_bytes |= guesser.dash_bytes;
    fields
}

#[derive(Default)]
struct Guesser {
    /// HAProxy writes the lines.
    of_haproxy: bool,
    addressed: bool,
    /// The piece before was the address.
    just_addressed: bool,
    method: bool,
    asked: bool,
    status: bool,
    bytes: bool,
    referer: bool,
    agent: bool,
    timed: bool,
    upstream_timed: bool,
    dash_bytes: bool,
    /// Whole numbers behind the agent.
    trailing: u32,
}

impl Guesser {
    fn next(&mut self, piece: &LinePiece<'_>, before_time: bool) -> AccessField {
        let value = piece.value;
        match ray_in(value) {
            Some(SeenRay::Sure(_)) => return AccessField::Ray,
            Some(SeenRay::Possible(_)) => return AccessField::PossibleRay,
            None => {}
        }
        if self.of_haproxy
            && piece.shape == Shape::Bare
            && let Some(field) = of_haproxy(value)
        {
            return field;
        }
        if let Some(field) = self.request_in_parts(piece) {
            return field;
        }
        match piece.shape {
            Shape::Bracketed => AccessField::Ignored,
            Shape::Quoted if before_time && !self.asked && split_request(value).is_none() => {
                AccessField::Ignored
            }
            Shape::Quoted => self.quoted(value),
            // Between other separators than blanks the request stands unquoted.
            Shape::Bare if !self.asked && split_request(value).is_some() => self.quoted(value),
            Shape::Bare if self.asked && (!before_time || self.status || self.method) => {
                match self.figure(value) {
                    AccessField::Ignored => self.peer(value, before_time),
                    field => field,
                }
            }
            Shape::Bare => self.peer(value, before_time),
        }
    }

    /// Method and target that stand in columns of their own.
    fn request_in_parts(&mut self, piece: &LinePiece<'_>) -> Option<AccessField> {
        if self.asked || piece.shape == Shape::Bracketed {
            return None;
        }
        if !self.method && METHODS.contains(&piece.value) {
            self.method = true;
            return Some(AccessField::Method);
        }
        if self.method && (piece.value.starts_with(b"/") || split_authority(piece.value).is_some()) {
            self.asked = true;
            return Some(AccessField::Target);
        }
        None
    }

    fn quoted(&mut self, value: &[u8]) -> AccessField {
        if !self.asked {
            self.asked = true;
            return AccessField::Request;
        }
        if !self.status || self.agent {
            // Past the agent: the visitor's address, or what Traefik chose.
            let first = value.split(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
            return if value.starts_with(b"http://") || value.starts_with(b"https://") {
                AccessField::UpstreamAddress
            } else if address(first).is_some() {
                AccessField::ForwardedFor
            } else {
                AccessField::Ignored
            };
        }
        if !self.referer {
            self.referer = true;
            return AccessField::Ignored;
        }
        self.agent = true;
        AccessField::UserAgent
    }

    /// A bare piece after the request: status, bytes, then durations.
    fn figure(&mut self, value: &[u8]) -> AccessField {
        if !self.status {
            self.status = is_status(value);
            return if self.status { AccessField::Status } else { AccessField::Ignored };
        }
        if !self.bytes && (value == b"-" || integer(value).is_some()) {
            self.bytes = true;
            self.dash_bytes |= value == b"-";
            return AccessField::BodyBytes;
        }
        if duration_with_unit(value).is_some() && !self.timed {
            self.timed = true;
            return AccessField::RequestTimeWithUnit;
        }
        if seconds_with_milliseconds(value) {
            if !self.timed {
                self.timed = true;
                return AccessField::RequestTime(Duration::SECOND);
            }
            if !self.upstream_timed {
                self.upstream_timed = true;
                return AccessField::UpstreamResponseTime(Duration::SECOND);
            }
        }
        // Apache's `%D` behind the combined format.
        if self.agent && !self.timed && integer(value).is_some() {
            self.trailing = self.trailing.saturating_add(1);
            return AccessField::PlainDuration;
        }
        // A second address past the agent is the visitor's, which the edge hands on: a server behind has one of its own network.
        if self.agent && self.addressed && address(value).is_some_and(|visitor| !is_internal(visitor)) {
            return AccessField::ForwardedFor;
        }
        if is_host(value) { AccessField::Host } else { AccessField::Ignored }
    }

    fn peer(&mut self, value: &[u8], before_time: bool) -> AccessField {
        if !self.addressed {
            if address(value).is_some() {
                (self.addressed, self.just_addressed) = (true, true);
                return AccessField::RemoteAddress;
            }
            if let Some((_, Some(_))) = address_and_port(value) {
                (self.addressed, self.just_addressed) = (true, true);
                return AccessField::RemoteAddressAndPort;
            }
        }
        // Behind the address lighttpd has the host, others the name of identd, which nobody has; then comes the user's name.
        let may_be_host = !self.addressed || !before_time || std::mem::take(&mut self.just_addressed);
        if !before_time && !self.timed && seconds_with_milliseconds(value) {
            self.timed = true;
            AccessField::RequestTime(Duration::SECOND)
        } else if may_be_host && is_host(value) {
            AccessField::Host
        } else {
            AccessField::Ignored
        }
    }
}

/// What only HAProxy writes.
fn of_haproxy(value: &[u8]) -> Option<AccessField> {
    if haproxy::is_surely_state(value) {
        Some(AccessField::Termination(EndingVocabulary::Haproxy))
    } else if haproxy::is_timers(value) {
        Some(AccessField::Timers)
    } else if haproxy::is_captures(value) {
        Some(AccessField::Captures)
    } else {
        haproxy::is_server(value).then_some(AccessField::Server)
    }
}

/// Methods that stand in columns of their own (RFC 9110, 9.3, and PATCH).
pub const METHODS: [&[u8]; 9] =
    [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];

fn is_status(value: &[u8]) -> bool {
    matches!(integer(value), Some(0 | 100..=599)) && value.len() == 3
}

/// `0.402`, or a list of such: nginx's durations have exactly three digits of fraction, Rack's four, gunicorn's `%(L)s` six.
fn seconds_with_milliseconds(value: &[u8]) -> bool {
    let first = value.split(|byte| *byte == b',').next().unwrap_or_default();
    let Some(point) = memchr::memchr(b'.', first) else { return false };
    matches!(first.len().saturating_sub(point), 4 | 5 | 7)
        && first.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && point <= 6
}

/// Whether a value may be the address of an upstream, or a list of such.
pub fn looks_like_upstream(value: &[u8]) -> bool {
    let first = value.split(|byte| *byte == b',').next().unwrap_or_default();
    first == b"-" || first.starts_with(b"unix:") || address_and_port(first).is_some()
}

/// What has the form of a ray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenRay {
    /// With its data centre, as the edge sends it to the origin: nothing else looks like that.
    Sure(RayAtColo),
    /// Sixteen hex digits alone: also the id of a trace or a span (W3C Trace Context).
    Possible(Ray),
}

/// A ray in a piece that no column names. Sixteen digits without a letter may be a time in microseconds.
pub fn ray_in(value: &[u8]) -> Option<SeenRay> {
    let begins = value.first().is_some_and(|first| first.is_ascii_hexdigit() || first.is_ascii_whitespace());
    if !(begins && (16..=22).contains(&value.len())) {
        return None;
    }
    match RayAtColo::parse(value)? {
        ray if ray.colo.is_some() => Some(SeenRay::Sure(ray)),
        RayAtColo { ray, .. } => value.iter().any(u8::is_ascii_alphabetic).then_some(SeenRay::Possible(ray)),
    }
}
