//! Ctrl-C, a terminal that closes, a time-out of a build server, at any moment.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread::sleep;

use super::desk::{Drawn, Files, Incidents, files, names};

const SIGNALS: [(&str, i32); 5] = [("HUP", 1), ("INT", 2), ("QUIT", 3), ("TERM", 15), ("XCPU", 24)];

/// Runs with a signal at each of the moments; how often the signal came before the end.
fn at_each_moment(name: &str, number: i32, incidents: &Incidents, earlier: Option<&Files>) -> usize {
    let mut interrupted = 0;
    let moments = Drawn::new(520 + u64::try_from(number).unwrap()).moments(incidents.takes);
    for (at, moment) in moments.into_iter().enumerate() {
        let parent = format!("{name}-{}-{at}", earlier.is_some());
        let out = format!("{parent}/below/report");
        let folder = incidents.desk.path(&out);
        for (file, bytes) in earlier.into_iter().flatten() {
            incidents.desk.put(&format!("{out}/{file}"), bytes);
        }
        let mut child = incidents
            .desk
            .program(&["diagnose", "one", "--format", "quiet", "--out", &out])
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        sleep(moment);
        if child.try_wait().unwrap().is_none() {
            let kill = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
            assert!(kill.expect("kill").success());
        }
        let status = child.wait().unwrap();
        let left = files(&folder);
        let told = || format!("SIG{name} at {moment:?}: {status:?}, {:?}", names(&left));
        if status.code() == Some(0) {
            assert!(left == incidents.one, "{}", told());
            continue;
        }
        interrupted += 1;
        // Before the program watches signals, the system ends it.
        assert!(status.code() == Some(128 + number) || status.signal() == Some(number), "{}", told());
        match earlier {
            Some(earlier) => assert!(left == *earlier || left == incidents.one, "{}", told()),
            None if folder.exists() => assert!(left == incidents.one, "{}", told()),
            None => assert!(!incidents.desk.path(&parent).exists(), "{}", told()),
        }
    }
    interrupted
}

#[test]
fn a_signal_at_any_moment_leaves_a_whole_report_or_none() {
    let incidents = Incidents::new();
    std::thread::scope(|scope| {
        for (name, number) in SIGNALS {
            let incidents = &incidents;
            scope.spawn(move || {
                let interrupted = at_each_moment(name, number, incidents, None)
                    + at_each_moment(name, number, incidents, Some(&incidents.other));
                assert!(interrupted > 0, "SIG{name} never came in time");
            });
        }
    });
}

/// `nohup`, and a shell that puts a run into the background, want it to go on.
#[test]
fn a_signal_that_is_to_be_ignored_is_ignored() {
    let incidents = Incidents::new();
    for name in ["HUP", "INT", "QUIT"] {
        // The fifo lets the run wait until the signal has come.
        let script = format!(
            "mkfifo pipe-{name}; trap '' {name}; \"$RAYSCOPE\" diagnose - --format quiet --out {name} < pipe-{name} & \
             exec 3> pipe-{name}; cat one/edge.log >&3; sleep 0.1; kill -{name} $!; exec 3>&-; wait $!"
        );
        let ended = incidents.desk.shell(&script);
        assert_eq!(
            (ended.status, incidents.desk.names(name).len()),
            (Some(0), 3),
            "SIG{name}: {}",
            ended.err
        );
    }
}
