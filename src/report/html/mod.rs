//! `index.html`: one self-contained page that reads well with style and script, without script, and without both. A
//! Content-Security-Policy admits its one style and its one script by their hashes and nothing else.

mod cards;
mod cases;
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

/// Base 64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |value: u32| ALPHABET.get((value & 63) as usize).map_or('=', |digit| char::from(*digit));
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let value = (0..3).fold(0, |value, at| value << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            out.push(if at <= chunk.len() { digit(value >> shift) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests;
