//! `rayscope cluster`: the script that has a scheduler spread the work of a plan. It calls verbs and nothing else.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::output::{print, write_all};
use super::output_folder::{Readers, above};
use super::report_args::{Cluster, Scheduler};
use crate::error::{Error, Result};

const PARALLEL: &str = include_str!("../../templates/cluster/parallel.sh");
const SLURM: &str = include_str!("../../templates/cluster/slurm.sh");
const SPARK: &str = include_str!("../../templates/cluster/rayscope_spark.py");

/// Writes the script and says what to type.
///
/// # Errors
/// Where there is such a file already, or it cannot be written.
pub fn run(arguments: &Cluster) -> Result<Exit> {
    let (script, name) = match arguments.by {
        Scheduler::Parallel => (PARALLEL, "rayscope-cluster.sh"),
        Scheduler::Slurm => (SLURM, "rayscope-cluster.sh"),
        Scheduler::Spark => (SPARK, "rayscope_spark.py"),
    };
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(name));
    write_new(&out, script)?;
    let name = out.display();
    let call = match arguments.by {
        Scheduler::Parallel | Scheduler::Slurm => format!("sh {name} JOB PARTS REPORT"),
        Scheduler::Spark => {
            format!("spark-submit --master URL --files {} {name} JOB TASKS REPORT", program())
        }
    };
    print(&format!("script  {name}\nnext    rayscope plan PATH... --out JOB && {call}\n"))?;
    Ok(Exit::Done)
}

/// This program, which travels with the job: all machines run the same.
fn program() -> String {
    std::env::current_exe().map_or_else(|_| "rayscope".to_owned(), |path| path.display().to_string())
}

/// Somebody's changes to an earlier script stay.
fn write_new(path: &Path, script: &str) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == script.as_bytes()) {
        return Ok(());
    }
    if path.exists() {
        return Err(Error::Usage {
            what: format!("{}: there is another file", path.display()),
            help: "give another name with --out, or remove it".to_owned(),
        });
    }
    let Some(name) = path.file_name().and_then(OsStr::to_str) else {
        return Err(Error::Usage {
            what: format!("{}: this is no name of a file", path.display()),
            help: "give the script a name with --out, in UTF-8".to_owned(),
        });
    };
    write_all(above(path), &[(name, script.as_bytes())], Readers::AsUsual)
}
