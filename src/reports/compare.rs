//! Two reports, of before a change and after it: did it help, and what is new.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::interval::Measured;
use super::read::{ReadAffected, ReadReport};

/// The form of a comparison.
const SCHEMA: &str = "rayscope.comparison/1";

/// What changed between two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The name and version of this form.
    pub schema: &'static str,
    /// What changed, in one sentence.
    pub headline: String,
    /// From when to when the earlier evidence is, RFC 3339.
    pub before: [Option<String>; 2],
    /// From when to when the later evidence is.
    pub after: [Option<String>; 2],
    /// What is counted: `request` or `connection`.
    pub noun: &'static str,
    /// All failures together.
    pub failures: Change,
    /// Each cause of either report, those of the earlier one first, in its order.
    pub causes: Vec<Change>,
    /// Failures that no cause explains.
    pub unexplained: Change,
    /// What makes the two hard to compare.
    pub notes: Vec<String>,
}

/// How one share of failures changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The id of the cause; `failures` and `unexplained` for what is none.
    pub slug: String,
    /// How it changed.
    pub kind: ChangeKind,
    /// Before.
    pub before: Measured,
    /// After.
    pub after: Measured,
    /// The interval of the later share less the earlier one, with 95 %.
    pub difference: [f64; 2],
    /// How many requests without such a failure make it likely (95 %) that it is gone, where there were fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u64>,
}

/// How a share of failures changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// There is none any more, and chance does not explain that.
    Gone,
    /// None was seen, and of so few requests chance explains that, too.
    NotSeen,
    /// A smaller share, which chance does not explain.
    Fewer,
    /// Chance explains the difference.
    Same,
    /// A larger share, which chance does not explain.
    More,
    /// There was none before.
    New,
    /// There was none, and is none.
    None,
    /// One counts requests, the other connections.
    Unlike,
}

impl ChangeKind {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            ChangeKind::Gone => "gone",
            ChangeKind::NotSeen => "not seen, which may be chance",
            ChangeKind::Fewer => "fewer",
            ChangeKind::Same => "as before, within chance",
            ChangeKind::More => "more",
            ChangeKind::New => "new",
            ChangeKind::None => "none",
            ChangeKind::Unlike => "cannot be compared",
        }
    }
}

/// Compares two reports.
pub fn compare(before: &ReadReport, after: &ReadReport) -> Comparison {
    let wholes = [before.totals.judged_whole(), after.totals.judged_whole()];
    let is_alike = before.totals.noun() == after.totals.noun();
    let change = |slug: &str, failures: [u64; 2]| match Change::of(slug, failures, wholes) {
        change if is_alike || change.kind == ChangeKind::None => change,
        change => Change { kind: ChangeKind::Unlike, needed: None, ..change },
    };
    let affected = [by_cause(before), by_cause(after)];
    let new = after.causes.iter().filter(|cause| !affected[0].contains_key(cause.slug.as_str()));
    let slugs = before.causes.iter().chain(new).map(|cause| cause.slug.as_str());
    let counted = slugs.map(|slug| (slug, of_both(&affected, slug, |affected| affected.failures)));
    let counted = counted.filter(|(_, failures)| *failures != [0, 0]);
    let causes: Vec<Change> = counted.map(|(slug, failures)| change(slug, failures)).collect();
    let failures = change("failures", [before.totals.failures, after.totals.failures]);
    let mut notes = notes(before, after);
    notes.extend(beside_failures(&affected));
    Comparison {
        schema: SCHEMA,
        headline: headline(&failures, &causes),
        before: [before.window.first.clone(), before.window.last.clone()],
        after: [after.window.first.clone(), after.window.last.clone()],
        noun: after.totals.noun(),
        unexplained: change("unexplained", [before.unexplained.failures, after.unexplained.failures]),
        failures,
        causes,
        notes,
    }
}

impl Change {
    fn of(slug: &str, failures: [u64; 2], wholes: [u64; 2]) -> Change {
        let [before, after] = [0, 1].map(|side| Measured::of(failures[side], wholes[side]));
        let (low, high) = after.less(&before);
        let kind = match failures {
            [0, 0] => ChangeKind::None,
            [0, _] => ChangeKind::New,
            [_, 0] if high < 0.0 => ChangeKind::Gone,
            [_, 0] => ChangeKind::NotSeen,
            _ if high < 0.0 => ChangeKind::Fewer,
            _ if low > 0.0 => ChangeKind::More,
            _ => ChangeKind::Same,
        };
        let needed = (kind == ChangeKind::NotSeen).then(|| before.gone_from());
        Change { slug: slug.to_owned(), kind, before, after, difference: [low, high], needed }
    }
}

fn headline(failures: &Change, causes: &[Change]) -> String {
    let first = causes.iter().find(|change| change.before.failures > 0).unwrap_or(failures);
    let new: Vec<&str> = causes
        .iter()
        .filter(|change| change.kind == ChangeKind::New)
        .map(|change| change.slug.as_str())
        .collect();
    let more: Vec<&str> = causes
        .iter()
        .filter(|change| change.kind == ChangeKind::More && change.slug != first.slug)
        .map(|change| change.slug.as_str())
        .collect();
    let told = |what: &str, names: &[&str]| match names {
        [] => String::new(),
        names => format!("; {what}: {}", names.join(", ")),
    };
    let nothing = if new.is_empty() && first.kind == ChangeKind::Gone { "; nothing is new" } else { "" };
    format!("{}{}{}{nothing}", became(first, failures), told("new", &new), told("more frequent", &more))
}

/// What became of the first cause. What failed may have changed its face alone.
fn became(first: &Change, failures: &Change) -> String {
    let name = if first.slug == "failures" { "what failed" } else { &first.slug };
    match first.kind {
        ChangeKind::Gone if failures.kind == ChangeKind::Same => {
            format!("Not fixed: {name} is gone, and as much fails as before, within chance")
        }
        ChangeKind::Gone if failures.kind == ChangeKind::More => {
            format!("Worse: {name} is gone, and more fails than before")
        }
        ChangeKind::Gone => format!("Fixed: {name} is gone"),
        ChangeKind::NotSeen => {
            format!("Not known yet: {name} was not seen, and of so few requests that may be chance")
        }
        ChangeKind::Fewer => format!("Better, not fixed: {name} is rarer"),
        ChangeKind::Same => format!("Not fixed: {name} is as frequent as before, within chance"),
        ChangeKind::More => format!("Worse: {name} is more frequent"),
        ChangeKind::New => "Worse: what did not fail before does".to_owned(),
        ChangeKind::None => "Nothing failed, before and after".to_owned(),
        ChangeKind::Unlike => {
            "The two cannot be compared: one counts requests, the other connections".to_owned()
        }
    }
}

/// What each cause of a report explains.
type ByCause<'r> = BTreeMap<&'r str, ReadAffected>;

fn by_cause(report: &ReadReport) -> ByCause<'_> {
    report.causes.iter().map(|cause| (cause.slug.as_str(), cause.affected)).collect()
}

/// A figure of a cause before and after; none where the cause is not named.
fn of_both(affected: &[ByCause<'_>; 2], slug: &str, figure: impl Fn(&ReadAffected) -> u64) -> [u64; 2] {
    affected.each_ref().map(|causes| causes.get(slug).map_or(0, &figure))
}

/// What befell connections beside the failures: these are no share of anything that could be compared.
fn beside_failures(affected: &[ByCause<'_>; 2]) -> Vec<String> {
    let of_no_failure = affected.iter().flatten().filter(|(_, affected)| affected.failures == 0);
    let slugs: BTreeSet<&str> = of_no_failure.map(|(slug, _)| *slug).collect();
    let told = |slug: &str| {
        let [before, after] = of_both(affected, slug, |affected| affected.connections);
        format!(
            "{slug} befell connections to which no request is tied, {before} before and {after} after: of how many is not known"
        )
    };
    slugs.into_iter().map(told).collect()
}

fn notes(before: &ReadReport, after: &ReadReport) -> Vec<String> {
    let mut notes = Vec::new();
    if before.totals.noun() != after.totals.noun() {
        let side = |report: &ReadReport| format!("{}s", report.totals.noun());
        notes.push(format!(
            "before counts {}, after {}: give both the same kinds of evidence",
            side(before),
            side(after)
        ));
    }
    if let (Some(begin), Some(end)) = (&after.window.first, &before.window.last)
        && begin < end
    {
        notes.push("the later evidence begins before the earlier ends: cut both at the change with --until and --since".to_owned());
    }
    if !before.hosts.is_empty()
        && !after.hosts.is_empty()
        && !before.hosts.iter().any(|host| after.hosts.contains(host))
    {
        notes.push("no host is in both: requests of one site say little of another".to_owned());
    }
    let captured = |report: &ReadReport| report.coverage.captured_share_of_failures.is_some();
    if captured(before) && !captured(after) && after.totals.failures > 0 {
        notes.push(
            "before there was a capture, after there is none: what only packets show is not seen".to_owned(),
        );
    }
    if !before.causes.is_empty() && after.totals.whole() == 0 {
        notes.push("the later evidence holds no request".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_few_requests_nothing_is_called_gone() {
        let kind = |failures, wholes| Change::of("x", failures, wholes).kind;
        assert_eq!(kind([46, 0], [5_000, 8_000]), ChangeKind::Gone);
        assert_eq!(kind([46, 0], [5_000, 50]), ChangeKind::NotSeen);
        assert_eq!(kind([46, 5], [5_000, 8_000]), ChangeKind::Fewer);
        assert_eq!(kind([46, 44], [5_000, 5_000]), ChangeKind::Same);
        assert_eq!(kind([46, 460], [5_000, 8_000]), ChangeKind::More);
        assert_eq!(kind([0, 1], [5_000, 8_000]), ChangeKind::New);
        assert_eq!(kind([3, 0], [10, 0]), ChangeKind::NotSeen, "of nothing nothing is known");
    }

    #[test]
    fn it_says_how_many_requests_it_takes_to_know() {
        for before in [[10, 1_000], [46, 5_021], [3, 5_021], [1, 2], [900, 1_000]] {
            let change = |requests| Change::of("x", [before[0], 0], [before[1], requests]);
            let needed = change(0).needed.unwrap();
            assert_eq!(change(needed).kind, ChangeKind::Gone, "{before:?}: {needed}");
            assert_eq!(change(needed - 1).kind, ChangeKind::NotSeen, "{before:?}: {needed}");
        }
    }
}
