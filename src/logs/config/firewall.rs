//! What rules of packet filters have in common: which of them may keep the edge's connections from the web server.

use ipnet::IpNet;

use crate::facts::ranges::EdgeRanges;
use crate::logs::row::{ConfiguredProgram, Setting};

/// What a rule does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirewallVerdict {
    /// It vanishes.
    Drop,
    /// Its sender is told.
    Reject,
    /// Only so many pass.
    Limit,
}

impl FirewallVerdict {
    /// Its name as a directive.
    pub fn directive(self) -> &'static str {
        match self {
            FirewallVerdict::Drop => "drop",
            FirewallVerdict::Reject => "reject",
            FirewallVerdict::Limit => "limit",
        }
    }
}

/// A rule, as far as it says what packets it is about.
#[derive(Clone, Debug, Default)]
pub struct FirewallRule<'a> {
    /// The protocol, where it names one.
    pub protocol: Option<&'a str>,
    /// The source: a range, an address, a set.
    pub source: Option<&'a str>,
    /// The ports of the destination, as written (`443`, `80,443`, `1:1024`, `{ 80, 443 }`).
    pub ports: Option<&'a str>,
    /// Other conditions that matter, as written.
    pub conditions: Vec<String>,
}

impl FirewallRule<'_> {
    /// The setting of a rule that may meet the edge: it is about a web server's ports, the edge's addresses, or every packet.
    pub fn setting(
        &self,
        line: u64,
        chain: &str,
        verdict: FirewallVerdict,
        edge: &EdgeRanges,
    ) -> Option<Setting> {
        let other_protocol = self.protocol.is_some_and(|protocol| !matches!(protocol, "tcp" | "6" | "all"));
        let meets = match (self.ports, self.source) {
            (Some(ports), _) => names_web_port(ports),
            (None, Some(source)) => meets_edge(source, edge),
            (None, None) => true,
        };
        if other_protocol || !meets {
            return None;
        }
        let mut words: Vec<String> = Vec::new();
        words.extend(self.source.map(|source| format!("from {source}")));
        words.extend(self.ports.map(|ports| format!("to port {ports}")));
        words.extend(self.conditions.iter().cloned());
        let value = if words.is_empty() { "all that comes so far".to_owned() } else { words.join(" ") };
        Some(Setting::new(line, ConfiguredProgram::Firewall, Some(chain), verdict.directive(), &value))
    }
}

/// Whether 80 or 443 is among the ports.
fn names_web_port(ports: &str) -> bool {
    ports.split([',', ' ', '{', '}']).filter(|one| !one.is_empty()).any(|one| {
        let port = one.split('/').next().unwrap_or(one);
        let bounds = port.split_once([':', '-']).unwrap_or((port, port));
        match (bounds.0.parse::<u16>(), bounds.1.parse::<u16>()) {
            (Ok(from), Ok(to)) => [80, 443].iter().any(|web| (from..=to).contains(web)),
            _ => matches!(port, "http" | "https"),
        }
    })
}

/// Whether an address or a range touches the edge's. A set whose members stand elsewhere may.
fn meets_edge(source: &str, edge: &EdgeRanges) -> bool {
    let mut known = false;
    let touches = source.split([',', ' ', '{', '}']).filter(|one| !one.is_empty()).any(|one| {
        let range =
            one.parse::<IpNet>().ok().or_else(|| one.parse::<std::net::IpAddr>().ok().map(IpNet::from));
        known |= range.is_some();
        range.is_some_and(|range| edge.touches(range))
    });
    touches || !known
}
