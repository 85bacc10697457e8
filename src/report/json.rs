//! `report.json`: the model as it is.

use super::model::Report;

/// The report as indented JSON with a newline at its end; equal reports give equal bytes.
pub fn render(report: &Report) -> String {
    // The model holds no map with keys other than text and no number that JSON lacks, so this cannot fail; an empty
    // document would still be told apart from a report by whoever reads it.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
