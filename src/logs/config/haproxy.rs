//! HAProxy's configuration: <https://docs.haproxy.org/3.0/configuration.html>, 2.1 *Configuration file format*.

use crate::logs::document::{DocumentContent, first_word, most_lines, telling_lines};
use crate::logs::row::{ConfiguredProgram, LogFormatDirective, Setting};

/// Directives that a cause may turn on. Of `timeout` and `option` the second word is part of the name.
pub const QUOTED: [&str; 33] = [
    "backlog",
    "bind",
    "fullconn",
    "http-reuse",
    "maxconn",
    "mode",
    "option abortonclose",
    "option forceclose",
    "option http-buffer-request",
    "option http-keep-alive",
    "option http-server-close",
    "option httpclose",
    "option redispatch",
    "retries",
    "retry-on",
    "server",
    "ssl-default-bind-ciphers",
    "ssl-default-bind-options",
    "timeout check",
    "timeout client",
    "timeout client-fin",
    "timeout connect",
    "timeout http-keep-alive",
    "timeout http-request",
    "timeout queue",
    "timeout server",
    "timeout server-fin",
    "timeout tunnel",
    "tune.bufsize",
    "tune.http.maxhdr",
    "tune.maxrewrite",
    "tune.ssl.default-dh-param",
    "ulimit-n",
];

/// Words that begin a section (2.1).
const SECTIONS: [&str; 12] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "peers",
    "resolvers",
    "userlist",
    "cache",
    "program",
    "mailers",
    "http-errors",
];

/// Keywords that most lines of a section begin with.
const KEYWORDS: [&str; 22] = [
    "acl",
    "balance",
    "bind",
    "chroot",
    "cookie",
    "daemon",
    "default_backend",
    "default-server",
    "errorfile",
    "group",
    "http-check",
    "http-request",
    "http-response",
    "log",
    "maxconn",
    "mode",
    "option",
    "server",
    "stats",
    "timeout",
    "use_backend",
    "user",
];

/// Whether a section is begun and most lines are keywords of HAProxy.
pub fn fits(head: &str) -> bool {
    let section = |line: &str| SECTIONS.contains(&first_word(line).0) && !line.ends_with('{');
    let keyword = |line: &str| {
        let (word, _) = first_word(line);
        let quoted = QUOTED.contains(&word) || word.starts_with("tune.") || word.starts_with("ssl-default-");
        !line.ends_with([';', '{']) && (quoted || KEYWORDS.contains(&word))
    };
    head.lines().any(section) && most_lines(head, 60, |line| section(line) || keyword(line))
}

/// Reads a configuration.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut section: Option<&str> = None;
    for (number, line) in telling_lines(text) {
        let (word, rest) = first_word(line);
        if SECTIONS.contains(&word) {
            section = Some(line);
            continue;
        }
        document.records += 1;
        if word == "log-format" {
            let name = section.unwrap_or_default().to_owned();
            document.log_formats.push(LogFormatDirective { line: number, name, text: unquoted(rest) });
            continue;
        }
        let (argument, value) = first_word(rest);
        let of_two = format!("{word} {argument}");
        let (directive, value) =
            if QUOTED.contains(&of_two.as_str()) { (of_two.as_str(), value) } else { (word, rest) };
        if QUOTED.contains(&directive) {
            document.settings.push(Setting::new(
                number,
                ConfiguredProgram::Haproxy,
                section,
                directive,
                value,
            ));
        }
    }
    document
}

/// The first argument of a line without its quotes and escapes (2.2 *Quoting and escaping*).
fn unquoted(text: &str) -> String {
    let (mut out, mut quote) = (String::new(), None);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => out.extend(letters.next()),
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (letter, None) if letter.is_whitespace() => break,
            (letter, _) => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_format_is_read_without_its_quotes() {
        let told = |line: &str| {
            let text = format!("defaults\n    mode http\n    {line}\n    timeout client 30s\n");
            read(&text).log_formats.into_iter().map(|format| (format.line, format.text)).collect::<Vec<_>>()
        };
        let expected = vec![(3, "%ci [%t] %ST \"%r\"".to_owned())];
        assert_eq!(told(r#"log-format "%ci [%t] %ST \"%r\"""#), expected);
        assert_eq!(told(r#"log-format '%ci [%t] %ST "%r"'"#), expected);
        assert_eq!(told(r#"log-format %ci\ [%t]\ %ST\ \"%r\""#), expected);
        assert_eq!(told("option httplog"), []);
    }
}
