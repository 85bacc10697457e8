//! What is made of several reports: `rayscope index` and `rayscope compare`.

use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::options::OutputFormat;
use super::output::{print, write_all};
use super::output_folder::Readers;
use super::report_args::{Compare, MakeIndex};
use crate::error::{Error, Result};
use crate::reports::{
    compare, compared_as_markdown, compared_as_text, find_reports, index, listed_as_markdown, listed_as_text,
    page, read_report,
};

/// Runs `rayscope index`.
///
/// # Errors
/// Where there is no report, or the index cannot be written.
pub fn run_index(arguments: &MakeIndex) -> Result<Exit> {
    let found = find_reports(&arguments.paths)?;
    if found.is_empty() {
        return Err(Error::Usage {
            what: "no report.json lies there".to_owned(),
            help: "give folders in which reports of `rayscope diagnose --out` lie".to_owned(),
        });
    }
    let incidents = index(&found, &absolute(&arguments.out)?)?;
    let (as_json, page) = (as_json(&incidents), page(&incidents));
    let files = [("incidents.json", as_json.as_bytes()), ("incidents.html", page.as_bytes())];
    write_all(&arguments.out, &files, Readers::AsUsual)?;
    match arguments.format {
        OutputFormat::Text => {
            let at = arguments.out.join("incidents.html");
            print(&format!("{}\nindex   {}\n", listed_as_text(&incidents), at.display()))?;
        }
        OutputFormat::Json => print(&as_json)?,
        OutputFormat::Markdown => print(&listed_as_markdown(&incidents))?,
        OutputFormat::Quiet => {}
    }
    Ok(Exit::Done)
}

/// Runs `rayscope compare`.
///
/// # Errors
/// Where one of the two is no report.
pub fn run_compare(arguments: &Compare) -> Result<Exit> {
    let comparison = compare(&read_report(&arguments.before)?, &read_report(&arguments.after)?);
    match arguments.format {
        OutputFormat::Text => print(&compared_as_text(&comparison))?,
        OutputFormat::Json => print(&as_json(&comparison))?,
        OutputFormat::Markdown => print(&compared_as_markdown(&comparison))?,
        OutputFormat::Quiet => {}
    }
    Ok(Exit::Done)
}

fn as_json(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    debug_assert!(text.is_ok(), "texts and numbers can be written");
    text.unwrap_or_default() + "\n"
}

/// Where a folder is or will be: links from it lead to the reports.
fn absolute(folder: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(folder).map_err(|source| Error::Machine {
        action: "find",
        path: folder.to_owned(),
        source,
        help: "give the folder's whole path",
    })?;
    // What is there of it may be a link: reports are known by where they truly lie.
    let there = whole.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    Ok(there.map_or(whole.clone(), |(above, truly)| truly.join(whole.strip_prefix(above).unwrap_or(&whole))))
}
