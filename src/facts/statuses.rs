//! Status codes of the edge (Cloudflare docs: support/troubleshooting/http-status-codes).

/// Whether the edge hands on what an origin sends with this status of a server's error, and has no page of its own for it (Cloudflare API: zone setting
/// `origin_error_page_pass_thru`, which is about 502 and 504).
pub fn is_handed_on_with_its_page(status: u16) -> bool {
    matches!(status, 500 | 501 | 503 | 505)
}

/// Whether the edge gives this status when its request to the origin failed: 520 to 527 and 530.
pub fn is_edge_failure(status: u16) -> bool {
    matches!(status, 520..=527 | 530)
}
