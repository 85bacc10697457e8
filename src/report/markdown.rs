//! `report.md`: a section that people paste into a postmortem. What comes from files is escaped, so that no header or log
//! line becomes markup.

mod cause;
mod certificates;
mod escaping;

use std::fmt::Write;

use cause::{write_cause, write_unexplained};
use certificates::write_certificates;
use escaping::{code, plain};

use super::model::{
    Case, Estimated, InputKind, Limit, Population, Report, ThresholdState, Totals, VerdictKind,
};
use super::text::{
    confidence_number, confidence_word, counted, cut, estimated, percent, share_percent, size,
};
use crate::report::redaction::ReportText;
use crate::text::words::thousands;

/// At most this many cases are listed; all of them stand in report.json.
const MOST_CASES: usize = 20;

/// The report as Markdown (CommonMark with tables) with a newline at its end; equal reports give equal bytes.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail, here and below.
    let _ = write_all(&mut out, report);
    out
}

fn write_all(out: &mut String, report: &Report) -> std::fmt::Result {
    write_verdict(out, report)?;
    for cause in &report.causes {
        if report.unexplained.rank == Some(cause.rank) {
            write_unexplained(out, report)?;
        }
        write_cause(out, cause, &report.totals)?;
    }
    if !report.causes.iter().any(|cause| report.unexplained.rank == Some(cause.rank)) {
        write_unexplained(out, report)?;
    }
    write_cases(out, report)?;
    write_audit(out, report)?;
    write_certificates(out, report)?;
    write_coverage(out, report)?;
    write_inputs(out, report)?;
    let redaction = if report.redacted { "redacted" } else { "**not redacted: holds personal data**" };
    writeln!(out, "{} {} · {redaction}", plain(&report.tool.name), plain(&report.tool.version))
}

fn write_verdict(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "## {}\n", plain(&report.verdict.headline))?;
    let who = match report.verdict.kind {
        VerdictKind::Origin => "the origin's owner acts",
        VerdictKind::Path => "whoever runs the network between edge and origin acts",
        VerdictKind::Edge => "whoever configures the edge acts",
        VerdictKind::Client => "the visitors' side; nothing to change at the origin",
        VerdictKind::Healthy => "nobody has to act",
        VerdictKind::Inconclusive => "no cause is named; see what to collect next",
    };
    let sure = match report.verdict.kind {
        VerdictKind::Inconclusive => String::new(),
        _ => format!(
            " · {} ({})",
            confidence_word(report.verdict.confidence),
            confidence_number(report.verdict.confidence)
        ),
    };
    writeln!(out, "**Verdict: {}**{sure}\n", who)?;
    write_totals(out, report)
}

fn write_totals(out: &mut String, report: &Report) -> std::fmt::Result {
    let totals = &report.totals;
    writeln!(out, "| figure | value |\n|---|---|")?;
    if let [first, ..] = report.hosts.as_slice() {
        writeln!(out, "| host | {} |", code(first))?;
    }
    if let (Some(first), Some(last)) = (&report.window.first, &report.window.last) {
        writeln!(out, "| window (UTC) | {} – {} |", plain(first.as_str()), plain(last.as_str()))?;
    }
    write_failed(out, totals)?;
    let judged = match totals.unjudged_failures {
        Some(_) => "edge statuses of the judged failures",
        None => "edge statuses of failures",
    };
    let tables = [
        (judged, &totals.edge_statuses),
        ("edge statuses of all requests", &totals.statuses.edge),
        ("origin statuses of all requests", &totals.statuses.origin),
    ];
    for (name, statuses) in tables.into_iter().filter(|(_, statuses)| !statuses.is_empty()) {
        let times =
            |(status, count): (&ReportText, &u64)| format!("{} ×{}", plain(status), thousands(*count));
        let statuses: Vec<String> = statuses.iter().map(times).collect();
        writeln!(out, "| {name} | {} |", statuses.join(", "))?;
    }
    writeln!(out, "| healed by a retry, no failures | {} |", counted(totals.healed_attempts, "attempt"))?;
    writeln!(out, "| given up by visitors, no failures | {} |", counted(totals.client_aborts, "request"))?;
    writeln!(out, "| unexplained | {} |\n", counted(report.unexplained.failures, totals.population.noun()))
}

/// How much failed, and of how much.
fn write_failed(out: &mut String, totals: &Totals) -> std::fmt::Result {
    writeln!(
        out,
        "| failed requests | {} of {} ({} %) |",
        thousands(totals.failed_requests),
        thousands(totals.requests),
        percent(totals.failed_requests, totals.requests)
    )?;
    let write_judged = |out: &mut String| match totals.unjudged_failures {
        Some(_) => writeln!(out, "| of these judged, as a sample | {} |", thousands(totals.failures)),
        None => Ok(()),
    };
    if totals.population == Population::Requests {
        write_judged(out)?;
    }
    if let Some(Estimated { requests, failed_requests }) = totals.estimated {
        let (failed, all) = (estimated(failed_requests), estimated(requests));
        writeln!(
            out,
            "| failed requests, estimated from a sampled log (95 % intervals) | {failed} of {all} |"
        )?;
    }
    if totals.population == Population::Connections {
        let (failed, all) = totals.failed_of_population();
        writeln!(
            out,
            "| failed connections, which are counted here | {} of {} ({} %) |",
            thousands(failed),
            thousands(all),
            percent(failed, all)
        )?;
        write_judged(out)?;
    } else if totals.failed_connections > 0 {
        writeln!(out, "| failed connections without a request | {} |", thousands(totals.failed_connections))?;
    }
    Ok(())
}

fn write_cases(out: &mut String, report: &Report) -> std::fmt::Result {
    if report.cases.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Failing requests\n")?;
    writeln!(out, "| time (UTC) | ray | request | edge | origin | cause |\n|---|---|---|---|---|---|")?;
    for case in report.cases.iter().take(MOST_CASES) {
        let status =
            |status: Option<u16>| status.map_or_else(|| "–".to_string(), |status| status.to_string());
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            case.time.as_ref().map_or_else(|| "–".to_string(), |time| plain(&report.window.clock(time))),
            case.ray.as_ref().map_or_else(|| "–".to_string(), |ray| code(ray)),
            request(case),
            status(case.edge_status),
            status(case.origin_status),
            plain(&case.slug)
        )?;
    }
    let rest = (report.cases.len().saturating_sub(MOST_CASES) as u64).saturating_add(report.cases_omitted);
    match rest {
        0 => writeln!(out),
        rest => writeln!(
            out,
            "\n{} more; report.json lists {}.\n",
            thousands(rest),
            thousands(report.cases.len() as u64)
        ),
    }
}

fn request(case: &Case) -> String {
    let method = case.method.as_deref().map(|method| format!("{method} ")).unwrap_or_default();
    let part = |part: &Option<ReportText>| part.clone().unwrap_or_default();
    let request = format!("{method}{}{}", part(&case.host), part(&case.path));
    if request.is_empty() { "no request was made".to_string() } else { code(&cut(&request, 120)) }
}

fn write_audit(out: &mut String, report: &Report) -> std::fmt::Result {
    let over = &report.header_audit.over_budget;
    let close: Vec<_> = report.thresholds.iter().filter(|row| row.state == ThresholdState::Warn).collect();
    if over.is_empty() && close.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Early warnings\n")?;
    for row in over.iter().take(20) {
        writeln!(
            out,
            "- {} {}: {} B, limit {} B, {} ({} {})",
            row.direction.words(),
            code(&row.name),
            thousands(row.bytes),
            thousands(row.limit_bytes),
            counted(row.requests, "request"),
            code(&row.input),
            plain(&row.place)
        )?;
    }
    for row in close {
        let measured = row.measured.map_or_else(|| "not measured".to_string(), |value| value.to_string());
        writeln!(
            out,
            "- {}, {}: {measured} of {} {} ({})",
            plain(&row.name.replace('_', " ")),
            row.words(),
            row.limit,
            plain(&row.unit),
            plain(&row.place)
        )?;
    }
    writeln!(out)
}

fn write_coverage(out: &mut String, report: &Report) -> std::fmt::Result {
    let coverage = &report.coverage;
    let share = |share: Option<super::model::Share>| {
        share.map_or_else(|| "not looked at".to_string(), |share| format!("{} %", share_percent(share)))
    };
    writeln!(out, "### What was looked at\n")?;
    writeln!(out, "- failures seen in packets: {}", share(coverage.captured_share_of_failures))?;
    writeln!(out, "- connections that stayed encrypted: {}", share(coverage.encrypted_share))?;
    let lost = coverage.packets_lost_by_capture.map_or_else(|| "not recorded".to_string(), thousands);
    writeln!(out, "- packets lost by the capture: {lost}")?;
    for clock in report.clocks.iter().take(10) {
        let from = clock.from.as_ref().map_or_else(String::new, |from| format!(" from {} on", from.clock()));
        let drift = clock
            .drift_ms_per_min
            .map_or_else(String::new, |drift| format!(", and {drift} ms more with each minute"));
        writeln!(
            out,
            "- clock of {}{from}: shifted by {} s{drift} to that of {} ({}, spread {} s)",
            plain(&clock.b),
            clock.offset_s,
            plain(&clock.a),
            counted(clock.pairs, "pair"),
            clock.spread_s
        )?;
    }
    for text in coverage.notes.iter().take(20) {
        writeln!(out, "- {}", plain(text))?;
    }
    for text in report.warnings.iter().take(20) {
        writeln!(out, "- **warning:** {}", plain(text))?;
    }
    writeln!(out)
}

fn write_inputs(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "| input | kind | size | records | from – to (UTC) |\n|---|---|---|---|---|")?;
    let (used, ignored): (Vec<_>, Vec<_>) =
        report.inputs.iter().partition(|input| input.kind != InputKind::Ignored);
    for input in used.iter().take(100) {
        let times = match (&input.first, &input.last) {
            (Some(first), Some(last)) => format!("{} – {}", plain(first.clock()), plain(last.clock())),
            _ => "–".to_string(),
        };
        writeln!(
            out,
            "| {} | {} | {} | {} | {times} |",
            code(&input.path),
            input.format.as_ref().map_or_else(|| input.kind.words().to_string(), |format| plain(format)),
            size(input.bytes),
            thousands(input.records)
        )?;
    }
    writeln!(out)?;
    for input in used.iter().filter(|input| input.unused.is_some()).take(20) {
        let why = input.unused.as_deref().unwrap_or_default();
        writeln!(out, "- {}: read, but nothing taken from it: {}", code(&input.path), plain(why))?;
    }
    for input in used.iter().filter(|input| !input.warnings.is_empty()).take(20) {
        for warning in input.warnings.iter().take(5) {
            writeln!(out, "- {}: {}", code(&input.path), plain(warning))?;
        }
    }
    let more = used.len().saturating_sub(100);
    if more > 0 {
        writeln!(out, "- {more} more inputs in report.json")?;
    }
    if !ignored.is_empty() {
        writeln!(out, "- {} not used", counted(ignored.len() as u64, "file"))?;
    }
    let profile = &report.profile;
    let roots = profile.limits.get("root_store").and_then(|limit| match limit {
        Limit::Text(date) => Some(format!(", root store of {}", plain(date))),
        Limit::Number(_) => None,
    });
    writeln!(
        out,
        "- limits: {} of {}{}\n",
        plain(&profile.name),
        plain(&profile.date),
        roots.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests;
