//! A line of the table: one incident as judgement sees it, with its truth. Signs are told by their place in the table's own list of names, so
//! that the program's list may grow and change its order.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};

use rayscope::correlate::{Happened, Outcome, ToldFrom};
use rayscope::diagnose::{Appearance, CaseKind, Judgement, Parameters, SignStates, Weighing};
use rayscope::signs;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::truth::TruthKind;

/// Names of incidents, and what each counts.
pub type Weights = BTreeMap<String, f64>;

/// The first line.
#[derive(Serialize, Deserialize)]
pub struct Header {
    /// Names of the signs.
    pub signs: Vec<String>,
    /// The parameters that the program judged with when it made the table.
    pub parameters: String,
}

/// An incident.
#[derive(Serialize, Deserialize)]
pub struct Record {
    /// Its name: the seed, and what was taken away.
    pub name: String,
    /// `draw.json` without what tells nothing of the evidence.
    pub draw: Value,
    /// Which inputs it holds.
    pub inputs: Vec<String>,
    /// `expected.json` as far as grading asks for it.
    pub expected: Value,
    /// Whether anything of the edge was seen, without which no cause is certain.
    pub edge_seen: bool,
    /// In which share of the incident's moments chance alone shows a sign; 0 for all others.
    pub by_chance: BTreeMap<String, f64>,
    /// What its requests are, with how many.
    pub truth: Vec<(TruthKind, u64)>,
    /// Its cases.
    pub cases: Vec<CaseRow>,
    /// What the program named when the table was made: slugs with confidence and number of cases, ranked.
    pub named: Vec<(String, u16, u64)>,
}

/// Cases that look alike, of one group, with one truth.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseRow {
    /// The number of its group.
    pub group: usize,
    /// What happened.
    pub outcome: Outcome,
    /// Who tells.
    pub from: ToldFrom,
    /// The edge's status.
    pub status: Option<u16>,
    /// Signs that are there.
    pub seen: Vec<usize>,
    /// Those of them that are the request's own.
    pub own: Vec<usize>,
    /// Signs that are not there and would be seen.
    pub unseen: Vec<usize>,
    /// The number of its truth; `None` where none is known.
    pub truth: Option<usize>,
    /// Whether their rays are known.
    pub with_ray: bool,
    /// Whether they are among the failures that are counted.
    pub counts: bool,
    /// Whether they failed beside these ([`Counted::beside_among`](rayscope::correlate::Counted::beside_among)).
    pub beside: bool,
    /// How many there are.
    #[serde(default)]
    pub count: u64,
}

/// Incidents of a table.
pub struct Table {
    /// For each place in the table's list of signs, the number of the sign today; `None` for one that is gone.
    pub signs: Vec<Option<usize>>,
    /// The incidents with what each counts.
    pub records: Vec<Record>,
    /// What each counts.
    pub weights: Vec<f64>,
}

impl Table {
    /// Reads the incidents of a table that are named, or all.
    pub fn read(path: &str, named: Option<&Weights>) -> Result<Table, Box<dyn Error>> {
        let mut lines = BufReader::new(File::open(path)?).lines();
        let header: Header = serde_json::from_str(&lines.next().ok_or("an empty table")??)?;
        let signs = header.signs.iter().map(|id| signs::number_of(id)).collect();
        let mut table = Table { signs, records: Vec::new(), weights: Vec::new() };
        for line in lines {
            let record: Record = serde_json::from_str(&line?)?;
            let weight = named.map_or(Some(1.0), |named| named.get(&record.name).copied());
            if let Some(weight) = weight {
                table.records.push(record);
                table.weights.push(weight);
            }
        }
        Ok(table)
    }
}

impl Record {
    /// In which share of the moments chance alone shows each sign, by its number.
    pub fn by_chance(&self) -> Vec<f64> {
        signs::ALL.iter().map(|sign| self.by_chance.get(sign.id).copied().unwrap_or(0.0)).collect()
    }

    /// How many cases there are of each kind.
    pub fn kinds(&self, signs: &[Option<usize>]) -> BTreeMap<CaseKind, u64> {
        let mut alike = BTreeMap::new();
        for row in &self.cases {
            *alike.entry(row.kind(signs)).or_default() += row.count;
        }
        alike
    }

    /// What these parameters name for every kind of its cases, in the order of the rows: slug and confidence in thousandths.
    pub fn judged(&self, signs: &[Option<usize>], parameters: &Parameters) -> Result<String, Box<dyn Error>> {
        let weighing = Weighing::of_kinds(self.kinds(signs), &self.by_chance(), parameters);
        let named = |row: &CaseRow| {
            let judgement = Judgement::of(&weighing, row.kind(signs));
            json!([judgement.cause.map(|cause| cause.slug.as_str()), judgement.confidence])
        };
        let rows: Vec<Value> = self.cases.iter().map(named).collect();
        Ok(serde_json::to_string(&json!({"name": self.name, "cases": rows}))?)
    }
}

impl CaseRow {
    /// Its group and what its cases look like.
    pub fn kind(&self, signs: &[Option<usize>]) -> CaseKind {
        let bits = |places: &[usize]| {
            places.iter().filter_map(|place| signs.get(*place).copied().flatten()).collect::<Vec<_>>()
        };
        let seen = bits(&self.seen);
        let visible = seen.iter().copied().chain(bits(&self.unseen)).collect();
        let own = bits(&self.own).into_iter().collect();
        let states = SignStates { seen: seen.into_iter().collect(), own, visible };
        let happened = Happened { outcome: self.outcome, from: self.from };
        (self.group, Appearance { happened, status: self.status, states })
    }
}
