//! The captures and logs that others made, which are no part of the repository.

use std::path::{Path, PathBuf};

/// The folder of the corpus, or `None` with a line that says which tests did not run; on a build server its absence is a failure.
pub fn corpus(tests: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let path = std::env::var_os("RAYSCOPE_CORPUS").map_or_else(default, PathBuf::from);
    if ["truth.jsonl", "truth-other.jsonl"].iter().all(|truth| path.join(truth).is_file()) {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "the corpus is missing: {}", path.display());
    println!("1 test did not run ({tests}): no corpus at {}; set RAYSCOPE_CORPUS", path.display());
    None
}
