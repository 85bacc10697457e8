//! What a cause is: its entry in the catalogue, its text for people, and what it lets expect.

use std::ops::Deref;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::correlate::Incident;
use crate::logs::ConfiguredProgram;

use super::expectation::Expectations;
use super::measured::MeasuredTitle;
use super::remedy::{Remedy, Target};

/// One root cause: a folder of `src/causes`, and all that the program knows of it. It reads as its entry (`cause.title`).
pub struct Cause {
    /// The name of its folder: the slug with underscores.
    pub(super) folder: &'static str,
    /// Its `cause.toml`, parsed when it is first asked for: a diagnosis asks only the causes that have something to say.
    pub(super) entry: LazyLock<CatalogueEntry>,
    /// What it is and how it shows: Markdown in fixed sections, its `text.md`.
    pub text: &'static str,
    /// How it is judged: its `judgement.toml`.
    pub expectations: LazyLock<Expectations>,
}

impl Deref for Cause {
    type Target = CatalogueEntry;

    fn deref(&self) -> &CatalogueEntry {
        &self.entry
    }
}

impl Cause {
    /// Its title, with the figure that is decisive for it where that was measured.
    pub fn told(&self, incident: &Incident) -> String {
        let measured = self.measured.as_ref().and_then(|measured| measured.in_words(incident));
        measured.unwrap_or_else(|| self.title.clone())
    }

    /// What it is, for people who know neither TCP nor TLS: how its page begins, two sentences or, where these are long, one.
    pub fn meaning(&self) -> String {
        const LONGEST: usize = 330;
        let (_, page) = self.text.split_once("## What it is\n").unwrap_or_default();
        let paragraph = page.split("\n\n").next().unwrap_or_default();
        let plain = paragraph.replace("**", "").replace('`', "");
        let words: Vec<&str> = plain.split_whitespace().collect();
        let text = words.join(" ");
        let ends = text.match_indices(". ").map(|(at, _)| at + 1).chain([text.len()]);
        let ends: Vec<usize> = ends.take(2).collect();
        let fitting = ends.iter().rfind(|end| **end <= LONGEST).or(ends.first());
        fitting.and_then(|end| text.get(..*end)).unwrap_or_default().to_owned()
    }

    /// Its slug, by the name of its folder: its entry is not parsed for that.
    pub fn slug_of_folder(&self) -> String {
        self.folder.replace('_', "-")
    }

    /// Whether this is the slug of the cause; its entry is not parsed for that.
    pub(super) fn is(&self, slug: &str) -> bool {
        let folder = self.folder.bytes().map(|byte| if byte == b'_' { b'-' } else { byte });
        folder.eq(slug.bytes())
    }
}

/// A cause as `cause.toml` tells it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    /// The stable id (`keepalive-race`): it stands in reports, file names and scripts, and never changes its meaning.
    pub slug: String,
    /// One line that names what is wrong.
    pub title: String,
    /// The layer at which it is seen.
    pub layer: Layer,
    /// Who has to act.
    pub who: Who,
    /// The command or query that would confirm or refute it; `{…}` are filled from the incident.
    pub check: String,
    /// What the check reads. Of those that read the inputs a report makes its own, from the signs that were seen (`compose::checks`).
    pub check_reads: CheckReads,
    /// The program whose configuration or state the check asks for; a report tells it only where that program was seen.
    pub check_of: Option<Target>,
    /// What the check's output says where this is the cause.
    pub confirms: String,
    /// What it says where this is not the cause.
    pub refutes: String,
    /// The picture that shows it best, where there is one.
    pub figure: Option<FigureKind>,
    /// Settings of the origin that matter for it: a report quotes those that it finds.
    #[serde(default)]
    pub settings: Vec<WantedSetting>,
    /// Ways in which it comes about that are told apart by a sign; the first whose sign is seen is told.
    #[serde(default)]
    pub forms: Vec<CauseForm>,
    /// Its title with a measured figure, where there is one.
    pub(super) measured: Option<MeasuredTitle>,
    /// What to change, best first.
    pub remedies: Vec<Remedy>,
}

impl CatalogueEntry {
    /// Reads a `cause.toml`.
    pub(super) fn parse(text: &str) -> CatalogueEntry {
        #[expect(clippy::expect_used, reason = "the entries are built in, and a test reads them all")]
        toml::from_str(text).expect("a built-in entry is valid")
    }
}

/// What a check reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckReads {
    /// Captures and logs, as a person has them.
    Inputs,
    /// The state of the origin: it is run there.
    Origin,
    /// What answers now: it asks over the network.
    Network,
}

/// The layer at which a cause is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// A picture that a report can draw of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureKind {
    /// How long connections had been idle when the origin closed them.
    IdleAges,
    /// The bytes of the response that break a rule.
    OffendingBytes,
    /// The largest header lines of the response against the edge's limit.
    ResponseHeaderSizes,
    /// The largest header lines of the request against what origins take.
    RequestHeaderSizes,
    /// The dates of the certificates against the moment of the handshake.
    CertificateValidity,
}

/// A setting that matters for a cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedSetting {
    /// Whose directive it is; nginx's where it is left out.
    #[serde(default)]
    pub program: ConfiguredProgram,
    /// The directive, as the configuration names it.
    pub directive: String,
    /// What it should be, in words.
    pub wanted: String,
}

/// One way in which a cause comes about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseForm {
    /// The sign that tells it, by its id.
    pub sign: String,
    /// What it is, as the end of `in the form of …`.
    pub form: String,
}
