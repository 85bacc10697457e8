//! The files that were looked at.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

use super::number::{Decimal, Moment};

/// A file that was looked at, also one that was refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Input {
    /// Relative to the deepest common folder of all inputs, `!/` before a member of an archive, `-` for standard input.
    pub path: ReportText,
    /// What sort of evidence it is.
    pub kind: InputKind,
    /// Its format, as in `pcapng` or `nginx_access`; null where none was recognised.
    pub format: Option<ReportText>,
    /// Its size in bytes as it lies on disk.
    pub bytes: u64,
    /// Packets, lines, entries or certificates that were understood.
    pub records: u64,
    /// Records that were not understood.
    pub skipped: u64,
    /// Lines of a log (of a document, its records) that were looked at; logs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// Those of its lines that have an instant; logs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_time: Option<u64>,
    /// Those that have a status; logs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_status: Option<u64>,
    /// Those that have a ray; logs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_ray: Option<u64>,
    /// Lines of it about failing requests that another input tells of, too; logs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<u64>,
    /// Read, but nothing taken from it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused: Option<ReportText>,
    /// The time of its first record; null where it has none.
    pub first: Option<Moment>,
    /// The time of its last record; null where it has none.
    pub last: Option<Moment>,
    /// Seconds to add to its times to have the clock of the report's own times.
    #[serde(default)]
    pub clock_offset_s: Decimal,
    /// For how many requests most of its records stand (Logpush sampling); 1 where the log is not sampled. Where records differ, a warning
    /// tells the range.
    pub sample_interval: u64,
    /// Where it was taken, as in `origin`, `edge`, `client`; null where nothing tells.
    pub vantage: Option<ReportText>,
    /// What was wrong with it.
    pub warnings: Vec<ReportText>,
    /// The path of a capture that saw the same connections at another place, or of an access log that has the same requests: they are counted
    /// there, not here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_by: Option<ReportText>,
    /// The capture at a glance; captures only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<CaptureFacts>,
}

/// What sort of evidence a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// A packet capture.
    Capture,
    /// An origin's access log.
    AccessLog,
    /// An origin's error log.
    ErrorLog,
    /// A system or kernel log.
    SystemLog,
    /// The edge's log of requests.
    EdgeLog,
    /// An HTTP archive.
    Har,
    /// A server's configuration.
    Config,
    /// Deployments and changes.
    Events,
    /// TLS secrets.
    Keylog,
    /// Nothing that could be used.
    #[default]
    Ignored,
}

impl InputKind {
    /// The kind in words.
    pub fn words(self) -> &'static str {
        match self {
            InputKind::Capture => "packets",
            InputKind::AccessLog => "access log",
            InputKind::ErrorLog => "error log",
            InputKind::SystemLog => "system log",
            InputKind::EdgeLog => "edge log",
            InputKind::Har => "HAR",
            InputKind::Config => "configuration",
            InputKind::Events => "events",
            InputKind::Keylog => "key log",
            InputKind::Ignored => "not used",
        }
    }
}

/// A capture at a glance: counts that a person can check in Wireshark.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct CaptureFacts {
    /// Packets in the file.
    pub packets: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Bytes in the file.
    pub captured_bytes: u64,
    /// When the first packet of the file was captured.
    pub first: Option<Moment>,
    /// When the last packet of the file was captured.
    pub last: Option<Moment>,
    /// Link types by number, sorted (IANA/tcpdump LINKTYPE).
    pub link_types: Vec<u32>,
    /// IPv4 packets, not counting what ICMP quotes.
    pub ipv4_packets: u64,
    /// IPv6 packets, not counting what ICMP quotes.
    pub ipv6_packets: u64,
    /// IPv4 and IPv6 fragments.
    pub ip_fragments: u64,
    /// TCP packets.
    pub tcp_packets: u64,
    /// SYN without ACK.
    pub syn: u64,
    /// SYN with ACK.
    pub syn_ack: u64,
    /// Packets with FIN.
    pub fin: u64,
    /// Packets with RST.
    pub rst: u64,
    /// TCP payload on the wire.
    pub tcp_payload_bytes: u64,
    /// TCP connections as Wireshark counts them.
    pub tcp_streams: u64,
    /// Retransmissions, fast and spurious included, keep-alives not.
    pub retransmissions: u64,
    /// Of these, fast ones: asked for by duplicate acknowledgements.
    pub fast_retransmissions: u64,
    /// Of these, spurious ones: of data that had been acknowledged. The rest were sent again after a timeout.
    pub spurious_retransmissions: u64,
    /// Segments out of order.
    pub out_of_order: u64,
    /// Duplicate acknowledgements.
    pub duplicate_acks: u64,
    /// Segments that announce a zero window.
    pub zero_windows: u64,
    /// Segments that fill the window.
    pub full_windows: u64,
    /// Gaps before a segment that was not captured.
    pub lost_segments: u64,
    /// Keep-alive probes.
    pub keep_alives: u64,
    /// TCP packets that are in the capture twice (several interfaces, a mirror port). What is said of TCP connections counts each once; the
    /// counts of packets above count both.
    pub copies: u64,
    /// HTTP/1 request heads.
    pub http1_requests: u64,
    /// HTTP/1 response heads.
    pub http1_responses: u64,
    /// HTTP/2 streams with a request or an answer, read where HTTP/2 is spoken in the clear (the client's preface, an upgrade to h2c, the server's
    /// first SETTINGS). 0: no connection of the capture speaks it. Null: a connection speaks it inside TLS, or the capture cannot tell.
    /// TLS 1.3 encrypts what the server chose: there HTTP/2 is ruled out only where the client does not offer h2.
    pub http2_streams: Option<u64>,
    /// TLS ClientHello messages.
    pub tls_client_hellos: u64,
    /// TLS ServerHello messages.
    pub tls_server_hellos: u64,
    /// TLS alerts in clear.
    pub tls_alerts: u64,
    /// TLS certificates in clear.
    pub tls_certificates: u64,
    /// ICMP type 3 and ICMPv6 type 1.
    pub icmp_unreachable: u64,
}
