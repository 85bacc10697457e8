//! Which files there are under the given paths, by names that do not depend on the machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Deeper folders than this are a loop or an attack.
const DEEPEST: usize = 64;

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path relative to the deepest common folder of all inputs, `/`-separated: its name in the report.
    pub name: String,
    /// Where it is on this machine.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The name of an earlier file with the same content; this one is then not read.
    pub same_as: Option<String>,
}

/// Every file under `paths`, sorted by the bytes of its name. A folder that holds a rayscope report is left out, and so is
/// whatever is neither file nor folder.
///
/// # Errors
/// Where a given path does not exist or a folder cannot be listed.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<Found>> {
    let mut files = BTreeMap::new();
    for path in paths {
        let absolute = path.canonicalize().map_err(|source| cannot_open(path, source))?;
        collect(&absolute, DEEPEST, &mut files)?;
    }
    let common = common_folder(files.keys());
    let mut found: Vec<Found> = files
        .into_iter()
        .map(|(path, bytes)| Found { name: name_below(&common, &path), path, bytes, same_as: None })
        .collect();
    found.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    mark_identical(&mut found);
    Ok(found)
}

fn cannot_open(path: &Path, source: std::io::Error) -> Error {
    match source.kind() {
        std::io::ErrorKind::NotFound => Error::Usage {
            what: format!("{}: there is no such file or folder", path.display()),
            help: "give the folder that holds the evidence, or its files one by one".to_owned(),
        },
        _ => Error::Machine { action: "open", path: path.to_owned(), source, help: "check its permissions" },
    }
}

fn collect(path: &Path, depth: usize, files: &mut BTreeMap<PathBuf, u64>) -> Result<()> {
    let metadata = fs::metadata(path).map_err(|source| cannot_open(path, source))?;
    if metadata.is_file() {
        files.insert(path.to_owned(), metadata.len());
    } else if metadata.is_dir() && depth > 0 && !holds_report(path) {
        let listing = fs::read_dir(path).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
        for entry in listing.map_err(|source| cannot_open(path, source))? {
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let Ok(target) = fs::metadata(entry.path()) else { continue };
            // A link to a folder could lead round in a circle; a link to a file is a file.
            if !(is_link && target.is_dir()) {
                collect(&entry.path(), depth - 1, files)?;
            }
        }
    }
    Ok(())
}

/// A report is never evidence for the next one.
fn holds_report(folder: &Path) -> bool {
    let mut head = Vec::new();
    let opened =
        fs::File::open(folder.join("report.json")).and_then(|file| file.take(256).read_to_end(&mut head));
    opened.is_ok() && memchr::memmem::find(&head, b"\"rayscope.report/").is_some()
}

fn common_folder<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> PathBuf {
    let folders = paths.filter_map(|path| path.parent());
    let common =
        folders.map(|folder| folder.components().collect::<Vec<Component>>()).reduce(|common, folder| {
            let same = common.iter().zip(&folder).take_while(|(a, b)| a == b).count();
            common[..same].to_vec()
        });
    common.unwrap_or_default().iter().collect()
}

fn name_below(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The same log given twice, or copied beside itself, must not count twice. Only files of one size are compared.
fn mark_identical(found: &mut [Found]) {
    let mut by_size: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, file) in found.iter().enumerate().filter(|(_, file)| file.bytes > 0) {
        by_size.entry(file.bytes).or_default().push(index);
    }
    for indices in by_size.into_values().filter(|indices| indices.len() > 1) {
        let mut seen: BTreeMap<[u8; 32], String> = BTreeMap::new();
        for index in indices {
            // What cannot be read here is told when it is opened.
            let Some(digest) = digest(&found[index].path) else { continue };
            match seen.get(&digest) {
                Some(first) => found[index].same_as = Some(first.clone()),
                None => {
                    seen.insert(digest, found[index].name.clone());
                }
            }
        }
    }
}

fn digest(path: &Path) -> Option<[u8; 32]> {
    let content = super::Content::open(path).ok()?;
    Some(Sha256::digest(content.raw()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(found: &[Found]) -> Vec<(&str, Option<&str>)> {
        found.iter().map(|file| (file.name.as_str(), file.same_as.as_deref())).collect()
    }

    #[test]
    fn names_do_not_depend_on_where_the_incident_lies_or_how_it_was_given() {
        let folder = tree(&[("in/origin/a.log", "1"), ("in/edge/b.log", "22")]);
        let whole = discover(&[folder.path().join("in")]).unwrap();
        let parts =
            discover(&[folder.path().join("in/origin/a.log"), folder.path().join("in/edge")]).unwrap();
        assert_eq!(names(&whole), [("edge/b.log", None), ("origin/a.log", None)]);
        assert_eq!(whole, parts);
    }

    #[test]
    fn a_file_given_twice_counts_once_and_says_so() {
        let folder = tree(&[("a.log", "same"), ("b.log", "same"), ("c.log", "else")]);
        let path = folder.path().to_owned();
        let found = discover(&[path.clone(), path.join("b.log"), path]).unwrap();
        assert_eq!(names(&found), [("a.log", None), ("b.log", Some("a.log")), ("c.log", None)]);
    }

    #[test]
    fn an_earlier_report_is_no_evidence() {
        let folder = tree(&[
            ("a.log", "x"),
            ("out/report.json", "{\n  \"schema\": \"rayscope.report/1\",\n"),
            ("out/index.html", "y"),
        ]);
        assert_eq!(names(&discover(&[folder.path().to_owned()]).unwrap()), [("a.log", None)]);
    }

    #[test]
    fn a_path_that_is_not_there_is_named() {
        let error = discover(&[PathBuf::from("no/such/folder")]).unwrap_err().to_string();
        assert!(error.contains("no/such/folder") && error.contains("help:"), "{error}");
    }
}
