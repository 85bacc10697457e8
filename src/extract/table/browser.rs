//! `har.parquet`: the entries of HAR files.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::{Sheet, input_name};
use super::values;
use crate::evidence::{HarRow, Partial, Place};
use crate::har::HeadAudit;

pub(super) fn frame(partial: &Partial) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(&partial.har);
    sheet.text("input", |row| input_name(partial, row.place.input()));
    sheet.u32("entry", |row| match row.place {
        Place::Entry { entry, .. } => Some(entry),
        _ => None,
    });
    sheet.time("start", |row| row.entry.start);
    sheet.duration("duration", |row| row.entry.duration);
    sheet.ray(|row| row.entry.ray);
    sheet.text("method", |row| Some(row.entry.method.clone()));
    sheet.text("scheme", |row| Some(row.entry.scheme.clone()));
    sheet.text("host", |row| Some(row.entry.host.clone()));
    sheet.text("target", |row| Some(values::target(&row.entry.target)));
    sheet.u16("status", |row| Some(row.entry.status));
    sheet.flag("from_cloudflare", |row| Some(row.entry.from_cloudflare));
    sheet.text("mitigated", |row| row.entry.mitigated.clone());
    sheet.text("cache_status", |row| row.entry.cache_status.clone());
    sheet.u32("retry_after_seconds", |row| row.entry.retry_after);
    sheet.duration("origin_time", |row| row.entry.origin_time);
    sheet.duration("edge_time", |row| row.entry.edge_time);
    sheet.u16("error_code", |row| row.entry.error_code);
    sheet.flag("from_edge_page", |row| Some(row.entry.from_edge_page));
    sheet.u16("page_status", |row| row.entry.page_status);
    sheet.text("location", |row| row.entry.location.as_deref().map(values::target));
    sheet.text("server_address", |row| row.entry.server_address.map(|address| address.to_string()));
    sheet.u64("body_bytes", |row| row.entry.body_bytes);
    sheet.flag("sanitised", |row| Some(row.entry.sanitised));
    timings(&mut sheet);
    head(&mut sheet, "request", |row| &row.entry.request);
    head(&mut sheet, "response", |row| &row.entry.response);
    sheet.frame()
}

fn timings(sheet: &mut Sheet<'_, HarRow>) {
    sheet.duration("blocked_time", |row| row.entry.timings.blocked);
    sheet.duration("dns_time", |row| row.entry.timings.dns);
    sheet.duration("connect_time", |row| row.entry.timings.connect);
    sheet.duration("ssl_time", |row| row.entry.timings.ssl);
    sheet.duration("send_time", |row| row.entry.timings.send);
    sheet.duration("wait_time", |row| row.entry.timings.wait);
    sheet.duration("receive_time", |row| row.entry.timings.receive);
}

fn head(sheet: &mut Sheet<'_, HarRow>, message: &str, of: impl Fn(&HarRow) -> &HeadAudit) {
    sheet.u64(&format!("{message}_head_bytes"), |row| Some(of(row).bytes));
    sheet.u64(&format!("{message}_stated_head_bytes"), |row| of(row).stated_bytes);
    sheet.sizes(&format!("{message}_header"), |row| of(row).headers.clone());
    sheet.sizes(&format!("{message}_cookie"), |row| of(row).cookies.clone());
}
