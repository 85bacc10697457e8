//! Messages of which a server writes one for each request that fails so, without saying which.

use super::{deaths, failed_requests, handshakes};

/// What applications write of a request that got nothing from their database, by ids in `facts::messages` (see there for the source of each).
const OF_DATABASE: [&str; 3] =
    ["database-connections-used-up", "database-pool-used-up", "database-statement-timed-out"];

/// What servers in front write of one behind that gave them no answer, and of no request by what was asked: Apache names the client alone, Go's and Node's proxies
/// nobody.
const OF_SERVER_BEHIND: [&str; 23] = [
    "apache-backend-refused",
    "apache-backend-timed-out",
    "apache-backend-closed-early",
    "apache-backend-unresolved",
    "apache-fastcgi-failed",
    "go-proxy-backend-refused",
    "go-proxy-backend-unresolved",
    "go-proxy-connect-timed-out",
    "go-proxy-backend-timed-out",
    "go-proxy-backend-closed-early",
    "go-proxy-refused",
    "go-proxy-timed-out",
    "go-proxy-closed",
    "go-proxy-unresolved",
    "node-proxy-refused",
    "node-proxy-timed-out",
    "node-proxy-closed",
    "lighttpd-backend-refused",
    "lighttpd-backend-timed-out",
    "lighttpd-backend-closed-early",
    "java-upstream-unreachable",
    "java-upstream-timed-out",
    "java-upstream-closed",
];

/// Whether a message is one of a request that got nothing from its database.
pub fn is_left_for_want_of_database(signature: &str) -> bool {
    OF_DATABASE.contains(&signature)
}

/// Whether a message is one of a request that failed, or of a process that died with it.
pub fn is_left_by_failure(signature: &str) -> bool {
    is_left_for_want_of_database(signature)
        || OF_SERVER_BEHIND.contains(&signature)
        || handshakes::tells_of_failed_handshake(signature)
        || failed_requests::answered_with(signature).is_some()
        || deaths::tells_of_death(signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn every_message_is_one_that_is_known() {
        assert!(OF_DATABASE.iter().chain(&OF_SERVER_BEHIND).all(|id| messages::by_id(id).is_some()));
        assert!(is_left_by_failure("tls-alert-expired") && is_left_by_failure("database-pool-used-up"));
        assert!(!is_left_by_failure("nginx-keepalive-closed"));
    }
}
