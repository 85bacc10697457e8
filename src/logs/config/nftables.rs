//! `nft list ruleset` (nft(8)): the rules that drop or reject, and the policies of chains that hook into the input.

use crate::facts::ranges::EdgeRanges;
use crate::logs::config::firewall::{FirewallRule, FirewallVerdict};
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::{ConfiguredProgram, Setting};

/// Whether a table of a family is opened, and a chain or a set in it.
pub fn fits(head: &str) -> bool {
    let mut lines = telling_lines(head).map(|(_, line)| line);
    let table = lines.any(|line| {
        let mut words = line.split(' ');
        words.next() == Some("table")
            && matches!(words.next(), Some("ip" | "ip6" | "inet" | "bridge" | "arp" | "netdev"))
            && line.ends_with('{')
    });
    table
        && lines
            .any(|line| line.starts_with("chain ") || line.starts_with("set ") || line.starts_with("map "))
}

/// Reads the rules.
pub fn read(text: &str) -> DocumentContent {
    let edge = EdgeRanges::with(&[]);
    let mut document = DocumentContent::default();
    let mut chain: Option<&str> = None;
    for (number, line) in telling_lines(text) {
        if let Some(name) = line.strip_prefix("chain ") {
            chain = Some(name.trim_end_matches('{').trim());
        } else if line == "}" {
            chain = None;
        } else if let Some(chain) = chain {
            document.records += 1;
            let hook = line.contains("hook input")
                || line.contains("hook prerouting")
                || line.contains("hook forward");
            if line.starts_with("type ") {
                let drops = hook && line.contains("policy drop");
                let policy =
                    || Setting::new(number, ConfiguredProgram::Firewall, Some(chain), "policy", "drop");
                document.settings.extend(drops.then(policy));
            } else {
                document.settings.extend(rule(number, line, chain, &edge));
            }
        }
    }
    document
}

/// `ip saddr 172.64.0.0/13 tcp dport { 80, 443 } counter packets 0 bytes 0 drop`.
fn rule(number: u64, line: &str, chain: &str, edge: &EdgeRanges) -> Option<Setting> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let verdict = match words.iter().find(|word| matches!(**word, "drop" | "reject"))? {
        &"drop" => FirewallVerdict::Drop,
        _ => FirewallVerdict::Reject,
    };
    let invalid = line.contains("ct state invalid") || line.contains("ct state { invalid");
    if chain.eq_ignore_ascii_case("output")
        || invalid
        || line.contains("iifname \"lo\"") && !line.contains("!=")
    {
        return None;
    }
    let conditions = ["ct count over ", "limit rate ", "with "].iter().filter_map(|name| {
        let rest = line.split_once(name)?.1;
        let value: Vec<&str> = rest
            .split_whitespace()
            .take(4)
            .take_while(|word| !matches!(*word, "drop" | "reject" | "counter"))
            .collect();
        Some(format!("{name}{}", value.join(" ")))
    });
    let protocol = ["udp ", "icmp ", "icmpv6 ", "sctp "].iter().find(|name| line.starts_with(**name));
    let rule = FirewallRule {
        protocol: protocol.map(|name| name.trim_end()),
        source: operand(line, "saddr "),
        ports: operand(line, "dport "),
        conditions: conditions.collect(),
    };
    rule.setting(number, chain, verdict, edge)
}

/// What follows a key: a word, or a set in braces.
fn operand<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let rest = line.split_once(key)?.1.trim_start();
    if rest.starts_with('{') {
        return rest.find('}').and_then(|end| rest.get(..=end));
    }
    rest.split(' ').next()
}
