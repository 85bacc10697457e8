//! What a connection of HTTP/2 tells beside its exchanges.

use serde::{Deserialize, Serialize};

use crate::flow::{Arrival, Side};
use crate::http::conform::Rule;

/// What is known of a connection that speaks HTTP/2 in the clear. A side is named by its role: the client asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Http2Facts {
    /// The packet from which on it speaks HTTP/2.
    pub from: Arrival,
    /// Streams on which something was asked or answered.
    pub streams: u32,
    /// What each side asks the other to keep to, client first.
    pub settings: [Settings; 2],
    /// The GOAWAY frames, as many as are kept, in the order in which they came.
    pub goaways: Vec<GoAway>,
    /// Where frames break the rules of the connection, as many as are kept, in the order in which they came.
    pub faults: Vec<FrameFault>,
    /// For each side, client first: the packet behind which its header compression could not be followed for some time, since bytes of a
    /// header block are missing or cannot be read.
    pub lost_headers: [Option<Arrival>; 2],
}

/// GOAWAYs and faults that are kept.
pub const MOST_KEPT: usize = 16;

/// Settings that a side sent (RFC 9113, 6.5.2); `None` where its default holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The packet with its first SETTINGS.
    pub first: Option<Arrival>,
    /// SETTINGS_HEADER_TABLE_SIZE.
    pub header_table_size: Option<u32>,
    /// SETTINGS_ENABLE_PUSH.
    pub enable_push: Option<u32>,
    /// SETTINGS_MAX_CONCURRENT_STREAMS.
    pub max_concurrent_streams: Option<u32>,
    /// SETTINGS_INITIAL_WINDOW_SIZE.
    pub initial_window_size: Option<u32>,
    /// SETTINGS_MAX_FRAME_SIZE.
    pub max_frame_size: Option<u32>,
    /// SETTINGS_MAX_HEADER_LIST_SIZE.
    pub max_header_list_size: Option<u32>,
}

/// A GOAWAY frame: its sender takes no new streams (RFC 9113, 6.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoAway {
    /// Who sent it.
    pub from: Side,
    /// Why (RFC 9113, 7).
    pub code: u32,
    /// The last stream of the other side that its sender may have worked on.
    pub last_stream: u32,
    /// Requests that it cost: those above that stream, and those that the connection took with it when it ended.
    pub cost: u32,
    /// The packet with it.
    pub at: Arrival,
    /// Its offset in the sender's byte stream.
    pub offset: u64,
}

/// A frame that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameFault {
    /// Who sent it.
    pub from: Side,
    /// The rule.
    pub rule: Rule,
    /// Its stream, 0 for the connection.
    pub stream: u32,
    /// The packet with it.
    pub at: Arrival,
    /// Its offset in the sender's byte stream.
    pub offset: u64,
    /// Its first bytes, at most nine: a frame's head, or what stands in its place.
    pub excerpt: Vec<u8>,
}

impl Settings {
    /// What a later frame says holds.
    pub(super) fn update(&mut self, later: &Settings) {
        for (place, value) in [
            (&mut self.header_table_size, later.header_table_size),
            (&mut self.enable_push, later.enable_push),
            (&mut self.max_concurrent_streams, later.max_concurrent_streams),
            (&mut self.initial_window_size, later.initial_window_size),
            (&mut self.max_frame_size, later.max_frame_size),
            (&mut self.max_header_list_size, later.max_header_list_size),
        ] {
            *place = value.or(*place);
        }
    }
}

impl Http2Facts {
    /// What the server asks the client to keep to.
    pub fn settings_of_server(&self) -> &Settings {
        let [_, server] = &self.settings;
        server
    }

    /// Nothing known yet.
    pub(super) fn new(from: Arrival) -> Http2Facts {
        Http2Facts {
            from,
            streams: 0,
            settings: [Settings::default(); 2],
            goaways: Vec::new(),
            faults: Vec::new(),
            lost_headers: [None; 2],
        }
    }

    /// Keeps a fault within the bound.
    pub(super) fn tell(&mut self, fault: FrameFault) {
        if self.faults.len() < MOST_KEPT {
            self.faults.push(fault);
        }
    }
}

/// The name of an error code (RFC 9113, 7), where it has one.
pub fn error_name(code: u32) -> Option<&'static str> {
    const NAMES: [&str; 14] = [
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    ];
    NAMES.get(usize::try_from(code).ok()?).copied()
}

/// The settings of a SETTINGS frame, as far as it breaks no rule (RFC 9113, 6.5.2); the first of them that does.
pub(super) fn read_settings(payload: &[u8], settings: &mut Settings) -> Option<Rule> {
    let mut broken = None;
    for row in payload.as_chunks::<6>().0 {
        let [a, b, c, d, e, f] = *row;
        let value = u32::from_be_bytes([c, d, e, f]);
        let (place, is_allowed) = match u16::from_be_bytes([a, b]) {
            1 => (&mut settings.header_table_size, true),
            2 => (&mut settings.enable_push, value <= 1),
            3 => (&mut settings.max_concurrent_streams, true),
            4 => (&mut settings.initial_window_size, value <= 0x7fff_ffff),
            5 => (&mut settings.max_frame_size, (1 << 14..1 << 24).contains(&value)),
            6 => (&mut settings.max_header_list_size, true),
            // What is not known is ignored (RFC 9113, 6.5.2).
            _ => continue,
        };
        match is_allowed {
            true => *place = Some(value),
            false => broken = Some(Rule::BadSetting),
        }
    }
    broken
}
