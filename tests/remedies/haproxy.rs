//! `haproxy -c` on a configuration around each snippet.

use rayscope::causes::Language;

use crate::parts::{self, Part, Placed, Stands};
use crate::program;
use crate::surroundings::Surroundings;
use crate::{none_is_refused, parts_in, written_in};

/// Where lines stand: in a section, or beside the sections where they open some themselves.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Global,
    Defaults,
    Frontend,
    Backend,
    Beside,
}

/// How a comment names a section.
const WORDS: &[(&str, Context)] = &[
    ("global", Context::Global),
    ("defaults", Context::Defaults),
    ("frontend", Context::Frontend),
    ("backend", Context::Backend),
];

const SECTIONS: &[Context] = &[Context::Global, Context::Defaults, Context::Frontend, Context::Backend];

#[test]
fn haproxy_starts_with_what_is_pasted_from_a_remedy() {
    none_is_refused(&written_in(Language::Haproxy), |text| parts::fit(&parts::of(text, '#'), &stands, &load));
}

#[test]
fn what_is_pasted_into_haproxy_goes_into_one_place() {
    none_is_refused(&parts_in(Language::Haproxy), |text| parts::go_into_one_place(text, WORDS, SECTIONS));
}

fn stands(part: &Part) -> Stands<Context> {
    let opens = |line: &str| WORDS.iter().any(|(word, _)| line.split(' ').next() == Some(word));
    if part.body.lines().any(opens) {
        Stands::InEach(vec![Context::Beside])
    } else {
        parts::told(&part.comment, WORDS, SECTIONS)
    }
}

fn load(placed: &Placed<Context>) -> Result<(), String> {
    let surroundings = Surroundings::new();
    let configuration = surroundings.write("haproxy.cfg", &surroundings.settle(&around(placed)));
    let mut haproxy = program::server("haproxy");
    // -dW: a warning is a fault, too.
    let (succeeded, said) = program::run(haproxy.args(["-c", "-dW", "-f"]).arg(configuration));
    if succeeded { Ok(()) } else { Err(said) }
}

/// A site with one group of servers, with the lines in their places.
fn around(placed: &Placed<Context>) -> String {
    let lines = |context| parts::lines(placed, context);
    let beside = lines(Context::Beside);
    let mode = if beside.contains("mode tcp") { "tcp" } else { "http" };
    let backend = if beside.contains("backend app\n    ") { "backend rest" } else { "backend app" };
    let timeouts = "timeout connect 5s\ntimeout client 60s\ntimeout server 60s\n";
    format!(
        "global\n{}defaults\nmode {mode}\n{timeouts}{}frontend site\nbind :8000\ndefault_backend app\n{}\
         {backend}\nserver site1 127.0.0.1:8080\n{}{beside}",
        lines(Context::Global),
        lines(Context::Defaults),
        lines(Context::Frontend),
        lines(Context::Backend),
    )
}
