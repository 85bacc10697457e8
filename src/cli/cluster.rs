//! `rayscope cluster`: the script that has a scheduler spread the work of a plan. It calls verbs and nothing else.

use std::fs;
use std::path::Path;

use super::exit::Exit;
use super::output::print;
use super::output_folder::failed;
use super::report_args::{Cluster, Scheduler};
use crate::error::{Error, Result};

const PARALLEL: &str = include_str!("../../templates/cluster/parallel.sh");
const SLURM: &str = include_str!("../../templates/cluster/slurm.sh");

/// Writes the script and says what to type.
///
/// # Errors
/// Where there is such a file already, or it cannot be written.
pub fn run(arguments: &Cluster) -> Result<Exit> {
    let script = match arguments.by {
        Scheduler::Parallel => PARALLEL,
        Scheduler::Slurm => SLURM,
    };
    let (out, name) = (&arguments.out, arguments.out.display());
    write_new(out, script)?;
    print(&format!(
        "script  {name}\nnext    rayscope plan PATH... --out JOB && sh {name} JOB PARTS REPORT\n"
    ))?;
    Ok(Exit::Done)
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
    fs::write(path, script).map_err(|source| failed("write", path, source))
}
