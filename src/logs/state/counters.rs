//! Counters of the kernel's network: `netstat -s` (net-tools statistics.c), `nstat` (nstat(8)), /proc/net/netstat and /proc/net/snmp. All
//! count since the machine started, but for nstat, which counts since it was last asked: they say that something happened, not when.

use std::collections::BTreeMap;

use super::sockets;
use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, first_word, is_date, most_lines, telling_lines};
use crate::logs::row::MessageLine;

/// A counter that tells of a fault: its name in nstat and /proc, its wording in `netstat -s`, and what it counts
/// (Documentation/networking/snmp_counter.rst).
struct Counter {
    name: &'static str,
    wording: &'static str,
    counts: &'static str,
}

const TELLING: [Counter; 5] = [
    Counter {
        name: "TcpExtListenOverflows",
        wording: "times the listen queue of a socket overflowed",
        counts: "connections that found the accept queue full",
    },
    Counter {
        name: "TcpExtTCPReqQFullDrop",
        wording: "TCPReqQFullDrop: ",
        counts: "SYNs dropped because the queue of half-open connections was full",
    },
    Counter {
        name: "TcpExtTCPReqQFullDoCookies",
        wording: "TCPReqQFullDoCookies: ",
        counts: "SYNs answered with a cookie because the queue of half-open connections was full",
    },
    Counter {
        name: "TcpExtTCPMemoryPressures",
        wording: "TCP ran low on memory ",
        counts: "times that TCP ran short of memory",
    },
    Counter {
        name: "TcpExtTCPAbortOnMemory",
        wording: "connections aborted due to memory pressure",
        counts: "connections ended because TCP had no memory",
    },
];

/// Whether it is what nstat writes: names with their protocol before them, a number, a rate.
pub fn fits_nstat(head: &str) -> bool {
    // Whoever saves it, once or every few seconds, writes the date before it, and asks for the sockets at the same moment.
    let is_beside = |line: &str| is_date(line) || sockets::is_of_list(line);
    let is_nstat = |line: &str| nstat(line).is_some();
    most_lines(head, 20, is_nstat) && most_lines(head, 60, |line| is_nstat(line) || is_beside(line))
}

/// Reads nstat, and the sockets beside it. Where it was asked again and again, what a counter says first was counted before.
pub fn read_nstat(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut asked: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for (number, line) in telling_lines(text) {
        if let Some((name, value)) = nstat(line) {
            document.records += 1;
            asked.entry(name).or_default().push((number, value));
        } else if let Some((number, fault)) = sockets::full_queue(number, line) {
            document.faults.push((number, fault));
        }
    }
    for (name, values) in asked {
        match values.as_slice() {
            [(number, value)] => document.faults.extend(fault(*number, name, *value)),
            several => {
                let pairs = several.iter().zip(several.iter().skip(1));
                let grown = pairs.filter(|((_, before), (_, now))| now > before);
                document.faults.extend(grown.filter_map(|(_, (number, now))| fault(*number, name, *now)));
            }
        }
    }
    document.faults.sort_by_key(|(number, _)| *number);
    document
}

/// `TcpExtListenOverflows           812                0.0`.
fn nstat(line: &str) -> Option<(&str, u64)> {
    const PROTOCOLS: [&str; 10] =
        ["Ip", "Icmp", "Tcp", "Udp", "Ip6", "Icmp6", "Udp6", "UdpLite", "MPTcp", "Sctp"];
    let mut words = line.split_whitespace();
    let (name, value) = (words.next()?, words.next()?);
    let known = PROTOCOLS.iter().any(|protocol| name.starts_with(protocol));
    Some((name, value.parse().ok()?)).filter(|_| known && words.count() <= 1)
}

/// Whether it is `netstat -s`, by the headings of its protocols.
pub fn fits_netstat(head: &str) -> bool {
    let heading = |name: &str| head.lines().any(|line| line.trim_end() == name);
    heading("Tcp:") && (heading("Ip:") || heading("TcpExt:") || heading("Udp:"))
}

/// Reads `netstat -s`.
pub fn read_netstat(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, line) in telling_lines(text).filter(|(_, line)| !line.ends_with(':')) {
        document.records += 1;
        let Some(counter) = TELLING.iter().find(|counter| line.contains(counter.wording)) else { continue };
        // The number stands before the wording, or behind it where the wording is a name or a verb.
        let found = line.split_whitespace().find_map(|word| word.parse::<u64>().ok());
        document.faults.extend(found.and_then(|value| fault(number, counter.name, value)));
    }
    document
}

/// Whether it is /proc/net/netstat or /proc/net/snmp: each protocol has a line of names and one of numbers.
pub fn fits_proc(head: &str) -> bool {
    let mut lines = head.lines();
    let (Some(names), Some(values)) = (lines.next(), lines.next()) else { return false };
    let (protocol, first) = first_word(names);
    let same = first_word(values).0 == protocol;
    let number = |word: &str| word.parse::<i64>().is_ok();
    same && matches!(protocol, "TcpExt:" | "Ip:")
        && first.split(' ').next().is_some_and(|name| !number(name))
        && first_word(values).1.split(' ').all(number)
}

/// Reads /proc/net/netstat.
pub fn read_proc(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let lines: Vec<(u64, &str)> = telling_lines(text).collect();
    for pair in lines.chunks_exact(2) {
        let [(_, names), (number, values)] = pair else { continue };
        let (protocol, names) = first_word(names);
        let values = first_word(values).1.split(' ').map(|value| value.parse::<u64>().ok());
        for (name, value) in names.split(' ').zip(values) {
            document.records += 1;
            let name = format!("{}{name}", protocol.trim_end_matches(':'));
            document.faults.extend(value.and_then(|value| fault(*number, &name, value)));
        }
    }
    document
}

fn fault(line: u64, name: &str, value: u64) -> Option<(u64, MessageLine)> {
    let counter = TELLING.iter().find(|counter| counter.name == name)?;
    let text = format!(
        "{name} {value}: {}, counted since the machine started or the counter was last read",
        counter.counts
    );
    (value > 0).then(|| (line, MessageLine::of(text.as_bytes(), Some(Program::Kernel))))
}
