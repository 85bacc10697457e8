//! What is wrong with the steps and commands of a report, as far as the report itself tells.

use std::collections::BTreeSet;

use rayscope::report::model::{Applies, Cause, CheckKind, InputKind, Purpose, Target, Who};

use crate::Reported;

/// Words that stood for values which an incident did not show, and files that no incident has.
const GAPS: [&str; 9] = [
    "ORIGIN_ADDRESS",
    "EDGE_RANGE",
    "UPSTREAM",
    "/PATH",
    "capture.pcap",
    "cloudflare.ndjson",
    "TUNNEL_ID",
    "NAME=;",
    "GATEWAY\n",
];

/// All of them.
pub fn faults(reported: &Reported) -> Vec<String> {
    let mut wrong = Vec::new();
    for cause in &reported.report.causes {
        let told = gaps(reported, cause).into_iter().chain(ports(reported, cause));
        let told = told.chain(kinds(cause)).chain(first_step(reported, cause));
        wrong.extend(told.map(|fault| reported.at(cause, &fault)));
    }
    wrong
}

/// Gaps in what is pasted, and a cause without anything to paste.
fn gaps(reported: &Reported, cause: &Cause) -> Vec<String> {
    let commands = cause.checks.iter().map(|check| check.command.as_str());
    let parts = cause.remediation.iter().flat_map(|remedy| &remedy.parts).map(|part| part.text.as_str());
    let is_input = |word: &str| reported.report.inputs.iter().any(|input| input.path.ends_with(word));
    let mut wrong: Vec<String> = commands
        .chain(parts)
        .flat_map(|text| {
            let words = GAPS.iter().filter(|word| text.contains(**word) && !is_input(word));
            let of_word = words.map(move |word| format!("{word} in {text}"));
            of_word.chain(named_gap(text).map(|name| format!("{{{name}}} in {text}")))
        })
        .collect();
    if cause.remediation.iter().all(|remedy| remedy.parts.is_empty()) {
        wrong.push("nothing to paste".to_owned());
    }
    wrong
}

/// A placeholder that nothing filled. Braces of programs have other words in them.
fn named_gap(text: &str) -> Option<&str> {
    let gaps = text.match_indices('{').filter(|(at, _)| !text[..*at].ends_with(['$', '%', '{']));
    let mut names = gaps.filter_map(|(at, _)| Some(text[at + 1..].split_once('}')?.0));
    names.find(|name| {
        rayscope::causes::placeholder::Placeholder::all().any(|one| one.written() == format!("{{{name}}}"))
    })
}

/// Ports that a command asks and that no connection of the cause has.
fn ports(reported: &Reported, cause: &Cause) -> Vec<String> {
    let cases = reported.report.cases.iter().filter(|case| case.slug == cause.slug);
    let connections = cases.filter_map(|case| case.connection.as_ref());
    let seen: BTreeSet<&str> =
        connections.filter_map(|connection| Some(connection.server.rsplit_once(':')?.1)).collect();
    if seen.is_empty() {
        return Vec::new();
    }
    let asks = cause.checks.iter().filter(|check| check.kind != CheckKind::Inputs);
    let asked = asks.flat_map(|check| {
        let after = ["--resolve ", "-connect ", "sport = "].into_iter();
        after.filter_map(|option| {
            let word = check.command.split_once(option)?.1.split([' ', ')']).next()?;
            word.split(':')
                .find(|part| part.parse::<u16>().is_ok())
                .or(Some(word).filter(|w| w.starts_with(':')))
        })
    });
    let wrong = asked.filter(|port| !seen.contains(port.trim_start_matches(':')));
    wrong.map(|port| format!("asks port {port}, seen were {seen:?}")).collect()
}

/// Commands that read no inputs are marked.
fn kinds(cause: &Cause) -> Vec<String> {
    const ONLINE: [&str; 9] = [
        "curl ",
        "ss -",
        "journalctl",
        "openssl s_client",
        "nstat ",
        "systemctl",
        "sysctl ",
        "nginx -T",
        "ping ",
    ];
    // A message that is looked for may end like a program's name: "dropping packet".
    let is_wrong =
        |command: &str| ONLINE.iter().any(|word| format!(" {command}").contains(&format!(" {word}")));
    let over_inputs = cause.checks.iter().filter(|check| check.kind == CheckKind::Inputs);
    over_inputs
        .filter(|check| is_wrong(&check.command))
        .map(|check| format!("is told to read the inputs: {}", check.command))
        .collect()
}

/// A first step for a server that was not seen while another was, or one that only shows more while others help.
fn first_step(reported: &Reported, cause: &Cause) -> Vec<String> {
    let Some(first) = cause.remediation.first() else { return vec!["no step".to_owned()] };
    let mut wrong = Vec::new();
    let fits = |applies| matches!(applies, Applies::Seen | Applies::Any);
    let helps = |purpose| purpose == Purpose::Change;
    let elsewhere = [Target::Cloudflare, Target::Aws, Target::Terraform, Target::Ansible];
    let better = cause.remediation.iter().any(|remedy| {
        let is_here = cause.who != Who::Origin || !elsewhere.contains(&remedy.target);
        fits(remedy.applies) && helps(remedy.purpose) && !remedy.parts.is_empty() && is_here
    });
    if better && !(fits(first.applies) && helps(first.purpose)) {
        wrong.push(format!("its first step is {:?} {:?}: {}", first.applies, first.purpose, first.title));
    }
    let server = match first.target {
        Target::Nginx => "nginx",
        Target::Apache => "apache",
        Target::Haproxy => "haproxy",
        _ => return wrong,
    };
    let logs = reported
        .report
        .inputs
        .iter()
        .filter(|input| matches!(input.kind, InputKind::AccessLog | InputKind::ErrorLog));
    let others = ["nginx", "apache", "haproxy"];
    let formats = logs.filter_map(|input| input.format.as_deref());
    let writer = |format: &str| others.into_iter().find(|name| format.starts_with(name));
    let writers: BTreeSet<&str> = formats.filter_map(writer).collect();
    if first.applies != Applies::Seen && !writers.is_empty() && !writers.contains(server) {
        wrong.push(format!("its first step is for {server}, the logs are those of {writers:?}"));
    }
    wrong
}
