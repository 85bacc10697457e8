//! Python and JavaScript, each read by its own interpreter: as a file of its own, or as what stands inside a function.

use std::process::Command;

use rayscope::causes::Language;

use crate::program;
use crate::surroundings::Surroundings;
use crate::{none_is_refused, written_in};

#[test]
fn python_compiles_the_code_of_remedies() {
    none_is_refused(&written_in(Language::Python), |text| {
        let indented: String = text.lines().map(|line| format!("    {line}\n")).collect();
        either(text, &format!("def around():\n{indented}"), |text| {
            let surroundings = Surroundings::new();
            let file = surroundings.write("snippet.py", text);
            program::is_silent(Command::new("python3").args(["-W", "error", "-m", "py_compile"]).arg(file))
        })
    });
}

#[test]
fn node_parses_the_code_of_remedies() {
    none_is_refused(&written_in(Language::Javascript), |text| {
        either(text, &format!("async function around() {{\n{text}}}\n"), |text| {
            let surroundings = Surroundings::new();
            let file = surroundings.write("snippet.mjs", text);
            program::is_silent(Command::new("node").arg("--check").arg(file))
        })
    });
}

/// Takes the text as it is, or inside a function; where neither is right, what was said of both.
fn either(text: &str, inside: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<(), String> {
    check(text).or_else(|said| check(inside).map_err(|also| said + &also))
}
