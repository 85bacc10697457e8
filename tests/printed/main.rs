//! Everything that is printed, over all recorded and drawn incidents: counts that add up, verdicts that the evidence carries, one clock, ladders
//! that keep to causality. If this breaks, a person acts on a figure or a sentence that is wrong.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod dense;
#[path = "../support/mod.rs"]
mod support;

use rayon::prelude::*;
use support::extraction::reported;
use support::printed::broken_laws;
use support::recorded::{self, Incident, Recorded};

/// Fails with the laws that the reports of these incidents break.
fn hold(recorded: &Recorded) {
    let of_one = |kept: &Incident| {
        broken_laws(&reported(&kept.evidence()))
            .into_iter()
            .map(|law| format!("{}: {law}", kept.name))
            .collect::<Vec<_>>()
    };
    let broken: Vec<String> = recorded.incidents.par_iter().flat_map_iter(of_one).collect();
    let (broken_number, incidents) = (broken.len(), recorded.incidents.len());
    assert!(broken.is_empty(), "{broken_number} of {incidents} incidents:\n{}", broken.join("\n"));
}

#[test]
fn recorded_incidents_are_told_without_contradiction() {
    hold(&recorded::incidents(&[]));
}

#[test]
fn drawn_incidents_are_told_without_contradiction() {
    hold(&recorded::drawn());
}

/// Made by others, and no part of the repository.
#[test]
fn incidents_of_others_are_told_without_contradiction() {
    if let Some(others) = recorded::others("what is printed of them") {
        hold(&others);
    }
}
