//! Two small incidents with their reports, and moments at which something happens to a run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::program::{Desk, access_line, edge_log};

/// At how many moments each fault comes; at fewer where the program was not optimised, and takes twenty times as long.
pub const MOMENTS: usize = if cfg!(debug_assertions) { 10 } else { 50 };
/// The files of a report.
pub const WHOLE: [&str; 3] = ["index.html", "report.json", "report.md"];

/// The files of a folder with what they hold, hidden ones too.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Numbers that are the same on each run: xorshift64*.
pub struct Drawn(u64);

impl Drawn {
    pub fn new(seed: u64) -> Drawn {
        Drawn(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % bound
    }

    /// Moments within a time and a little after it.
    pub fn moments(&mut self, within: Duration) -> Vec<Duration> {
        (0..MOMENTS).map(|_| within * u32::try_from(self.below(1200)).expect("small") / 1000).collect()
    }
}

/// The two incidents of a desk, `one` and `other`, their reports, and how long one takes.
pub struct Incidents {
    pub desk: Desk,
    pub one: Files,
    pub other: Files,
    pub takes: Duration,
}

impl Incidents {
    pub fn new() -> Incidents {
        let desk = Desk::new();
        desk.put("one/edge.log", edge_log());
        desk.put("other/access.log", (0..40).map(access_line).collect::<String>());
        let report = |incident: &str| {
            let out = format!("report-of-{incident}");
            let begun = Instant::now();
            let ended = desk.run(&["diagnose", incident, "--format", "quiet", "--out", &out]);
            assert_eq!(ended.status, Some(0), "{}", ended.err);
            (files(&desk.path(&out)), begun.elapsed())
        };
        let (one, takes) = report("one");
        let (other, _) = report("other");
        assert!(one.keys().eq(WHOLE) && other.keys().eq(WHOLE) && one != other);
        Incidents { desk, one, other, takes }
    }
}

/// What lies in a folder; of a folder in it its name alone, with a `/`.
pub fn files(folder: &Path) -> Files {
    let Ok(entries) = fs::read_dir(folder) else { return Files::new() };
    let entries = entries.map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                (name + "/", Vec::new())
            } else {
                (name, fs::read(entry.path()).expect("a file"))
            }
        })
        .collect()
}

/// Names alone: contents would fill the screen.
pub fn names(files: &Files) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}
