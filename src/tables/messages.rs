//! `messages.parquet`: the lines of error and system logs, and faults that the state of a machine tells of.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use crate::evidence::MessageRow;

pub(super) fn frame(rows: &[MessageRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.line_place(|row| row.place);
    sheet.time("timestamp", |row| row.line.time);
    sheet.duration("timestamp_resolution", |row| Some(row.line.resolution));
    sheet.flag("timestamp_is_local", |row| Some(row.line.time_is_local));
    sheet.flag("timestamp_is_counted", |row| Some(row.line.time_is_counted));
    sheet.duration("since_boot", |row| row.line.since_boot);
    sheet.text("log_level", |row| row.line.level.as_deref());
    sheet.text("process_name", |row| row.line.program.as_deref());
    sheet.u32("process_pid", |row| row.line.process);
    sheet.name("event_code", |row| row.line.signature);
    sheet.text("message", |row| Some(&row.line.text));
    sheet.u32("system_error", |row| row.line.system_error);
    sheet.text("action", |row| row.line.action.as_deref());
    sheet.bare_ray("ray", |row| row.line.ray);
    sheet.u64("connection_id", |row| row.line.connection);
    sheet.address("source_ip", |row| row.line.client);
    sheet.u16("source_port", |row| row.line.client_port);
    sheet.text("http_request_method", |row| row.line.request.as_ref().map(|(method, _)| method.as_str()));
    sheet.target("url_original", |row| row.line.named_target());
    sheet.target("upstream", |row| row.line.upstream.as_deref());
    sheet.text("url_domain", |row| row.line.host.as_deref());
    sheet.u32("about_process_pid", |row| row.line.about_process);
    sheet.u64("figure", |row| row.line.figure);
    sheet.frame()
}
