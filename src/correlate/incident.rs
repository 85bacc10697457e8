//! The incident: all that is known, joined. Data only: what is asked of it, functions are asked that take the part they need.

use std::collections::BTreeMap;

use super::backends::Backends;
use super::behind::Behind;
use super::bystander::Bystanders;
use super::case::Case;
use super::clock::Clocks;
use super::counted::Counted;
use super::coverage::spans;
use super::filter::Filter;
use super::in_numbers::{Aborts, aborts_are_a_failure, left_by_visitors};
use super::join::{self, Joined};
use super::limited::LimitedAddresses;
use super::messages::MessagesInOrder;
use super::population::Population;
use super::redirects::redirects_in_a_loop;
use super::requests::RequestCounts;
use super::same_requests::{SameRequests, same_requests};
use super::tunnels::Tunnels;
use super::unjudged::Unjudged;
use super::vantage::{self, SameTraffic};
use super::whole::Whole;
use crate::evidence::{InputKind, Partial};
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::ray::Ray;
use crate::time::Time;

/// All that is known, joined.
#[derive(Clone, Debug)]
pub struct Incident {
    /// What every source says: inputs, rows, counts, samples.
    pub evidence: Whole,
    /// Failing requests and failed connections, in order of time. They refer to rows of `evidence`.
    pub cases: Vec<Case>,
    /// What failures are counted in, and which of the cases count.
    pub counted: Counted,
    /// Failing requests beyond those that are judged as cases.
    pub unjudged: Unjudged,
    /// What looked like a failure and is none.
    pub passed_over: PassedOver,
    /// The requests that the filter names by their rays and that any source knows, whether they failed or not.
    pub asked_for: BTreeMap<Ray, Case>,
    /// Messages of all logs in order.
    pub messages: MessagesInOrder,
    /// What proxies last said of the servers behind them.
    pub backends: Backends,
    /// When tunnels had no connection with the edge.
    pub tunnels: Tunnels,
    /// What became of tries of proxies at the servers behind them.
    pub behind: Behind,
    /// Captures that saw the same connections at several places.
    pub same_traffic: Vec<SameTraffic>,
    /// Access logs that tell of the same requests as others.
    pub same_requests: Vec<SameRequests>,
    /// Clocks and their offsets.
    pub clocks: Clocks,
    /// What only the whole can tell.
    pub population: Population,
    /// Addresses of the edge that an origin counts as one client each.
    pub limited: LimitedAddresses,
    /// The edge's address ranges.
    pub ranges: EdgeRanges,
    /// The limits in force.
    pub profile: Profile,
    /// What was asked about.
    pub filter: Filter,
}

/// What looked like a failure and is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Attempts that failed and that the edge's retry healed.
    pub healed_attempts: u64,
    /// Requests that visitors ended; where they are many, they are cases, and none of these.
    pub client_aborts: u64,
    /// Lines of failures in the origin's logs that the edge's log covers without a failing request that they surely belong to.
    pub unmatched_lines: u64,
    /// Lines of failures in the origin's logs at a time of which the edge's log, which has failures, tells nothing.
    pub of_another_time: u64,
    /// Failing requests for which lines fit that others may have left as well, and which were given none.
    pub undecided: u64,
    /// Messages that several failing requests may have left, or a healthy one as well, and which were given to none.
    pub undecided_messages: u64,
}

impl Incident {
    /// Joins the evidence.
    pub fn of(partial: Partial, ranges: EdgeRanges, profile: Profile, filter: Filter) -> Incident {
        let (evidence, same_traffic) = vantage::settle(partial);
        let (clocks, bystanders) =
            rayon::join(|| Clocks::of(&evidence, &same_traffic), || Bystanders::of(&evidence, &ranges));
        let (limited, same_requests) = rayon::join(
            || LimitedAddresses::of(&evidence, &ranges),
            || same_requests(&evidence, &clocks, &ranges),
        );
        let joined = join::join(&evidence, &clocks, &bystanders, &limited, &profile);
        let Joined { mut cases, mut client_aborts, healed_attempts, apart, .. } = joined;
        cases.retain(|case| filter.holds(case, &evidence));
        client_aborts.retain(|case| filter.holds(case, &evidence));
        let mut cases = redirects_in_a_loop(cases, &evidence);
        client_aborts.extend(left_by_visitors(&mut cases, &client_aborts, &evidence));
        let population = Population::of(&cases, &client_aborts, &evidence, &ranges, &clocks);
        population.machines.part_anothers(&mut cases, &evidence);
        let asked_for = join::asked_for(&filter.asked_for, &evidence, &clocks);
        let aborts = Aborts::of(client_aborts, &cases, &evidence, population.edge_gives_up);
        let lines_apart = apart.iter().filter_map(|index| evidence.access.get(*index));
        let mut passed_over = PassedOver {
            healed_attempts,
            client_aborts: aborts.by_visitors.len() as u64,
            of_another_time: joined.of_another_time,
            unmatched_lines: lines_apart.filter(|row| filter.holds_line(row, &clocks)).count() as u64,
            undecided: joined.undecided,
            undecided_messages: joined.undecided_messages,
        };
        cases.extend(aborts.by_edge);
        let counts = RequestCounts::of(&evidence, &clocks, &filter, &same_requests);
        let requests = requests(counts, &filter, &asked_for).max(cases.len() as u64);
        if aborts_are_a_failure(&aborts.by_visitors, requests) {
            passed_over.client_aborts = 0;
            cases.extend(aborts.by_visitors);
        }
        join::sort(&mut cases, &evidence);
        let counted = Counted::of(&cases, &evidence, &clocks);
        let unjudged = Unjudged::of(counted.unit, &cases, &evidence, &filter);
        let messages = MessagesInOrder::of(&evidence, &clocks, &bystanders);
        Incident {
            backends: Backends::of(&evidence, &messages),
            tunnels: Tunnels::of(&evidence, &messages),
            behind: Behind::of(&evidence, &clocks),
            evidence,
            cases,
            counted,
            unjudged,
            passed_over,
            asked_for,
            messages,
            same_traffic,
            same_requests,
            clocks,
            population,
            limited,
            ranges,
            profile,
            filter,
        }
    }

    /// Requests that are asked about: those named by their rays, else all of the window.
    pub fn requests(&self) -> u64 {
        requests(self.request_counts(), &self.filter, &self.asked_for)
    }

    /// Requests of the window by kind of source, over time and by status.
    pub fn request_counts(&self) -> RequestCounts<'_> {
        RequestCounts::of(&self.evidence, &self.clocks, &self.filter, &self.same_requests)
    }

    /// From the first to the last moment of the inputs of these kinds, by the reference clock; `None` where none of them has a time.
    pub fn reach(&self, kinds: &[InputKind]) -> Option<(Time, Time)> {
        let inputs = self.evidence.inputs.iter().filter(|(_, input)| kinds.contains(&input.kind));
        let spans = spans(inputs, &self.clocks).into_iter();
        spans.reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
    }
}

fn requests(counts: RequestCounts<'_>, filter: &Filter, asked_for: &BTreeMap<Ray, Case>) -> u64 {
    if filter.rays.is_empty() { counts.all() } else { asked_for.len() as u64 }
}
