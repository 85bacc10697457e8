//! Status codes of the edge (Cloudflare docs: support/troubleshooting/http-status-codes).

/// Whether the edge gives this status when its request to the origin failed: 520 to 527 and 530.
pub fn is_edge_failure(status: u16) -> bool {
    matches!(status, 520..=527 | 530)
}
