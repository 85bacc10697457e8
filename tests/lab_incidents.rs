//! Incidents made with real servers; what is true of every ray stands in the edge's own record. If this breaks, the program names a wrong
//! cause to a person in the middle of a bad night.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;
use support::certainty::broken_laws;
use support::extraction::reported;
use support::recorded::{self, Incident};

/// What the program said about one incident, beside what is true.
struct Outcome {
    name: String,
    expected: Vec<String>,
    expected_verdict: String,
    /// Slugs with their confidence in thousandths, ranked.
    causes: Vec<(String, u64)>,
    verdict: String,
    /// Failing rays whose slug is right, and all failing rays.
    right: usize,
    failing: usize,
    /// Cases whose ray the edge served well.
    invented: Vec<String>,
    /// Where the report breaks its schema.
    invalid: Vec<String>,
    /// Where it breaks a law of certainty.
    unlawful: Vec<String>,
}

impl Outcome {
    /// Whether the catalogue holds every cause of the incident: only then can the program name it.
    fn counts(&self) -> bool {
        self.expected.iter().all(|slug| rayscope::causes::find(slug).is_some())
    }

    fn is_right(&self) -> bool {
        let first = self.causes.first().map(|(slug, _)| slug);
        let named = |slug: &String| self.causes.iter().any(|(named, _)| named == slug);
        first == self.expected.first()
            && self.verdict == self.expected_verdict
            && self.expected.iter().all(named)
    }

    fn line(&self) -> String {
        let causes: Vec<String> =
            self.causes.iter().map(|(slug, confidence)| format!("{slug} .{confidence:03}")).collect();
        let mark = match (self.counts(), self.is_right()) {
            (_, true) => "right",
            (true, false) => "WRONG",
            (false, false) => "not counted",
        };
        format!(
            "{mark:11}  {:34} {:12} {:3}/{:<3}  {}",
            self.name,
            self.verdict,
            self.right,
            self.failing,
            causes.join(", ")
        )
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn diagnose(incident: &Incident, schema: &jsonschema::Validator) -> Outcome {
    let told = reported(&incident.evidence());
    let report = serde_json::to_value(&told).expect("JSON");
    let expected = incident.expected();
    let slugs: BTreeMap<String, String> = report["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .filter_map(|case| Some((case["ray"].as_str()?.to_owned(), text(&case["slug"]))))
        .collect();
    let (failed, served): (Vec<Value>, Vec<Value>) =
        incident.truth().into_iter().partition(|ray| ray["failed"] == true);
    let is_right =
        |ray: &&Value| slugs.get(&text(&ray["ray"])).is_some_and(|slug| *slug == text(&ray["slug"]));
    let served: BTreeSet<String> = served.iter().map(|ray| text(&ray["ray"])).collect();
    Outcome {
        name: incident.name.clone(),
        expected: expected["causes"].as_array().expect("causes").iter().map(text).collect(),
        expected_verdict: text(&expected["verdict"]),
        causes: report["causes"]
            .as_array()
            .expect("causes")
            .iter()
            .map(|cause| {
                let confidence = cause["confidence"].as_f64().expect("a number");
                (text(&cause["slug"]), (confidence * 1000.0).round() as u64)
            })
            .collect(),
        verdict: text(&report["verdict"]["kind"]),
        right: failed.iter().filter(is_right).count(),
        failing: failed.len(),
        invented: slugs.into_keys().filter(|ray| served.contains(ray)).collect(),
        unlawful: broken_laws(&told),
        invalid: schema.iter_errors(&report).map(|error| error.to_string()).collect(),
    }
}

#[test]
fn every_incident_of_the_lab_gets_its_true_cause() {
    let recorded = recorded::incidents(&[]);
    let schema = serde_json::from_str(&rayscope::report::schema::schema()).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let outcomes: Vec<Outcome> =
        recorded.incidents.par_iter().map(|incident| diagnose(incident, &schema)).collect();
    for outcome in &outcomes {
        println!("{}", outcome.line());
    }
    for outcome in &outcomes {
        assert!(outcome.invalid.is_empty(), "{}: {:?}", outcome.name, outcome.invalid);
        assert!(outcome.unlawful.is_empty(), "{}: {:?}", outcome.name, outcome.unlawful);
        assert!(outcome.invented.is_empty(), "{}: served well: {:?}", outcome.name, outcome.invented);
    }
    let counted: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.counts()).collect();
    let (healthy, broken): (Vec<&Outcome>, Vec<&Outcome>) =
        counted.iter().partition(|outcome| outcome.expected.is_empty());
    for outcome in healthy {
        assert!(outcome.is_right() && outcome.causes.is_empty(), "healthy: {}", outcome.line());
    }
    let right = broken.iter().filter(|outcome| outcome.is_right()).count();
    let rays: usize = broken.iter().map(|outcome| outcome.right).sum();
    let all_rays: usize = broken.iter().map(|outcome| outcome.failing).sum();
    let misled = outcomes.iter().filter(|outcome| !outcome.counts()).filter(|outcome| {
        outcome.causes.iter().any(|(slug, confidence)| *confidence >= 950 && !outcome.expected.contains(slug))
    });
    println!(
        "{right} of {} incidents, {rays} of {all_rays} failing rays right; {} incidents of causes that are not in the \
         catalogue, of which {} get another cause with 0.95 or more",
        broken.len(),
        outcomes.len() - counted.len(),
        misled.count(),
    );
    assert!(right * 10 >= broken.len() * 9, "{right} of {} incidents", broken.len());
    assert!(rays * 10 >= all_rays * 9, "{rays} of {all_rays} failing rays");
}

/// A confidence as the program prints it: cut to two decimals, and never 1.
fn shown(confidence: &Value) -> String {
    match (confidence.as_f64().expect("a number") * 1000.0).round() as u32 {
        991.. => "> 0.99".to_owned(),
        thousandths => format!("0.{:02}", thousandths / 10),
    }
}

/// Otherwise a person who looks one failing request up reads another cause than the report gives it.
#[test]
fn a_request_is_explained_as_the_report_judges_it() {
    let recorded = recorded::incidents(&[]);
    recorded.incidents.par_iter().for_each(|incident| {
        let report: Value = serde_json::from_str(&incident.report()).expect("JSON");
        let cases = report["cases"].as_array().expect("cases").iter();
        // The last one of each cause: the first ones are the clearest.
        let last: BTreeMap<String, &Value> =
            cases.filter(|case| case["ray"].is_string()).map(|case| (text(&case["slug"]), case)).collect();
        for (slug, case) in last {
            let run = std::process::Command::new(env!("CARGO_BIN_EXE_rayscope"))
                .args(["explain", &text(&case["ray"])])
                .arg(incident.evidence())
                .output()
                .expect("the program");
            let told = String::from_utf8_lossy(&run.stdout).into_owned();
            let cause = match slug.as_str() {
                "unexplained" => "cause  unexplained".to_owned(),
                slug => format!("cause  {slug} ({}):", shown(&case["confidence"])),
            };
            assert!(told.contains(&cause), "{}: not {cause}:\n{told}", incident.name);
        }
    });
}
