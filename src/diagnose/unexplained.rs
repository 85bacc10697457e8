//! What no cause explains: why, and what to collect so that next time one does.

use crate::correlate::{Case, Incident};
use crate::evidence::{InputKind, Protocol};

use super::judge::{Judgement, Thousandths};

/// The rest: requests that failed where the evidence at hand names no cause.
pub struct Unexplained {
    /// Their cases, by index in `Incident::cases`.
    pub cases: Vec<usize>,
    /// What was looked at and what was missing, one clause each.
    pub why: Vec<String>,
    /// What to collect next, with the command or setting.
    pub collect_next: Vec<String>,
    /// Where nothing failed: how sure that is, by what could be seen.
    pub healthy_confidence: Thousandths,
}

/// Collects what stays unexplained.
pub fn unexplained(incident: &Incident, judgements: &[Judgement]) -> Unexplained {
    let cases: Vec<usize> = judgements
        .iter()
        .enumerate()
        .filter(|(_, judgement)| judgement.cause.is_none())
        .map(|(index, _)| index)
        .collect();
    let rest: Vec<&Case> = cases.iter().map(|&index| &incident.cases[index]).collect();
    // A healthy verdict from the edge's own log is surer than one from the origin's side alone.
    let healthy_confidence = if has(incident, InputKind::EdgeLog) { 990 } else { 900 };
    let (why, collect_next) =
        if rest.is_empty() { (Vec::new(), Vec::new()) } else { reasons(incident, &rest) };
    Unexplained { cases, why, collect_next, healthy_confidence }
}

fn has(incident: &Incident, kind: InputKind) -> bool {
    incident.inputs.values().any(|input| input.kind == kind && input.records > 0)
}

fn reasons(incident: &Incident, rest: &[&Case]) -> (Vec<String>, Vec<String>) {
    let mut why = Vec::new();
    let mut next = Vec::new();
    let count = |fits: &dyn Fn(&Case) -> bool| rest.iter().filter(|case| fits(case)).count();
    if !has(incident, InputKind::Capture) {
        why.push("no packet capture is among the inputs".to_owned());
        next.push("capture at the origin while it happens: tcpdump -i any -s 0 -B 65536 -C 200 -w cap.pcap 'tcp port 443 or tcp port 80'".to_owned());
    } else {
        let unseen = count(&|case| case.attempts.is_empty());
        if unseen > 0 {
            why.push(format!("{unseen} of them have no packets in the captures: other origin, other time, or no ray to join by"));
            next.push("capture on every server that the edge can reach, with a buffer that loses nothing: tcpdump -B 65536 -w cap.pcap".to_owned());
        }
        let encrypted = count(&|case| case.connections(incident).any(|row| row.protocol == Protocol::Tls));
        if encrypted > 0 {
            why.push(format!(
                "{encrypted} of them are encrypted: their requests and responses cannot be read"
            ));
            next.push("the origin's access log with $http_cf_ray, $remote_port, $request_time and $upstream_status, and its error log of that time".to_owned());
        }
    }
    if !has(incident, InputKind::ErrorLog) {
        why.push("no error log is among the inputs".to_owned());
        next.push("the origin's error log of that time, at level info where that can be had: error_log /var/log/nginx/error.log info;".to_owned());
    }
    if !has(incident, InputKind::AccessLog) {
        why.push("no access log is among the inputs".to_owned());
        next.push("the origin's access log, with the ray in its format: log_format … \"$http_cf_ray\" rt=$request_time us=$upstream_status;".to_owned());
    }
    if !has(incident, InputKind::EdgeLog) {
        why.push("no log of the edge is among the inputs".to_owned());
        next.push("the edge's log for the window: Logpush http_requests with RayID, EdgeServerIP, OriginResponseStatus and the Origin…DurationMs fields".to_owned());
    }
    if why.is_empty() {
        why.push("all sources were looked at, and none shows a known cause".to_owned());
        next.push("ask Cloudflare's support with the rays listed here; the edge's own error text for them is not in the logs".to_owned());
    }
    (why, next)
}
