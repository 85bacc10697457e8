//! What to change, as a card shows it: what fits the servers that were seen first, what is for others folded below.

use std::borrow::Cow;

use crate::report::model::{Applies, Cause, Remediation};
use crate::report::text::cut;

/// At most this many are shown, folded ones among them.
const MOST_FIXES: usize = 8;

/// A change.
pub struct Fix<'a> {
    /// The change itself.
    pub remedy: &'a Remediation,
    /// The id of its heading.
    pub id: String,
    /// Where it is made, and what kind of a step it is where it changes nothing.
    pub target: String,
    /// What is pasted: where it goes and the lines, each part with a button of its own.
    pub parts: Vec<(&'a str, Cow<'a, str>)>,
}

/// Changes that are folded, and what they have in common.
pub struct FoldedFixes<'a> {
    /// The line that opens them.
    pub title: String,
    /// The changes.
    pub fixes: Vec<Fix<'a>>,
}

/// The changes of a cause.
pub struct Fixes<'a> {
    /// Those that fit what was seen.
    pub shown: Vec<Fix<'a>>,
    /// Where nothing tells the server: what to do, whatever it is.
    pub whatever_it_is: Option<&'a str>,
    /// The others.
    pub folded: Vec<FoldedFixes<'a>>,
}

/// The id that leads to the changes of a cause.
pub fn fixes_id(cause: &Cause) -> String {
    format!("fix-{}-1", cause.rank)
}

/// The changes of a cause in their groups.
pub fn compose(cause: &Cause) -> Fixes<'_> {
    let of = |wanted: &[Applies]| -> Vec<Fix<'_>> {
        let numbered = cause.remediation.iter().zip(1..).take(MOST_FIXES);
        let fit = numbered.filter(|(remedy, _)| wanted.contains(&remedy.applies));
        fit.map(|(remedy, number)| fix(remedy, format!("fix-{}-{number}", cause.rank))).collect()
    };
    let first = cause.remediation.first().filter(|remedy| remedy.applies == Applies::Unknown);
    let mut unknown = of(&[Applies::Unknown]);
    // The heading above the fold has the id to which links lead.
    if let (Some(_), Some(fix)) = (first, unknown.first_mut()) {
        fix.id.push_str("-0");
    }
    let folded = [(unknown, "In"), (of(&[Applies::Other]), "For what was not seen among the inputs:")];
    let folded = folded.into_iter().filter(|(fixes, _)| !fixes.is_empty());
    Fixes {
        shown: of(&[Applies::Seen, Applies::Any]),
        whatever_it_is: first.map(|remedy| remedy.title.as_str()),
        folded: folded
            .map(|(fixes, what)| FoldedFixes { title: format!("{what} {}", targets(&fixes)), fixes })
            .collect(),
    }
}

/// The targets of changes, each once.
fn targets(fixes: &[Fix<'_>]) -> String {
    let mut words: Vec<&str> = fixes.iter().map(|fix| fix.remedy.target.words()).collect();
    words.dedup();
    words.join(", ")
}

fn fix(remedy: &Remediation, id: String) -> Fix<'_> {
    let whole = Some(("", remedy.snippet.as_str())).filter(|(_, text)| !text.is_empty());
    let parts = remedy.parts.iter().map(|part| (part.place.as_str(), part.text.as_str()));
    // A report of an earlier version has no parts.
    let parts = parts.chain(whole.filter(|_| remedy.parts.is_empty()));
    Fix {
        remedy,
        id,
        target: format!("{}{}", remedy.target_words(), remedy.proviso()),
        parts: parts.map(|(place, text)| (place, cut(text, 6000))).collect(),
    }
}
