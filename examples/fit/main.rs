//! The numbers of judgement (`src/diagnose/parameters.toml`) on drawn incidents whose truth is known: makes the table of what their failing
//! requests look like, fits the numbers to it, and judges it with any numbers. `tests/lab/fit` calls it; docs/weights.md says how it is done.

mod objective;
mod record;
mod search;
mod table;
mod truth;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};

use rayscope::diagnose::Parameters;

use record::{Record, Table};

const USAGE: &str = "fit table OUT DRAW…                     a line for each folder that `tests/lab/draw` wrote
fit train TABLE START NAMES             parameters fitted to incidents that a file names, from those of START
fit judge TABLE PARAMETERS NAMES        a line for each of these incidents: what is named for every kind of its cases";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let stdout = std::io::stdout();
    let mut output = BufWriter::new(stdout.lock());
    match arguments.as_slice() {
        ["table", out, draws @ ..] => table::write(out, draws)?,
        ["train", table, start, names] => {
            let table = Table::read(table, Some(&named_in(names)?))?;
            output.write_all(search::fitted(&table, &fs::read_to_string(start)?)?.as_bytes())?;
        }
        ["judge", table, parameters, names] => {
            let table = Table::read(table, Some(&named_in(names)?))?;
            let parameters = Parameters::parse(&fs::read_to_string(parameters)?)?;
            for record in &table.records {
                writeln!(output, "{}", Record::judged(record, &table.signs, &parameters)?)?;
            }
        }
        _ => return Err(USAGE.into()),
    }
    output.flush()?;
    Ok(())
}

/// Names of incidents with their weights: a line each, `draw-00001` or `draw-00001 0.25`.
fn named_in(path: &str) -> Result<record::Weights, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let mut seen = BTreeSet::new();
    text.lines()
        .map(|line| {
            let (name, weight) = line.split_once(' ').unwrap_or((line, "1"));
            if !seen.insert(name) {
                return Err(format!("{path}: {name} stands twice").into());
            }
            Ok((name.to_owned(), weight.parse()?))
        })
        .collect()
}
