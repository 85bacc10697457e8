//! What all renderers promise together.

use super::{fixtures, html, json, markdown, schema};

/// People's scripts validate against the schema: every report must satisfy it, and come back unchanged.
#[test]
fn every_report_satisfies_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, report) in fixtures::all() {
        let text = json::render(&report);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let problems: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

/// A field without a description leaves its reader guessing.
#[test]
fn the_schema_describes_every_field_and_refuses_what_is_no_report() {
    let schema: serde_json::Value = serde_json::from_str(&schema::schema()).unwrap();
    let definitions = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for definition in definitions {
        for (name, property) in definition["properties"].as_object().into_iter().flatten() {
            let tag = name == "kind" && property.get("const").is_some();
            assert!(tag || property.get("description").is_some(), "{name} in {}", definition["title"]);
        }
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut value = serde_json::to_value(fixtures::one_cause()).unwrap();
    value["causes"][0]["confidence"] = 1.5.into();
    assert!(!validator.is_valid(&value));
    value["causes"][0]["confidence"] = 0.5.into();
    assert!(validator.is_valid(&value));
    value["schema"] = "rayscope.report/2".into();
    assert!(!validator.is_valid(&value));
}

/// A cause of few requests must not stand before the many that no cause explains.
#[test]
fn what_is_unexplained_stands_at_its_rank_in_all_that_people_read() {
    let second = |rank| {
        let mut report = fixtures::two_causes();
        report.unexplained.rank = Some(rank);
        report
    };
    for (rank, before, after) in
        [(1, None, Some("race")), (2, Some("race"), Some("memory")), (3, Some("memory"), None)]
    {
        let report = second(rank);
        let page = html::render(&report);
        let text = markdown::render(&report);
        let causes = [
            ("race", "Keep-alive race", "cause-keepalive-race"),
            ("memory", "Out-of-memory kill", "cause-oom-kill"),
        ];
        let at = |name: &str| -> [usize; 2] {
            let (_, title, id) = causes.iter().find(|(known, ..)| *known == name).unwrap();
            let heading =
                text.lines().position(|line| line.starts_with("### ") && line.contains(title)).unwrap();
            [page.find(&format!("<details class=\"card\" id=\"{id}\"")).unwrap(), heading]
        };
        let rest = [
            page.find("<details class=\"card\" id=\"unexplained\"").unwrap(),
            text.lines().position(|line| line.starts_with("### Unexplained")).unwrap(),
        ];
        let lies = |first: [usize; 2], second: [usize; 2]| first[0] < second[0] && first[1] < second[1];
        assert!(before.is_none_or(|name| lies(at(name), rest)), "{rank}");
        assert!(after.is_none_or(|name| lies(rest, at(name))), "{rank}");
    }
}

/// What is told of a cause's certainty must be the same in all three files.
#[test]
fn certainty_and_signs_stand_in_page_and_section() {
    let report = fixtures::two_causes();
    let (page, text) = (html::render(&report), markdown::render(&report));
    let quoted = |words: &str| words.replace('\'', "&#39;");
    for cause in &report.causes {
        for step in &cause.certainty {
            assert!(
                page.contains(&quoted(&step.title)) && text.contains(step.title.as_str()),
                "{}",
                step.title
            );
        }
        let told = cause.signs.iter().filter(|sign| sign.weight.abs() >= 300 || sign.why.is_some());
        for sign in told {
            assert!(page.contains(&quoted(&sign.text)) && text.contains(sign.text.as_str()), "{}", sign.text);
            let why = sign.why.as_deref().unwrap_or_default();
            assert!(page.contains(why) && text.contains(why), "{why}");
        }
        let expect = &cause.check_expect;
        assert!(page.contains(&quoted(&expect.confirms)) && text.contains(expect.refutes.as_str()));
    }
}
