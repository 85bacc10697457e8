//! Lines without a ray about what failed, where so many asked for it that the first look has kept none of them: of these a further look
//! keeps those near the failing requests, once it is known how far the log's clock is off.

use std::collections::BTreeSet;

use super::log::LogFile;
use super::unnamed::{FailingTimes, read_all};
use crate::evidence::partial::Partial;
use crate::evidence::place::Place;
use crate::evidence::request_key::RequestKey;
use crate::evidence::rough_offset::RoughOffsets;
use crate::evidence::row::AccessRow;
use crate::logs::{Glance, Parsed};
use crate::time::Duration;

/// How near, beyond what a rough offset may be wrong.
const NEAR: Duration = Duration::from_seconds(10);
/// The most lines that are kept of one log.
const MOST_LINES: usize = 100_000;

/// Looks at one log for the lines of `crowded` keys.
pub fn look(
    file: &LogFile<'_>,
    crowded: &BTreeSet<RequestKey>,
    offsets: &RoughOffsets,
    failing: &FailingTimes,
    host: Option<&str>,
) -> Partial {
    let is_another = |glance: &Glance<'_>| {
        let Glance::Access(glance) = glance else { return true };
        let asked = glance.method.zip(glance.target);
        let asked = asked.map(|(method, target)| (std::str::from_utf8(method), std::str::from_utf8(target)));
        match asked {
            Some((Ok(method), Ok(target))) => !crowded.contains(&RequestKey::of(method, target)),
            _ => false,
        }
    };
    let (mut partial, mut beyond) = (Partial::default(), 0u64);
    read_all(file, &is_another, &mut |record, parsed| {
        let Parsed::Access(line) = parsed else { return };
        let place = Place::Line { input: file.input, line: record.line, before: record.before };
        let is_other_host = matches!((host, line.host.as_deref()),
            (Some(wanted), Some(host)) if !host.eq_ignore_ascii_case(wanted));
        let is_crowded = RequestKey::of_line(&line).is_some_and(|key| crowded.contains(&key));
        if !is_crowded || line.ray.is_some() || is_other_host {
            return;
        }
        let mut moments = [Some(line.start()), line.end()].into_iter().flatten();
        if !moments.any(|time| offsets.at_edge(place, time).any(|time| failing.any_within(&line, time, NEAR)))
        {
            return;
        }
        if partial.access.len() < MOST_LINES {
            partial.access.push(AccessRow { place, line });
        } else {
            beyond += 1;
        }
    });
    if beyond > 0 {
        partial.competing_beyond.insert(file.input, beyond);
    }
    partial
}
