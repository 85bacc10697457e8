//! HAProxy's statistics: <https://docs.haproxy.org/3.0/management.html>, 9.1 *CSV format* (`show stat`) and `show info`.

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, key_and_value, telling_lines};
use crate::logs::row::MessageLine;

/// Whether it is `show stat`, by its first columns.
pub fn fits_stat(head: &str) -> bool {
    head.trim_start().trim_start_matches("# ").starts_with("pxname,svname,qcur,qmax,scur,")
}

/// Reads `show stat`: a server that is down or in maintenance, a proxy at its limit of sessions.
pub fn read_stat(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut lines = (1u64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let Some((_, header)) = lines.next() else { return document };
    let columns: Vec<&str> = header.trim_start_matches("# ").split(',').collect();
    let at = |name: &str| columns.iter().position(|column| *column == name);
    let wanted = ["pxname", "svname", "scur", "slim", "status"].map(at);
    for (number, line) in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let [Some(proxy), Some(server), Some(current), Some(limit), Some(status)] =
            wanted.map(|at| at.and_then(|at| cells.get(at)).copied())
        else {
            continue;
        };
        document.records += 1;
        let said = if matches!(status.split(' ').next(), Some("DOWN" | "MAINT" | "NOLB")) {
            Some(format!("show stat: {proxy}/{server} is {status}"))
        } else {
            match (current.parse::<u64>(), limit.parse::<u64>()) {
                (Ok(current), Ok(limit @ 1..)) if current >= limit => {
                    Some(format!("show stat: {proxy}/{server} has {current} sessions of its limit {limit}"))
                }
                _ => None,
            }
        };
        document
            .faults
            .extend(said.map(|text| (number, MessageLine::of(text.as_bytes(), Some(Program::Haproxy)))));
    }
    document
}

/// Whether it is `show info`.
pub fn fits_info(head: &str) -> bool {
    let begins = |beginning: &str| head.lines().any(|line| line.starts_with(beginning));
    begins("Name: HAProxy") && begins("Maxconn: ") && begins("CurrConns: ")
}

/// Reads `show info`: the process at its limit of connections.
pub fn read_info(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let (mut most, mut current) = (None, None);
    for (number, line) in telling_lines(text) {
        let Some((key, value)) = key_and_value(line, ':') else { continue };
        document.records += 1;
        match key {
            "Maxconn" => most = value.parse::<u64>().ok(),
            "CurrConns" => current = value.parse::<u64>().ok().map(|current| (number, current)),
            _ => {}
        }
    }
    if let (Some(most @ 1..), Some((number, current))) = (most, current)
        && current >= most
    {
        let text = format!("show info: {current} connections of the limit Maxconn {most}");
        document.faults.push((number, MessageLine::of(text.as_bytes(), Some(Program::Haproxy))));
    }
    document
}
