//! fd-exhausted: the origin has no file descriptors left.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "fd-exhausted",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 500, 502],
    doc: include_str!("text/fd_exhausted.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["worker-pool-exhausted"],
    weigh,
};

const USED_UP: &[&str] = &[
    "nginx-files-used-up",
    "apache-files-used-up",
    "php-fpm-files-used-up",
    "node-files-used-up",
    "java-files-used-up",
    "go-files-used-up",
    "kernel-files-used-up",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, USED_UP, strength::PROOF).unwrap_or_default();
    // A server that cannot accept leaves the connection in its queue: the line says so of nobody in particular.
    if !weight.positive
        && (signs::process_went_away(case, incident) || super::waited_for_nothing(case, incident))
        && let Some(row) = signs::messages_near(case, incident, USED_UP, SECOND, SECOND).next()
    {
        let text = format!("no file descriptors are left: {}", quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin has no file descriptors left";

/// What confirms or refutes it.
const CHECK: &str = r#"for p in $(pgrep 'nginx|haproxy|httpd|apache2|php-fpm|node'); do printf '%s %s %s of %s\n' "$p" "$(cat /proc/$p/comm)" "$(ls /proc/$p/fd | wc -l)" "$(awk '/open files/ { print $4 }' /proc/$p/limits)"; done | sort -k3n | tail"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Raise the limit where the service starts",
        target: "systemd",
        snippet: "mkdir -p /etc/systemd/system/nginx.service.d
cat > /etc/systemd/system/nginx.service.d/limits.conf <<'EOF'
[Service]
LimitNOFILE=65536
EOF
systemctl daemon-reload && systemctl restart nginx
grep 'open files' /proc/$(pgrep -o nginx)/limits",
        why: "systemd's own limit is the one that holds for services; the last line shows what the \
              process really has. The same for php-fpm, haproxy and the application.",
        risk: "The restart ends running requests; do it once, in a quiet minute.",
        rollback: "rm /etc/systemd/system/nginx.service.d/limits.conf && systemctl daemon-reload && systemctl \
              restart nginx",
    },
    Remedy {
        title: "Make the numbers fit",
        target: "nginx",
        snippet: "# main context; two descriptors for each proxied request, and some for files and logs
worker_rlimit_nofile 65536;
events {
    worker_connections 16384;
}",
        why: "nginx raises the limit for its workers by itself, up to the hard limit; it also works with \
              a reload.",
        risk: "More connections need more memory. Above the hard limit nginx logs setrlimit failed: raise \
              it in systemd.",
        rollback: "Restore the former values, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Find what leaks",
        target: "linux",
        snippet: "# twice, some minutes apart: which kind grows?
P=$(pgrep -o php-fpm)    # or the application
ls -l /proc/$P/fd | awk '{ print $NF }' | sed -E 's/[0-9]+/N/g' | sort | uniq -c | sort -rn | head
ss -tnp state close-wait | awk '{ print $4 }' | sort | uniq -c | sort -rn | head",
        why: "A higher limit only delays a leak. CLOSE-WAIT towards one address names the client code \
              that does not close.",
        risk: "None, the commands only read.",
        rollback: "Nothing to take back",
    },
    Remedy {
        title: "Raise the limit in the pool",
        target: "php-fpm",
        snippet: "; global section of php-fpm.conf, or the pool
rlimit_files = 65536",
        why: "Each child holds its sockets, sessions, logs and database connections.",
        risk: "The hard limit of the service must allow it.",
        rollback: "Remove the line, then systemctl reload php-fpm",
    },
];
