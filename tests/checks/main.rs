//! What a report tells people to run is run: every check over the inputs of every recorded and drawn incident, and every display filter. If this
//! breaks, somebody in the middle of a bad night runs a command that prints nothing, and believes it.
//!
//! It wants the packages that `tests/run` installs; where a program is missing, the test fails and says so.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod steps;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rayon::prelude::*;
use rayscope::report::model::{Cause, Check, CheckKind, Report};
use support::extraction::reported;
use support::recorded::{self, Incident, Recorded};

/// Programs that checks over inputs use.
const PROGRAMS: [&str; 8] = ["bash", "tshark", "jq", "grep", "sed", "gzip", "tar", "xz"];

/// A report, and the folder in which its checks are run.
pub struct Reported {
    name: String,
    report: Report,
    folder: PathBuf,
}

impl Reported {
    fn of(incident: &Incident) -> Reported {
        let report = reported(&incident.evidence());
        let folder = common_folder(incident.evidence());
        Reported { name: incident.name.clone(), report, folder }
    }

    /// What is wrong, with where.
    fn at(&self, cause: &Cause, wrong: &str) -> String {
        format!("{} {}: {wrong}", self.name, cause.slug)
    }
}

/// The deepest folder that holds all inputs: their names are relative to it.
fn common_folder(mut folder: PathBuf) -> PathBuf {
    loop {
        let entries = folder.read_dir().expect("a folder");
        let entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        match &entries[..] {
            [only] if only.is_dir() => folder = only.clone(),
            _ => return folder,
        }
    }
}

/// All incidents with what they keep unpacked: recorded ones, drawn ones, and those made by others where they are there.
fn all() -> (Vec<Recorded>, Vec<Reported>) {
    for program in PROGRAMS {
        let look = format!("command -v {program}");
        let found = Command::new("sh").args(["-c", &look]).stdout(Stdio::null()).status();
        assert!(found.expect("sh").success(), "{program} is missing: tests/run installs it");
    }
    let mut kept = vec![recorded::incidents(&[]), recorded::drawn()];
    kept.extend(recorded::others("their commands"));
    let incidents: Vec<&Incident> = kept.iter().flat_map(|kept| &kept.incidents).collect();
    let reports = incidents.par_iter().map(|incident| Reported::of(incident)).collect();
    (kept, reports)
}

/// The lines that a command prints.
fn printed(command: &str, folder: &Path) -> Vec<String> {
    let run = Command::new("bash").args(["-c", command]).current_dir(folder).stdin(Stdio::null()).output();
    let run = run.expect("bash");
    String::from_utf8_lossy(&run.stdout).lines().map(str::to_owned).collect()
}

/// Why a check does not hold what it promises; `None` where it does.
fn broken(check: &Check, folder: &Path) -> Option<String> {
    let Some(promised) = check.lines_at_least else { return Some("it promises nothing".to_owned()) };
    let lines = printed(&check.command, folder).len() as u64;
    let short = promised == 0 || lines < promised;
    short.then(|| format!("{lines} of {promised} lines\n    {}", check.command))
}

/// Runs every check over inputs; what does not hold.
fn broken_checks(reports: &[Reported]) -> Vec<String> {
    let run: Vec<(String, Option<String>)> = reports
        .par_iter()
        .flat_map_iter(|reported| reported.report.causes.iter().map(move |cause| (reported, cause)))
        .flat_map_iter(|(reported, cause)| {
            let checks = cause.checks.iter().filter(|check| check.kind == CheckKind::Inputs);
            let mut results: Vec<(String, Option<String>)> =
                checks.map(|check| (reported.at(cause, ""), broken(check, &reported.folder))).collect();
            // Leaving it out counts as failed.
            if results.is_empty() {
                results.push((reported.at(cause, ""), Some("no check over the inputs".to_owned())));
            }
            results
        })
        .collect();
    let failed: Vec<String> =
        run.iter().filter_map(|(at, broken)| Some(format!("{at}{}", broken.as_ref()?))).collect();
    println!("{} of {} checks over inputs print what they promise", run.len() - failed.len(), run.len());
    failed
}

/// The packets that are cited, by their file: their filters by their numbers.
fn cited_packets(report: &Report) -> BTreeMap<&str, BTreeMap<u64, &str>> {
    let mut by_file: BTreeMap<&str, BTreeMap<u64, &str>> = BTreeMap::new();
    let pieces = report.causes.iter().flat_map(|cause| &cause.evidence);
    for piece in pieces.filter(|piece| !piece.input.contains("!/")) {
        if let (Some(frame), Some(filter)) = (piece.frame, &piece.filter) {
            by_file.entry(&piece.input).or_default().insert(frame, filter);
        }
    }
    by_file
}

/// Asks every capture once for all frames that are cited in it, each by its own filter; the frames that are not shown.
fn hidden_frames(reports: &[Reported]) -> Vec<String> {
    let files: Vec<(&Reported, &str, BTreeMap<u64, &str>)> = reports
        .iter()
        .flat_map(|reported| {
            let files = cited_packets(&reported.report).into_iter();
            files.map(move |(file, cited)| (reported, file, cited))
        })
        .collect();
    let hidden: Vec<String> = files
        .par_iter()
        .flat_map_iter(|(reported, file, cited)| {
            let each = cited.iter().map(|(frame, filter)| format!("(({filter}) && frame.number == {frame})"));
            let any = each.collect::<Vec<String>>().join(" || ");
            let command = format!("tshark -r '{file}' -Y '{any}' -T fields -e frame.number");
            let frames = printed(&command, &reported.folder);
            let is_shown = move |frame: &u64| frames.iter().any(|shown| *shown == frame.to_string());
            let hidden = cited.iter().filter(move |(frame, _)| !is_shown(frame));
            hidden.map(move |(frame, filter)| format!("{} {file}: {frame} by {filter}", reported.name))
        })
        .collect();
    let all: usize = files.iter().map(|(_, _, cited)| cited.len()).sum();
    println!("{} of {all} display filters show their frame", all - hidden.len());
    hidden
}

/// One test, because the reports that all of it is about take most of the time.
#[test]
fn what_is_told_to_be_run_and_pasted_holds() {
    let (_kept, reports) = all();
    let mut wrong = broken_checks(&reports);
    wrong.extend(hidden_frames(&reports));
    wrong.extend(reports.iter().flat_map(steps::faults));
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}
