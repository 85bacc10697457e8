//! nginx configuration files: the log formats that they define, and the settings that a report quotes.
//!
//! No include is followed and no variable is expanded: the files are taken one by one, as the person gives them.

use crate::logs::document::DocumentContent;
use crate::logs::row::{ConfiguredProgram, LogFormatDirective, Setting};

/// Directives that a cause may turn on, quoted with their line.
pub const QUOTED: [&str; 33] = [
    "access_log",
    "client_body_timeout",
    "client_header_buffer_size",
    "client_header_timeout",
    "client_max_body_size",
    "deny",
    "fastcgi_buffer_size",
    "fastcgi_buffers",
    "fastcgi_pass",
    "fastcgi_read_timeout",
    "http2",
    "keepalive_requests",
    "keepalive_time",
    "keepalive_timeout",
    "large_client_header_buffers",
    "limit_conn",
    "limit_req",
    "listen",
    "max_headers",
    "proxy_buffer_size",
    "proxy_buffers",
    "proxy_connect_timeout",
    "proxy_pass",
    "proxy_read_timeout",
    "proxy_send_timeout",
    "server_name",
    "ssl_ciphers",
    "ssl_protocols",
    "ssl_trusted_certificate",
    "ssl_verify_client",
    "worker_connections",
    "worker_processes",
    "worker_rlimit_nofile",
];

/// Blocks inside one another that are told apart; nginx's own files have four.
const DEEPEST_BLOCK: usize = 64;

/// The longest directive that is read, in bytes; a longer one is damage.
const LONGEST_DIRECTIVE: usize = 64 * 1024;

/// What a configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NginxConfig {
    /// The formats it defines, in order.
    pub log_formats: Vec<LogFormatDirective>,
    /// The settings it makes, in order; `access_log` among them.
    pub settings: Vec<Setting>,
    /// Directives in all: with none the text is no configuration.
    pub directives: u64,
}

impl NginxConfig {
    /// Reads a configuration. Damage ends the directive that it stands in, not the file.
    pub fn read(text: &[u8]) -> NginxConfig {
        let mut config = NginxConfig::default();
        let mut directive: Vec<Word> = Vec::new();
        let mut blocks: Vec<String> = Vec::new();
        let mut length = 0usize;
        for token in (Words { text, at: 0, line: 1 }) {
            match token {
                Token::Word(word) => {
                    length = length.saturating_add(word.text.len());
                    if length <= LONGEST_DIRECTIVE {
                        directive.push(word);
                    }
                }
                Token::End | Token::Open | Token::Close => {
                    if token != Token::Close {
                        config.take(&directive, blocks.last().map(String::as_str));
                    }
                    match token {
                        Token::Open if blocks.len() < DEEPEST_BLOCK => blocks.push(joined(&directive)),
                        Token::Close => drop(blocks.pop()),
                        _ => {}
                    }
                    directive.clear();
                    length = 0;
                }
            }
        }
        config
    }

    fn take(&mut self, words: &[Word], block: Option<&str>) {
        let Some((first, arguments)) = words.split_first() else { return };
        self.directives = self.directives.saturating_add(1);
        if first.text == "log_format" {
            let Some((name, pieces)) = arguments.split_first() else { return };
            let pieces = pieces.iter().filter(|piece| !piece.text.starts_with("escape="));
            let text: String = pieces.map(|piece| piece.text.as_str()).collect();
            self.log_formats.push(LogFormatDirective { line: first.line, name: name.text.clone(), text });
        } else if QUOTED.contains(&first.text.as_str()) {
            let program = ConfiguredProgram::Nginx;
            self.settings.push(Setting::new(first.line, program, block, &first.text, &joined(arguments)));
        }
    }
}

/// Words as the file would have them on one line.
fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Reads a configuration for the list of inputs.
pub fn read(text: &str) -> DocumentContent {
    let config = NginxConfig::read(text.as_bytes());
    DocumentContent {
        records: config.settings.len() as u64,
        settings: config.settings,
        log_formats: config.log_formats,
        ..DocumentContent::default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    line: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// `;`
    End,
    /// `{`
    Open,
    /// `}`
    Close,
}

/// The lexer: words, quoted words, `;`, braces and comments.
struct Words<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Words<'_> {
    fn bump(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        self.at = self.at.saturating_add(1);
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(byte)
    }

    fn quoted(&mut self, quote: u8) -> Word {
        let line = self.line;
        let mut bytes = Vec::new();
        while let Some(byte) = self.bump() {
            if byte == quote {
                break;
            }
            if byte == b'\\' {
                match self.bump() {
                    Some(escaped) if escaped == quote || escaped == b'\\' => bytes.push(escaped),
                    Some(other) => bytes.extend_from_slice(&[b'\\', other]),
                    None => break,
                }
                continue;
            }
            bytes.push(byte);
        }
        Word { text: String::from_utf8_lossy(&bytes).into_owned(), line }
    }

    fn bare(&mut self, first: u8) -> Word {
        let line = self.line;
        let mut bytes = vec![first];
        // `${name}` holds braces of its own.
        let mut variable = false;
        while let Some(&byte) = self.text.get(self.at) {
            let opens = byte == b'{' && bytes.last() == Some(&b'$');
            let closes = byte == b'}' && variable;
            if !opens && !closes && (byte.is_ascii_whitespace() || matches!(byte, b';' | b'{' | b'}')) {
                break;
            }
            variable = opens || variable && !closes;
            bytes.push(byte);
            self.at = self.at.saturating_add(1);
        }
        Word { text: String::from_utf8_lossy(&bytes).into_owned(), line }
    }
}

impl Iterator for Words<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let byte = self.bump()?;
            return Some(match byte {
                b';' => Token::End,
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'#' => {
                    while self.bump()? != b'\n' {}
                    continue;
                }
                quote @ (b'"' | b'\'') => Token::Word(self.quoted(quote)),
                blank if blank.is_ascii_whitespace() => continue,
                first => Token::Word(self.bare(first)),
            });
        }
    }
}

/// Whether a text looks like an nginx configuration: known directives that end in `;`, at least two of them.
pub fn fits(head: &str) -> bool {
    let head = head.as_bytes();
    let known: u32 = [
        &b"server {"[..],
        b"http {",
        b"events {",
        b"location ",
        b"server_name ",
        b"listen ",
        b"log_format ",
        b"proxy_pass ",
        b"keepalive_timeout ",
        b"worker_processes ",
        b"access_log ",
        b"upstream ",
        b"root ",
    ]
    .iter()
    .map(|word| {
        head.split(|byte| *byte == b'\n')
            .any(|line| line.trim_ascii_start().starts_with(word) && !line.trim_ascii_end().ends_with(b","))
    })
    .map(u32::from)
    .sum();
    known >= 2 && memchr::memchr(b';', head).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::format::access_format::AccessFormat;

    const CONFIG: &str = r#"# main; { not this
http {
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" '   # a comment; here
                    "\"$http_user_agent\" ${http_cf_ray}";
    log_format json escape=json '{"t":"$time_iso8601","s":$status}';
    access_log /var/log/nginx/access.log main;
    keepalive_timeout 65;
    server {
        listen 443 ssl http2;
        large_client_header_buffers 4 8k;
        location ~ \.php$ { fastcgi_pass unix:/run/php.sock; }
    }
}
"#;

    #[test]
    fn multi_line_log_formats_are_joined_and_compile() {
        let config = NginxConfig::read(CONFIG.as_bytes());
        let [main, json] = config.log_formats.as_slice() else { panic!("two formats") };
        assert_eq!((main.name.as_str(), json.name.as_str()), ("main", "json"));
        assert_eq!(main.line, 3);
        let row = AccessFormat::parse(&main.text)
            .unwrap()
            .parse_line(br#"1.2.3.4 - - [17/Nov/2026:08:01:01 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 9c1f00aa12bc34de-FRA"#)
            .unwrap();
        assert!(row.ray.is_some());
        assert!(AccessFormat::parse(&json.text).is_ok());
    }

    #[test]
    fn settings_are_quoted_with_their_line() {
        let config = NginxConfig::read(CONFIG.as_bytes());
        let quoted: Vec<_> =
            config.settings.iter().map(|s| (s.line, s.directive.as_str(), s.value.as_str())).collect();
        assert_eq!(
            quoted,
            [
                (7, "access_log", "/var/log/nginx/access.log main"),
                (8, "keepalive_timeout", "65"),
                (10, "listen", "443 ssl http2"),
                (11, "large_client_header_buffers", "4 8k"),
                (12, "fastcgi_pass", "unix:/run/php.sock"),
            ]
        );
        assert!(fits(CONFIG));
    }

    #[test]
    fn damage_ends_quietly() {
        for text in ["log_format", "log_format x '", "a \"b\\", "}}}};;;{", "listen 80"] {
            let _ = NginxConfig::read(text.as_bytes());
        }
        assert_eq!(NginxConfig::read(b"listen 80; }").settings.len(), 1);
    }
}
