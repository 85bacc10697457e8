//! Reassembled streams of captures that other people made, compared byte for byte with what Wireshark's "Follow TCP Stream" shows
//! (`tshark.tsv`, written by `record`: lengths and hashes). A person who follows a stream in Wireshark must find there the bytes on which
//! a cause is based.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod compare;
mod ours;
#[path = "../support/mod.rs"]
mod support;
mod tables;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use compare::difference;
use rayon::prelude::*;
use support::corpus::corpus;
use tables::{Followed, Special, explained, followed};

/// So many of a hundred streams with payload must equal what Wireshark follows.
const WANTED: usize = 90;

/// A stream of the table and how ours differs, if it does.
type Compared<'t> = (&'t Followed, Option<String>);

/// The streams of one capture.
fn compare<'t>(corpus: &Path, file: &str, table: &[&'t Followed]) -> Vec<Compared<'t>> {
    let bytes = std::fs::read(corpus.join(file)).expect("a file of the corpus");
    let streams = ours::streams(&bytes);
    table.iter().map(|&followed| (followed, difference(followed, streams.get(&followed.stream)))).collect()
}

/// How many streams with payload came out how.
#[derive(Default)]
struct Totals {
    with_payload: usize,
    equal: usize,
    explained: usize,
    /// Streams that Wireshark does not show whole, by the reason.
    special: BTreeMap<Special, usize>,
    without_payload: usize,
}

impl Totals {
    fn count(&mut self, followed: &Followed, differs: bool) {
        if !followed.has_payload() {
            self.without_payload += 1;
            return;
        }
        self.with_payload += 1;
        match followed.special {
            _ if differs => self.explained += 1,
            None => self.equal += 1,
            Some(special) => *self.special.entry(special).or_default() += 1,
        }
    }

    fn tell(&self) {
        let Totals { with_payload, equal, explained, special, without_payload } = self;
        let special: Vec<String> = special.iter().map(|(why, count)| format!("{count} {why:?}")).collect();
        println!(
            "corpus_streams: {with_payload} streams with payload: {equal} equal what Wireshark follows, byte for byte; {} equal the \
             first copy of each byte ({}); {explained} differ as explained ({without_payload} without payload agree)",
            self.special.values().sum::<usize>(),
            special.join(", "),
        );
    }
}

#[test]
fn streams_equal_what_wireshark_follows() {
    let Some(corpus) = corpus("streams byte for byte against Wireshark's") else { return };
    let table = followed();
    let mut files: BTreeMap<&str, Vec<&Followed>> = BTreeMap::new();
    for followed in &table {
        files.entry(followed.file).or_default().push(followed);
    }
    let compared: Vec<Compared> =
        files.par_iter().flat_map_iter(|(file, table)| compare(&corpus, file, table)).collect();
    let mut explained = explained();
    let mut totals = Totals::default();
    let mut wrong = String::new();
    for (followed, difference) in &compared {
        let Followed { file, stream, special, .. } = followed;
        totals.count(followed, difference.is_some());
        if let Some(special) = special {
            println!("{special:?}\t{file}\t{stream}");
        }
        let reason = explained.remove(&(*file, *stream));
        match (difference, reason) {
            (None, None) => {}
            (Some(difference), Some(known)) if difference == known => {}
            (None, Some(_)) => {
                writeln!(wrong, "{file}\t{stream}\tagrees now: take the line out").expect("a string");
            }
            (Some(difference), _) => writeln!(wrong, "{file}\t{stream}\t{difference}").expect("a string"),
        }
    }
    for (file, stream) in explained.into_keys() {
        writeln!(wrong, "{file}\t{stream}\tno such stream: take the line out").expect("a string");
    }
    totals.tell();
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(totals.equal * 100 >= totals.with_payload * WANTED, "fewer than {WANTED} % equal Wireshark's");
}
