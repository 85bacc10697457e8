//! conntrack-full: the connection-tracking table is full and packets are dropped.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "conntrack-full",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[522],
    doc: include_str!("text/conntrack_full.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const FULL: &[&str] = &["kernel-conntrack-full"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if super::unanswered_syn(case, incident).is_none() && case.edge_status() != Some(522) {
        return None;
    }
    // The kernel says it at most every few seconds.
    let row = signs::messages_near(case, incident, FULL, 10 * SECOND, 10 * SECOND).next()?;
    let text = format!("the kernel drops packets: {}", quote(&row.line.text));
    Weight::new().shown(strength::STRONG, text, row.place, row.line.time).some()
}

/// One line that names what is wrong.
const TITLE: &str = "the connection-tracking table is full and packets are dropped";

/// What confirms or refutes it.
const CHECK: &str = "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max; journalctl -k | grep -c \
    'nf_conntrack: table full'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Make room in the table",
        target: "linux",
        snippet: "cat > /etc/sysctl.d/60-conntrack.conf <<'EOF'
net.netfilter.nf_conntrack_max = 1048576
net.netfilter.nf_conntrack_buckets = 262144
net.netfilter.nf_conntrack_tcp_timeout_established = 3600
net.netfilter.nf_conntrack_tcp_timeout_time_wait = 30
EOF
echo nf_conntrack > /etc/modules-load.d/conntrack.conf
sysctl --system && sysctl net.netfilter.nf_conntrack_count",
        why: "The default maximum follows the memory of the machine and is often 65536 or 262144; an \
              entry of a dead connection otherwise lives for five days.",
        risk: "An entry takes about 300 bytes of kernel memory. Connections that are silent for more than \
              an hour lose their entry, and with NAT they break: keep-alive probes more often than that. \
              On old kernels the buckets can be set only as a parameter of the module.",
        rollback: "rm /etc/sysctl.d/60-conntrack.conf, then set the former values with sysctl -w",
    },
    Remedy {
        title: "Do not track the edge's connections",
        target: "linux",
        snippet: "# only on a host that does no NAT for these connections
nft add table inet untracked
nft add chain inet untracked in '{ type filter hook prerouting priority raw; }'
nft add chain inet untracked out '{ type filter hook output priority raw; }'
nft add rule inet untracked in tcp dport '{ 80, 443 }' notrack
nft add rule inet untracked out tcp sport '{ 80, 443 }' notrack
nft add rule inet untracked in iif lo notrack
nft add rule inet untracked out oif lo notrack",
        why: "A web server needs no state for its own connections; the table is left to what needs it.",
        risk: "Rules with \"ct state established accept\" no longer match these packets: allow the two \
              ports in both directions without a state first. Port mapping of containers breaks.",
        rollback: "nft delete table inet untracked",
    },
    Remedy {
        title: "Reuse connections to the application",
        target: "nginx",
        snippet: r#"# http { }, and the location that passes to it
upstream application {
    server {upstream};
    keepalive 64;
}
# location
proxy_pass http://application;
proxy_http_version 1.1;
proxy_set_header Connection "";"#,
        why: "One connection per request leaves one entry per request for the length of TIME_WAIT.",
        risk: "Idle connections hold a worker of pre-forking applications; the application's idle timeout \
              must be longer than nginx's 60 s.",
        rollback: "Remove the three proxy lines and the upstream block, then nginx -t && nginx -s reload",
    },
];
