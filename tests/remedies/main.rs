//! Every remedy's snippet is read by the program that it is for. If this breaks, a user pastes a remedy and the server refuses to start.
//!
//! It wants the packages that `tests/run` installs; where a program is missing, the test fails and says so.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod apache;
mod documents;
mod firewall;
mod haproxy;
mod nginx;
mod parts;
mod php;
mod program;
mod scripts;
mod shell;
mod surroundings;
mod systemd;

use rayscope::causes::placeholder::example;
use rayscope::causes::{ALL, Language};

/// A snippet as a report shows it, its placeholders filled.
struct Snippet {
    /// Its cause and its title.
    of: String,
    /// What is pasted, with a line feed at its end.
    text: String,
}

/// A text of the catalogue with values in place of its placeholders.
fn filled(text: &str) -> String {
    example(text).trim().to_owned() + "\n"
}

/// A part with the place that it goes into as a comment above it.
fn placed(place: &str, text: &str, language: Language) -> String {
    let sign = if language == Language::Javascript { "//" } else { "#" };
    let above = if place.is_empty() { String::new() } else { format!("{sign} {place}\n") };
    filled(&(above + text))
}

/// Each part of the snippets of a language, by itself.
fn parts_in(language: Language) -> Vec<Snippet> {
    let remedies = ALL.iter().flat_map(|cause| cause.remedies.iter().map(move |remedy| (cause, remedy)));
    let wanted = remedies.filter(|(_, remedy)| remedy.language() == Some(language));
    let parts = wanted.flat_map(|(cause, remedy)| {
        let of = format!("{}: {}", cause.slug, remedy.title);
        remedy.parts().map(move |(_, text)| Snippet { of: of.clone(), text: filled(text) })
    });
    parts.collect()
}

/// All snippets of a language.
fn written_in(language: Language) -> Vec<Snippet> {
    let remedies = ALL.iter().flat_map(|cause| cause.remedies.iter().map(move |remedy| (cause, remedy)));
    let wanted = remedies.filter(|(_, remedy)| remedy.language() == Some(language));
    wanted
        .map(|(cause, remedy)| Snippet {
            of: format!("{}: {}", cause.slug, remedy.title),
            text: remedy.parts().map(|(place, text)| placed(place, text, language)).collect(),
        })
        .collect()
}

/// Gives each text to a check, and fails with what the check says of all that it refuses.
fn none_is_refused(snippets: &[Snippet], check: impl Fn(&str) -> Result<(), String>) {
    assert!(!snippets.is_empty(), "a check that no snippet needs goes");
    let told = |snippet: &Snippet| check(&snippet.text).err().map(|said| format!("{}\n{said}", snippet.of));
    let refused: Vec<String> = snippets.iter().filter_map(told).collect();
    assert!(refused.is_empty(), "{} of {}:\n\n{}", refused.len(), snippets.len(), refused.join("\n\n"));
}

/// The languages that nothing here can read, and why.
const UNREAD: &[(Language, &str)] = &[
    (
        Language::Postgresql,
        "PostgreSQL's server alone parses its SQL; it is not installed for two statements",
    ),
    (
        Language::CloudflareRule,
        "Cloudflare parses its rules; its engine (wirefilter) is not published as a package",
    ),
];

#[test]
fn no_snippet_goes_unread_without_a_reason() {
    for (language, why) in UNREAD {
        assert!(!written_in(*language).is_empty(), "no snippet needs the row {language:?} ({why})");
    }
    for remedy in ALL.iter().flat_map(|cause| &cause.remedies) {
        let language = remedy.language().expect("a language");
        assert!(is_read(language), "{}: {language:?} is neither read nor listed", remedy.title);
    }
}

/// Whether a test here reads the language. One that is new does not compile until its test is named.
fn is_read(language: Language) -> bool {
    match language {
        Language::Nginx | Language::Apache | Language::Haproxy => true,
        Language::PhpFpm | Language::PhpIni | Language::Php => true,
        Language::Shell | Language::Python | Language::Javascript => true,
        Language::Systemd | Language::Ini | Language::Openssl => true,
        Language::Terraform | Language::Ansible | Language::Yaml | Language::Toml => true,
        Language::HttpFields | Language::Notes => true,
        Language::Postgresql | Language::CloudflareRule => {
            UNREAD.iter().any(|(listed, _)| *listed == language)
        }
    }
}
