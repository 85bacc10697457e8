//! Caddy's configuration, the Caddyfile: <https://caddyserver.com/docs/caddyfile/concepts>. A block is opened by `{` at the end of a line.

use crate::logs::document::{DocumentContent, first_word, most_lines, telling_lines};
use crate::logs::row::{ConfiguredProgram, Setting};

/// Directives that a cause may turn on (Caddy's docs: Global options, reverse_proxy, php_fastcgi, tls).
pub const QUOTED: [&str; 23] = [
    "client_auth",
    "dial_timeout",
    "fail_duration",
    "flush_interval",
    "idle",
    "keepalive",
    "keepalive_idle_conns",
    "lb_try_duration",
    "max_conns_per_host",
    "max_header_size",
    "max_response_header",
    "mode",
    "php_fastcgi",
    "protocols",
    "read_body",
    "read_header",
    "read_timeout",
    "request_body",
    "response_header_timeout",
    "reverse_proxy",
    "trusted_proxies",
    "write",
    "write_timeout",
];

/// Directives that sites begin lines with.
const KEYWORDS: [&str; 22] = [
    "basic_auth",
    "encode",
    "file_server",
    "handle",
    "handle_path",
    "header",
    "header_up",
    "import",
    "log",
    "output",
    "format",
    "php_fastcgi",
    "redir",
    "respond",
    "reverse_proxy",
    "rewrite",
    "root",
    "route",
    "servers",
    "timeouts",
    "tls",
    "transport",
];

/// Whether blocks are opened, most lines are Caddy's, and none ends as nginx's do.
pub fn fits(head: &str) -> bool {
    let lines = || telling_lines(head).map(|(_, line)| line);
    let own = |line: &str| {
        let (word, _) = first_word(line);
        KEYWORDS.contains(&word) || QUOTED.contains(&word)
    };
    let known = |line: &str| own(line) || line == "}" || line.ends_with(" {") || line == "{";
    lines().any(|line| line.ends_with('{'))
        && lines().filter(|line| own(line)).count() >= 1
        && !lines().any(|line| line.ends_with(';'))
        && most_lines(head, 60, known)
        && lines().any(|line| {
            matches!(
                first_word(line).0,
                "reverse_proxy" | "php_fastcgi" | "file_server" | "respond" | "tls" | "encode" | "servers"
            )
        })
}

/// Reads a Caddyfile.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut blocks: Vec<&str> = Vec::new();
    for (number, line) in telling_lines(text) {
        if line == "}" {
            blocks.pop();
            continue;
        }
        let bare = line.strip_suffix('{').map_or(line, str::trim_end);
        let (word, value) = first_word(bare);
        if !word.is_empty() {
            document.records += 1;
        }
        if QUOTED.contains(&word) {
            document.settings.push(Setting::new(
                number,
                ConfiguredProgram::Caddy,
                blocks.last().copied(),
                word,
                value,
            ));
        }
        if line.ends_with('{') {
            blocks.push(bare);
        }
    }
    document
}
