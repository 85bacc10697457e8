//! Something to change: the text to paste, and for whom it is.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::redaction::ReportText;

/// Something to change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Remediation {
    /// What to do, in a few words.
    pub title: ReportText,
    /// Where to do it.
    pub target: Target,
    /// Whether it changes anything, or only shows more.
    #[serde(default)]
    pub purpose: Purpose,
    /// Whether it is for a server that was seen among the inputs.
    #[serde(default)]
    pub applies: Applies,
    /// The text to paste; where it goes into several places, all parts one after the other. Empty where the inputs do not show a value that
    /// it needs.
    pub snippet: ReportText,
    /// The same, one part for each place that it is pasted into.
    #[serde(default)]
    pub parts: Vec<SnippetPart>,
    /// Why it helps.
    pub why: ReportText,
    /// What may go wrong.
    pub risk: ReportText,
    /// How to undo it.
    pub rollback: ReportText,
}

/// Lines of a remedy that go into one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct SnippetPart {
    /// Where they go (`http { }`); empty where the lines or the target say it.
    pub place: ReportText,
    /// The lines.
    pub text: ReportText,
}

/// What a remedy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It changes what fails.
    #[default]
    Change,
    /// It changes nothing that fails; it lets more be seen.
    Measure,
}

/// Whether a remedy is for a program that was seen among the inputs: in the layout of a log, a configuration, a Server header, or the name of the
/// process that wrote a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Applies {
    /// It is.
    Seen,
    /// It is for no program in particular.
    #[default]
    Any,
    /// It is for a program, and nothing tells which one serves.
    Unknown,
    /// It is for a program that was not seen, and others were.
    Other,
}

impl Remediation {
    /// The setting itself, where the snippet is a single line besides comments and short enough to be quoted.
    pub fn single_line(&self) -> Option<&str> {
        let is_comment = |line: &str| ["#", "//", ";"].iter().any(|mark| line.starts_with(mark));
        let mut lines =
            self.snippet.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line));
        lines.next().filter(|line| lines.next().is_none() && line.chars().count() <= 90)
    }

    /// What it does, in one word: a step that only shows more is not called a change.
    pub fn deed(&self) -> &'static str {
        match self.purpose {
            Purpose::Change => "Change",
            Purpose::Measure => "Measure",
        }
    }

    /// What is said of a step that changes nothing; empty for a change.
    pub fn proviso(&self) -> &'static str {
        match self.purpose {
            Purpose::Change => "",
            Purpose::Measure => "; shows more, changes nothing",
        }
    }

    /// The target in words, and whether anything tells that it is the one.
    pub fn target_words(&self) -> String {
        let words = self.target.words();
        match self.applies {
            Applies::Seen | Applies::Any => words.to_owned(),
            Applies::Unknown if self.target == Target::App => words.to_owned(),
            Applies::Unknown => format!("if it is {words}"),
            Applies::Other => format!("{words}, which was not seen"),
        }
    }

    /// The target in words, where something tells that it is the one.
    pub fn known_target(&self) -> Option<&'static str> {
        matches!(self.applies, Applies::Seen | Applies::Any).then(|| self.target.words())
    }

    /// Where it is made, as the report's first step says it.
    pub fn whereabouts(&self) -> String {
        let whose = match (self.known_target(), self.applies) {
            (Some(target), _) => format!("in {target}"),
            (None, Applies::Other) => format!("for {}, which was not seen", self.target.words()),
            (None, _) => "which server program it is, the inputs do not tell".to_owned(),
        };
        format!("{whose}{}", self.proviso())
    }
}

/// Where a change is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
    #[default]
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

impl Target {
    /// The target's name as people write it.
    pub fn words(self) -> &'static str {
        match self {
            Target::Nginx => "nginx",
            Target::Apache => "Apache",
            Target::Haproxy => "HAProxy",
            Target::PhpFpm => "php-fpm",
            Target::Linux => "Linux",
            Target::Systemd => "systemd",
            Target::App => "the application",
            Target::Cloudflare => "Cloudflare",
            Target::Aws => "AWS",
            Target::Terraform => "Terraform",
            Target::Ansible => "Ansible",
        }
    }
}
