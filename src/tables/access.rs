//! `access.parquet`: the lines of the origin's access logs.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use super::words;
use crate::evidence::AccessRow;
use crate::evidence::failure::of_access_line;
use crate::logs::UpstreamTry;

pub(super) fn frame(rows: &[AccessRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.line_place(|row| row.place);
    sheet.time("timestamp", |row| Some(row.line.time));
    sheet.duration("timestamp_resolution", |row| Some(row.line.resolution));
    sheet.flag("timestamp_is_end", |row| Some(row.line.time_is_end));
    sheet.flag("timestamp_is_local", |row| Some(row.line.time_is_local));
    sheet.time("event_start", |row| Some(row.line.start()));
    sheet.duration("event_duration", |row| row.line.request_time);
    sheet.ray(|row| row.line.ray);
    sheet.bare_ray("possible_ray", |row| row.line.possible_ray);
    sheet.word("failure", |row| of_access_line(&row.line, telling.line_limit()).map(words::failure));
    sheet.address("source_ip", |row| row.line.remote_address);
    sheet.u16("source_port", |row| row.line.remote_port);
    sheet.address("source_peer_ip", |row| row.line.real_peer);
    sheet.visitor("client_ip", |row| row.line.visitor.as_deref().copied());
    sheet.text("http_request_method", |row| row.line.method.as_deref());
    sheet.target("url_original", |row| row.line.target.as_deref());
    sheet.text("http_request_line", |row| row.line.odd_request_line.as_deref());
    sheet.text("url_domain", |row| row.line.host.as_deref());
    sheet.u16("http_response_status_code", |row| row.line.status);
    sheet.u64("http_response_body_bytes", |row| row.line.body_bytes);
    sheet.u64("http_response_bytes", |row| row.line.sent_bytes);
    sheet.u64("http_request_bytes", |row| row.line.request_bytes);
    sheet.u64("connection_id", |row| row.line.connection);
    sheet.u32("connection_requests", |row| row.line.connection_requests);
    sheet.user_agent(|row| row.line.user_agent.as_deref());
    sheet.u32("process_pid", |row| row.line.process);
    sheet.text("termination", |row| Some(&row.line.termination.as_ref()?.code));
    sheet.text("upstream_server", |row| row.line.server.as_deref());
    upstream(&mut sheet);
    sheet.frame()
}

/// All tries' addresses, and the last try's answer, which is the one that counts.
fn upstream(sheet: &mut Sheet<'_, '_, AccessRow>) {
    fn last(row: &AccessRow) -> Option<&UpstreamTry> {
        row.line.upstream.last()
    }
    sheet.texts("upstream_addresses", |row| {
        row.line.upstream.iter().map(|attempt| attempt.address.clone().unwrap_or_default()).collect()
    });
    sheet.u16("upstream_status_code", |row| last(row)?.status);
    sheet.duration("upstream_connect", |row| last(row)?.connect_time);
    sheet.duration("upstream_header", |row| last(row)?.header_time);
    sheet.duration("upstream_response", |row| last(row)?.response_time);
}
