//! The root causes that rayscope can name, one file a cause. A new cause is one new file, its text, and one line in `ALL`.

pub mod catalogue;
pub mod signs;
pub mod weight;

mod bare_lf;
mod client_abort;
mod connect_refused;
mod connect_timeout;
mod empty_response;
mod firewall_drop;
mod invalid_header;
mod invalid_status_line;
mod keepalive_race;
mod oom_kill;
mod origin_error_status;
mod request_header_too_large;
mod reset_before_response;
mod response_header_too_large;
mod slow_response;
mod tls_certificate_expired;
mod tls_no_shared_cipher;
mod tls_plaintext_on_port;
mod truncated_response;
mod upstream_closed_early;
mod upstream_refused;
mod upstream_timeout;
mod worker_crash;
mod worker_pool_exhausted;

use crate::correlate::{Case, Incident};
use crate::evidence::ConnectionRow;
use crate::evidence::failure::refused_by_edge;
use crate::flow::Arrival;
use crate::http::conform::Rule;

pub use catalogue::{Cause, Layer, Level, Remedy, Who};
pub use weight::{Term, Weight};

/// Every cause, by layer.
pub const ALL: &[&Cause] = &[
    &connect_refused::CAUSE,
    &connect_timeout::CAUSE,
    &firewall_drop::CAUSE,
    &keepalive_race::CAUSE,
    &tls_no_shared_cipher::CAUSE,
    &tls_certificate_expired::CAUSE,
    &tls_plaintext_on_port::CAUSE,
    &empty_response::CAUSE,
    &reset_before_response::CAUSE,
    &truncated_response::CAUSE,
    &response_header_too_large::CAUSE,
    &request_header_too_large::CAUSE,
    &invalid_header::CAUSE,
    &bare_lf::CAUSE,
    &invalid_status_line::CAUSE,
    &worker_crash::CAUSE,
    &oom_kill::CAUSE,
    &worker_pool_exhausted::CAUSE,
    &slow_response::CAUSE,
    &upstream_refused::CAUSE,
    &upstream_timeout::CAUSE,
    &upstream_closed_early::CAUSE,
    &origin_error_status::CAUSE,
    &client_abort::CAUSE,
];

/// The cause of a slug.
pub fn find(slug: &str) -> Option<&'static Cause> {
    ALL.iter().find(|cause| cause.slug == slug).copied()
}

/// The connection of a case whose SYNs were never answered: the first and the last of them.
fn unanswered_syn<'a>(
    case: &'a Case,
    incident: &'a Incident,
) -> Option<(&'a ConnectionRow, Arrival, Arrival)> {
    case.connections(incident).find_map(|row| {
        let handshake = &row.connection.handshake;
        let syn = handshake.syn.filter(|_| handshake.syn_acks == 0 && row.connection.reset.is_none())?;
        Some((row, syn, handshake.last_syn.unwrap_or(syn)))
    })
}

/// The weight of broken rules: proof where the edge is known to refuse them, else by contrast: failing responses have it, healthy
/// ones have not (parsers differ).
fn broken_rules(case: &Case, incident: &Incident, rules: &[Rule]) -> Option<Weight> {
    let mut weight = Weight::new();
    for (row, at, finding) in signs::findings(case, incident, rules) {
        let text = format!("the response has {}", signs::describe(finding));
        if refused_by_edge(finding.rule) {
            weight = weight.shown(weight::strength::PROOF, text, row.place(at), signs::when(at));
        } else if incident.population.sets_failing_apart(finding.rule) {
            let text = format!("{text}; no healthy response of the capture has it");
            weight = weight.shown(weight::strength::LIKELY, text, row.place(at), signs::when(at));
        }
        if !weight.terms.is_empty() {
            break;
        }
    }
    weight.some()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn slugs_are_unique_and_stable_ids() {
        let slugs: BTreeSet<&str> = ALL.iter().map(|cause| cause.slug).collect();
        assert_eq!(slugs.len(), ALL.len());
        for slug in slugs {
            assert!(
                slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{slug}"
            );
        }
    }

    #[test]
    fn every_cause_can_be_explained_and_fixed() {
        for cause in ALL {
            assert!(
                cause.doc.starts_with(&format!("# {}:", cause.slug)),
                "{}: the text names another cause",
                cause.slug
            );
            for section in ["## What it is", "## How it shows", "## How to confirm", "## How to fix"] {
                assert!(cause.doc.contains(section), "{}: no section {section}", cause.slug);
            }
            assert!(!cause.remedies.is_empty() && !cause.check.is_empty(), "{}", cause.slug);
        }
    }

    #[test]
    fn what_a_cause_wins_over_exists() {
        for cause in ALL {
            for loser in cause.wins_over {
                assert!(find(loser).is_some() || *loser == "bare-lf", "{} wins over {loser}", cause.slug);
            }
        }
    }
}
