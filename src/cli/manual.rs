//! `rayscope manual`: man pages, of the program and of each verb. Verbs and options are those of the arguments; what else a page says stands in `manual.toml`.

use std::collections::BTreeMap;
use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use serde::Deserialize;

use super::args::{Arguments, WriteManual};
use super::exit::Exit;
use super::output::{print, write_all};
use super::output_folder::Readers;
use crate::error::Result;

const TEXTS: &str = include_str!("manual.toml");

/// What stands beside the options.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManualTexts {
    description: Vec<String>,
    examples: Vec<ManualExample>,
    exit: Vec<ExitRow>,
    environment: Vec<EnvironmentRow>,
    verb: BTreeMap<String, VerbTexts>,
}

/// What stands on the page of one verb.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerbTexts {
    description: Vec<String>,
    examples: Vec<ManualExample>,
    see: Vec<String>,
}

/// A command as it is typed in a shell.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManualExample {
    does: String,
    command: String,
}

/// What an exit status means, to all verbs or to some.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExitRow {
    status: String,
    when: String,
    verbs: Option<Vec<String>>,
}

/// What a variable of the environment changes in these verbs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentRow {
    name: String,
    what: String,
    verbs: Vec<String>,
}

/// Writes all pages into a folder, and tells how to read one.
///
/// # Errors
/// Where one cannot be written; then none appears.
pub fn run(arguments: &WriteManual) -> Result<Exit> {
    let pages = pages();
    let files: Vec<_> = pages.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    write_all(&arguments.out, &files, Readers::AsUsual)?;
    let first = arguments.out.join("rayscope.1");
    print(&format!("pages   {}\nnext    man {}\n", files.len(), first.display()))?;
    Ok(Exit::Done)
}

/// The pages with the names of their files: the program's, then the verbs' in the order of its help.
fn pages() -> Vec<(String, String)> {
    let texts = texts();
    // `rayscope help diagnose` is clap's own, and says what `man rayscope-diagnose` does.
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let verbs: Vec<Command> = program.get_subcommands().cloned().collect();
    let names = verbs.iter().map(|verb| verb.get_name().to_owned()).collect::<Vec<_>>();
    let mut pages = vec![("rayscope.1".to_owned(), page(program, &texts, None, &names))];
    for (verb, name) in verbs.into_iter().zip(&names) {
        pages.push((format!("rayscope-{name}.1"), page(verb, &texts, Some(name), &names)));
    }
    pages
}

fn texts() -> ManualTexts {
    #[expect(clippy::expect_used, reason = "the texts are built in, and a test reads them")]
    toml::from_str(TEXTS).expect("the built-in texts are valid")
}

/// The page of the program, or of one of its verbs.
fn page(mut command: Command, texts: &ManualTexts, verb: Option<&str>, verbs: &[String]) -> String {
    // clap's own line of usage says which arguments may be repeated.
    let usage = command.render_usage().to_string();
    let usage = usage.trim().trim_start_matches("Usage:").trim().to_owned();
    let command = command.override_usage(usage);
    let has_verbs = command.has_subcommands();
    let own = verb.and_then(|name| texts.verb.get(name));
    let description = own.map_or(&texts.description, |own| &own.description);
    let examples = own.map_or(&texts.examples, |own| &own.examples);
    let manual = Man::new(command.subcommand_help_heading("VERBS"))
        // Without a date, so that a build of another day gives the same page. An empty one would vanish, and the source stand in its place.
        .date("\"\"")
        .source(concat!("rayscope ", env!("CARGO_PKG_VERSION")))
        .manual("rayscope");
    let mut page = String::new();
    add(&mut page, |out| manual.render_title(out));
    add(&mut page, |out| manual.render_name_section(out));
    add(&mut page, |out| manual.render_synopsis_section(out));
    add_own(&mut page, |roff| describe(roff, description));
    add(&mut page, |out| manual.render_options_section(out));
    if has_verbs {
        add(&mut page, |out| manual.render_subcommands_section(out));
    }
    let concerns = |verbs: &[String]| verb.is_none_or(|name| verbs.iter().any(|concerned| concerned == name));
    add_own(&mut page, |roff| {
        let exit = texts.exit.iter().filter(|row| row.verbs.as_deref().is_none_or(concerns));
        terms(roff, "EXIT STATUS", exit.map(|row| (row.status.as_str(), row.when.as_str())));
        let environment = texts.environment.iter().filter(|row| concerns(&row.verbs));
        terms(roff, "ENVIRONMENT", environment.map(|row| (row.name.as_str(), row.what.as_str())));
        show(roff, examples);
        // Not of a verb that this build is without.
        let beside = own.map_or(verbs, |own| &own.see).iter().filter(|name| verbs.contains(name));
        refer(roff, verb.map(|_| "rayscope").into_iter().map(str::to_owned), beside);
    });
    page
}

/// Adds a section that clap_mangen makes. Each comes with the same two lines on apostrophes, which a page has once.
fn add(page: &mut String, section: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) {
    let mut bytes = Vec::new();
    // It fails where its writer fails, and memory does not.
    if section(&mut bytes).is_ok() {
        let section = String::from_utf8_lossy(&bytes);
        let preamble = Roff::new().render();
        page.push_str(if page.is_empty() { &section } else { section.trim_start_matches(&preamble) });
    }
}

/// Adds sections of our own.
fn add_own(page: &mut String, write: impl FnOnce(&mut Roff)) {
    let mut roff = Roff::new();
    write(&mut roff);
    add(page, |out| roff.to_writer(out));
}

fn describe(roff: &mut Roff, paragraphs: &[String]) {
    roff.control("SH", ["DESCRIPTION"]);
    for (number, paragraph) in paragraphs.iter().enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        roff.text(inlines(paragraph));
    }
}

/// A section of terms, each with what it means, where there are any.
fn terms<'t>(roff: &mut Roff, heading: &str, rows: impl Iterator<Item = (&'t str, &'t str)>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        roff.control("SH", [heading]);
    }
    for (term, meaning) in rows {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text(inlines(meaning));
    }
}

fn show(roff: &mut Roff, examples: &[ManualExample]) {
    roff.control("SH", ["EXAMPLES"]);
    for example in examples {
        roff.control("PP", []);
        roff.text([roman(format!("{}:", example.does))]);
        roff.control("PP", []);
        roff.control("RS", ["4"]);
        // As it is typed: no line is filled up or broken.
        roff.control("nf", []);
        roff.text([bold(&example.command)]);
        roff.control("fi", []);
        roff.control("RE", []);
    }
}

fn refer<'v>(
    roff: &mut Roff,
    program: impl Iterator<Item = String>,
    verbs: impl Iterator<Item = &'v String>,
) {
    roff.control("SH", ["SEE ALSO"]);
    let pages = program.chain(verbs.map(|verb| format!("rayscope-{verb}")));
    let mut text: Vec<Inline> = Vec::new();
    for page in pages {
        if !text.is_empty() {
            text.push(roman(", "));
        }
        text.extend([bold(page), roman("(1)")]);
    }
    roff.text(text);
}

/// A text in which what stands between backquotes is set in bold.
fn inlines(text: &str) -> Vec<Inline> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(number, part)| if number % 2 == 1 { bold(part) } else { roman(part) }).collect()
}

#[cfg(test)]
mod tests;
