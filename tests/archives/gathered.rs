//! Chunks of several units: however the units were grouped, a round is whole with the same bytes, and nothing in it counts twice.

use std::fs;
use std::path::{Path, PathBuf};

use rayscope::evidence::Chunk;
use tempfile::TempDir;

use crate::archive;
use crate::program::{done, run, text};

/// A small archive with a job, of which the first round was gone over; its units lie there one by one.
struct Desk {
    folder: TempDir,
    job: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let (evidence, job) = (folder.path().join("archive"), folder.path().join("job"));
        fs::create_dir(&evidence).unwrap();
        archive::write(&evidence, 40);
        done(&["plan", text(&evidence), "--out", text(&job)]);
        done(&["extract", text(&job), "--round", "1"]);
        Desk { folder, job }
    }

    fn units(&self) -> Vec<PathBuf> {
        let paths = fs::read_dir(&self.job).unwrap().map(|entry| entry.unwrap().path());
        let mut units: Vec<PathBuf> = paths.filter(|path| text(path).contains("-unit-")).collect();
        units.sort();
        units
    }

    /// Puts these units together in a folder of their own, into which they are laid in this order, as another machine does.
    fn together(&self, name: &str, units: &[PathBuf]) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::copy(self.job.join("plan.json"), folder.join("plan.json")).unwrap();
        for unit in units {
            fs::copy(unit, folder.join(unit.file_name().unwrap())).unwrap();
        }
        let file = folder.join("together");
        done(&["merge", text(&folder), "--round", "1", "--out", text(&file)]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), units.len() + 2, "the folder stays as it is");
        file
    }

    /// Takes units away, and lays a chunk in their place.
    fn replace(&self, units: &[PathBuf], chunk: &Path) {
        for unit in units {
            fs::remove_file(unit).unwrap();
        }
        fs::copy(chunk, &units[0]).unwrap();
    }

    fn whole(&self) -> Vec<u8> {
        done(&["merge", text(&self.job), "--round", "1"]);
        fs::read(self.job.join("round-1.evidence")).unwrap()
    }

    /// How far the job is, as programs read it.
    fn standing(&self) -> serde_json::Value {
        let told = run(&["check", text(&self.job), "--format", "json"]);
        assert_eq!(told.status.code(), Some(1));
        serde_json::from_slice(&told.stdout).unwrap()
    }
}

#[test]
fn however_units_are_grouped_a_round_has_the_same_bytes() {
    let desk = Desk::new();
    let units = desk.units();
    assert!(units.len() > 20);
    let (some, others) = units.split_at(9);
    let backwards: Vec<PathBuf> = some.iter().rev().cloned().collect();
    let one = desk.together("one", some);
    assert!(fs::read(&one).unwrap() == fs::read(desk.together("backwards", &backwards)).unwrap());
    let other = desk.together("other", others);
    assert_eq!(Chunk::decode(&fs::read(&other).unwrap()).unwrap().coverage.inputs.len(), others.len());
    desk.replace(some, &one);
    desk.replace(others, &other);
    assert_eq!(desk.standing()["rounds"][0]["missing"], serde_json::json!([]));
    let grouped = desk.whole();
    let again = Desk::new();
    assert!(grouped == again.whole());
}

#[test]
fn what_a_chunk_of_several_units_covers_is_not_read_again() {
    let desk = Desk::new();
    let units = desk.units();
    desk.replace(&units[10..20], &desk.together("some", &units[10..20]));
    fs::remove_file(&units[3]).unwrap();
    let standing = desk.standing();
    assert_eq!(standing["schema"], "rayscope.standing/1");
    assert_eq!(standing["is_finished"], false);
    assert_eq!(standing["rounds"][0]["units"], units.len());
    assert_eq!(standing["rounds"][0]["missing"], serde_json::json!(["edge-003.log.gz"]));
    done(&["extract", text(&desk.job), "--round", "1", "--part", "1/1"]);
    let there = desk.units();
    assert!(there.contains(&units[3]) && there.len() == units.len() - 9, "only what was missing");
    // A disk damaged it: all that it covered is missing, and is read again.
    fs::write(&units[10], "damaged").unwrap();
    assert_eq!(desk.standing()["rounds"][0]["missing"].as_array().unwrap().len(), 10);
    done(&["extract", text(&desk.job), "--round", "1"]);
    assert!(desk.units() == units);
    assert!(desk.whole() == Desk::new().whole());
}

#[test]
fn chunks_that_cover_the_same_are_not_put_together() {
    let desk = Desk::new();
    let units = desk.units();
    let some = desk.together("some", &units[..5]);
    fs::copy(&some, desk.job.join("round-1-unit-99999999.evidence")).unwrap();
    let out = desk.folder.path().join("out");
    for arguments in [
        &["merge", text(&desk.job), "--round", "1", "--out", text(&out)][..],
        &["merge", text(&desk.job), "--round", "1"],
    ] {
        let ended = run(arguments);
        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(said.contains("edge-000.log.gz is covered twice"), "{said}");
    }
    let ended = run(&["merge", text(&desk.job), "--round", "2", "--out", text(&out)]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("there is no chunk to put together"));
    assert!(!out.exists());
}
