//! None of these files was taken between Cloudflare and an origin.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rayscope::compose;
use rayscope::diagnose::diagnose;
use rayscope::evidence::InputKind;
use rayscope::report::json;

use super::corpus;
use super::support::extraction;

/// Slugs with their confidence in thousandths.
type Causes = Vec<(&'static str, u16)>;

/// Causes of a file; `None` where nothing in it can be used. Goes the whole way to the text.
fn causes(path: &Path) -> Option<Causes> {
    let partial = extraction::extracted(path);
    if partial.inputs.values().all(|input| input.kind == InputKind::Ignored) {
        return None;
    }
    let diagnosis = diagnose(extraction::incident(partial));
    let report = compose::report(&diagnosis, compose::Redaction::On);
    assert!(!json::render(&report).is_empty());
    Some(diagnosis.causes.iter().map(|ranked| (ranked.cause.slug.as_str(), ranked.confidence)).collect())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn all(corpus: &Path) -> Vec<PathBuf> {
    ["pcap", "har", "logs", "http"].iter().flat_map(|folder| files(&corpus.join(folder))).collect()
}

/// Of a capture without an address of the edge a report may say what is broken, but not that this is certain.
#[test]
fn no_cause_is_certain_where_no_edge_is() {
    let Some(corpus) = corpus("no invented incident") else { return };
    let found: Vec<(PathBuf, Option<Causes>)> =
        all(&corpus).into_par_iter().map(|path| (path.clone(), causes(&path))).collect();
    let usable = found.iter().filter(|(_, causes)| causes.is_some()).count();
    let mut certain = Vec::new();
    let mut named = 0;
    for (path, causes) in &found {
        let name = path.strip_prefix(&corpus).unwrap_or(path).display();
        for (slug, confidence) in causes.iter().flatten() {
            named += usize::from(*confidence >= 500);
            if *confidence >= 900 {
                certain.push(format!("{name}\t{slug}\t{confidence}"));
            }
        }
    }
    println!(
        "{} files, {usable} usable, {named} causes named with 0.5 or more, {} with 0.9 or more:",
        found.len(),
        certain.len()
    );
    println!("{}", certain.join("\n"));
    // What a browser or the edge itself wrote down is from behind an edge.
    let of_an_edge = |line: &&String| line.contains("har/") || line.contains("cloudflare");
    let without_edge = certain.iter().filter(|line| !of_an_edge(line) && !line.ends_with("\t900"));
    assert_eq!(without_edge.count(), 0, "surer than roles that are guessed:\n{}", certain.join("\n"));
}

/// Evidence is cut short more often than not: by a full disk, by `head -c`, by an upload that broke off.
#[test]
fn files_cut_anywhere_end_in_a_diagnosis_or_a_refusal() {
    let Some(corpus) = corpus("cut files") else { return };
    const PARTS: usize = 16;
    let cut = tempfile::tempdir().expect("a temporary folder");
    let folder = Arc::new(cut.path().to_owned());
    let runs: usize = all(&corpus)
        .into_par_iter()
        .enumerate()
        .map(|(number, path)| {
            let bytes = std::fs::read(&path).expect("a file of the corpus");
            // Large files take long, and pieces of them show no more than pieces of small ones.
            let step = if bytes.len() > 1 << 20 { 5 } else { 1 };
            let parts = (1..PARTS).step_by(step);
            let target = folder.join(format!("{number}"));
            for part in parts.clone() {
                std::fs::write(&target, &bytes[..bytes.len() * part / PARTS]).expect("a file");
                causes(&target);
            }
            std::fs::remove_file(&target).expect("a file");
            parts.count()
        })
        .sum();
    println!("{runs} cut files");
}
