//! What helps whoever types: man pages and the shell's completions. An option that is missing there does not exist for those who look there.

use std::collections::BTreeSet;

use super::program::Desk;

/// The verbs that `rayscope --help` lists.
fn verbs(desk: &Desk) -> Vec<String> {
    let help = desk.run(&["--help"]).out;
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let listed = listed.lines().take_while(|line| line.starts_with("  "));
    let names =
        listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The options that `rayscope VERB --help` lists.
fn options(desk: &Desk, verb: &str) -> BTreeSet<String> {
    let help = desk.run(&[verb, "--help"]).out;
    // `--since <TIME>`, `-h, --help`; not `- json: For programs`.
    let headings = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = headings.map(|line| line.split_whitespace().take(2));
    let long = words.filter_map(|mut words| words.find(|word| word.starts_with("--")));
    long.map(str::to_owned).collect()
}

/// A page as it reads, without what sets it.
fn unset(page: &str) -> String {
    page.replace(r"\-", "-")
        .replace(r"\fB", "")
        .replace(r"\fI", "")
        .replace(r"\fR", "")
        .replace(r"\*(Aq", "'")
}

fn read(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.path(name)).unwrap()
}

#[test]
fn every_verb_has_a_page_and_every_option_stands_there() {
    let desk = Desk::new();
    let verbs = verbs(&desk);
    assert!(verbs.len() >= 15, "{verbs:?}");
    assert_eq!(desk.run(&["manual", "--out", "pages"]).status, Some(0));
    let mut named: Vec<String> = verbs.iter().map(|verb| format!("rayscope-{verb}.1")).collect();
    named.push("rayscope.1".to_owned());
    named.sort();
    assert_eq!(desk.names("pages"), named);
    let program = unset(&read(&desk, "pages/rayscope.1"));
    for verb in &verbs {
        assert!(program.contains(&format!("\nrayscope-{verb}(1)\n")), "rayscope.1 does not list {verb}");
        let page = unset(&read(&desk, &format!("pages/rayscope-{verb}.1")));
        let begun: Vec<&str> = page.lines().flat_map(|line| line.split([' ', ','])).collect();
        for option in options(&desk, verb) {
            assert!(begun.contains(&option.as_str()), "rayscope-{verb}.1 does not tell of {option}");
        }
        for section in
            ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "EXAMPLES", "\"SEE ALSO\""]
        {
            assert!(page.contains(&format!("\n.SH {section}\n")), "rayscope-{verb}.1 has no {section}");
        }
    }
}

#[test]
fn pages_are_written_whole_over_earlier_ones_or_not_at_all() {
    let desk = Desk::new();
    // The longest page is longer than that.
    let ended = desk.shell("ulimit -f 4; trap '' XFSZ; exec \"$RAYSCOPE\" manual --out pages");
    assert_eq!(ended.status, Some(3), "{}", ended.err);
    assert!(desk.names(".").is_empty(), "{:?}", desk.names("."));
    desk.put("pages/rayscope.1", "of an earlier version");
    desk.put("pages/other.1", "somebody else's");
    let ended = desk.run(&["manual", "--out", "pages"]);
    assert_eq!((ended.status, ended.err.as_str()), (Some(0), ""));
    assert!(ended.out.ends_with("next    man pages/rayscope.1\n"), "{}", ended.out);
    assert!(read(&desk, "pages/rayscope.1").contains(".TH rayscope 1"));
    assert_eq!(read(&desk, "pages/other.1"), "somebody else's");
}

/// What bash offers where the last word of a line is completed.
fn offered(desk: &Desk, lines: &[String]) -> Vec<BTreeSet<String>> {
    let script = "source <(\"$RAYSCOPE\" completions bash)\n\
                  [[ $(complete -p rayscope) == *' -F _rayscope '* ]] || exit 1\n\
                  while IFS= read -r line; do\n\
                  IFS=' ' read -r -a COMP_WORDS <<<\"$line\"\n\
                  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()\n\
                  _rayscope rayscope \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"\n\
                  echo \"${COMPREPLY[*]}\"\n\
                  done <lines";
    desk.put("lines", lines.join("\n") + "\n");
    let ended = desk.shell(script);
    assert_eq!((ended.status, ended.err.as_str()), (Some(0), ""));
    ended.out.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn bash_completes_verbs_options_and_values() {
    let desk = Desk::new();
    for (line, wanted) in [
        ("rayscope dia", "diagnose"),
        ("rayscope com", "compare completions"),
        ("rayscope diagnose --cert", "--certificates"),
        ("rayscope diagnose incident --format j", "json"),
        ("rayscope cluster s", "slurm spark"),
        ("rayscope completions z", "zsh"),
        ("rayscope causes keepalive-ra", "keepalive-race"),
    ] {
        let wanted = wanted.split(' ').map(str::to_owned).collect();
        assert_eq!(offered(&desk, &[line.to_owned()]), [wanted], "{line}");
    }
    // All options of each verb, and no other.
    let verbs = verbs(&desk);
    let lines: Vec<String> = verbs.iter().map(|verb| format!("rayscope {verb} --")).collect();
    let offered = offered(&desk, &lines);
    assert_eq!(offered.len(), verbs.len());
    for (verb, offered) in verbs.iter().zip(offered) {
        assert_eq!(offered, options(&desk, verb), "{verb}");
    }
}

#[test]
fn zsh_and_fish_know_every_verb_and_option() {
    let desk = Desk::new();
    let [zsh, fish] = ["zsh", "fish"].map(|shell| desk.run(&["completions", shell]).out);
    assert!(zsh.starts_with("#compdef rayscope\n"));
    for verb in verbs(&desk) {
        let (_, of_verb) =
            zsh.split_once(&format!("({verb})\n_arguments ")).unwrap_or_else(|| panic!("zsh: no {verb}"));
        let (of_verb, _) = of_verb.split_once("\n;;\n").unwrap();
        let in_fish: Vec<&str> = fish
            .lines()
            .filter(|line| line.contains(&format!("__fish_rayscope_using_subcommand {verb}\"")))
            .collect();
        for option in options(&desk, &verb) {
            let in_zsh = ["=", "["].iter().any(|next| of_verb.contains(&format!("{option}{next}")));
            assert!(in_zsh, "zsh: {verb} {option}");
            let long = format!(" -l {} ", option.trim_start_matches('-'));
            assert!(in_fish.iter().any(|line| format!("{line} ").contains(&long)), "fish: {verb} {option}");
        }
    }
    let ended = desk.run(&["completions", "tcsh"]);
    assert_eq!(ended.status, Some(2));
    assert!(ended.err.contains("[possible values: bash, zsh, fish]"), "{}", ended.err);
}
