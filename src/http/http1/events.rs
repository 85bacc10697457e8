//! What the readers of a connection's two streams tell of its messages, and what each has to know of the other stream.
//!
//! A reader takes a stretch of its stream and gives one event after the other; the queue makes exchanges of them. What a reader has to
//! know of the other direction is asked anew before each event, since the event before may have changed it.

use serde::{Deserialize, Serialize};

use super::body::BodyEvent;
use super::excerpt::Fault;
use crate::flow::Arrival;
use crate::http::conform::{RequestHead, ResponseHead};
use crate::http::exchange::{Cut, Framing};

/// Where a message begins.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct MessageStart {
    /// The packet with its first byte.
    pub first: Arrival,
    /// Stream offset of its first byte.
    pub offset: u64,
}

/// What a reader tells of requests. `end` is the stream offset behind what is told.
#[derive(Debug)]
pub(crate) enum RequestEvent<'a> {
    /// A request begins. What is told from here on is of this one.
    Begun(MessageStart),
    /// Its head is whole; `at` is the packet that completed it.
    Head { head: RequestHead, at: Arrival, end: u64 },
    /// Its head ended without its empty line, and nothing more will come of it.
    HeadCut { head: RequestHead, cut: Cut, last: Arrival, end: u64 },
    /// More of its body.
    Body { event: BodyEvent<'a>, at: Arrival, end: u64 },
    /// The stream ended in its body.
    BodyCut { cut: Cut, end: u64 },
    /// The client speaks another protocol, from its first bytes on.
    OtherProtocol,
}

/// What a reader tells of responses.
#[derive(Debug)]
pub(crate) enum ResponseEvent<'a> {
    /// A response begins, as `noticed` showed. What is told from here on is of this one.
    Begun { start: MessageStart, noticed: Arrival },
    /// It is an interim one (RFC 9110, 15.2): the final one is still to come.
    Interim(ResponseHead),
    /// Its head is whole; `at` is the packet that completed it. `framing` is what the head, the status and the request's method make of it.
    Head { head: ResponseHead, framing: Framing, at: Arrival },
    /// Its head ended without its empty line, and nothing more will come of it.
    HeadCut { head: ResponseHead, cut: Cut, last: Arrival },
    /// More of its body, or of what its tunnel carries.
    Body { event: BodyEvent<'a>, at: Arrival },
    /// The stream ended in its body or tunnel.
    BodyCut(Cut),
    /// Where a response was awaited came something that is none.
    NoStatusLine { start: MessageStart, fault: Fault, at: Arrival },
    /// Where nothing was awaited came something that begins no response.
    BytesAfterBody(Fault),
    /// So many bytes were passed over on the way to the next response.
    PassedOver { as_part_of: OutOfStep, length: u64, until: Until, at: Arrival },
    /// Bytes that were not captured began where a response could.
    NotCaptured,
    /// The stream ended at `position`, by `cut`; `last` is the last packet that brought bytes.
    StreamEnded { position: u64, cut: Cut, last: Option<Arrival> },
}

/// Why the responses are out of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OutOfStep {
    /// Bytes are missing from the capture, or the framing broke.
    Framing,
    /// The last response told of is none: something that is no HTTP.
    NoStatusLine,
    /// Bytes came after the last response told of.
    BytesAfterBody,
    /// A snap length cut bytes of the last response told of that held framing of its chunks.
    CutChunks,
}

/// What ended the bytes that were passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// A response, or what may become one.
    StatusLine,
    /// No more came so far. A response may have been among them.
    PieceEnd,
    /// A status line, although what came before was taken for the answer: it was none, and this is.
    LateStatusLine,
}

/// What the reader of requests has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AnsweredSoFar {
    /// Whether another request can be taken in.
    pub room: Room,
    /// What became of the expectation of the request that is being read.
    pub expectation: Expectation,
}

/// Whether a request can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// Yes: it would be the connection's first message.
    Untouched,
    /// Yes.
    Left,
    /// No: as many wait for their responses as are kept.
    Full,
}

/// What became of `Expect: 100-continue` (RFC 9110, 10.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// Nothing, or nothing was expected.
    Open,
    /// The final response came instead of 100 (Continue), before any of the body did.
    Refused,
}

/// What the reader of responses has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AskedSoFar {
    /// What the next bytes can be.
    pub awaited: Awaited,
    /// The method of the request that the response being read answers.
    pub method: AskedMethod,
}

/// What the next bytes can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The response to a request that waits.
    Response,
    /// Nothing: every request has its response, and it is certain where the last one ended.
    Nothing,
    /// Nobody can tell: no request waits, but one may have been missed, or the last response's end is a guess.
    Unknown,
}

/// A request's method, as far as it decides what a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedMethod {
    /// HEAD: no body follows.
    Head,
    /// CONNECT: a tunnel may follow.
    Connect,
    /// Any other.
    Other,
    /// It, or a part of it, was not captured or has not come.
    Unknown,
}
