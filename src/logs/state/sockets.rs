//! Sockets by ss(8): `ss -s`, and `ss -lnt` with its kin. Of a listener, Recv-Q is how many connections wait to be accepted, Send-Q how many
//! may (tcp_diag.c, `tcp_diag_get_info`); the queue is full where more wait (`sk_acceptq_is_full`, include/net/sock.h).

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, is_date, telling_lines};
use crate::logs::row::MessageLine;

/// The columns with which a list begins, behind that of the protocol where there are several.
const COLUMNS: [&str; 4] = ["State", "Recv-Q", "Send-Q", "Local"];

/// Whether it is a list of sockets, by its first line behind the date: of several protocols it begins with the column Netid.
pub fn fits_list(head: &str) -> bool {
    telling_lines(head).find(|(_, line)| !is_date(line)).is_some_and(|(_, first)| is_heading(first))
}

/// Whether a line is one of such a list.
pub(super) fn is_of_list(line: &str) -> bool {
    is_heading(line) || queue(line).is_some()
}

fn is_heading(line: &str) -> bool {
    let line = line.strip_prefix("Netid").map_or(line, str::trim_start);
    line.split_whitespace().take(4).eq(COLUMNS)
}

/// A socket's state, how many connections wait or bytes, how many may, and what stands behind.
fn queue(line: &str) -> Option<(&str, u64, u64, &str)> {
    let is_state = |word: &&str| word.bytes().all(|c| c.is_ascii_uppercase() || c == b'-');
    let mut words = line.split_whitespace().skip_while(|word| !is_state(word));
    let (state, waiting, fit) = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((state, waiting, fit, words.next().unwrap_or("-")))
}

/// A listener whose queue is full.
pub(super) fn full_queue(number: u64, line: &str) -> Option<(u64, MessageLine)> {
    let (_, waiting, fit, address) =
        queue(line).filter(|(state, waiting, fit, _)| *state == "LISTEN" && waiting > fit)?;
    let text = format!("listener {address}: {waiting} connections wait to be accepted, and {fit} may (ss)");
    Some((number, MessageLine::of(text.as_bytes(), Some(Program::Kernel))))
}

/// Reads a list of sockets.
pub fn read_list(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    for (number, line) in telling_lines(text).skip(1) {
        document.records += u64::from(queue(line).is_some());
        document.faults.extend(full_queue(number, line));
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
