//! host-unreachable: no route leads to the origin.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "host-unreachable",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Path,
    level: Level::Mechanism,
    edge_statuses: &[523],
    doc: include_str!("text/host_unreachable.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["connect-timeout"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    if let Some(signs::NoRoute { row, icmp, own }) = signs::no_route(case, incident) {
        let said =
            format!("ICMP type {} code {}: no route to {}", icmp.kind, icmp.code, row.connection.server.ip());
        let (strength, text) = if own {
            (strength::STRONG, said)
        } else {
            let other = row.connection.client;
            (strength::LIKELY, format!("no answer, and a router tells {other} meanwhile, {said}"))
        };
        weight = weight.shown(strength, text, row.place(icmp.at), when(icmp.at));
    }
    if case.edge_status() == Some(523) {
        let place = case.edge.as_ref().map(|row| row.place);
        weight = weight.supported(strength::HINT, "the edge says 523: the origin is unreachable", place);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "no route leads to the origin";

/// What confirms or refutes it.
const CHECK: &str = "tshark -r capture.pcap -Y 'icmp.type == 3 && icmp.code in {0, 1} || icmpv6.type == 1 && icmpv6.code \
    in {0, 3}' -T fields -e frame.time -e ip.src -e ip.dst -e icmp.code";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Give the host its address and route back",
        target: "linux",
        snippet: "ip -br link; ip -br addr; ip route show default; ip neigh
# link down: ip link set eth0 up     no address: ip addr add {origin}/24 dev eth0     no way out: ip route add default via GATEWAY
journalctl -u systemd-networkd -u NetworkManager -u cloud-init --since '-1 hour'",
        why: "The last router reports the host as unreachable when nobody answers for its address.",
        risk: "An address that another machine holds makes both unreachable by turns: arping -D -I eth0 \
              {origin} asks first.",
        rollback: "ip addr del {origin}/24 dev eth0",
    },
    Remedy {
        title: "Make the address permanent",
        target: "systemd",
        snippet: "# /etc/systemd/network/10-uplink.network; the prefix length and the gateway are the provider's
[Match]
Name=eth0

[Network]
Address={origin}/24
Gateway=GATEWAY
# then: networkctl reload && networkctl status eth0",
        why: "A lease that ran out or a renamed interface takes the address away at the next boot.",
        risk: "A wrong gateway locks you out: keep a console open.",
        rollback: "rm /etc/systemd/network/10-uplink.network && networkctl reload",
    },
    Remedy {
        title: "Keep the address across restarts",
        target: "aws",
        snippet: r#"aws ec2 allocate-address --domain vpc
aws ec2 associate-address --instance-id "$INSTANCE" --allocation-id "$ALLOCATION"
aws ec2 describe-route-tables --filters "Name=association.subnet-id,Values=$SUBNET" --query 'RouteTables[].Routes[]'"#,
        why: "A stopped and started instance gets another public address unless an Elastic IP is \
              associated; the subnet also needs a route to the internet gateway.",
        risk: "The address changes at once: correct the DNS record at the edge in the same minute.",
        rollback: "aws ec2 disassociate-address --association-id \"$ASSOCIATION\"",
    },
    Remedy {
        title: "Correct the origin's address at the edge",
        target: "cloudflare",
        snippet: r#"# DNS > Records > {host}: compare its content with what the origin has. The edge asked {origin}.
curl -fsS "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/dns_records?name={host}" -H "Authorization: Bearer $API_TOKEN" | jq '.result[] | {id, type, content, proxied}'"#,
        why: "A record for an address that nobody has gives exactly this picture.",
        risk: "A wrong address sends all visitors to another machine.",
        rollback: "Put the former address back",
    },
];
