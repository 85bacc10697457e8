//! Which inputs share a clock: those of one top-level folder come from one machine, unless the requests say otherwise. Then each rotated
//! series has its own.

use std::collections::{BTreeMap, BTreeSet};

use super::offset::Offset;
use super::sight::BothSaw;
use super::stretches::offsets;
use crate::correlate::whole::Whole;
use crate::evidence::{InputId, InputKind, InputSummary};
use crate::facts::log_folders::is_of_program;
use crate::source::rotation;
use crate::time::{Duration, Time};

/// The edge's own clock.
pub(super) const EDGE_CLOCK: &str = "cloudflare";
/// A visitor's machine.
pub(super) const BROWSER_CLOCK: &str = "browser";

/// Inputs of one top-level folder come from one machine, whatever they are; the edge's and the browsers' stand apart. A folder that a program keeps for its logs lies
/// beside those of others of its machine.
pub(super) fn clock_name(name: &str, kind: InputKind) -> String {
    match kind {
        InputKind::EdgeLog => EDGE_CLOCK.to_owned(),
        InputKind::Har => format!("{BROWSER_CLOCK} {name}"),
        _ => {
            let folder = within_archive(name).split_once('/').map(|(folder, _)| folder);
            folder.filter(|folder| !is_of_program(folder)).unwrap_or("origin").to_owned()
        }
    }
}

/// What lies in an archive is named after it; the folders inside tell the machines apart.
fn within_archive(name: &str) -> &str {
    name.rsplit_once("!/").map_or(name, |(_, inside)| inside)
}

/// Whether an input lies beside the folders that may be of several machines.
pub(super) fn is_of_no_folder(name: &str) -> bool {
    !within_archive(name).contains('/')
}

/// The machine that each input comes from, in a numbering.
pub fn machines(evidence: &Whole) -> BTreeMap<InputId, usize> {
    numbered(evidence.inputs.iter().map(|(&id, input)| (id, clock_name(&input.name, input.kind))).collect())
}

/// The numbers of the inputs' names, in the order of the names.
pub(super) fn numbered(names: BTreeMap<InputId, String>) -> BTreeMap<InputId, usize> {
    let in_order: BTreeSet<&String> = names.values().collect();
    let numbers: BTreeMap<&String, usize> = in_order.into_iter().zip(0..).collect();
    names.iter().filter_map(|(&id, name)| Some((id, *numbers.get(name)?))).collect()
}

/// A clock that was found to be one: its inputs, and its offset stretch by stretch.
pub(super) struct FoundClock {
    pub name: String,
    pub inputs: Vec<InputId>,
    pub offsets: Vec<Offset>,
}

/// The clocks of the inputs that one name would put together: one where what is known of them agrees, else one for each series.
pub(super) fn clocks_of(
    name: &str,
    inputs: &[(InputId, &InputSummary)],
    mut pairs: BTreeMap<InputId, Vec<BothSaw>>,
    reference: &str,
) -> Vec<FoundClock> {
    let mut apart: Vec<FoundClock> = series(inputs)
        .into_iter()
        .map(|inputs_of_series| {
            let of_series =
                inputs_of_series.iter().filter_map(|input| pairs.get(input)).flatten().copied().collect();
            FoundClock {
                name: series_name(&inputs_of_series, inputs),
                offsets: offsets(surest(of_series), reference),
                inputs: inputs_of_series,
            }
        })
        .collect();
    let agree =
        apart.iter().enumerate().all(|(index, a)| apart[index + 1..].iter().all(|b| may_be_one(a, b)));
    if agree {
        let told = apart.iter().filter(|clock| !clock.offsets.is_empty()).count();
        let one = apart.iter_mut().find(|clock| !clock.offsets.is_empty());
        let offsets = match (told, one) {
            (1, Some(one)) => std::mem::take(&mut one.offsets),
            _ => offsets(surest(std::mem::take(&mut pairs).into_values().flatten().collect()), reference),
        };
        let inputs = inputs.iter().map(|(input, _)| *input).collect();
        return vec![FoundClock { name: name.to_owned(), inputs, offsets }];
    }
    lend(&mut apart);
    apart
}

/// Where rays tell of enough pairs, those alone.
fn surest(mut pairs: Vec<BothSaw>) -> Vec<BothSaw> {
    const ENOUGH: usize = 20;
    if pairs.iter().filter(|pair| pair.is_sure()).count() >= ENOUGH {
        pairs.retain(BothSaw::is_sure);
    }
    pairs
}

/// The inputs in series: parts of one rotated log, by their names, that do not overlap in time.
fn series(inputs: &[(InputId, &InputSummary)]) -> Vec<Vec<InputId>> {
    let named: Vec<(&str, Option<Time>)> =
        inputs.iter().map(|(_, input)| (input.name.as_str(), input.first)).collect();
    let mut series = Vec::new();
    for set in rotation::candidates(&named) {
        let mut parts: Vec<Vec<InputId>> = Vec::new();
        let mut until: Option<Time> = None;
        for (input, summary) in set.into_iter().filter_map(|index| inputs.get(index)) {
            let follows =
                until.zip(summary.first).is_some_and(|(until, first)| first.plus(Duration::SECOND) >= until);
            match parts.last_mut().filter(|_| follows) {
                Some(last) => last.push(*input),
                None => parts.push(vec![*input]),
            }
            until = until.max(summary.last);
        }
        series.extend(parts);
    }
    series
}

fn series_name(series: &[InputId], inputs: &[(InputId, &InputSummary)]) -> String {
    let names = inputs.iter().filter(|(input, _)| series.contains(input)).map(|(_, input)| &input.name);
    names.min_by_key(|name| (name.len(), *name)).cloned().unwrap_or_default()
}

/// Whether two offsets are near enough to be of one clock, wherever both are known.
fn may_be_one(a: &FoundClock, b: &FoundClock) -> bool {
    let (Some(first), Some(second)) = (a.offsets.first(), b.offsets.first()) else { return true };
    let few = first.pairs.min(second.pairs) < 3;
    let at = |offset: &Offset| offset.correct(first.base).since(first.base);
    let apart = (at(first) - at(second)).abs();
    few || apart <= (first.spread + second.spread) * 2 + Duration::SECOND
}

/// A log of which no request is known elsewhere goes by the clock whose name is most like its own; of equally like ones by that with the
/// most pairs.
fn lend(clocks: &mut [FoundClock]) {
    let told: Vec<(String, Vec<Offset>)> = clocks
        .iter()
        .filter(|clock| !clock.offsets.is_empty())
        .map(|clock| (clock.name.clone(), clock.offsets.clone()))
        .collect();
    let alike = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    for clock in clocks.iter_mut().filter(|clock| clock.offsets.is_empty()) {
        let pairs = |offsets: &[Offset]| offsets.iter().map(|offset| offset.pairs).sum::<u64>();
        let lender = told.iter().max_by_key(|(name, offsets)| (alike(name, &clock.name), pairs(offsets)));
        if let Some((name, offsets)) = lender {
            clock.name.clone_from(name);
            clock.offsets.clone_from(offsets);
        }
    }
}
