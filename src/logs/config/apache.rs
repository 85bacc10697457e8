//! Apache httpd's configuration (httpd.conf, sites, .htaccess): <https://httpd.apache.org/docs/2.4/configuring.html>. One directive a line,
//! `\` at its end goes on, names in any case, sections as `<VirtualHost *:443>`.

use crate::logs::document::{DocumentContent, first_word, most_lines};
use crate::logs::row::{ConfiguredProgram, LogFormatDirective, Setting};

/// Directives that a cause may turn on (httpd 2.4 manual, Directive Index).
pub const QUOTED: [&str; 36] = [
    "AcceptFilter",
    "Deny",
    "KeepAlive",
    "KeepAliveTimeout",
    "LimitRequestBody",
    "LimitRequestFields",
    "LimitRequestFieldSize",
    "LimitRequestLine",
    "Listen",
    "ListenBacklog",
    "MaxClients",
    "MaxConnectionsPerChild",
    "MaxKeepAliveRequests",
    "MaxRequestsPerChild",
    "MaxRequestWorkers",
    "MinSpareServers",
    "MaxSpareServers",
    "MinSpareThreads",
    "MaxSpareThreads",
    "Protocols",
    "ProxyIOBufferSize",
    "ProxyPass",
    "ProxyTimeout",
    "RequestReadTimeout",
    "Require",
    "ServerAlias",
    "ServerLimit",
    "ServerName",
    "SSLCertificateFile",
    "SSLCertificateChainFile",
    "SSLCipherSuite",
    "SSLProtocol",
    "SSLVerifyClient",
    "StartServers",
    "ThreadsPerChild",
    "Timeout",
];

/// How lines of such a file begin: written by people always in this case.
const BEGINNINGS: [&str; 30] = [
    "<VirtualHost",
    "</VirtualHost",
    "<Directory",
    "</Directory",
    "<IfModule",
    "</IfModule",
    "<Location",
    "</Location",
    "<Files",
    "</Files",
    "ServerName ",
    "ServerAlias ",
    "ServerRoot ",
    "ServerAdmin ",
    "DocumentRoot ",
    "LoadModule ",
    "DirectoryIndex ",
    "Options ",
    "AllowOverride ",
    "Require ",
    "Rewrite",
    "ErrorLog ",
    "CustomLog ",
    "LogFormat ",
    "Proxy",
    "SSL",
    "KeepAlive",
    "Max",
    "LimitRequest",
    "Header ",
];

/// Whether most lines begin as Apache's directives do.
pub fn fits(head: &str) -> bool {
    let known = |line: &str| {
        let quoted = || QUOTED.contains(&first_word(line).0);
        !line.ends_with([';', '{'])
            && (BEGINNINGS.iter().any(|beginning| line.starts_with(beginning)) || quoted())
    };
    most_lines(head, 50, known)
}

/// Reads a configuration.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut sections: Vec<String> = Vec::new();
    for (number, line) in continued(text) {
        let line = line.trim();
        if line.starts_with("</") {
            sections.pop();
        } else if let Some(section) = line.strip_prefix('<') {
            sections.push(section.trim_end_matches('>').trim().to_owned());
        } else if !line.is_empty() && !line.starts_with('#') {
            document.records += 1;
            take(&mut document, number, line, sections.last().map(String::as_str));
        }
    }
    document
}

fn take(document: &mut DocumentContent, line: u64, text: &str, section: Option<&str>) {
    let (name, value) = first_word(text);
    if name.eq_ignore_ascii_case("LogFormat") {
        let format = value.strip_prefix('"').and_then(|format| format.rsplit_once('"'));
        if let Some((format, name)) = format {
            let text = format.replace("\\\"", "\"");
            document.log_formats.push(LogFormatDirective { line, name: name.trim().to_owned(), text });
        }
    } else if let Some(directive) = QUOTED.iter().find(|quoted| name.eq_ignore_ascii_case(quoted)) {
        document.settings.push(Setting::new(line, ConfiguredProgram::Apache, section, directive, value));
    }
}

/// Lines joined where a backslash ends them, each with the number of its first.
fn continued(text: &str) -> Vec<(u64, String)> {
    /// A directive may be so long (httpd: MAX_STRING_LEN 8192, raised for continued lines).
    const LONGEST: usize = 64 * 1024;
    let mut lines: Vec<(u64, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1u64..).zip(text.lines()) {
        let (part, goes_on) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        match lines.last_mut().filter(|_| open) {
            Some((_, joined)) if joined.len() + part.len() < LONGEST => joined.push_str(part),
            Some(_) => {}
            None => lines.push((number, part.to_owned())),
        }
        open = goes_on;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_is_found_in_any_case_and_over_several_lines_with_its_section() {
        let document = read(
            "keepalivetimeout 5\n<VirtualHost *:443>\n  ProxyPass / \\\n   http://a:b@127.0.0.1:3000/\n</VirtualHost>\n",
        );
        let found: Vec<_> = document
            .settings
            .iter()
            .map(|s| (s.line, s.directive.as_str(), s.value.as_str(), s.block.as_deref()))
            .collect();
        assert_eq!(found.first(), Some(&(1, "KeepAliveTimeout", "5", None)));
        assert_eq!(
            found.get(1).map(|found| (found.0, found.1, found.3)),
            Some((3, "ProxyPass", Some("VirtualHost *:443")))
        );
        assert!(!found.iter().any(|found| found.2.contains("a:b")));
    }
}
