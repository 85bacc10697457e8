//! What the program itself wrote, and is no evidence.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;

/// How names of folders begin in which a run of the program keeps files that it has not placed yet.
pub const STAGE: &str = ".rayscope-stage-";

/// Which names in a folder are those of a report's files and of its tables: they are never evidence for the next report, what lies beside them is.
pub(super) fn own_files(folder: &Path) -> impl Fn(&OsStr) -> bool {
    let (report, tables) = (holds_report(folder), holds_tables(folder));
    move |name| {
        let of_report = ["report.json", "report.md", "index.html"].iter().any(|own| name == *own);
        report && of_report || tables && name.as_encoded_bytes().ends_with(b".parquet")
    }
}

pub(super) fn holds_report(folder: &Path) -> bool {
    let (path, mut head) = (folder.join("report.json"), Vec::new());
    // A pipe of that name would be waited for.
    let opened = path.is_file().then(|| fs::File::open(path));
    let read = opened.is_some_and(|file| file.and_then(|file| file.take(256).read_to_end(&mut head)).is_ok());
    read && memchr::memmem::find(&head, b"\"rayscope.report/").is_some()
}

/// What another run is writing, or was when it was killed.
pub fn is_stage(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(STAGE.as_bytes()))
}

fn holds_tables(folder: &Path) -> bool {
    ["connections.parquet", "exchanges.parquet", "inputs.parquet"]
        .iter()
        .all(|name| folder.join(name).is_file())
}
