//! syn-flood: half-open connections swamp the origin.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "syn-flood",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[521, 522],
    doc: include_str!("text/syn_flood.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

const FLOODING: &[&str] = &["kernel-syn-flood"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    let (row, syn, _) = super::unanswered_syn(case, incident)?;
    if let Some(message) = signs::messages_near(case, incident, FLOODING, 60 * SECOND, 60 * SECOND).next() {
        let text = format!("the kernel says: {}", quote(&message.line.text));
        weight = weight.shown(strength::STRONG, text, message.place, message.line.time);
    }
    if let Some(flood) = incident.population.half_open_flood {
        let text = format!(
            "{} handshakes from {} addresses were begun and never completed, against {} completed",
            flood.half_open, flood.sources, flood.completed
        );
        weight = weight.shown(strength::STRONG, text, row.place(syn), signs::when(syn));
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "half-open connections swamp the origin";

/// What confirms or refutes it.
const CHECK: &str = "ss -ntH state syn-recv | wc -l; nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv \
    TcpExtTCPReqQFullDoCookies TcpExtTCPReqQFullDrop";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Let only the edge in, in front of the host",
        target: "aws",
        snippet: r#"# A security group allows and drops the rest; once for each published range, then remove the rule for 0.0.0.0/0
for range in $(curl -fsS https://www.cloudflare.com/ips-v4); do
  aws ec2 authorize-security-group-ingress --group-id "$SECURITY_GROUP" --protocol tcp --port 443 --cidr "$range"
done
aws ec2 revoke-security-group-ingress --group-id "$SECURITY_GROUP" --protocol tcp --port 443 --cidr 0.0.0.0/0"#,
        why: "Forged SYNs are dropped before they reach the machine.",
        risk: "Health checks and people who use the origin's address directly are shut out. Fifteen rules \
              count against the limit of rules in a group.",
        rollback: "aws ec2 authorize-security-group-ingress with --cidr 0.0.0.0/0",
    },
    Remedy {
        title: "Let only the edge in, on the host",
        target: "linux",
        snippet: r#"# prerouting at raw priority: before the connection tracking, as cheap as it gets
nft add table inet edge
nft add set inet edge edge4 '{ type ipv4_addr; flags interval; }'
nft add set inet edge edge6 '{ type ipv6_addr; flags interval; }'
nft add element inet edge edge4 "{ $(curl -fsS https://www.cloudflare.com/ips-v4 | paste -sd, -) }"
nft add element inet edge edge6 "{ $(curl -fsS https://www.cloudflare.com/ips-v6 | paste -sd, -) }"
nft add chain inet edge early '{ type filter hook prerouting priority raw; policy accept; }'
nft add rule inet edge early tcp dport '{ 80, 443 }' ip saddr != @edge4 drop
nft add rule inet edge early tcp dport '{ 80, 443 }' ip6 saddr != @edge6 drop"#,
        why: "The table of half-open connections then holds only the edge's.",
        risk: "The line itself may still be full. Everyone who does not come through the edge is shut out, \
              also on the loopback address: add iifname lo accept first where the host asks itself.",
        rollback: "nft delete table inet edge",
    },
    Remedy {
        title: "Keep honest connections alive",
        target: "linux",
        snippet: "cat > /etc/sysctl.d/60-syn.conf <<'EOF'
net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_max_syn_backlog = 8192
net.core.somaxconn = 8192
net.ipv4.tcp_synack_retries = 3
EOF
sysctl --system    # then raise the server's own backlog and reload it",
        why: "With cookies a full table costs no honest connection; fewer repeats free the table sooner.",
        risk: "Connections made by cookies have no window scaling and no SACK unless timestamps are on. \
              Fewer repeats hurt visitors on lossy lines.",
        rollback: "rm /etc/sysctl.d/60-syn.conf && sysctl --system, then set the former values",
    },
    Remedy {
        title: "Take the origin off the open internet",
        target: "cloudflare",
        snippet: "# Zero Trust > Networks > Tunnels: create one, then on the origin
cloudflared tunnel login
cloudflared tunnel create origin
cloudflared tunnel route dns --overwrite-dns origin {host}
cat > /etc/cloudflared/config.yml <<'EOF'
tunnel: origin
credentials-file: /root/.cloudflared/TUNNEL_ID.json
ingress:
  - hostname: {host}
    service: https://localhost:443
    originRequest:
      originServerName: {host}
  - service: http_status:404
EOF
cloudflared service install",
        why: "The origin connects out to the edge and needs no open port that could be flooded.",
        risk: "cloudflared becomes a part that must run and be watched; run it as a service, on two hosts.",
        rollback: "Point the DNS record of {host} back to the origin's address",
    },
];
