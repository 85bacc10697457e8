//! The JSON Schema of `report.json`, made from the model so that the two always agree.

use schemars::generate::SchemaSettings;

use super::model::Report;

/// The schema (draft 2020-12) as indented JSON with a newline at its end; equal for every run.
pub fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Report>();
    schema.insert("$id".to_string(), "urn:rayscope:report:1".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    /// Other people's scripts are written against this file.
    #[test]
    fn the_schema_in_the_docs_is_the_one_that_is_printed() {
        let kept = include_str!("../../docs/report.schema.json");
        assert!(kept == super::schema(), "run `rayscope schema > docs/report.schema.json`");
    }
}
