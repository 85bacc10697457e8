//! firewall-drop: a firewall drops some of the edge's address ranges.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::SECOND;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "firewall-drop",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[522],
    doc: include_str!("text/firewall_drop.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["connect-timeout"],
    weigh,
};

/// A kernel's firewall writes one line a packet, with the source address in it.
const BLOCKED: &[&str] = &["firewall-blocked", "firewall-logged"];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let address = case.edge_address(incident)?;
    let mut weight = Weight::new();
    let selective = incident.population.selective_range(Some(address), incident);
    if let (Some((row, syn, _)), Some(selective)) = (super::unanswered_syn(case, incident), &selective) {
        let text = format!(
            "SYNs from {} are captured and never answered, while {} connections from other ranges complete",
            selective.range, selective.others_established
        );
        weight = weight.shown(strength::PROOF, text, row.place(syn), when(syn));
    }
    if let (Some(sign), Some(selective)) = (signs::unanswered(case, incident), &selective)
        && sign.never_acknowledged()
    {
        let text =
            format!("a request from {} is never acknowledged, nor is any SYN from there", selective.range);
        weight =
            weight.shown(strength::STRONG, text, sign.place(sign.request.first), when(sign.request.first));
    }
    let mut lines = signs::messages_near(case, incident, BLOCKED, 2 * SECOND, 2 * SECOND);
    if let Some(row) = lines.find(|row| row.line.client == Some(address)) {
        let text = format!("the firewall's own line: {}", quote(&row.line.text));
        weight = weight.shown(strength::PROOF, text, row.place, row.line.time);
    }
    if case.edge_status() == Some(522) {
        let place = case.edge.as_ref().map(|row| row.place);
        if case.attempts.is_empty()
            && let Some(range) = incident.population.range_that_only_fails(address, incident)
        {
            let text = format!("every request from {range} ends in 522, those from other ranges pass");
            weight = weight.supported(strength::LIKELY, text, place);
        } else if !weight.terms.is_empty() {
            weight = weight.supported(strength::SLIGHT, "the edge says 522: connecting timed out", place);
        }
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "a firewall drops some of the edge's address ranges";

/// What confirms or refutes it.
const CHECK: &str = "tshark -r capture.pcap -Y 'tcp.flags.syn == 1 && ip.addr == {edge_range}' -T fields -e frame.time -e \
    ip.src -e ip.dst -e tcp.flags.str";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Allow every published edge range before any drop or limit",
        target: "linux",
        snippet: r#"# nftables; adapt table and chain to what 'nft list ruleset' shows. {edge_range} is among the ranges that fail.
nft add set inet filter edge4 '{ type ipv4_addr; flags interval; }'
nft add set inet filter edge6 '{ type ipv6_addr; flags interval; }'
nft add element inet filter edge4 "{ $(curl -fsS https://www.cloudflare.com/ips-v4 | paste -sd, -) }"
nft add element inet filter edge6 "{ $(curl -fsS https://www.cloudflare.com/ips-v6 | paste -sd, -) }"
nft insert rule inet filter input ip saddr @edge4 tcp dport '{ 80, 443 }' accept
nft insert rule inet filter input ip6 saddr @edge6 tcp dport '{ 80, 443 }' accept"#,
        why: "The edge may connect from any of its ranges; a list that lacks one fails for the visitors \
              behind it.",
        risk: "Rules inserted by hand are lost at a reload; write them to /etc/nftables.conf and refresh the \
              sets from a timer.",
        rollback: "nft -a list chain inet filter input shows the handles; nft delete rule inet filter input \
              handle N",
    },
    Remedy {
        title: "Take the edge out of the bans",
        target: "linux",
        snippet: "# /etc/fail2ban/jail.local: all published ranges, here the one that fails
[DEFAULT]
ignoreip = 127.0.0.1/8 ::1 {edge_range}

# then lift what is banned:
#   fail2ban-client reload && fail2ban-client unban --all",
        why: "One edge address carries the requests of thousands of visitors; any rule that counts by \
              address bans them all.",
        risk: "Attackers behind the edge are no longer banned at this layer: ban them by CF-Connecting-IP in \
              the web server, or at the edge.",
        rollback: "Remove the range from ignoreip, then fail2ban-client reload",
    },
    Remedy {
        title: "Keep the allow-list in code",
        target: "terraform",
        snippet: r#"data "http" "edge4" {
  url = "https://www.cloudflare.com/ips-v4"
}

resource "aws_vpc_security_group_ingress_rule" "edge4_https" {
  for_each          = toset(split("\n", trimspace(data.http.edge4.response_body)))
  security_group_id = var.origin_security_group_id
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}"#,
        why: "The published list is read at every apply, so that it cannot grow stale unseen.",
        risk: "An apply while the list cannot be fetched fails; IPv6 needs a second resource with cidr_ipv6.",
        rollback: "terraform destroy -target=aws_vpc_security_group_ingress_rule.edge4_https",
    },
    Remedy {
        title: "Refresh the allow-list by a playbook",
        target: "ansible",
        snippet: r#"- name: Read the edge's published ranges
  ansible.builtin.uri:
    url: https://www.cloudflare.com/ips-v4
    return_content: true
  register: edge4

- name: Allow the edge on HTTPS before all other rules
  ansible.builtin.iptables:
    chain: INPUT
    action: insert
    protocol: tcp
    source: "{{ item }}"
    destination_port: "443"
    jump: ACCEPT
  loop: "{{ edge4.content.split() }}""#,
        why: "The same for hosts that are still run with iptables.",
        risk: "iptables rules vanish at a reboot unless they are saved; IPv6 needs ip_version: ipv6 and the \
              other list.",
        rollback: "Run the task with state: absent",
    },
];
