//! connect-timeout: the origin does not answer connection attempts.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "connect-timeout",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[522, 524],
    doc: include_str!("text/connect_timeout.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some((row, syn, last)) = super::unanswered_syn(case, incident) {
        let handshake = &row.connection.handshake;
        let text =
            format!("{} SYNs within {} and no answer", handshake.syns, duration(last.time.since(syn.time)));
        weight = weight.shown(strength::STRONG, text, row.place(syn), when(syn));
        if let Some(selective) = incident.population.selective_range(case.edge_address(incident), incident) {
            let text = format!("only {} goes unanswered, other ranges complete", selective.range);
            weight = weight.supported(-strength::PROOF, text, None);
        }
    }
    if let Some(sign) = signs::unanswered(case, incident)
        && sign.never_acknowledged()
        && case.edge_status() == Some(522)
    {
        let text = "the request is never acknowledged";
        weight =
            weight.shown(strength::LIKELY, text, sign.place(sign.request.first), when(sign.request.first));
    }
    if case.edge_status() == Some(522) {
        let place = case.edge.as_ref().map(|row| row.place);
        weight = weight.supported(strength::SLIGHT, "the edge says 522: connecting timed out", place);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin does not answer connection attempts";

/// What confirms or refutes it.
const CHECK: &str =
    "curl -sv --connect-timeout 20 --resolve {host}:443:{origin} https://{host}/ -o /dev/null";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Open the ports for all of the edge's ranges",
        target: "linux",
        snippet: r#"# Host firewall with nftables; adapt table and chain to what 'nft list ruleset' shows.
nft add set inet filter edge4 '{ type ipv4_addr; flags interval; }'
nft add set inet filter edge6 '{ type ipv6_addr; flags interval; }'
nft add element inet filter edge4 "{ $(curl -fsS https://www.cloudflare.com/ips-v4 | paste -sd, -) }"
nft add element inet filter edge6 "{ $(curl -fsS https://www.cloudflare.com/ips-v6 | paste -sd, -) }"
nft insert rule inet filter input ip saddr @edge4 tcp dport '{ 80, 443 }' accept
nft insert rule inet filter input ip6 saddr @edge6 tcp dport '{ 80, 443 }' accept"#,
        why: "SYNs that no one answers are most often dropped by a default policy or by a rule in front of \
              the server.",
        risk: "The rules are lost at the next reload unless they are also written to /etc/nftables.conf.",
        rollback: "nft -a list chain inet filter input shows the handles; nft delete rule inet filter input \
              handle N",
    },
    Remedy {
        title: "Open the ports in the security group",
        target: "aws",
        snippet: r#"# Once for each published range; then check the network ACL of the subnet, which is stateless.
for range in $(curl -fsS https://www.cloudflare.com/ips-v4); do
  aws ec2 authorize-security-group-ingress --group-id "$SECURITY_GROUP" --protocol tcp --port 443 --cidr "$range"
done
aws ec2 describe-network-acls --filters "Name=association.subnet-id,Values=$SUBNET""#,
        why: "A security group drops what it does not allow without a trace on the host.",
        risk: "Fifteen rules count against the limit of rules in a group.",
        rollback: "aws ec2 revoke-security-group-ingress with the same arguments",
    },
    Remedy {
        title: "Give the listen queue room",
        target: "linux",
        snippet: "cat > /etc/sysctl.d/60-listen.conf <<'EOF'
net.core.somaxconn = 4096
net.ipv4.tcp_max_syn_backlog = 8192
net.ipv4.tcp_syncookies = 1
EOF
sysctl --system
nstat -az TcpExtListenOverflows TcpExtListenDrops",
        why: "Helps only where the counters grow: a full queue drops new SYNs as silently as a firewall \
              does.",
        risk: "A longer queue lets visitors wait longer when the server is too slow anyway; the server's own \
              backlog must be raised too.",
        rollback: "rm /etc/sysctl.d/60-listen.conf && sysctl --system, then reboot or set the former values",
    },
    Remedy {
        title: "Correct the origin's address at the edge",
        target: "cloudflare",
        snippet: "# DNS > Records > {host}: compare its content with
ip -br addr show scope global   # on the origin
# The edge asked {origin}.",
        why: "A record that points to a machine that is gone gives exactly this picture.",
        risk: "A wrong address sends all visitors to another machine.",
        rollback: "Put the former address back",
    },
];
