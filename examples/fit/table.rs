//! Makes the table: every incident is diagnosed as the program does it, and what its judgement stood on is written down with the truth.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rayscope::correlate::{Filter, Incident, edge_seen};
use rayscope::diagnose::{Diagnosis, diagnose};
use rayscope::extract::{Extraction, extract};
use rayscope::facts::limits::Profile;
use rayscope::facts::ranges::EdgeRanges;
use rayscope::signs;
use rayscope::source::discover;
use serde_json::{Value, json};

use super::record::{CaseRow, Header, Record};
use super::truth::{Truth, inputs};

/// The program's own, as they are built in.
const PARAMETERS: &str = include_str!("../../src/diagnose/parameters.toml");

/// Writes a table of these draws, or of all draws of these folders.
pub fn write(out: &str, draws: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(out)?);
    let signs = signs::ALL.iter().map(|sign| sign.id.to_owned()).collect();
    writeln!(file, "{}", serde_json::to_string(&Header { signs, parameters: PARAMETERS.to_owned() })?)?;
    let mut written = BTreeMap::new();
    for draw in folders(draws)? {
        let name = draw.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // One seed is the same incident in whatever folder it was drawn.
        if written.insert(name.clone(), ()).is_none() {
            let record = record(name.clone(), &draw).map_err(|error| format!("{name}: {error}"))?;
            writeln!(file, "{}", serde_json::to_string(&record)?)?;
        }
    }
    file.flush()?;
    Ok(())
}

fn folders(draws: &[&str]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let is_draw = |path: &Path| path.join("expected.json").exists();
    let mut folders = Vec::new();
    for path in draws.iter().map(PathBuf::from) {
        if is_draw(&path) {
            folders.push(path);
            continue;
        }
        let below: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        let mut below: Vec<PathBuf> = below.into_iter().filter(|path| is_draw(path)).collect();
        below.sort();
        folders.extend(below);
    }
    Ok(folders)
}

fn record(name: String, draw: &Path) -> Result<Record, Box<dyn Error>> {
    let truth = Truth::read(draw)?;
    let read = |file: &str| -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(draw.join(file))?)?)
    };
    let (expected, drawn) = (read("expected.json")?, read("draw.json")?);
    let partial = extract(discover(&[draw.join("incident")])?, &Extraction::default(), &|_| ());
    let incident = Incident::of(partial, EdgeRanges::with(&[]), Profile::cloudflare(), Filter::default());
    let diagnosis = diagnose(incident);
    let chances = signs::ALL.iter().zip(diagnosis.judge.by_chance()).filter(|(_, share)| **share > 0.0);
    let named = diagnosis.causes.iter();
    let named = named.map(|one| (one.cause.slug.clone(), one.confidence, one.cases.len() as u64)).collect();
    Ok(Record {
        name,
        inputs: inputs(&drawn["dimensions"]).into_iter().map(str::to_owned).collect(),
        draw: json!({"complete": drawn["complete"], "kind": drawn["kind"], "taken": drawn["dimensions"]["taken"],
                     "recordings": drawn["recordings"].as_array().map(|all| all.iter().map(|one| {
                         json!({"fault": one["fault"], "family": one["family"], "slug": one["slug"], "server": one["server"]})
                     }).collect::<Vec<_>>())}),
        expected: json!({"causes": expected["causes"], "first": expected["first"],
                         "acceptable": expected["acceptable"], "tolerated": expected["tolerated"]}),
        edge_seen: edge_seen(&diagnosis.incident.evidence, &diagnosis.incident.ranges),
        by_chance: chances.map(|(sign, share)| (sign.id.to_owned(), *share)).collect(),
        cases: rows(&diagnosis, &truth),
        truth: truth.kinds,
        named,
    })
}

fn rows(diagnosis: &Diagnosis, truth: &Truth) -> Vec<CaseRow> {
    let numbers = |held: &dyn Fn(usize) -> bool| (0..signs::ALL.len()).filter(|sign| held(*sign)).collect();
    let mut rows: BTreeMap<CaseRow, u64> = BTreeMap::new();
    let (cases, counted) = (&diagnosis.incident.cases, &diagnosis.incident.counted);
    for ((index, case), (group, appearance)) in cases.iter().enumerate().zip(diagnosis.judge.kinds()) {
        let states = appearance.states;
        let row = CaseRow {
            group: *group,
            outcome: appearance.happened.outcome,
            from: appearance.happened.from,
            status: appearance.status,
            seen: numbers(&|sign| states.seen.holds(sign)),
            own: numbers(&|sign| states.own.holds(sign)),
            unseen: numbers(&|sign| states.visible.holds(sign) && !states.seen.holds(sign)),
            truth: truth.of(case, &diagnosis.incident),
            with_ray: case.ray.is_some(),
            counts: counted.holds(index),
            beside: counted.beside_among(&[index]) > 0,
            count: 0,
        };
        *rows.entry(row).or_default() += 1;
    }
    rows.into_iter().map(|(row, count)| CaseRow { count, ..row }).collect()
}
