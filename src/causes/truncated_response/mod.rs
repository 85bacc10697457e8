//! What speaks for `truncated-response`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::http::exchange::{BodyState, Cut, Framing, Response};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, kept) = case.exchanges(&incident.evidence).next_back()?;
    let response = kept.exchange.response.as_ref()?;
    let text = cut(response)?;
    let end = row.connection.closed_first().map_or(response.last, |(_, _, at)| at);
    Weight::new().shown(strength::STRONG, text, row.place(end), when(end)).some()
}

/// What was announced and what came, where the origin itself cut it short.
fn cut(response: &Response) -> Option<String> {
    let (in_head, how) = match response.body.state {
        BodyState::InHead(cut) => (true, cut),
        BodyState::InBody(cut) => (false, cut),
        BodyState::Complete | BodyState::Lost => return None,
    };
    let how = match how {
        Cut::Fin => "closes (FIN)",
        Cut::Reset(Side::Server) => "resets the connection",
        Cut::Reset(Side::Client) | Cut::Capture => return None,
    };
    let received = response.body.received;
    Some(match (in_head, response.body.framing) {
        (true, _) => {
            format!("the origin {how} inside the response's head, after {} bytes", response.head.bytes)
        }
        (false, Framing::Length(length)) => {
            format!("the origin {how} after {received} of {length} bytes (Content-Length)")
        }
        (false, Framing::Chunked) => format!("the origin {how} after {received} bytes without a last chunk"),
        (false, _) => format!("the origin {how} after {received} bytes of body"),
    })
}
