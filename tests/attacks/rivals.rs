//! Two runs into one folder: a report is of one of them, and complete whenever somebody looks.

use std::process::Stdio;
use std::thread::sleep;

use super::desk::{Drawn, Incidents, WHOLE, files, names};

#[test]
fn two_runs_into_one_folder_never_mix() {
    let incidents = Incidents::new();
    for (at, moment) in Drawn::new(12).moments(incidents.takes).into_iter().enumerate() {
        let out = format!("report-{at}");
        let folder = incidents.desk.path(&out);
        // Every second time they meet an earlier report.
        if at % 2 == 1 {
            incidents
                .other
                .iter()
                .for_each(|(file, bytes)| incidents.desk.put(&format!("{out}/{file}"), bytes));
        }
        let run = |incident| {
            let arguments = ["diagnose", incident, "--format", "quiet", "--out", &out];
            incidents.desk.program(&arguments).stderr(Stdio::null()).spawn().expect("the program")
        };
        let mut first = run("one");
        // At half of the moments they begin together.
        sleep(if at % 4 < 2 { moment } else { moment / 1000 });
        let mut second = run("other");
        while first.try_wait().unwrap().is_none() || second.try_wait().unwrap().is_none() {
            let seen = incidents.desk.names(&out);
            let whole = WHOLE.iter().all(|name| seen.iter().any(|seen| seen == name));
            assert!(seen.is_empty() || whole, "{at}: {seen:?}");
        }
        assert!(first.wait().unwrap().success() && second.wait().unwrap().success());
        let left = files(&folder);
        assert!(left == incidents.one || left == incidents.other, "{at}: {:?}", names(&left));
    }
    let stages = incidents.desk.names(".");
    assert!(stages.iter().all(|name| !name.starts_with('.')), "{stages:?}");
}
