//! `ufw status`, also `verbose` and `numbered` (ufw(8)): what it denies, rejects or limits, and its policy.

use crate::facts::ranges::EdgeRanges;
use crate::logs::config::firewall::{FirewallRule, FirewallVerdict};
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::{ConfiguredProgram, Setting};

/// Whether it says that it is active or not, first.
pub fn fits(head: &str) -> bool {
    telling_lines(head).next().is_some_and(|(_, line)| matches!(line, "Status: active" | "Status: inactive"))
}

/// Reads the rules.
pub fn read(text: &str) -> DocumentContent {
    let edge = EdgeRanges::with(&[]);
    let mut document = DocumentContent::default();
    for (number, line) in telling_lines(text) {
        if let Some(policy) = line.strip_prefix("Default: ") {
            let incoming = policy.split(',').next().unwrap_or(policy).split(' ').next().unwrap_or(policy);
            document.records += 1;
            if matches!(incoming, "deny" | "reject") {
                document.settings.push(Setting::new(
                    number,
                    ConfiguredProgram::Firewall,
                    Some("incoming"),
                    "policy",
                    incoming,
                ));
            }
            continue;
        }
        // `numbered` puts `[ 1] ` first.
        let line = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map_or(line, |(_, rest)| rest.trim());
        let Some((to, action, from)) = columns(line) else { continue };
        document.records += 1;
        let verdict = match action.split(' ').next() {
            Some("DENY") => FirewallVerdict::Drop,
            Some("REJECT") => FirewallVerdict::Reject,
            Some("LIMIT") => FirewallVerdict::Limit,
            _ => continue,
        };
        if action.ends_with("OUT") {
            continue;
        }
        let ports = to.split(' ').next().filter(|to| *to != "Anywhere");
        let protocol = ports.and_then(|to| to.split_once('/')).map(|(_, protocol)| protocol);
        let source = from.split(' ').next().filter(|from| *from != "Anywhere");
        let rule = FirewallRule { protocol, source, ports, conditions: Vec::new() };
        document.settings.extend(rule.setting(number, "incoming", verdict, &edge));
    }
    document
}

/// The three columns, two blanks or more between them.
fn columns(line: &str) -> Option<(&str, &str, &str)> {
    let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
    let (to, action, from) = (columns.next()?, columns.next()?, columns.next()?);
    let verb = action.split(' ').next()?;
    matches!(verb, "ALLOW" | "DENY" | "REJECT" | "LIMIT").then_some((to, action, from))
}
