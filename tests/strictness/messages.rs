//! The table of malformed and borderline messages (`messages.tsv`), and the verdicts that programs gave (`observed.tsv`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the one for whom a message is meant makes of it: the edge of a response, an origin of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The exchange fails.
    Refuse,
    /// It is taken as if nothing were wrong.
    Tolerate,
    /// Both are right, or the outcome hangs on what comes next.
    Depends,
}

/// One row.
pub struct Message {
    pub id: String,
    pub is_response: bool,
    /// The method that a response answers.
    pub asked_with: String,
    pub bytes: Vec<u8>,
    /// `Rule@offset`, by offset.
    pub findings: Vec<String>,
    pub verdict: Verdict,
    pub source: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strictness")
}

/// The lines of a table without its comments and its heading.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("a table");
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Every message.
pub fn messages() -> Vec<Message> {
    let rows = rows(&folder().join("messages.tsv"));
    let each = rows.into_iter().map(|row| {
        let [id, kind, asked_with, message, findings, verdict, source] =
            <[String; 7]>::try_from(row).expect("seven columns");
        Message {
            is_response: kind == "response",
            bytes: unescaped(&message),
            findings: findings.split(' ').filter(|text| *text != "-").map(str::to_owned).collect(),
            verdict: verdict_of(&verdict),
            id,
            asked_with,
            source,
        }
    });
    each.collect()
}

fn verdict_of(word: &str) -> Verdict {
    match word {
        "refuse" => Verdict::Refuse,
        "tolerate" => Verdict::Tolerate,
        "depends" => Verdict::Depends,
        _ => panic!("{word} is no verdict"),
    }
}

/// `\r`, `\n`, `\t`, `\\`, `\xHH`, and `\{N*TEXT\}` for a text N times.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let (byte, length) = match rest.as_bytes()[0] {
            b'r' => (b'\r', 1),
            b'n' => (b'\n', 1),
            b't' => (b'\t', 1),
            b'\\' => (b'\\', 1),
            b'x' => (u8::from_str_radix(&rest[1..3], 16).expect("two digits"), 3),
            b'{' => {
                let (times, behind) = rest[1..].split_once('*').expect("a number of times");
                let (repeated, behind) = behind.split_once("\\}").expect("an end");
                bytes.extend(unescaped(repeated).repeat(times.parse().expect("a number")));
                rest = behind;
                continue;
            }
            _ => panic!("{text}: no such escape"),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}

/// What each program did with each message: by message and program, whether it took it. `RAYSCOPE_OBSERVED` names another table than the one that
/// was recorded.
pub fn observed() -> BTreeMap<(String, String), bool> {
    let named = std::env::var_os("RAYSCOPE_OBSERVED").map(PathBuf::from);
    let rows = rows(&named.unwrap_or_else(|| folder().join("observed.tsv")));
    let each = rows.into_iter().map(|row| {
        let [id, program, did] = <[String; 3]>::try_from(row).expect("three columns");
        assert!(["takes", "refuses"].contains(&did.as_str()), "{id}: {program} {did}");
        ((id, program), did == "takes")
    });
    each.collect()
}

/// The rows of the tables in docs/strictness.md that explain why a program's verdict is another one: message, program, what it does.
pub fn explained() -> Vec<(String, String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/strictness.md");
    let text = fs::read_to_string(path).expect("the explanations");
    let mut explained = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [program, did @ ("takes" | "refuses"), messages, why] = cells[..] else { continue };
        assert!(why.len() > 10, "{line}");
        for id in messages.split(' ') {
            let id = id.trim_matches('`').to_owned();
            explained
                .extend(program.split(", ").map(|program| (id.clone(), program.to_owned(), did.to_owned())));
        }
    }
    explained
}
