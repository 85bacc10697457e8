//! A cluster of Spark that loses a worker in the map, a worker behind it, and its driver, gives the report of one run, byte for byte. If this breaks, a
//! report that was made over night on forty machines is wrong, and nobody can tell.
//!
//! It wants PySpark and Java: `tests/run spark` installs them.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

#[path = "../archives/archive.rs"]
mod archive;
mod cluster;
mod gate;
#[path = "../archives/program.rs"]
#[allow(dead_code, reason = "shared with tests/archives, which types more verbs")]
mod program;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cluster::{Cluster, Running, Spark};
use gate::Gate;
use program::{ReportFiles, diagnosed, done, text};
use tempfile::TempDir;

/// In how many parts each round is cut; a build that is not optimised takes long for each.
const TASKS: usize = if cfg!(debug_assertions) { 8 } else { 20 };

/// An archive of hundreds of files, one of them damaged, and what one process says of it.
struct Site {
    folder: TempDir,
    archive: PathBuf,
    report: ReportFiles,
}

impl Site {
    fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        fs::create_dir(&archive).unwrap();
        let files = archive::write(&archive, 140);
        assert!(files >= 300, "{files}");
        // A bad input is a line of the report, not a task that fails.
        let damaged = archive.join("edge-031.log.gz");
        let bytes = fs::read(&damaged).unwrap();
        fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
        done(&["cluster", "spark", "--out", text(&folder.path().join("rayscope_spark.py"))]);
        let report = diagnosed(&archive);
        Site { folder, archive, report }
    }

    /// A plan of the archive, as nobody has begun with it.
    fn plan(&self, name: &str) -> PathBuf {
        let job = self.folder.path().join(name);
        done(&["plan", text(&self.archive), "--out", text(&job)]);
        job
    }

    fn submit(&self, cluster: &Cluster<'_>, job: &Path, program: &Path) -> Running {
        let out = job.with_extension("report");
        let script = self.folder.path().join("rayscope_spark.py");
        cluster.submit(&script, program, &[job, Path::new(&TASKS.to_string()), &out])
    }

    /// Holds that a job ends well, and with the report of one process.
    fn finish(&self, mut run: Running, job: &Path, what: &str) -> String {
        let status = run.ended();
        let said = run.said();
        assert!(status.success(), "{what}: {status}\n{said}");
        assert!(ReportFiles::of(&job.with_extension("report")) == self.report, "{what}: another report");
        said
    }
}

#[test]
fn what_a_cluster_loses_changes_no_byte_of_the_report() {
    let (spark, site) = (Spark::given(), Site::new());
    let begun = Instant::now();
    let told = |what: &str| println!("{:4} s  {what}", begun.elapsed().as_secs());
    let mut cluster = Cluster::start(&spark, site.folder.path());
    told("a cluster is there");

    // A worker is lost when all that the map found is written, half of it to its disk, and before it was fetched.
    let job = site.plan("reduce");
    let gate = Gate::new(site.folder.path(), "reduce");
    let shut = gate.shut("merge-1--out", 0);
    let run = site.submit(&cluster, &job, &gate.program);
    shut.wait_for(2, &run);
    cluster.lose_a_worker();
    shut.open();
    let said = site.finish(run, &job, "a worker is lost behind the map");
    assert!(said.contains("FetchFailed"), "nothing that it had written was asked for:\n{said}");
    told("a worker was lost behind the map");
    cluster.fill();

    // The driver is killed in the second round, and the same command typed again: the first round stays as it is.
    let job = site.plan("driver");
    let gate = Gate::new(site.folder.path(), "driver");
    let shut = gate.shut("extract-2", TASKS / 3);
    let mut run = site.submit(&cluster, &job, &gate.program);
    shut.wait_for(2, &run);
    run.kill();
    shut.open();
    let first = gate.passed("extract-1");
    let said = site.finish(site.submit(&cluster, &job, &gate.program), &job, "a driver is lost");
    assert_eq!(gate.passed("extract-1"), first, "the first round was gone over again");
    assert!(!said.contains("FetchFailed"));
    told("a driver was lost");

    // A worker is lost in the map: it has finished some tasks, and is at one.
    let job = site.plan("map");
    let gate = Gate::new(site.folder.path(), "map");
    let shut = gate.shut("extract-1", TASKS / 3);
    let run = site.submit(&cluster, &job, &gate.program);
    shut.wait_for(2, &run);
    cluster.lose_a_worker();
    shut.open();
    let said = site.finish(run, &job, "a worker is lost in the map");
    assert!(
        said.contains("Lost executor") && gate.passed("extract-1") > TASKS,
        "it was lost too late:\n{said}"
    );
    told("a worker was lost in the map");
}
