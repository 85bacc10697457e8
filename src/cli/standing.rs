//! How far a job is, as `rayscope check` tells it.

use serde::Serialize;

use crate::job::{RoundState, Standing};

/// The form of what programs read.
const SCHEMA: &str = "rayscope.standing/1";
/// Names of missing inputs that people are told.
const SHOWN: usize = 5;

/// For people: each round with what is missing of it, and the verb that comes next.
pub fn text(standing: &Standing, folder: &str) -> String {
    let mut text = String::new();
    for (round, state) in &standing.rounds {
        let name = format!("round {}  {:30}", round.number(), round.name());
        match state {
            RoundState::Whole { inputs } => text.push_str(&format!("{name} whole, {inputs} inputs\n")),
            RoundState::Begun { inputs, missing, .. } => {
                let there = inputs - missing.len();
                text.push_str(&format!("{name} {there} of {inputs} inputs\n"));
                let names = missing.iter().take(SHOWN).map(|name| format!("         missing: {name}\n"));
                text.extend(names);
                if let Some(more @ 1..) = missing.len().checked_sub(SHOWN) {
                    text.push_str(&format!("         and {more} more\n"));
                }
                let verb = if missing.is_empty() { "merge" } else { "extract" };
                text.push_str(&format!("next     rayscope {verb} {folder}\n"));
            }
        }
    }
    if standing.is_finished() {
        text.push_str(&format!("next     rayscope report {folder}\n"));
    }
    text
}

/// For programs: each round that is whole, and the one that is not, with the names of all inputs that are missing.
pub fn json(standing: &Standing) -> String {
    let rounds = standing.rounds.iter().map(|(round, state)| {
        let (number, name) = (round.number(), round.name());
        match state {
            RoundState::Whole { inputs } => {
                ToldRound { number, name, is_whole: true, inputs: *inputs, units: None, missing: &[] }
            }
            RoundState::Begun { units, inputs, missing } => {
                ToldRound { number, name, is_whole: false, inputs: *inputs, units: Some(*units), missing }
            }
        }
    });
    let told = ToldStanding { schema: SCHEMA, is_finished: standing.is_finished(), rounds: rounds.collect() };
    let text = serde_json::to_string_pretty(&told);
    debug_assert!(text.is_ok(), "names and numbers can be written");
    text.unwrap_or_default() + "\n"
}

#[derive(Serialize)]
struct ToldStanding<'a> {
    schema: &'a str,
    is_finished: bool,
    rounds: Vec<ToldRound<'a>>,
}

#[derive(Serialize)]
struct ToldRound<'a> {
    number: u8,
    name: &'a str,
    is_whole: bool,
    inputs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<usize>,
    missing: &'a [String],
}
