//! Requests, responses, hellos, alerts and certificates of each capture.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;
use rayscope::evidence::ApplicationFacts;
use serde_json::Value;

use super::support::extraction::extracted;
use super::{corpus, lines};

/// How a fact must agree.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    Exact,
    /// Wireshark cannot see all of it: a stretch is missing, or only the starts of segments were looked at.
    AtLeast,
}

struct Compared {
    file: String,
    fact: &'static str,
    read: u64,
    truth: u64,
    rule: Rule,
}

impl Compared {
    fn agrees(&self) -> bool {
        match self.rule {
            Rule::Exact => self.read == self.truth,
            Rule::AtLeast => self.read >= self.truth,
        }
    }
}

fn count(truth: &Value, list: &str) -> u64 {
    truth[list]["count"].as_u64().unwrap_or(0)
}

/// What must agree of one file, with the secrets that it holds: fact, what was read, Wireshark's figure, rule.
fn wanted(read: &ApplicationFacts, truth: &Value, has_gap: bool) -> [(&'static str, u64, u64, Rule); 6] {
    let heads = if has_gap { Rule::AtLeast } else { Rule::Exact };
    let most = |name: &str| truth["http_most"][name].as_u64().unwrap_or(0);
    let certificates = truth["tls_certificate_messages"]["list"].as_array().into_iter().flatten();
    let certificates = certificates.filter_map(|message| message["certificates"].as_u64()).sum();
    let (client_hellos, server_hellos) =
        (count(truth, "tls_client_hellos"), count(truth, "tls_server_hellos"));
    [
        ("http1_requests", read.http1_requests, most("requests"), heads),
        ("http1_responses", read.http1_responses, most("responses"), heads),
        ("tls_client_hellos", read.tls_client_hellos, client_hellos, Rule::Exact),
        ("tls_server_hellos", read.tls_server_hellos, server_hellos, Rule::Exact),
        ("tls_alerts", read.tls_alerts, count(truth, "tls_alerts"), Rule::Exact),
        ("tls_certificates", read.tls_certificates, certificates, Rule::Exact),
    ]
}

fn compare(corpus: &Path, truth: &Value, with_gap: &BTreeSet<String>) -> Vec<Compared> {
    let file = truth["file"].as_str().expect("a name").to_owned();
    let partial = extracted(&corpus.join(&file));
    let Some(input) = partial.inputs.values().next() else { return Vec::new() };
    // What is not recognised as a capture must still hold what Wireshark sees in it: nothing.
    let read = input.facts.as_ref().map(|facts| facts.application).unwrap_or_default();
    let rows = wanted(&read, truth, with_gap.contains(&file)).into_iter();
    rows.map(|(fact, read, truth, rule)| Compared { file: file.clone(), fact, read, truth, rule }).collect()
}

/// Names of the files with a tag.
fn tagged(corpus: &Path, tag: &str) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.tsv")).expect("MANIFEST.tsv");
    let rows = manifest
        .lines()
        .filter(|row| row.rsplit('\t').next().is_some_and(|tags| tags.split(',').any(|found| found == tag)));
    rows.filter_map(|row| Some(row.split('\t').next()?.to_owned())).collect()
}

/// A table of files and facts with what stands in the third column.
fn table(text: &str) -> BTreeMap<(String, String), String> {
    let rows = text.lines().skip(1).map(|line| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut cell = || cells.next().expect("three cells");
        ((cell(), cell()), cell())
    });
    rows.collect()
}

#[test]
fn application_facts_equal_what_wireshark_shows() {
    let Some(corpus) = corpus("requests, responses and handshakes against Wireshark's") else { return };
    // Files where Wireshark itself, by its own rules, shows another number: with the reason.
    let explained = table(include_str!("explained.tsv"));
    // Differences that nobody has explained yet, with the number read: it may shrink and must not grow.
    let known = table(include_str!("known_differences.tsv"));
    let with_gap = tagged(&corpus, "gap");
    let truths: Vec<Value> = lines(&corpus.join("truth.jsonl"));
    let read_whole: Vec<&Value> = truths.iter().filter(|truth| truth["tshark"]["exit"] == 0).collect();
    let compared: Vec<Compared> =
        read_whole.par_iter().flat_map_iter(|truth| compare(&corpus, truth, &with_gap)).collect();
    let mut unused: BTreeSet<_> = explained.keys().chain(known.keys()).cloned().collect();
    let mut totals: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    let mut wrong = String::new();
    for row in &compared {
        let total = totals.entry(row.fact).or_default();
        total[0] += 1;
        if row.agrees() {
            continue;
        }
        let key = (row.file.clone(), row.fact.to_owned());
        if explained.contains_key(&key) {
            total[1] += 1;
            unused.remove(&key);
        } else if known.get(&key).is_some_and(|read| *read == row.read.to_string()) {
            total[2] += 1;
            unused.remove(&key);
        } else {
            total[3] += 1;
            unused.remove(&key);
            let Compared { file, fact, read, truth, rule } = row;
            writeln!(wrong, "{file}\t{fact}\t{read}\tWireshark {truth} ({rule:?})").expect("a string");
        }
    }
    println!("fact\tfiles compared\texplained\tknown to differ\tdiffer");
    for (fact, [compared, explained, known, different]) in totals {
        println!("{fact}\t{compared}\t{explained}\t{known}\t{different}");
    }
    for (file, fact) in unused {
        writeln!(wrong, "{file}\t{fact}\tagrees now: take the line out").expect("a string");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Where Wireshark shows HTTP/2 streams, the report says how many, or that it does not know. (`tests/http2_captures` compares their number.)
#[test]
fn http2_that_wireshark_shows_is_never_told_as_none() {
    let Some(corpus) = corpus("HTTP/2 against Wireshark's") else { return };
    let truths = lines(&corpus.join("truth.jsonl"));
    let mut files = 0;
    for truth in truths.iter().filter(|truth| truth["http2"].is_object()) {
        let file = truth["file"].as_str().expect("a name");
        let partial = extracted(&corpus.join(file));
        let facts = partial.inputs.values().find_map(|input| input.facts.as_deref());
        let shown = truth["http2"]["streams"].as_u64().unwrap_or(0);
        assert!(shown == 0 || facts.expect("a capture").http2_streams() != Some(0), "{file}");
        files += 1;
    }
    println!("{files} files with HTTP/2");
}

/// A response that begins a segment is seen on whatever port it is.
#[test]
fn responses_at_the_start_of_segments_are_seen_on_any_port() {
    let Some(corpus) = corpus("responses on any port") else { return };
    let unseen = table(include_str!("unseen_responses.tsv"));
    let truths = lines(&corpus.join("truth.jsonl"));
    let missed: BTreeMap<(String, String), String> = truths
        .par_iter()
        .filter_map(|truth| {
            let least = truth["status_lines_at_segment_start"].as_u64()?;
            let file = truth["file"].as_str().expect("a name").to_owned();
            let partial = extracted(&corpus.join(&file));
            let facts = partial.inputs.values().next()?.facts.as_ref();
            let read = facts.map_or(0, |facts| facts.application.http1_responses);
            let key = (file, "http1_responses".to_owned());
            (read < least).then(|| (key, format!("read {read}, at least {least}")))
        })
        .collect();
    let mut wrong = String::new();
    for ((file, _), figures) in missed.iter().filter(|(key, _)| !unseen.contains_key(*key)) {
        writeln!(wrong, "{file}\t{figures}").expect("a string");
    }
    for (file, _) in unseen.keys().filter(|key| !missed.contains_key(*key)) {
        writeln!(wrong, "{file}\tseen now: take the line out").expect("a string");
    }
    println!("{} files with responses that are not seen", missed.len());
    assert!(wrong.is_empty(), "\n{wrong}");
}
