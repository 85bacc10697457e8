//! The edge's verdict on a message is the mission: malformed and borderline messages of HTTP/1 by their rule and their byte, with what the one they are
//! meant for makes of them (`messages.tsv`), beside what real programs do (`observed.tsv`, which `observe` writes). docs/strictness.md explains each difference.

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

mod messages;

use std::collections::{BTreeMap, BTreeSet};

use messages::{Message, Verdict, explained, messages, observed};
use rayscope::evidence::refused_by_edge;
use rayscope::flow::{Application, Arrival, End, PacketId, Side};
use rayscope::http::HttpConversation;
use rayscope::http::conform::{Finding, Rule};
use rayscope::http::exchange::{BodyState, Exchange};
use rayscope::time::Time;

/// What each program says of a message.
const PROGRAMS: &[&str] = &["nginx", "apache", "haproxy", "caddy", "curl"];
/// Header lines that the edge's parser has room for.
const MOST_LINES: usize = 256;

/// A conversation in which both sides say this, in packets of one size, and close.
fn conversation(request: &[u8], response: &[u8], size: usize) -> Vec<Exchange> {
    let mut conversation = HttpConversation::new(true);
    let mut frame = 0;
    let mut arrival = || {
        frame += 1;
        Arrival { time: Time(frame * 1_000_000), packet: PacketId::new(0, frame.unsigned_abs()) }
    };
    for (from, said) in [(Side::Client, request), (Side::Server, response)] {
        let mut offset = 0;
        for part in said.chunks(size) {
            conversation.bytes(&mut (), from, offset, part, arrival());
            offset += part.len() as u64;
        }
    }
    for (from, said) in [(Side::Server, response), (Side::Client, request)] {
        conversation.end(&mut (), from, said.len() as u64, End::Fin, arrival());
    }
    conversation.finish().0
}

fn in_words(findings: &[Finding], base: u64) -> impl Iterator<Item = (u64, String)> {
    findings.iter().map(move |finding| (finding.offset + base, format!("{:?}", finding.rule)))
}

/// What rayscope finds in a message, and which rules that are.
fn found(message: &Message, size: usize) -> (Vec<String>, Vec<Rule>) {
    let end = message.bytes.len() as u64;
    let mut found: Vec<(u64, String)> = Vec::new();
    let mut rules = Vec::new();
    let mut unasked = None;
    let state = if message.is_response {
        let request = format!("{} / HTTP/1.1\r\nHost: a.example\r\n\r\n", message.asked_with);
        let exchanges = conversation(request.as_bytes(), &message.bytes, size);
        let exchange = &exchanges[0];
        let second = exchanges.get(1).filter(|exchange| exchange.request.is_none());
        unasked = second.and_then(|exchange| exchange.response.as_deref()).map(|response| response.offset);
        let response = exchange.response.as_deref();
        let (base, findings) =
            response.map_or((0, &[][..]), |response| (response.offset, &response.findings));
        found.extend(in_words(findings, base));
        found.extend(in_words(&exchange.interim_findings, 0));
        rules.extend(findings.iter().chain(&exchange.interim_findings).map(|finding| finding.rule));
        // A status alone of interim responses is none.
        match response {
            Some(response)
                if response.status.is_some_and(|status| status < 200) && exchange.interim_responses > 0 =>
            {
                None
            }
            response => response.map(|response| response.body.state),
        }
    } else {
        let exchanges = conversation(&message.bytes, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", size);
        let request = exchanges.first().and_then(|exchange| exchange.request.as_ref());
        let findings = request.map_or(&[][..], |request| &request.findings);
        found.extend(in_words(findings, 0));
        rules.extend(findings.iter().map(|finding| finding.rule));
        request.map(|request| request.body.state)
    };
    match state {
        None => found.push((end, "no-answer".to_owned())),
        Some(BodyState::InHead(_)) => found.push((end, "head-cut".to_owned())),
        Some(BodyState::InBody(_)) => found.push((end, "body-cut".to_owned())),
        Some(BodyState::Complete | BodyState::Lost) => {}
    }
    // What comes unasked is no answer to the next request.
    found.extend(unasked.map(|offset| (offset, "unasked-answer".to_owned())));
    found.sort();
    (found.into_iter().map(|(offset, name)| format!("{name}@{offset}")).collect(), rules)
}

/// An engineer opens a hexdump at the byte that a report names; the wrong byte, or another rule's name, sends him to the wrong line of his code.
#[test]
fn each_message_breaks_the_rules_of_its_row_at_their_bytes_however_it_was_cut() {
    let mut wrong = Vec::new();
    for message in messages() {
        for size in [usize::MAX, 1, 7] {
            let (found, _) = found(&message, size);
            let mut expected = message.findings.clone();
            expected.sort();
            let mut sorted = found.clone();
            sorted.sort();
            if sorted != expected {
                wrong.push(format!(
                    "{} in pieces of {size}: {found:?}, not {:?}",
                    message.id, message.findings
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_is_large_and_each_row_has_its_source() {
    let messages = messages();
    let ids: BTreeSet<&str> = messages.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(ids.len(), messages.len());
    assert!(messages.len() >= 150);
    assert!(messages.iter().filter(|message| message.is_response).count() >= 150);
    assert!(messages.iter().all(|message| !message.source.is_empty()));
}

/// If the judgement of a rule says otherwise than the table, one of them is wrong about the edge.
#[test]
fn a_response_is_a_failure_by_itself_where_its_row_says_refuse() {
    for message in messages().iter().filter(|message| message.is_response) {
        let (found, rules) = found(message, usize::MAX);
        let is_incomplete = found.iter().any(|text| text.contains("-cut@") || text.starts_with("no-answer@"));
        // A limit beside the rules, as that on the head's bytes.
        let is_too_long = rules.contains(&Rule::TooManyLines);
        let refused = is_incomplete || is_too_long || rules.iter().any(|rule| refused_by_edge(*rule));
        assert_eq!(refused, message.verdict == Verdict::Refuse, "{}: {found:?}", message.id);
    }
}

/// httparse with the options that pingora sets. What it takes may be refused behind it, for its status or its lengths; what it refuses is refused.
#[test]
fn a_head_that_the_edges_published_parser_refuses_is_refused() {
    for message in messages().iter().filter(|message| message.is_response) {
        let mut room = [httparse::EMPTY_HEADER; MOST_LINES];
        let mut config = httparse::ParserConfig::default();
        config.allow_spaces_after_header_name_in_responses(true);
        config.allow_obsolete_multiline_headers_in_responses(true);
        let read = config.parse_response(&mut httparse::Response::new(&mut room), &message.bytes);
        if !matches!(read, Ok(httparse::Status::Complete(_))) {
            assert!(message.verdict != Verdict::Tolerate, "{}: {read:?}", message.id);
        }
        if message.verdict == Verdict::Depends {
            assert!(
                read.is_ok()
                    || message
                        .findings
                        .iter()
                        .any(|found| found.starts_with("Space") || found.starts_with("Fold")),
                "{}: {read:?}",
                message.id
            );
        }
    }
}

/// Where real programs disagree with the table, docs/strictness.md says why; what it says is what they do.
#[test]
fn every_difference_between_verdicts_is_explained() {
    let (messages, observed) = (messages(), observed());
    let mut differ = BTreeSet::new();
    for message in &messages {
        for program in PROGRAMS {
            let Some(takes) = observed.get(&(message.id.clone(), (*program).to_owned())) else {
                assert!(!message.is_response && *program == "curl", "{}: nothing of {program}", message.id);
                continue;
            };
            let did = if *takes { "takes" } else { "refuses" };
            let differs = match message.verdict {
                Verdict::Refuse => *takes,
                Verdict::Tolerate => !takes,
                Verdict::Depends => false,
            };
            if differs {
                differ.insert((message.id.clone(), (*program).to_owned(), did.to_owned()));
            }
        }
    }
    let told = explained();
    let explained: BTreeSet<_> = told.iter().cloned().collect();
    assert_eq!(told.len(), explained.len(), "explained twice");
    let missing = by_program(differ.difference(&explained));
    let stale = by_program(explained.difference(&differ));
    assert!(
        missing.is_empty() && stale.is_empty(),
        "not explained: {missing:#?}\nexplained, and not so: {stale:#?}"
    );
}

/// What is listed of each program, so that a person reads it.
fn by_program<'a>(
    rows: impl Iterator<Item = &'a (String, String, String)>,
) -> BTreeMap<String, Vec<&'a str>> {
    let mut grouped: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (id, program, did) in rows {
        grouped.entry(format!("{program} {did}")).or_default().push(id);
    }
    grouped
}
