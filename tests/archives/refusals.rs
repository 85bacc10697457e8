//! What would make a wrong report is an error that says what to do: a hole, an overlap, a chunk of another job, inputs that changed.

use std::fs;
use std::path::{Path, PathBuf};

use rayscope::evidence::Chunk;
use tempfile::TempDir;

use crate::archive;
use crate::program::{command, done, run, text};

/// A small archive with a job over it.
struct Desk {
    _folder: TempDir,
    evidence: PathBuf,
    job: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let (evidence, job) = (folder.path().join("archive"), folder.path().join("job"));
        fs::create_dir(&evidence).unwrap();
        archive::write(&evidence, 12);
        done(&["plan", text(&evidence), "--out", text(&job)]);
        Desk { _folder: folder, evidence, job }
    }

    /// What the program says to these arguments, which it refuses as a usage that makes no sense.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr)
            .replace(text(&self.job), "JOB")
            .replace(text(&self.evidence), "ARCHIVE")
    }

    fn round(&self, round: &str) {
        done(&["extract", text(&self.job), "--round", round]);
    }

    /// The chunks of units that lie there.
    fn units(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(&self.job).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| text(path).contains("-unit-"));
        paths.sort();
        paths
    }
}

#[test]
fn a_hole_is_told_and_a_report_is_not_made() {
    let desk = Desk::new();
    desk.round("1");
    fs::remove_file(&desk.units()[3]).unwrap();
    let said = desk.refused(&["merge", text(&desk.job)]);
    assert!(said.contains("round 1: 1 of its inputs are not extracted, edge-003.log.gz first"), "{said}");
    let check = run(&["check", text(&desk.job)]);
    assert_eq!(check.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&check.stdout).replace(text(&desk.job), "JOB"));
    assert!(desk.refused(&["report", text(&desk.job)]).contains("is not whole yet"));
    assert!(desk.refused(&["extract", text(&desk.job), "--round", "2"]).contains("round 1"));
}

#[test]
fn what_is_covered_twice_is_refused() {
    let desk = Desk::new();
    desk.round("1");
    let units = desk.units();
    fs::copy(&units[0], desk.job.join("round-1-unit-99999999.evidence")).unwrap();
    let said = desk.refused(&["merge", text(&desk.job)]);
    assert!(said.contains("edge-000.log.gz is covered twice"), "{said}");
}

/// Access logs are gone over in the second round, not in the third.
#[test]
fn what_is_no_part_of_a_round_is_refused() {
    let desk = Desk::new();
    for round in ["1", "2"] {
        desk.round(round);
        done(&["merge", text(&desk.job)]);
    }
    let mut chunk = Chunk::decode(&fs::read(desk.job.join("round-2.evidence")).unwrap()).unwrap();
    chunk.coverage.round = 3;
    desk.round("3");
    fs::write(desk.job.join("round-3-unit-99999999.evidence"), chunk.encode()).unwrap();
    let said = desk.refused(&["merge", text(&desk.job)]);
    assert!(said.contains("access-000.log.gz is no part of the round"), "{said}");
}

#[test]
fn a_chunk_of_another_plan_or_round_is_refused() {
    let (desk, other) = (Desk::new(), Desk::new());
    fs::remove_dir_all(&other.job).unwrap();
    done(&["plan", text(&other.evidence), "--host", "shop.example", "--out", text(&other.job)]);
    desk.round("1");
    other.round("1");
    fs::copy(&other.units()[0], &desk.units()[0]).unwrap();
    assert!(desk.refused(&["merge", text(&desk.job)]).contains("belongs to another plan"));
}

#[test]
fn a_damaged_chunk_is_extracted_again() {
    let desk = Desk::new();
    desk.round("1");
    let unit = desk.units()[5].clone();
    let whole = fs::read(&unit).unwrap();
    for damaged in [&whole[..whole.len() / 2], &[&whole[..], b"!"].concat()] {
        fs::write(&unit, damaged).unwrap();
        assert!(desk.refused(&["merge", text(&desk.job)]).contains("not extracted"));
        desk.round("1");
        assert!(fs::read(&unit).unwrap() == whole, "the same evidence gives the same bytes");
    }
    done(&["merge", text(&desk.job)]);
}

#[test]
fn inputs_that_changed_are_refused() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("access-000.log.gz is gone", |folder| fs::remove_file(folder.join("access-000.log.gz")).unwrap()),
        ("new.log is new", |folder| fs::write(folder.join("new.log"), "x\n").unwrap()),
        ("trace-00003.pcap has another size", |folder| {
            fs::write(folder.join("trace-00003.pcap"), "x").unwrap()
        }),
        ("edge-007.log.gz holds something else", |folder| {
            let path = folder.join("edge-007.log.gz");
            let mut bytes = fs::read(&path).unwrap();
            // The modification time in gzip's header: what is packed stays the same.
            bytes[4] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
    ];
    for (wanted, change) in changes {
        let desk = Desk::new();
        change(&desk.evidence);
        let said = desk.refused(&["extract", text(&desk.job)]);
        assert!(said.contains(&format!("{wanted} since the plan was made")), "{said}");
    }
}

/// A plan and what is extracted by it may lie beside the evidence: they are none themselves.
#[test]
fn a_job_among_the_evidence_is_no_evidence() {
    let desk = Desk::new();
    let beside = desk.evidence.join("job");
    done(&["plan", text(&desk.evidence), "--out", text(&beside)]);
    done(&["extract", text(&beside)]);
    assert!(done(&["plan", text(&desk.evidence), "--out", text(&beside)]).contains("begun already"));
    done(&["report", text(&beside), "--format", "quiet", "--out", text(&desk.evidence.join("report"))]);
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let desk = Desk::new();
    let job = text(&desk.job);
    for arguments in [
        &["extract", job, "--round", "10"][..],
        &["extract", job, "--round", "1", "--part", "3/2"],
        &["extract", job, "--part", "1/2"],
        &["plan", "-", "--out", "nowhere"],
        &["plan", text(&desk.evidence), "--host", "other.example", "--out", job],
    ] {
        desk.refused(arguments);
    }
    #[cfg(unix)]
    {
        let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"odd-\xff");
        let odd = desk.evidence.join(odd);
        fs::create_dir(&odd).unwrap();
        let ended =
            command(&["plan"]).arg(&odd).arg(&desk.evidence).args(["--out", "nowhere"]).status().unwrap();
        assert_eq!(ended.code(), Some(2), "a path that no plan can hold");
    }
    fs::write(desk.job.join("plan.json"), "{}").unwrap();
    assert!(desk.refused(&["extract", job]).contains("no plan"));
}
