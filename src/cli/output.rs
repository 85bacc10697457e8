//! What the program writes: the files of a report, and what it prints and says.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;

use super::output_folder::{OutputFolder, Readers, failed};
use crate::error::Result;
use crate::report::text::one_line;

/// Writes all files of a folder: first each in another place, then, when all are on the disk, in theirs.
///
/// # Errors
/// Where one cannot be written; then none appears, and a folder that was made for them is gone again.
pub fn write_all(folder: &Path, files: &[(&str, &[u8])], readers: Readers) -> Result<()> {
    let writing = |bytes| move |file: &mut File| file.write_all(bytes);
    let writings: Vec<_> = files.iter().map(|(_, bytes)| writing(*bytes)).collect();
    let named = files.iter().zip(&writings);
    let files: Vec<(&str, &Writing<'_>)> = named.map(|((name, _), writing)| (*name, writing as _)).collect();
    write_each(folder, &files, readers)
}

/// What writes a file.
pub type Writing<'a> = dyn Fn(&mut File) -> io::Result<()> + Sync + 'a;

/// The same of files that are made while they are written, side by side.
///
/// # Errors
/// As above.
pub fn write_each(folder: &Path, files: &[(&str, &Writing<'_>)], readers: Readers) -> Result<()> {
    let output = OutputFolder::create(folder, readers)?;
    // Side by side, they wait for the disk once.
    let write = |(name, writing): &(&str, &Writing<'_>)| {
        let mut file = output.begin(name)?;
        writing(&mut file).map_err(|source| failed("write", &folder.join(name), source))
    };
    let written: Vec<Result<()>> = files.par_iter().map(write).collect();
    written.into_iter().collect::<Result<()>>()?;
    output.place()
}

/// Prints on standard output. It is no error that the reader has closed its end (`| head`).
///
/// # Errors
/// Where standard output cannot be written for another reason.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(failed("write", Path::new("standard output"), source))
        }
        _ => Ok(()),
    }
}

/// Says something on standard error; names of files may hold what would move the terminal's cursor. Where nobody reads it (a pager that quit, a full disk), it is lost, and the exit status speaks.
pub fn say(text: &str) {
    let lines: String = text.lines().map(|line| one_line(line) + "\n").collect();
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}
