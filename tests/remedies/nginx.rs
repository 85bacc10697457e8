//! `nginx -t` on a configuration around each snippet.

use rayscope::causes::Language;

use crate::parts::{self, Placed, Stands};
use crate::program;
use crate::surroundings::Surroundings;
use crate::{none_is_refused, parts_in, written_in};

#[derive(Clone, Copy, PartialEq)]
enum Context {
    Main,
    Http,
    Server,
    Location,
}

/// How a comment names a context.
const WORDS: &[(&str, Context)] = &[
    ("main context", Context::Main),
    ("http { }", Context::Http),
    ("server { }", Context::Server),
    ("location", Context::Location),
];

const ALL: &[Context] = &[Context::Main, Context::Http, Context::Server, Context::Location];

/// Directives that came with a version of nginx which a supported Debian does not have: an older nginx reads the snippet without them.
const NEWER: &[(&str, Version)] = &[
    // nginx CHANGES: the `http2` directive came with 1.25.1.
    ("http2", [1, 25, 1]),
];

type Version = [u32; 3];

#[test]
fn nginx_starts_with_what_is_pasted_from_a_remedy() {
    let snippets = written_in(Language::Nginx);
    for (directive, _) in NEWER {
        let sets = |text: &str| text.lines().any(|line| is_of(line, directive));
        assert!(snippets.iter().any(|snippet| sets(&snippet.text)), "no snippet needs the row {directive}");
    }
    let version = installed();
    none_is_refused(&snippets, |text| {
        let is_known =
            |line: &&str| !NEWER.iter().any(|(directive, since)| version < *since && is_of(line, directive));
        let known: String = text.lines().filter(is_known).map(|line| format!("{line}\n")).collect();
        let stands = |part: &parts::Part| -> Stands<Context> { parts::told(&part.comment, WORDS, ALL) };
        parts::fit(&parts::of(&known, '#'), &stands, &load)
    });
}

fn is_of(line: &str, directive: &str) -> bool {
    line.split_whitespace().next() == Some(directive)
}

/// The version of the nginx that is installed.
fn installed() -> Version {
    let (_, said) = program::run(program::server("nginx").arg("-v"));
    let version = said.trim().rsplit('/').next().unwrap_or_default();
    let mut numbers =
        version.split(|sign: char| !sign.is_ascii_digit()).map_while(|number| number.parse().ok());
    [(); 3].map(|()| numbers.next().unwrap_or_else(|| panic!("nginx -v says {said}")))
}

#[test]
fn what_is_pasted_into_nginx_goes_into_one_place() {
    none_is_refused(&parts_in(Language::Nginx), |text| parts::go_into_one_place(text, WORDS, ALL));
}

fn load(placed: &Placed<Context>) -> Result<(), String> {
    let surroundings = Surroundings::new();
    let configuration = surroundings.write("nginx.conf", &surroundings.settle(&around(placed)));
    let mut nginx = program::server("nginx");
    nginx.args(["-t", "-q", "-p"]).arg(surroundings.path()).arg("-c").arg(configuration);
    nginx.arg("-e").arg(surroundings.path().join("error.log"));
    program::is_silent(&mut nginx)
}

/// A site that answers on TLS, with the lines in their places.
fn around(placed: &Placed<Context>) -> String {
    let [main, http, server, location] = ALL else { unreachable!("four contexts") };
    let lines = |context: &Context| parts::lines(placed, *context);
    let unless_set = |word: &str, lines: &'static str| if parts::sets(placed, word) { "" } else { lines };
    [
        "user www-data;\npid /run/nginx.pid;\n",
        unless_set("events", "events { }\n"),
        &lines(main),
        "http {\n",
        unless_set("ssl_certificate", "ssl_certificate /etc/site.pem;\nssl_certificate_key /etc/site.key;\n"),
        unless_set("ssl_client_certificate", "ssl_client_certificate /etc/authority.pem;\n"),
        unless_set("access_log", "access_log off;\n"),
        &lines(http),
        "server {\n",
        unless_set("listen", "listen 443 ssl;\n"),
        &lines(server),
        "location /here/ {\n",
        &lines(location),
        "}\n}\n}\n",
    ]
    .concat()
}
