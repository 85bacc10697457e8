//! Between which two machines, or inside which, a request was lost, as far as its rows tell.
//!
//! Every server on the way writes one line about a request, and a proxy's line says what became of its own try at the next one. The try
//! that failed furthest inside is where the request was lost; what stands before it only passed that on.

use super::behind::Behind;
use super::case::Case;
use super::whole::Whole;
use crate::evidence::AccessRow;
use crate::evidence::failure::Failure;
use crate::facts::statuses;
use crate::logs::{AccessLine, Termination};
use crate::time::Duration;

/// Where a request was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hop {
    /// Between visitor and edge.
    ClientEdge,
    /// Within the edge.
    Edge,
    /// Between edge and origin.
    EdgeOrigin,
    /// Within the origin.
    Origin,
    /// Between the origin's first server and what stands behind it.
    OriginUpstream,
    /// Between two servers that both stand behind the first one.
    UpstreamUpstream,
}

/// Where a request was lost, with what captures have of tries of proxies. The clocks of the servers behind each other need not agree: which of two lines is the inner one is told by how
/// long each took, since the outer one waits for the inner one.
pub fn lost_at(case: &Case, evidence: &Whole, behind: &Behind) -> Hop {
    match case.failure {
        Failure::ClientAbort => return Hop::ClientEdge,
        Failure::EdgeBlock | Failure::EdgeLimit => return Hop::Edge,
        _ => {}
    }
    let browsers = case.har(evidence).filter(|_| case.edge.is_none() && case.attempts.is_empty());
    if browsers.is_some_and(|row| row.entry.status == 0) {
        return Hop::ClientEdge;
    }
    if let Some(hop) = lost_behind(case, evidence) {
        return hop;
    }
    if behind.of_case(case, evidence).is_some() {
        return Hop::OriginUpstream;
    }
    match case.failure {
        // The origin's own words: it refused, or sent back where the request came from.
        Failure::RequestHeaders(_)
        | Failure::RedirectToItself
        | Failure::LengthRequired
        | Failure::ToldByLine(_) => Hop::Origin,
        _ if case.origin_status(evidence).is_some_and(|status| status >= 500) => Hop::Origin,
        // The edge's other statuses are answers that it passed on, or its own for what it got from there.
        Failure::EdgeStatus(status)
            if !statuses::is_edge_failure(status) && was_never_sent(case, evidence) =>
        {
            Hop::Edge
        }
        _ => Hop::EdgeOrigin,
    }
}

/// The hop behind the origin's first server at which a try failed; `None` where no row tells of one.
fn lost_behind(case: &Case, evidence: &Whole) -> Option<Hop> {
    let failed: Vec<&AccessRow> = case.access(evidence).filter(|row| upstream_failed(&row.line)).collect();
    let inner = failed.iter().min_by_key(|row| (took(&row.line), row.place));
    let Some(inner) = inner else {
        // An error log alone names the upstream that a server gave up on.
        return case.messages(evidence).any(|row| row.line.upstream.is_some()).then_some(Hop::OriginUpstream);
    };
    let before = case.access(evidence).any(|row| {
        row.place.input() != inner.place.input()
            && !row.line.upstream.is_empty()
            && took(&row.line) >= took(&inner.line)
    });
    Some(if before { Hop::UpstreamUpstream } else { Hop::OriginUpstream })
}

/// Whether a proxy's line says that its own last try at the server behind it failed. A 502 or 504 with other words for what the server
/// behind it said was passed on.
fn upstream_failed(line: &AccessLine) -> bool {
    if let Some(blames) = line.termination.as_ref().and_then(Termination::blames_upstream) {
        return blames;
    }
    let Some(last) = line.upstream.last() else { return false };
    // nginx writes 502 and 504 for its own verdict, and then the try has no response time of a head.
    match last.status {
        Some(502..=504) => last.header_time.is_none(),
        Some(_) => false,
        None => matches!(line.status, Some(499..=599)),
    }
}

fn took(line: &AccessLine) -> Duration {
    line.request_time.unwrap_or_default()
}

/// Whether the edge's record says that no server was asked.
fn was_never_sent(case: &Case, evidence: &Whole) -> bool {
    case.asked_origin(evidence)
        .is_some_and(|row| row.record.edge_address_logged && row.record.edge_address.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::{join, vantage};
    use crate::evidence::{EdgeRow, InputId, InputKind, InputSummary, Partial, Place};
    use crate::facts::endings::EndingVocabulary;
    use crate::logs::{EdgeRecord, UpstreamTry};
    use crate::ray::{Ray, RayAtColo};
    use crate::time::Time;

    /// The hop of a request that the edge calls `status`, with these lines of servers behind each other.
    fn hop(status: u16, origin: u16, lines: Vec<AccessLine>) -> Hop {
        let mut partial = Partial::default();
        for id in 0..4 {
            let kind = if id == 0 { InputKind::EdgeLog } else { InputKind::AccessLog };
            let mut summary = InputSummary::new(&format!("{id}/x.log"), kind, "", 1);
            summary.saw(Time(0));
            partial.inputs.insert(InputId(id), summary);
        }
        let record = EdgeRecord {
            ray: Some(Ray(7)),
            edge_status: Some(status),
            origin_status: Some(origin),
            ..EdgeRecord::default()
        };
        let place = |input| Place::Line { input: InputId(input), line: 1, before: 0 };
        partial.edge = vec![EdgeRow { place: place(0), record }];
        let ray = Some(RayAtColo { ray: Ray(7), colo: None });
        partial.access = (1..)
            .zip(lines)
            .map(|(input, line)| AccessRow { place: place(input), line: AccessLine { ray, ..line } })
            .collect();
        let (evidence, same_traffic) = vantage::settle(partial);
        let joined = join::joined(&evidence, &same_traffic);
        let mut cases = joined.cases.iter().chain(&joined.client_aborts);
        lost_at(cases.next().expect("a case"), &evidence, &Behind::default())
    }

    fn haproxy(state: &str, milliseconds: i64) -> AccessLine {
        AccessLine {
            termination: Some(Termination { vocabulary: EndingVocabulary::Haproxy, code: state.to_owned() }),
            upstream: vec![UpstreamTry::default()],
            ..timed(502, milliseconds)
        }
    }

    fn nginx(upstream: u16, head: Option<Duration>, milliseconds: i64) -> AccessLine {
        let one = UpstreamTry { status: Some(upstream), header_time: head, ..UpstreamTry::default() };
        AccessLine { upstream: vec![one], ..timed(502, milliseconds) }
    }

    fn timed(status: u16, milliseconds: i64) -> AccessLine {
        AccessLine {
            status: Some(status),
            request_time: Some(Duration::from_milliseconds(milliseconds)),
            ..AccessLine::default()
        }
    }

    #[test]
    fn a_request_is_lost_at_the_innermost_try_that_failed() {
        let head = Some(Duration::from_milliseconds(20));
        assert_eq!(hop(520, 0, vec![]), Hop::EdgeOrigin);
        assert_eq!(
            hop(520, 0, vec![timed(200, 1)]),
            Hop::EdgeOrigin,
            "the server answered, the edge got nothing"
        );
        assert_eq!(hop(502, 502, vec![timed(502, 1)]), Hop::Origin, "no line tells of a server behind");
        assert_eq!(hop(502, 502, vec![nginx(502, None, 9)]), Hop::OriginUpstream);
        assert_eq!(
            hop(502, 502, vec![nginx(502, head, 9)]),
            Hop::Origin,
            "passed on, and nothing behind it is known"
        );
        assert_eq!(hop(502, 502, vec![haproxy("SH--", 9), timed(200, 5)]), Hop::OriginUpstream);
        assert_eq!(hop(502, 502, vec![haproxy("----", 9), nginx(502, None, 7)]), Hop::UpstreamUpstream);
        assert_eq!(hop(502, 502, vec![nginx(502, None, 7), haproxy("----", 9)]), Hop::UpstreamUpstream);
    }

    #[test]
    fn what_the_edge_or_the_visitor_ended_is_not_put_on_the_origin() {
        assert_eq!(hop(499, 0, vec![]), Hop::ClientEdge);
    }
}
