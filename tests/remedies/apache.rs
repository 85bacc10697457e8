//! `apache2 -t` on a configuration around each snippet.

use rayscope::causes::Language;

use crate::parts::{self, Placed, Stands};
use crate::program;
use crate::surroundings::Surroundings;
use crate::{none_is_refused, written_in};

#[derive(Clone, Copy, PartialEq)]
enum Context {
    Server,
    VirtualHost,
    Directory,
}

/// How a comment names a context.
const WORDS: &[(&str, Context)] = &[
    ("server config", Context::Server),
    ("ports.conf", Context::Server),
    ("mpm_event", Context::Server),
    ("<VirtualHost", Context::VirtualHost),
    ("VirtualHost of", Context::VirtualHost),
    (".htaccess", Context::Directory),
];

const ALL: &[Context] = &[Context::Server, Context::VirtualHost, Context::Directory];

/// The modules that snippets need; all are part of the package apache2.
const MODULES: &[&str] =
    &["mpm_event", "authz_core", "headers", "remoteip", "rewrite", "setenvif", "socache_shmcb", "ssl"];

/// Directives of modules that are packages of their own: the snippet is read without them.
const ELSEWHERE: &[(&str, &str)] = &[("SecRuleRemoveById", "ModSecurity: libapache2-mod-security2")];

#[test]
fn apache_starts_with_what_is_pasted_from_a_remedy() {
    let snippets = written_in(Language::Apache);
    for (directive, why) in ELSEWHERE {
        let sets = |text: &str| text.lines().any(|line| is_of(line, directive));
        assert!(
            snippets.iter().any(|snippet| sets(&snippet.text)),
            "no snippet needs the row {directive} ({why})"
        );
    }
    none_is_refused(&snippets, |text| {
        let is_known = |line: &&str| !ELSEWHERE.iter().any(|(directive, _)| is_of(line, directive));
        let known: String = text.lines().filter(is_known).map(|line| format!("{line}\n")).collect();
        let stands = |part: &parts::Part| -> Stands<Context> { parts::told(&part.comment, WORDS, ALL) };
        parts::fit(&parts::of(&known, '#'), &stands, &load)
    });
}

fn is_of(line: &str, directive: &str) -> bool {
    line.split_whitespace().next() == Some(directive)
}

fn load(placed: &Placed<Context>) -> Result<(), String> {
    let surroundings = Surroundings::new();
    let configuration = surroundings.write("apache2.conf", &surroundings.settle(&around(placed)));
    let mut apache = program::server("apache2");
    apache.arg("-t").arg("-d").arg(surroundings.path()).arg("-f").arg(configuration);
    let (succeeded, said) = program::run(&mut apache);
    // A warning stands before it.
    if succeeded && said.trim() == "Syntax OK" { Ok(()) } else { Err(said) }
}

/// A server with one virtual host and one folder, with the lines in their places.
fn around(placed: &Placed<Context>) -> String {
    let modules = MODULES
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"));
    let lines = |context| parts::lines(placed, context);
    format!(
        "{}ServerName localhost\nDefaultRuntimeDir .\nPidFile apache2.pid\nErrorLog error.log\n{}\
         <VirtualHost *:443>\nServerName shop.example\n{}<Directory /var/www/html>\n{}</Directory>\n</VirtualHost>\n",
        modules.collect::<String>(),
        lines(Context::Server),
        lines(Context::VirtualHost),
        lines(Context::Directory),
    )
}
