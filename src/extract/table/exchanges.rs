//! `exchanges.parquet`: the HTTP exchanges kept, each with its connection's place and addresses.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::{values, words};
use crate::evidence::{ConnectionRow, KeptExchange, Partial};
use crate::flow::Arrival;
use crate::http::conform::Finding;
use crate::http::exchange::{Body, Framing, HeadSizes, HeaderSize, Request, Response};

/// An exchange on its connection.
type ExchangeRow<'r> = (&'r ConnectionRow, &'r KeptExchange);

pub(super) fn frame(partial: &Partial) -> PolarsResult<DataFrame> {
    let rows: Vec<ExchangeRow<'_>> = partial
        .connections
        .iter()
        .flat_map(|connection| connection.exchanges.iter().map(move |kept| (connection, kept)))
        .collect();
    let mut sheet = Sheet::new(&rows);
    sheet.packet_place(partial, |row| Some(row.0.place(first(row)?)));
    sheet.u64("connection_frame", |(connection, _)| Some(connection.connection.first.packet.frame));
    sheet.text("client_address", |(connection, _)| Some(connection.connection.client.ip().to_string()));
    sheet.u16("client_port", |(connection, _)| Some(connection.connection.client.port()));
    sheet.text("server_address", |(connection, _)| Some(connection.connection.server.ip().to_string()));
    sheet.u16("server_port", |(connection, _)| Some(connection.connection.server.port()));
    sheet.u32("number", |(_, kept)| Some(kept.exchange.number));
    sheet.u32("stream", |(_, kept)| Some(kept.exchange.stream.as_ref()?.id));
    sheet.text("stream_ended_by", |(_, kept)| Some(words::ending_frame(kept.exchange.stream.as_ref()?.end?)));
    sheet.u32("stream_error", |(_, kept)| Some(kept.exchange.stream.as_ref()?.end?.code));
    sheet.ray(|(_, kept)| kept.exchange.ray());
    sheet.text("failure", |(_, kept)| kept.failure.map(words::failure));
    sheet.duration("idle_before", |(_, kept)| kept.idle_before);
    sheet.duration("first_byte", |row| Some(response(row)?.first.time.since(request(row)?.last.time)));
    requests(&mut sheet);
    responses(&mut sheet);
    sheet.frame()
}

fn request<'r>(row: &ExchangeRow<'r>) -> Option<&'r Request> {
    row.1.exchange.request.as_ref()
}

fn response<'r>(row: &ExchangeRow<'r>) -> Option<&'r Response> {
    row.1.exchange.response.as_ref()
}

/// The packet with which it begins.
fn first(row: &ExchangeRow<'_>) -> Option<Arrival> {
    request(row).map(|request| request.first).or_else(|| response(row).map(|response| response.first))
}

fn requests(sheet: &mut Sheet<'_, ExchangeRow<'_>>) {
    sheet.text("method", |row| request(row).map(|request| request.method.clone()));
    sheet.text("target", |row| request(row).map(|request| values::target(&request.target)));
    sheet.text("host", |row| request(row)?.host.clone());
    sheet.text("visitor_address", |row| request(row)?.visitor.clone());
    sheet.flag("visitor_https", |row| request(row).map(|request| request.visitor_https));
    sheet.text("user_agent", |row| request(row)?.user_agent.clone());
    sheet.packet("request_first", |row| request(row).map(|request| request.first));
    sheet.packet("request_last", |row| request(row).map(|request| request.last));
    sheet.packet("request_acknowledged", |row| request(row)?.acknowledged);
    sheet.u64("request_offset", |row| request(row).map(|request| request.offset));
    head(sheet, "request", |row| request(row).map(|request| &request.head));
    body(sheet, "request", |row| request(row).map(|request| request.body));
    findings(sheet, "request", |row| request(row).map(|request| request.findings.as_slice()));
}

fn responses(sheet: &mut Sheet<'_, ExchangeRow<'_>>) {
    sheet.u16("status", |row| response(row)?.status);
    sheet.text("server", |row| response(row)?.server.clone());
    sheet.text("location", |row| response(row)?.location.as_deref().map(values::target));
    sheet.flag("announces_close", |row| response(row).map(|response| response.announces_close));
    sheet.u32("keep_alive_seconds", |row| response(row)?.keep_alive_timeout);
    sheet.u32("interim_responses", |(_, kept)| Some(kept.exchange.interim_responses));
    sheet.packet("response_first", |row| response(row).map(|response| response.first));
    sheet.packet("response_head_end", |row| response(row)?.head_end);
    sheet.packet("response_last", |row| response(row).map(|response| response.last));
    sheet.u64("response_offset", |row| response(row).map(|response| response.offset));
    head(sheet, "response", |row| response(row).map(|response| &response.head));
    body(sheet, "response", |row| response(row).map(|response| response.body));
    findings(sheet, "response", |row| response(row).map(|response| response.findings.as_slice()));
}

fn head<'r>(
    sheet: &mut Sheet<'_, ExchangeRow<'r>>,
    message: &str,
    of: impl Fn(&ExchangeRow<'r>) -> Option<&'r HeadSizes>,
) {
    sheet.u64(&format!("{message}_head_bytes"), |row| of(row).map(|head| head.bytes));
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

fn body<'r>(
    sheet: &mut Sheet<'_, ExchangeRow<'r>>,
    message: &str,
    of: impl Fn(&ExchangeRow<'r>) -> Option<Body>,
) {
    sheet.text(&format!("{message}_framing"), |row| of(row).map(|body| words::framing(body.framing)));
    sheet.u64(&format!("{message}_announced_bytes"), |row| match of(row)?.framing {
        Framing::Length(bytes) => Some(bytes),
        _ => None,
    });
    sheet.u64(&format!("{message}_body_bytes"), |row| of(row).map(|body| body.received));
    sheet.u64(&format!("{message}_missing_bytes"), |row| of(row).map(|body| body.missing));
    sheet.text(&format!("{message}_missing_because"), |row| of(row)?.missing_because.map(words::gap));
    sheet.text(&format!("{message}_state"), |row| of(row).map(|body| words::body_state(body.state)));
}

/// The rules it breaks and the offsets of the breaks from the message's first byte, in the same order.
fn findings<'r>(
    sheet: &mut Sheet<'_, ExchangeRow<'r>>,
    message: &str,
    of: impl Fn(&ExchangeRow<'r>) -> Option<&'r [Finding]>,
) {
    sheet.texts(&format!("{message}_finding_rules"), |row| {
        of(row).unwrap_or_default().iter().map(|finding| words::rule(finding.rule)).collect()
    });
    sheet.u64s(&format!("{message}_finding_offsets"), |row| {
        of(row).unwrap_or_default().iter().map(|finding| finding.offset).collect()
    });
}
