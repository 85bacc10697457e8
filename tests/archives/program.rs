//! The program's verbs, as a person or a script types them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program with these arguments; what it says is kept.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayscope"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str]) -> Output {
    command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("the program")
}

/// Runs it, and holds that it did what was asked.
pub fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The three files of a report.
#[derive(PartialEq, Eq)]
pub struct ReportFiles(Vec<Vec<u8>>);

impl ReportFiles {
    /// Those in a folder.
    pub fn of(folder: &Path) -> ReportFiles {
        let file = |name: &str| fs::read(folder.join(name)).expect("a file of the report");
        ReportFiles(["report.json", "report.md", "index.html"].map(file).into())
    }
}

/// What `diagnose` writes.
pub fn diagnosed(evidence: &Path) -> ReportFiles {
    let out = tempfile::tempdir().expect("a folder");
    done(&["diagnose", text(evidence), "--format", "quiet", "--out", text(out.path())]);
    ReportFiles::of(out.path())
}

/// What `report` writes of a job.
pub fn reported(job: &Path) -> ReportFiles {
    let out = tempfile::tempdir().expect("a folder");
    done(&["report", text(job), "--format", "quiet", "--out", text(out.path())]);
    ReportFiles::of(out.path())
}
