//! `messages.parquet`: the lines of error and system logs that were kept.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::values;
use crate::evidence::Partial;

pub(super) fn frame(partial: &Partial) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(&partial.messages);
    sheet.line_place(partial, |row| row.place);
    sheet.time("time", |row| row.line.time);
    sheet.duration("time_resolution", |row| Some(row.line.resolution));
    sheet.flag("time_is_local", |row| Some(row.line.time_is_local));
    sheet.duration("since_boot", |row| row.line.since_boot);
    sheet.text("level", |row| row.line.level.clone());
    sheet.text("program", |row| row.line.program.clone());
    sheet.u32("process", |row| row.line.process);
    sheet.text("signature", |row| row.line.signature.map(str::to_owned));
    sheet.text("text", |row| Some(values::message(&row.line.text)));
    sheet.u32("system_error", |row| row.line.system_error);
    sheet.text("action", |row| row.line.action.clone());
    sheet.u64("connection", |row| row.line.connection);
    sheet.text("client_address", |row| row.line.client.map(|address| address.to_string()));
    sheet.u16("client_port", |row| row.line.client_port);
    sheet.text("method", |row| row.line.request.as_ref().map(|(method, _)| method.clone()));
    sheet.text("target", |row| row.line.request.as_ref().map(|(_, target)| values::target(target)));
    sheet.text("upstream", |row| row.line.upstream.as_deref().map(values::target));
    sheet.text("host", |row| row.line.host.clone());
    sheet.u32("about_process", |row| row.line.about_process);
    sheet.u64("figure", |row| row.line.figure);
    sheet.frame()
}
