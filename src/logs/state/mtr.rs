//! Reports of mtr(8): `--report`, `--report-wide`, `--csv` and `--json`. Loss at one router in the middle is none of the path: routers answer such
//! probes at leisure. Loss that begins at a hop and is there at every later one, to the end, is the path's.

use serde::Deserialize;

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;
use crate::text::json::Scalar;
use crate::text::line::text_within;

/// Probes that must be lost at the end of the path: of ten, one or two are lost by chance.
const FEWEST_LOST: f64 = 3.0;

/// A router, or the end of the path.
struct PathHop {
    line: u64,
    name: String,
    /// Lost probes in a hundred.
    loss: f64,
    sent: f64,
}

impl PathHop {
    /// Whether it answers at all: many do not.
    fn answers(&self) -> bool {
        self.loss < 100.0
    }
}

/// Whether it is the report for people.
pub fn fits_report(head: &str) -> bool {
    telling_lines(head).take(4).any(|(_, line)| line.starts_with("HOST:") && line.contains("Loss%"))
        && head.contains("|--")
}

/// Reads the report for people: hops as `1.|-- name 0.0% 10 …`, with the columns that the heading names.
pub fn read_report(text: &str) -> DocumentContent {
    let mut columns: Vec<&str> = Vec::new();
    let mut hops = Vec::new();
    for (line, row) in telling_lines(text) {
        if row.starts_with("HOST:") {
            columns = row.split_whitespace().skip_while(|word| *word != "Loss%").collect();
        }
        let Some((_, row)) = row.split_once("|--") else { continue };
        let words: Vec<&str> = row.split_whitespace().collect();
        let Some((names, figures)) =
            words.len().checked_sub(columns.len()).and_then(|at| words.split_at_checked(at))
        else {
            continue;
        };
        let figure = |column: &str| {
            let at = columns.iter().position(|name| *name == column)?;
            figures.get(at)?.trim_end_matches('%').parse::<f64>().ok()
        };
        if let (Some(name), Some(loss), Some(sent)) = (names.last(), figure("Loss%"), figure("Snt")) {
            hops.push(PathHop { line, name: text_within(name.as_bytes(), 256), loss, sent });
        }
    }
    told(&hops)
}

/// Whether it is the table.
pub fn fits_csv(head: &str) -> bool {
    head.trim_start().to_ascii_lowercase().starts_with("mtr_version,start_time,status,host,hop,ip,")
}

/// Reads the table.
pub fn read_csv(text: &str) -> DocumentContent {
    let mut lines = telling_lines(text);
    let columns: Vec<&str> = lines.next().map(|(_, line)| line.split(',').collect()).unwrap_or_default();
    let mut hops = Vec::new();
    for (line, row) in lines {
        let cells: Vec<&str> = row.split(',').collect();
        let cell =
            |column: &str| columns.iter().position(|name| *name == column).and_then(|at| cells.get(at));
        let figure = |column: &str| cell(column)?.trim_end_matches('%').parse::<f64>().ok();
        if let (Some(name), Some(loss), Some(sent)) = (cell("Ip"), figure("Loss%"), figure("Snt")) {
            hops.push(PathHop { line, name: text_within(name.as_bytes(), 256), loss, sent });
        }
    }
    told(&hops)
}

/// Whether it is the report as JSON.
pub fn fits_json(head: &str) -> bool {
    head.trim_start().starts_with('{') && head.contains("\"mtr\"") && head.contains("\"hubs\"")
}

#[derive(Deserialize)]
struct MtrDocument<'a> {
    #[serde(borrow)]
    report: MtrReport<'a>,
}

#[derive(Deserialize)]
struct MtrReport<'a> {
    #[serde(borrow)]
    hubs: Vec<MtrHub<'a>>,
}

#[derive(Deserialize)]
struct MtrHub<'a> {
    #[serde(borrow, default)]
    host: Scalar<'a>,
    #[serde(borrow, default, rename = "Loss%")]
    loss: Scalar<'a>,
    #[serde(borrow, default, rename = "Snt")]
    sent: Scalar<'a>,
}

/// Reads the report as JSON. Its hops are cited by the line on which each begins.
pub fn read_json(text: &str) -> DocumentContent {
    let Ok(document) = serde_json::from_str::<MtrDocument<'_>>(text) else {
        return DocumentContent::default();
    };
    let lines =
        (1u64..).zip(text.lines()).filter(|(_, line)| line.contains("\"host\"")).map(|(number, _)| number);
    let mut lines = lines.fuse();
    let mut last = 1;
    let hop = |hub: MtrHub<'_>| {
        last = lines.next().unwrap_or(last);
        let figure = |value: &Scalar<'_>| value.printed().trim_end_matches('%').parse::<f64>().ok();
        let name = text_within(hub.host.printed().as_bytes(), 256);
        Some(PathHop { line: last, name, loss: figure(&hub.loss)?, sent: figure(&hub.sent)? })
    };
    let hops: Vec<PathHop> = document.report.hubs.into_iter().filter_map(hop).collect();
    told(&hops)
}

/// What the hops tell of the path.
fn told(hops: &[PathHop]) -> DocumentContent {
    let mut document = DocumentContent { records: hops.len() as u64, ..DocumentContent::default() };
    let Some(last) = hops.last() else { return document };
    let answering: Vec<(usize, &PathHop)> = (1..).zip(hops).filter(|(_, hop)| hop.answers()).collect();
    let lossy = answering.iter().rev().take_while(|(_, hop)| hop.loss > 0.0).count();
    let first = answering.get(answering.len().saturating_sub(lossy));
    let lost = last.loss / 100.0 * last.sent;
    if let Some((number, hop)) = first
        && last.answers()
        && lossy >= 2
        && lost >= FEWEST_LOST
    {
        let text = format!(
            "mtr: {:.1} of 100 probes are lost at the end of the path, and some at every hop from {number} on ({})",
            last.loss, hop.name
        );
        document.faults.push((hop.line, MessageLine::of(text.as_bytes(), Some(Program::Kernel))));
    }
    let end =
        if last.answers() { format!("{:.1} of 100 probes lost", last.loss) } else { "no answer".to_owned() };
    document.notes.push(format!(
        "a path of {} hops, {end} at the last ({}). Loss at a router in the middle that later hops do not have is none of the path; where this \
         path lies, and when, the report does not join with requests",
        hops.len(),
        last.name
    ));
    document
}
