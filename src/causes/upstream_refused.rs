//! upstream-refused: the web server cannot reach its application.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "upstream-refused",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[502, 503],
    doc: include_str!("text/upstream_refused.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const REFUSED: &[&str] = &[
    "nginx-connect-refused",
    "nginx-connect-no-socket",
    "nginx-connect-no-route",
    "nginx-connect-socket-permission",
    "nginx-no-live-upstreams",
    "nginx-upstream-unresolved",
    "apache-backend-refused",
    "haproxy-no-server",
];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    signs::from_own_message(case, REFUSED, strength::STRONG)
}

/// One line that names what is wrong.
const TITLE: &str = "the web server cannot reach its application";

/// What confirms or refutes it.
const CHECK: &str = "ss -ltnp; ss -lxp; curl -sv --connect-timeout 3 http://{upstream}/ -o /dev/null";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Keep the application running",
        target: "systemd",
        snippet: "# app.service stands for the application behind {upstream}
systemctl enable --now app.service
mkdir -p /etc/systemd/system/app.service.d
cat > /etc/systemd/system/app.service.d/restart.conf <<'EOF'
[Unit]
StartLimitIntervalSec=300
StartLimitBurst=20

[Service]
Restart=always
RestartSec=1s
EOF
systemctl daemon-reload",
        why: "Nothing accepts on the address that the web server asks; a supervisor closes the gap after a \
              crash or a failed start.",
        risk: "An application that fails at every start is restarted up to 20 times in five minutes.",
        rollback: "rm /etc/systemd/system/app.service.d/restart.conf && systemctl daemon-reload",
    },
    Remedy {
        title: "Name one address on both sides and have a second server",
        target: "nginx",
        snippet: "# http { }
upstream app {
    server 127.0.0.1:8080 max_fails=3 fail_timeout=5s;
    server 127.0.0.1:8081 max_fails=3 fail_timeout=5s;
    keepalive 32;
}
# location: proxy_pass http://app;",
        why: "localhost may mean ::1 on one side and 127.0.0.1 on the other. With two servers a restart of \
              one is not seen; the short fail_timeout ends the pause after it.",
        risk: "Both servers must share sessions.",
        rollback: "Restore the former proxy_pass, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Agree on the socket",
        target: "php-fpm",
        snippet: "; pool file; the path must equal fastcgi_pass unix:/run/php/php-fpm.sock;
listen = /run/php/php-fpm.sock
listen.owner = www-data
listen.group = www-data
listen.mode = 0660",
        why: "The default path of the socket carries the PHP version and changes with an upgrade.",
        risk: "A wrong owner turns the refusal into Permission denied.",
        rollback: "Restore the former values, then systemctl restart php-fpm",
    },
    Remedy {
        title: "Try another server",
        target: "haproxy",
        snippet: "# backend
option redispatch 1
retries 3
retry-on conn-failure
default-server check inter 2s fall 3 rise 2",
        why: "A refused connection has carried no request, so that it is safe to ask the next server.",
        risk: "Needs a second server; the checks add a little traffic.",
        rollback: "Remove the lines, then reload",
    },
];
