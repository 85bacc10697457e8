//! A capture at a glance: what each room counted in one file, put together when the file has been read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{capture, flow, packet};

/// What one capture holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureFacts {
    /// What its reader counted: packets, bytes, times, link types.
    pub file: capture::Summary,
    /// Its packets by kind.
    pub packets: packet::Tally,
    /// The segments of its connections by kind, judged as Wireshark does.
    pub segments: flow::Facts,
    /// What of HTTP and TLS was read in its connections.
    pub application: ApplicationFacts,
}

/// What a file holds of HTTP and TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationFacts {
    /// HTTP/1 request heads.
    pub http1_requests: u64,
    /// HTTP/1 response heads.
    pub http1_responses: u64,
    /// Requests over HTTP/2 that were read.
    pub http2_streams: u64,
    /// Connections that may speak HTTP/2 inside TLS, where it is not read.
    pub hidden_http2_connections: u64,
    /// ClientHello messages.
    pub tls_client_hellos: u64,
    /// ServerHello messages.
    pub tls_server_hellos: u64,
    /// Alerts in the clear.
    pub tls_alerts: u64,
    /// Certificates in the clear.
    pub tls_certificates: u64,
}

impl ApplicationFacts {
    /// Adds the counts of another part of the file.
    pub fn add(&mut self, other: &ApplicationFacts) {
        let pairs = [
            (&mut self.http1_requests, other.http1_requests),
            (&mut self.http1_responses, other.http1_responses),
            (&mut self.http2_streams, other.http2_streams),
            (&mut self.hidden_http2_connections, other.hidden_http2_connections),
            (&mut self.tls_client_hellos, other.tls_client_hellos),
            (&mut self.tls_server_hellos, other.tls_server_hellos),
            (&mut self.tls_alerts, other.tls_alerts),
            (&mut self.tls_certificates, other.tls_certificates),
        ];
        for (sum, count) in pairs {
            *sum = sum.saturating_add(count);
        }
    }
}

impl CaptureFacts {
    /// The number of HTTP/2 streams: unknown where a connection may speak HTTP/2 inside TLS, where it is not read.
    pub fn http2_streams(&self) -> Option<u64> {
        (self.application.hidden_http2_connections == 0).then_some(self.application.http2_streams)
    }

    /// The number of packets that report an unreachable destination: ICMP type 3 and ICMPv6 type 1.
    pub fn icmp_unreachable(&self) -> u64 {
        self.packets.icmp_unreachable.saturating_add(self.packets.icmpv6_unreachable)
    }

    /// All figures as text, by the names that they have in the report (`report::model::CaptureFacts`). Unknown figures are left out. This
    /// is for the tables, where inputs that are not captures have none of these columns filled.
    pub fn by_name(&self) -> BTreeMap<&'static str, String> {
        let CaptureFacts { file, packets, segments, application } = self;
        let links: Vec<String> = file.link_types.iter().map(u16::to_string).collect();
        let counts = [
            ("packets", file.packets),
            ("bytes", file.bytes),
            ("captured_bytes", file.captured_bytes),
            ("ipv4_packets", packets.ipv4_packets),
            ("ipv6_packets", packets.ipv6_packets),
            ("ip_fragments", packets.ip_fragments),
            ("tcp_packets", packets.tcp_packets),
            ("syn", packets.syn),
            ("syn_ack", packets.syn_ack),
            ("fin", packets.fin),
            ("rst", packets.rst),
            ("tcp_payload_bytes", packets.tcp_payload_bytes),
            ("tcp_streams", segments.tcp_streams),
            ("retransmissions", segments.retransmissions),
            ("fast_retransmissions", segments.fast_retransmissions),
            ("spurious_retransmissions", segments.spurious_retransmissions),
            ("out_of_order", segments.out_of_order),
            ("duplicate_acks", segments.duplicate_acks),
            ("zero_windows", segments.zero_windows),
            ("full_windows", segments.full_windows),
            ("lost_segments", segments.lost_segments),
            ("keep_alives", segments.keep_alives),
            ("copies", segments.copies),
            ("http1_requests", application.http1_requests),
            ("http1_responses", application.http1_responses),
            ("tls_client_hellos", application.tls_client_hellos),
            ("tls_server_hellos", application.tls_server_hellos),
            ("tls_alerts", application.tls_alerts),
            ("tls_certificates", application.tls_certificates),
            ("icmp_unreachable", self.icmp_unreachable()),
        ];
        let counts = counts.into_iter().map(|(name, count)| (name, count.to_string()));
        let unsure = [
            ("first", file.first.map(|time| time.to_string())),
            ("last", file.last.map(|time| time.to_string())),
            ("http2_streams", self.http2_streams().map(|count| count.to_string())),
        ];
        let known = unsure.into_iter().filter_map(|(name, value)| Some((name, value?)));
        counts.chain(known).chain([("link_types", links.join(" "))]).collect()
    }
}
