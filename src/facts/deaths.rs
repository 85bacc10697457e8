//! Deaths of processes, as their parents, the kernel and they themselves tell of them.

/// The messages, by their ids in `facts::messages` or, of an access line's code, in `facts::endings` (see there for the source of each).
pub const PROCESS_DIED: &[&str] = &[
    "nginx-worker-exited-on-signal",
    "nginx-worker-exited",
    "php-fpm-child-signalled",
    "php-fpm-child-exited",
    "apache-child-died",
    "apache-child-fatal",
    "apache-children-killed",
    "haproxy-worker-died",
    "lighttpd-child-died",
    "varnish-died",
    "hitch-worker-died",
    "kernel-segfault",
    "systemd-main-killed",
    "systemd-main-exited",
    "systemd-dumped-core",
    "systemd-watchdog",
    "uwsgi-worker-died",
    "uwsgi-segfault",
    "gunicorn-worker-terminated",
    "gunicorn-worker-killed",
    "gunicorn-worker-exited",
    "unicorn-worker-died",
    "uvicorn-worker-died",
    "ruby-crashed",
    "passenger-crashed",
    "passenger-process-gone",
    "supervisor-killed",
    "supervisor-exited",
    "node-unhandled-error",
    "node-uncaught",
    "node-heap-out-of-memory",
    "node-worker-died",
    "java-crashed",
    "go-died",
    "dotnet-died",
    "pm2-program-died",
    "heroku-dyno-crashed",
    "container-died",
    "http-sys-worker-gone",
    "http-sys-application-failed",
];

/// Those of whole services: nothing is served until they are started again.
pub const SERVICE_DIED: &[&str] = &[
    "http-sys-application-failed",
    "systemd-main-killed",
    "systemd-main-exited",
    "systemd-dumped-core",
    "systemd-watchdog",
    "supervisor-killed",
    "supervisor-exited",
    "haproxy-worker-died",
    "varnish-died",
    "node-unhandled-error",
    "node-uncaught",
    "node-heap-out-of-memory",
    "java-crashed",
    "go-died",
    "dotnet-died",
    "pm2-program-died",
    "heroku-dyno-crashed",
    "container-died",
];

/// Those of children whose parent listens: connections are taken as before, and wait (php-fpm, nginx, Apache, gunicorn, uWSGI and the like open the socket once and fork).
const OF_CHILDREN: &[&str] = &[
    "nginx-worker-exited-on-signal",
    "nginx-worker-exited",
    "php-fpm-child-signalled",
    "php-fpm-child-exited",
    "apache-child-died",
    "apache-child-fatal",
    "hitch-worker-died",
    "uwsgi-worker-died",
    "uwsgi-segfault",
    "gunicorn-worker-terminated",
    "gunicorn-worker-killed",
    "gunicorn-worker-exited",
    "unicorn-worker-died",
    "uvicorn-worker-died",
    "node-worker-died",
];

/// Beginnings of those of children that answer requests themselves, and what stands at the beginning of the Server header of what they answer (each program's own
/// documentation: `server_tokens`, ServerTokens; gunicorn/http/wsgi.py, `default_headers`; uvicorn/config.py, `server_header`).
const ANSWERING: &[(&str, &str)] = &[
    ("nginx-worker-", "nginx"),
    ("apache-child-", "apache"),
    ("gunicorn-worker-", "gunicorn"),
    ("uvicorn-worker-", "uvicorn"),
];

/// Those that the kernel or a manager killed for want of memory, and closed what they held.
pub const KILLED_FOR_MEMORY: &[&str] = &[
    "kernel-oom-killed",
    "kernel-oom-killed-in-cgroup",
    "kernel-oom-constraint",
    "kernel-oom-reaped",
    "systemd-oom-killed",
    "systemd-oomd-killed",
    "containerd-memory-limit",
    "container-killed-for-memory",
    "heroku-memory-vastly-exceeded",
];

/// Those of processes that ended, by themselves or killed.
pub const ENDED: [&[&str]; 2] = [PROCESS_DIED, KILLED_FOR_MEMORY];

/// What a server in front says of a connection that the one behind refused.
pub const REFUSED_BEHIND: &[&str] = &[
    "nginx-connect-refused",
    "apache-backend-refused",
    "cloudflared-origin-refused",
    "haproxy-server-refused",
    "go-proxy-backend-refused",
    "go-proxy-refused",
    "traffic-server-backend-refused",
    "lighttpd-backend-refused",
    "litespeed-backend-refused",
    "varnish-backend-refused",
    "node-proxy-refused",
    "squid-server-refused",
    "stunnel-backend-refused",
    "hitch-backend-refused",
];

/// What managers of processes say of a worker that they end since a request takes it too long, and what ends a request for that reason.
pub const TIME_LIMITED: &[&str] = &[
    "php-fpm-terminated",
    "gunicorn-worker-timeout",
    "uwsgi-harakiri",
    "uwsgi-harakiri-request",
    "unicorn-worker-timeout",
    "puma-worker-timeout",
    "rack-timeout",
    "daphne-timed-out",
];

/// Those of them that name the request at which a worker is killed: it is never over, so a server that logs requests when they are has no line of it.
pub const KILLED_AT_REQUEST: &[&str] = &["uwsgi-harakiri-request"];

/// What the edge says of a request that was under way with such a process: it got no usable answer, or one of a server in front (502).
const STATUSES: [u16; 2] = [502, 520];

/// Whether a message tells of a process that died.
pub fn tells_of_death(signature: &str) -> bool {
    PROCESS_DIED.contains(&signature)
}

/// Whether a message tells of a process that ended, by itself or killed.
pub fn tells_of_end(signature: &str) -> bool {
    ENDED.iter().any(|told| told.contains(&signature))
}

/// Whether it was a child whose parent goes on listening, so that nothing is refused for it.
pub fn tells_of_child(signature: &str) -> bool {
    OF_CHILDREN.contains(&signature)
}

/// Whether the process that it tells of is of the program that a Server header names, and would have answered itself.
pub fn is_of_answering(signature: &str, server: &str) -> bool {
    let begins =
        |name: &str| server.get(..name.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(name));
    ANSWERING.iter().any(|(told, name)| signature.starts_with(told) && begins(name))
}

/// Whether a message tells of a process that was killed for want of memory.
pub fn killed_for_memory(signature: &str) -> bool {
    KILLED_FOR_MEMORY.contains(&signature)
}

/// Whether a status of the edge may tell of one.
pub fn may_be_of_death(edge_status: u16) -> bool {
    STATUSES.contains(&edge_status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{endings, messages};

    #[test]
    fn every_message_is_one_that_is_known() {
        for id in PROCESS_DIED
            .iter()
            .chain(SERVICE_DIED)
            .chain(OF_CHILDREN)
            .chain(KILLED_FOR_MEMORY)
            .chain(REFUSED_BEHIND)
        {
            let known = messages::by_id(id).is_some() || endings::by_id(id).is_some();
            assert!(known, "{id}");
        }
        assert!(OF_CHILDREN.iter().chain(SERVICE_DIED).all(|id| tells_of_death(id)));
        assert!(tells_of_death("apache-child-died") && !tells_of_death("apache-client-denied"));
        assert!(may_be_of_death(520) && !may_be_of_death(525));
    }
}
