//! php-fpm and PHP itself: pools, settings and scripts.

use std::process::Command;

use rayscope::causes::Language;

use crate::parts::{self, Placed, Stands};
use crate::program;
use crate::surroundings::Surroundings;
use crate::{none_is_refused, written_in};

#[derive(Clone, Copy, PartialEq)]
enum Context {
    Global,
    Pool,
}

/// How a comment names a section.
const WORDS: &[(&str, Context)] = &[("global section", Context::Global), ("pool", Context::Pool)];

const ALL: &[Context] = &[Context::Global, Context::Pool];

#[test]
fn php_fpm_starts_with_what_is_pasted_from_a_remedy() {
    none_is_refused(&written_in(Language::PhpFpm), |text| {
        let stands = |part: &parts::Part| -> Stands<Context> { parts::told(&part.comment, WORDS, ALL) };
        parts::fit(&parts::of(text, ';'), &stands, &load)
    });
}

fn load(placed: &Placed<Context>) -> Result<(), String> {
    let surroundings = Surroundings::new();
    let configuration = surroundings.write("php-fpm.conf", &surroundings.settle(&around(placed)));
    let (succeeded, said) =
        program::run(program::versioned("php-fpm").arg("-t").arg("-y").arg(configuration));
    let is_fault = |line: &&str| ["WARNING", "ERROR"].iter().any(|word| line.contains(word));
    if succeeded && !said.lines().any(|line| is_fault(&line)) { Ok(()) } else { Err(said) }
}

/// One pool, with the lines in their places.
fn around(placed: &Placed<Context>) -> String {
    format!(
        "[global]\nerror_log = /var/php-fpm.log\n{}\
         [www]\nuser = www-data\ngroup = www-data\nlisten = /run/www.sock\npm = ondemand\npm.max_children = 5\n{}",
        parts::lines(placed, Context::Global),
        parts::lines(placed, Context::Pool),
    )
}

#[test]
fn php_takes_the_settings_of_a_remedy() {
    none_is_refused(&written_in(Language::PhpIni), |text| {
        let surroundings = Surroundings::new();
        surroundings.write("99-snippet.ini", text);
        // It is read after the machine's own files.
        let folder = format!(":{}", surroundings.path().display());
        let (_, shown) = program::run(Command::new("php").env("PHP_INI_SCAN_DIR", folder).arg("-i"));
        let settings = text.lines().filter(|line| !line.starts_with(';') && !line.trim().is_empty());
        for line in settings {
            let (name, value) = line.split_once(" = ").ok_or_else(|| format!("no setting: {line}"))?;
            // A setting that PHP does not know is read without a word, and not shown.
            if !shown.contains(&format!("{name} => {value} =>")) {
                return Err(format!("php -i does not show {line}"));
            }
        }
        Ok(())
    });
}

#[test]
fn php_reads_the_scripts_of_remedies() {
    none_is_refused(&written_in(Language::Php), |text| {
        let opening = if text.starts_with("<?php") { "" } else { "<?php\n" };
        let surroundings = Surroundings::new();
        let file = surroundings.write("snippet.php", &format!("{opening}{text}"));
        let (succeeded, said) = program::run(Command::new("php").arg("-l").arg(file));
        if succeeded && said.starts_with("No syntax errors") { Ok(()) } else { Err(said) }
    });
}
