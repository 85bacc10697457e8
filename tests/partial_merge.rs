//! The partials of several files can be merged in any order and any grouping with the same result, and an empty partial changes nothing.
//! Without this law a report would depend on how the threads divided the work.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use rayscope::evidence::view::View;
use rayscope::evidence::{InputId, Partial};
use rayscope::source::{FoundFile, discover};
use support::extraction;

/// One partial for each file of the samples; none of them is empty.
static PARTIALS: LazyLock<Vec<Partial>> = LazyLock::new(|| {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let found = discover(&[samples]).expect("the samples");
    let partials: Vec<Partial> = (0..found.len()).map(|index| alone(&found, index)).collect();
    let whole = partials.into_iter().filter(|partial| rows(partial) > 0).flat_map(split).collect::<Vec<_>>();
    assert!(whole.len() >= 20, "{} partials", whole.len());
    whole
});

/// The evidence of one file under the number that it has among all files. The other files are given as refused, and then dropped.
fn alone(found: &[FoundFile], wanted: usize) -> Partial {
    let absent = |index: usize, file: &FoundFile| {
        let mut file = file.clone();
        file.same_as = None;
        file.refused = (index != wanted).then(|| "it is not there".to_owned());
        file
    };
    let found = found.iter().enumerate().map(|(index, file)| absent(index, file)).collect();
    let mut partial = extraction::found(found, BTreeSet::new());
    let wanted = InputId(u32::try_from(wanted).expect("few files"));
    partial.inputs.retain(|input, _| *input == wanted);
    partial
}

fn rows(partial: &Partial) -> usize {
    let Partial { connections, access, messages, edge, har, settings, .. } = partial;
    [connections.len(), access.len(), messages.len(), edge.len(), har.len(), settings.len()].iter().sum()
}

/// A partial in two parts: the first half of its rows, and everything else.
fn split(mut partial: Partial) -> [Partial; 2] {
    fn half<T>(rows: &mut Vec<T>) -> Vec<T> {
        rows.split_off(rows.len() / 2)
    }
    let mut part = Partial {
        connections: half(&mut partial.connections),
        access: half(&mut partial.access),
        messages: half(&mut partial.messages),
        edge: half(&mut partial.edge),
        har: half(&mut partial.har),
        settings: half(&mut partial.settings),
        ..Partial::default()
    };
    // What the views counted, and the connections that they saw.
    for (id, view) in &mut partial.views {
        let sightings = std::mem::take(&mut view.sightings);
        part.views.insert(*id, View { sightings, inputs: view.inputs.clone(), ..View::default() });
    }
    for (input, summary) in &mut partial.inputs {
        let mut first = summary.clone();
        first.records /= 2;
        first.warnings = vec!["the first part".to_owned()];
        summary.records -= first.records;
        part.inputs.insert(*input, first);
    }
    [partial, part]
}

/// All merged from left to right, as a single thread does it.
static WHOLE: LazyLock<Partial> =
    LazyLock::new(|| PARTIALS.iter().cloned().fold(Partial::default(), Partial::merge));

/// Merges two neighbours again and again until one partial is left: `choices` says which two.
fn merge_as_a_tree(mut partials: Vec<Partial>, choices: &[prop::sample::Index]) -> Partial {
    let mut choices = choices.iter().cycle();
    while partials.len() > 1 {
        let Some(choice) = choices.next() else { break };
        let at = choice.index(partials.len() - 1);
        let right = partials.remove(at + 1);
        let left = std::mem::take(&mut partials[at]);
        partials[at] = left.merge(right);
    }
    partials.pop().unwrap_or_default()
}

fn shuffled() -> impl Strategy<Value = Vec<usize>> {
    let order: Vec<usize> = (0..PARTIALS.len()).collect();
    Just(order).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_tree_give_the_same_whole(
        order in shuffled(),
        tree in prop::collection::vec(any::<prop::sample::Index>(), 64),
        empty_at in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut partials: Vec<Partial> = order.iter().map(|index| PARTIALS[*index].clone()).collect();
        for at in &empty_at {
            partials.insert(at.index(partials.len() + 1), Partial::default());
        }
        let merged = merge_as_a_tree(partials, &tree);
        prop_assert!(merged == *WHOLE, "the whole depends on the order {order:?}");
    }

    #[test]
    fn merging_is_associative_and_commutative(
        a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(), c in any::<prop::sample::Index>(),
    ) {
        let [a, b, c] = [a, b, c].map(|index| PARTIALS[index.index(PARTIALS.len())].clone());
        prop_assume!(a != b && b != c && a != c);
        let left = a.clone().merge(b.clone()).merge(c.clone());
        let right = a.clone().merge(b.clone().merge(c));
        prop_assert!(left == right);
        prop_assert!(a.clone().merge(b.clone()) == b.merge(a));
    }
}

#[test]
fn the_empty_partial_changes_nothing() {
    for partial in PARTIALS.iter() {
        assert!(Partial::default().merge(partial.clone()) == *partial);
        assert!(partial.clone().merge(Partial::default()) == *partial);
    }
}
