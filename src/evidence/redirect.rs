//! Redirects that lead to the URL that was asked for.

use crate::http::exchange::{Exchange, Response};

/// Whether an answer sends its client to what it asked for.
pub(super) fn leads_to_itself(exchange: &Exchange, response: &Response) -> bool {
    let (Some(request), Some(location)) = (&exchange.request, &response.location) else { return false };
    let Some(host) = &request.host else { return false };
    is_same_url(location, host, &request.target)
}

/// Whether a Location is an absolute URL of this host and target. Scheme and default port are ignored.
pub(super) fn is_same_url(location: &str, host: &str, target: &str) -> bool {
    let Some((_, rest)) = location.split_once("://") else { return false };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let bare =
        |authority: &str| authority.trim_end_matches(":443").trim_end_matches(":80").to_ascii_lowercase();
    let path = if path.is_empty() { "/" } else { path };
    bare(authority) == bare(host) && path.split('#').next() == Some(target)
}
