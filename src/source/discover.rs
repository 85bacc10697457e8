//! Finds the files under the given paths and in their archives, and names them in a way that does not depend on the machine.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::Content;
use super::archive::{self, Budget};
use super::name::{make_distinct, shown};
use super::own::{holds_report, is_stage, own_files};
use crate::error::{Error, Result};
use crate::memory::MemoryBudget;

/// Folders nested more deeply than this are a loop or an attack.
const DEEPEST: usize = 64;
/// Standard input, as it is given and as it is named.
pub const STANDARD_INPUT: &str = "-";

/// A file that was found.
#[derive(Clone, Debug)]
pub struct FoundFile {
    /// Its name in the report: its path below the deepest folder that all inputs share, with `/` between folders and `!/` before a
    /// member of an archive. Standard input is `-`.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The name of an earlier file with the same content; this one is then not read.
    pub same_as: Option<String>,
    /// Why it is not read. A damaged archive is listed with the reason, beside those of its files that come before the damage.
    pub refused: Option<String>,
    /// Its name before unprintable bytes were replaced: it tells apart files whose names look the same.
    raw_name: Vec<u8>,
    location: Location,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug)]
enum Location {
    Disk(PathBuf),
    /// A member of an archive, or standard input, which can be read only once.
    Held(Arc<Content>),
    Nowhere,
}

impl FoundFile {
    fn new(raw_name: Vec<u8>, bytes: u64, location: Location) -> FoundFile {
        let name = String::new();
        FoundFile { name, bytes, same_as: None, refused: None, raw_name, location }
    }

    fn refused(raw_name: Vec<u8>, bytes: u64, why: String) -> FoundFile {
        FoundFile { refused: Some(why), ..FoundFile::new(raw_name, bytes, Location::Nowhere) }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Where the file cannot be opened any more, or is not read (`refused`).
    pub fn open(&self) -> io::Result<Arc<Content>> {
        match &self.location {
            Location::Disk(path) => Content::open(path).map(Arc::new),
            Location::Held(content) => Ok(content.clone()),
            Location::Nowhere => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The same, where `memory` is left for files that are held: a file on the disk that does not fit is read anew whenever it is wanted.
    ///
    /// # Errors
    /// As with [`FoundFile::open`].
    pub fn open_within(&self, memory: u64) -> io::Result<Arc<Content>> {
        match &self.location {
            Location::Disk(path) => Content::open_within(path, memory).map(Arc::new),
            Location::Held(_) | Location::Nowhere => self.open(),
        }
    }

    /// Where it lies on the disk by itself; `None` for a member of an archive and for what came through a pipe.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.location {
            Location::Disk(path) => Some(path),
            Location::Held(_) | Location::Nowhere => None,
        }
    }

    /// The memory that its bytes, as it was opened, take beside those that it holds anyway.
    pub fn memory_beside(&self, content: &Content) -> u64 {
        match &self.location {
            Location::Disk(_) => content.memory(),
            Location::Held(_) | Location::Nowhere => 0,
        }
    }
}

/// Every file under `paths` and in their archives, sorted by the bytes of the names; the path `-` is standard input, and a pipe is read as it is. Left
/// out are the files of rayscope's own reports and tables.
///
/// # Errors
/// Where a given path does not exist or cannot be opened, or standard input or a pipe cannot be read.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<FoundFile>> {
    discover_within(paths, MemoryBudget::default())
}

/// The same within a budget of memory for what can be read only once.
///
/// # Errors
/// As with [`discover`].
pub fn discover_within(paths: &[PathBuf], memory: MemoryBudget) -> Result<Vec<FoundFile>> {
    let (mut met, mut found, mut budget) = (BTreeMap::new(), Vec::new(), Budget::of(memory.files()));
    let mut piped = |name: Vec<u8>, content: Content| {
        let (bytes, content) = (content.stored_bytes(), Arc::new(content));
        let file = FoundFile::new(name, bytes, Location::Held(content.clone()));
        open_archives(file, &content, 0, &mut budget, &mut found);
    };
    if paths.iter().any(|path| path.as_os_str() == STANDARD_INPUT) {
        let content = Content::standard_input(memory.files());
        piped(
            STANDARD_INPUT.into(),
            content.map_err(|source| cannot_read(Path::new("standard input"), source))?,
        );
    }
    for path in paths.iter().filter(|path| path.as_os_str() != STANDARD_INPUT) {
        if is_pipe(path) {
            let content = Content::pipe(path, memory.files());
            piped(name_of_pipe(path), content.map_err(|source| cannot_read(path, source))?);
            continue;
        }
        let absolute = path.canonicalize().map_err(|source| cannot_open(path, source))?;
        let before = met.len();
        collect(&absolute, DEEPEST, &mut met);
        if met.len() == before && holds_report(&absolute) {
            let why = "it holds nothing but a report of rayscope, which is no evidence";
            met.insert(absolute, Met::Unreadable(why.to_owned()));
        }
    }
    let common = common_folder(met.keys());
    for (path, met) in met {
        let raw_name = raw_name_below(&common, &path);
        let bytes = match met {
            Met::File(bytes) => bytes,
            Met::Unreadable(why) => {
                found.push(FoundFile::refused(raw_name, 0, why));
                continue;
            }
        };
        let file = FoundFile::new(raw_name, bytes, Location::Disk(path));
        match file.open() {
            Ok(content) => open_archives(file, &content, 0, &mut budget, &mut found),
            Err(error) => {
                found.push(FoundFile::refused(file.raw_name, bytes, format!("cannot be read: {error}")))
            }
        }
    }
    Ok(named(found))
}

/// Adds a file or, if it is an archive, its members.
fn open_archives(
    file: FoundFile,
    content: &Arc<Content>,
    depth: usize,
    budget: &mut Budget,
    found: &mut Vec<FoundFile>,
) {
    let Some(kind) = archive::Kind::of(content) else {
        let refused = content.unread();
        found.push(FoundFile { refused, ..file });
        return;
    };
    if depth == archive::DEEPEST {
        let why = "an archive in an archive in an archive is not read: unpack it";
        found.push(FoundFile::refused(file.raw_name, file.bytes, why.to_owned()));
        return;
    }
    let opened = archive::open(content, kind, budget);
    for member in opened.members {
        let raw_name = [&file.raw_name, &b"!/"[..], &member.path].concat();
        match member.content {
            Ok(content) => {
                let file = FoundFile::new(raw_name, member.bytes, Location::Held(content.clone()));
                open_archives(file, &content, depth + 1, budget, found);
            }
            Err(why) => found.push(FoundFile::refused(raw_name, member.bytes, why)),
        }
    }
    if !opened.remarks.is_empty() {
        found.push(FoundFile::refused(file.raw_name, file.bytes, opened.remarks.join("; ")));
    }
}

/// Names and sorts the files, and marks those whose content is there already.
fn named(mut found: Vec<FoundFile>) -> Vec<FoundFile> {
    for file in &mut found {
        file.name = shown(&file.raw_name);
    }
    found.sort_by(|a, b| (a.name.as_bytes(), &a.raw_name).cmp(&(b.name.as_bytes(), &b.raw_name)));
    make_distinct(found.iter_mut().map(|file| &mut file.name));
    found.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    mark_identical(&mut found);
    found
}

fn cannot_open(path: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => Error::Usage {
            what: format!("{}: there is no such file or folder", path.display()),
            help: "give the folder that holds the evidence, or its files one by one".to_owned(),
        },
        _ => Error::Machine { action: "open", path: path.to_owned(), source, help: "check its permissions" },
    }
}

fn cannot_read(path: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::FileTooLarge => Error::Usage {
            what: format!(
                "{}: more came through the pipe than is held (1 GiB, and no more than an eighth of --memory once packed)",
                path.display()
            ),
            help: "save it to a file and give that, or let the shell open it: `rayscope diagnose - < capture.pcap`"
                .to_owned(),
        },
        _ => Error::Machine { action: "read", path: path.to_owned(), source, help: "check what is piped in" },
    }
}

/// Whether it can be read only once: standard input, a pipe or a device.
pub fn is_read_once(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT || is_pipe(path)
}

/// Whether it is a pipe, such as a shell makes of `<(zcat log.gz)`, or a device.
fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// What a shell makes has no name but a number.
fn name_of_pipe(path: &Path) -> Vec<u8> {
    let named = path.canonicalize().ok();
    named.as_deref().and_then(Path::file_name).map_or_else(|| b"pipe".to_vec(), |name| raw(name).to_vec())
}

/// What stands at a path.
enum Met {
    /// A file of so many bytes.
    File(u64),
    /// What cannot be read, and why. It costs nothing but itself.
    Unreadable(String),
}

fn collect(path: &Path, depth: usize, met: &mut BTreeMap<PathBuf, Met>) {
    let unreadable =
        |what: &str, error: io::Error| Met::Unreadable(format!("{what} cannot be read: {error}"));
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            met.insert(path.to_owned(), Met::File(metadata.len()));
        }
        Ok(metadata) if !metadata.is_dir() => {
            let why = "a pipe, a socket or a device is read only where it is given by itself";
            met.insert(path.to_owned(), Met::Unreadable(why.to_owned()));
        }
        Ok(_) if is_stage(path) => {}
        Ok(_) if depth == 0 => {
            let why = "the folder lies too deep in others: give it by itself";
            met.insert(path.to_owned(), Met::Unreadable(why.to_owned()));
        }
        Ok(_) => match fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => {
                let own = own_files(path);
                let others = entries.iter().filter(|entry| !own(&entry.file_name()));
                others.for_each(|entry| collect_entry(entry, depth - 1, met));
            }
            Err(error) => {
                met.insert(path.to_owned(), unreadable("the folder", error));
            }
        },
        Err(error) => {
            met.insert(path.to_owned(), unreadable("it", error));
        }
    }
}

/// A link to a folder may lead round in a circle, so it is not followed; a link to a file is taken as a file.
fn collect_entry(entry: &fs::DirEntry, depth: usize, met: &mut BTreeMap<PathBuf, Met>) {
    let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
    if !(is_link && entry.path().is_dir()) {
        collect(&entry.path(), depth, met);
    }
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

fn raw_name_below(folder: &Path, path: &Path) -> Vec<u8> {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<&[u8]> = below.components().map(|part| raw(part.as_os_str())).collect();
    parts.join(&b'/')
}

fn raw(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes()
}

/// A log that was given twice, or a copy beside it, must not count twice. Only files of the same size are compared.
fn mark_identical(found: &mut [FoundFile]) {
    let mut by_size: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let read = |(_, file): &(usize, &FoundFile)| file.bytes > 0 && file.refused.is_none();
    for (index, file) in found.iter().enumerate().filter(read) {
        by_size.entry(file.bytes).or_default().push(index);
    }
    for indices in by_size.into_values().filter(|indices| indices.len() > 1) {
        let mut seen: BTreeMap<[u8; 32], String> = BTreeMap::new();
        for index in indices {
            // A file that cannot be read here is reported when extraction opens it.
            let Some(file) = found.get_mut(index) else { continue };
            let Some(digest) = file.open().ok().and_then(|content| content.digest()) else { continue };
            match seen.get(&digest) {
                Some(first) => file.same_as = Some(first.clone()),
                None => {
                    seen.insert(digest, file.name.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
