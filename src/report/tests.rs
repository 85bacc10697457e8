//! What all renderers promise together.

use super::model::Report;
use super::{fixtures, json, schema};

/// People's scripts validate against the schema: every report must satisfy it, and come back unchanged.
#[test]
fn every_report_satisfies_the_schema_and_survives_a_round() {
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
        let again: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(again, report, "{name}");
        assert_eq!(json::render(&again), text, "{name}");
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
