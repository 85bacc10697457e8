//! `edge.parquet`: the records of the edge's own log.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use super::words;
use crate::evidence::EdgeRow;
use crate::evidence::failure::of_edge_record;

pub(super) fn frame(rows: &[EdgeRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.line_place(|row| row.place);
    sheet.word("event_dataset", |row| Some(words::dataset(row.record.dataset)));
    sheet.time("event_start", |row| Some(row.record.start));
    sheet.duration("timestamp_resolution", |row| Some(row.record.resolution));
    sheet.time("event_end", |row| row.record.end);
    sheet.bare_ray("ray", |row| row.record.ray);
    sheet.bare_ray("parent_ray", |row| row.record.parent_ray);
    sheet.colo(|row| row.record.colo);
    sheet.word("failure", |row| of_edge_record(&row.record, telling.line_limit()).map(words::failure));
    sheet.u32("sample_interval", |row| row.record.sample_interval);
    sheet.text("url_domain", |row| row.record.host.as_deref());
    sheet.text("http_request_method", |row| row.record.method.as_deref());
    sheet.target("url_original", |row| row.record.target.as_deref());
    sheet.visitor("client_ip", |row| row.record.client_address);
    sheet.text("client_geo_country_iso_code", |row| row.record.country.as_deref());
    sheet.u32("http_request_bytes", |row| row.record.client_request_bytes);
    sheet.u32("http_response_bytes", |row| row.record.response_bytes);
    sheet.word("request_source", |row| words::request_source(row.record.source));
    sheet.user_agent(|row| row.record.user_agent.as_deref());
    sheet.u16("http_response_status_code", |row| row.record.edge_status);
    sheet.u16("origin_status_code", |row| row.record.origin_status);
    sheet.address("source_ip", |row| row.record.edge_address);
    sheet.flag("source_ip_logged", |row| Some(row.record.edge_address_logged));
    sheet.server("destination_ip", |row| row.record.origin_address);
    sheet.duration("origin_tcp", |row| row.record.origin_tcp_time);
    sheet.duration("origin_tls", |row| row.record.origin_tls_time);
    sheet.duration("origin_send", |row| row.record.origin_send_time);
    sheet.duration("origin_header", |row| row.record.origin_header_time);
    sheet.duration("origin_response", |row| row.record.origin_response_time);
    sheet.duration("edge_first_byte", |row| row.record.edge_first_byte_time);
    sheet.text("cache_status", |row| row.record.cache_status.as_deref());
    sheet.text("security_action", |row| row.record.security_action.as_deref());
    sheet.text("worker_status", |row| row.record.worker_status.as_deref());
    sheet.flag("worker_subrequest", |row| Some(row.record.worker_subrequest));
    sheet.sizes("request_header", |row| row.record.request_headers.clone());
    sheet.sizes("response_header", |row| row.record.response_headers.clone());
    sheet.frame()
}
