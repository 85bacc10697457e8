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
use crate::text::base16::base16;
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
                .and_then(|(_, kept)| kept.idle_before())
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
        case.exchanges(&incident.evidence).filter_map(|(_, kept)| kept.exchange.response.as_deref());
    let findings: Vec<&Finding> = responses.flat_map(|response| &response.findings).collect();
    let refused = findings.iter().find(|finding| refused_by_edge(finding.rule));
    let finding = refused.or_else(|| findings.iter().find(|finding| finding.rule == Rule::BareLf))?;
    let mark = u64::from(finding.mark);
    let length = u64::from(finding.length.max(1)).min((finding.excerpt.len() as u64).saturating_sub(mark));
    Some(Figure::Hexdump {
        title: "The offending bytes".into(),
        finding: redactor.text(format!("the response has {}", finding.describe())),
        offset: finding.offset.saturating_sub(mark),
        bytes: redactor.text(base16(&masked(finding))),
        marked: MarkedRange { offset: finding.offset, length },
        label: redactor.text(finding.describe()),
    })
}

/// The bytes of a finding without secrets: letters and digits become `x` but for the offence's first ones, names of headers, and a status line. What
/// is none of these is a header's value, perhaps one that began before the bytes at hand, or a body that was taken for a head. Lengths and
/// structure stay.
fn masked(finding: &Finding) -> Vec<u8> {
    const OFFENCE: usize = 8;
    let bytes = &finding.excerpt;
    let mark = usize::from(finding.mark);
    let offence = mark..mark.saturating_add((finding.length.max(1) as usize).min(OFFENCE));
    let mut shown = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let begins_inside = shown.is_empty() && finding.offset > u64::from(finding.mark);
        let named = match line.iter().position(|byte| *byte == b':') {
            // A line that begins with a blank goes on with the value of the one before (RFC 9112, 5.2).
            _ if begins_inside || line.starts_with(b" ") || line.starts_with(b"\t") => 0,
            _ if line.starts_with(b"HTTP/") => line.len(),
            Some(colon) => colon,
            None => 0,
        };
        for (index, byte) in line.iter().enumerate() {
            let is_shown = index < named || offence.contains(&shown.len()) || !byte.is_ascii_alphanumeric();
            shown.push(if is_shown { *byte } else { b'x' });
        }
    }
    shown
}

/// The largest header lines of the clearest response against the edge's limit.
fn response_header_bars(case: &Case, incident: &Incident, redactor: &Redactor<'_>) -> Option<Figure> {
    let (_, kept) = case.exchanges(&incident.evidence).next_back()?;
    let limit = incident.profile.limits.response_header_bytes;
    let response = kept.exchange.response.as_deref()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of a message, in which the bytes between the two bars offend.
    fn shown(message: &str) -> String {
        let (mark, end) = (message.find('|').unwrap(), message.rfind('|').unwrap() - 1);
        let bytes = message.replace('|', "").into_bytes();
        let from = mark.saturating_sub(16);
        let finding = Finding {
            rule: Rule::BareLf,
            offset: mark as u64,
            length: u32::try_from(end - mark).unwrap(),
            excerpt: bytes[from..bytes.len().min(mark + 32)].to_vec(),
            mark: u8::try_from(mark - from).unwrap(),
            header: None,
        };
        String::from_utf8(masked(&finding)).unwrap()
    }

    #[test]
    fn names_and_the_offence_are_shown_and_values_are_not() {
        for (message, told) in [
            ("HTTP/1.1 200 OK\r\nA: |\u{1}|secret\r\nB: c\r\n", "/x.x xxx xx\r\nA: \u{1}xxxxxx\r\nB: x\r\n"),
            ("A: b\r\nC|\n|", "A: x\r\nx\n"),
            ("HTTP/1.1 200\r\nName| |: secret\r\n", "xx/x.x xxx\r\nName : xxxxxx\r\n"),
            ("{|\"|token\":\"secret\"}\r\n", "{\"token\":\"xxxxxx\"}\r\n"),
            ("|secretsecret|\r\n", "secretsexxxx\r\n"),
            (
                "Set-Cookie: session=abcdefghi|\u{7}|jklm\r\n secret\r\n",
                "xxxxxx=xxxxxxxxx\u{7}xxxx\r\n xxxxxx\r\n",
            ),
        ] {
            assert_eq!(shown(message), told);
        }
    }
}
