//! One run, the verbs by hand over any split in any order, and runs that were killed: one report.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rayscope::evidence::Chunk;

use crate::archive;
use crate::program::{ReportFiles, command, diagnosed, done, reported, text};
use crate::support::recorded;

/// Rounds of extraction.
const ROUNDS: usize = 9;
/// Moments at which a run is killed; a build that is not optimised takes long for each.
const KILLS: usize = if cfg!(debug_assertions) { 10 } else { 50 };

/// SplitMix64: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value ^ (value >> 31)) % limit
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for at in (1..values.len()).rev() {
            let other = usize::try_from(self.below(at as u64 + 1)).unwrap();
            values.swap(at, other);
        }
    }
}

/// Plans, has each part of each round extracted by a process of its own, the parts in any order, merges and reports.
fn by_hand(evidence: &Path, parts: usize, random: &mut Random) -> ReportFiles {
    let folder = tempfile::tempdir().unwrap();
    let job = folder.path().join("job");
    done(&["plan", text(evidence), "--out", text(&job)]);
    for round in 1..=ROUNDS {
        let round = round.to_string();
        let mut order: Vec<usize> = (1..=parts).collect();
        random.shuffle(&mut order);
        for part in order {
            done(&["extract", text(&job), "--round", &round, "--part", &format!("{part}/{parts}")]);
        }
        done(&["merge", text(&job)]);
    }
    assert!(done(&["check", text(&job)]).contains("next     rayscope report"));
    reported(&job)
}

#[test]
fn recorded_incidents_give_one_report_however_they_are_split() {
    let names =
        ["invalid-chunking", "keepalive-race", "tls-unknown-name", "upstream-closed-early", "slow-response"];
    let recorded = recorded::incidents(&names);
    thread::scope(|scope| {
        for (number, incident) in recorded.incidents.iter().enumerate() {
            scope.spawn(move || {
                let evidence = incident.evidence();
                let parts = 1 + number % 3;
                let split = by_hand(&evidence, parts, &mut Random(number as u64));
                assert!(split == diagnosed(&evidence), "{} in {parts} parts", incident.name);
            });
        }
    });
}

#[test]
fn an_archive_of_hundreds_of_files_gives_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let files = archive::write(folder.path(), 140);
    assert!(files >= 300, "{files}");
    let whole = diagnosed(folder.path());
    assert!(by_hand(folder.path(), 4, &mut Random(7)) == whole);
    let job = tempfile::tempdir().unwrap();
    done(&["plan", text(folder.path()), "--out", text(job.path())]);
    done(&["extract", text(job.path()), "--threads", "1"]);
    assert!(reported(job.path()) == whole, "one process, one thread");
}

/// Each job is killed again and again until a run ends by itself; at once after each kill all that lies there under a name of a chunk is one.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_at_any_moment_is_finished_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    archive::write(folder.path(), 30);
    let whole = diagnosed(folder.path());
    let (mut random, mut kills) = (Random(11), 0);
    let mut takes = Duration::ZERO;
    while kills < KILLS {
        let job = tempfile::tempdir().unwrap();
        done(&["plan", text(folder.path()), "--out", text(job.path())]);
        let begun = Instant::now();
        if takes.is_zero() {
            done(&["extract", text(job.path())]);
            takes = begun.elapsed();
        }
        // A run that is given less time than its beginning and one round take finishes nothing: so each has more than the one before.
        for patience in 10_u32.. {
            let mut run = command(&["extract", text(job.path())]).spawn().unwrap();
            thread::sleep(takes * patience / 25 * u32::try_from(random.below(1000)).unwrap() / 1000);
            let ended = run.try_wait().unwrap();
            run.kill().unwrap();
            run.wait().unwrap();
            if let Some(status) = ended {
                assert!(status.success());
                break;
            }
            kills += 1;
            every_chunk_is_whole(job.path());
        }
        assert!(reported(job.path()) == whole, "after {kills} kills");
        let left = fs::read_dir(job.path()).unwrap().count();
        assert_eq!(left, 1 + ROUNDS, "the plan and a chunk of each round");
    }
}

fn every_chunk_is_whole(job: &Path) {
    for entry in fs::read_dir(job).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("round-") {
            let chunk = Chunk::decode(&fs::read(&path).unwrap());
            assert!(chunk.is_ok(), "{name}: {:?}", chunk.err());
        }
    }
}
