//! accept-queue-overflow: the origin's listen queue is full.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "accept-queue-overflow",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[522, 524],
    doc: include_str!("text/accept_queue_overflow.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["connect-timeout", "slow-response", "return-path-broken"],
    weigh,
};

/// A full queue drops SYNs and final ACKs alike, for as long as it is full.
const STAYS_FULL: i64 = 5 * SECOND;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    // A lossy path loses final ACKs, too.
    if incident.population.loss.is_some() {
        return None;
    }
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        let handshake = &row.connection.handshake;
        if let Some(syn_ack) = handshake.syn_ack.filter(|_| handshake.is_repeated_after_answer()) {
            let text = format!(
                "the origin repeats its SYN/ACK ({} in all) although the client's ACK had arrived: its queue is full",
                handshake.syn_acks
            );
            weight = weight.shown(strength::STRONG, text, row.place(syn_ack), when(syn_ack));
        }
    }
    let ignored = case.connections(incident).find_map(|row| Some((row, row.first_request_ignored()?)));
    if let Some((row, ignored)) = ignored.filter(|_| !weight.positive) {
        let at = row.connection.handshake.established.unwrap_or(row.connection.first);
        let text = format!(
            "the handshake is complete, and the request is ignored for {} though sent {} times: the final ACK found the queue full",
            duration(ignored),
            row.connection.from_client.retransmissions + 1
        );
        weight = weight.shown(strength::STRONG, text, row.place(at), when(at));
    }
    if let Some((row, syn, _)) = super::unanswered_syn(case, incident).filter(|_| weight.terms.is_empty()) {
        let time = incident.clocks.correct(row.input(), syn.time);
        let overflows = incident.population.overflows_near(time, STAYS_FULL);
        if overflows >= 2
            && incident.population.selective_range(case.edge_address(incident), incident).is_none()
        {
            let text =
                format!("the SYN is dropped while {overflows} other connections show a full accept queue");
            weight = weight.shown(strength::LIKELY, text, row.place(syn), when(syn));
        }
    }
    if let Some(sign) =
        signs::unanswered(case, incident).filter(|sign| sign.kept.exchange.number == 1 && !weight.positive)
        && let Some(acknowledged) = sign.request.acknowledged
    {
        let time = incident.clocks.correct(sign.row.input(), acknowledged.time);
        let dropped = incident.population.dropped_syns_near(time, STAYS_FULL);
        if dropped >= 3 {
            let text = format!(
                "the kernel takes the request, no process does, and {dropped} SYNs are dropped meanwhile"
            );
            weight = weight.shown(strength::STRONG, text, sign.place(acknowledged), when(acknowledged));
        }
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin's listen queue is full";

/// What confirms or refutes it.
const CHECK: &str = "nstat -az TcpExtListenOverflows TcpExtListenDrops TcpExtTCPBacklogDrop; ss -ltn '( sport = :80 or \
    sport = :443 )'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Raise both limits of the queue",
        target: "nginx",
        snippet: "# server { } of {host}; needs net.core.somaxconn of at least the same value, see below
listen 443 ssl backlog=4096;
# sysctl -w net.core.somaxconn=4096 && nginx -t && nginx -s reload
# ss -ltn '( sport = :443 )'    must now show 4096 in Send-Q",
        why: "nginx asks for 511 by default; the kernel takes the smaller of this and somaxconn.",
        risk: "The parameter may stand once for each address and port. A longer queue only evens out \
              bursts: where the server is too slow for good, visitors wait longer.",
        rollback: "Remove backlog=, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Raise the system's limit",
        target: "linux",
        snippet: "cat > /etc/sysctl.d/60-listen.conf <<'EOF'
net.core.somaxconn = 4096
net.ipv4.tcp_max_syn_backlog = 8192
EOF
sysctl --system
nstat -az TcpExtListenOverflows TcpExtListenDrops",
        why: "Before Linux 5.4 it is 128, whatever the server asks for; containers have their own value.",
        risk: "Takes effect for sockets that are opened or reloaded afterwards.",
        rollback: "rm /etc/sysctl.d/60-listen.conf && sysctl --system, then set the former values",
    },
    Remedy {
        title: "Accept in more processes",
        target: "nginx",
        snippet: "# main context and the listen line
worker_processes auto;
# server { }: one queue for each worker
listen 443 ssl reuseport backlog=4096;",
        why: "Each worker then has a queue of its own, and a blocked one holds up only its share.",
        risk: "Connections that wait in the queue of a worker that ends at a reload are lost; a blocked \
              worker's share waits although others are idle.",
        rollback: "Remove reuseport, then restart",
    },
    Remedy {
        title: "Accept faster",
        target: "apache",
        snippet: "# mpm_event; with mod_php use php-fpm instead, so that the event MPM can be used
ListenBacklog          1024
ServerLimit              16
ThreadsPerChild          25
MaxRequestWorkers       400
AsyncRequestWorkerFactor  4",
        why: "A child whose threads are all busy accepts nothing; the event MPM keeps idle connections \
              without a thread.",
        risk: "More threads need more memory. ServerLimit and ListenBacklog need a restart.",
        rollback: "Restore the former values and restart",
    },
];
