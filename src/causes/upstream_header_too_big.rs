//! upstream-header-too-big: the application's response headers exceed the web server's buffer.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "upstream-header-too-big",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[502, 520],
    doc: include_str!("text/upstream_header_too_big.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["upstream-closed-early"],
    weigh,
};

const TOO_BIG: &[&str] = &["nginx-upstream-header-too-big"];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    signs::from_own_message(case, TOO_BIG, strength::PROOF)
}

/// One line that names what is wrong.
const TITLE: &str = "the application's response headers exceed the web server's buffer";

/// What confirms or refutes it.
const CHECK: &str = "curl -sk --resolve {host}:443:{origin} -D - -o /dev/null 'https://{host}{path}' | wc -c; nginx -T \
    2>/dev/null | grep -nE '(proxy|fastcgi|uwsgi)_(buffer_size|buffers|busy_buffers_size)'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Send a smaller head",
        target: "app",
        snippet: "# which lines are large? ask the application itself
curl -s -D head.txt -o /dev/null 'http://{upstream}{path}'; awk '{ print length($0), substr($0, 1, 60) }' head.txt | sort -rn | head -5
# Laravel: SESSION_DRIVER=redis instead of cookie      Rails: session_store :cache_store instead of :cookie_store
# Express: express-session instead of cookie-session   ASP.NET: a ticket store instead of chunked cookies",
        why: "The buffer is the smaller problem: what is set here comes back with every request of that \
              visitor.",
        risk: "Sessions that move to a store log everyone out once.",
        rollback: "Restore the former session driver",
    },
    Remedy {
        title: "Give the head room",
        target: "nginx",
        snippet: "# location that proxies; the largest head seen here has {bytes} bytes
proxy_buffer_size       32k;
proxy_buffers           8 32k;
proxy_busy_buffers_size 64k;",
        why: "The three go together: with proxy_buffer_size alone nginx -t complains about the busy size.",
        risk: "The memory is taken for every proxied request at once: 32 KB and more each.",
        rollback: "Remove the three lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Give the head room with PHP",
        target: "nginx",
        snippet: r#"# location ~ \.php$; the largest head seen here has {bytes} bytes
fastcgi_buffer_size       32k;
fastcgi_buffers           16 16k;
fastcgi_busy_buffers_size 64k;"#,
        why: "fastcgi_pass has buffers of its own; the proxy_ lines do nothing for it.",
        risk: "The memory is taken for every request at once.",
        rollback: "Remove the three lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Give the head room",
        target: "haproxy",
        snippet: "# global
tune.bufsize    32768
tune.http.maxhdr 256",
        why: "A response head must fit into one buffer, less 1024 bytes of reserve.",
        risk: "Two buffers for each active stream: memory doubles. Needs a restart of all processes.",
        rollback: "Remove both lines, then restart",
    },
];
