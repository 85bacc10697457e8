//! Everything that was seen, as tables in a folder: `rayscope extract`, and `rayscope diagnose --tables`.

use std::path::Path;

use super::args::{Extract, redaction};
use super::exit::Exit;
use super::output::{OutputFolder, Readers};
use super::plan::Plan;
use crate::compose::{self, Redaction};
use crate::diagnose::Diagnosis;
use crate::error::Result;
use crate::extract::Inputs;
use crate::report::model::Report;
use crate::tables;

/// Runs `rayscope extract`.
///
/// # Errors
/// As `Plan`, and where a table cannot be written.
pub fn extract(arguments: &Extract) -> Result<Exit> {
    let plan = Plan::of(&arguments.evidence)?;
    let inputs = plan.open();
    let incident = plan.incident(plan.extract(&inputs, arguments.progress)?);
    let redactor = compose::redactor(&incident, redaction(arguments.no_redact));
    let folder = OutputFolder::create(&arguments.out, Readers::OwnerOnly)?;
    tables::write(&mut |name| folder.begin(name), &inputs, plan.extraction(), &incident, redactor)?;
    folder.place().map(|()| Exit::Done)
}

/// Makes the report of a diagnosis, and writes the same tables beside it, with that of the cases: a visitor has one pseudonym in all of them.
///
/// # Errors
/// Where a table cannot be written.
pub fn beside_report(
    folder: &Path,
    plan: &Plan,
    inputs: &Inputs,
    diagnosis: &Diagnosis,
    redaction: Redaction,
) -> Result<Report> {
    let redactor = compose::redactor(&diagnosis.incident, redaction);
    let report = compose::report_with(diagnosis, &redactor);
    let folder = OutputFolder::create(folder, Readers::OwnerOnly)?;
    let mut begin = |name: &str| folder.begin(name);
    let redactor = tables::write(&mut begin, inputs, plan.extraction(), &diagnosis.incident, redactor)?;
    tables::write_cases(&mut begin, diagnosis, redactor)?;
    folder.place()?;
    Ok(report)
}
