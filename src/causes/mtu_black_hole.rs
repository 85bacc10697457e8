//! mtu-black-hole: full-size packets never arrive.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::{Side, Traffic};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "mtu-black-hole",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Path,
    level: Level::Root,
    edge_statuses: &[520, 524],
    doc: include_str!("text/mtu_black_hole.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["packet-loss"],
    weigh,
};

/// Segments from here on are full-size ones on any path that carries the Internet (RFC 8200, 5: 1280 bytes, less the headers).
const FULL_SIZE: u32 = 1200;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    // Where other segments are lost too, or none at all is acknowledged, size is not what matters.
    let other_reason = incident.population.loss.is_some()
        || incident.population.unacknowledged_range(case.edge_address(incident), incident).is_some();
    if other_reason {
        return None;
    }
    for row in case.connections(incident) {
        let connection = &row.connection;
        if let Some(icmp) = connection.icmp.filter(|icmp| icmp.is_packet_too_big()) {
            let text = "a router says that the packet is too big and must not be fragmented";
            weight = weight.shown(strength::STRONG, text, row.place(icmp.at), when(icmp.at));
        }
        let stuck = [Side::Server, Side::Client].into_iter().find(|side| is_stuck(connection.traffic(*side)));
        if let Some(side) = stuck {
            let traffic = connection.traffic(side);
            let at = traffic.last_data.unwrap_or(connection.last);
            let text = format!(
                "segments of {} bytes from {} are sent again {} times and never acknowledged; smaller ones pass",
                traffic.smallest_repeated.unwrap_or(FULL_SIZE),
                connection.address(side),
                traffic.retransmissions
            );
            weight = weight.shown(strength::STRONG, text, row.place(at), when(at));
            break;
        }
    }
    weight.some()
}

/// Only full-size segments are repeated, and the last of them never arrive.
fn is_stuck(traffic: &Traffic) -> bool {
    traffic.retransmissions >= 2
        && !traffic.all_acknowledged
        && traffic.smallest_repeated.is_some_and(|bytes| bytes >= FULL_SIZE)
}

/// One line that names what is wrong.
const TITLE: &str = "full-size packets never arrive";

/// What confirms or refutes it.
const CHECK: &str = r#"ping -M do -s 1472 -c 3 "$EDGE_ADDRESS"; tracepath -n "$EDGE_ADDRESS"; tshark -r capture.pcap -Y 'icmp.type == 3 && icmp.code == 4' -T fields -e ip.src -e icmp.mtu"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Clamp the MSS where the small link begins",
        target: "linux",
        snippet: "# on the router, or on the origin itself if it has the tunnel
nft add table inet clamp
nft add chain inet clamp forward '{ type filter hook forward priority mangle; }'
nft add chain inet clamp output '{ type filter hook output priority mangle; }'
nft add rule inet clamp forward tcp flags syn / syn,rst tcp option maxseg size set rt mtu
nft add rule inet clamp output tcp flags syn / syn,rst tcp option maxseg size set rt mtu",
        why: "Both ends then agree on segments that fit, without needing any ICMP.",
        risk: "It follows the route's MTU, so that one must be right; new connections only.",
        rollback: "nft delete table inet clamp",
    },
    Remedy {
        title: "Let the ICMP messages through",
        target: "linux",
        snippet: "# the filter's input and forward chains; adapt table and chain names
nft insert rule inet filter input icmp type destination-unreachable icmp code frag-needed accept
nft insert rule inet filter input icmpv6 type packet-too-big accept",
        why: "Path MTU discovery depends on them; \"block all ICMP\" is what makes the black hole.",
        risk: "None known: the kernel checks that the quoted packet belongs to a connection.",
        rollback: "nft -a list chain inet filter input shows the handles; nft delete rule inet filter input \
              handle N",
    },
    Remedy {
        title: "Lower the MTU and probe",
        target: "linux",
        snippet: "ip link set dev eth0 mtu 1400
cat > /etc/sysctl.d/60-mtu.conf <<'EOF'
net.ipv4.tcp_mtu_probing = 1
net.ipv4.tcp_base_mss = 1024
EOF
sysctl --system",
        why: "The sender stops making packets that cannot pass; with probing a connection that hangs \
              tries smaller ones by itself.",
        risk: "Slightly more packets. On a jumbo network all hosts of the segment must agree.",
        rollback: "ip link set dev eth0 mtu 1500; rm /etc/sysctl.d/60-mtu.conf; sysctl -w \
              net.ipv4.tcp_mtu_probing=0",
    },
    Remedy {
        title: "Let the message into the subnet",
        target: "aws",
        snippet: r#"# security group; the network ACL must allow it in both directions as well
aws ec2 authorize-security-group-ingress --group-id "$SECURITY_GROUP" \
  --ip-permissions 'IpProtocol=icmp,FromPort=3,ToPort=4,IpRanges=[{CidrIp=0.0.0.0/0}]'"#,
        why: "FromPort is the ICMP type, ToPort the code: 3 and 4 are \"fragmentation needed\". Instances \
              use 9001 bytes inside the VPC, and 1500 towards the internet.",
        risk: "None known.",
        rollback: "aws ec2 revoke-security-group-ingress with the same arguments",
    },
];
