//! `rayscope explain`: one request's story in text, and the cause that was found for it.

use std::fmt::Write;

use super::args::Explain;
use super::exit::Exit;
use super::options::{When, redaction};
use super::output;
use super::plan::Plan;
use crate::compose;
use crate::diagnose::diagnose;
use crate::error::{Error, Result};
use crate::report::model::{Case, Report, UNEXPLAINED};
use crate::report::redaction::ReportText;
use crate::report::text::{confidence_number, one_line};

/// Tells the story of a ray.
///
/// # Errors
/// Where the ray is nowhere in the inputs, and as `Plan`.
pub fn run(arguments: &Explain) -> Result<Exit> {
    let mut plan = Plan::of(&arguments.evidence)?;
    let ray = arguments.ray.ray;
    plan.ask_for(ray);
    let partial = plan.extract(&plan.open(), When::Auto)?;
    let diagnosis = diagnose(plan.incident(partial));
    let redactor = compose::redactor(&diagnosis.incident, redaction(arguments.no_redact));
    // Who is who is numbered in the order of the report's texts: made first, they give each visitor the name that `diagnose` gives.
    drop(compose::report_with(&diagnosis, &redactor));
    let report = compose::report_about(&diagnosis, ray, &redactor);
    let mut text = String::new();
    for case in &report.cases {
        tell(&mut text, case, &report);
    }
    if report.cases.is_empty() {
        let lines = compose::sightings(&diagnosis.incident, ray, &redactor);
        if lines.is_empty() {
            return Err(Error::Usage {
                what: format!("ray {ray} is nowhere in these inputs"),
                help: "check the ray, or add the log or capture of its time".to_owned(),
            });
        }
        let _ = writeln!(text, "{ray} did not fail.\n");
        for line in lines {
            let _ = writeln!(text, "  {}", one_line(&line));
        }
    }
    output::print(&text).map(|()| Exit::Done)
}

fn tell(text: &mut String, case: &Case, report: &Report) {
    let word = |value: &Option<ReportText>| value.clone().unwrap_or_default();
    let status = case.edge_status.map_or(String::new(), |status| format!(" got {status}"));
    let colo = case.colo.as_ref().map_or(String::new(), |colo| format!("-{colo}"));
    let request = format!("{} {}{}", word(&case.method), word(&case.host), word(&case.path));
    let _ = writeln!(text, "{}{colo}{status}: {}\n", word(&case.ray), one_line(request.trim()));
    for line in &case.story {
        let _ = writeln!(text, "  {}", one_line(line));
    }
    if case.slug == UNEXPLAINED {
        let _ = writeln!(text, "\n  cause  unexplained: the evidence names none");
        for next in &report.unexplained.collect_next {
            let _ = writeln!(text, "  next   {}", one_line(next));
        }
        return;
    }
    let title =
        report.causes.iter().find(|cause| cause.slug == case.slug).map_or("", |cause| cause.title.as_str());
    let sure = confidence_number(case.confidence);
    let _ = writeln!(text, "\n  cause  {} ({sure}): {title}", case.slug);
    if let Some(connection) = &case.connection {
        for seen in &connection.seen_in {
            let _ = writeln!(text, "  see    {}  tcp.stream eq {}", one_line(&seen.input), seen.stream);
        }
    }
    let _ = writeln!(text, "  more   rayscope causes {}", case.slug);
}
