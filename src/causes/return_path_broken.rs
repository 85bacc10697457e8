//! return-path-broken: the origin's answers to some edge ranges go astray.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::{Arrival, Connection, Side};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "return-path-broken",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Path,
    level: Level::Root,
    edge_statuses: &[522, 523],
    doc: include_str!("text/return_path_broken.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let selective = incident.population.unacknowledged_range(case.edge_address(incident), incident);
    let begun = case.connections(incident).find(|row| row.connection.handshake.is_never_completed());
    let mut weight = Weight::new();
    if let Some((row, syn_ack)) = begun.and_then(|row| Some((row, row.connection.handshake.syn_ack?))) {
        let times = row.connection.handshake.syn_acks;
        let text = format!("the SYN arrives, the SYN/ACK leaves {times} times, and no ACK ever comes");
        weight = weight.shown(strength::LIKELY, text, row.place(syn_ack), when(syn_ack));
    } else if let Some((row, last)) =
        case.connections(incident).find_map(|row| Some((row, unheard(&row.connection)?)))
        && selective.is_some()
    {
        let text =
            "what the origin sends is repeated and never acknowledged, as are its SYN/ACKs to that range";
        weight = weight.shown(strength::LIKELY, text, row.place(last), when(last));
    }
    let no_way_back = case.connections(incident).find_map(|row| {
        let icmp = row.connection.icmp.filter(|icmp| icmp.is_no_route_to(Side::Client))?;
        Some((row, icmp))
    });
    if let Some((row, icmp)) = no_way_back {
        let edge = row.connection.client.ip();
        let text = format!("ICMP type {} code {}: no route back to {edge}", icmp.kind, icmp.code);
        weight = weight.shown(strength::LIKELY, text, row.place(icmp.at), when(icmp.at));
    }
    if let Some(selective) = selective.filter(|_| weight.positive) {
        let text = format!(
            "so it is with {} alone: {} connections from other ranges complete meanwhile",
            selective.range, selective.others_established
        );
        weight = weight.supported(strength::LIKELY, text, None);
    }
    weight.some()
}

/// The last packet of an origin that repeats itself and is not heard.
fn unheard(connection: &Connection) -> Option<Arrival> {
    let sent = &connection.from_server;
    sent.last_data.filter(|_| sent.retransmissions >= 2 && !sent.all_acknowledged)
}

/// One line that names what is wrong.
const TITLE: &str = "the origin's answers to some edge ranges go astray";

/// What confirms or refutes it.
const CHECK: &str = r#"ip route get "$(printf '%s' '{edge_range}' | sed 's|/.*||')"; ip route show table all | grep -E '^(172|104|162|173|188)\.'"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Route the edge's range to the internet",
        target: "linux",
        snippet: r#"ip route show match {edge_range}                 # the routes that catch it now
GATEWAY=$(ip -4 route show default | awk '{ print $3; exit }')
DEVICE=$(ip -4 route show default | awk '{ print $5; exit }')
ip route replace {edge_range} via "$GATEWAY" dev "$DEVICE""#,
        why: "The most specific route wins, so this one takes the range back from the broad one.",
        risk: "The route is gone at the next reboot or reconnect of the VPN: write it into the network \
              configuration as well.",
        rollback: "ip route del {edge_range}",
    },
    Remedy {
        title: "Narrow the broad route to what is private",
        target: "linux",
        snippet: r#"# WireGuard: AllowedIPs, OpenVPN: push "route ...", IPsec: rightsubnet. For a route set by hand:
ip route show 172.0.0.0/8
ip route add 172.16.0.0/12 dev tun0
ip route del 172.0.0.0/8 dev tun0"#,
        why: "RFC 1918 reserves 172.16.0.0/12. The other fifteen sixteenths of 172.0.0.0/8 are public, \
              172.64.0.0/13 is the edge's.",
        risk: "Whoever uses more of 172.0.0.0/8 than is private inside the network loses the way there.",
        rollback: "ip route add 172.0.0.0/8 dev tun0",
    },
    Remedy {
        title: "Add the more specific route in the VPC",
        target: "aws",
        snippet: r#"aws ec2 create-route --route-table-id "$ROUTE_TABLE" --destination-cidr-block {edge_range} --gateway-id "$INTERNET_GATEWAY"
aws ec2 describe-route-tables --route-table-ids "$ROUTE_TABLE" --query 'RouteTables[].Routes[]'"#,
        why: "A peering or transit route for 172.0.0.0/8 takes the answers away from the internet \
              gateway.",
        risk: "Hosts in private subnets use a NAT gateway instead; give its id there.",
        rollback: "aws ec2 delete-route --route-table-id \"$ROUTE_TABLE\" --destination-cidr-block \
              {edge_range}",
    },
    Remedy {
        title: "Keep the route in code",
        target: "terraform",
        snippet: r#"resource "aws_route" "edge" {
  route_table_id         = var.origin_route_table_id
  destination_cidr_block = "{edge_range}"
  gateway_id             = aws_internet_gateway.main.id
}"#,
        why: "A route added by hand is lost when the table is next built from code.",
        risk: "A table with inline route blocks must get the route there; the two forms overwrite each \
              other.",
        rollback: "terraform destroy -target=aws_route.edge",
    },
];
