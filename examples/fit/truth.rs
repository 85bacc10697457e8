//! The truth of a drawn incident, request by request, as `tests/lab/draw` writes it; and which truth belongs to which case.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use rayscope::correlate::{Case, Incident};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Requests that have one truth.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TruthKind {
    /// Whether it failed, and some input shows that.
    pub failed: bool,
    /// The right answer; `None` where nothing failed.
    pub slug: Option<String>,
    /// Whether that is the root, the mechanism, or none.
    #[serde(default)]
    pub depth: Option<String>,
    /// Slugs that are right as well.
    #[serde(default)]
    pub acceptable: Vec<String>,
    /// The slug that costs nothing and earns nothing.
    #[serde(default)]
    pub tolerated: Option<String>,
    /// Whether its ray stands in some input.
    #[serde(default)]
    pub ray_at_hand: bool,
}

/// A line of `truth.jsonl`.
#[derive(Deserialize)]
struct Line {
    ray: String,
    attempts: Vec<Attempted>,
    #[serde(flatten)]
    kind: TruthKind,
}

/// One try of the edge.
#[derive(Deserialize)]
struct Attempted {
    edge_ip: String,
    port: u16,
}

/// The truth of an incident.
pub struct Truth {
    /// What there is, with how many requests each.
    pub kinds: Vec<(TruthKind, u64)>,
    of_ray: BTreeMap<String, usize>,
    /// By the edge's address and port. Several requests may share a connection.
    of_connection: BTreeMap<(String, u16), Vec<usize>>,
}

impl Truth {
    /// Reads that of a draw.
    pub fn read(draw: &Path) -> Result<Truth, Box<dyn Error>> {
        let text = fs::read_to_string(draw.join("truth.jsonl"))?;
        let lines: Vec<Line> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let mut counts: BTreeMap<&TruthKind, u64> = BTreeMap::new();
        for line in &lines {
            *counts.entry(&line.kind).or_default() += 1;
        }
        let number: BTreeMap<&TruthKind, usize> =
            counts.keys().enumerate().map(|(number, kind)| (*kind, number)).collect();
        let (mut of_ray, mut of_connection) = (BTreeMap::new(), BTreeMap::<_, Vec<usize>>::new());
        for line in &lines {
            let kind = number[&line.kind];
            of_ray.insert(line.ray.clone(), kind);
            for attempt in &line.attempts {
                of_connection.entry((attempt.edge_ip.clone(), attempt.port)).or_default().push(kind);
            }
        }
        let kinds = counts.into_iter().map(|(kind, count)| (kind.clone(), count)).collect();
        Ok(Truth { kinds, of_ray, of_connection })
    }

    /// The truth of a case, by the number of its kind: by its ray, else by its connection, where all that failed on that has one truth.
    pub fn of(&self, case: &Case, incident: &Incident) -> Option<usize> {
        if let Some(ray) = case.ray {
            return self.of_ray.get(&ray.to_string()).copied();
        }
        let ends = case.connections(&incident.evidence).map(|row| row.connection.client);
        let mut kinds: Vec<usize> = ends
            .filter_map(|end| self.of_connection.get(&(end.ip().to_string(), end.port())))
            .flatten()
            .copied()
            .collect();
        if kinds.iter().any(|kind| self.kinds[*kind].0.failed) {
            kinds.retain(|kind| self.kinds[*kind].0.failed);
        }
        kinds.sort_unstable();
        kinds.dedup();
        if let [kind] = kinds[..] { Some(kind) } else { None }
    }
}

/// Which inputs an incident holds, by its dimensions.
pub fn inputs(dimensions: &Value) -> Vec<&'static str> {
    let is = |name: &str| dimensions[name].as_bool() == Some(true);
    let counted = |name: &str| dimensions[name].as_u64().is_some_and(|count| count > 0);
    let there = [
        ("capture", dimensions["vantage"] != "none"),
        ("edge-log", !dimensions["edge"].is_null()),
        ("access-log", is("access")),
        ("messages", is("errors") || is("system") || is("outputs")),
        ("seen-by-visitors", counted("har") || counted("pages")),
    ];
    there.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}
