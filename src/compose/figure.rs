//! The pictures that prove a cause: idle ages, header sizes, offending bytes, certificate dates, times to first byte.

use super::values::{bytes, moment, seconds};
use crate::causes::FigureKind;
use crate::correlate::{Case, Incident};
use crate::diagnose::RankedCause;
use crate::evidence::edge_parser::refused_by_edge;
use crate::http::conform::{Finding, Rule};
use crate::http::exchange::HeadSizes;
use crate::report::model::{Bar, Decimal, Figure, MarkedRange, ScaleMark, ValidityRow};
use crate::report::redaction::Redactor;
use crate::text::words::duration;
use crate::time::Duration;

/// The pictures of a cause for which there is evidence.
pub fn figures(ranked: &RankedCause, incident: &Incident, redactor: &Redactor<'_>) -> Vec<Figure> {
    let telling = &incident.cases[ranked.telling];
    let figure = ranked.cause.figure.and_then(|kind| match kind {
        FigureKind::IdleAges => idle_ages(ranked, incident, redactor),
        FigureKind::OffendingBytes => hexdump(telling, incident, redactor),
        FigureKind::ResponseHeaderSizes => response_header_bars(telling, incident, redactor),
        FigureKind::RequestHeaderSizes => request_header_bars(telling, incident, redactor),
        FigureKind::CertificateValidity => validity(telling, incident, redactor),
    });
    figure.into_iter().collect()
}

/// For how long connections had been idle when the origin closed them: those of failing requests beside those that nobody was using.
fn idle_ages(ranked: &RankedCause, incident: &Incident, redactor: &Redactor<'_>) -> Option<Figure> {
    const BINS: i64 = 20;
    let failing: Vec<Duration> = ranked
        .cases
        .iter()
        .filter_map(|&index| {
            incident.cases[index]
                .exchanges(&incident.evidence)
                .next_back()
                .and_then(|(_, kept)| kept.idle_before)
        })
        .collect();
    let unit = Duration::from_milliseconds(10);
    let healthy: Vec<(Duration, u64)> = incident
        .evidence
        .tallies
        .servers
        .values()
        .flat_map(|server| &server.idle_closes)
        .map(|(&age, &count)| (i64::from(age) * unit, count))
        .collect();
    let longest = failing.iter().copied().chain(healthy.iter().map(|(age, _)| *age)).max()?;
    let width = longest / BINS + unit;
    let bin = |age: Duration| usize::try_from((age / width).clamp(0, BINS - 1)).unwrap_or(0);
    let mut counts = (vec![0; BINS as usize], vec![0; BINS as usize]);
    for age in &failing {
        counts.0[bin(*age)] += 1;
    }
    for (age, count) in healthy {
        counts.1[bin(age)] += count;
    }
    let timer = incident.population.servers.idle()?;
    Some(Figure::Histogram {
        title: "Idle age of the connection when it was closed".into(),
        finding: redactor.text(format!(
            "the origin closes idle connections after {}; {} failing requests met that",
            duration(timer.duration),
            failing.len()
        )),
        unit: "s".into(),
        bounds: (0..=BINS).map(|step| seconds(step * width)).collect(),
        failing: counts.0,
        healthy: counts.1,
        marks: vec![ScaleMark { value: seconds(timer.duration), text: "the origin's idle timeout".into() }],
    })
}

/// The offending bytes of the clearest case.
fn hexdump(case: &Case, incident: &Incident, redactor: &Redactor<'_>) -> Option<Figure> {
    let responses =
        case.exchanges(&incident.evidence).filter_map(|(_, kept)| kept.exchange.response.as_ref());
    let findings: Vec<&Finding> = responses.flat_map(|response| &response.findings).collect();
    let refused = findings.iter().find(|finding| refused_by_edge(finding.rule));
    let finding = refused.or_else(|| findings.iter().find(|finding| finding.rule == Rule::BareLf))?;
    let mark = u64::from(finding.mark);
    let length = u64::from(finding.length.max(1)).min((finding.excerpt.len() as u64).saturating_sub(mark));
    let shown: Vec<String> = masked(finding).iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Figure::Hexdump {
        title: "The offending bytes".into(),
        finding: redactor.text(format!("the response has {}", finding.describe())),
        offset: finding.offset.saturating_sub(mark),
        bytes: redactor.text(shown.join("")),
        marked: MarkedRange { offset: finding.offset, length },
        label: redactor.text(finding.describe()),
    })
}

/// The bytes of a finding without secrets: letters and digits of a header's value become `x` where they are not next to the offence.
/// Lengths and structure stay.
fn masked(finding: &Finding) -> Vec<u8> {
    const NEIGHBOURS: usize = 4;
    let mark = usize::from(finding.mark);
    let end = mark.saturating_add(finding.length as usize);
    let is_in_value = |index: usize| {
        let before = &finding.excerpt[..index];
        let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        before[line..].contains(&b':')
    };
    let mask = |(index, byte): (usize, &u8)| {
        let near = index + NEIGHBOURS >= mark && index < end.saturating_add(NEIGHBOURS);
        if !near && byte.is_ascii_alphanumeric() && is_in_value(index) { b'x' } else { *byte }
    };
    finding.excerpt.iter().enumerate().map(mask).collect()
}

/// The largest header lines of the clearest response against the edge's limit.
fn response_header_bars(case: &Case, incident: &Incident, redactor: &Redactor<'_>) -> Option<Figure> {
    let (_, kept) = case.exchanges(&incident.evidence).next_back()?;
    let limit = incident.profile.limits.response_header_bytes;
    let response = kept.exchange.response.as_ref()?;
    Some(header_bars(&response.head, limit, "the edge takes this in total", redactor))
}

/// The largest header lines of the clearest request against what origins take.
fn request_header_bars(case: &Case, incident: &Incident, redactor: &Redactor<'_>) -> Option<Figure> {
    let (_, kept) = case.exchanges(&incident.evidence).next_back()?;
    let limit = incident.profile.warn.origin_header_line_bytes;
    let request = kept.exchange.request.as_ref()?;
    Some(header_bars(&request.head, limit, "origins take this in one line by default", redactor))
}

fn header_bars(head: &HeadSizes, limit: u64, text: &'static str, redactor: &Redactor<'_>) -> Figure {
    let mut rows =
        vec![Bar { label: "all headers".into(), failing: bytes(head.bytes), healthy: Decimal::default() }];
    let bar = |header: &crate::http::exchange::HeaderSize| Bar {
        label: redactor.text(&header.name),
        failing: bytes(header.bytes),
        healthy: Decimal::default(),
    };
    rows.extend(head.largest.iter().take(6).map(bar));
    Figure::Bars {
        title: "Header sizes of the clearest case".into(),
        finding: redactor.text(format!("the head has {} bytes", head.bytes)),
        unit: "bytes".into(),
        rows,
        limit: Some(ScaleMark { value: bytes(limit), text: text.into() }),
    }
}

/// The certificate's dates against the moment of the handshake.
fn validity(case: &Case, incident: &Incident, redactor: &Redactor<'_>) -> Option<Figure> {
    let tls = case.connections(&incident.evidence).find_map(|row| row.tls.as_ref())?;
    let leaf = tls.certificates.first()?;
    let rows = tls.certificates.iter().map(|certificate| ValidityRow {
        label: redactor.text(&certificate.subject),
        not_before: moment(certificate.not_before),
        not_after: moment(certificate.not_after),
    });
    let over = leaf.at.time.since(leaf.not_after) / Duration::from_seconds(86_400);
    Some(Figure::Validity {
        title: "Validity of the certificates at the handshake".into(),
        finding: if over >= 0 {
            redactor.text(format!("the leaf had been out of date for {over} days"))
        } else {
            "the leaf was not valid yet".into()
        },
        rows: rows.collect(),
        at: moment(leaf.at.time),
    })
}
