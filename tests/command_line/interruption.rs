//! Ctrl-C in the middle of a bad night, or a time-out of a build server: no half-written report is left, and the exit status says why. `tests/attacks`
//! sends signals at many moments; here one comes while a large log is read.

use std::fs::{self, File};
use std::io::Write;
use std::process::{Child, Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::program::{Desk, access_line};

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
}

/// Hours of log in a few megabytes: one gzip member of the same lines, many times.
fn endless_log(desk: &Desk) {
    let lines: String = (0..40).map(access_line).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..2000 {
        encoder.write_all(lines.as_bytes()).unwrap();
    }
    let member = encoder.finish().unwrap();
    let mut file = File::create(desk.path("access.log.gz")).unwrap();
    for _ in 0..400 {
        file.write_all(&member).unwrap();
    }
}

/// Waits until the process has opened the log: it is reading then.
fn wait_until_reading(child: &mut Child) {
    let descriptors = format!("/proc/{}/fd", child.id());
    let maps = format!("/proc/{}/maps", child.id());
    loop {
        assert!(child.try_wait().unwrap().is_none(), "the log is long enough to be interrupted in");
        let opened = fs::read_dir(&descriptors).is_ok_and(|entries| {
            entries
                .flatten()
                .filter_map(|entry| fs::read_link(entry.path()).ok())
                .any(|target| target.ends_with("access.log.gz"))
        });
        if opened || fs::read_to_string(&maps).is_ok_and(|maps| maps.contains("access.log.gz")) {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn an_interrupt_while_reading_leaves_no_report() {
    let desk = Desk::new();
    endless_log(&desk);
    for (name, status) in [("INT", 130), ("TERM", 143)] {
        let mut child = desk
            .program(&["diagnose", "access.log.gz", "--out", "report"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        wait_until_reading(&mut child);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(status), "SIG{name}");
        assert_eq!(desk.names("."), ["access.log.gz"]);
    }
}
