//! `iptables-save` and `ip6tables-save` (iptables-save(8), iptables-extensions(8)): of the table filter the rules that drop or reject, and the
//! policies of its chains.

use crate::facts::ranges::EdgeRanges;
use crate::logs::config::firewall::{FirewallRule, FirewallVerdict};
use crate::logs::document::{DocumentContent, most_lines, telling_lines};
use crate::logs::row::{ConfiguredProgram, Setting};

/// Whether it is what iptables-save writes: tables, chains with their counters, rules.
pub fn fits(head: &str) -> bool {
    let known = |line: &str| {
        matches!(line, "*filter" | "*nat" | "*mangle" | "*raw" | "*security" | "COMMIT")
            || line.starts_with("-A ")
            || line.starts_with("-P ")
            || line.starts_with("-N ")
            || line.starts_with('[') && line.contains("] -A ")
            || line.starts_with(':') && line.ends_with(']')
    };
    most_lines(head, 80, known)
}

/// Reads the rules; those of `iptables -S` as well, which names no table.
pub fn read(text: &str) -> DocumentContent {
    let edge = EdgeRanges::with(&[]);
    let mut document = DocumentContent::default();
    let mut table = "filter";
    for (number, line) in telling_lines(text) {
        if let Some(name) = line.strip_prefix('*') {
            table = name;
            continue;
        }
        // With `-c` the counters of packets and bytes stand first.
        let line =
            line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, rule)| rule);
        document.records += u64::from(line.starts_with("-A ") || line.starts_with([':', '-']));
        if matches!(table, "filter" | "raw" | "mangle") {
            document.settings.extend(policy(number, line).or_else(|| rule(number, line, &edge)));
        }
    }
    document
}

/// `:INPUT DROP [0:0]`, `-P INPUT DROP`.
fn policy(number: u64, line: &str) -> Option<Setting> {
    let mut words = line.strip_prefix(':').or_else(|| line.strip_prefix("-P "))?.split(' ');
    let (chain, policy) = (words.next()?, words.next()?);
    let value = policy.to_ascii_lowercase();
    (chain == "INPUT" && policy == "DROP")
        .then(|| Setting::new(number, ConfiguredProgram::Firewall, Some(chain), "policy", &value))
}

/// `-A INPUT -s 172.64.0.0/13 -p tcp -m tcp --dport 443 -j DROP`.
fn rule(number: u64, line: &str, edge: &EdgeRanges) -> Option<Setting> {
    let words: Vec<&str> = line.strip_prefix("-A ")?.split_whitespace().collect();
    let chain = words.first()?;
    if matches!(*chain, "OUTPUT" | "POSTROUTING") {
        return None;
    }
    let after = |names: &[&str]| {
        let at = words.iter().position(|word| names.contains(word))?;
        words.get(at + 1).copied()
    };
    let verdict = match after(&["-j", "--jump"])? {
        "DROP" => FirewallVerdict::Drop,
        "REJECT" => FirewallVerdict::Reject,
        _ => return None,
    };
    // Packets that belong to nothing, and what leaves or is the loopback, are not the edge's connections.
    let of_nothing = after(&["--ctstate", "--state"]).is_some_and(|state| state == "INVALID");
    if of_nothing || after(&["-i"]) == Some("lo") {
        return None;
    }
    const SHOWN: [&str; 7] = [
        "--connlimit-above",
        "--hashlimit-above",
        "--limit",
        "--reject-with",
        "--match-set",
        "--hitcount",
        "--ctstate",
    ];
    let shown =
        SHOWN.iter().filter_map(|name| Some(format!("{} {}", name.trim_start_matches('-'), after(&[name])?)));
    let source = after(&["-s", "--source"]).or_else(|| after(&["--src-range", "--match-set"]));
    let rule = FirewallRule {
        protocol: after(&["-p"]),
        source: source.filter(|source| !matches!(*source, "0.0.0.0/0" | "::/0")),
        ports: after(&["--dport", "--dports"]),
        conditions: shown.collect(),
    };
    rule.setting(number, chain, verdict, edge)
}
