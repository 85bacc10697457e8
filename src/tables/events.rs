//! `events.parquet`: what changed and when, by files of events.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use crate::evidence::EventRow;

pub(super) fn frame(rows: &[&EventRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.line_place(|row| row.place);
    sheet.time("timestamp", |row| Some(row.event.time));
    sheet.text("event_kind", |row| Some(&row.event.kind));
    sheet.text("message", |row| Some(&row.event.text));
    sheet.frame()
}
