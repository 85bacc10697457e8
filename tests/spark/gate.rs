//! A program that stops where it is told to, so that a worker is lost at a certain point and not at a certain time.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::cluster::{Running, wait};

/// What stands for the program: it leaves a mark of each step, waits where a gate is shut and enough have passed, and is the program then. A step is the
/// verb with its round.
const SCRIPT: &str = r#"#!/bin/sh
gates='GATES'
step=$1
[ "$3" != --round ] || step=$1-$4
[ "$5" != --out ] || step=$step--out
: >"$gates/$step.begun.$$"
if [ -e "$gates/$step.shut" ] && [ "$(ls "$gates" | grep -c "^$step.begun")" -gt "$(cat "$gates/$step.shut")" ]; then
    : >"$gates/$step.waits.$$"
    while [ -e "$gates/$step.shut" ]; do sleep 0.1; done
fi
exec 'PROGRAM' "$@"
"#;

/// Gates that a job passes.
pub struct Gate {
    /// What is handed in as the program.
    pub program: PathBuf,
    folder: PathBuf,
}

/// A gate that is shut.
pub struct Shut<'a> {
    gate: &'a Gate,
    step: String,
}

impl Gate {
    /// Gates for one job, all of them open.
    pub fn new(folder: &Path, job: &str) -> Gate {
        let folder = folder.join(format!("gates-{job}"));
        fs::create_dir(&folder).unwrap();
        let program = folder.join("rayscope");
        let script = SCRIPT.replace("GATES", folder.to_str().unwrap());
        fs::write(&program, script.replace("PROGRAM", env!("CARGO_BIN_EXE_rayscope"))).unwrap();
        // As somebody may hand it in who fetched it from a bucket.
        fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
        Gate { program, folder }
    }

    /// Shuts the gate of a step behind so many that pass it.
    pub fn shut(&self, step: &str, pass: usize) -> Shut<'_> {
        fs::write(self.folder.join(format!("{step}.shut")), pass.to_string()).unwrap();
        Shut { gate: self, step: step.to_owned() }
    }

    /// How often a step was begun.
    pub fn passed(&self, step: &str) -> usize {
        self.count(&format!("{step}.begun."))
    }

    fn count(&self, begins: &str) -> usize {
        let entries = fs::read_dir(&self.folder).unwrap().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(begins)).count()
    }
}

impl Shut<'_> {
    /// Waits until so many processes stand before it.
    pub fn wait_for(&self, processes: usize, run: &Running) {
        let waits = format!("{}.waits.", self.step);
        wait(&self.step, run.log(), || self.gate.count(&waits) >= processes);
    }

    /// Opens it.
    pub fn open(self) {
        fs::remove_file(self.gate.folder.join(format!("{}.shut", self.step))).unwrap();
    }
}
