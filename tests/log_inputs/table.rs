//! The table: what each input is, and what must be taken from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// One input of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name: format and what is particular.
    pub name: String,
    /// Where the text comes from.
    pub source: String,
    /// `inputs[].kind` of the report.
    pub kind: String,
    /// `inputs[].format` of the report.
    pub format: String,
    /// Rows read.
    pub records: u64,
    /// Lines lost.
    #[serde(default)]
    pub skipped: u64,
    /// Rows with an instant; all of them where it is left out.
    pub with_time: Option<u64>,
    /// Rows with a status; all rows of an access or edge log where it is left out, of others none.
    pub with_status: Option<u64>,
    /// Rows with a ray.
    #[serde(default)]
    pub with_ray: u64,
    /// Failing requests that the input alone tells of.
    #[serde(default)]
    pub failed: u64,
    /// Failing requests of the input together with the edge's log, which has five.
    #[serde(default = "five")]
    pub failed_beside: u64,
    /// Of the edge's five failures, those that this input's lines were joined to.
    #[serde(default)]
    pub joined: u64,
    /// The name of the file; the name of the input where it is left out.
    pub file_name: Option<String>,
    /// The text.
    pub text: String,
    /// Fields of some of its rows.
    #[serde(default)]
    pub row: Vec<Row>,
}

/// What a row must hold: fields by name, as text; `-` for one that must be absent.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Which row, from 1.
    pub record: usize,
    /// The fields.
    #[serde(flatten)]
    pub fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    #[serde(default)]
    input: Vec<Input>,
}

fn five() -> u64 {
    5
}

impl Input {
    /// The name of its file.
    pub fn file_name(&self) -> String {
        self.file_name.clone().unwrap_or_else(|| format!("{}.log", self.name))
    }

    /// Rows that must have an instant.
    pub fn timed(&self) -> u64 {
        self.with_time.unwrap_or(self.records)
    }

    /// Rows that must have a status.
    pub fn with_status(&self) -> u64 {
        let requests = matches!(self.kind.as_str(), "access_log" | "edge_log");
        self.with_status.unwrap_or(if requests { self.records } else { 0 })
    }
}

/// All inputs of the table, from every file beside this one.
pub fn inputs() -> Vec<Input> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/log_inputs");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let family = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let family: Family =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        family.input
    };
    paths.iter().flat_map(family).collect()
}
