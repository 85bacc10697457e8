//! `edge.parquet`: the records of the edge's own log that were kept.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::{values, words};
use crate::evidence::{EdgeRow, Partial};

pub(super) fn frame(partial: &Partial) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(&partial.edge);
    sheet.line_place(partial, |row| row.place);
    sheet.text("dataset", |row| Some(words::dataset(row.record.dataset)));
    sheet.bare_ray("ray", |row| row.record.ray);
    sheet.bare_ray("parent_ray", |row| row.record.parent_ray);
    sheet.colo(|row| row.record.colo);
    sheet.time("start", |row| Some(row.record.start));
    sheet.duration("time_resolution", |row| Some(row.record.resolution));
    sheet.time("end", |row| row.record.end);
    sheet.text("host", |row| row.record.host.clone());
    sheet.text("method", |row| row.record.method.clone());
    sheet.text("target", |row| row.record.target.as_deref().map(values::target));
    sheet.text("client_address", |row| row.record.client_address.map(|address| address.to_string()));
    sheet.text("country", |row| row.record.country.clone());
    sheet.u64("client_request_bytes", |row| row.record.client_request_bytes);
    sheet.text("request_source", |row| words::request_source(row.record.source));
    sheet.text("user_agent", |row| row.record.user_agent.clone());
    sheet.u16("edge_status", |row| row.record.edge_status);
    sheet.u16("origin_status", |row| row.record.origin_status);
    sheet.text("edge_address", |row| row.record.edge_address.map(|address| address.to_string()));
    sheet.flag("edge_address_logged", |row| Some(row.record.edge_address_logged));
    sheet.text("origin_address", |row| row.record.origin_address.map(|address| address.to_string()));
    timings(&mut sheet);
    sheet.text("cache_status", |row| row.record.cache_status.clone());
    sheet.text("security_action", |row| row.record.security_action.clone());
    sheet.text("worker_status", |row| row.record.worker_status.clone());
    sheet.flag("worker_subrequest", |row| Some(row.record.worker_subrequest));
    sheet.sizes("request_header", |row| row.record.request_headers.clone());
    sheet.sizes("response_header", |row| row.record.response_headers.clone());
    sheet.u32("sample_interval", |row| row.record.sample_interval);
    sheet.frame()
}

fn timings(sheet: &mut Sheet<'_, EdgeRow>) {
    sheet.duration("origin_tcp_time", |row| row.record.origin_tcp_time);
    sheet.duration("origin_tls_time", |row| row.record.origin_tls_time);
    sheet.duration("origin_send_time", |row| row.record.origin_send_time);
    sheet.duration("origin_header_time", |row| row.record.origin_header_time);
    sheet.duration("origin_response_time", |row| row.record.origin_response_time);
    sheet.duration("edge_first_byte_time", |row| row.record.edge_first_byte_time);
}
