//! What sets failing requests apart: attributes that they have more often than the healthy requests of the same window, and how sure that
//! difference is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::correlate::{Case, Incident};
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::ray::Colo;
use crate::time::Duration;

/// How often one value of an attribute occurs among failing and among healthy requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The attribute (`edge_range`, `colo`, `path`, …).
    pub attribute: &'static str,
    /// Its value.
    pub value: String,
    /// How many failing requests have it, and for how many the attribute is known.
    pub failing: (u64, u64),
    /// How many healthy requests have it, and for how many the attribute is known.
    pub healthy: (u64, u64),
    /// The smallest false discovery rate at which this still counts as a difference (Benjamini and Hochberg, 1995), in thousandths.
    pub q: u16,
}

/// With fewer requests than this of either kind a share means nothing.
const FEWEST: u64 = 5;
/// Differences shown of each cause.
const SHOWN: usize = 6;
/// A q below this counts as a difference, in thousandths.
const DIFFERENT: u16 = 10;

const ATTRIBUTES: [&str; 8] =
    ["edge_range", "colo", "country", "host", "method", "path", "origin", "connection"];

impl Contrast {
    /// Whether the difference is more than chance.
    pub fn differs(&self) -> bool {
        self.q < DIFFERENT
    }
}

/// A value of an attribute, put into words only where it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'a> {
    Range(IpNet),
    Colo(Colo),
    Text(Cow<'a, str>),
    Address(IpAddr),
    Reused(bool),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Range(range) => range.fmt(out),
            Value::Colo(colo) => colo.fmt(out),
            Value::Text(text) => text.fmt(out),
            Value::Address(address) => address.fmt(out),
            Value::Reused(true) => out.write_str("used again"),
            Value::Reused(false) => out.write_str("new"),
        }
    }
}

/// How often each value of each attribute occurs among some requests.
pub struct Occurrences<'a> {
    values: [BTreeMap<Value<'a>, u64>; 8],
}

impl<'a> Occurrences<'a> {
    /// Among the healthy requests of an incident; none are counted where there is nothing that they could be held against.
    pub fn healthy(incident: &'a Incident) -> Occurrences<'a> {
        let wanted = !incident.cases.is_empty();
        Occurrences::of(baseline(incident).filter(|_| wanted).map(|request| of_healthy(request, incident)))
    }

    fn of(requests: impl Iterator<Item = [Option<Value<'a>>; 8]>) -> Occurrences<'a> {
        let mut occurrences = Occurrences { values: Default::default() };
        for request in requests {
            for (counts, value) in occurrences.values.iter_mut().zip(request) {
                if let Some(value) = value {
                    *counts.entry(value).or_default() += 1;
                }
            }
        }
        occurrences
    }
}

/// Attributes by which these cases differ from the healthy requests, the largest difference first; after them the attributes that people
/// suspect first and that do not differ.
pub fn contrast(cases: &[&Case], incident: &Incident, healthy: &Occurrences<'_>) -> Vec<Contrast> {
    let failing = Occurrences::of(cases.iter().map(|case| of_case(case, incident)));
    let mut contrasts: Vec<(Contrast, f64)> = Vec::new();
    for ((attribute, failing), healthy) in ATTRIBUTES.iter().zip(&failing.values).zip(&healthy.values) {
        let (fail_known, heal_known) = (failing.values().sum(), healthy.values().sum());
        if fail_known < FEWEST || heal_known < FEWEST {
            continue;
        }
        for (value, &count) in failing {
            let healthy = healthy.get(value).copied().unwrap_or(0);
            let p = chance_of((count, fail_known), (healthy, heal_known));
            let contrast = Contrast {
                attribute,
                value: value.to_string(),
                failing: (count, fail_known),
                healthy: (healthy, heal_known),
                q: 1000,
            };
            contrasts.push((contrast, p));
        }
    }
    rank(false_discovery(contrasts))
}

/// The healthy requests of the source that knows most of them: the edge's log, else the captures, else the access logs.
fn baseline(incident: &Incident) -> impl Iterator<Item = &HealthyRequest> {
    let fullest = [Seen::Edge, Seen::Capture, Seen::Access]
        .into_iter()
        .find(|seen| incident.evidence.samples.of(*seen).next().is_some());
    let in_window = |request: &&HealthyRequest| {
        incident.filter.holds_time(incident.clocks.correct(request.input, request.time))
    };
    fullest.into_iter().flat_map(|seen| incident.evidence.samples.of(seen)).filter(in_window)
}

fn of_case<'a>(case: &'a Case, incident: &'a Incident) -> [Option<Value<'a>>; 8] {
    let record = case.asked_origin(&incident.evidence).map(|row| &row.record);
    let reused = match record.and_then(|record| record.origin_tcp_time) {
        Some(time) => Some(time == Duration::ZERO),
        None => case.exchanges(&incident.evidence).next_back().map(|(_, kept)| kept.exchange.number > 1),
    };
    let origin = record.and_then(|record| record.origin_address);
    let origin =
        origin.or_else(|| case.connections(&incident.evidence).next().map(|row| row.connection.server.ip()));
    [
        case.edge_address(&incident.evidence)
            .and_then(|address| incident.ranges.find(address))
            .map(Value::Range),
        case.colo.map(Value::Colo),
        record.and_then(|record| record.country.as_deref()).map(country),
        case.host(&incident.evidence).map(text),
        case.method(&incident.evidence).map(text),
        case.path(&incident.evidence).map(text),
        origin.map(Value::Address),
        reused.map(Value::Reused),
    ]
}

fn of_healthy<'a>(request: &'a HealthyRequest, incident: &Incident) -> [Option<Value<'a>>; 8] {
    [
        request.edge_address.and_then(|address| incident.ranges.find(address)).map(Value::Range),
        request.colo.map(Value::Colo),
        request.country.as_deref().map(country),
        request.host.as_deref().map(text),
        request.method.as_deref().map(text),
        request.path.as_deref().map(text),
        request.origin_address.map(Value::Address),
        request.reused.map(Value::Reused),
    ]
}

fn text(value: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(value))
}

/// The same in whatever case it is logged.
fn country(code: &str) -> Value<'_> {
    Value::Text(Cow::Owned(code.to_ascii_uppercase()))
}

/// The probability that two shares differ at least this much by chance (two-sided two-proportion z test with Yates' correction).
fn chance_of(failing: (u64, u64), healthy: (u64, u64)) -> f64 {
    let (a, n) = (failing.0 as f64, failing.1 as f64);
    let (b, m) = (healthy.0 as f64, healthy.1 as f64);
    let pooled = (a + b) / (n + m);
    let error = libm::sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m));
    if error <= 0.0 {
        return 1.0;
    }
    let correction = 0.5 * (1.0 / n + 1.0 / m);
    let z = (libm::fabs(a / n - b / m) - correction).max(0.0) / error;
    libm::erfc(z / std::f64::consts::SQRT_2)
}

/// The contrasts with their q, from the p values beside them (Benjamini and Hochberg, 1995).
fn false_discovery(mut contrasts: Vec<(Contrast, f64)>) -> Vec<Contrast> {
    contrasts.sort_by(|(a, p), (b, q)| {
        p.total_cmp(q).then_with(|| (a.attribute, &a.value).cmp(&(b.attribute, &b.value)))
    });
    let tests = contrasts.len() as f64;
    let mut smallest = 1.0f64;
    for rank in (0..contrasts.len()).rev() {
        smallest = smallest.min(contrasts[rank].1 * tests / (rank + 1) as f64);
        contrasts[rank].0.q = (smallest * 1000.0).min(1000.0) as u16;
    }
    contrasts.into_iter().map(|(contrast, _)| contrast).collect()
}

/// Differences, the largest first, and after them the suspected attributes that do not differ.
fn rank(contrasts: Vec<Contrast>) -> Vec<Contrast> {
    let more_often = |contrast: &Contrast| {
        contrast.failing.0 * contrast.healthy.1 > contrast.healthy.0 * contrast.failing.1
    };
    let (mut different, same): (Vec<Contrast>, Vec<Contrast>) =
        contrasts.into_iter().filter(more_often).partition(Contrast::differs);
    // The difference of the two shares in thousandths.
    let gap = |contrast: &Contrast| {
        contrast.failing.0 * 1000 / contrast.failing.1 - contrast.healthy.0 * 1000 / contrast.healthy.1
    };
    different.sort_by_key(|contrast| {
        (std::cmp::Reverse(gap(contrast)), contrast.attribute, contrast.value.clone())
    });
    different.truncate(SHOWN);
    // A person asks about these first, so it is worth saying that they are not the reason.
    let suspected = ["edge_range", "colo", "host"]
        .into_iter()
        .filter(|attribute| !different.iter().any(|contrast| contrast.attribute == *attribute));
    let ruled_out: Vec<Contrast> = suspected
        .filter_map(|attribute| {
            same.iter()
                .filter(|contrast| contrast.attribute == attribute)
                .max_by_key(|c| (c.failing.0, &c.value))
        })
        .cloned()
        .collect();
    different.extend(ruled_out);
    different
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_only_failing_requests_have_is_no_chance_and_a_like_share_is() {
        assert!(chance_of((38, 40), (10, 400)) < 1e-9);
        assert!(chance_of((20, 40), (200, 400)) > 0.9);
        assert_eq!(chance_of((40, 40), (400, 400)), 1.0);
    }
}
