//! Secrets in every field of every kind of input that may hold one, and a look for them in everything that is written: the three files, what is
//! printed, the story of each request, the tables. If this breaks, somebody publishes a report with a visitor's session in it.

#![allow(clippy::expect_used, reason = "a test that cannot write its evidence has failed")]

mod incident;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use incident::{Planted, REQUESTS, inputs, plant, ray, visitor};
use rayon::prelude::*;

/// What the program wrote, each with what it is.
type Written = Vec<(String, String)>;

/// Runs the program in a folder; what it printed and said.
fn run(folder: &Path, arguments: &[&str]) -> Written {
    let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(0), "{arguments:?}: {said}");
    let name = arguments.join(" ");
    vec![
        (format!("stdout of {name}"), String::from_utf8_lossy(&run.stdout).into_owned()),
        (format!("stderr of {name}"), said),
    ]
}

/// The three files, what is printed in each format, and the story of each request.
fn everything(folder: &Path, more: &[&str]) -> Written {
    let mut written = Written::new();
    for format in ["text", "json", "markdown"] {
        written.extend(run(
            folder,
            &[&["diagnose", "incident", "--out", "report", "--format", format], more].concat(),
        ));
    }
    for file in ["report.json", "report.md", "index.html"] {
        let text = std::fs::read_to_string(folder.join("report").join(file)).expect("a file of the report");
        written.push((file.to_owned(), text));
    }
    // One of each kind of message.
    for request in 0..5 {
        written.extend(run(folder, &[&["explain", &ray(request), "incident"], more].concat()));
    }
    written
}

/// Which of these words stand in what was written, and where: the first place of each.
fn found<'a>(written: &Written, words: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let place = |word: &str| written.iter().find(|(_, text)| text.contains(word)).map(|(name, _)| name);
    words.filter_map(|(word, field)| place(word).map(|place| format!("{field} is in {place}"))).collect()
}

fn secrets(planted: &Planted) -> impl Iterator<Item = (&str, &str)> {
    planted.secrets.iter().map(|(secret, field)| (secret.as_str(), field.as_str()))
}

/// Lays out an incident; how many secrets it has, and what of them is told.
fn told(only: Option<&str>, more: &[&str]) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let planted = plant(&folder.path().join("incident"), only);
    let written = everything(folder.path(), more);
    let mut told = found(&written, secrets(&planted));
    let visitors: Vec<String> = (0..REQUESTS).map(visitor).collect();
    told.extend(found(&written, visitors.iter().map(|visitor| (visitor.as_str(), "a visitor's address"))));
    (planted.secrets.len(), told)
}

/// Over all incidents.
fn told_of_all(more: &[&str]) -> (usize, Vec<String>) {
    let incidents: Vec<Option<&str>> = inputs().map(Some).chain([None]).collect();
    let told: Vec<(usize, Vec<String>)> = incidents.into_par_iter().map(|only| told(only, more)).collect();
    (told.iter().map(|(planted, _)| planted).sum(), told.into_iter().flat_map(|(_, told)| told).collect())
}

#[test]
fn no_planted_secret_is_written() {
    let (planted, told) = told_of_all(&[]);
    assert!(planted >= 1000, "{planted}");
    assert!(told.is_empty(), "{} of {planted}:\n{}", told.len(), told.join("\n"));
}

/// Otherwise the test above says nothing: without redaction the fields that a report quotes are told.
#[test]
fn without_redaction_they_are_written() {
    let (_, told) = told_of_all(&["--no-redact"]);
    let field = |told: &String| told.split_once(" of request ").map(|(field, _)| field.to_owned());
    let fields: BTreeSet<String> = told.iter().filter_map(field).collect();
    assert!(told.len() >= 300 && fields.len() >= 7, "{}: {fields:#?}", told.len());
}

/// Every row is in the tables, healthy ones too; credentials and values are not.
#[cfg(feature = "tables")]
#[test]
fn no_planted_secret_is_in_a_table() {
    use polars::prelude::{DataType, ParquetReader, SerReader};

    let folder = tempfile::tempdir().expect("a folder");
    let planted = plant(&folder.path().join("incident"), None);
    run(folder.path(), &["tables", "incident", "--out", "tables"]);
    let mut written = Written::new();
    for entry in std::fs::read_dir(folder.path().join("tables")).expect("the tables") {
        let path = entry.expect("an entry").path();
        let frame =
            ParquetReader::new(std::fs::File::open(&path).expect("a table")).finish().expect("Parquet");
        // polars prints no instants without its time zones, which are not linked, and they hold no text.
        let columns = frame.columns().iter();
        for column in columns.filter(|column| !matches!(column.dtype(), DataType::Datetime(..))) {
            let cells = (0..column.len()).map(|row| column.get(row).expect("a cell").to_string());
            let name = format!("{}, {}", path.file_name().unwrap_or_default().display(), column.name());
            written.push((name, cells.collect::<Vec<String>>().join("\n")));
        }
    }
    assert!(written.iter().any(|(_, text)| text.contains("/cart/")), "tables hold what was asked for");
    let told = found(&written, secrets(&planted));
    assert!(told.is_empty(), "{} of {}:\n{}", told.len(), planted.secrets.len(), told.join("\n"));
}
