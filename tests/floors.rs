//! The rooms of the house keep to themselves what is theirs (docs/architecture.md). If this breaks, a change to one subject has to be made in
//! several places, and the one that is forgotten tells people something wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// The source files under a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What a file holds besides its tests: nothing of a file that is for tests alone, else what stands before its module of tests.
fn program(path: &Path) -> String {
    let for_tests = |part: &str| part == "fixtures" || part == "tests" || part.ends_with("_tests");
    if path.with_extension("").iter().any(|part| part.to_str().is_some_and(for_tests)) {
        return String::new();
    }
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

#[test]
fn what_is_known_of_a_cause_stands_in_its_folder_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let elsewhere = sources(&root).into_iter().filter(|path| !path.starts_with(root.join("causes")));
    let mut read = 0;
    for path in elsewhere {
        let text = program(&path);
        read += usize::from(!text.is_empty());
        for cause in rayscope::causes::ALL {
            let quoted = format!("\"{}\"", cause.slug);
            let folder = format!("causes::{}", cause.slug.replace('-', "_"));
            assert!(
                !text.contains(&quoted) && !text.contains(&folder),
                "{} knows {}: what it needs belongs into that cause's folder",
                path.display(),
                cause.slug
            );
        }
    }
    assert!(read > 100, "only {read} files were read");
}
