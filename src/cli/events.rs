//! The files that a person names as lists of events (`--events`): one that is none is refused, since the timeline would lack it without a word.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::logs::recognise::HEAD;
use crate::logs::{DocumentKind, TextContent, recognise};
use crate::source::{FoundFile, discover, is_read_once};

/// Holds that each of these is a list of events. What can be read only once is not looked at here.
///
/// # Errors
/// Where one is not there, cannot be read, or is something else.
pub fn check(paths: &[PathBuf]) -> Result<()> {
    for path in paths.iter().filter(|path| !is_read_once(path)) {
        for file in discover(std::slice::from_ref(path))? {
            if let Some(why) = what_else(&file) {
                return Err(refused(path, &file, &why));
            }
        }
    }
    Ok(())
}

/// What a file is that is no list of events; `None` for one.
fn what_else(file: &FoundFile) -> Option<String> {
    let Ok(content) = file.open() else { return Some("it cannot be read".to_owned()) };
    match recognise(&content.head(HEAD)) {
        TextContent::Document(format) if format.kind == DocumentKind::Events => None,
        TextContent::Document(format) => Some(format!("it is read as {}", format.id)),
        TextContent::Log(format) => Some(format!("it is a log ({})", format.id())),
        TextContent::Har => Some("it is a HAR file".to_owned()),
        TextContent::Text | TextContent::Csv => {
            Some("line 1 does not name a column of time and one of text".to_owned())
        }
        TextContent::Json => Some("its objects lack a time, a text or a kind".to_owned()),
        other => Some(other.refusal().unwrap_or("in no format that is known").to_owned()),
    }
}

fn refused(path: &Path, file: &FoundFile, why: &str) -> Error {
    let shown = path.display().to_string();
    // Of a folder or an archive it is one of the files in it.
    let within = if shown.ends_with(&file.name) { String::new() } else { format!(" ({})", file.name) };
    Error::Usage {
        what: format!("--events {shown}{within}: no list of events: {why}"),
        help: "give a CSV whose first line names a time (time, timestamp, date) and a text (text, event, title), JSON lines with both, git log \
               (with dates: --format='%cI %s'), apt's or dpkg's log, or kubectl get events -o json; a log belongs among the PATHs"
            .to_owned(),
    }
}
