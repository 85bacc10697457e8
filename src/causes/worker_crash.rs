//! worker-crash: the serving process dies on the request.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::MessageRow;
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "worker-crash",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 502],
    doc: include_str!("text/worker_crash.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["worker-pool-exhausted"],
    weigh,
};

const EXITED: &[&str] = &[
    "nginx-worker-exited-on-signal",
    "nginx-worker-exited",
    "php-fpm-child-signalled",
    "php-fpm-child-exited",
    "apache-child-died",
    "apache-child-fatal",
    "kernel-segfault",
    "systemd-main-killed",
    "systemd-main-exited",
    "uwsgi-worker-died",
    "gunicorn-worker-killed",
    "gunicorn-worker-exited",
    "java-crashed",
    "go-died",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if !signs::process_went_away(case, incident) {
        return None;
    }
    // The parent notices at once; logs of whole seconds round down.
    let nearest = |row: &&MessageRow| {
        let time = incident.time_of(row);
        (time.since(case.end).abs(), row.place)
    };
    let died =
        signs::messages_near(case, incident, EXITED, SECOND, 2 * SECOND).filter(|row| !ended_in_order(row));
    let row = died.min_by_key(nearest)?;
    let text = format!("at that moment a process dies: {}", quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}

/// A worker that was told to go (SIGHUP, SIGINT, SIGQUIT, SIGTERM), or that left with code 0, did not die of a request.
fn ended_in_order(row: &MessageRow) -> bool {
    let by_signal = row.line.text.contains("signal");
    matches!((by_signal, row.line.figure), (true, Some(1 | 2 | 3 | 15)) | (false, Some(0)))
}

/// One line that names what is wrong.
const TITLE: &str = "the serving process dies on the request";

/// What confirms or refutes it.
const CHECK: &str = "journalctl --since '-1 hour' | grep -E 'exited on signal|exit \
    signal|segfault|status=[0-9]+/(SEGV|ABRT|BUS|ILL)'; coredumpctl list --since '-1 hour'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Keep the core and read the backtrace",
        target: "systemd",
        snippet: "mkdir -p /etc/systemd/system/php-fpm.service.d
cat > /etc/systemd/system/php-fpm.service.d/core.conf <<'EOF'
[Service]
LimitCORE=infinity
Restart=on-failure
RestartSec=1s
EOF
systemctl daemon-reload && systemctl restart php-fpm
# after the next crash:
coredumpctl info php-fpm",
        why: "The innermost frames name the extension or library that crashes; without them every change is \
              a guess. The unit's name is an example.",
        risk: "Cores hold memory content, also personal data, and can be large; coredump.conf bounds them.",
        rollback: "rm /etc/systemd/system/php-fpm.service.d/core.conf && systemctl daemon-reload",
    },
    Remedy {
        title: "Take the suspected extension out",
        target: "php-fpm",
        snippet: "; conf.d/NN-extension.ini of the extension that the backtrace names, or that came with the last change
; extension=NAME.so
; for crashes inside the compiler:
opcache.jit = disable",
        why: "Most crashes of php-fpm come from one extension or from the just-in-time compiler.",
        risk: "The site may need the extension; the compiler's speed is lost.",
        rollback: "Restore the lines, then systemctl reload php-fpm",
    },
    Remedy {
        title: "Ask another worker",
        target: "nginx",
        snippet: "# location that proxies to {upstream}; needs at least two servers in its group
proxy_next_upstream error timeout;
proxy_next_upstream_tries 2;
proxy_next_upstream_timeout 10s;",
        why: "A request that dies with its worker is given to the next one. nginx does so for POST only with \
              non_idempotent, which should stay off.",
        risk: "A request that crashes every worker takes down two instead of one.",
        rollback: "proxy_next_upstream_tries 1; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Take the last change back",
        target: "linux",
        snippet: "# what changed before the first crash
grep -E ' (install|upgrade) ' /var/log/dpkg.log | tail -20
# apt-get install PACKAGE=OLD_VERSION && apt-mark hold PACKAGE",
        why: "A crash that begins on the day of an update is most often the update.",
        risk: "An older version may lack security fixes: hold it briefly.",
        rollback: "apt-mark unhold PACKAGE && apt-get upgrade",
    },
];
