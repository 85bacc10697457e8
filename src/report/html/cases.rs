//! Every failing request: the first fifteen as a table, all of them as a data block that the script draws in a window.

mod stories;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::report::model::{Case, InputKind, Report, UNEXPLAINED};
use crate::report::text::{cut, one_line, visible};
use crate::text::words::thousands;

use super::escape::json_block;
use super::ids::case_id;
use stories::{fit, linked, story};

/// How many cases stand in the page without script.
const STATIC: usize = 15;
/// And of those that ladders link to.
const MOST_LINKED: usize = 50;
/// The data block keeps to this many bytes; stories go first when it would not, but for those that have this room.
const MOST_BYTES: usize = 1_250_000;
const STORY_BYTES: usize = 250_000;

/// A row of the table.
pub struct CaseRow {
    /// The row's id, empty where its ray was there before.
    pub id: String,
    /// Its place among all rows, from 2 (the head is 1).
    pub index: usize,
    /// `14:02:11.204`.
    pub time: String,
    /// The ray, or a dash.
    pub ray: String,
    /// Method, host and path.
    pub request: String,
    /// What the visitor got.
    pub edge: String,
    /// What the origin sent.
    pub origin: String,
    /// Rank and slug of the cause.
    pub cause: String,
    /// Kinds of evidence.
    pub seen: String,
    /// What happened.
    pub story: Vec<String>,
}

/// The table.
pub struct CaseTable {
    /// The first rows.
    pub rows: Vec<CaseRow>,
    /// How many cases report.json lists, and the head: for readers of the table.
    pub row_count: usize,
    /// What is shown and what is left out, in a sentence.
    pub note: String,
    /// The data block, ready for the page; empty where all rows are in the table.
    pub data: String,
}

/// The data block: rows whose numbers point into the lists.
#[derive(Serialize)]
struct Block {
    /// `rank slug`, by the first number of a row.
    causes: Vec<String>,
    /// Kinds of evidence in words.
    seen: Vec<String>,
    /// Sentences of stories.
    texts: Vec<String>,
    /// One per case.
    rows: Vec<BlockRow>,
}

/// A row of the data block, an array in JSON: time, ray, request, edge status, origin status (0 for none), cause, kinds of
/// evidence, sentences.
#[derive(Serialize)]
struct BlockRow(String, String, String, u16, u16, usize, usize, Vec<usize>);

/// The table of cases, or nothing where nothing failed.
pub fn compose(report: &Report) -> Option<CaseTable> {
    if report.cases.is_empty() {
        return None;
    }
    let mut ids = BTreeSet::new();
    let rows = without_script(report)
        .into_iter()
        .map(|index| {
            let case = &report.cases[index];
            let id = case_id(case.ray.as_deref());
            CaseRow {
                id: id.filter(|id| ids.insert(id.clone())).unwrap_or_default(),
                index: index + 2,
                time: time(report, case),
                ray: case.ray.as_deref().map_or_else(|| "–".to_string(), |ray| cut(ray, 40).into_owned()),
                request: request(report, case, 160),
                edge: status(case.edge_status),
                origin: status(case.origin_status),
                cause: cause(report, case),
                seen: seen(&case.joined),
                story: story(case),
            }
        })
        .collect();
    Some(CaseTable {
        rows,
        row_count: report.cases.len() + 1,
        note: note(report),
        data: json_block(&block(report)),
    })
}

/// The cases that stand in the page itself: those of ladders, which are linked to, and the first ones.
fn without_script(report: &Report) -> BTreeSet<usize> {
    let linked: BTreeSet<&str> = linked(report).collect();
    let is_linked = |case: &Case| case.ray.as_deref().is_some_and(|ray| linked.contains(ray));
    let mut cases: BTreeSet<usize> =
        (0..report.cases.len()).filter(|&index| is_linked(&report.cases[index])).take(MOST_LINKED).collect();
    for index in 0..report.cases.len() {
        if cases.len() >= STATIC {
            break;
        }
        cases.insert(index);
    }
    cases
}

fn note(report: &Report) -> String {
    let listed = thousands(report.cases.len() as u64);
    match report.cases_omitted {
        0 => format!("{listed} in all."),
        omitted => format!("{listed} are listed here and in report.json, {} are not.", thousands(omitted)),
    }
}

/// Why a ray may have no row: the end of a sentence.
pub fn omitted(report: &Report) -> String {
    match report.cases_omitted {
        0 => String::new(),
        1 => ", or is the one failing request that is not listed".to_owned(),
        omitted => format!(", or is one of {} failing requests that are not listed", thousands(omitted)),
    }
}

/// The time of day, with the date before it where the window spans several days.
fn time(report: &Report, case: &Case) -> String {
    let Some(time) = &case.time else { return "–".to_string() };
    cut(&report.window.clock(time), 60).into_owned()
}

/// Method, host and path; where all requests are to one host it stands above all of them.
fn request(report: &Report, case: &Case, limit: usize) -> String {
    let method = case.method.as_deref().unwrap_or("");
    let path = case.path.as_deref().unwrap_or("");
    let host = case.host.as_deref().unwrap_or("");
    let is_only = matches!(report.hosts.as_slice(), [only] if only == host);
    let host = if is_only && !path.is_empty() { "" } else { host };
    match (method.is_empty(), path.is_empty() && host.is_empty()) {
        (true, true) => "no request was made".to_string(),
        _ => cut(&one_line(&format!("{method} {host}{path}")), limit).into_owned(),
    }
}

fn status(status: Option<u16>) -> String {
    status.map_or_else(|| "–".to_string(), |status| status.to_string())
}

fn cause(report: &Report, case: &Case) -> String {
    match report.causes.iter().find(|cause| cause.slug == case.slug) {
        Some(cause) => format!("{} {}", cause.rank, cut(&cause.slug, 60)),
        None if case.slug.is_empty() => UNEXPLAINED.to_string(),
        None => cut(&case.slug, 60).into_owned(),
    }
}

/// Kinds of evidence; what the origin wrote in one word, so that a row is a line.
fn seen(kinds: &[InputKind]) -> String {
    let is_log = |kind: &&InputKind| matches!(kind, InputKind::AccessLog | InputKind::ErrorLog);
    let both = kinds.iter().filter(is_log).count() == 2;
    let mut words: Vec<&str> =
        kinds.iter().filter(|kind| !both || !is_log(kind)).map(|kind| kind.words()).collect();
    if both {
        words.insert(words.len().min(1), "both logs");
    }
    words.join(", ")
}

/// A list of distinct texts, numbered as they come.
#[derive(Default)]
struct Texts {
    list: Vec<String>,
    numbers: std::collections::BTreeMap<String, usize>,
}

impl Texts {
    fn number(&mut self, text: String) -> usize {
        let next = self.list.len();
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.list.push(text.clone());
            next
        })
    }
}

/// The data block as JSON; empty where the table holds all cases.
fn block(report: &Report) -> String {
    if report.cases.len() <= STATIC {
        return String::new();
    }
    let (mut causes, mut kinds, mut texts) = (Texts::default(), Texts::default(), Texts::default());
    // Each request gets its part of the budget, so that no row is lost however long requests are.
    let room = ((MOST_BYTES - STORY_BYTES) / report.cases.len()).saturating_sub(64).clamp(24, 400);
    let mut bytes = 0;
    let mut rows = Vec::with_capacity(report.cases.len());
    for case in &report.cases {
        let (ray, ray_cost) = fit(case.ray.as_deref().unwrap_or(""), 24);
        let (request, request_cost) = fit(&visible(&request(report, case, 160)), room);
        bytes += ray_cost + request_cost + 40;
        rows.push(BlockRow(
            time(report, case),
            ray,
            request,
            case.edge_status.unwrap_or(0),
            case.origin_status.unwrap_or(0),
            causes.number(cause(report, case)),
            kinds.number(seen(&case.joined)),
            Vec::new(),
        ));
    }
    for (index, story) in stories::told(report, MOST_BYTES.saturating_sub(bytes)) {
        rows[index].7 = story.into_iter().map(|text| texts.number(text)).collect();
    }
    let block = Block { causes: causes.list, seen: kinds.list, texts: texts.list, rows };
    serde_json::to_string(&block).unwrap_or_default()
}
