//! How each failing request of a folder comes to its cause: one JSON line a request, with what happened, the signs that are seen and not
//! seen, which of these are its own, and the likeliest nodes of its tree. `cargo run --no-default-features --example account -- FOLDER`; for whoever adds a cause.

use std::path::PathBuf;

use rayscope::correlate::{Filter, Incident};
use rayscope::diagnose::diagnose;
use rayscope::extract::{Extraction, extract};
use rayscope::facts::limits::Profile;
use rayscope::facts::ranges::EdgeRanges;
use rayscope::signs;
use rayscope::source::discover;
use serde_json::json;

fn main() {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let found = discover(&paths).unwrap_or_else(|error| panic!("{error}"));
    let extraction = Extraction::default();
    let partial = extract(found, &extraction, &|_| ());
    let incident = Incident::of(partial, EdgeRanges::with(&[]), Profile::cloudflare(), Filter::default());
    let diagnosis = diagnose(incident);
    for (number, (case, judgement)) in diagnosis.incident.cases.iter().zip(&diagnosis.judgements).enumerate()
    {
        let account = diagnosis.judge.account(number);
        let ids = |held: &dyn Fn(usize) -> bool| -> Vec<&str> {
            signs::ALL
                .iter()
                .enumerate()
                .filter(|(number, _)| held(*number))
                .map(|(_, sign)| sign.id)
                .collect()
        };
        let nodes: Vec<_> = account
            .nodes
            .iter()
            .take(5)
            .map(|(cause, p)| (cause.slug.as_str(), (p * 1000.0) as u32))
            .collect();
        println!(
            "{}",
            json!({
                "ray": case.ray.map(|ray| ray.to_string()),
                "status": case.status_at_origin(&diagnosis.incident.evidence),
                "origin_status": case.origin_status(&diagnosis.incident.evidence),
                "outcome": format!("{:?}", account.happened.outcome),
                "from": format!("{:?}", account.happened.from),
                "failure": format!("{:?}", case.failure),
                "slug": judgement.cause.map(|cause| cause.slug.as_str()),
                "confidence": judgement.confidence,
                "seen": ids(&|sign| account.states.seen.holds(sign)),
                "own": ids(&|sign| account.states.own.holds(sign)),
                "unseen": ids(&|sign| account.states.visible.holds(sign) && !account.states.seen.holds(sign)),
                "nodes": nodes,
                "none": (account.none * 1000.0) as u32,
                "messages": case.messages(&diagnosis.incident.evidence).map(|row| row.line.signature).collect::<Vec<_>>(),
            })
        );
    }
}
