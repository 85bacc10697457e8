//! `exchanges.parquet`: all HTTP exchanges, each with its connection's place and addresses.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use super::words;
use crate::evidence::{ExchangeRow, Place};
use crate::http::conform::Finding;
use crate::http::exchange::{Body, Framing, HeadSizes, HeaderSize, Request, Response};

pub(super) fn frame(rows: &[ExchangeRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.packet_place(ExchangeRow::place);
    sheet.time("event_start", |row| row.first().map(|first| first.time));
    sheet.input("connection_input", |row| {
        let file = row.connection.packet;
        let input = row.files.get(file.file() as usize).copied()?;
        Some(Place::Packet { input, frame: file.frame(), stream: None })
    });
    sheet.u64("connection_frame", |row| Some(row.connection.packet.frame()));
    sheet.u32("exchange_number", |row| Some(row.exchange.number));
    sheet.u32("http2_stream", |row| Some(row.exchange.stream.as_ref()?.id));
    sheet.word("http2_stream_ended_by", |row| Some(words::ending_frame(row.exchange.stream.as_ref()?.end?)));
    sheet.u32("http2_stream_error", |row| Some(row.exchange.stream.as_ref()?.end?.code));
    sheet.ray(|row| row.exchange.ray());
    sheet.word("failure", |row| row.failure.map(words::failure));
    sheet.address("source_ip", |row| Some(row.client.ip()));
    sheet.u16("source_port", |row| Some(row.client.port()));
    sheet.server("destination_ip", |row| Some(row.server.ip()));
    sheet.u16("destination_port", |row| Some(row.server.port()));
    sheet.duration("idle_before", |row| row.idle_before);
    sheet.duration("first_byte", |row| Some(response(row)?.first.time.since(request(row)?.last.time)));
    requests(&mut sheet, telling);
    responses(&mut sheet);
    sheet.frame()
}

fn request(row: &ExchangeRow) -> Option<&Request> {
    row.exchange.request.as_ref()
}

fn response(row: &ExchangeRow) -> Option<&Response> {
    row.exchange.response.as_deref()
}

fn requests(sheet: &mut Sheet<'_, '_, ExchangeRow>, telling: &Telling) {
    sheet.text("http_request_method", |row| request(row).map(|request| request.method.as_str()));
    sheet.target("url_original", |row| request(row).map(|request| &*request.target));
    sheet.text("url_domain", |row| request(row)?.host.as_deref());
    sheet.word("client_ip", |row| telling.named_visitor(request(row)?.visitor.as_deref()?));
    sheet.flag("client_https", |row| request(row).map(|request| request.visitor_https));
    sheet.user_agent(|row| request(row)?.user_agent.as_deref());
    sheet.packet("request_first", |row| request(row).map(|request| request.first));
    sheet.packet("request_last", |row| request(row).map(|request| request.last));
    sheet.packet("request_acknowledged", |row| request(row)?.acknowledged);
    sheet.u64("request_offset", |row| request(row).map(|request| request.offset));
    head(sheet, "request", |row| request(row).map(|request| &request.head));
    body(sheet, "request", |row| request(row).map(|request| request.body));
    findings(sheet, "request", |row| request(row).map(|request| request.findings.as_slice()));
}

fn responses(sheet: &mut Sheet<'_, '_, ExchangeRow>) {
    sheet.u16("http_response_status_code", |row| response(row)?.status);
    sheet.text("server_header", |row| response(row)?.server.as_deref());
    sheet.target("location", |row| response(row)?.location.as_deref());
    sheet.flag("announces_close", |row| response(row).map(|response| response.announces_close));
    sheet.u32("keep_alive_s", |row| response(row)?.keep_alive_timeout);
    sheet.u32("interim_responses", |row| Some(row.exchange.interim_responses));
    sheet.packet("response_first", |row| response(row).map(|response| response.first));
    sheet.packet("response_head_end", |row| response(row)?.head_end);
    sheet.packet("response_last", |row| response(row).map(|response| response.last));
    sheet.u64("response_offset", |row| response(row).map(|response| response.offset));
    sheet.text("known_page", |row| Some(response(row)?.known_page?.page().id));
    head(sheet, "response", |row| response(row).map(|response| &response.head));
    body(sheet, "response", |row| response(row).map(|response| response.body));
    findings(sheet, "response", |row| response(row).map(|response| response.findings.as_slice()));
}

fn head(
    sheet: &mut Sheet<'_, '_, ExchangeRow>,
    message: &str,
    of: impl Fn(&ExchangeRow) -> Option<&HeadSizes>,
) {
    sheet.u64(&format!("http_{message}_head_bytes"), |row| of(row).map(|head| head.bytes));
    sheet.u32(&format!("{message}_header_lines"), |row| of(row).map(|head| head.lines));
    sheet.sizes(&format!("{message}_largest"), |row| {
        of(row).map(|head| sizes(&head.largest)).unwrap_or_default()
    });
    sheet.sizes(&format!("{message}_cookie"), |row| {
        of(row).map(|head| sizes(&head.cookies)).unwrap_or_default()
    });
}

fn sizes(headers: &[HeaderSize]) -> Vec<(String, u64)> {
    headers.iter().map(|header| (header.name.clone(), header.bytes)).collect()
}

fn body(sheet: &mut Sheet<'_, '_, ExchangeRow>, message: &str, of: impl Fn(&ExchangeRow) -> Option<Body>) {
    sheet.word(&format!("{message}_framing"), |row| of(row).map(|body| words::framing(body.framing)));
    sheet.u64(&format!("{message}_announced_bytes"), |row| match of(row)?.framing {
        Framing::Length(bytes) => Some(bytes),
        _ => None,
    });
    sheet.u64(&format!("http_{message}_body_bytes"), |row| of(row).map(|body| body.received));
    sheet.u64(&format!("{message}_missing_bytes"), |row| of(row).map(|body| body.missing));
    sheet.word(&format!("{message}_missing_because"), |row| of(row)?.missing_because.map(words::gap));
    sheet.word(&format!("{message}_state"), |row| of(row).map(|body| words::body_state(body.state)));
}

/// The rules it breaks and the offsets of the breaks from the message's first byte, in the same order.
fn findings(
    sheet: &mut Sheet<'_, '_, ExchangeRow>,
    message: &str,
    of: impl Fn(&ExchangeRow) -> Option<&[Finding]>,
) {
    sheet.texts(&format!("{message}_finding_rules"), |row| {
        of(row).unwrap_or_default().iter().map(|finding| words::rule(finding.rule)).collect()
    });
    sheet.u64s(&format!("{message}_finding_offsets"), |row| {
        of(row).unwrap_or_default().iter().map(|finding| finding.offset).collect()
    });
}
