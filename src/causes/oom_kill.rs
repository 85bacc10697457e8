//! oom-kill: the kernel kills the serving process for lack of memory.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "oom-kill",
    title: TITLE,
    layer: Layer::Application,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520, 502],
    doc: include_str!("text/oom_kill.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["worker-crash", "worker-pool-exhausted"],
    weigh,
};

const KILLED: &[&str] =
    &["kernel-oom-killed", "kernel-oom-killed-in-cgroup", "kernel-oom-constraint", "systemd-oom-killed"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if !signs::process_went_away(case, incident) {
        return None;
    }
    let nearest =
        |row: &&crate::evidence::MessageRow| (incident.time_of(row).since(case.end).abs(), row.place);
    let row = signs::messages_near(case, incident, KILLED, 2 * SECOND, 2 * SECOND).min_by_key(nearest)?;
    let text = format!("at that moment the kernel kills a process: {}", quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}

/// One line that names what is wrong.
const TITLE: &str = "the kernel kills the serving process for lack of memory";

/// What confirms or refutes it.
const CHECK: &str = "journalctl -k --since '-1 day' | grep -E 'oom-kill:|Killed process|invoked oom-killer'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Make the workers fit into the memory",
        target: "php-fpm",
        snippet: "; pool file. pm.max_children = memory for the pool / memory of one worker, see:
;   ps -C php-fpm -o rss= | sort -n | tail
pm.max_children = 20
pm.max_requests = 500
php_admin_value[memory_limit] = 256M",
        why: "The sum of all workers at their largest must stay below the limit; recycling gives back what \
              leaks, and the limit lets one request fail instead of the process.",
        risk: "Fewer workers may queue requests; large jobs meet the memory limit.",
        rollback: "Restore the former values, then systemctl reload php-fpm",
    },
    Remedy {
        title: "Give the unit a limit that throttles before it kills",
        target: "systemd",
        snippet: "# app.service stands for the service that was killed; values for a host with 4 GB
systemctl set-property app.service MemoryHigh=2500M MemoryMax=3G
systemctl show app.service -p MemoryHigh -p MemoryMax -p OOMPolicy",
        why: "Above MemoryHigh the kernel slows the service down and reclaims; only MemoryMax kills, and \
              then only inside the unit.",
        risk: "Under throttling the service answers slowly.",
        rollback: "systemctl revert app.service && systemctl daemon-reload",
    },
    Remedy {
        title: "Add swap as a cushion",
        target: "linux",
        snippet: "fallocate -l 2G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile
echo '/swapfile none swap sw 0 0' >> /etc/fstab
sysctl -w vm.swappiness=10",
        why: "Pages that are never used again make room; a short peak no longer kills.",
        risk: "A host that needs more memory for good becomes slow instead. Not every file system takes \
              fallocate for swap.",
        rollback: "swapoff /swapfile && rm /swapfile, and remove the line from /etc/fstab",
    },
    Remedy {
        title: "Recycle workers and stream large results",
        target: "app",
        snippet: "# gunicorn: a worker ends after some requests, not all at once
gunicorn app:application --workers 4 --max-requests 1000 --max-requests-jitter 200",
        why: "Slow leaks never grow large; exports should be written in pieces instead of being built in \
              memory.",
        risk: "A little time is lost for each new worker.",
        rollback: "Remove both arguments and restart",
    },
];
