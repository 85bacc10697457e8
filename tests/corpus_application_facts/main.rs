//! What captures that nobody here wrote hold above TCP, against what Wireshark says of them (corpus: README.md, truth.jsonl); and
//! that no incident is made up from them, also where they are cut. Whoever checks a report in Wireshark must find the same
//! requests, responses, handshakes and certificates.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

#[path = "../corpus/mod.rs"]
mod corpus;
mod facts;
mod no_invention;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use corpus::corpus;
use rayscope::evidence::Partial;
use rayscope::extract::{Extraction, extract};
use rayscope::facts::limits::Profile;
use rayscope::facts::ranges::EdgeRanges;
use rayscope::source::discover;
use serde_json::Value;

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a file of the corpus");
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

/// The evidence of one file, as `diagnose` extracts it.
fn evidence(path: &Path) -> Partial {
    let found = discover(&[path.to_owned()]).expect("a file");
    let extraction = Extraction {
        ranges: Arc::new(EdgeRanges::with(&[])),
        profile: Arc::new(Profile::cloudflare()),
        host: None,
        rays: BTreeSet::new(),
        log_formats: Vec::new(),
    };
    extract(found, &extraction, &|_| {})
}
