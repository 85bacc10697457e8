//! Ids and classes that several parts of the page must agree on.

/// Letters, digits and hyphens of `text`, lower case, at most 80: what may stand in an id.
fn id_part(text: &str) -> String {
    let allowed = |character: &char| character.is_ascii_alphanumeric() || *character == '-';
    text.chars().filter(allowed).take(80).map(|character| character.to_ascii_lowercase()).collect()
}

/// The id of a cause's card, by its slug so that links live on.
pub(super) fn cause_id(slug: &str) -> String {
    format!("cause-{}", id_part(slug))
}

/// The id of a case's row, by its ray.
pub(super) fn case_id(ray: Option<&str>) -> Option<String> {
    ray.map(id_part).filter(|ray| !ray.is_empty()).map(|ray| format!("case-{ray}"))
}

/// The class of a cause's badge.
pub(super) fn badge_class(index: usize) -> String {
    format!("sw s{}", index.saturating_add(1).min(6))
}
