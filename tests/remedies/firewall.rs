//! Firewall rules, added to a firewall: `nft` and `iptables` in a network namespace that nobody else is in.

use std::process::Command;

use rayscope::causes::Language;

use crate::{Snippet, none_is_refused, program, written_in};

/// A firewall as most have it, and the edge's published ranges without the internet.
const AROUND: &str = r#"
set -e
curl() {
    case "$*" in
        *ips-v4) printf '%s\n' 172.64.0.0/13 104.16.0.0/13 ;;
        *ips-v6) printf '%s\n' 2606:4700::/32 2400:cb00::/32 ;;
    esac
}
nft add table inet filter
for hook in input forward output; do
    nft add chain inet filter $hook "{ type filter hook $hook priority filter; }"
done
"#;

#[test]
fn the_kernel_takes_the_firewall_rules_of_remedies() {
    let ruling = |snippet: &Snippet| snippet.text.lines().any(is_rule);
    none_is_refused(
        &written_in(Language::Shell).into_iter().filter(ruling).collect::<Vec<Snippet>>(),
        |text| {
            let rules: String =
                text.lines().filter(|line| is_rule(line)).map(|line| format!("{line}\n")).collect();
            let mut firewall = Command::new("unshare");
            program::is_silent(firewall.args(["--net", "bash", "-c"]).arg(format!("{AROUND}{rules}")))
        },
    );
}

/// Whether the line changes a firewall's rules.
fn is_rule(line: &str) -> bool {
    ["nft add ", "nft insert ", "iptables -I "].iter().any(|command| line.starts_with(command))
}
