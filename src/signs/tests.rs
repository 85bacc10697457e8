//! What is read is used: every message and ending that is known, and every field of a row, stands for a sign, or `unused.toml` says why not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::sign::How;
use super::{ALL, answer, error_page, proxy_header};
use crate::facts::{endings, error_pages, messages};

/// A word that says why, and a sentence.
type Reason = (String, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UseOfEvidence {
    message: BTreeMap<String, Reason>,
    ending: BTreeMap<String, Reason>,
    /// By type.
    field: BTreeMap<String, BTreeMap<String, Reason>>,
    /// By type: in which file a field is used.
    used: BTreeMap<String, BTreeMap<String, String>>,
}

const WORDS: &[&str] = &[
    "benign",
    "general",
    "told",
    "early",
    "over",
    "ambiguous",
    "peer",
    "outside",
    "sizes",
    "personal",
    "times",
];

/// The files with the types of rows.
const ROWS: &[&str] = &[
    "logs/row/edge.rs",
    "logs/row/access.rs",
    "logs/row/message.rs",
    "logs/row/event.rs",
    "logs/row/setting.rs",
    "har/entry.rs",
];

fn written() -> UseOfEvidence {
    toml::from_str(include_str!("unused.toml")).unwrap()
}

fn source(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The messages and endings that any sign is: those that are lines by their tables, the others by the source of the function that looks.
fn taken() -> BTreeSet<&'static str> {
    let by_table = ALL.iter().flat_map(|sign| match &sign.how {
        How::Lines(_, signatures) | How::State(signatures) => signatures.to_vec(),
        How::Inspect(_) => Vec::new(),
    });
    let looked_for = ["signs/guards.rs", "signs/state.rs", "facts/lasting.rs"].map(source).concat();
    let by_function = messages::all().map(|signature| signature.id);
    let by_function = by_function.filter(|id| looked_for.contains(&format!("\"{id}\"")));
    by_table
        .chain(answer::PEER_LEFT.iter().chain(proxy_header::WANTS_HEADER).copied())
        .chain(error_page::WITHOUT_REASON.iter().chain(error_page::UNUSABLE).copied())
        .chain(by_function)
        .collect()
}

fn assert_all_are_used_or_explained<'a>(
    known: impl Iterator<Item = &'a str>,
    taken: &BTreeSet<&str>,
    unused: &BTreeMap<String, Reason>,
) {
    let known: BTreeSet<&str> = known.collect();
    for id in &known {
        let (is_taken, is_explained) = (taken.contains(id), unused.contains_key(*id));
        assert!(
            is_taken || is_explained,
            "{id} stands for no sign: let one take it, or say in unused.toml why none does"
        );
        assert!(!(is_taken && is_explained), "{id} stands for a sign, and unused.toml says that it does not");
    }
    for (id, reason) in unused {
        assert!(known.contains(id.as_str()), "{id} is not known");
        assert_is_a_reason(id, reason);
    }
}

fn assert_is_a_reason(what: &str, (word, sentence): &Reason) {
    assert!(WORDS.contains(&word.as_str()), "{what}: {word} is no word of the list");
    assert!(sentence.split(' ').count() >= 4, "{what}: say why");
}

#[test]
fn every_message_every_ending_and_every_page_stands_for_a_sign_or_it_is_said_why_not() {
    let (written, taken) = (written(), taken());
    assert_all_are_used_or_explained(messages::all().map(|signature| signature.id), &taken, &written.message);
    assert_all_are_used_or_explained(endings::all().map(|ending| ending.id), &taken, &written.ending);
    let pages = || error_pages::all().map(|page| page.id);
    assert_all_are_used_or_explained(pages(), &taken, &BTreeMap::new());
    let known: BTreeSet<&str> = messages::all()
        .map(|signature| signature.id)
        .chain(endings::all().map(|ending| ending.id))
        .chain(pages())
        .collect();
    assert!(taken.is_subset(&known), "{:?} is nothing that is known", taken.difference(&known).next());
}

/// The public fields of each type in a file.
fn fields(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut within = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
            name.clone_into(&mut within);
        } else if let Some((name, _)) = line
            .strip_prefix("    pub ")
            .and_then(|rest| rest.split_once(": "))
            .filter(|(name, _)| !name.contains(' '))
        {
            fields.entry(within.clone()).or_default().insert(name.to_owned());
        } else if line == "}" {
            within.clear();
        }
    }
    fields
}

#[test]
fn every_field_of_a_row_is_used_or_it_is_said_why_not() {
    let written = written();
    let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rows in ROWS {
        types.extend(fields(&source(rows)));
    }
    // What a log format's directive says is how its log is read.
    types.remove("LogFormatDirective");
    let (none_used, none_unused) = (BTreeMap::new(), BTreeMap::new());
    for (name, fields) in &types {
        let used = written.used.get(name).unwrap_or(&none_used);
        let unused = written.field.get(name).unwrap_or(&none_unused);
        let told: BTreeSet<&String> = used.keys().chain(unused.keys()).collect();
        assert_eq!(told, fields.iter().collect(), "{name}: unused.toml has each field once, and no other");
        assert_eq!(told.len(), used.len() + unused.len(), "{name}: a field is both used and not");
        for (field, path) in used {
            let uses = [format!(".{field}"), format!("{{ {field}"), format!(", {field}")];
            let code = source(path);
            assert!(uses.iter().any(|form| code.contains(form)), "{path} does not use {name}.{field}");
        }
        unused.iter().for_each(|(field, reason)| assert_is_a_reason(field, reason));
    }
    let of_no_type = written.used.keys().chain(written.field.keys()).find(|name| !types.contains_key(*name));
    assert_eq!(of_no_type, None, "no such type");
}

/// What is said to be unused is so: no sign reads it.
#[test]
fn no_sign_reads_a_field_that_is_said_to_be_unused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/signs");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files =
        files.filter(|path| path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs"));
    let code: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    for (name, unused) in written().field {
        let owner = match name.as_str() {
            "EdgeRecord" => "record",
            "Entry" => "entry",
            "Timings" => "timings",
            "HeadAudit" => "request",
            "UpstreamTry" => "last",
            _ => "line",
        };
        for field in unused.keys() {
            let form = format!("{owner}.{field}");
            let reads = code.match_indices(&form).any(|(at, _)| {
                !code[at + form.len()..]
                    .starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '(')
            });
            assert!(!reads, "a sign reads {name}.{field}");
        }
    }
}

/// A sign beyond the room of a set would never be seen.
#[test]
fn a_set_has_room_for_every_sign() {
    use super::sign_set::MOST_SIGNS;
    assert!(ALL.len() <= MOST_SIGNS, "{} signs", ALL.len());
}
