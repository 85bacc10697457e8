//! Reading a HAR file (HAR 1.1, 1.2: w3c.github.io/web-performance/specs/HAR), tolerant of what browsers, proxies and sanitisers make
//! of it.
//!
//! Entries become rows one at a time: bodies and values are gone as soon as their entry is read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::har::entry::Entry;
use crate::har::row::{self, RawEntry};
use crate::har::tolerant::{Lenient, List};
use crate::text::json::Scalar;

/// Entries that are read; a browser's session has thousands.
pub const MOST_ENTRIES: usize = 1_000_000;

/// What a HAR file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Har {
    /// `log.version`.
    pub version: Option<String>,
    /// `log.creator`: name and version.
    pub creator: Option<String>,
    /// `log.browser`: name and version.
    pub browser: Option<String>,
    /// Pages that the entries belong to.
    pub pages: u32,
    /// The entries, in the file's order.
    pub entries: Vec<Entry>,
    /// Entries that could not be read as such (no object), or beyond `MOST_ENTRIES`.
    pub skipped: u32,
}

/// Why a HAR file cannot be used; the text says where and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HarError {
    /// The JSON ends before it is complete.
    #[error(
        "the file ends in the middle, at line {line} column {column}: export the HAR again, from \"Save all as HAR\" of the browser's network panel"
    )]
    Cut {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The JSON is damaged.
    #[error(
        "not valid JSON at line {line} column {column} ({what}): export the HAR again; if a sanitiser wrote it, use the original and let rayscope redact"
    )]
    Damaged {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser met.
        what: String,
    },
    /// Sound JSON, but no HAR.
    #[error("JSON without log.entries: this is no HAR file; export one from the browser's network panel")]
    NoEntries,
    /// Not UTF-8.
    #[error("not UTF-8 text: save the HAR as UTF-8, or decompress it first")]
    NotText,
}

/// Reads a HAR file.
///
/// # Errors
/// Where the bytes are no JSON, cut or damaged JSON, or JSON without `log.entries`.
pub fn read(bytes: &[u8]) -> Result<Har, HarError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // One cut character at the end is a cut file, and the parser will say so.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return Err(HarError::NotText),
    };
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Eof => HarError::Cut { line, column },
            _ => HarError::Damaged { line, column, what: plain(&error.to_string()) },
        }
    })?;
    let log = document.log.0.ok_or(HarError::NoEntries)?;
    let entries = log.entries.ok_or(HarError::NoEntries)?;
    Ok(Har {
        version: log.version.filled().map(str::to_owned),
        creator: log.creator.0.and_then(|tool| tool.name()),
        browser: log.browser.0.and_then(|tool| tool.name()),
        pages: u32::try_from(log.pages.0.len()).unwrap_or(u32::MAX),
        entries: entries.rows,
        skipped: entries.skipped,
    })
}

/// The parser's words without the place, which is said already.
fn plain(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

#[derive(Deserialize, Default)]
struct Document<'a> {
    #[serde(borrow, default)]
    log: Lenient<Log<'a>>,
}

#[derive(Deserialize, Default)]
struct Log<'a> {
    #[serde(borrow, default)]
    version: Scalar<'a>,
    #[serde(borrow, default)]
    creator: Lenient<RawTool<'a>>,
    #[serde(borrow, default)]
    browser: Lenient<RawTool<'a>>,
    #[serde(default)]
    pages: List<IgnoredAny>,
    #[serde(default)]
    entries: Option<Entries>,
}

#[derive(Deserialize, Default)]
struct RawTool<'a> {
    #[serde(borrow, default)]
    name: Scalar<'a>,
    #[serde(borrow, default)]
    version: Scalar<'a>,
}

impl RawTool<'_> {
    fn name(&self) -> Option<String> {
        let name = self.name.filled()?;
        Some(match self.version.filled() {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        })
    }
}

/// `entries`, made rows as they are read.
#[derive(Default)]
struct Entries {
    rows: Vec<Entry>,
    skipped: u32,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("log.entries as a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Entries, A::Error> {
        let mut entries = Entries::default();
        let mut index = 0u32;
        while let Some(raw) = sequence.next_element::<Lenient<RawEntry<'de>>>()? {
            match raw.0 {
                Some(raw) if entries.rows.len() < MOST_ENTRIES => entries.rows.push(row::entry(index, &raw)),
                _ => entries.skipped = entries.skipped.saturating_add(1),
            }
            index = index.saturating_add(1);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests;
