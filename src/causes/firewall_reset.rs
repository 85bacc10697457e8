//! firewall-reset: a firewall rejects some of the edge's address ranges.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "firewall-reset",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Mechanism,
    edge_statuses: &[520, 521],
    doc: include_str!("text/firewall_reset.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["connect-refused", "connect-timeout"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let selective = incident.population.refused_range(case.edge_address(incident), incident)?;
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        let text = |how: &str| {
            format!(
                "SYNs from {} are answered by {how}, while {} connections from other ranges complete",
                selective.range, selective.others_established
            )
        };
        if let Some(reset) = row.connection.reset.filter(|reset| reset.refused_syn) {
            weight = weight.shown(strength::PROOF, text("RST"), row.place(reset.at), when(reset.at));
        } else if let Some(icmp) = row.connection.icmp.filter(|icmp| icmp.is_rejection()) {
            let how = format!("ICMP type {} code {}", icmp.kind, icmp.code);
            weight = weight.shown(strength::PROOF, text(&how), row.place(icmp.at), when(icmp.at));
        }
    }
    if let Some(sign) = signs::unanswered(case, incident).filter(signs::Unanswered::never_acknowledged) {
        let text = format!(
            "a request from {} is never acknowledged, and all SYNs from there are rejected",
            selective.range
        );
        weight =
            weight.shown(strength::STRONG, text, sign.place(sign.request.first), when(sign.request.first));
    }
    if let Some(sign) = signs::unanswered(case, incident)
        && let Some(reset) = sign.reset_after_request()
    {
        let text =
            format!("a request from {} is answered by RST, as are all SYNs from there", selective.range);
        weight = weight.shown(strength::STRONG, text, sign.place(reset), when(reset));
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "a firewall rejects some of the edge's address ranges";

/// What confirms or refutes it.
const CHECK: &str = "tshark -r capture.pcap -Y '(tcp.flags.reset == 1 || icmp.type == 3) && ip.addr == {edge_range}' -T \
    fields -e frame.time -e ip.src -e ip.dst -e icmp.code -e tcp.flags.str";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Accept every published edge range before any reject",
        target: "linux",
        snippet: r#"# nftables; adapt table and chain to what 'nft list ruleset' shows. {edge_range} is among the ranges that are refused.
nft add set inet filter edge4 '{ type ipv4_addr; flags interval; }'
nft add set inet filter edge6 '{ type ipv6_addr; flags interval; }'
nft add element inet filter edge4 "{ $(curl -fsS https://www.cloudflare.com/ips-v4 | paste -sd, -) }"
nft add element inet filter edge6 "{ $(curl -fsS https://www.cloudflare.com/ips-v6 | paste -sd, -) }"
nft insert rule inet filter input ip saddr @edge4 tcp dport '{ 80, 443 }' accept
nft insert rule inet filter input ip6 saddr @edge6 tcp dport '{ 80, 443 }' accept"#,
        why: "The edge connects from any of its ranges; the first matching rule decides, so the accept \
              must stand in front of the reject.",
        risk: "Rules inserted by hand are lost at a reload; write them to /etc/nftables.conf and refresh \
              the sets from a timer.",
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
        why: "A ban of one edge address refuses everyone behind it; fail2ban's usual action is a reject.",
        risk: "Attackers behind the edge are no longer banned here: act on CF-Connecting-IP in the web \
              server, or at the edge.",
        rollback: "Remove the range from ignoreip, then fail2ban-client reload",
    },
    Remedy {
        title: "Allow the edge in firewalld",
        target: "linux",
        snippet: r#"firewall-cmd --permanent --new-ipset=edge4 --type=hash:net
for range in $(curl -fsS https://www.cloudflare.com/ips-v4); do firewall-cmd --permanent --ipset=edge4 --add-entry="$range"; done
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source ipset="edge4" port port="443" protocol="tcp" accept'
firewall-cmd --reload"#,
        why: "firewalld refuses what its zone does not allow with an ICMP message, at once.",
        risk: "IPv6 needs a second set with --option=family=inet6. A zone that is bound to the range by \
              source is asked first and may still refuse.",
        rollback: "The same rule with --remove-rich-rule, --delete-ipset=edge4, then --reload",
    },
    Remedy {
        title: "Keep the allow-list by a playbook",
        target: "ansible",
        snippet: r#"- name: Read the edge's published ranges
  ansible.builtin.uri:
    url: https://www.cloudflare.com/ips-v4
    return_content: true
  register: edge4

- name: Accept the edge on HTTPS before all other rules
  ansible.builtin.iptables:
    chain: INPUT
    action: insert
    protocol: tcp
    source: "{{ item }}"
    destination_port: "443"
    jump: ACCEPT
  loop: "{{ edge4.content.split() }}""#,
        why: "A list that is read at every run cannot grow stale unseen.",
        risk: "iptables rules vanish at a reboot unless they are saved; IPv6 needs ip_version: ipv6 and \
              the other list.",
        rollback: "Run the task with state: absent",
    },
];
