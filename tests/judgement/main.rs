//! Every cause is named where it is at work, for the sign that tells it, and not where the same line, status or packet has another cause.

#![allow(clippy::expect_used, reason = "a test that cannot write its evidence has failed")]

mod application;
mod backends;
mod behind;
mod beside;
mod busy;
mod connecting;
mod conversation;
mod cut;
mod deaths;
mod delivery;
mod disagreeing;
mod edge;
mod error_pages;
mod go;
mod handed_in;
mod handshakes;
mod hops;
mod http;
mod http2;
mod incident;
mod inside;
mod keepalive;
mod limits;
mod logs_alone;
mod misleading;
mod own_line;
mod programs;
mod proxy_header;
mod request;
mod said;
mod sampled;
mod sparse_records;
#[path = "../support/mod.rs"]
mod support;
mod tcp;
mod tcp_proxy;
mod tls;
mod tls_ended;
mod tls_messages;
mod tunnel;
mod two_servers;
mod without_edge_log;

use incident::Incident;
use rayscope::causes::{ALL, find};
use rayscope::signs;

/// A cause at work, and what looks like it.
pub struct Trial {
    /// The cause.
    pub slug: &'static str,
    /// The sign for which it is named.
    pub sign: &'static str,
    /// It at work.
    pub at_work: fn() -> Incident,
    /// What looks like it.
    pub decoys: &'static [Decoy],
}

/// An incident that bears the mark of a cause that is not at work.
pub struct Decoy {
    /// What it has in common with that cause.
    pub mark: &'static str,
    /// What is named in its place; `None` where nothing is.
    pub named: Option<&'static str>,
    /// The incident.
    pub told: fn() -> Incident,
}

/// A cause that cannot be told today, at work.
struct Untold {
    slug: &'static str,
    why: &'static str,
    /// What is named in its place at most: what is true, too.
    named: Option<&'static str>,
    at_work: fn() -> Incident,
}

const UNTOLD: &[Untold] = &[Untold {
    slug: "edge-unbound-host",
    why: "a host whose every request the edge answers itself may as well have a name without an address or a tunnel that is down; only a page tells these apart, and none has a code of its own",
    named: None,
    at_work: edge::unbound,
}];

/// All trials.
fn trials() -> impl Iterator<Item = &'static Trial> {
    let layers = [
        tcp::TRIALS,
        keepalive::TRIALS,
        tls::TRIALS,
        http::TRIALS,
        http2::TRIALS,
        edge::TRIALS,
        error_pages::TRIALS,
        behind::TRIALS,
    ];
    layers.into_iter().chain(application::TRIALS).flatten()
}

/// What is wrong with a trial, in words.
fn faults(trial: &Trial) -> Vec<String> {
    let judged = (trial.at_work)().judged();
    let mut faults = Vec::new();
    faults.extend(judged.is_empty().then(|| format!("{}: nothing fails", trial.slug)));
    for case in &judged {
        if case.slug.as_deref() != Some(trial.slug) {
            faults.push(format!("{} is not named but {:?}: {}", trial.slug, case.slug, case.account));
        } else if !case.seen.contains(&trial.sign) {
            faults.push(format!("{} is named without {}: {}", trial.slug, trial.sign, case.account));
        }
    }
    faults.extend(trial.decoys.iter().flat_map(taken_in));
    faults
}

/// Where a decoy is taken for what it looks like, in words.
fn taken_in(decoy: &Decoy) -> Vec<String> {
    let judged = (decoy.told)().judged();
    let none = judged.is_empty() && decoy.named.is_some();
    let wrong = judged.iter().filter(|case| case.slug.as_deref() != decoy.named);
    let told = wrong
        .map(|case| format!("{}: not {:?} but {:?}: {}", decoy.mark, decoy.named, case.slug, case.account));
    told.chain(none.then(|| format!("{}: nothing fails", decoy.mark))).collect()
}

fn hold(trials: &[Trial]) {
    let faults: Vec<String> = trials.iter().filter_map(|trial| faults(trial).into_iter().next()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn causes_of_reaching_the_origin() {
    hold(tcp::TRIALS);
}

#[test]
fn causes_of_keeping_the_connection() {
    hold(keepalive::TRIALS);
}

#[test]
fn causes_of_the_handshake() {
    hold(tls::TRIALS);
}

#[test]
fn causes_of_the_messages_of_http() {
    hold(http::TRIALS);
}

#[test]
fn causes_that_the_answer_itself_names() {
    hold(error_pages::TRIALS);
}

#[test]
fn causes_that_packets_of_the_hop_behind_show() {
    hold(behind::TRIALS);
}

#[test]
fn causes_of_the_streams_of_http2() {
    hold(http2::TRIALS);
}

#[test]
fn causes_of_the_application_and_its_host() {
    application::TRIALS.into_iter().for_each(hold);
}

#[test]
fn causes_at_the_edge_and_at_the_visitor() {
    hold(edge::TRIALS);
}

#[test]
fn every_cause_has_a_trial_with_a_decoy() {
    for cause in ALL {
        let tried: Vec<&Trial> = trials().filter(|trial| trial.slug == cause.slug).collect();
        let untold = UNTOLD.iter().filter(|untold| untold.slug == cause.slug).count();
        assert_eq!(tried.is_empty(), untold == 1, "{}", cause.slug);
        assert!(tried.iter().all(|trial| !trial.decoys.is_empty()), "{}: no decoy", cause.slug);
    }
    for trial in trials() {
        let sign = signs::number_of(trial.sign);
        let cause = find(trial.slug).map(|cause| &cause.expectations);
        let expected = sign.is_some_and(|sign| cause.is_some_and(|cause| cause.of(sign).is_some()));
        assert!(expected, "{} does not expect {}", trial.slug, trial.sign);
        let named = |decoy: &Decoy| decoy.named.is_none_or(|slug| slug != trial.slug && find(slug).is_some());
        assert!(trial.decoys.iter().all(named), "{}: a decoy names it, or what is no cause", trial.slug);
    }
}

#[test]
fn what_cannot_be_told_is_not_told_wrongly() {
    for untold in UNTOLD {
        let judged = (untold.at_work)().judged();
        assert!(!judged.is_empty() && !untold.why.is_empty(), "{}: nothing fails", untold.slug);
        for case in judged {
            let named = case.slug.as_deref();
            assert!(named.is_none() || named == untold.named, "{}: {}", untold.slug, case.account);
        }
    }
}

#[test]
fn signs_that_misled_people_mislead_nobody_here() {
    let faults: Vec<String> =
        misleading::DECOYS.iter().filter_map(|decoy| taken_in(decoy).into_iter().next()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
