//! The output of traceroute(8) and of Windows' tracert. A silent router is none that loses packets; one that answers that the host or its network
//! cannot be reached (`!H`, `!N`) says why nothing gets there. `!X` only says that it forbids the probe.

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;
use crate::text::line::text_within;

/// Whether it is such an output, by its first line.
pub fn fits(head: &str) -> bool {
    const BEGINNINGS: [&str; 3] = ["traceroute to ", "traceroute6 to ", "Tracing route to "];
    let first = telling_lines(head).next().map(|(_, line)| line).unwrap_or_default();
    BEGINNINGS.iter().any(|beginning| first.starts_with(beginning))
}

/// Reads the hops.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let (mut silent, mut last) = (0u64, "");
    for (number, line) in telling_lines(text).skip(1) {
        let mut words = line.split_whitespace();
        let Some(hop) = words.next().and_then(|word| word.parse::<u64>().ok()) else { continue };
        document.records += 1;
        let named = words.clone().find(|word| word.bytes().filter(|c| matches!(c, b'.' | b':')).count() >= 2);
        match named {
            Some(name) => last = name.trim_matches(['(', ')', '[', ']']),
            None => silent += 1,
        }
        let refused = words.any(|word| matches!(word, "!H" | "!N")) || line.contains("host unreachable");
        if refused {
            let text = format!("traceroute: hop {hop} answers that the end of the path cannot be reached");
            document.faults.push((number, MessageLine::of(text.as_bytes(), Some(Program::Kernel))));
        }
    }
    document.notes.push(format!(
        "a path of {} hops, {silent} of them silent, which routers may be; the last that answers is {}. It is not joined with any request",
        document.records,
        text_within(last.as_bytes(), 64)
    ));
    document
}
