//! Requests that came through a tunnel: its near end asked the application, whatever the edge's record says of an origin.

/// Messages by which the tunnel's near end says of one request that it asked, by their ids in `facts::messages` (see there for the source).
const ASKED: [&str; 6] = [
    "cloudflared-inner-tls-failed",
    "cloudflared-origin-closed",
    "cloudflared-origin-refused",
    "cloudflared-origin-timed-out",
    "cloudflared-origin-unreachable",
    "cloudflared-origin-unresolved",
];

/// Whether a message says that a request came through a tunnel and was passed on.
pub fn has_asked(signature: &str) -> bool {
    ASKED.contains(&signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn every_message_is_one_that_is_known() {
        assert!(ASKED.iter().all(|id| messages::by_id(id).is_some()), "{ASKED:?}");
        assert!(has_asked("cloudflared-origin-refused") && !has_asked("cloudflared-disconnected"));
    }
}
