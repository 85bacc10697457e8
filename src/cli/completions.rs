//! `rayscope completions`: what a shell needs in order to complete verbs, options and their values.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::aot::{Bash, Fish, Zsh, generate};

use super::args::{Arguments, CompleteFor, Shell};
use super::exit::Exit;
use super::output::print;
use crate::causes;
use crate::error::Result;

/// Prints the completions.
///
/// # Errors
/// Where standard output cannot be written.
pub fn run(arguments: &CompleteFor) -> Result<Exit> {
    let (mut command, mut script) = (completed(), Vec::new());
    match arguments.shell {
        Shell::Bash => generate(Bash, &mut command, "rayscope", &mut script),
        Shell::Zsh => generate(Zsh, &mut command, "rayscope", &mut script),
        Shell::Fish => generate(Fish, &mut command, "rayscope", &mut script),
    }
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// The arguments, with what a shell can offer for their values.
fn completed() -> Command {
    let slugs = causes::ALL.iter().map(|cause| cause.slug.as_str());
    // Not so when arguments are read: there an unknown cause gets an error that says where they are listed.
    let slugs = PossibleValuesParser::new(slugs);
    Arguments::command()
        .mut_subcommand("causes", |verb| verb.mut_arg("slug", |slug| slug.value_parser(slugs)))
        .mut_subcommands(|verb| verb.mut_args(folders))
}

fn folders(argument: Arg) -> Arg {
    let is_folder =
        argument.get_value_names().is_some_and(|names| names.iter().any(|name| name.as_str() == "DIR"));
    if is_folder { argument.value_hint(ValueHint::DirPath) } else { argument }
}
