//! `access.parquet`: the access lines kept.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::values;
use crate::evidence::{AccessRow, Partial};
use crate::logs::UpstreamTry;

pub(super) fn frame(partial: &Partial) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(&partial.access);
    sheet.line_place(partial, |row| row.place);
    sheet.time("time", |row| Some(row.line.time));
    sheet.duration("time_resolution", |row| Some(row.line.resolution));
    sheet.flag("time_is_end", |row| Some(row.line.time_is_end));
    sheet.flag("time_is_local", |row| Some(row.line.time_is_local));
    sheet.time("start", |row| Some(row.line.start()));
    sheet.ray(|row| row.line.ray);
    sheet.text("remote_address", |row| row.line.remote_address.map(|address| address.to_string()));
    sheet.text("real_peer", |row| row.line.real_peer.map(|address| address.to_string()));
    sheet.u16("remote_port", |row| row.line.remote_port);
    sheet.text("method", |row| row.line.method.clone());
    sheet.text("target", |row| row.line.target.as_deref().map(values::target));
    sheet.text("odd_request_line", |row| row.line.odd_request_line.as_deref().map(values::message));
    sheet.text("host", |row| row.line.host.clone());
    sheet.u16("status", |row| row.line.status);
    sheet.u64("body_bytes", |row| row.line.body_bytes);
    sheet.u64("sent_bytes", |row| row.line.sent_bytes);
    sheet.u64("request_bytes", |row| row.line.request_bytes);
    sheet.duration("request_time", |row| row.line.request_time);
    sheet.u64("connection", |row| row.line.connection);
    sheet.u32("connection_requests", |row| row.line.connection_requests);
    sheet.text("user_agent", |row| row.line.user_agent.clone());
    sheet.u32("process", |row| row.line.process);
    sheet.text("termination", |row| row.line.termination.as_ref().map(ToString::to_string));
    sheet.text("server", |row| row.line.server.clone());
    upstream(&mut sheet);
    sheet.frame()
}

/// All tries' addresses, and the last try's answer, which is the one that counts.
fn upstream(sheet: &mut Sheet<'_, AccessRow>) {
    fn last(row: &AccessRow) -> Option<&UpstreamTry> {
        row.line.upstream.last()
    }
    sheet.texts("upstream_addresses", |row| {
        row.line.upstream.iter().map(|attempt| attempt.address.clone().unwrap_or_default()).collect()
    });
    sheet.u16("upstream_status", |row| last(row)?.status);
    sheet.duration("upstream_connect_time", |row| last(row)?.connect_time);
    sheet.duration("upstream_header_time", |row| last(row)?.header_time);
    sheet.duration("upstream_response_time", |row| last(row)?.response_time);
}
