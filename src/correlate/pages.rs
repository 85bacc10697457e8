//! What error pages of the edge say of failures of which no page was saved: those with the same status and host, in the same burst.

use std::collections::BTreeMap;

use super::by_edge::has_page_of_edge;
use super::case::Case;
use super::moments::count_near;
use super::rows::HarIndex;
use super::whole::Whole;
use crate::time::{Duration, Time};

/// Failures further apart are not of one burst.
const BURST: Duration = Duration::from_seconds(300);

/// From here on a code says why; those below are statuses (Cloudflare docs: cloudflare-1xxx-errors).
const OWN_CODES: u16 = 1000;

/// A page with a code of the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePage {
    /// When it was sent, by the reference clock.
    pub time: Time,
    /// Its code.
    pub code: u16,
    /// Where it is.
    pub entry: HarIndex,
}

/// The pages of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// By status and host, in order of time.
    pages: BTreeMap<StatusAndHost, Vec<CodePage>>,
    /// When the edge sent its own page for a status of which it hands on what an origin sends, in order.
    made_by_edge: BTreeMap<StatusAndHost, Vec<Time>>,
    /// When the edge sent a page that says that it failed itself, by status, in order.
    blaming_edge: BTreeMap<u16, Vec<Time>>,
}

type StatusAndHost = (u16, Option<String>);

impl Pages {
    /// Those of these cases.
    pub(super) fn of(cases: &[Case], evidence: &Whole) -> Pages {
        let mut pages: BTreeMap<StatusAndHost, Vec<CodePage>> = BTreeMap::new();
        let mut made_by_edge: BTreeMap<StatusAndHost, Vec<Time>> = BTreeMap::new();
        let mut blaming_edge: BTreeMap<u16, Vec<Time>> = BTreeMap::new();
        for case in cases {
            if let Some(status) = case.status_at_origin(evidence).filter(|_| has_page_of_edge(case, evidence))
            {
                let host = case.host(evidence).map(str::to_ascii_lowercase);
                made_by_edge.entry((status, host)).or_default().push(case.time);
            }
            if let Some(row) = case.har(evidence).filter(|row| row.entry.blames_edge) {
                blaming_edge.entry(row.entry.status).or_default().push(case.time);
            }
            let code = case.har(evidence).and_then(|row| row.entry.error_code);
            let status = case.status_at_origin(evidence).or(case.har(evidence).map(|row| row.entry.status));
            if let (Some(code), Some(status), Some(entry)) = (code, status, case.har) {
                let host = case.host(evidence).map(str::to_ascii_lowercase);
                pages.entry((status, host)).or_default().push(CodePage { time: case.time, code, entry });
            }
        }
        pages.values_mut().for_each(|pages| pages.sort_by_key(|page| (page.time, page.code)));
        made_by_edge.values_mut().chain(blaming_edge.values_mut()).for_each(|times| times.sort_unstable());
        Pages { pages, made_by_edge, blaming_edge }
    }

    /// Whether the edge sent its own page for a failure with this status and host in the same burst, although it hands on what an origin sends with it.
    pub fn is_made_by_edge_near(&self, status: u16, host: Option<&str>, time: Time) -> bool {
        let times = self.made_by_edge.get(&(status, host.map(str::to_ascii_lowercase)));
        times.is_some_and(|times| count_near(times, time, BURST) > 0)
    }

    /// Whether the edge sent a page that says that it failed itself for a failure with this status in the same burst, whatever the host.
    pub fn blames_edge_near(&self, status: u16, time: Time) -> bool {
        self.blaming_edge.get(&status).is_some_and(|times| count_near(times, time, BURST) > 0)
    }

    /// The page nearest in time to a failure with this status and host; `None` where none is of its burst.
    pub fn near(&self, status: u16, host: Option<&str>, time: Time) -> Option<CodePage> {
        if self.pages.is_empty() {
            return None;
        }
        nearest(self.pages.get(&(status, host.map(str::to_ascii_lowercase)))?, time)
    }

    /// The code by which a page of the same burst says why the edge answered some host with this status; `None` where none says more than the status.
    pub fn why_near(&self, status: u16, time: Time) -> Option<u16> {
        let of_any_host = self.pages.range((status, None)..).take_while(|((other, _), _)| *other == status);
        of_any_host.filter_map(|(_, pages)| Some(nearest(pages, time)?.code)).find(|code| *code >= OWN_CODES)
    }
}

/// That of pages in order of time which is nearest to an instant, if it is of one burst with it.
fn nearest(pages: &[CodePage], time: Time) -> Option<CodePage> {
    let after = pages.partition_point(|page| page.time < time);
    let around = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| pages.get(at));
    let nearest = around.min_by_key(|page| page.time.since(time).abs())?;
    (nearest.time.since(time).abs() <= BURST).then_some(*nearest)
}
