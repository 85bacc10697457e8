//! `bash -n` on commands, and each file that they write read as what its name says.

use std::process::{Command, Stdio};

use rayscope::causes::{ALL, Language};

use crate::surroundings::Surroundings;
use crate::systemd::{self, File};
use crate::{Snippet, documents, filled, none_is_refused, program, written_in};

#[test]
fn bash_parses_the_commands_of_remedies() {
    none_is_refused(&written_in(Language::Shell), parse);
}

#[test]
fn bash_parses_the_checks_of_causes() {
    let checks = ALL.iter().map(|cause| Snippet { of: cause.slug.clone(), text: filled(&cause.check) });
    none_is_refused(&checks.collect::<Vec<Snippet>>(), parse);
}

fn parse(text: &str) -> Result<(), String> {
    let surroundings = Surroundings::new();
    let file = surroundings.write("snippet.sh", text);
    program::is_silent(Command::new("bash").arg("-n").arg(file).stdin(Stdio::null()))
}

#[test]
fn the_files_that_remedies_write_are_read_by_their_programs() {
    let snippets = written_in(Language::Shell);
    let writing = snippets.into_iter().filter(|snippet| !files(&snippet.text).is_empty());
    none_is_refused(&writing.collect::<Vec<Snippet>>(), |text| {
        let (units, others): (Vec<File>, Vec<File>) =
            files(text).into_iter().partition(|file| file.path.starts_with(systemd::UNITS));
        if !units.is_empty() {
            systemd::verify(&units)?;
        }
        others.iter().try_for_each(|file| match file.path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("yml") => documents::yaml(&file.text),
            Some("conf") if file.path.starts_with("/etc/sysctl.d/") => settings_of_the_kernel(&file.text),
            _ => Err(format!("nothing here reads {}", file.path)),
        })
    });
}

/// The files that a here-document writes: `cat > PATH <<'EOF'`.
fn files(text: &str) -> Vec<File> {
    let mut lines = text.lines();
    let mut files = Vec::new();
    while let Some(line) = lines.next() {
        let Some(path) = line.strip_prefix("cat > ").and_then(|rest| rest.strip_suffix(" <<'EOF'")) else {
            continue;
        };
        let written = lines.by_ref().take_while(|line| *line != "EOF").map(|line| format!("{line}\n"));
        files.push(File { path: path.to_owned(), text: written.collect() });
    }
    files
}

/// sysctl.d(5): `name = value`; the names are those of `/proc/sys`, written with dots.
fn settings_of_the_kernel(text: &str) -> Result<(), String> {
    for line in text.lines() {
        let setting = line.split_once(" = ");
        let is_name = |name: &str| {
            name.split('.').count() > 2
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b))
        };
        if !setting.is_some_and(|(name, value)| is_name(name) && !value.is_empty()) {
            return Err(format!("no setting of the kernel: {line}"));
        }
    }
    Ok(())
}
