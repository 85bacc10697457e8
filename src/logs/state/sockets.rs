//! Sockets by ss(8): `ss -s`, and `ss -lnt` with its kin. Of a listener, Recv-Q is how many connections wait to be accepted, Send-Q how many
//! may (tcp_diag.c, `tcp_diag_get_info`); the queue is full where more wait (`sk_acceptq_is_full`, include/net/sock.h).

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;

/// Whether it is a list of sockets, by its first line: of several protocols it begins with the column Netid.
pub fn fits_list(head: &str) -> bool {
    let Some((_, first)) = telling_lines(head).next() else { return false };
    let first = first.strip_prefix("Netid").map_or(first, str::trim_start);
    let columns: Vec<&str> = first.split_whitespace().take(4).collect();
    columns.starts_with(&["State", "Recv-Q", "Send-Q", "Local"])
}

/// Reads a list of sockets.
pub fn read_list(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, line) in telling_lines(text).skip(1) {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| !word.bytes().all(|c| c.is_ascii_uppercase() || c == b'-'));
        let (Some(state), Some(waiting), Some(fit)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let (Ok(waiting), Ok(fit)) = (waiting.parse::<u64>(), fit.parse::<u64>()) else { continue };
        document.records += 1;
        if state == "LISTEN" && waiting > fit {
            let address = words.next().unwrap_or("-");
            let text =
                format!("listener {address}: {waiting} connections wait to be accepted, and {fit} may (ss)");
            document.faults.push((number, MessageLine::of(text.as_bytes(), Some(Program::Kernel))));
        }
    }
    document
}

/// Whether it is `ss -s`.
pub fn fits_summary(head: &str) -> bool {
    let mut lines = telling_lines(head).map(|(_, line)| line);
    lines.next().is_some_and(|line| line.starts_with("Total: "))
        && lines.next().is_some_and(|line| line.starts_with("TCP: ") && line.contains("estab"))
}

/// Reads `ss -s`: how many sockets there are tells of no fault by itself.
pub fn read_summary(text: &str) -> DocumentContent {
    DocumentContent { records: telling_lines(text).count() as u64, ..DocumentContent::default() }
}
