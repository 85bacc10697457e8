//! What captures that nobody here wrote hold above TCP, against what Wireshark says of them (corpus: README.md, truth.jsonl); and
//! that no incident is made up from them, also where they are cut. Whoever checks a report in Wireshark must find the same
//! requests, responses, handshakes and certificates.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod facts;
mod no_invention;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use serde_json::Value;
use support::corpus::corpus;

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a file of the corpus");
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}
