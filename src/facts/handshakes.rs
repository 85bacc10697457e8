//! Handshakes that failed, as servers and the edge tell of them. What was to be asked never came to the server, so its messages name the client alone.

/// The messages, by their ids in `facts::messages` (see there for the source of each).
const FAILED: [&str; 24] = [
    "apache-tls-handshake-failed",
    "apache-tls-left",
    "apache-client-certificate-rejected",
    "go-tls-handshake-failed",
    "go-proxy-unknown-name",
    "haproxy-client-certificate-rejected",
    "haproxy-handshake-closed",
    "haproxy-tls-handshake-failed",
    "hitch-handshake-closed",
    "hitch-handshake-failed",
    "lighttpd-unknown-name",
    "nginx-tls-handshake-failed",
    "nginx-tls-name-rejected",
    "nginx-tls-no-shared-cipher",
    "nginx-tls-protocol-version",
    "stunnel-handshake-closed",
    "stunnel-handshake-failed",
    "tls-alert-bad-certificate",
    "tls-alert-expired",
    "tls-alert-unknown-authority",
    "tls-cipher-unshared",
    "tls-client-certificate-missing",
    "tls-no-application-protocol",
    "tls-version-unshared",
];

/// Those that a server of TLS 1.3 says when the client has done its part and may have asked (RFC 8446, 2 and 4.4.2.4): the handshake is over to the edge, and no answer
/// comes.
const SAID_LAST: [&str; 3] = [
    "apache-client-certificate-rejected",
    "haproxy-client-certificate-rejected",
    "tls-client-certificate-missing",
];

/// Those that say no more than that nothing came or that the client left: who probes a port leaves them, too.
const OF_LEAVING: [&str; 5] = [
    "apache-tls-left",
    "go-tls-handshake-failed",
    "haproxy-handshake-closed",
    "hitch-handshake-closed",
    "stunnel-handshake-closed",
];

/// The edge's statuses where the handshake with the origin failed (developers.cloudflare.com, 5xx errors: 525, 526).
const STATUSES: [u16; 2] = [525, 526];

/// Whether a message tells of a failed handshake.
pub fn tells_of_failed_handshake(signature: &str) -> bool {
    FAILED.contains(&signature)
}

/// Whether a message tells of one, and why it failed.
pub fn tells_why_handshake_failed(signature: &str) -> bool {
    tells_of_failed_handshake(signature) && !OF_LEAVING.contains(&signature)
}

/// Whether a message tells of one that failed by the client's last part of it.
pub fn is_said_last(signature: &str) -> bool {
    SAID_LAST.contains(&signature)
}

/// Whether a status of the edge tells of one.
pub fn is_failed_handshake(edge_status: u16) -> bool {
    STATUSES.contains(&edge_status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn every_message_is_one_that_is_known() {
        assert!(FAILED.iter().all(|id| messages::by_id(id).is_some()), "{FAILED:?}");
        assert!(tells_of_failed_handshake("nginx-tls-handshake-failed"));
        assert!(!tells_of_failed_handshake("nginx-access-forbidden"));
        assert!(SAID_LAST.iter().all(|id| tells_of_failed_handshake(id)), "{SAID_LAST:?}");
        assert!(is_said_last("tls-client-certificate-missing") && !is_said_last("tls-cipher-unshared"));
        assert!(is_failed_handshake(525) && !is_failed_handshake(520));
    }
}
