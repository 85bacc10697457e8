//! A series of captures is one unit: a run that was ended inside it goes on behind the last file that it kept the reading of, and finds the same.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::Duration;

use rayscope::evidence::{Checkpoint, Coverage, PlanId};
use rayscope::extract::Round;
use rayscope::job::{CheckpointSpacing, Job};

use crate::archive;
use crate::program::{command, diagnosed, done, reported, text};
use crate::support::series::{each_series, goes_on_between_files, readings};

/// Bytes at both ends of a file by which a plan knows it.
const KNOWN_BY: u64 = 64 << 10;
/// Files of the series, and those that are read before it is stopped.
const FILES: usize = 8;
const READ: usize = 5;

/// A record of a packet that is none of IP: zeros, at the time of another record.
fn filling(time: &[u8], bytes: u32) -> Vec<u8> {
    let length = bytes.to_le_bytes();
    [time, &length, &length].concat()
}

/// Puts packets without a meaning into the middle of a small capture, behind its first packet: so much that its ends do not hold all of it. Where `at_least` is large
/// they are holes of a file.
fn fill(path: &Path, at_least: u64) {
    let whole = fs::read(path).unwrap();
    let first: [u8; 4] = whole[32..36].try_into().unwrap();
    let (before, behind) = whole.split_at(24 + 16 + u32::from_le_bytes(first) as usize);
    let mut file = File::create(path).unwrap();
    file.write_all(before).unwrap();
    let each = u32::try_from(at_least / 4).unwrap_or(u32::MAX).min(262_144);
    for _ in 0..at_least.div_ceil(u64::from(each)) {
        file.write_all(&filling(&whole[24..32], each)).unwrap();
        file.seek(SeekFrom::Current(i64::from(each))).unwrap();
    }
    file.write_all(behind).unwrap();
}

/// The captures of the archive in a folder, in their order.
fn captures(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut captures: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "pcap")).collect();
    captures.sort();
    captures
}

/// Makes a capture one that nobody could read again, although a plan does not notice it.
fn spoil(path: &Path) {
    let length = fs::metadata(path).unwrap().len();
    assert!(length > 3 * KNOWN_BY);
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(KNOWN_BY)).unwrap();
    let all = usize::try_from(length - 2 * KNOWN_BY).unwrap();
    file.write_all(&vec![0xff; all.min(1 << 20)]).unwrap();
}

/// An archive of whose series so many files have some size.
fn archive(files: usize, at_least: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    archive::write(folder.path(), FILES);
    captures(folder.path())[..files].iter().for_each(|path| fill(path, at_least));
    folder
}

fn planned(evidence: &Path) -> tempfile::TempDir {
    let job = tempfile::tempdir().unwrap();
    done(&["plan", text(evidence), "--out", text(job.path())]);
    job
}

/// What was found in captures, once all is extracted.
fn extracted(job: &Path) -> Vec<u8> {
    done(&["extract", text(job)]);
    let checkpoints = checkpoint_in(job);
    assert_eq!(checkpoints, None, "it is taken away once it is of no use");
    fs::read(job.join("round-6.evidence")).unwrap()
}

fn checkpoint_in(job: &Path) -> Option<PathBuf> {
    let mut paths = fs::read_dir(job).unwrap().map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|extension| extension == "checkpoint"))
}

/// The reading of the series in a folder behind its first files, as a checkpoint of a plan, with the name that it has.
fn checkpoint(evidence: &Path, plan: PlanId) -> (String, Vec<u8>) {
    let mut found = None;
    each_series(evidence, |work, unit| {
        let (program, inputs) = (env!("CARGO_PKG_VERSION").to_owned(), unit.inputs());
        let coverage = Coverage { program, plan, round: Round::Packets.number(), inputs, is_whole: false };
        let name = format!("round-6-unit-{:08}.checkpoint", unit.first().0);
        let reading = &readings(work, unit)[READ - 1];
        found = Some((name, Checkpoint::encode(&coverage, reading)));
    });
    found.expect("a series")
}

fn plan_of(job: &Path) -> PlanId {
    Job::open(job).unwrap().plan().id()
}

#[test]
fn a_stop_between_any_two_files_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    archive::write(folder.path(), 12);
    assert_eq!(goes_on_between_files(folder.path()).len(), 11);
}

#[test]
fn files_that_were_read_are_not_read_again() {
    let folder = archive(FILES, 4 * KNOWN_BY);
    let whole = extracted(planned(folder.path()).path());
    let job = planned(folder.path());
    let (name, bytes) = checkpoint(folder.path(), plan_of(job.path()));
    fs::write(job.path().join(name), bytes).unwrap();
    captures(folder.path())[..READ].iter().for_each(|path| spoil(path));
    assert!(extracted(job.path()) == whole, "it went on where it was");
    assert!(
        extracted(planned(folder.path()).path()) != whole,
        "from its beginning it cannot be read any more"
    );
}

#[test]
fn a_checkpoint_that_is_damaged_or_of_something_else_is_none() {
    let folder = archive(FILES, 4 * KNOWN_BY);
    let whole = extracted(planned(folder.path()).path());
    let plan = plan_of(planned(folder.path()).path());
    let (name, good) = checkpoint(folder.path(), plan);
    let mut damaged = good.clone();
    damaged[good.len() / 2] ^= 1;
    let of_other_plan = checkpoint(folder.path(), PlanId([7; 32])).1;
    let no_reading = Checkpoint::encode(&Checkpoint::decode(&good).unwrap().coverage, b"no reading");
    let cut = good[..good.len() - 1].to_vec();
    let bad = [damaged, of_other_plan, no_reading, cut, b"something".to_vec(), Vec::new()];
    for (number, bytes) in bad.into_iter().enumerate() {
        let job = planned(folder.path());
        fs::write(job.path().join(&name), bytes).unwrap();
        assert!(extracted(job.path()) == whole, "bad checkpoint {number} changes what is found");
    }
}

/// What a run writes beside its chunk shows to nobody else, and `diagnose` over a folder with a job takes it for no evidence.
#[cfg(unix)]
#[test]
fn a_checkpoint_is_its_owners_and_no_evidence() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicU64, Ordering};

    let folder = archive(FILES, 4 * KNOWN_BY);
    let job_at = folder.path().join("job");
    let whole = diagnosed(folder.path());
    done(&["plan", text(folder.path()), "--out", text(&job_at)]);
    let job = Job::open(&job_at).unwrap().with_spacing(CheckpointSpacing::EVERY_FILE);
    let extraction = job.plan().extraction().unwrap();
    let inputs = rayscope::extract::Inputs::open(job.plan().find().unwrap(), &extraction);
    let mode = AtomicU64::new(0);
    let look = |_| {
        if let Some(path) = checkpoint_in(&job_at)
            && let Ok(about) = fs::metadata(path)
        {
            mode.store(u64::from(about.permissions().mode()), Ordering::Relaxed);
        }
    };
    job.finish(&inputs, &look).unwrap();
    assert_eq!(mode.load(Ordering::Relaxed) & 0o777, 0o600);
    fs::write(job_at.join("round-6-unit-00000003.checkpoint"), "left there").unwrap();
    assert!(diagnosed(folder.path()) == whole);
    assert!(reported(&job_at) == whole);
}

/// A run that is killed when it has kept its reading for the first time is finished by the next, which could not read the first file again.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_inside_a_series_goes_on_there() {
    // More than what is read before a reading is kept.
    let folder = archive(2, 1_100 << 20);
    let whole = diagnosed(folder.path());
    let job = planned(folder.path());
    let mut run = command(&["extract", text(job.path()), "--threads", "1"]).spawn().unwrap();
    let path = wait_for_checkpoint(&mut run, job.path());
    run.kill().unwrap();
    run.wait().unwrap();
    let mut kept = Vec::new();
    File::open(path).unwrap().read_to_end(&mut kept).unwrap();
    assert!(Checkpoint::decode(&kept).is_ok(), "what lies there is whole");
    spoil(&captures(folder.path())[0]);
    done(&["extract", text(job.path())]);
    assert!(reported(job.path()) == whole);
}

fn wait_for_checkpoint(run: &mut Child, job: &Path) -> PathBuf {
    loop {
        if let Some(path) = checkpoint_in(job) {
            return path;
        }
        assert!(run.try_wait().unwrap().is_none(), "it ended before");
        thread::sleep(Duration::from_millis(1));
    }
}
