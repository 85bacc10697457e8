//! Something to change for a cause: what to paste, where, and for whom it is.

use serde::Deserialize;

use super::language::Language;

/// Something to change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// What it does, in a few words.
    pub title: String,
    /// Where it is changed.
    pub target: Target,
    /// In what its snippet is written, where the target does not tell.
    pub(super) language: Option<Language>,
    /// The runtime that it is written for, where its language does not tell.
    pub runtime: Option<Runtime>,
    /// Whether it changes what fails, or only lets more be seen.
    #[serde(default)]
    pub purpose: Purpose,
    /// Where the snippet goes (`http { }`), where it is one of several parts.
    #[serde(default)]
    pub place: String,
    /// The setting or command, ready to be pasted into one place; `{…}` are filled from the incident.
    pub snippet: String,
    /// What goes into other places.
    #[serde(default)]
    pub also: Vec<AnotherPart>,
    /// Why it helps.
    pub why: String,
    /// What it may break.
    pub risk: String,
    /// How to take it back.
    pub rollback: String,
}

/// What goes into another place than the snippet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnotherPart {
    /// Where it goes.
    pub place: String,
    /// What goes there.
    pub snippet: String,
}

/// What an application runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// Node.js.
    Node,
    /// Python, under any of its servers.
    Python,
    /// PHP.
    Php,
    /// A Java virtual machine.
    Java,
}

/// What a remedy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// It changes what fails.
    #[default]
    Change,
    /// It changes nothing that fails; it lets more be seen.
    Measure,
}

/// Where a remedy is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// nginx's configuration.
    Nginx,
    /// Apache's configuration.
    Apache,
    /// HAProxy's configuration.
    Haproxy,
    /// php-fpm's pool.
    PhpFpm,
    /// The kernel or the firewall.
    Linux,
    /// A systemd unit.
    Systemd,
    /// The application.
    App,
    /// The edge's settings.
    Cloudflare,
    /// Amazon's load balancers and security groups.
    Aws,
    /// A Terraform configuration.
    Terraform,
    /// An Ansible task.
    Ansible,
}

impl Remedy {
    /// The language of its snippet: its own word, or the language that its target takes.
    pub fn language(&self) -> Option<Language> {
        self.language.or_else(|| usual(self.target))
    }

    /// The runtime that it is for; `None` where it is for any.
    pub fn runtime(&self) -> Option<Runtime> {
        let by_language = match self.language() {
            Some(Language::Javascript) => Some(Runtime::Node),
            Some(Language::Python) => Some(Runtime::Python),
            Some(Language::Php) => Some(Runtime::Php),
            _ => None,
        };
        self.runtime.or(by_language.filter(|_| self.target == Target::App))
    }

    /// All that is pasted, each part with the place that it goes into.
    pub fn parts(&self) -> impl Iterator<Item = (&str, &str)> {
        let first = std::iter::once((self.place.as_str(), self.snippet.as_str()));
        first.chain(self.also.iter().map(|part| (part.place.as_str(), part.snippet.as_str())))
    }
}

/// The language that a target takes unless the remedy names another: an application may be written in any.
fn usual(target: Target) -> Option<Language> {
    match target {
        Target::Nginx => Some(Language::Nginx),
        Target::Apache => Some(Language::Apache),
        Target::Haproxy => Some(Language::Haproxy),
        Target::PhpFpm => Some(Language::PhpFpm),
        Target::Linux | Target::Systemd | Target::Cloudflare | Target::Aws => Some(Language::Shell),
        Target::Terraform => Some(Language::Terraform),
        Target::Ansible => Some(Language::Ansible),
        Target::App => None,
    }
}
