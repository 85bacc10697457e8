//! The house rules of the source. A reader who knows where a thing belongs finds it there, and can read one room without the others.

#![allow(clippy::expect_used, reason = "a test that cannot read the source has failed")]

mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{Source, resolve, sources};

/// The rooms, each above those before it.
const FLOORS: &[&str] = &[
    "error",
    "memory",
    "time",
    "ray",
    "text",
    "facts",
    "source",
    "capture",
    "packet",
    "flow",
    "tls",
    "http",
    "logs",
    "har",
    "evidence",
    "extract",
    "correlate",
    "job",
    "signs",
    "causes",
    "diagnose",
    "report",
    "reports",
    "compose",
    "tables",
    "cli",
];
/// Lines of a file, and of a function: what can be taken in at once.
const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 60;

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|known| *known == room).unwrap_or_else(|| panic!("{room} is on no floor"))
}

fn modules(sources: &[Source]) -> BTreeMap<&[String], &Source> {
    sources.iter().map(|source| (source.module.as_slice(), source)).collect()
}

#[test]
fn no_room_imports_from_a_higher_one() {
    let mut upward = BTreeSet::new();
    for source in sources() {
        for named in source.named() {
            if named.path.first().is_some_and(|room| floor(room) > floor(source.room())) {
                upward.insert(format!("{} names {}", source.path, named.path.join("::")));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn no_files_of_a_room_import_each_other_in_a_circle() {
    let sources = sources();
    let modules = modules(&sources);
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in &sources {
        let named = source.named();
        // What a module hands on is no use that it makes of it.
        let used = named.iter().filter(|named| !named.handed_on);
        let files = used.filter_map(|named| resolve(&named.path, &modules));
        let files = files.filter(|file| file.room() == source.room() && file.path != source.path);
        edges.entry(&source.path).or_default().extend(files.map(|file| file.path.as_str()));
    }
    let mut circles = Vec::new();
    for &start in edges.keys() {
        let around = reached(start, &edges);
        if around.contains(start) {
            let circle: Vec<&str> =
                around.iter().copied().filter(|file| reached(file, &edges).contains(start)).collect();
            circles.push(circle);
        }
    }
    circles.sort();
    circles.dedup();
    assert!(circles.is_empty(), "{circles:#?}");
}

/// All files that are imported from here on.
fn reached<'a>(start: &str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&str> = edges.get(start).into_iter().flatten().copied().collect();
    while let Some(file) = ahead.pop() {
        if reached.insert(file) {
            ahead.extend(edges.get(file).into_iter().flatten());
        }
    }
    reached
}

#[test]
fn no_file_and_no_function_is_longer_than_can_be_taken_in_at_once() {
    let mut long = Vec::new();
    for source in sources() {
        if source.lines > LONGEST_FILE {
            long.push(format!("{}: {} lines", source.path, source.lines));
        }
        let functions = source.functions().into_iter().filter(|(_, lines)| *lines > LONGEST_FUNCTION);
        long.extend(functions.map(|(name, lines)| format!("{}: fn {name} has {lines} lines", source.path)));
    }
    assert!(long.is_empty(), "{long:#?}");
}

/// The report's model has the words of its contract, whatever types lie below; each renderer and each table is read by itself.
#[test]
fn no_two_types_have_one_name() {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources().into_iter().filter(|source| !source.path.starts_with("report/model")) {
        for name in source.types() {
            named.entry(name).or_default().push(source.path.clone());
        }
    }
    named.retain(|_, places| places.len() > 1);
    assert!(named.is_empty(), "{named:#?}");
}

/// What a `String` holds nobody knows; a `ReportText` has come through redaction, or is made of the program's own words.
#[test]
fn the_reports_model_holds_no_string() {
    let mut held = Vec::new();
    for source in sources().into_iter().filter(|source| source.path.starts_with("report/model")) {
        let code = source.code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        // What a function gives is made of the model, and a moment of a time alone.
        let is_field = |line: &&str| {
            line.contains("String")
                && !line.contains("fn ")
                && !line.contains("->")
                && !line.contains("struct Moment(String)")
        };
        held.extend(code.lines().filter(is_field).map(|line| format!("{}: {}", source.path, line.trim())));
    }
    assert!(held.is_empty(), "{held:#?}");
}

/// What it needs belongs into that cause's folder: a change to one subject that has to be made in several places is forgotten in one.
#[test]
fn what_is_known_of_a_cause_stands_in_its_folder_alone() {
    let mut told = Vec::new();
    for source in sources().into_iter().filter(|source| source.room() != "causes") {
        for cause in rayscope::causes::ALL {
            let quoted = format!("\"{}\"", cause.slug);
            let folder = format!("causes::{}", cause.slug.replace('-', "_"));
            if source.code.contains(&quoted) || source.code.contains(&folder) {
                told.push(format!("{} knows {}", source.path, cause.slug));
            }
        }
    }
    assert!(told.is_empty(), "{told:#?}");
}
