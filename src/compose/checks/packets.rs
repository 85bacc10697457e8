//! tshark over a capture: a filter that shows the packets which a sign cites, and would show none if they were not what the sign says.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::cited::{Cited, MOST_CITED, Shown};
use super::shell::PackedInput;
use crate::compose::place::{connection, name};
use crate::correlate::Incident;
use crate::evidence::{ConnectionRow, InputKind, Place, Protocol};
use crate::flow::{Arrival, Side};
use crate::time::Duration;

/// A filter that holds of packets, and what these are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PacketFilter {
    text: String,
    /// What each row is, as `a RST of the origin`.
    each: &'static str,
    /// Fields that tell something of such packets, behind those that all rows have.
    fields: &'static str,
    /// To which packets it is narrowed.
    among: Narrowed,
}

/// To which packets a filter is narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Narrowed {
    /// Those of the cited connections.
    ToCited,
    /// All: the filter alone tells them.
    ByItself,
}

/// The check of the packets that a sign cites in one capture.
pub fn shown(cited: &Cited<'_>, incident: &Incident) -> Option<Shown> {
    let told = cited.places.first()?;
    let first = filter(cited.sign, *told, incident);
    let alike = |place: &&Place| filter(cited.sign, **place, incident) == first;
    let places: Vec<Place> = match first {
        Some(_) => cited.places.iter().filter(alike).copied().take(MOST_CITED).collect(),
        None => cited.places.iter().copied().take(MOST_CITED).collect(),
    };
    let streams: BTreeSet<u32> = places.iter().filter_map(stream).collect();
    let frames: BTreeSet<u64> = places.iter().filter_map(frame).collect();
    let (filter, each, fields, lines) = match first {
        Some(PacketFilter { text, each, fields, among: Narrowed::ByItself }) => {
            (text, each, fields, frames.len())
        }
        Some(PacketFilter { text, each, fields, among: Narrowed::ToCited }) if !streams.is_empty() => {
            (format!("{} && {text}", one_of("tcp.stream", &streams)), each, fields, streams.len())
        }
        _ => (one_of("frame.number", &frames), "a packet that is cited", "-e tcp.flags.str", frames.len()),
    };
    let row = connection(*told, incident);
    let source = if row.is_some_and(|row| row.connection.client.is_ipv6()) { "ipv6.src" } else { "ip.src" };
    let keys = row.and_then(|row| key_log(row, incident));
    let keys = keys.map_or(String::new(), |file| format!("-o tls.keylog_file:{file} "));
    let fields = format!("-T fields -e frame.number -e tcp.stream -e {source} {fields}");
    let reading = PackedInput::of(name(incident, told.input()))?;
    let command = reading.to_tshark(&format!("{keys}-Y '{filter}' {fields}"));
    Some(Shown { command, lines: lines as u64, each: each.to_owned() })
}

/// What the packet of a place is, as a filter; `None` where its number alone tells.
fn filter(sign: &str, place: Place, incident: &Incident) -> Option<PacketFilter> {
    let row = connection(place, incident)?;
    of_sign(sign, row, incident).or_else(|| of_packet(row, &|at: Arrival| row.place(at) == place))
}

/// What holds of all packets that show a sign, not only of those that are cited.
fn of_sign(sign: &str, row: &ConnectionRow, incident: &Incident) -> Option<PacketFilter> {
    let all = |text: String, each, fields| PacketFilter { text, each, fields, among: Narrowed::ByItself };
    match sign {
        // Inside TLS an alert of its own goes before the FIN.
        "fin-before-request" | "idle-age-at-timer" if row.tls.is_none() => {
            let timer = incident.population.servers.idle()?.duration;
            let apart = (timer / 10).max(Duration::from_milliseconds(250));
            let (from, to) = (decimal(timer - apart), decimal(timer + apart));
            let fin = ended(row, "tcp.flags.fin");
            let text = format!("{fin} && tcp.time_delta > {from} && tcp.time_delta < {to}");
            Some(all(text, "a FIN of the origin at its idle timeout", "-e tcp.time_delta"))
        }
        "segments-repeated" | "full-size-stuck" | "queue-full" => repeated(row, incident),
        "bare-line-feed" if row.tls.is_none() => {
            let text = from(row, Side::Server, r#"tcp.payload matches "[^\x0d]\x0a""#);
            cited(text, "a segment of the origin with a line feed alone", "-e tcp.len -e http.response.line")
        }
        "range-alone-unanswered" | "half-open-flood" => {
            let range = incident.ranges.find(row.connection.client.ip()).map(|range| range.to_string());
            let of = range.filter(|_| sign != "half-open-flood");
            let of = of.map_or(String::new(), |range| format!(" && {} == {range}", field(row, "src")));
            let text = format!("tcp.flags.syn == 1 && tcp.flags.ack == 0{of}");
            Some(all(text, "a SYN", "-e tcp.flags.str"))
        }
        _ => None,
    }
}

/// What is sent again. Wireshark says so only where it has the whole segment, and what was sent before in the same file.
fn repeated(row: &ConnectionRow, incident: &Incident) -> Option<PacketFilter> {
    let handshake = &row.connection.handshake;
    if handshake.syns > 1 || handshake.syn_acks > 1 {
        return cited(
            "tcp.flags.syn == 1".to_owned(),
            "a SYN or SYN/ACK, some of them again",
            "-e tcp.flags.str",
        );
    }
    let facts = incident.evidence.inputs.get(&row.input())?.facts.as_ref()?;
    let is_whole = facts.file.captured_bytes == facts.file.bytes && row.connection.seen_in.len() == 1;
    let fields = "-e tcp.len -e tcp.seq -e tcp.time_delta";
    let again = "tcp.analysis.retransmission".to_owned();
    cited(again, "a segment that is sent again", fields).filter(|_| is_whole)
}

/// What a packet is by the place that it has in its connection.
fn of_packet(row: &ConnectionRow, is: &dyn Fn(Arrival) -> bool) -> Option<PacketFilter> {
    let connection = &row.connection;
    let is_any = |at: Option<Arrival>| at.is_some_and(is);
    if let Some(icmp) = connection.icmp.filter(|icmp| is(icmp.at)) {
        let kind = if icmp.version == 6 { "icmpv6" } else { "icmp" };
        // What an error quotes counts as an address of its own, and it has no stream.
        let about = format!("{} == {}", field(row, "addr"), connection.server.ip());
        let text = format!("{kind}.type == {} && {kind}.code == {} && {about}", icmp.kind, icmp.code);
        let fields = if icmp.version == 6 { "-e icmpv6.code" } else { "-e icmp.code -e icmp.mtu" };
        return Some(PacketFilter { text, each: "such an ICMP error", fields, among: Narrowed::ByItself });
    }
    if let Some(reset) = connection.reset.filter(|reset| is(reset.at)) {
        let (text, each) = match reset.by {
            Side::Server => (ended(row, "tcp.flags.reset"), "a RST in the origin's name"),
            Side::Client => (from(row, Side::Client, "tcp.flags.reset == 1"), "a RST in the edge's name"),
        };
        return cited(text, each, ttl(row));
    }
    if is_any(connection.from_server.captured_fin()) {
        return cited(ended(row, "tcp.flags.fin"), "the origin's FIN", "-e tcp.time_delta");
    }
    if is_any(connection.from_client.captured_fin()) {
        let text = from(row, Side::Client, "tcp.flags.fin == 1");
        return cited(text, "the edge's FIN", "-e tcp.time_delta");
    }
    let handshake = &connection.handshake;
    if is_any(handshake.syn) || is_any(handshake.last_syn) {
        let text = "tcp.flags.syn == 1 && tcp.flags.ack == 0".to_owned();
        return cited(text, "a SYN", "-e tcp.flags.str");
    }
    if is_any(handshake.syn_ack) {
        let text = "tcp.flags.syn == 1 && tcp.flags.ack == 1".to_owned();
        return cited(text, "a SYN/ACK", "-e tcp.flags.str");
    }
    of_message(row, is)
}

/// What a packet is by the message in it.
fn of_message(row: &ConnectionRow, is: &dyn Fn(Arrival) -> bool) -> Option<PacketFilter> {
    let is_any = |at: Option<Arrival>| at.is_some_and(is);
    if let Some(tls) = row.tls.as_deref() {
        if let Some(alert) = tls.alerts.iter().find(|alert| is(alert.at)) {
            let text = format!("tls.alert_message.desc == {}", alert.description);
            return cited(text, "such an alert", "-e tls.alert_message.desc");
        }
        if tls.certificates.first().is_some_and(|leaf| is(leaf.at)) {
            let fields = "-e x509ce.dNSName -e x509af.utcTime";
            return cited("tls.handshake.type == 11".to_owned(), "a message with certificates", fields);
        }
    }
    for kept in row.exchanges.iter().map(|kept| &kept.exchange) {
        let request = kept.request.as_ref().is_some_and(|it| is(it.first) || is(it.last));
        let answer = kept.response.as_deref();
        let response = answer.is_some_and(|it| is(it.first) || is(it.last) || is_any(it.head_end));
        if request || response {
            return data(row, if request { Side::Client } else { Side::Server });
        }
    }
    let hello = row.tls.as_deref().and_then(|tls| tls.client_hello.as_ref());
    if hello.is_some_and(|hello| is(hello.at)) {
        return data(row, Side::Client);
    }
    [Side::Client, Side::Server].into_iter().find_map(|side| {
        let sent = row.connection.traffic(side);
        if is_any(sent.first_data) || is_any(sent.last_data) { data(row, side) } else { None }
    })
}

/// Segments with data from one side.
fn data(row: &ConnectionRow, side: Side) -> Option<PacketFilter> {
    let each = match side {
        Side::Client => "a segment of the edge with data",
        Side::Server => "a segment of the origin with data",
    };
    let fields = match (side, row.protocol) {
        (Side::Server, Protocol::Http) => "-e tcp.len -e tcp.time_delta -e http.response.line",
        _ => "-e tcp.len -e tcp.time_delta",
    };
    let text = from(row, side, "tcp.len > 0");
    cited(text, each, fields)
}

/// A filter of packets of the cited connections.
fn cited(text: String, each: &'static str, fields: &'static str) -> Option<PacketFilter> {
    Some(PacketFilter { text, each, fields, among: Narrowed::ToCited })
}

/// Packets of the server with a flag.
fn ended(row: &ConnectionRow, flag: &str) -> String {
    from(row, Side::Server, &format!("{flag} == 1"))
}

fn from(row: &ConnectionRow, side: Side, what: &str) -> String {
    let address: SocketAddr = match side {
        Side::Client => return format!("{what} && tcp.dstport == {}", row.connection.server.port()),
        Side::Server => row.connection.server,
    };
    format!("{what} && {} == {} && tcp.srcport == {}", field(row, "src"), address.ip(), address.port())
}

/// An address field of the IP version of a connection.
fn field(row: &ConnectionRow, part: &str) -> String {
    let version = if row.connection.server.is_ipv6() { "ipv6" } else { "ip" };
    format!("{version}.{part}")
}

fn ttl(row: &ConnectionRow) -> &'static str {
    if row.connection.server.is_ipv6() {
        "-e ipv6.hlim -e tcp.time_delta"
    } else {
        "-e ip.ttl -e tcp.time_delta"
    }
}

/// Seconds with two decimals.
fn decimal(duration: Duration) -> String {
    let hundredths = duration / Duration::from_milliseconds(10);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `tcp.stream == 12`, or `tcp.stream in {12, 17}`.
fn one_of<N: ToString>(field: &str, numbers: &BTreeSet<N>) -> String {
    let written: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    match &written[..] {
        [only] => format!("{field} == {only}"),
        several => format!("{field} in {{{}}}", several.join(", ")),
    }
}

/// The key log among the inputs, where the connection was opened with secrets.
fn key_log(row: &ConnectionRow, incident: &Incident) -> Option<String> {
    row.tls.as_ref()?.opened?;
    let mut inputs = incident.evidence.inputs.values();
    let keys = inputs.find(|input| input.kind == InputKind::KeyLog)?;
    PackedInput::of(&keys.name)?.as_argument().map(str::to_owned)
}

fn stream(place: &Place) -> Option<u32> {
    match place {
        Place::Packet { stream, .. } => *stream,
        Place::Line { .. } | Place::Entry { .. } => None,
    }
}

fn frame(place: &Place) -> Option<u64> {
    match place {
        Place::Packet { frame, .. } => Some(*frame),
        Place::Line { .. } | Place::Entry { .. } => None,
    }
}
