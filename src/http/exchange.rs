//! One exchange of HTTP/1 or HTTP/2: a request and what answered it, as the bytes on the wire had it.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::bufread::GzDecoder;
use serde::{Deserialize, Serialize};

use super::conform::Finding;
pub use super::conform::{Framing, HeadSizes, HeaderSize};
use crate::facts::error_pages::{self, KnownPage};
use crate::flow::{Arrival, Gap, Side};
use crate::memory::Seldom;
use crate::ray::RayAtColo;
use crate::text::shared::{KnownTexts, SharedBytes, SharedText};

/// Bytes of an error page that are kept.
const ERROR_PAGE: usize = 4 * 1024;
/// Bytes that are looked at of a page that came compressed.
const INFLATED_PAGE: u64 = 64 * 1024;
/// Findings of interim responses that are kept.
const INTERIM_FINDINGS: usize = 64;

/// A request, its response, or what is there of either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its position on the connection, from 1. A connection captured from its middle counts from where it was captured.
    pub number: u32,
    /// The request; `None` for a response to a request that was not captured.
    pub request: Option<Request>,
    /// The response, as far as it came.
    pub response: Option<Box<Response>>,
    /// Interim responses (1xx) before it.
    pub interim_responses: u32,
    /// Where an interim response breaks the grammar; offsets from that response's first byte.
    pub interim_findings: Seldom<Vec<Finding>>,
    /// What only a stream of HTTP/2 has; `None` for HTTP/1.
    pub stream: Option<Box<Stream>>,
}

/// What an exchange has beside its messages where it is a stream of HTTP/2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The stream's identifier.
    pub id: u32,
    /// Its request was sent over HTTP/1 and asked for the change to HTTP/2.
    pub is_upgraded: bool,
    /// The end of the last complete response on the connection when the stream began.
    pub previous_end: Option<Arrival>,
    /// The frame that ended it early, or that came behind its end.
    pub end: Option<StreamEnd>,
    /// The longest time for which flow control held a message of it.
    pub stall: Option<Stall>,
    /// gRPC's status, where the response has one.
    pub grpc_status: Option<u32>,
    /// Fields of request and response that are unknown, since bytes are missing on which their compression stands.
    pub unknown_fields: [u32; 2],
}

/// How a stream ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEnd {
    /// By which frame.
    pub frame: EndingFrame,
    /// The error code (RFC 9113, 7).
    pub code: u32,
    /// Who sent it; the client is the side that asks.
    pub from: Side,
    /// The packet with it.
    pub at: Arrival,
    /// Its offset in the sender's byte stream.
    pub offset: u64,
}

impl StreamEnd {
    /// Whether its sender says that what it received is wrong: PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR or
    /// COMPRESSION_ERROR (RFC 9113, 7). Other errors are its own, or echo those of its peer.
    pub fn accuses_peer(&self) -> bool {
        matches!(self.code, 1 | 3 | 5 | 6 | 9)
    }

    /// Whether its sender says that something is wrong: all codes do but NO_ERROR and CANCEL (RFC 9113, 7).
    pub fn is_error(&self) -> bool {
        !matches!(self.code, 0 | 8)
    }
}

/// A frame that ends streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndingFrame {
    /// RST_STREAM: this stream.
    RstStream,
    /// GOAWAY: the streams above this one, and those that the connection took with it.
    GoAway {
        /// The last stream that was taken.
        last_stream: u32,
    },
}

/// A time for which the sender of a message could send nothing more, since the receiver did not take it (RFC 9113, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// Who could not send.
    pub of: Side,
    /// The packet that used the window up.
    pub since: Arrival,
    /// The packet that opened it again, or the end of the stream.
    pub until: Arrival,
    /// Whether it was opened again.
    pub is_over: bool,
}

/// A request as captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method, as sent.
    pub method: SharedText,
    /// The request target, as sent (bytes that are no UTF-8 replaced), at most 8 KiB of it.
    pub target: Box<str>,
    /// Its line came whole and without a version, or begins with no method: HTTP/0.9, or no HTTP at all. What answers it is judged by no rule.
    pub is_no_http: bool,
    /// The Host header's value.
    pub host: Option<SharedText>,
    /// The CF-RAY header.
    pub ray: Option<RayAtColo>,
    /// The visitor: CF-Connecting-IP; where there is none, the first address of X-Forwarded-For.
    pub visitor: Option<Box<str>>,
    /// CF-Visitor says the visitor's own scheme was https.
    pub visitor_https: bool,
    /// User-Agent, at most 256 bytes of it.
    pub user_agent: Option<SharedText>,
    /// The head's sizes.
    pub head: HeadSizes,
    /// The packet with its first byte.
    pub first: Arrival,
    /// The packet with the last byte that came.
    pub last: Arrival,
    /// Stream offset of its first byte.
    pub offset: u64,
    /// When the peer had acknowledged its last byte.
    pub acknowledged: Option<Arrival>,
    /// Its body.
    pub body: Body,
    /// Where it breaks the grammar.
    pub findings: Seldom<Vec<Finding>>,
}

impl Request {
    /// Whether its head was captured to its end.
    pub fn is_head_whole(&self) -> bool {
        !matches!(self.body.state, BodyState::InHead(_))
    }

    /// Whether its sender had sent all of it: it came whole, or only the capture cut the head of a request without a body, which is sent at
    /// once.
    pub fn is_sent(&self) -> bool {
        match self.body.state {
            BodyState::Complete => true,
            BodyState::InHead(Cut::Capture) => matches!(&*self.method, "GET" | "HEAD"),
            BodyState::InHead(_) | BodyState::InBody(_) | BodyState::Lost => false,
        }
    }

    /// Bytes of its head: of one that the capture cut as many as the server is known to have had.
    pub fn head_bytes(&self) -> u64 {
        match self.body.state {
            BodyState::InHead(_) => self.head.bytes.saturating_add(self.body.missing),
            _ => self.head.bytes,
        }
    }

    /// One of which nothing has been read yet; its first byte is in this packet, at this offset of the stream.
    pub(super) fn begun(first: Arrival, offset: u64) -> Request {
        Request {
            method: SharedText::default(),
            target: Box::default(),
            is_no_http: false,
            host: None,
            ray: None,
            visitor: None,
            visitor_https: false,
            user_agent: None,
            head: HeadSizes::default(),
            first,
            last: first,
            offset,
            acknowledged: None,
            body: Body::UNREAD,
            findings: Seldom::default(),
        }
    }
}

/// A response as captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The status code; `None` where the status line has none that can be read.
    pub status: Option<u16>,
    /// The Server header's value.
    pub server: Option<SharedText>,
    /// The Location header's value, at most 2 KiB of it.
    pub location: Option<Box<str>>,
    /// Connection: close, or HTTP/1.0 without keep-alive.
    pub announces_close: bool,
    /// `timeout=` of its Keep-Alive header, in seconds.
    pub keep_alive_timeout: Option<u32>,
    /// The head's sizes.
    pub head: HeadSizes,
    /// The packet with its first byte.
    pub first: Arrival,
    /// The packet that completed its head; `None` where the head never became whole.
    pub head_end: Option<Arrival>,
    /// Where it begins with bytes that are no HTTP: the packet in which a status line came all the same. The bytes were something else's.
    pub late_status_line: Option<Arrival>,
    /// The packet with the last byte that came.
    pub last: Arrival,
    /// Stream offset of its first byte.
    pub offset: u64,
    /// Its body.
    pub body: Body,
    /// Where it breaks the grammar.
    pub findings: Seldom<Vec<Finding>>,
    /// The first bytes of the body where the status is 400 or more: error pages tell. At most `ERROR_PAGE`, not decoded.
    pub error_page: SharedBytes,
    /// Which page of a server or a framework that is: looked for once the exchange is over, and again where it is read back.
    #[serde(skip)]
    pub known_page: Option<KnownPage>,
}

impl Response {
    /// One of which nothing has been read yet; its first byte is in this packet, at this offset of the stream.
    pub(super) fn begun(first: Arrival, offset: u64) -> Response {
        Response {
            status: None,
            server: None,
            location: None,
            announces_close: false,
            keep_alive_timeout: None,
            head: HeadSizes::default(),
            first,
            head_end: None,
            late_status_line: None,
            last: first,
            offset,
            body: Body::UNREAD,
            findings: Seldom::default(),
            error_page: SharedBytes::default(),
            known_page: None,
        }
    }

    /// Adds to what is kept of the error page, as far as there is room.
    pub(super) fn show(&mut self, bytes: &[u8]) {
        let room = ERROR_PAGE.saturating_sub(self.error_page.len());
        self.error_page.extend(&bytes[..bytes.len().min(room)]);
    }
}

/// A message body: what was announced, and what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// How its length is known (RFC 9112, 6.3).
    pub framing: Framing,
    /// Bytes of content that came (chunk framing not counted), missing ones included where later bytes came.
    pub received: u64,
    /// Of these, missing from the capture. Behind a head that the capture cut, what the peer had all the same.
    pub missing: u64,
    /// Why, where `missing` is not 0.
    pub missing_because: Option<Gap>,
    /// Whether it came whole.
    pub state: BodyState,
}

impl Body {
    /// That of a message whose head has not come.
    pub(super) const UNREAD: Body = Body {
        framing: Framing::None,
        received: 0,
        missing: 0,
        missing_because: None,
        state: BodyState::InHead(Cut::Capture),
    };
}

/// Where a message stands at the end of its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyState {
    /// Every byte that was announced came (also where the capture lost some of them on the way).
    Complete,
    /// The head never became whole.
    InHead(Cut),
    /// The body ended before its announced end.
    InBody(Cut),
    /// Its framing broke and the end cannot be told (see the findings).
    Lost,
}

/// What cut a message short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// The sender closed in order.
    Fin,
    /// A RST of this side, or its RST_STREAM or GOAWAY.
    Reset(Side),
    /// The capture ended, or bytes around the cut were not captured: no judgement is possible.
    Capture,
}

impl Exchange {
    /// The last packet of its answer, where that came whole.
    pub fn answered_whole(&self) -> Option<Arrival> {
        let whole = self.response.as_deref().filter(|response| response.body.state == BodyState::Complete)?;
        Some(whole.last)
    }

    /// The stream before it that the server says it took, where the capture lacks that one (RFC 9113, 6.8: GOAWAY names the last).
    pub fn uncaptured_before(&self) -> Option<u32> {
        let stream = self.stream.as_ref().filter(|_| self.number == 1)?;
        match stream.end?.frame {
            EndingFrame::GoAway { last_stream } if (1..stream.id).contains(&last_stream) => Some(last_stream),
            _ => None,
        }
    }

    /// The frame of the client that ended its stream and says that it could not use what came. Behind a whole answer that is said only of
    /// the answer itself.
    pub fn refused_by_client(&self) -> Option<StreamEnd> {
        let end = self.stream.as_ref()?.end.filter(|end| end.from == Side::Client)?;
        let whole = self.response.as_ref().is_some_and(|response| response.body.state == BodyState::Complete);
        (end.accuses_peer() || end.is_error() && !whole).then_some(end)
    }

    /// An interim response came, in which this was found.
    pub(super) fn interim_response(&mut self, findings: Vec<Finding>) {
        self.interim_responses = self.interim_responses.saturating_add(1);
        let room = INTERIM_FINDINGS.saturating_sub(self.interim_findings.len());
        self.interim_findings.extend(findings.into_iter().take(room));
    }

    /// It is over, and is kept. Takes no more memory than what it holds: texts that were met before are held once, and nothing has room for more.
    pub(crate) fn settle_down(&mut self, known: &mut KnownTexts) {
        if let Some(request) = &mut self.request {
            known.share(&mut request.method);
            request.host.iter_mut().chain(&mut request.user_agent).for_each(|text| known.share(text));
        }
        if let Some(response) = &mut self.response {
            response.server.iter_mut().for_each(|text| known.share(text));
            known.share_bytes(&mut response.error_page);
            response.known_page =
                response.status.and_then(|status| error_pages::find(status, &inflated(&response.error_page)));
        }
    }

    /// The ray of the request.
    pub fn ray(&self) -> Option<RayAtColo> {
        self.request.as_ref().and_then(|request| request.ray)
    }
}

/// A page as it was before gzip, as far as it can be inflated; others as they are.
fn inflated(page: &[u8]) -> Cow<'_, [u8]> {
    if !page.starts_with(&[0x1f, 0x8b]) {
        return Cow::Borrowed(page);
    }
    let mut plain = Vec::new();
    // Where only its first bytes were kept the end is missing, which is no matter: what was read until then is there.
    let _ = GzDecoder::new(page).take(INFLATED_PAGE).read_to_end(&mut plain);
    Cow::Owned(plain)
}
