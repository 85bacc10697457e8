//! What speaks for `keepalive-race`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, Unanswered, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::coverage::access_log_would_show;
use crate::correlate::{Case, Incident};
use crate::evidence::EdgeRow;
use crate::logs::ConfiguredProgram;
use crate::text::words::duration;
use crate::time::Duration;

/// The settings that say how long an idle connection stays open.
const IDLE: [(ConfiguredProgram, &str); 4] = [
    (ConfiguredProgram::Nginx, "keepalive_timeout"),
    (ConfiguredProgram::Apache, "KeepAliveTimeout"),
    (ConfiguredProgram::Haproxy, "timeout http-keep-alive"),
    (ConfiguredProgram::Caddy, "idle"),
];

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh).measuring(measured);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some(sign) = signs::unanswered(case, incident) {
        weight = from_packets(weight, &sign, incident);
    }
    if let Some(row) = case.asked_origin(&incident.evidence).filter(|row| row.record.edge_status == Some(520))
    {
        weight = from_record(weight, row, case, incident);
    }
    weight.some()
}

/// The origin's FIN and the request were on their way at the same time; or a RST answers a request on a connection that had just reached
/// the origin's idle timeout.
fn from_packets(mut weight: Weight, sign: &Unanswered, incident: &Incident) -> Weight {
    let Some(idle) = sign.kept.idle_before else {
        return weight;
    };
    if let Some(fin) = sign.closed_before_request() {
        let text = format!(
            "the origin's FIN is {} ahead of the request, on a connection idle for {}",
            duration(sign.request.first.time.since(fin.time)),
            duration(idle)
        );
        weight = weight.shown(strength::PROOF, text, sign.place(fin), when(fin));
        if let Some(reset) = sign.reset_after_request() {
            let text =
                format!("RST {} after the request", duration(reset.time.since(sign.request.first.time)));
            weight = weight.shown(strength::SLIGHT, text, sign.place(reset), when(reset));
        }
    } else if let Some(reset) = sign.reset_after_request() {
        let after = reset.time.since(sign.request.first.time);
        let at_timer =
            incident.population.origin_idle.is_some_and(|timer| signs::same_timer(idle, timer.duration));
        // The kernel answers at once for a socket that is closed. A process that reads the request first and then dies takes longer.
        if at_timer && after < Duration::SECOND {
            let text = format!(
                "RST {} after the request, at the origin's idle timeout of {}",
                duration(after),
                duration(idle)
            );
            weight = weight.shown(strength::STRONG, text, sign.place(reset), when(reset));
        }
    }
    weight
}

/// Without packets: the edge reused a connection, had no answer, and the origin's log knows nothing of the request.
fn from_record(mut weight: Weight, row: &EdgeRow, case: &Case, incident: &Incident) -> Weight {
    let record = &row.record;
    match (record.origin_status, record.origin_tcp_time) {
        (Some(0) | None, Some(Duration::ZERO)) => {
            weight = weight.supported(
                strength::SLIGHT,
                "the edge used an open connection again and had no answer",
                Some(row.place),
            );
        }
        (_, Some(time)) if time > Duration::ZERO => {
            weight = weight.supported(-strength::PROOF, "the connection was new", Some(row.place));
        }
        _ => return weight,
    }
    if let Some(access) = case.access(&incident.evidence).next() {
        return weight.supported(
            -strength::STRONG,
            "the origin logged the request, so it took it",
            Some(access.place),
        );
    }
    if !case.attempts.is_empty() || record.origin_tcp_time != Some(Duration::ZERO) {
        return weight;
    }
    let with_rays = &incident.population.logs_with_rays;
    if access_log_would_show(case, &incident.evidence, &incident.clocks, with_rays) {
        let text = "the origin's access log of that time has no line for it: it was never taken";
        weight = weight.shown(strength::LIKELY, text, row.place, Some(record.start));
    }
    if let Some(reuse) = incident.population.only_reused_fail {
        let text = format!(
            "{} of {} failures without an answer are on connections used again",
            reuse.failing_reused, reuse.failing
        );
        weight = weight.supported(strength::SLIGHT, text, None);
    }
    if let Some(setting) = incident.evidence.setting_below(&IDLE, incident.profile.limits.idle_s) {
        let text = format!(
            "{} {} is below the edge's {} s",
            setting.setting.directive, setting.setting.value, incident.profile.limits.idle_s
        );
        weight = weight.supported(strength::HINT, text, Some(setting.place));
    }
    weight
}

/// The origin's idle timeout against the edge's.
fn measured(incident: &Incident) -> Option<String> {
    let timer = incident.population.origin_idle?;
    let edge = incident.profile.limits.idle_s;
    Some(format!("after {} idle against the edge's {edge} s", duration(timer.duration)))
}
