//! What became of a failing request behind the server that the edge asked, where a capture holds that hop as well (`tcpdump -i any` on a proxy does):
//! the proxy's own connections to the servers behind it.
//!
//! A proxy hands the ray on with the other header lines, so its request is known by it. A refused connection carries nothing: it belongs to
//! the requests that were under way at that moment.

use std::collections::BTreeMap;

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::ConnectionRow;
use crate::evidence::failure::Failure;
use crate::evidence::row::KeptExchange;
use crate::facts::services::serves_data;
use crate::flow::Arrival;
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// The tries of proxies that failed, in the order of what finds them.
#[derive(Clone, Debug, Default)]
pub struct Behind {
    /// The row and the exchange of the last try with each ray.
    by_ray: BTreeMap<Ray, (u32, u32)>,
    /// Refused connections by the reference clock.
    refused: Vec<(Time, u32)>,
}

/// A try of a proxy that failed.
#[derive(Clone, Copy, Debug)]
pub struct FailedTry<'e> {
    /// Its connection.
    pub row: &'e ConnectionRow,
    /// What became of it.
    pub fate: Fate,
    /// The packet that shows it.
    pub at: Arrival,
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server behind refused the connection.
    Refused,
    /// The proxy closed after it had waited so long without an answer.
    GivenUp(Duration),
    /// The server behind closed before its answer was complete.
    ClosedEarly,
    /// The server behind answered with this status.
    Answered(u16),
}

impl Behind {
    /// Of all rows of that hop.
    pub(super) fn of(evidence: &Whole, clocks: &Clocks) -> Behind {
        let mut behind = Behind::default();
        for (number, row) in (0u32..).zip(&evidence.behind) {
            for (place, kept) in (0u32..).zip(&row.exchanges) {
                let Some(ray) = kept.exchange.ray().filter(|_| fate(kept, row).is_some()) else { continue };
                behind.by_ray.insert(ray.ray, (number, place));
            }
            if let Some(at) = refused_at(row).filter(|_| !serves_data(row.connection.server.port())) {
                behind.refused.push((clocks.correct(row.input(), at.time), number));
            }
        }
        behind.refused.sort_unstable();
        behind
    }

    /// The failed try of a request that the edge sent and that the proxy answered by a 5xx or not at all.
    pub fn of_case<'e>(&self, case: &Case, evidence: &'e Whole) -> Option<FailedTry<'e>> {
        if !is_answered_for_another(case, evidence) {
            return None;
        }
        case.ray.and_then(|ray| self.by_ray(ray, evidence)).or_else(|| self.refused_meanwhile(case, evidence))
    }

    fn by_ray<'e>(&self, ray: Ray, evidence: &'e Whole) -> Option<FailedTry<'e>> {
        let (row, place) = *self.by_ray.get(&ray)?;
        let row: &ConnectionRow = evidence.behind.get(row as usize)?;
        let (fate, at) = fate(row.exchanges.get(place as usize)?, row)?;
        Some(FailedTry { row, fate, at })
    }

    /// The last refusal while the request was under way.
    fn refused_meanwhile<'e>(&self, case: &Case, evidence: &'e Whole) -> Option<FailedTry<'e>> {
        /// What two clocks that were compared may still differ.
        const SLACK: Duration = Duration::from_milliseconds(50);
        /// So soon a proxy that is refused answers, another try and the way to the edge included.
        const AT_ONCE: Duration = Duration::from_milliseconds(500);
        let until = self.refused.partition_point(|(time, _)| *time <= case.end.plus(SLACK));
        let (time, number) = self.refused.get(..until)?.last()?;
        let row: &ConnectionRow = evidence.behind.get(*number as usize)?;
        let at = refused_at(row)
            .filter(|_| *time >= case.time.plus(-SLACK) && case.end.since(*time) <= AT_ONCE)?;
        Some(FailedTry { row, fate: Fate::Refused, at })
    }
}

/// Whether the server that the edge asked said that it failed, or ended without an answer. Where the edge gave up first, the proxy's own end only follows.
fn is_answered_for_another(case: &Case, evidence: &Whole) -> bool {
    let answered = case.origin_status(evidence).is_some_and(|status| (500..600).contains(&status));
    answered || matches!(case.failure, Failure::NoResponse | Failure::OriginStatus(_))
}

/// The RST that answered the SYN.
fn refused_at(row: &ConnectionRow) -> Option<Arrival> {
    row.connection.reset.filter(|reset| reset.refused_syn).map(|reset| reset.at)
}

/// What became of a try over a connection that was open.
fn fate(kept: &KeptExchange, row: &ConnectionRow) -> Option<(Fate, Arrival)> {
    let request = kept.exchange.request.as_ref()?;
    let response = kept.exchange.response.as_deref();
    let failure = kept.failure?;
    if let Failure::OriginStatus(status) = failure {
        return Some((Fate::Answered(status), response?.first));
    }
    // Where nobody ended it, the capture did.
    let (_, _, ended) = row.connection.closed_first()?;
    match failure {
        Failure::GivenUp => Some((Fate::GivenUp(ended.time.since(request.last.time)), ended)),
        Failure::NoResponse | Failure::Truncated => Some((Fate::ClosedEarly, ended)),
        _ => None,
    }
}
