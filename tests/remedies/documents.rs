//! Files that are data: each read by a parser of its format.

use std::fmt::Display;
use std::process::Command;

use rayscope::causes::Language;
use saphyr::{LoadableYamlNode, Yaml};

use crate::surroundings::Surroundings;
use crate::{none_is_refused, program, written_in};

fn said(error: impl Display) -> String {
    error.to_string()
}

#[test]
fn terraform_configurations_of_remedies_are_hcl_with_known_blocks() {
    // https://developer.hashicorp.com/terraform/language/syntax/configuration
    const BLOCKS: [&str; 4] = ["resource", "data", "variable", "locals"];
    none_is_refused(&written_in(Language::Terraform), |text| {
        let body = hcl::parse(text).map_err(said)?;
        let mut stranger = body.iter().filter(|structure| {
            structure
                .as_block()
                .is_none_or(|block| !BLOCKS.contains(&block.identifier()) || block.labels().len() != 2)
        });
        stranger
            .next()
            .map_or(Ok(()), |structure| Err(format!("not at the top of a configuration: {structure:?}")))
    });
}

#[test]
fn playbooks_of_remedies_are_plays_or_tasks_with_one_module_each() {
    none_is_refused(&written_in(Language::Ansible), |text| {
        let documents = Yaml::load_from_str(text).map_err(said)?;
        let entries = documents.first().and_then(Yaml::as_sequence).ok_or("no list")?;
        entries.iter().try_for_each(|entry| match entry.as_mapping_get("tasks") {
            Some(tasks) => {
                entry.as_mapping_get("hosts").ok_or("a play without hosts")?;
                tasks.as_sequence().ok_or("no list of tasks")?.iter().try_for_each(is_task)
            }
            None => is_task(entry),
        })
    });
}

/// A task calls one module, by its full name (`ansible.builtin.uri`), and says what for.
fn is_task(task: &Yaml) -> Result<(), String> {
    task.as_mapping_get("name").ok_or("a task without a name")?;
    let keys = task.as_mapping().into_iter().flatten().filter_map(|(key, _)| key.as_str());
    let modules = keys.filter(|key| key.split('.').count() == 3).count();
    if modules == 1 { Ok(()) } else { Err(format!("{modules} modules in {task:?}")) }
}

#[test]
fn yaml_of_remedies_is_yaml() {
    none_is_refused(&written_in(Language::Yaml), yaml);
}

/// Whether the text is YAML that holds settings.
pub fn yaml(text: &str) -> Result<(), String> {
    let documents = Yaml::load_from_str(text).map_err(said)?;
    documents.first().and_then(Yaml::as_mapping).map(|_| ()).ok_or_else(|| "no settings".to_owned())
}

#[test]
fn toml_of_remedies_is_toml() {
    none_is_refused(&written_in(Language::Toml), |text| {
        text.parse::<toml::Table>().map(|_| ()).map_err(said)
    });
}

#[test]
fn sections_and_settings_of_remedies_are_nothing_else() {
    none_is_refused(&written_in(Language::Ini), |text| sections(text).map(|_| ()));
}

/// The sections of an INI file, where all else in it is settings and comments.
pub fn sections(text: &str) -> Result<Vec<String>, String> {
    let mut sections = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(section.to_owned());
        } else if sections.is_empty() || !line.contains('=') {
            return Err(format!("no setting of a section: {line}"));
        }
    }
    if sections.is_empty() { Err("no section".to_owned()) } else { Ok(sections) }
}

#[test]
fn openssl_takes_the_settings_of_remedies() {
    none_is_refused(&written_in(Language::Openssl), |text| {
        let surroundings = Surroundings::new();
        // config(5): with config_diagnostics a wrong setting is an error, else it is passed over.
        let around = "config_diagnostics = 1\nopenssl_conf = start\n[start]\nssl_conf = ssl\n[ssl]\nsystem_default = settings\n";
        let file = surroundings.write("openssl.cnf", &format!("{around}[settings]\n{text}"));
        let (succeeded, said) =
            program::run(Command::new("openssl").env("OPENSSL_CONF", file).args(["ciphers", "-s"]));
        if succeeded && !said.to_lowercase().contains("error") { Ok(()) } else { Err(said) }
    });
}

#[test]
fn header_fields_of_remedies_are_fields() {
    none_is_refused(&written_in(Language::HttpFields), |text| {
        let fields = text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\r\n"));
        let head = fields.collect::<String>() + "\r\n";
        let mut read = [httparse::EMPTY_HEADER; 8];
        match httparse::parse_headers(head.as_bytes(), &mut read).map_err(said)? {
            httparse::Status::Complete((_, [_, ..])) => Ok(()),
            _ => Err("no field".to_owned()),
        }
    });
}

#[test]
fn notes_of_remedies_are_comments_only() {
    none_is_refused(&written_in(Language::Notes), |text| {
        let bare = text.lines().find(|line| !line.starts_with("//") && !line.starts_with('#'));
        bare.map_or(Ok(()), |line| Err(format!("this looks as if it were to be pasted: {line}")))
    });
}
