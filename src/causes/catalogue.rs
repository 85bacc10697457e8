//! What a cause is: its metadata, its text for people, how it weighs a case, and how it is fixed.

use crate::correlate::{Case, Incident};

use super::weight::Weight;

/// One root cause. The slug is its stable id: it stands in reports, file names and scripts, and never changes its meaning.
pub struct Cause {
    /// The stable id (`keepalive-race`).
    pub slug: &'static str,
    /// One line that names what is wrong.
    pub title: &'static str,
    /// The layer at which it is seen.
    pub layer: Layer,
    /// Who has to act.
    pub who: Who,
    /// How deep it goes: of two causes with positive evidence the deeper one is the cause, the other its consequence.
    pub level: Level,
    /// What the edge shows for it.
    pub edge_statuses: &'static [u16],
    /// What it is, how it shows, how to confirm it, how to fix it: Markdown in fixed sections.
    pub doc: &'static str,
    /// The command or query that would confirm or refute it; `{…}` are filled from the incident.
    pub check: &'static str,
    /// What to change, best first.
    pub remedies: &'static [Remedy],
    /// Slugs over which it wins at its own level where both have positive evidence of their own.
    pub wins_over: &'static [&'static str],
    /// How strongly the evidence of a case speaks for it; `None` where it has nothing to say.
    pub weigh: fn(&Case, &Incident) -> Option<Weight>,
}

/// The layer at which a cause is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Reaching the origin.
    Tcp,
    /// The handshake with the origin.
    Tls,
    /// What the origin answers.
    Http,
    /// The application and the host behind it.
    Application,
    /// The edge's configuration.
    Edge,
    /// The visitor.
    Client,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Whoever runs the origin.
    Origin,
    /// Whoever runs the network between.
    Path,
    /// Whoever configures the edge.
    Edge,
    /// Nobody at the origin: the visitors themselves.
    Client,
}

/// How deep a cause goes (see causes.md, *One request, one slug*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A name for what was seen where nothing deeper has evidence.
    Residual,
    /// How it came about.
    Mechanism,
    /// What is wrong.
    Root,
}

/// Something to change.
pub struct Remedy {
    /// What it does, in a few words.
    pub title: &'static str,
    /// `nginx`, `apache`, `haproxy`, `php-fpm`, `linux`, `systemd`, `app`, `cloudflare`, `aws`, `terraform` or `ansible`.
    pub target: &'static str,
    /// The setting or command, ready to be pasted; `{…}` are filled from the incident.
    pub snippet: &'static str,
    /// Why it helps.
    pub why: &'static str,
    /// What it may break.
    pub risk: &'static str,
    /// How to take it back.
    pub rollback: &'static str,
}
