//! Remedies of keepalive-race.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "the origin closes idle connections before the edge does";

/// What confirms or refutes it.
pub const CHECK: &str = "tshark -r capture.pcap -Y 'tcp.flags.fin == 1 && ip.src == {origin} && tcp.time_delta > 4' -T fields -e \
    tcp.stream -e tcp.time_delta";

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Keep idle connections open longer than the edge does",
        target: "nginx",
        snippet: "# http { } or server { }; measured until now: {idle_s} s
keepalive_timeout 910s;
keepalive_requests 10000;",
        why: "The edge reuses a connection for up to 900 s of idleness. Above that it is always the edge \
              that closes, and no request can meet a closed socket. The 300 s of many articles only make \
              the race rarer.",
        risk: "Idle connections hold a slot of worker_connections and some kilobytes each; look at their \
              number after the change.",
        rollback: "Restore the former keepalive_timeout, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Keep idle connections open longer than the edge does",
        target: "apache",
        snippet: "# event MPM; measured until now: {idle_s} s
KeepAlive On
KeepAliveTimeout 910
MaxKeepAliveRequests 10000",
        why: "The same for Apache, whose default of 5 s makes the race frequent.",
        risk: "With the prefork or worker MPM each idle connection holds a process or thread: change to the \
              event MPM first, or the pool runs dry.",
        rollback: "Restore the former KeepAliveTimeout, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Keep idle connections open longer than the edge does",
        target: "haproxy",
        snippet: "# defaults or frontend; measured until now: {idle_s} s
timeout http-keep-alive 910s",
        why: "Unset, timeout http-request or timeout client applies to idle connections, which is usually 10 \
              to 60 s.",
        risk: "Idle connections count against maxconn of the frontend.",
        rollback: "Restore the former value, then haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload \
              haproxy",
    },
    Remedy {
        title: "Raise the idle timeout of the application server",
        target: "app",
        snippet: "// Node.js, where it faces the edge itself; milliseconds
server.keepAliveTimeout = 910_000;
server.headersTimeout = 915_000;",
        why: "Runtimes close idle connections after a few seconds by default; whatever listens for the edge \
              has to outlast it.",
        risk: "More open sockets; see that the limit of file descriptors is high enough.",
        rollback: "Remove both lines and restart",
    },
];
