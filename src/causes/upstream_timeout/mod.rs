//! What speaks for `upstream-timeout`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const TIMED_OUT: &[&str] = &[
    "nginx-upstream-timed-out",
    "nginx-connect-timed-out",
    "apache-backend-timed-out",
    "cloudflared-origin-timed-out",
    "haproxy-server-timed-out",
    "haproxy-server-stalled",
    "haproxy-connect-timed-out",
    "go-proxy-backend-timed-out",
    "go-proxy-connect-timed-out",
    "lighttpd-backend-timed-out",
    "varnish-backend-timed-out",
    "varnish-connect-timed-out",
    "envoy-upstream-timed-out",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if let Some(weight) = signs::from_own_message(case, incident, TIMED_OUT, strength::STRONG) {
        return Some(weight);
    }
    // Where the error log has no line: the access line of a 504 that the server made itself after waiting for its upstream.
    let row = case.access(&incident.evidence).find(|row| row.line.status == Some(504))?;
    let last = row.line.upstream.last()?;
    let waited = last.response_time?;
    let gave_up_itself = last.status == Some(504) && last.header_time.is_none();
    gave_up_itself.then(|| {
        let text = format!("the origin logs 504 after {} without a head from its upstream", duration(waited));
        Weight::new().shown(strength::LIKELY, text, row.place, Some(row.line.time))
    })
}
