//! What the program itself wrote, and is no evidence.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;

/// How names of folders begin in which a run of the program keeps files that it has not placed yet.
pub const STAGE: &str = ".rayscope-stage-";

/// The plan of a job, and how names of its chunks end.
pub const PLAN_FILE: &str = "plan.json";
/// The form of a plan.
pub const PLAN_SCHEMA: &str = "rayscope.plan/1";
/// How names of files end that hold evidence as it was extracted.
pub const CHUNK_ENDING: &str = ".evidence";
/// How names of files end that say how far the reading of a unit has come.
pub const CHECKPOINT_ENDING: &str = ".checkpoint";

/// Which names in a folder are those of a report's files, of its tables and of a job: they are never evidence for the next report, what lies beside
/// them is.
pub(super) fn own_files(folder: &Path) -> impl Fn(&OsStr) -> bool {
    let (report, tables, job) = (holds_report(folder), holds_tables(folder), holds_job(folder));
    move |name| {
        let bytes = name.as_encoded_bytes();
        let of_report = ["report.json", "report.md", "index.html"].iter().any(|own| name == *own);
        let of_job = || {
            name == PLAN_FILE
                || [CHUNK_ENDING, CHECKPOINT_ENDING].iter().any(|ending| bytes.ends_with(ending.as_bytes()))
                || bytes.starts_with(STAGE.as_bytes())
        };
        report && of_report || tables && bytes.ends_with(b".parquet") || job && of_job()
    }
}

fn holds_job(folder: &Path) -> bool {
    head_names(&folder.join(PLAN_FILE), b"\"rayscope.plan/")
}

pub(super) fn holds_report(folder: &Path) -> bool {
    head_names(&folder.join("report.json"), b"\"rayscope.report/")
}

/// Whether the first bytes of a file name its form.
fn head_names(path: &Path, form: &[u8]) -> bool {
    let mut head = Vec::new();
    // A pipe of that name would be waited for.
    let opened = path.is_file().then(|| fs::File::open(path));
    let read = opened.is_some_and(|file| file.and_then(|file| file.take(256).read_to_end(&mut head)).is_ok());
    read && memchr::memmem::find(&head, form).is_some()
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
