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
    /// The last try with each ray.
    by_ray: BTreeMap<Ray, Try>,
    /// Refused connections by the reference clock.
    refused: Vec<(Time, Try)>,
}

/// The number of its row, what became of it, and the packet that shows it.
type Try = (usize, Fate, Arrival);

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
        for (number, row) in evidence.behind.iter().enumerate() {
            for kept in &row.exchanges {
                if let Some((ray, (fate, at))) = kept.exchange.ray().zip(fate(kept, row)) {
                    behind.by_ray.insert(ray.ray, (number, fate, at));
                }
            }
            let refused = row.connection.refused_at();
            if let Some(at) = refused.filter(|_| !serves_data(row.connection.server.port())) {
                behind.refused.push((clocks.correct(row.input(), at.time), (number, Fate::Refused, at)));
            }
        }
        behind.refused.sort_by_key(|(time, (number, ..))| (*time, *number));
        behind
    }

    /// The failed try of a request that the edge sent and that the proxy answered by a 5xx or not at all.
    pub fn of_case<'e>(&self, case: &Case, evidence: &'e Whole) -> Option<FailedTry<'e>> {
        if !is_answered_for_another(case, evidence) {
            return None;
        }
        let by_ray = case.ray.and_then(|ray| self.by_ray.get(&ray));
        let (number, fate, at) = *by_ray.or_else(|| self.refused_meanwhile(case))?;
        Some(FailedTry { row: evidence.behind.get(number)?, fate, at })
    }

    /// The last refusal while the request was under way.
    fn refused_meanwhile(&self, case: &Case) -> Option<&Try> {
        /// What two clocks that were compared may still differ.
        const SLACK: Duration = Duration::from_milliseconds(50);
        /// So soon a proxy that is refused answers, another try and the way to the edge included.
        const AT_ONCE: Duration = Duration::from_milliseconds(500);
        let until = self.refused.partition_point(|(time, _)| *time <= case.end.plus(SLACK));
        let (time, last) = self.refused.get(..until)?.last()?;
        (*time >= case.time.plus(-SLACK) && case.end.since(*time) <= AT_ONCE).then_some(last)
    }
}

/// Whether the server that the edge asked said that it failed, or ended without an answer. Where the edge gave up first, the proxy's own end only follows.
fn is_answered_for_another(case: &Case, evidence: &Whole) -> bool {
    let answered = case.origin_status(evidence).is_some_and(|status| (500..600).contains(&status));
    answered || matches!(case.failure, Failure::NoResponse | Failure::OriginStatus(_))
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
