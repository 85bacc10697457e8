//! What is a failure only in numbers: redirects that go on, visitors who leave.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::timer::{Timer, ended_by_visitors, same_timer, waited_in_vain};
use super::whole::Whole;
use crate::evidence::failure::Failure;

/// Rule 4 of *What is a failure*: a redirect to itself is a loop where one visitor met it at least three times for one URL. Those whose visitor nobody
/// tells are strangers to each other: they met a loop where a browser shows that the URL is one.
pub(super) fn redirects_in_a_loop(cases: Vec<Case>, evidence: &Whole) -> Vec<Case> {
    const LOOP: usize = 3;
    let visitor = |case: &Case| {
        let record = case.edge(evidence).and_then(|row| row.record.client_address);
        let packets = || {
            let mut exchanges = case.exchanges(evidence);
            exchanges
                .find_map(|(_, kept)| kept.exchange.request.as_ref()?.visitor.as_deref().map(str::to_owned))
        };
        let browser = || case.har.map(|_| "a browser".to_owned());
        record.map(|address| address.to_string()).or_else(packets).or_else(browser)
    };
    let is_redirect = |case: &Case| case.failure == Failure::RedirectToItself;
    let url =
        |case: &Case| (case.host(evidence).map(str::to_owned), case.target(evidence).map(str::to_owned));
    let mut met: BTreeMap<_, usize> = BTreeMap::new();
    for case in cases.iter().filter(|case| is_redirect(case)) {
        if let Some(visitor) = visitor(case) {
            *met.entry((visitor, url(case))).or_default() += 1;
        }
    }
    let met_again = |case: &Case| {
        visitor(case).map(|visitor| met.get(&(visitor, url(case))).is_some_and(|times| *times >= LOOP))
    };
    let of_browsers = cases.iter().filter(|case| is_redirect(case) && case.har.is_some());
    let shown: BTreeSet<_> = of_browsers.filter(|case| met_again(case) == Some(true)).map(url).collect();
    let goes_on = |case: &Case| met_again(case).unwrap_or_else(|| shown.contains(&url(case)));
    cases.into_iter().filter(|case| !is_redirect(case) || goes_on(case)).collect()
}

/// Takes out of the cases those that visitors ended, where packets alone tell of them: what the edge closed while an answer was due.
pub(super) fn left_by_visitors(cases: &mut Vec<Case>, evidence: &Whole) -> Vec<Case> {
    let waited = |case: &Case| {
        let is_told = case.edge.is_some() || case.har.is_some() || case.failure != Failure::GivenUp;
        waited_in_vain(case, evidence).filter(|_| !is_told)
    };
    let waits: Vec<_> = cases.iter().filter_map(waited).collect();
    let mut by_visitors = ended_by_visitors(&waits).into_iter();
    let left = cases.extract_if(.., |case| waited(case).is_some() && by_visitors.next() == Some(true));
    left.map(|case| Case { failure: Failure::ClientAbort, ..case }).collect()
}

/// Requests that were ended before they were answered, by what ended them.
pub(super) struct Aborts {
    /// The edge gave up on the origin.
    pub by_edge: Vec<Case>,
    /// Visitors left.
    pub by_visitors: Vec<Case>,
}

impl Aborts {
    /// Where no edge record tells, a 499 of the origin's log or a closed connection is the edge's doing if it came at the edge's timer.
    pub(super) fn of(aborts: Vec<Case>, evidence: &Whole, edge_gives_up: Option<Timer>) -> Aborts {
        let at_timer = |case: &Case| {
            let logged = case.access(evidence).find_map(|row| row.line.request_time);
            let same = edge_gives_up.zip(logged.or_else(|| waited_in_vain(case, evidence)));
            case.edge.is_none() && same.is_some_and(|(timer, waited)| same_timer(waited, timer.duration))
        };
        let (by_edge, by_visitors): (Vec<Case>, _) = aborts.into_iter().partition(at_timer);
        let by_edge = by_edge.into_iter().map(|case| Case { failure: Failure::GivenUp, ..case }).collect();
        Aborts { by_edge, by_visitors }
    }
}

/// Rule 5 of *What is a failure*: of so many `requests`, visitors who leave are a failure only in numbers.
pub(super) fn aborts_are_a_failure(aborts: &[Case], requests: u64) -> bool {
    const MANY: u64 = 20;
    let many = aborts.iter().filter(|case| case.failure == Failure::ClientAbort).count() as u64;
    many >= MANY && many * 20 >= requests
}
