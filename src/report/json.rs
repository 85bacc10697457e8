//! `report.json`: the model as it is.

use super::model::Report;

/// The report as indented JSON with a newline at its end; equal reports give equal bytes.
pub fn render(report: &Report) -> String {
    // This cannot fail: all keys of the model are text, and JSON can hold all its numbers.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
