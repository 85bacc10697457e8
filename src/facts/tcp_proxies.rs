//! What a proxy that passes bytes on and reads no request (nginx's stream module, HAProxy's `mode tcp`; stunnel and hitch, which end TLS) says of a connection
//! for which nobody behind it is there. It has taken the connection by then, so the edge is not refused (521): its handshake breaks (525), it gets nothing (520),
//! or it waits (522).

/// What such a proxy says of the server behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerBehind {
    /// It is not there; the proxy closes at once.
    Gone,
    /// It does not answer; the proxy waits, and closes at last.
    Silent,
}

/// Messages and endings by their ids in `facts::messages` and `facts::endings`. nginx writes them with the client and without a request (nginx @ 3f6f782,
/// src/stream/ngx_stream_handler.c, `ngx_stream_log_error`; ngx_stream_proxy_module.c, `ngx_stream_proxy_connect`), HAProxy as the state of a
/// connection (haproxy @ 50872daa6, doc/configuration.txt 8.2.2, 8.5). stunnel and hitch tell client and port of every connection (see `facts::messages`).
const GONE: [&str; 12] = [
    "haproxy-no-server-left",
    "haproxy-server-marked-down",
    "haproxy-server-refused",
    "hitch-backend-refused",
    "nginx-connect-no-route",
    "nginx-connect-no-socket",
    "nginx-connect-refused",
    "nginx-no-live-upstreams",
    "nginx-ports-used-up",
    "nginx-upstream-unresolved",
    "stunnel-backend-refused",
    "stunnel-backend-unresolved",
];
const SILENT: [&str; 4] = [
    "haproxy-connect-timed-out",
    "hitch-connect-timed-out",
    "nginx-connect-timed-out",
    "stunnel-connect-timed-out",
];

/// The edge's statuses of what such a proxy took and could not pass on.
const STATUSES: [u16; 3] = [520, 522, 525];

/// What a message or ending says of the server behind, where the line that has it names a connection alone.
pub fn server_behind(id: &str) -> Option<ServerBehind> {
    if GONE.contains(&id) {
        return Some(ServerBehind::Gone);
    }
    SILENT.contains(&id).then_some(ServerBehind::Silent)
}

/// Whether the edge may have this status of what was not passed on.
pub fn may_be_unpassed(edge_status: u16) -> bool {
    STATUSES.contains(&edge_status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{endings, messages};

    #[test]
    fn every_line_is_one_that_is_known() {
        for id in GONE.iter().chain(&SILENT) {
            assert!(messages::by_id(id).is_some() || endings::by_id(id).is_some(), "{id}");
        }
        assert_eq!(server_behind("nginx-connect-refused"), Some(ServerBehind::Gone));
        assert_eq!(server_behind("haproxy-connect-timed-out"), Some(ServerBehind::Silent));
        assert_eq!(server_behind("nginx-upstream-reset"), None);
        assert!(may_be_unpassed(525) && !may_be_unpassed(521));
    }
}
