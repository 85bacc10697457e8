//! Status codes of the edge and what they say (Cloudflare docs: support/troubleshooting/http-status-codes).

/// The edge's own statuses for a failed origin request: 520 to 527 and 530.
pub fn is_edge_failure(status: u16) -> bool {
    matches!(status, 520..=527 | 530)
}

/// A one-line meaning of a status that the edge gives, for people.
pub fn meaning(status: u16) -> Option<&'static str> {
    let (_, meaning) = MEANINGS.iter().find(|(code, _)| *code == status)?;
    Some(meaning)
}

/// Cloudflare docs: cloudflare-5xx-errors/error-NNN; 499: 4xx-client-error/error-499.
const MEANINGS: [(u16, &str); 11] = [
    (499, "the client closed the connection first"),
    (502, "bad gateway"),
    (504, "gateway timeout"),
    (520, "the origin answered something the edge could not use"),
    (521, "the origin refused the connection"),
    (522, "the connection to the origin timed out"),
    (523, "the origin is unreachable"),
    (524, "the origin accepted the request and did not answer in time"),
    (525, "the TLS handshake with the origin failed"),
    (526, "the origin's certificate was not accepted"),
    (530, "the edge could not resolve or use the origin's name"),
];
