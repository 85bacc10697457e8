//! packet-loss: the path between edge and origin loses packets.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::ConnectionRow;
use crate::evidence::failure::Failure;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "packet-loss",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Path,
    level: Level::Root,
    edge_statuses: &[520, 522, 524],
    doc: include_str!("text/packet_loss.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    // What the origin says in so many words did not get lost.
    let told = matches!(
        case.failure,
        Failure::OriginStatus(_)
            | Failure::Refused(_)
            | Failure::ResponseHeaders
            | Failure::RequestHeaders(_)
            | Failure::ClientCertificate
            | Failure::RedirectToItself
    );
    if told {
        return None;
    }
    // Loss on the path strikes healthy connections too; where they have none, something else keeps packets away.
    let loss = incident.population.loss?;
    let address = case.edge_address(incident);
    if incident.population.selective_range(address, incident).is_some() {
        return None;
    }
    // Nor is it loss what a router has no way for.
    if signs::no_route(case, incident).is_some() {
        return None;
    }
    let row = case.connections(incident).max_by_key(|row| repeats(row)).filter(|row| repeats(row) >= 2)?;
    let ended_by_silence = signs::unanswered(case, incident).is_none_or(|sign| {
        sign.closed_before_request().is_none()
            && sign.reset_after_request().is_none()
            && sign.closed_after_request().is_none()
    });
    if !ended_by_silence {
        return None;
    }
    let at = row.connection.last;
    let text = format!(
        "{} segments of this connection are sent again; {} of {} on healthy connections are, too",
        repeats(row),
        loss.repeated,
        loss.segments
    );
    Weight::new().shown(strength::STRONG, text, row.place(at), when(at)).some()
}

fn repeats(row: &ConnectionRow) -> u32 {
    let connection = &row.connection;
    let handshake =
        connection.handshake.syns.saturating_sub(1) + connection.handshake.syn_acks.saturating_sub(1);
    connection.from_client.retransmissions + connection.from_server.retransmissions + handshake
}

/// One line that names what is wrong.
const TITLE: &str = "the path between edge and origin loses packets";

/// What confirms or refutes it.
const CHECK: &str = "tshark -r capture.pcap -q -z \
    'io,stat,10,COUNT(tcp.analysis.retransmission)tcp.analysis.retransmission,COUNT(tcp.analysis.duplicate_ack)tcp.analysis.duplicate_ack,COUNT(tcp.len)tcp.len \
    > 0'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Find and repair the lossy hop",
        target: "linux",
        snippet: r#"# on the origin, in the minutes of the failures
ip -s -s link show
ethtool -S eth0 | grep -iE 'drop|err|miss|exceeded' | grep -v ': 0$'
ethtool -g eth0    # receive ring: if "current" is far below the maximum and rx drops grow: ethtool -G eth0 rx 4096
mtr -rwzbc 100 "$EDGE_ADDRESS"    # an address of {edge_range}, taken from the capture"#,
        why: "Counters of the own card exclude or convict the host within a minute; mtr in the origin's \
              direction shows the path that the answers take.",
        risk: "Changing the ring size takes the link down for a moment.",
        rollback: "ethtool -G eth0 rx with the former value",
    },
    Remedy {
        title: "Stay below the machine's allowance",
        target: "aws",
        snippet: r#"# counters of the network card that grow are packets dropped or delayed by the machine type's limits
ethtool -S eth0 | grep -E 'allowance_exceeded'
aws ec2 describe-instance-types --instance-types "$TYPE" --query 'InstanceTypes[].NetworkInfo.NetworkPerformance'"#,
        why: "bw_in, bw_out, pps, conntrack and linklocal allowances are enforced without a message; \
              burst credits make it come and go.",
        risk: "A larger machine type costs more and needs a stop and start.",
        rollback: "Return to the former type",
    },
    Remedy {
        title: "Bear the loss better meanwhile",
        target: "linux",
        snippet: "cat > /etc/sysctl.d/60-bbr.conf <<'EOF'
net.core.default_qdisc = fq
net.ipv4.tcp_congestion_control = bbr
EOF
modprobe tcp_bbr && sysctl --system && sysctl net.ipv4.tcp_congestion_control",
        why: "BBR does not halve its rate for every lost packet, so that large responses come through in \
              time.",
        risk: "It hides the loss and does not repair it; on a policed line it may add to it. The qdisc is \
              taken up when the interface comes up.",
        rollback: "rm /etc/sysctl.d/60-bbr.conf && sysctl -w net.ipv4.tcp_congestion_control=cubic",
    },
    Remedy {
        title: "Take another path",
        target: "cloudflare",
        snippet: r#"curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/argo/smart_routing" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": "on"}'"#,
        why: "Smart routing chooses the connecting data centre by measured quality, which helps when the \
              loss lies between networks.",
        risk: "It is charged by volume; other edge ranges connect than before, so the firewall must allow \
              all of them.",
        rollback: "The same call with the value off",
    },
];
