//! The kernel's settings: `sysctl -a`, /etc/sysctl.conf (sysctl(8), sysctl.conf(5); Documentation/networking/ip-sysctl.rst,
//! nf_conntrack-sysctl.rst). Two of them are figures: how many connections are tracked, and how many files are open.

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, key_and_value, most_lines, telling_lines};
use crate::logs::row::{ConfiguredProgram, MessageLine, Setting};

/// Keys that a cause may turn on.
pub const QUOTED: [&str; 30] = [
    "fs.file-max",
    "fs.file-nr",
    "fs.nr_open",
    "net.core.netdev_max_backlog",
    "net.core.somaxconn",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.default.rp_filter",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_no_pmtu_disc",
    "net.ipv4.tcp_abort_on_overflow",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_max_orphans",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_max_tw_buckets",
    "net.ipv4.tcp_mem",
    "net.ipv4.tcp_mtu_probing",
    "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_synack_retries",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_tw_recycle",
    "net.ipv4.tcp_tw_reuse",
    "net.netfilter.nf_conntrack_buckets",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_tcp_timeout_established",
    "net.nf_conntrack_max",
    "vm.overcommit_memory",
    "vm.swappiness",
];

/// Whether most lines set a key of the kernel.
pub fn fits(head: &str) -> bool {
    const TREES: [&str; 9] = ["abi.", "crypto.", "debug.", "dev.", "fs.", "kernel.", "net.", "user.", "vm."];
    let known = |line: &str| {
        key_and_value(line, '=')
            .is_some_and(|(key, _)| TREES.iter().any(|tree| key.trim_start_matches('-').starts_with(tree)))
    };
    most_lines(head, 80, known)
        || telling_lines(head).count() == 1 && telling_lines(head).any(|(_, line)| known(line))
}

/// Reads the keys.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, line) in telling_lines(text) {
        let Some((key, value)) = key_and_value(line, '=') else { continue };
        document.records += 1;
        // A leading hyphen says that a failure to set it is ignored (sysctl.conf(5)); slashes may stand for dots.
        let key = key.trim_start_matches('-').replace('/', ".");
        if QUOTED.contains(&key.as_str()) {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            document.settings.push(Setting::new(number, ConfiguredProgram::Linux, None, &key, &value));
        }
    }
    document.faults = used_up(&document.settings);
    document
}

/// The tables that are full.
fn used_up(settings: &[Setting]) -> Vec<(u64, MessageLine)> {
    let number = |directive: &str| {
        let found = settings.iter().find(|setting| setting.directive == directive)?;
        Some((found.line, found.value.parse::<u64>().ok()?))
    };
    let tracked = || {
        let (line, count) = number("net.netfilter.nf_conntrack_count")?;
        let (_, most) =
            number("net.netfilter.nf_conntrack_max").or_else(|| number("net.nf_conntrack_max"))?;
        let text = format!(
            "nf_conntrack_count {count} of nf_conntrack_max {most}: the table was full when this was written down"
        );
        (count >= most).then(|| (line, MessageLine::of(text.as_bytes(), Some(Program::Kernel))))
    };
    let open = || {
        let found = settings.iter().find(|setting| setting.directive == "fs.file-nr")?;
        let mut figures = found.value.split(' ').filter_map(|figure| figure.parse::<u64>().ok());
        let (count, _, most) = (figures.next()?, figures.next()?, figures.next()?);
        let text = format!("fs.file-nr {count} of {most} files open when this was written down");
        (count >= most).then(|| (found.line, MessageLine::of(text.as_bytes(), Some(Program::Kernel))))
    };
    tracked().into_iter().chain(open()).collect()
}
