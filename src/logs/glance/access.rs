//! A line of an access log at a glance, field by field: what [`AccessDraft`](crate::logs::access::draft::AccessDraft) makes of it, without
//! the text that only rows need.

use super::AccessGlance;
use crate::facts::endings::{self, EndingVocabulary};
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::request_line::split_request;
use crate::logs::access::unit::PlainUnit;
use crate::ray::Ray;
use crate::text::host::{host_within, split_authority};
use crate::text::line::LONGEST_FIELD;
use crate::text::minute::{LastInstant, MinuteMemory};
use crate::text::number::{
    bounded_integer, duration, duration_with_unit, integer, three_digits, usual_seconds,
};
use crate::text::scan::is_same;
use crate::text::timestamp::Stamp;
use crate::time::Duration;

/// Values of earlier lines that are known again.
#[derive(Default)]
pub struct AccessMemory {
    /// The minute of the last instant.
    pub minute: MinuteMemory,
    /// The last instant.
    pub instant: LastInstant,
    /// The last host that stood there as it is: without a port, in no brackets.
    host: Vec<u8>,
}

impl AccessMemory {
    /// The host of a value of ASCII without blanks around it.
    fn host<'a>(&mut self, raw: &'a [u8]) -> Option<&'a [u8]> {
        let host = host_within(raw);
        if host.is_some_and(|host| host.len() == raw.len()) {
            self.host.clear();
            self.host.extend_from_slice(raw);
        }
        host
    }
}

/// What became of the text of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldTaken {
    /// It was taken, or says that there is no value.
    Yes,
    /// It cannot be one of the field's.
    No,
    /// Only the parser can say what it means.
    Unsure,
}

/// A line in the making.
#[derive(Default)]
pub struct GlanceDraft<'a> {
    stamp: Option<Stamp>,
    status: Option<u16>,
    /// CF-RAY.
    pub ray: Option<Ray>,
    /// What may be one.
    pub possible_ray: Option<Ray>,
    plain: PlainUnit,
    termination: Option<(EndingVocabulary, &'a str)>,
    host: Option<&'a [u8]>,
    request: Option<(&'a [u8], &'a [u8])>,
    request_time: Option<Duration>,
}

impl<'a> GlanceDraft<'a> {
    /// An empty one, whose durations without a unit count in `plain`.
    pub fn counting(plain: PlainUnit) -> GlanceDraft<'a> {
        GlanceDraft { plain, ..GlanceDraft::default() }
    }

    /// Takes an instant.
    pub fn put_time(&mut self, stamp: Stamp) {
        // Of several instants the finest counts.
        if self.stamp.is_none_or(|known| stamp.resolution < known.resolution) {
            self.stamp = Some(stamp);
        }
    }

    /// Takes a status of three digits; `false` where it is none, and [`put`](GlanceDraft::put) must say what it means. So do the next four.
    #[inline(always)]
    pub fn put_usual_status(&mut self, raw: &[u8]) -> bool {
        self.status = three_digits(raw);
        self.status.is_some()
    }

    /// Takes the duration of a column that counts seconds.
    #[inline(always)]
    pub fn put_usual_seconds(&mut self, raw: &[u8]) -> bool {
        let time = usual_seconds(raw);
        self.request_time = time.or(self.request_time);
        time.is_some()
    }

    /// Takes the ray of a column of its own.
    #[inline(always)]
    pub fn put_usual_ray(&mut self, raw: &[u8]) -> bool {
        self.ray = Ray::of_value(raw);
        self.ray.is_some()
    }

    /// Takes the host of the line before.
    // As `LastInstant::known`.
    #[inline(never)]
    pub fn put_usual_host(&mut self, raw: &'a [u8], memory: &AccessMemory) -> bool {
        let is_known = !raw.is_empty() && is_same(raw, &memory.host);
        if is_known {
            self.host = Some(raw);
        }
        is_known
    }

    /// Takes a request line of the usual form.
    #[inline(always)]
    pub fn put_usual_request(&mut self, raw: &'a [u8]) -> bool {
        self.request = usual_request(raw)
            .filter(|(_, target)| target.first() == Some(&b'/') && target.len() <= LONGEST_FIELD);
        self.request.is_some()
    }

    /// Takes the text of a field as it stands in a line without a backslash, in whatever form.
    pub fn put(&mut self, field: AccessField, raw: &'a [u8], memory: &mut AccessMemory) -> FieldTaken {
        if field == AccessField::Ignored || raw.is_empty() || raw == b"-" {
            return FieldTaken::Yes;
        }
        match field {
            AccessField::Time => {
                let bare = raw.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(raw);
                let stamp = memory.minute.any(bare);
                stamp.into_iter().for_each(|stamp| self.put_time(stamp));
                taken(stamp.is_some())
            }
            AccessField::Status => store(&mut self.status, bounded_integer(raw)),
            AccessField::Ray => {
                self.ray = self.ray.or_else(|| Ray::of_value(raw));
                FieldTaken::Yes
            }
            AccessField::RequestTime(unit) => store(&mut self.request_time, duration(raw, unit)),
            AccessField::PossibleRay => {
                self.possible_ray = Ray::parse(raw);
                FieldTaken::Yes
            }
            AccessField::PlainDuration => {
                let time = duration_with_unit(raw).or_else(|| self.plain.duration(raw));
                self.request_time = time.or(self.request_time);
                FieldTaken::Yes
            }
            AccessField::RequestTimeWithUnit => store(&mut self.request_time, duration_with_unit(raw)),
            AccessField::Request => self.put_request(raw),
            AccessField::Host => self.put_host(raw, memory),
            AccessField::Termination(vocabulary) => match std::str::from_utf8(raw) {
                Ok(code) if code.len() <= 64 => {
                    self.termination = Some((vocabulary, code));
                    FieldTaken::Yes
                }
                _ => FieldTaken::Unsure,
            },
            AccessField::RemoteAddress
            | AccessField::ForwardedFor
            | AccessField::Visitor
            | AccessField::UserAgent => FieldTaken::Yes,
            AccessField::BodyBytes
            | AccessField::SentBytes
            | AccessField::RequestBytes
            | AccessField::Connection => taken(integer(raw).is_some()),
            AccessField::Captures
            | AccessField::Method
            | AccessField::Target
            | AccessField::Query
            | AccessField::Date
            | AccessField::TimeOfDay => FieldTaken::Unsure,
            _ => taken(AccessDraft::default().put(field, raw)),
        }
    }

    fn put_host(&mut self, raw: &'a [u8], memory: &mut AccessMemory) -> FieldTaken {
        if raw.len() <= 256 && raw.is_ascii() && raw.trim_ascii() == raw {
            self.host = memory.host(raw).or(self.host);
        } else {
            return FieldTaken::Unsure;
        }
        FieldTaken::Yes
    }

    fn put_request(&mut self, raw: &'a [u8]) -> FieldTaken {
        let Some((method, target)) = split_request(raw) else {
            return FieldTaken::Unsure;
        };
        // An absolute URL has the host too.
        if target.len() > LONGEST_FIELD || target.first() != Some(&b'/') && split_authority(target).is_some()
        {
            return FieldTaken::Unsure;
        }
        self.request = Some((method, target));
        FieldTaken::Yes
    }

    /// What the line tells; `time_is_end` as in [`AccessLine`](crate::logs::AccessLine). `None` where it is not surely a row, or says how the
    /// request ended.
    pub fn finish(self, time_is_end: bool) -> Option<AccessGlance<'a>> {
        let time = self.stamp?.time;
        if let Some((vocabulary, code)) = self.termination
            && endings::find(vocabulary, code, self.status, None).is_some()
        {
            return None;
        }
        let start = match self.request_time {
            Some(duration) if time_is_end => time.plus(-duration),
            _ => time,
        };
        (self.status.is_some() || self.request.is_some()).then_some(AccessGlance {
            time,
            start,
            status: self.status,
            ray: self.ray,
            possible_ray: self.possible_ray,
            host: self.host,
            method: self.request.map(|(method, _)| method),
            target: self.request.map(|(_, target)| target),
        })
    }
}

/// What [`split_request`] gives for a request line of the usual form.
#[inline]
fn usual_request(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, version) = raw.split_last_chunk::<9>()?;
    let [b' ', b'H', b'T', b'T', b'P', b'/', b'1'..=b'3', b'.', b'0'..=b'9'] = version else { return None };
    let length = match rest {
        [b'G', b'E', b'T', b' ', ..] => 3,
        [b'P', b'O', b'S', b'T', b' ', ..] | [b'H', b'E', b'A', b'D', b' ', ..] => 4,
        _ => return None,
    };
    Some((rest.get(..length)?, rest.get(length + 1..)?))
}

fn store<T>(place: &mut Option<T>, value: Option<T>) -> FieldTaken {
    let read = value.is_some();
    if read {
        *place = value;
    }
    taken(read)
}

fn taken(was: bool) -> FieldTaken {
    if was { FieldTaken::Yes } else { FieldTaken::No }
}
