//! What the page promises: self-contained, harmless whatever the input, small, and true to report.json.

use super::*;
use crate::report::{fixtures, json};

#[test]
fn write_pages() {
    let folder = std::env::temp_dir().join("rayscope-pages");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, report) in fixtures::all() {
        std::fs::write(folder.join(format!("{name}.html")), render(&report)).unwrap();
    }
    let _ = json::render(&fixtures::healthy());
}
