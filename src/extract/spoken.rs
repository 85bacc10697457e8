//! What was said on a connection, once nothing is added to it.

use serde::{Deserialize, Serialize};

use crate::flow::{Arrival, Side};
use crate::http;
use crate::http::exchange::Exchange;
use crate::tls;

/// What a conversation turned out to be.
#[derive(Default, Serialize, Deserialize)]
pub struct Spoken {
    /// The TLS handshake before it.
    pub tls: Option<Box<tls::Handshake>>,
    /// The exchanges that were not taken before.
    pub rest: Vec<Exchange>,
    /// What it tells as HTTP/2.
    pub http2: Option<Box<http::Http2Facts>>,
    /// Where the server says what is no HTTP.
    pub not_http: Option<Arrival>,
    /// The side that sent the requests, where that is known.
    pub client_side: Option<Side>,
    /// Another protocol was spoken before its TLS.
    pub is_behind_other: bool,
}

impl Spoken {
    /// What was told by a conversation to which nothing is added.
    pub fn of(conversation: http::HttpConversation) -> Spoken {
        let client_side = conversation.client_side();
        let not_http = client_side.and_then(|client| conversation.not_http(client.peer()));
        let (rest, http2) = conversation.finish();
        Spoken { tls: None, rest, http2, not_http, client_side, is_behind_other: false }
    }
}
