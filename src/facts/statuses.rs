//! Status codes of the edge and what they say (Cloudflare docs: support/troubleshooting/http-status-codes).

/// The edge's own statuses for a failed origin request: 520 to 527 and 530.
pub fn is_edge_failure(status: u16) -> bool {
    matches!(status, 520..=527 | 530)
}
