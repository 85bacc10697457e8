//! Marks of a report by the truth of a drawn incident, as `tests/lab/drawing/grade.py` gives them, which a data set's tools are measured with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Stands for requests whose cause the inputs do not hold.
const UNEXPLAINED: &str = "unexplained";
/// A cause that is stated with so much is stated for sure, in thousandths.
const SURE: u64 = 800;
/// The most that may be claimed where the inputs do not hold the cause, in thousandths.
const CANDIDATE: u64 = 600;

/// What the first cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// True, or rightly none.
    Right,
    /// Another one.
    Wrong,
    /// What it truly was, surer than the inputs are held to allow.
    Beyond,
    /// None, though one can be known.
    Missed,
    /// None, where nothing failed.
    Quiet,
    /// One, where nothing failed.
    Alarm,
}

/// One incident's marks.
pub struct Marks {
    /// What the first cause is.
    pub first: First,
    /// Whether it was stated for sure.
    pub sure: bool,
    /// Rays that were given a true cause.
    pub right: usize,
    /// Rays that were given any.
    pub named: usize,
    /// Failing rays at hand whose cause can be known and was given.
    pub found: usize,
    /// Failing rays at hand whose cause can be known.
    pub knowable: usize,
}

/// One failing ray's true answer, and what fits the same evidence as well.
struct Truth {
    slug: String,
    root: String,
    fits: BTreeSet<String>,
    at_hand: bool,
}

/// Marks of a report.
pub fn marks(report: &Value, expected: &Value, truth: &[Value]) -> Marks {
    let (mut failed, mut tolerated) = (BTreeMap::new(), BTreeSet::new());
    for line in truth {
        if line["failed"] == true {
            failed.insert(text(&line["ray"]), Truth::of(line));
        }
        if !line["tolerated"].is_null() {
            tolerated.insert(text(&line["ray"]));
        }
    }
    let mut named = attribution(report);
    named.retain(|ray, _| !tolerated.contains(ray));
    let is_right =
        |ray: &str| failed.get(ray).zip(named.get(ray)).is_some_and(|(line, slug)| line.fits.contains(slug));
    let knowable = failed.iter().filter(|(_, line)| line.slug != UNEXPLAINED && line.at_hand);
    // Whether what may be a failure or none is told, and how large it is, says nothing about a diagnosis (tests/lab/drawing/grade.py, `passed_over`).
    let passed_over: BTreeSet<String> = list(&expected["tolerated"]).iter().map(text).collect();
    let stated: Vec<(String, u64)> = list(&report["causes"])
        .iter()
        .map(|cause| {
            (text(&cause["slug"]), (cause["confidence"].as_f64().unwrap_or(0.0) * 1000.0).round() as u64)
        })
        .filter(|(slug, _)| !passed_over.contains(slug))
        .collect();
    Marks {
        first: first(&stated, expected, &failed),
        sure: stated.first().is_some_and(|(_, confidence)| *confidence >= SURE),
        right: named.keys().filter(|ray| is_right(ray)).count(),
        named: named.len(),
        found: knowable.clone().filter(|(ray, _)| is_right(ray)).count(),
        knowable: knowable.count(),
    }
}

impl Truth {
    fn of(line: &Value) -> Truth {
        let slug = text(&line["slug"]);
        let mut fits: BTreeSet<String> = list(&line["acceptable"]).iter().map(text).collect();
        fits.insert(slug.clone());
        let at_hand = line["ray_at_hand"] == true;
        Truth { slug, root: text(&line["root"]), fits, at_hand }
    }
}

/// Ray → slug: by the cases, and by the first cause that counts it.
fn attribution(report: &Value) -> BTreeMap<String, String> {
    let mut slugs = BTreeMap::new();
    for cause in list(&report["causes"]) {
        for ray in list(&cause["rays"]) {
            slugs.entry(text(ray)).or_insert_with(|| text(&cause["slug"]));
        }
    }
    for case in list(&report["cases"]).iter().filter(|case| !case["ray"].is_null()) {
        slugs.insert(text(&case["ray"]), text(&case["slug"]));
    }
    slugs.retain(|_, slug| slug != UNEXPLAINED);
    slugs
}

fn first(stated: &[(String, u64)], expected: &Value, failed: &BTreeMap<String, Truth>) -> First {
    let names = |value: &Value| list(value).iter().map(text).collect::<BTreeSet<String>>();
    if list(&expected["causes"]).is_empty() {
        return if stated.is_empty() { First::Quiet } else { First::Alarm };
    }
    let leading = names(&expected["first"]);
    let none_is_right = leading.contains(UNEXPLAINED);
    let Some((slug, confidence)) = stated.first() else {
        return if none_is_right { First::Right } else { First::Missed };
    };
    let acceptable = |leading: &str| names(&expected["acceptable"][leading]).contains(slug);
    let right = if none_is_right {
        let (unexplained, explained): (Vec<&Truth>, Vec<&Truth>) =
            failed.values().partition(|line| line.slug == UNEXPLAINED);
        let may_be = acceptable(UNEXPLAINED) && *confidence <= CANDIDATE;
        let right = may_be || explained.iter().any(|line| line.fits.contains(slug));
        if !right && acceptable(UNEXPLAINED) && unexplained.iter().any(|line| line.root == *slug) {
            return First::Beyond;
        }
        right
    } else {
        leading.contains(slug) || leading.iter().any(|leading| acceptable(leading))
    };
    if right { First::Right } else { First::Wrong }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
