//! The scripts that hand a plan to a scheduler: they end with the report of one run, and what they were stopped in is gone on with.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::archive;
use crate::program::{ReportFiles, diagnosed, done, run, text};

/// What stands for Slurm: each job runs at once, each member of an array by itself, the last first; one whose predecessor failed does not begin.
const SBATCH: &str = r#"#!/bin/sh
number=$(($(cat "$QUEUE" 2>/dev/null || echo 100) + 1))
echo $number >"$QUEUE"
members=1
while [ $# -gt 0 ]; do
    case $1 in
        --dependency=afterok:*) [ ! -e "$QUEUE-failed-${1##*:}" ] || { touch "$QUEUE-failed-$number"; echo $number; exit 0; } ;;
        --array=1-*) members=${1##*-} ;;
        --wrap) command=$2; shift ;;
    esac
    shift
done
while [ "$members" -gt 0 ]; do
    SLURM_ARRAY_TASK_ID=$members sh -c "$command" >&2 || touch "$QUEUE-failed-$number"
    members=$((members - 1))
done
echo $number
"#;

/// An archive with a plan, in folders whose names a shell would take apart, and the script.
struct Site {
    folder: TempDir,
    archive: PathBuf,
    job: PathBuf,
}

impl Site {
    fn new(scheduler: &str) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let (archive, job) = (folder.path().join("the archive"), folder.path().join("Anna's job $HOME"));
        fs::create_dir(&archive).unwrap();
        archive::write(&archive, 12);
        done(&["plan", text(&archive), "--out", text(&job)]);
        done(&["cluster", scheduler, "--out", text(&folder.path().join("script.sh"))]);
        Site { folder, archive, job }
    }

    fn hand_in(&self, parts: &str, path: &str) -> Output {
        let mut command = Command::new("sh");
        command.current_dir(self.folder.path()).args(["script.sh", text(&self.job), parts, "the report"]);
        command.env("RAYSCOPE", env!("CARGO_BIN_EXE_rayscope")).env("PATH", path);
        command.env("QUEUE", self.folder.path().join("queue")).output().unwrap()
    }

    fn report(&self) -> ReportFiles {
        ReportFiles::of(&self.folder.path().join("the report"))
    }
}

fn path_with(folder: &Path) -> String {
    format!("{}:{}", text(folder), std::env::var("PATH").unwrap())
}

#[test]
fn gnu_parallel_gives_the_report_of_one_run() {
    if run_quietly("parallel").is_err() {
        println!("1 test did not run (gnu_parallel): GNU parallel is not installed");
        return;
    }
    let site = Site::new("parallel");
    let ended = site.hand_in("3", &std::env::var("PATH").unwrap());
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(site.report() == diagnosed(&site.archive));
}

#[test]
fn slurm_gives_the_report_of_one_run_and_goes_on_after_a_job_that_failed() {
    let site = Site::new("slurm");
    let sbatch = site.folder.path().join("sbatch");
    fs::write(&sbatch, SBATCH).unwrap();
    fs::set_permissions(&sbatch, fs::Permissions::from_mode(0o755)).unwrap();
    let path = path_with(site.folder.path());
    // What lies in the way of the second round's first chunk makes its job fail, and nothing behind it is done.
    let lost = site.archive.join("access-000.log.gz");
    let kept = fs::read(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    assert!(site.hand_in("2", &path).status.success(), "the jobs were handed in");
    assert_eq!(run(&["report", text(&site.job)]).status.code(), Some(2));
    fs::write(&lost, kept).unwrap();
    fs::remove_file(site.folder.path().join("queue")).unwrap();
    for failed in fs::read_dir(site.folder.path()).unwrap().flatten() {
        if failed.file_name().to_string_lossy().starts_with("queue-failed") {
            fs::remove_file(failed.path()).unwrap();
        }
    }
    let ended = site.hand_in("5", &path);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(site.report() == diagnosed(&site.archive));
}

#[test]
fn a_script_that_somebody_changed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.sh");
    done(&["cluster", "slurm", "--out", text(&script)]);
    done(&["cluster", "slurm", "--out", text(&script)]);
    let ended = run(&["cluster", "parallel", "--out", text(&script)]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(fs::read_to_string(script).unwrap().contains("sbatch"));
}

/// With what is typed next: the very program that wrote it travels with the job. tests/spark runs it.
#[test]
fn the_script_for_spark_has_a_name_that_python_imports() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayscope"));
    let told = command.args(["cluster", "spark"]).current_dir(folder.path()).output().unwrap();
    assert!(told.status.success());
    let told = String::from_utf8(told.stdout).unwrap();
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_rayscope")).unwrap();
    let next =
        format!("spark-submit --master URL --files {} rayscope_spark.py JOB TASKS REPORT\n", text(&program));
    assert!(told.ends_with(&next), "{told}");
    assert!(fs::read_to_string(folder.path().join("rayscope_spark.py")).unwrap().contains("mapInArrow"));
}

fn run_quietly(program: &str) -> std::io::Result<Output> {
    Command::new(program).arg("--version").output()
}
