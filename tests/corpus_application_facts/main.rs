//! What captures that other people made hold above TCP, compared with what Wireshark says about them (corpus: README.md, truth.jsonl). A
//! person who checks a report in Wireshark must find the same requests, responses, handshakes and certificates. And no incident may be
//! made up from them, even where they are cut short.

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
