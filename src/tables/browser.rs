//! `har.parquet`: the entries of HAR files, and answers that were saved by hand.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use crate::evidence::{HarRow, Place};
use crate::har::HeadAudit;

pub(super) fn frame(rows: &[HarRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.input("input", |row| Some(row.place));
    sheet.u32("entry", |row| match row.place {
        Place::Entry { entry, .. } => Some(entry),
        _ => None,
    });
    sheet.time("event_start", |row| row.entry.start);
    sheet.duration("event_duration", |row| row.entry.duration);
    sheet.ray(|row| row.entry.ray);
    sheet.text("http_request_method", |row| Some(&row.entry.method));
    sheet.text("url_scheme", |row| Some(&row.entry.scheme));
    sheet.text("url_domain", |row| Some(&row.entry.host));
    sheet.target("url_original", |row| Some(&row.entry.target));
    sheet.u16("http_response_status_code", |row| Some(row.entry.status));
    sheet.flag("from_cloudflare", |row| Some(row.entry.from_cloudflare));
    sheet.text("mitigated", |row| row.entry.mitigated.as_deref());
    sheet.text("cache_status", |row| row.entry.cache_status.as_deref());
    sheet.u32("retry_after_s", |row| row.entry.retry_after);
    sheet.duration("origin", |row| row.entry.origin_time);
    sheet.duration("edge", |row| row.entry.edge_time);
    sheet.u16("error_code", |row| row.entry.error_code);
    sheet.flag("from_edge_page", |row| Some(row.entry.from_edge_page));
    sheet.flag("edge_page_blames_edge", |row| Some(row.entry.blames_edge));
    sheet.u16("page_status_code", |row| row.entry.page_status);
    sheet.target("location", |row| row.entry.location.as_deref());
    sheet.server("destination_ip", |row| row.entry.server_address);
    sheet.u64("http_response_body_bytes", |row| row.entry.body_bytes);
    sheet.flag("sanitised", |row| Some(row.entry.sanitised));
    timings(&mut sheet);
    head(&mut sheet, "request", |row| &row.entry.request);
    head(&mut sheet, "response", |row| &row.entry.response);
    sheet.frame()
}

fn timings(sheet: &mut Sheet<'_, '_, HarRow>) {
    sheet.duration("blocked", |row| row.entry.timings.blocked);
    sheet.duration("dns", |row| row.entry.timings.dns);
    sheet.duration("connect", |row| row.entry.timings.connect);
    sheet.duration("ssl", |row| row.entry.timings.ssl);
    sheet.duration("send", |row| row.entry.timings.send);
    sheet.duration("wait", |row| row.entry.timings.wait);
    sheet.duration("receive", |row| row.entry.timings.receive);
}

fn head(sheet: &mut Sheet<'_, '_, HarRow>, message: &str, of: impl Fn(&HarRow) -> &HeadAudit) {
    sheet.u64(&format!("http_{message}_head_bytes"), |row| Some(of(row).bytes));
    sheet.u64(&format!("{message}_stated_head_bytes"), |row| of(row).stated_bytes);
    sheet.sizes(&format!("{message}_header"), |row| of(row).headers.clone());
    sheet.sizes(&format!("{message}_cookie"), |row| of(row).cookies.clone());
}
