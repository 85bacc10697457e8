//! What a file of configuration says: settings with the block that they stand in, and the formats of access logs.

use serde::{Deserialize, Serialize};

use crate::text::line::text_within;

/// The longest value that is kept, in bytes.
const LONGEST_VALUE: usize = 512;

/// Whose configuration a setting is part of: one name may mean different things in two programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfiguredProgram {
    /// nginx.
    #[default]
    Nginx,
    /// Apache httpd.
    Apache,
    /// HAProxy.
    Haproxy,
    /// A pool of php-fpm.
    PhpFpm,
    /// PHP itself.
    Php,
    /// Caddy.
    Caddy,
    /// Varnish.
    Varnish,
    /// systemd.
    Systemd,
    /// The kernel's own settings and the limits of processes.
    Linux,
    /// The rules of a packet filter: iptables, nftables or ufw.
    Firewall,
}

impl ConfiguredProgram {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            ConfiguredProgram::Nginx => "nginx",
            ConfiguredProgram::Apache => "apache",
            ConfiguredProgram::Haproxy => "haproxy",
            ConfiguredProgram::PhpFpm => "php-fpm",
            ConfiguredProgram::Php => "php",
            ConfiguredProgram::Caddy => "caddy",
            ConfiguredProgram::Varnish => "varnish",
            ConfiguredProgram::Systemd => "systemd",
            ConfiguredProgram::Linux => "linux",
            ConfiguredProgram::Firewall => "firewall",
        }
    }
}

/// A directive with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Whose it is.
    pub program: ConfiguredProgram,
    /// The innermost block that it stands in, as the file heads it (`backend app`, `VirtualHost *:443`).
    pub block: Option<String>,
    /// Its name.
    pub directive: String,
    /// Its arguments, joined by blanks, without the credentials of a URL.
    pub value: String,
}

impl Setting {
    /// A setting of `program`; a value that is too long is cut.
    pub fn new(
        line: u64,
        program: ConfiguredProgram,
        block: Option<&str>,
        directive: &str,
        value: &str,
    ) -> Setting {
        Setting {
            line,
            program,
            block: block.map(|block| text_within(block.as_bytes(), LONGEST_VALUE)),
            directive: directive.to_owned(),
            value: text_within(without_credentials(value).as_bytes(), LONGEST_VALUE),
        }
    }
}

/// The definition of a format of access logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFormatDirective {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// The name that is referred to where the log is switched on.
    pub name: String,
    /// The format string, its pieces joined, for [`AccessFormat::parse`](crate::logs::AccessFormat::parse).
    pub text: String,
}

/// A value without what stands before the `@` of a URL's authority (RFC 3986, section 3.2.1).
fn without_credentials(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let authority = after.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(after.len());
        let (authority, tail) = after.split_at(authority);
        out.push_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_does_not_leave_the_configuration() {
        let value = "http://shop:secret@10.0.0.5:8080/x https://b/@c";
        assert_eq!(without_credentials(value), "http://10.0.0.5:8080/x https://b/@c");
    }
}
