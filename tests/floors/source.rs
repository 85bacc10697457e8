//! The program's own source as these tests see it: files, the modules they are, the paths they name, the functions and types they hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A file of `src/`, without its tests.
pub struct Source {
    /// Its path below `src/`.
    pub path: String,
    /// The module that it is: `["flow", "table"]`.
    pub module: Vec<String>,
    /// Its text up to its unit tests, without comments.
    pub code: String,
    /// Lines up to its unit tests, comments among them.
    pub lines: usize,
}

/// All files but those that hold nothing but tests, and the roots.
pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    gather(&root, &root, &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 200, "{} files: is this the source?", sources.len());
    sources
}

fn gather(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let only_tests = name.contains("tests") || name.contains("test_") || name == "fixtures";
        if only_tests {
            continue;
        }
        if path.is_dir() {
            gather(root, &path, sources);
        } else if name.ends_with(".rs") && folder != root {
            let text = fs::read_to_string(&path).expect("a file");
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code: String = code.flat_map(|line| [line, "\n"]).collect();
            let path = path.strip_prefix(root).expect("below src").to_string_lossy().into_owned();
            let module = path.trim_end_matches(".rs").split('/').map(str::to_owned);
            let module = module.filter(|part| part != "mod").collect();
            sources.push(Source { path, module, code, lines: text.lines().count() });
        }
    }
}

/// A module, and whether it was named to hand its names on (`pub use`).
pub struct Named {
    /// The path below the crate, as far as it is written.
    pub path: Vec<String>,
    /// Whether it is a re-export.
    pub handed_on: bool,
}

impl Source {
    /// The room that it is in.
    pub fn room(&self) -> &str {
        &self.module[0]
    }

    /// All paths that it names in this crate: by `crate::`, by `super::`, and by the names of its own child modules.
    pub fn named(&self) -> Vec<Named> {
        let mut named = Vec::new();
        let children = self.children();
        for start in starts_of_paths(&self.code) {
            let rest = &self.code[start..];
            let first = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
            let base = match first {
                "crate" => Vec::new(),
                "super" => self.module[..self.module.len() - 1].to_vec(),
                child if children.iter().any(|known| known == child) => self.module.clone(),
                _ => continue,
            };
            let skipped = if matches!(first, "crate" | "super") { first.len() + 2 } else { 0 };
            let line = &self.code[self.code[..start].rfind('\n').map_or(0, |at| at + 1)..start];
            let handed_on = line.trim_start().starts_with("pub") && line.trim_end().ends_with("use");
            let mut paths = Vec::new();
            expand(&rest[skipped..], base, &mut paths);
            named.extend(paths.into_iter().map(|path| Named { path, handed_on }));
        }
        named
    }

    /// The modules that it declares.
    fn children(&self) -> Vec<String> {
        let declared = self.code.lines().filter_map(|line| line.strip_suffix(';'));
        declared.filter_map(|line| Some(line.split_once("mod ")?.1.to_owned())).collect()
    }

    /// Its functions with the number of their lines: rustfmt puts the closing brace below the beginning.
    pub fn functions(&self) -> Vec<(String, usize)> {
        let lines: Vec<&str> = self.code.lines().collect();
        let mut functions = Vec::new();
        for (start, line) in lines.iter().enumerate() {
            let text = line.trim_start();
            let Some(at) = find_word(text, "fn ").filter(|at| !text[..*at].contains(['"', '=', '('])) else {
                continue;
            };
            let indent = line.len() - text.len();
            let closing = format!("{}}}", " ".repeat(indent));
            let length = lines[start..].iter().position(|line| *line == closing).map_or(1, |lines| lines + 1);
            let name = &text[at + 3..];
            let name = &name[..name.find(|c| !is_word(c)).unwrap_or(name.len())];
            functions.push((name.to_owned(), length));
        }
        functions
    }

    /// The types and traits that it declares.
    pub fn types(&self) -> Vec<String> {
        let mut types = Vec::new();
        for line in self.code.lines().filter(|line| !line.starts_with(' ')) {
            let words: Vec<&str> = line.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
            let kind = words.iter().position(|word| matches!(*word, "struct" | "enum" | "trait" | "type"));
            let public = kind.is_some_and(|at| {
                words[..at].iter().all(|word| word.starts_with("pub") || *word == "crate" || *word == "super")
            });
            if let Some(name) = kind.filter(|_| public).and_then(|at| words.get(at + 1)) {
                types.push((*name).to_owned());
            }
        }
        types
    }
}

/// The file of a path: the longest part of it that is a module.
pub fn resolve<'a>(path: &[String], files: &BTreeMap<&[String], &'a Source>) -> Option<&'a Source> {
    (1..=path.len()).rev().find_map(|length| files.get(&path[..length]).copied())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn find_word(text: &str, word: &str) -> Option<usize> {
    let found = text.match_indices(word).map(|(at, _)| at);
    found.into_iter().find(|at| !text[..*at].ends_with(is_word))
}

/// Where a path begins: a word before `::` that no other path leads to.
fn starts_of_paths(code: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    for (at, _) in code.match_indices("::") {
        let start = code[..at].rfind(|c| !is_word(c)).map_or(0, |before| before + 1);
        if start < at && !code[..start].ends_with("::") {
            starts.push(start);
        }
    }
    starts
}

/// Adds all paths of a `use` tree, or the one path of an expression.
fn expand(text: &str, mut path: Vec<String>, paths: &mut Vec<Vec<String>>) {
    let mut rest = text;
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            for branch in branches(group) {
                expand(branch.trim_start(), path.clone(), paths);
            }
            return;
        }
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        match &rest[..end] {
            "super" => drop(path.pop()),
            "self" | "" => {}
            word => path.push(word.to_owned()),
        }
        match rest[end..].strip_prefix("::") {
            Some(more) => rest = more,
            None => break,
        }
    }
    paths.push(path);
}

/// The branches of a group, up to the brace that closes it.
fn branches(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut branches) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                branches.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.retain(|branch| !branch.trim().is_empty());
    branches
}
