//! Options that several verbs have, and how their values are written.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use super::condition::Condition;
use crate::compose::Redaction;
use crate::memory::MemoryBudget;
use crate::ray::RayAtColo;
use crate::time::Time;

/// Where the evidence is, and how to read it.
#[derive(Debug, Args)]
pub struct EvidenceOptions {
    /// Files or folders: captures, logs, HAR files, configurations; known by their content
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What changed and when: a CSV or JSON lines with a time and a text, git log (also `--format='%cI %s'`), apt's or dpkg's log; among PATHs such files are
    /// known as well; may be repeated
    #[arg(long, value_name = "FILE")]
    pub events: Vec<PathBuf>,
    /// Secrets of TLS sessions (SSLKEYLOGFILE), which open what the captures have of them; among PATHs such files are known as well; may be
    /// repeated
    #[arg(long, value_name = "FILE")]
    pub keylog: Vec<PathBuf>,
    /// Leave out what was before this instant (RFC 3339, or `2026-11-18 14:02` in UTC), after clock correction
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<Time>,
    /// Leave out what was after this instant
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Time>,
    /// Requests to this host only
    #[arg(long)]
    pub host: Option<String>,
    /// This request only; may be repeated
    #[arg(long = "ray", value_name = "RAY", value_parser = ray)]
    pub rays: Vec<RayAtColo>,
    /// Another range from which the edge connects, beside Cloudflare's published ones; may be repeated
    #[arg(long, value_name = "CIDR")]
    pub edge_range: Vec<IpNet>,
    /// Replace limits by those of a TOML file (`rayscope limits` prints one)
    #[arg(long, value_name = "FILE")]
    pub limits: Option<PathBuf>,
    /// The access log's log_format line, where it cannot be recognised; may be repeated
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Vec<String>,
    /// Threads; all processors by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory for what waits while inputs are read (`64M`, `1G`): small files, members of archives, half-open connections, segments before their
    /// turn. Failing requests take more than that, some hundred bytes each
    #[arg(long, value_name = "SIZE", value_parser = memory, default_value = "512M")]
    pub memory: MemoryBudget,
}

/// Where a report goes, and what is told of it.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// Folder for report.json, report.md and index.html
    #[arg(long, value_name = "DIR", default_value = "rayscope-report")]
    pub out: PathBuf,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
    /// Exit with status 1 if CONDITION holds: `failures`, `unexplained`, `verdict=KIND`, `cause=SLUG` or `rate>SHARE`; may be repeated
    #[arg(long, value_name = "CONDITION")]
    pub fail_on: Vec<Condition>,
    /// Folder for the certificates that servers showed, one PEM file a chain, called by its `id` in report.json; certificates are public, and are written as
    /// they are
    #[arg(long, value_name = "DIR")]
    pub certificates: Option<PathBuf>,
    /// Keep cookies' names, addresses and query values as they are
    #[arg(long)]
    pub no_redact: bool,
    /// Use colours
    #[arg(long, value_enum, default_value_t = When::Auto)]
    pub color: When,
}

/// What `diagnose` prints on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// A summary for the terminal
    Text,
    /// report.json
    Json,
    /// report.md
    Markdown,
    /// Nothing: the exit status speaks
    Quiet,
}

/// When to do what suits a terminal only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Whether what is written is redacted.
pub fn redaction(no_redact: bool) -> Redaction {
    if no_redact { Redaction::Off } else { Redaction::On }
}

/// A ray, with or without its data centre.
pub(super) fn ray(text: &str) -> Result<RayAtColo, String> {
    RayAtColo::parse(text.as_bytes()).ok_or_else(|| {
        "a ray is sixteen hex digits, with or without its data centre: 7d1234567890abcd-LAX".to_owned()
    })
}

/// A number of bytes, or of the binary multiples K, M or G of them.
fn memory(text: &str) -> Result<MemoryBudget, String> {
    let (digits, shift) = match text.trim().to_ascii_uppercase() {
        text if text.ends_with('K') => (text.trim_end_matches('K').to_owned(), 10),
        text if text.ends_with('M') => (text.trim_end_matches('M').to_owned(), 20),
        text if text.ends_with('G') => (text.trim_end_matches('G').to_owned(), 30),
        text => (text, 0),
    };
    let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    bytes.and_then(MemoryBudget::of).ok_or_else(|| {
        format!("a size is written as 64M or 1G, and is at least {}M", MemoryBudget::LEAST >> 20)
    })
}

/// RFC 3339, or its date and time alone, which are then UTC.
fn time(text: &str) -> Result<Time, String> {
    let text = text.trim();
    let joined = text.replacen(' ', "T", 1);
    let candidates =
        [joined.clone(), format!("{joined}Z"), format!("{joined}:00Z"), format!("{joined}T00:00:00Z")];
    candidates
        .iter()
        .find_map(|candidate| Time::parse_rfc3339(candidate))
        .ok_or_else(|| "a time is written as 2026-11-18T14:02:11Z, or 2026-11-18 14:02 in UTC".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in
            [("64M", 64 << 20), ("1g", 1 << 30), ("65536K", 64 << 20), ("67108864", 64 << 20)]
        {
            assert_eq!(memory(text), Ok(MemoryBudget::of(bytes).unwrap()), "{text}");
        }
        for text in ["1M", "", "M", "-1G", "99999999999G", "64 apples"] {
            assert!(memory(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let wanted = Time::parse_rfc3339("2026-11-18T14:02:00Z").unwrap();
        for text in
            ["2026-11-18T14:02:00Z", "2026-11-18 14:02:00", "2026-11-18 14:02", "2026-11-18T15:02:00+01:00"]
        {
            assert_eq!(time(text), Ok(wanted), "{text}");
        }
        assert_eq!(time("2026-11-18"), Ok(Time::parse_rfc3339("2026-11-18T00:00:00Z").unwrap()));
        assert!(time("yesterday").is_err());
    }
}
