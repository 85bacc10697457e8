//! A page that tells of an option or a status that is not there is worse than none.

use clap::Parser;

use super::*;

#[test]
fn every_verb_has_its_texts() {
    let texts = texts();
    let mut known: Vec<String> =
        Arguments::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    for verb in &known {
        let own = texts.verb.get(verb).unwrap_or_else(|| panic!("manual.toml has nothing of {verb}"));
        assert!(!own.description.is_empty() && !own.examples.is_empty() && !own.see.is_empty(), "{verb}");
    }
    // Without the feature its texts stay.
    known.push("tables".to_owned());
    let in_rows = texts.exit.iter().filter_map(|row| row.verbs.as_ref());
    let in_rows = in_rows.chain(texts.environment.iter().map(|row| &row.verbs)).flatten();
    let named = texts.verb.values().flat_map(|own| &own.see).chain(texts.verb.keys()).chain(in_rows);
    for verb in named {
        assert!(known.contains(verb), "manual.toml tells of {verb}, which is no verb");
    }
}

/// The words of a command line, as a shell takes them apart: quotes, and words behind which another command or a file comes.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    for command in words.split(|word| ["&&", "|"].contains(&word.as_str())) {
        commands.push(command.iter().take_while(|word| *word != ">").cloned().collect());
    }
    commands
}

#[test]
fn every_example_is_a_command_line_that_the_program_takes() {
    let texts = texts();
    let examples = texts.examples.iter().chain(texts.verb.values().flat_map(|own| &own.examples));
    let mut tried = 0;
    for example in examples {
        for words in commands(&example.command.replace("<(", "&& ").replace(')', "")) {
            let is_absent =
                cfg!(not(feature = "tables")) && words.get(1).is_some_and(|verb| verb == "tables");
            if words.first().is_some_and(|program| program == "rayscope") && !is_absent {
                let taken = Arguments::try_parse_from(&words);
                assert!(taken.is_ok(), "{}: {}", example.command, taken.unwrap_err());
                tried += 1;
            }
        }
    }
    assert!(tried > 25, "{tried}");
}

#[test]
fn the_exit_statuses_are_those_of_the_readme() {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("## Exit status").unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    let texts = texts();
    let told: Vec<String> =
        texts.exit.iter().map(|row| format!("| {} | {} |", row.status, row.when)).collect();
    assert_eq!(rows, told);
}

#[test]
fn the_pages_are_named_after_the_verbs_and_lie_still() {
    let pages = pages();
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(&names[..2], ["rayscope.1", "rayscope-diagnose.1"]);
    for (name, text) in &pages {
        assert!(text.starts_with(".ie "), "{name}");
        assert_eq!(text.matches(".ds Aq").count(), 2, "{name}: the two lines on apostrophes");
        assert_eq!(text.matches(".TH ").count(), 1, "{name}");
        // Neither a date nor a folder of the machine that built it.
        let title = text.lines().find(|line| line.starts_with(".TH ")).unwrap();
        let rest = format!(" 1 \"\" \"rayscope {}\" rayscope", env!("CARGO_PKG_VERSION"));
        assert_eq!(title, format!(".TH {}{rest}", name.trim_end_matches(".1")));
    }
    assert_eq!(pages, super::pages());
}
