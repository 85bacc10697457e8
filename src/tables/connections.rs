//! `connections.parquet`: all connections, with their handshakes (TCP and TLS), both sides' traffic and how they ended.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use super::words;
use crate::evidence::ConnectionRow;
use crate::flow::{Connection, Side, Traffic, community_id};
use crate::tls::{Alert, AlertLevel, Handshake, HelloMarks, alert_name};

pub(super) fn frame(rows: &[ConnectionRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.packet_place(|row| Some(row.place(row.connection.first)));
    sheet.time("event_start", |row| Some(row.connection.first.time));
    sheet.time("event_end", |row| Some(row.connection.last.time));
    sheet.duration("event_duration", |row| Some(row.connection.last.time.since(row.connection.first.time)));
    sheet.input("last_input", |row| Some(row.place(row.connection.last)));
    sheet.u64("last_frame", |row| Some(row.connection.last.packet.frame()));
    sheet.address("source_ip", |row| Some(row.connection.client.ip()));
    sheet.u16("source_port", |row| Some(row.connection.client.port()));
    sheet.server("destination_ip", |row| Some(row.connection.server.ip()));
    sheet.u16("destination_port", |row| Some(row.connection.server.port()));
    // From a community id an address can be found by trying all.
    sheet.word("network_community_id", |row| {
        let (client, server) = (row.connection.client, row.connection.server);
        telling.is_told(client.ip()).then(|| community_id(client, server))
    });
    sheet.flag("initiator_known", |row| Some(row.connection.initiator_known));
    sheet.word("network_protocol", |row| Some(words::protocol(row.protocol)));
    sheet.u32("exchanges", |row| Some(row.exchange_count));
    sheet.packet("last_response_end", |row| row.last_response_end);
    opening(&mut sheet);
    traffic(&mut sheet, "source", Side::Client);
    traffic(&mut sheet, "destination", Side::Server);
    ending(&mut sheet);
    tls(&mut sheet);
    sheet.frame()
}

fn opening(sheet: &mut Sheet<'_, '_, ConnectionRow>) {
    sheet.packet("syn", |row| row.connection.handshake.syn);
    sheet.u32("syns", |row| Some(row.connection.handshake.syns));
    sheet.packet("syn_ack", |row| row.connection.handshake.syn_ack);
    sheet.u32("syn_acks", |row| Some(u32::from(row.connection.handshake.syn_acks)));
    sheet.packet("established", |row| row.connection.handshake.established);
    sheet.duration("connecting", |row| {
        let handshake = &row.connection.handshake;
        Some(handshake.established?.time.since(handshake.syn?.time))
    });
    sheet.duration("server_round_trip", |row| row.connection.handshake.server_round_trip());
    sheet.duration("client_round_trip", |row| row.connection.handshake.client_round_trip());
}

/// What a side of a connection sent.
fn of_side(side: Side) -> impl Fn(&ConnectionRow) -> &Traffic + Copy {
    move |row| row.connection.traffic(side)
}

fn traffic(sheet: &mut Sheet<'_, '_, ConnectionRow>, end: &str, side: Side) {
    let name = |what: &str| format!("{end}_{what}");
    let of = of_side(side);
    sheet.u64(&name("packets"), |row| Some(of(row).packets));
    sheet.u64(&name("copies"), |row| Some(of(row).anomalies.copies));
    sheet.u64(&name("bytes"), |row| Some(of(row).stream_bytes));
    sheet.u64(&name("missing_bytes"), |row| Some(of(row).anomalies.missing_bytes));
    sheet.u32(&name("holes_given_up"), |row| Some(of(row).anomalies.holes_given_up));
    sheet.u32(&name("retransmissions"), |row| Some(of(row).retransmissions));
    sheet.u32(&name("fast_retransmissions"), |row| Some(of(row).anomalies.fast_retransmissions));
    sheet.u32(&name("spurious_retransmissions"), |row| Some(of(row).anomalies.spurious_retransmissions));
    sheet.u32(&name("out_of_order"), |row| Some(of(row).anomalies.out_of_order));
    sheet.u32(&name("lost_segments"), |row| Some(of(row).anomalies.lost_segments));
    sheet.u32(&name("duplicate_acks"), |row| Some(of(row).anomalies.duplicate_acks));
    sheet.u32(&name("zero_windows"), |row| Some(of(row).anomalies.zero_windows));
    sheet.u32(&name("full_windows"), |row| Some(of(row).anomalies.full_windows));
    sheet.u32(&name("keep_alives"), |row| Some(of(row).anomalies.keep_alives));
    sheet.u32(&name("conflicting_overlaps"), |row| Some(of(row).anomalies.conflicting_overlaps));
    sheet.u32(&name("out_of_window"), |row| Some(of(row).anomalies.out_of_window));
    sheet.packet(&name("first_data"), |row| of(row).first_data);
    sheet.packet(&name("last_data"), |row| of(row).last_data);
    sheet.packet(&name("fin"), |row| of(row).captured_fin());
    sheet.flag(&name("all_acknowledged"), |row| Some(of(row).all_acknowledged));
    sheet.u8(&name("smallest_ttl"), |row| of(row).ttl.map(|(smallest, _)| smallest));
    sheet.u8(&name("largest_ttl"), |row| of(row).ttl.map(|(_, largest)| largest));
    sheet.u16(&name("mss"), |row| of(row).mss);
    sheet.u32(&name("smallest_window"), |row| of(row).smallest_window);
    sheet.u32(&name("smallest_repeated"), |row| of(row).anomalies.smallest_repeated);
}

fn ending(sheet: &mut Sheet<'_, '_, ConnectionRow>) {
    let closed = |connection: &Connection| connection.closed_first();
    sheet.word("closed_first_by", move |row| closed(&row.connection).map(|(by, _, _)| words::side(by)));
    sheet.word("closed_first_how", move |row| closed(&row.connection).map(|(_, how, _)| words::end(how)));
    sheet.packet("closed_first", move |row| closed(&row.connection).map(|(_, _, at)| at));
    sheet.word("reset_by", |row| row.connection.reset.map(|reset| words::side(reset.by)));
    sheet.packet("reset", |row| row.connection.reset.map(|reset| reset.at));
    sheet.u8("reset_ttl", |row| row.connection.reset.map(|reset| reset.ttl));
    sheet.flag("reset_refused_syn", |row| row.connection.reset.map(|reset| reset.refused_syn));
    sheet.u8("icmp_version", |row| row.connection.icmp.map(|icmp| icmp.version));
    sheet.u8("icmp_type", |row| row.connection.icmp.map(|icmp| icmp.kind));
    sheet.u8("icmp_code", |row| row.connection.icmp.map(|icmp| icmp.code));
    sheet.packet("icmp", |row| row.connection.icmp.map(|icmp| icmp.at));
}

fn tls(sheet: &mut Sheet<'_, '_, ConnectionRow>) {
    fn of(row: &ConnectionRow) -> Option<&Handshake> {
        row.tls.as_deref()
    }
    sheet.word("tls_state", |row| of(row).map(|tls| words::tls_state(tls.state)));
    sheet.text("tls_client_server_name", |row| of(row)?.client_hello.as_ref()?.sni.as_deref());
    sheet.texts("tls_client_supported_protocols", |row| offered(row, |hello| hello.alpn.clone()));
    sheet.u16s("tls_client_supported_versions", |row| offered(row, |hello| hello.versions.clone()));
    sheet.u16s("tls_client_supported_ciphers", |row| offered(row, |hello| hello.cipher_suites.clone()));
    sheet.u16s("tls_client_groups", |row| marked(row, |marks| marks.groups.clone()));
    sheet.u16s("tls_client_key_shares", |row| marked(row, |marks| marks.key_shares.clone()));
    sheet.word("tls_client_ja3", |row| of(row)?.client_hello.as_ref()?.ja3());
    sheet.word("tls_client_ja4", |row| of(row)?.client_hello.as_ref()?.ja4());
    sheet.u32("tls_hello_bytes", |row| Some(of(row)?.client_hello.as_ref()?.bytes));
    sheet.u32("tls_hello_segments", |row| Some(of(row)?.client_hello.as_ref()?.segments));
    sheet.packet("tls_client_hello", |row| Some(of(row)?.client_hello.as_ref()?.at));
    sheet.packet("tls_server_hello", |row| Some(of(row)?.server_hello.as_ref()?.at));
    sheet.u16("tls_version", |row| Some(of(row)?.server_hello.as_ref()?.version));
    sheet.u16("tls_cipher", |row| Some(of(row)?.server_hello.as_ref()?.cipher_suite));
    sheet.text("tls_next_protocol", |row| of(row)?.server_hello.as_ref()?.alpn.as_deref());
    sheet.u32("tls_server_certificates", |row| u32::try_from(of(row)?.certificates.len()).ok());
    sheet.text("tls_server_subject", |row| Some(&of(row)?.certificates.first()?.subject));
    sheet.text("tls_server_issuer", |row| Some(&of(row)?.certificates.first()?.issuer));
    sheet.time("tls_server_not_before_time", |row| Some(of(row)?.certificates.first()?.not_before));
    sheet.time("tls_server_not_after_time", |row| Some(of(row)?.certificates.first()?.not_after));
    sheet.texts("tls_server_names", |row| {
        of(row)
            .and_then(|tls| tls.certificates.first())
            .map(|leaf| leaf.dns_names.clone())
            .unwrap_or_default()
    });
    sheet.flag("tls_client_certificate_asked", |row| Some(of(row)?.certificate_request.is_some()));
    sheet.texts("tls_alerts", |row| {
        of(row).map(|tls| tls.alerts.iter().map(alert).collect()).unwrap_or_default()
    });
    sheet.flag("tls_plaintext_reply", |row| Some(of(row)?.plaintext_reply.is_some()));
}

fn offered<T>(row: &ConnectionRow, of: impl Fn(&crate::tls::ClientHello) -> Vec<T>) -> Vec<T> {
    row.tls.as_ref().and_then(|tls| tls.client_hello.as_ref()).map(of).unwrap_or_default()
}

fn marked(row: &ConnectionRow, of: impl Fn(&HelloMarks) -> Vec<u16>) -> Vec<u16> {
    let hello = row.tls.as_ref().and_then(|tls| tls.client_hello.as_ref());
    hello.and_then(|hello| hello.marks.as_deref()).map(of).unwrap_or_default()
}

/// `server fatal handshake_failure(40)`.
fn alert(alert: &Alert) -> String {
    let level = match alert.level {
        AlertLevel::Warning => "warning",
        AlertLevel::Fatal => "fatal",
    };
    let name = alert_name(alert.description).unwrap_or("unknown");
    format!("{} {level} {name}({})", words::side(alert.from), alert.description)
}
