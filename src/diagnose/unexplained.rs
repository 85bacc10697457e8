//! What no cause explains: why not, and what to collect so that a cause can be named the next time.

use crate::correlate::{Case, Incident, Whole};
use crate::evidence::{InputKind, Protocol};

use super::certainty::Certainty;
use super::contrast::{Contrast, Occurrences, contrast};
use super::judge::{Judge, Judgement};
use super::probability::Thousandths;
use super::support::Support;
use super::unseen;

/// Failures for which the evidence names no cause, and outcomes that it does not show.
pub struct Unexplained {
    /// The cases of these failures, by index in `Incident::cases`: those that count.
    pub cases: Vec<usize>,
    /// What is certain of them all the same, and what may have been it.
    pub certainty: Certainty,
    /// What sets them apart from healthy requests.
    pub contrast: Vec<Contrast>,
    /// Why the evidence names no cause, one clause for each reason.
    pub why: Vec<String>,
    /// What to collect next, with the command or setting.
    pub collect_next: Vec<String>,
    /// Why it cannot be said that nothing failed, where nothing was seen to; empty where it can.
    pub unseen: Vec<String>,
    /// How sure it is that nothing failed, where nothing did.
    pub healthy_confidence: Thousandths,
}

impl Unexplained {
    /// How many failures they are.
    pub fn failures(&self) -> u64 {
        self.cases.len() as u64
    }
}

/// Collects what stays unexplained.
pub fn unexplained(
    incident: &Incident,
    judge: &Judge,
    judgements: &[Judgement],
    healthy: &Occurrences<'_>,
    most: Thousandths,
) -> Unexplained {
    let cases: Vec<usize> = judgements
        .iter()
        .enumerate()
        .filter(|(index, judgement)| judgement.cause.is_none() && incident.counted.holds(*index))
        .map(|(index, _)| index)
        .collect();
    let rest: Vec<&Case> = cases.iter().map(|&index| &incident.cases[index]).collect();
    // A healthy verdict from the edge's own log is surer than one from the origin's side alone.
    let healthy_confidence = if incident.evidence.has(InputKind::EdgeLog) { 990 } else { 900 };
    let support = Support { cases: cases.len(), all: judgements.len() };
    let certainty = judge.certainty(None, &cases).means(0, support, most);
    let (why, collect_next, unseen) = if !rest.is_empty() {
        let (why, next) = reasons(&incident.evidence, &rest, &certainty);
        (why, next, Vec::new())
    } else if incident.counted.failures() == 0 {
        let (why, next) = unseen::outcomes(incident);
        (why.clone(), next, why)
    } else {
        (Vec::new(), Vec::new(), Vec::new())
    };
    let contrast = if rest.is_empty() { Vec::new() } else { contrast(&rest, incident, healthy) };
    Unexplained { cases, certainty, contrast, why, collect_next, unseen, healthy_confidence }
}

/// A kind of input that is missing: the reason that it gives, and how to have it the next time.
struct Lack {
    kind: InputKind,
    why: &'static str,
    next: &'static str,
}

const NO_CAPTURE: Lack = Lack {
    kind: InputKind::Capture,
    why: "no packet capture is among the inputs",
    next: "capture at the origin while it happens: \
           tcpdump -i any -s 0 -B 65536 -C 200 -w cap.pcap 'tcp port 443 or tcp port 80'",
};

const NO_LOG: [Lack; 3] = [
    Lack {
        kind: InputKind::ErrorLog,
        why: "no error log is among the inputs",
        next: "the origin's error log of that time, at level info where that can be had: \
               error_log /var/log/nginx/error.log info;",
    },
    Lack {
        kind: InputKind::AccessLog,
        why: "no access log is among the inputs",
        next: "the origin's access log, with the ray in its format: \
               log_format … \"$http_cf_ray\" rt=$request_time us=$upstream_status;",
    },
    Lack {
        kind: InputKind::EdgeLog,
        why: "no log of the edge is among the inputs",
        next: "the edge's log for the window: Logpush http_requests with RayID, EdgeServerIP, OriginResponseStatus \
               and the Origin…DurationMs fields",
    },
];

/// Why no cause explains these cases, and what to collect next.
fn reasons(evidence: &Whole, rest: &[&Case], certainty: &Certainty) -> (Vec<String>, Vec<String>) {
    /// One that may have been it stands out from here on.
    const HINT: Thousandths = 300;
    let mut reasons: Vec<(String, &str)> = Vec::new();
    let lacks = |lack: &&Lack| !evidence.has(lack.kind);
    let of_lack = |lack: &Lack| (lack.why.to_owned(), lack.next);
    if evidence.has(InputKind::Capture) {
        reasons.extend(not_in_captures(evidence, rest));
    } else {
        reasons.push(of_lack(&NO_CAPTURE));
    }
    reasons.extend(NO_LOG.iter().filter(lacks).map(of_lack));
    if reasons.is_empty() {
        let hints = certainty.candidates.first().is_some_and(|likeliest| likeliest.confidence >= HINT);
        let why = if hints {
            "all sources were looked at, and what they show is too little to name a cause"
        } else {
            "all sources were looked at, and none shows a known cause"
        };
        reasons.push((
            why.to_owned(),
            "ask Cloudflare's support with the rays listed here; the edge's own error text for them is not in the logs",
        ));
    }
    reasons.into_iter().map(|(why, next)| (why, next.to_owned())).unzip()
}

/// Reasons in the captures: cases that are not in them, and cases that are encrypted.
fn not_in_captures(evidence: &Whole, rest: &[&Case]) -> impl Iterator<Item = (String, &'static str)> {
    let encrypted = |case: &&&Case| case.connections(evidence).any(|row| row.protocol == Protocol::Tls);
    let unseen = rest.iter().filter(|case| case.attempts.is_empty()).count();
    let encrypted = rest.iter().filter(encrypted).count();
    let of_unseen = || {
        let why = "of them have no packets in the captures: other origin, other time, or no ray to join by";
        let next = "capture on every server that the edge can reach, with a buffer that loses nothing: \
                    tcpdump -B 65536 -w cap.pcap";
        (format!("{unseen} {why}"), next)
    };
    let of_encrypted = || {
        let why = "of them are encrypted: their requests and responses cannot be read";
        let next = "the origin's access log with $http_cf_ray, $remote_port, $request_time and $upstream_status, \
                    and its error log of that time; and a key log (SSLKEYLOGFILE) written while the capture runs, which opens it";
        (format!("{encrypted} {why}"), next)
    };
    [(unseen > 0).then(of_unseen), (encrypted > 0).then(of_encrypted)].into_iter().flatten()
}
