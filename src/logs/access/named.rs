//! A row in the making whose fields come with names: JSON objects, `key=value` lines.

use crate::facts::endings::{self, EndingVocabulary};
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::haproxy;
use crate::logs::access::unit::PlainUnit;
use crate::logs::access::variables::named_field;
use crate::logs::row::access::AccessLine;
use crate::ray::RayAtColo;
use crate::text::timestamp::{self, Stamp};
use crate::text::{number, table};

/// Fields by their usual names.
pub struct NamedFields {
    draft: AccessDraft,
    query: Option<String>,
    /// The line is dated by the request's start (Traefik, Envoy, HAProxy); others write it at the end.
    dated_by_start: bool,
    timed_by: TimeName,
    /// What was asked stands in it, so that other names have what a rule made of it (Azure's `originalHost` and `host`).
    has_original: bool,
}

/// How well the name of the instant that was taken says that it is the request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TimeName {
    None,
    /// `time`, `@timestamp`: it may be the collector's.
    Usual,
    /// `StartUTC`, `start_time`.
    Start,
}

impl NamedFields {
    /// A row whose durations without a unit count in `plain`.
    pub fn new(plain: PlainUnit) -> NamedFields {
        NamedFields {
            draft: AccessDraft::counting(plain),
            query: None,
            dated_by_start: false,
            timed_by: TimeName::None,
            has_original: false,
        }
    }

    /// Takes the instant that a logger put before the fields, where none of them is one.
    pub fn put_stamp(&mut self, stamp: Stamp) {
        if self.timed_by == TimeName::None {
            self.draft.put_time(Some(stamp));
        }
    }

    /// Takes a value under its name.
    pub fn put(&mut self, key: &str, value: &str) {
        // Others have the status under this name.
        if key == "code" && endings::find(EndingVocabulary::Heroku, value, None, None).is_some() {
            self.draft.put(AccessField::Termination(EndingVocabulary::Heroku), value.as_bytes());
            return;
        }
        let Some(field) = named_field(key) else {
            self.put_state(value);
            if self.draft.line.ray.is_none() && value.len() >= 18 && value.len() <= 22 {
                // No name that we know; with its data centre a ray cannot be mistaken.
                self.draft.line.ray = RayAtColo::parse(value.as_bytes()).filter(|ray| ray.colo.is_some());
            }
            return;
        };
        self.has_original |= is_original(key);
        let line = &mut self.draft.line;
        match field {
            AccessField::Time => self.put_time(key, value),
            AccessField::Query => self.query = Some(value.to_owned()),
            AccessField::RequestTime(unit) => {
                let value = value.as_bytes();
                line.request_time =
                    number::duration(value, unit).or_else(|| number::duration_with_unit(value));
            }
            AccessField::RemoteAddressAndPort if line.remote_address.is_some() => {}
            AccessField::Termination(EndingVocabulary::ApplicationGateway)
                if !value.starts_with("ERRORINFO_") => {}
            AccessField::Target if self.has_original && line.target.is_some() => {}
            AccessField::Host if self.has_original && line.host.is_some() => {}
            _ => {
                self.draft.put(field, value.as_bytes());
            }
        }
    }

    /// Takes a session's state under whatever name, if it tells of anything: hardly any other value looks like it. One without a hyphen is known by its name
    /// alone, and hyphens alone stand for whatever is not known.
    fn put_state(&mut self, value: &str) {
        let is_open = self.draft.line.termination.is_none();
        let tells = value.bytes().any(|byte| byte != b'-') && haproxy::is_surely_state(value.as_bytes());
        if is_open && tells {
            self.draft.put(AccessField::Termination(EndingVocabulary::Haproxy), value.as_bytes());
        }
    }

    fn put_time(&mut self, key: &str, value: &str) {
        let start = ["start", "Start", "accept"].iter().any(|word| key.contains(word));
        let name = if start { TimeName::Start } else { TimeName::Usual };
        let Some(stamp) = stamp(value) else { return };
        if name > self.timed_by {
            self.draft.timed = false;
            self.timed_by = name;
            self.dated_by_start = start;
        }
        if name == self.timed_by {
            self.draft.put_time(Some(stamp));
        }
    }

    /// The row; `None` where time, status or request are lacking.
    pub fn finish(mut self) -> Option<AccessLine> {
        if let Some(query) = self.query.take() {
            self.draft.put(AccessField::Query, query.as_bytes());
        }
        let of = self.draft.line.termination.as_ref().map(|code| code.vocabulary);
        self.draft.line.time_is_end =
            !(self.dated_by_start || of.is_some_and(EndingVocabulary::is_dated_by_start));
        let row = self.draft.finish()?;
        let asked = row.method.is_some() || row.target.is_some() || row.odd_request_line.is_some();
        (row.status.is_some() && asked).then_some(row)
    }
}

/// Whether a name says that a gateway had it before its rules.
fn is_original(key: &str) -> bool {
    key.starts_with("original")
}

/// The instant that a value is, as a store shows it as well (somebody copies a record out of Kibana). Caddy's `ts` is a double: digits past the microsecond are noise.
fn stamp(value: &str) -> Option<Stamp> {
    match value.split_once('.') {
        Some((_, fraction)) if fraction.len() > 6 && fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            let seconds: f64 = value.parse().ok()?;
            timestamp::epoch(format!("{seconds:.6}").as_bytes())
        }
        _ => table::instant(value.as_bytes()),
    }
}
