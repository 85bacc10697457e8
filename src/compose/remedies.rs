//! What to change for a cause, with the measured figures: first what is for the servers that were seen.

use super::filling::Fillings;
use super::serving::Serving;
use crate::causes::{Cause, Purpose, Remedy, Who};
use crate::report::model::{self, Applies, Remediation, SnippetPart};
use crate::report::redaction::ReportText;

/// The remedies of a cause. One of which the inputs do not show a value that its snippet needs has none, and comes behind those that have.
pub fn remedies(cause: &'static Cause, values: &Fillings<'_>, serving: &Serving) -> Vec<Remediation> {
    let ordered = serving.ordered(&cause.remedies, cause.who == Who::Origin);
    let mut told: Vec<Remediation> =
        ordered.into_iter().map(|(remedy, applies)| remediation(remedy, applies, values)).collect();
    told.sort_by_key(|remedy| (remedy.applies == Applies::Other, remedy.snippet.is_empty()));
    told
}

fn remediation(remedy: &'static Remedy, applies: Applies, values: &Fillings<'_>) -> Remediation {
    let part = |(place, snippet): (&'static str, &'static str)| {
        Some(SnippetPart { place: values.command(place)?, text: values.snippet(snippet)? })
    };
    let parts = remedy.parts().map(part).collect::<Option<Vec<SnippetPart>>>().unwrap_or_default();
    let texts: Vec<ReportText> = parts.iter().map(|part| part.text.clone()).collect();
    Remediation {
        title: remedy.title.as_str().into(),
        target: remedy.target.into(),
        purpose: match remedy.purpose {
            Purpose::Change => model::Purpose::Change,
            Purpose::Measure => model::Purpose::Measure,
        },
        applies,
        snippet: ReportText::joined(&texts, "\n\n"),
        parts,
        why: told_of(&remedy.why, values),
        risk: told_of(&remedy.risk, values),
        rollback: told_of(&remedy.rollback, values),
    }
}

/// A text for people with what was measured: without its sentences in which a value is missing.
fn told_of(text: &'static str, values: &Fillings<'_>) -> ReportText {
    if let Some(text) = values.command(text) {
        return text;
    }
    let sentences = text.split_inclusive(". ").filter_map(|sentence| values.command(sentence));
    ReportText::joined(&sentences.collect::<Vec<ReportText>>(), "").trimmed()
}
