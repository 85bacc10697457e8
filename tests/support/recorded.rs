//! The lab's incidents, as tests take them: recorded ones (`tests/lab/recorded`, packed by `tests/lab/keep`), or those that
//! `tests/lab/run` has just made where `RAYSCOPE_LAB` names its output folder. Drawn ones (`tests/lab/drawn`, packed by `tests/lab/draw keep`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// One incident: the folder a person on call would have, and beside it what is true of it.
pub struct Incident {
    /// The scenario's name.
    pub name: String,
    folder: PathBuf,
}

impl Incident {
    /// What a person would point the program at.
    pub fn evidence(&self) -> PathBuf {
        let inner = self.folder.join("incident");
        if inner.is_dir() { inner } else { self.folder.clone() }
    }

    /// What the program itself says of it: its `report.json`.
    pub fn report(&self) -> String {
        let out = tempfile::tempdir().expect("a temporary folder");
        let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
            .args(["diagnose", "--format", "quiet", "--out"])
            .args([out.path(), &self.evidence()])
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(0), "{}: {said}", self.name);
        fs::read_to_string(out.path().join("report.json")).expect("report.json")
    }

    /// The verdict and the causes, ranked.
    pub fn expected(&self) -> Value {
        let text = fs::read_to_string(self.folder.join("expected.json")).expect("expected.json");
        serde_json::from_str(&text).expect("JSON")
    }

    /// One record a ray, by the edge's own log of what it did.
    pub fn truth(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("truth.jsonl")).expect("truth.jsonl");
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
    }
}

/// Incidents unpacked for the time of a test.
pub struct Recorded {
    /// Sorted by name.
    pub incidents: Vec<Incident>,
    _unpacked: Option<TempDir>,
}

/// All incidents, or those named.
pub fn incidents(wanted: &[&str]) -> Recorded {
    let made = std::env::var_os("RAYSCOPE_LAB").map(PathBuf::from).filter(|_| wanted.is_empty());
    let unpacked = made.is_none().then(|| unpack("recorded", wanted));
    let root = unpacked.as_ref().map_or_else(|| made.unwrap_or_default(), |folder| folder.path().to_owned());
    Recorded { incidents: incidents_in(&root), _unpacked: unpacked }
}

/// All drawn incidents of the repository.
pub fn drawn() -> Recorded {
    let unpacked = unpack("drawn", &[]);
    Recorded { incidents: incidents_in(unpacked.path()), _unpacked: Some(unpacked) }
}

/// Incidents that others made, which are no part of the repository: of the folder that `RAYSCOPE_OTHERS` names. `None` where it is not there, with
/// a line that says which tests did not run.
pub fn others(tests: &str) -> Option<Recorded> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lab-others/incidents");
    let root = std::env::var_os("RAYSCOPE_OTHERS").map_or_else(default, PathBuf::from);
    if !root.is_dir() {
        println!("1 test did not run ({tests}): no folder {}; set RAYSCOPE_OTHERS", root.display());
        return None;
    }
    Some(Recorded { incidents: folders_in(&root, |folder| folder.is_dir()), _unpacked: None })
}

fn incidents_in(root: &Path) -> Vec<Incident> {
    folders_in(root, |folder| folder.join("expected.json").is_file())
}

/// Those of its folders that are wanted, sorted by name: one at least.
fn folders_in(root: &Path, is_wanted: impl Fn(&Path) -> bool) -> Vec<Incident> {
    let entries = fs::read_dir(root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| is_wanted(path));
    let mut incidents: Vec<Incident> =
        folders.map(|folder| Incident { name: file_name(&folder), folder }).collect();
    incidents.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!incidents.is_empty(), "no incident in {}", root.display());
    incidents
}

fn unpack(kept: &str, wanted: &[&str]) -> TempDir {
    let archives = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab").join(kept);
    let target = tempfile::tempdir().expect("a temporary folder");
    let entries = fs::read_dir(&archives).unwrap_or_else(|error| panic!("{}: {error}", archives.display()));
    for archive in entries.map(|entry| entry.expect("an entry").path()) {
        let file = file_name(&archive);
        let Some(name) = file.strip_suffix(".tar.xz") else { continue };
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        let folder = target.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        let tar = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(&folder).status();
        assert!(tar.expect("tar and xz (packages tar, xz-utils)").success(), "{}", archive.display());
    }
    target
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
