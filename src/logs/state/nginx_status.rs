//! nginx's status page: <https://nginx.org/en/docs/http/ngx_http_stub_status_module.html>. Where fewer connections were handled than accepted,
//! worker_connections did not suffice.

use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;

/// Whether it is that page.
pub fn fits(head: &str) -> bool {
    let mut lines = telling_lines(head).map(|(_, line)| line);
    lines.next().is_some_and(|line| line.starts_with("Active connections: "))
        && lines.next().is_some_and(|line| line.starts_with("server accepts handled requests"))
}

/// Reads the page.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent { records: 7, ..DocumentContent::default() };
    let counted = telling_lines(text).nth(2).and_then(|(line, figures)| {
        let mut figures = figures.split_whitespace().map(str::parse::<u64>);
        Some((line, figures.next()?.ok()?, figures.next()?.ok()?))
    });
    if let Some((line, accepted, handled)) = counted
        && let Some(dropped @ 1..) = accepted.checked_sub(handled)
    {
        let text = format!("stub_status: {dropped} connections accepted and not handled since nginx started");
        document.faults.push((line, MessageLine::of(text.as_bytes(), None)));
    }
    document
}
