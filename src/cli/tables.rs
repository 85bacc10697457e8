//! Everything that was seen, as tables in a folder: `rayscope tables`, and `rayscope diagnose --tables`.

use std::path::Path;

use super::args::Tables;
use super::exit::Exit;
use super::options::redaction;
use super::output_folder::{OutputFolder, Readers};
use super::plan::Plan;
use crate::compose;
use crate::diagnose::Diagnosis;
use crate::error::Result;
use crate::extract::Inputs;
use crate::report::redaction::Redactor;
use crate::tables;

/// Runs `rayscope tables`.
///
/// # Errors
/// As `Plan`, and where a table cannot be written.
pub fn run(arguments: &Tables) -> Result<Exit> {
    let plan = Plan::of(&arguments.evidence)?;
    let inputs = plan.open();
    let incident = plan.incident(plan.extract(&inputs, arguments.progress)?);
    let redactor = compose::redactor(&incident, redaction(arguments.no_redact));
    let folder = OutputFolder::create(&arguments.out, Readers::OwnerOnly)?;
    tables::write(&mut |name| folder.begin(name), &inputs, plan.extraction(), &incident, redactor)?;
    folder.place().map(|()| Exit::Done)
}

/// Writes the same tables for a diagnosis, and that of its cases; with the redactor of its report a visitor has one pseudonym in all of them.
///
/// # Errors
/// Where a table cannot be written.
pub fn of_diagnosis(
    folder: &Path,
    plan: &Plan,
    inputs: &Inputs,
    diagnosis: &Diagnosis,
    redactor: Redactor<'_>,
) -> Result<()> {
    let folder = OutputFolder::create(folder, Readers::OwnerOnly)?;
    let mut begin = |name: &str| folder.begin(name);
    let redactor = tables::write(&mut begin, inputs, plan.extraction(), &diagnosis.incident, redactor)?;
    tables::write_cases(&mut begin, diagnosis, redactor)?;
    folder.place()
}
