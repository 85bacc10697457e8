//! Programs that read a snippet: run, and asked what they think of it.

use std::ffi::OsStr;
use std::fs::read_dir;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a check that says nothing about what is right; what it says otherwise is the fault.
pub fn is_silent(command: &mut Command) -> Result<(), String> {
    let (succeeded, said) = run(command);
    if succeeded && said.trim().is_empty() { Ok(()) } else { Err(said) }
}

/// Runs it: whether it succeeded, and what it said on both of its outputs.
pub fn run(command: &mut Command) -> (bool, String) {
    let name = command.get_program().to_string_lossy().into_owned();
    let run = command.env("LC_ALL", "C.UTF-8").output();
    let run = run.unwrap_or_else(|error| {
        panic!("{name}: {error}; `tests/run remedies` installs what this test needs")
    });
    let said = [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (run.status.success(), said.concat())
}

/// A server's program: Debian keeps them where the path of a plain user does not look.
pub fn server(name: &str) -> Command {
    let path = Path::new("/usr/sbin").join(name);
    Command::new(if path.exists() { path } else { PathBuf::from(name) })
}

/// The newest of the programs in `/usr/sbin` whose name is `name` with a version behind it (`php-fpm8.2`).
pub fn versioned(name: &str) -> Command {
    let paths = read_dir("/usr/sbin").expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_one = |path: &PathBuf| {
        let version = path.file_name().and_then(OsStr::to_str).and_then(|found| found.strip_prefix(name));
        version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    };
    let newest = paths.filter(is_one).max();
    Command::new(newest.unwrap_or_else(|| PathBuf::from(name)))
}
