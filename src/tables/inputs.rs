//! `inputs.parquet`: what was looked at, one row for each input.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use super::words;
use crate::evidence::{InputId, InputSummary, Place};

/// An input.
type ReadInput<'i> = (&'i InputId, &'i InputSummary);

pub(super) fn frame(rows: &[ReadInput<'_>], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.input("input", |(input, _)| Some(Place::Entry { input: **input, entry: 0 }));
    sheet.word("kind", |(_, input)| Some(words::input_kind(input.kind)));
    sheet.text("format", |(_, input)| (!input.format.is_empty()).then_some(input.format.as_str()));
    sheet.u64("file_size", |(_, input)| Some(input.bytes));
    sheet.u64("records", |(_, input)| Some(input.records));
    sheet.u64("skipped", |(_, input)| Some(input.skipped));
    sheet.flag("damaged", |(_, input)| Some(input.damaged));
    sheet.u64("lines", |(_, input)| Some(input.lines?.lines));
    sheet.u64("with_time", |(_, input)| Some(input.lines?.with_time));
    sheet.u64("with_status", |(_, input)| Some(input.lines?.with_status));
    sheet.u64("with_ray", |(_, input)| Some(input.lines?.with_ray));
    sheet.time("first_time", |(_, input)| input.first);
    sheet.time("last_time", |(_, input)| input.last);
    sheet.texts("warnings", |(_, input)| input.warnings.clone());
    sheet.texts("fact_names", |(_, input)| facts(input).into_keys().map(str::to_owned).collect());
    sheet.texts("fact_values", |(_, input)| facts(input).into_values().collect());
    sheet.frame()
}

fn facts(input: &InputSummary) -> BTreeMap<&'static str, String> {
    input.facts.as_ref().map(|facts| facts.by_name()).unwrap_or_default()
}
