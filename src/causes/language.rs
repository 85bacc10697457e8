//! In which language a remedy's snippet is written: what reads it, and so what its syntax is checked with.

use serde::Deserialize;

/// What a snippet is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Directives of nginx.
    Nginx,
    /// Directives of Apache httpd.
    Apache,
    /// Keywords of HAProxy.
    Haproxy,
    /// Settings of a php-fpm pool.
    PhpFpm,
    /// Settings of PHP itself (`php.ini`).
    PhpIni,
    /// Commands for bash.
    Shell,
    /// A file of systemd: sections with settings.
    Systemd,
    /// Sections with settings that no other word here names (fail2ban).
    Ini,
    /// Settings of OpenSSL (`openssl.cnf`).
    Openssl,
    /// Terraform's HCL.
    Terraform,
    /// Tasks or plays of Ansible.
    Ansible,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
    /// Python.
    Python,
    /// JavaScript.
    Javascript,
    /// PHP.
    Php,
    /// Statements of PostgreSQL.
    Postgresql,
    /// Header fields of HTTP.
    HttpFields,
    /// An expression of Cloudflare's rules.
    CloudflareRule,
    /// Words for people, all of it comments.
    Notes,
}
