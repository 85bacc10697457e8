//! `index.html`: one self-contained page that reads well with style and script, without script, and without both. A
//! Content-Security-Policy admits its one style and its one script by their hashes and nothing else.

mod cards;
mod cases;
mod certificates;
pub(crate) mod escape;
mod figures;
mod fixes;
mod hexdump;
mod ids;
mod key_figures;
mod ladder;
mod scale;
mod sureness;
mod svg;
mod tables;
mod timeline;
mod verdict;

use std::sync::OnceLock;

use askama::Template;
use sha2::{Digest, Sha256};

use super::model::{Report, VerdictKind};
use crate::text::base64::base64;
use crate::text::words::thousands;

/// The page's only style sheet.
pub const STYLE: &str = include_str!("../../../templates/report.css");
/// The page's only script.
pub const SCRIPT: &str = include_str!("../../../templates/report.js");

/// The whole page.
#[derive(Template)]
#[template(path = "index.html", config = "templates/askama.toml")]
struct Page<'a> {
    report: &'a Report,
    policy: &'static str,
    title: String,
    verdict: verdict::FirstScreen,
    timeline: Option<timeline::DrawnTimeline>,
    causes_title: String,
    cards: Vec<cards::Card<'a>>,
    cases: Option<cases::CaseTable>,
    omitted: String,
    rest: Option<cards::RestCard>,
    sizes: tables::SizeTable,
    thresholds: tables::Thresholds<'a>,
    certificates: certificates::CertificateTable,
    inputs: Vec<tables::InputRow>,
    coverage: Vec<(&'static str, String)>,
    clocks: Vec<[String; 5]>,
    limits: Vec<(&'a str, String)>,
    client: bool,
}

/// The report as one HTML page; equal reports give equal bytes.
pub fn render(report: &Report) -> String {
    let page = Page {
        report,
        policy: policy(),
        title: verdict::title(report),
        verdict: verdict::compose(report),
        timeline: timeline::draw(report),
        causes_title: match report.causes.len() {
            0 => "Why: no cause is named".to_string(),
            1 => "Why: one cause".to_string(),
            causes => format!("Why: {} causes, largest first", thousands(causes as u64)),
        },
        cards: report
            .causes
            .iter()
            .enumerate()
            .map(|(index, cause)| cards::compose(cause, index, report))
            .collect(),
        cases: cases::compose(report),
        omitted: cases::omitted(report),
        rest: cards::compose_rest(report),
        sizes: tables::sizes(report),
        thresholds: tables::thresholds(report),
        certificates: certificates::certificates(report),
        inputs: tables::inputs(report),
        coverage: tables::coverage(report),
        clocks: tables::clocks(report),
        limits: tables::limits(report),
        client: report.verdict.kind == VerdictKind::Client,
    };
    // Writing to a String cannot fail, and no part of the template does.
    page.render().unwrap_or_default()
}

/// The policy of the page: nothing but its own style and script, by their hashes (CSP Level 3).
pub fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            base64(&Sha256::digest(STYLE)),
            base64(&Sha256::digest(SCRIPT))
        )
    })
}

/// The same for a page that has the style and no script.
pub fn style_policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let style = base64(&Sha256::digest(STYLE));
        format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'")
    })
}

#[cfg(test)]
mod tests;
