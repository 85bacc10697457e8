//! The targets: what each feeds to which parser, and which seeds fit it.

mod captures;
mod evidence;
mod inside;
mod logs;
mod sources;
mod streams;
mod whole;

pub use captures::{conversations, in_fragments, packets};
pub(crate) use sources::found_in;

use crate::seeds::Seeds;

/// A parser with its seeds.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Feeds it. What it must hold beside not panicking, it asserts itself.
    pub run: fn(&[u8]),
    /// Well-formed inputs to begin with.
    pub seeds: Seeds,
}

/// All of them.
pub const TARGETS: [Target; 26] = [
    Target { name: "capture", run: captures::reader, seeds: Seeds::Captures },
    Target { name: "packet", run: captures::packet, seeds: Seeds::Packets },
    Target { name: "fragments", run: captures::fragments, seeds: Seeds::Fragments },
    Target { name: "flow", run: captures::flow, seeds: Seeds::Captures },
    Target { name: "http", run: streams::http, seeds: Seeds::Conversations },
    Target { name: "http-heads", run: streams::heads, seeds: Seeds::Heads },
    Target { name: "http2-frames", run: streams::frames, seeds: Seeds::Frames },
    Target { name: "http2-headers", run: streams::header_blocks, seeds: Seeds::HeaderBlocks },
    Target { name: "tls", run: streams::tls, seeds: Seeds::Conversations },
    Target { name: "inside-tls", run: inside::opened, seeds: Seeds::Opened },
    Target { name: "key-log", run: inside::key_log, seeds: Seeds::KeyLogs },
    Target { name: "logs", run: logs::formats, seeds: Seeds::Logs },
    Target { name: "records", run: logs::records, seeds: Seeds::Logs },
    Target { name: "edge", run: logs::edge, seeds: Seeds::Edge },
    Target { name: "har", run: logs::har, seeds: Seeds::Har },
    Target { name: "saved", run: logs::saved, seeds: Seeds::Saved },
    Target { name: "documents", run: logs::documents, seeds: Seeds::Documents },
    Target { name: "nginx-config", run: logs::nginx_config, seeds: Seeds::NginxConfigs },
    Target { name: "log-format", run: logs::log_format, seeds: Seeds::LogFormats },
    Target { name: "limits", run: logs::limits, seeds: Seeds::Limits },
    Target { name: "evidence", run: evidence::chunk, seeds: Seeds::Chunks },
    Target { name: "compression", run: sources::compression, seeds: Seeds::Packed },
    Target { name: "archive", run: sources::archive, seeds: Seeds::Packed },
    Target { name: "diagnose-capture", run: whole::capture, seeds: Seeds::Captures },
    Target { name: "diagnose-text", run: whole::text, seeds: Seeds::Texts },
    Target { name: "incident", run: whole::incident, seeds: Seeds::Incidents },
];
