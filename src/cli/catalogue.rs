//! `rayscope causes`: the list of causes, and the page that explains one.

use crate::causes::placeholder::{Placeholder, example};
use crate::causes::{self, Cause, Layer, Purpose, Remedy, Who};
use crate::diagnose::shares;
use crate::report::model::Target;
use crate::report::text::wrap;
use crate::signs::{ALL, Frequency, Sign};

/// Columns of prose on a page; commands keep their own width.
const WIDTH: usize = 100;

/// Every cause on a line of its own.
pub fn list() -> String {
    let widest = causes::ALL.iter().map(|cause| cause.slug.len()).max().unwrap_or(0);
    let lines = causes::ALL.iter().map(|cause| format!("{:widest$}  {}\n", cause.slug, cause.title));
    format!("{}\n`rayscope causes SLUG` explains one in full.\n", lines.collect::<String>())
}

/// One cause in full, as Markdown: its text with the check and the remedies in their places, filled with the values of the text's examples.
pub fn page(cause: &Cause) -> String {
    let remedies: Vec<String> = cause.remedies.iter().map(remedy).collect();
    let text = cause.text.trim_end();
    let text = text
        .replace("{check}", &format!("{}\n\n{}", example(&cause.check), expected(cause)))
        .replace("{remedies}", remedies.join("\n").trim_end())
        .replacen("## How to confirm", &format!("{}\n## How to confirm", signs(cause)), 1);
    format!("# {}: {}\n\n{}\n{}\n\n{text}\n", cause.slug, cause.title, where_and_who(cause), examples(&text))
}

/// Says which names and figures of a page's commands are examples, so that nobody takes them for measured ones or for names of their own.
fn examples(page: &str) -> String {
    let (host, origin) = (Placeholder::Host.example(), Placeholder::Origin.example());
    let is_command = |line: &&str| line.starts_with("    ");
    let in_commands = |words: &[&str]| {
        page.lines().filter(is_command).any(|line| words.iter().any(|word| line.contains(word)))
    };
    let stand_for = [
        (in_commands(&["capture.pcap"]), "capture.pcap your capture"),
        (in_commands(&["443"]), "443 the origin's port"),
        (in_commands(&["port == 80 ", "port == 80'"]), "80 its port for plain HTTP"),
        (in_commands(&["port == 8080"]), "8080 that of the application behind it"),
        (in_commands(&["tcp.stream == 12", ",ascii,12", ",hex,12"]), "12 the number of a TCP stream"),
    ];
    let told: String = stand_for
        .into_iter()
        .filter(|(is_there, _)| *is_there)
        .map(|(_, what)| format!(", {what}"))
        .collect();
    let text = format!(
        "The figures and names are examples: {host} is the host, {origin} its origin{told}. A report has those of the incident."
    );
    wrap(&text, WIDTH, usize::MAX).join("\n")
}

/// Where it is seen, who acts, and what the visitor is shown.
fn where_and_who(cause: &Cause) -> String {
    let seen = match cause.layer {
        Layer::Tcp => "in reaching the origin (TCP)",
        Layer::Tls => "in the TLS handshake with the origin",
        Layer::Http => "in the HTTP messages of the origin",
        Layer::Application => "in the application and the host behind it",
        Layer::Edge => "at the edge",
        Layer::Client => "on the visitors' side",
    };
    let acts = match cause.who {
        Who::Origin => "whoever runs the origin acts",
        Who::Path => "whoever runs the network between edge and origin acts",
        Who::Edge => "whoever configures the edge acts",
        Who::Client => "the visitors' side acts",
    };
    let statuses: Vec<String> = cause.expectations.edge_statuses.iter().map(u16::to_string).collect();
    let shown = match statuses.as_slice() {
        [] => String::new(),
        statuses => format!(" The edge shows {}.", statuses.join(", ")),
    };
    format!("Seen {seen}; {acts}.{shown}")
}

/// What speaks for it and what against: the signs that it lets expect, and how often each is seen, as a table.
fn signs(cause: &Cause) -> String {
    let expects = cause.expectations.expects.iter();
    let (mut more, mut less): (Vec<_>, Vec<_>) = expects
        .filter(|(number, often)| ALL[*number].otherwise != *often)
        .map(|&(number, often)| (often, ALL[number]))
        .partition(|(often, sign)| *often > sign.otherwise);
    more.sort_by_key(|(often, _)| std::cmp::Reverse(*often));
    less.sort_by_key(|(often, _)| *often);
    let row = |(often, sign): &(Frequency, &Sign)| {
        format!(
            "| {:20} | {:12} | {} |\n",
            seen(shares(*often).0),
            seen(shares(sign.otherwise).1),
            sign.about
        )
    };
    let table = |signs: &[(Frequency, &Sign)]| signs.iter().map(row).collect::<String>();
    format!(
        "## Signs\nHow often each is seen in requests that failed in the same way. Where it is seen more often otherwise, it speaks against.\n\n\
         | with this cause      | otherwise    | sign |\n| -------------------- | ------------ | ---- |\n{}{}",
        table(&more),
        table(&less)
    )
}

/// A share in words: `in 4 of 5`.
fn seen(share: f64) -> String {
    let of = |part: f64, whole: f64| format!("in {part:.0} of {whole:.0}");
    if share < 0.1 {
        return of(1.0, (1.0 / share).round());
    }
    let (part, whole) = [5.0, 10.0, 20.0, 50.0, 100.0]
        .map(|whole| ((share * whole).round(), whole))
        .into_iter()
        .find(|(part, whole)| (part / whole - share).abs() < 0.005)
        .unwrap_or((share * 100.0, 100.0));
    of(part, whole)
}

/// What the check's output says where it is the cause, and where it is not.
fn expected(cause: &Cause) -> String {
    let item = |name: &str, text: &str| {
        format!("- {}", wrap(&format!("{name}: {text}"), WIDTH - 2, usize::MAX).join("\n  "))
    };
    format!("{}\n{}", item("Confirms", &cause.confirms), item("Refutes", &cause.refutes))
}

/// A remedy under a heading of its own, its snippet set off as code.
fn remedy(remedy: &Remedy) -> String {
    let code = |line: &str| if line.is_empty() { String::from("\n") } else { format!("    {line}\n") };
    let part = |(place, text): (&str, &str)| {
        let lines: String = example(text).lines().map(code).collect();
        if place.is_empty() { lines } else { format!("{}:\n\n{lines}", example(place)) }
    };
    let snippet = remedy.parts().map(part).collect::<Vec<String>>().join("\n");
    let why = wrap(&example(&remedy.why), WIDTH, usize::MAX).join("\n");
    let item = |text: String| format!("- {}", wrap(&example(&text), WIDTH - 2, usize::MAX).join("\n  "));
    let risk = item(format!("Risk: {}", remedy.risk));
    let undo = item(format!("To undo: {}", remedy.rollback));
    let target = Target::from(remedy.target).words();
    let deed = match remedy.purpose {
        Purpose::Change => "",
        Purpose::Measure => "; shows more, changes nothing",
    };
    format!("### {} ({target}{deed})\n\n{snippet}\n{why}\n\n{risk}\n{undo}\n", remedy.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_what_it_is_how_to_confirm_and_how_to_fix_it_and_leaves_no_gap() {
        for cause in causes::ALL {
            let page = page(cause);
            assert!(page.contains(&example(&cause.check)), "{}: no check", cause.slug);
            assert!(page.contains("\n- Confirms: ") && page.contains("\n- Refutes: "), "{}", cause.slug);
            for remedy in &cause.remedies {
                assert!(
                    page.contains(&format!("### {} (", remedy.title)),
                    "{}: {}",
                    cause.slug,
                    remedy.title
                );
            }
            for placeholder in Placeholder::all() {
                assert!(!page.contains(placeholder.written()), "{}: {placeholder:?}", cause.slug);
            }
        }
    }

    #[test]
    fn a_page_says_which_names_of_its_commands_are_examples() {
        for cause in causes::ALL {
            let page = page(cause);
            let (head, rest) = page.split_once("## What it is").expect("a page begins with what it is");
            let told = head.split_whitespace().collect::<Vec<&str>>().join(" ");
            let commands: String = rest.lines().filter(|line| line.starts_with("    ")).collect();
            for (name, stands_for) in [
                ("capture.pcap", "capture.pcap your capture"),
                ("port == 443", "443 the origin's port"),
                ("tcp.stream == 12", "12 the number of a TCP stream"),
            ] {
                assert!(!commands.contains(name) || told.contains(stands_for), "{}: {name}", cause.slug);
            }
        }
    }

    #[test]
    fn a_page_has_each_expectation_that_tells_anything_as_a_row_in_words() {
        for cause in causes::ALL {
            let page = page(cause);
            for &(number, often) in &cause.expectations.expects {
                let sign = ALL[number];
                let row = page.lines().find(|line| line.ends_with(&format!(" | {} |", sign.about)));
                let told = row.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
                let words = [seen(shares(often).0), seen(shares(sign.otherwise).1)];
                let expected =
                    (often != sign.otherwise).then(|| vec!["", &words[0], &words[1], sign.about, ""]);
                assert_eq!(told, expected, "{}: {}", cause.slug, sign.id);
            }
        }
        let levels =
            [Frequency::Never, Frequency::Seldom, Frequency::Often, Frequency::Mostly, Frequency::Always];
        for level in levels {
            let share = shares(level).0;
            let words = seen(share);
            let (part, whole) = words.strip_prefix("in ").and_then(|words| words.split_once(" of ")).unwrap();
            let told = part.parse::<f64>().unwrap() / whole.parse::<f64>().unwrap();
            assert!((told / share - 1.0).abs() < 0.05, "{level:?} is {words}");
        }
    }

    #[test]
    fn the_page_of_a_cause_reads_well() {
        let cause = causes::find("keepalive-request-cap").map(page);
        insta::assert_snapshot!(cause.unwrap_or_default());
    }
}
