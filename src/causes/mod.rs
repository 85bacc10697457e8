//! The root causes that rayscope can name, one file a cause. A new cause is one new file, its text, and one line in `ALL`.

pub mod catalogue;
pub mod signs;
pub mod weight;

mod accept_queue_overflow;
mod alpn_mismatch;
mod bare_lf;
mod body_overrun;
mod client_abort;
mod conflicting_length;
mod connect_refused;
mod connect_timeout;
mod conntrack_full;
mod duplicate_header;
mod edge_block;
mod edge_dns;
mod edge_queue_full;
mod edge_worker_error;
mod empty_response;
mod fd_exhausted;
mod firewall_drop;
mod firewall_reset;
mod host_unreachable;
mod invalid_chunking;
mod invalid_header;
mod invalid_status_line;
mod keepalive_race;
mod keepalive_request_cap;
mod middlebox_reset;
mod mtu_black_hole;
mod oom_kill;
mod origin_error_status;
mod packet_loss;
mod redirect_loop;
mod request_header_too_large;
mod reset_before_response;
mod response_header_too_large;
mod return_path_broken;
mod security_block;
mod slow_response;
mod syn_flood;
mod tls_certificate_expired;
mod tls_certificate_incomplete_chain;
mod tls_certificate_name_mismatch;
mod tls_certificate_self_signed;
mod tls_client_certificate_required;
mod tls_handshake_timeout;
mod tls_no_shared_cipher;
mod tls_plaintext_on_port;
mod tls_protocol_version;
mod tls_unknown_name;
mod truncated_response;
mod tunnel_down;
mod upstream_closed_early;
mod upstream_header_too_big;
mod upstream_refused;
mod upstream_timeout;
mod worker_crash;
mod worker_pool_exhausted;
mod wrong_origin_address;

use crate::correlate::{Case, Incident};
use crate::evidence::ConnectionRow;
use crate::evidence::failure::refused_by_edge;
use crate::flow::{Arrival, Side};
use crate::http::conform::Rule;
use crate::tls::Certificate;

pub use catalogue::{Cause, Layer, Level, Remedy, Who};
pub use weight::{Term, Weight};

/// Every cause, in the order of the catalogue.
pub const ALL: &[&Cause] = &[
    &connect_refused::CAUSE,
    &connect_timeout::CAUSE,
    &firewall_drop::CAUSE,
    &firewall_reset::CAUSE,
    &return_path_broken::CAUSE,
    &host_unreachable::CAUSE,
    &wrong_origin_address::CAUSE,
    &accept_queue_overflow::CAUSE,
    &syn_flood::CAUSE,
    &conntrack_full::CAUSE,
    &packet_loss::CAUSE,
    &mtu_black_hole::CAUSE,
    &middlebox_reset::CAUSE,
    &keepalive_race::CAUSE,
    &keepalive_request_cap::CAUSE,
    &tls_no_shared_cipher::CAUSE,
    &tls_protocol_version::CAUSE,
    &tls_unknown_name::CAUSE,
    &tls_certificate_expired::CAUSE,
    &tls_certificate_self_signed::CAUSE,
    &tls_certificate_name_mismatch::CAUSE,
    &tls_certificate_incomplete_chain::CAUSE,
    &tls_client_certificate_required::CAUSE,
    &tls_plaintext_on_port::CAUSE,
    &tls_handshake_timeout::CAUSE,
    &alpn_mismatch::CAUSE,
    &empty_response::CAUSE,
    &reset_before_response::CAUSE,
    &truncated_response::CAUSE,
    &response_header_too_large::CAUSE,
    &request_header_too_large::CAUSE,
    &invalid_header::CAUSE,
    &bare_lf::CAUSE,
    &invalid_status_line::CAUSE,
    &conflicting_length::CAUSE,
    &duplicate_header::CAUSE,
    &invalid_chunking::CAUSE,
    &body_overrun::CAUSE,
    &worker_crash::CAUSE,
    &oom_kill::CAUSE,
    &worker_pool_exhausted::CAUSE,
    &fd_exhausted::CAUSE,
    &slow_response::CAUSE,
    &upstream_refused::CAUSE,
    &upstream_timeout::CAUSE,
    &upstream_closed_early::CAUSE,
    &upstream_header_too_big::CAUSE,
    &security_block::CAUSE,
    &origin_error_status::CAUSE,
    &edge_dns::CAUSE,
    &tunnel_down::CAUSE,
    &edge_queue_full::CAUSE,
    &edge_block::CAUSE,
    &edge_worker_error::CAUSE,
    &redirect_loop::CAUSE,
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
        let syn = handshake.syn.filter(|_| row.connection.is_unanswered())?;
        Some((row, syn, handshake.last_syn.unwrap_or(syn)))
    })
}

/// A fatal alert of one side, in the clear.
fn alerted(case: &Case, incident: &Incident, from: Side, description: u8) -> Weight {
    for row in case.connections(incident) {
        let alerts = row.tls.iter().flat_map(|tls| &tls.alerts);
        if let Some(alert) =
            alerts.into_iter().find(|alert| alert.from == from && alert.description == description)
        {
            let who = if from == Side::Server { "the origin" } else { "the edge" };
            let name = crate::tls::alert_name(description).unwrap_or("unknown");
            let text = format!("{who} ends the handshake with the alert {name} ({description})");
            return Weight::new().shown(
                weight::strength::STRONG,
                text,
                row.place(alert.at),
                signs::when(alert.at),
            );
        }
    }
    Weight::new()
}

/// The leaf of a certificate that the edge did not accept: it says 526, or its own alert ends the handshake.
fn refused_certificate<'a>(
    case: &'a Case,
    incident: &'a Incident,
) -> Option<(&'a ConnectionRow, &'a Certificate)> {
    case.connections(incident).find_map(|row| {
        let tls = row.tls.as_ref()?;
        let alerted = tls.alerts.iter().any(|alert| alert.from == Side::Client);
        let refused = case.edge_status() == Some(526) || alerted;
        tls.certificates.first().filter(|_| refused).map(|leaf| (row, leaf))
    })
}

/// Whether a request or a connection got nothing at all until the edge gave up.
fn waited_for_nothing(case: &Case, incident: &Incident) -> bool {
    signs::unanswered(case, incident)
        .is_some_and(|sign| sign.given_up().is_some() || sign.never_acknowledged())
        || unanswered_syn(case, incident).is_some()
}

/// The weight of broken rules: proof where the edge is known to refuse them, else by contrast: failing responses have it, healthy
/// ones have not (parsers differ).
fn broken_rules(case: &Case, incident: &Incident, rules: &[Rule]) -> Option<Weight> {
    let mut weight = Weight::new();
    for (row, at, finding) in signs::findings(case, incident, rules) {
        let text = format!("the response has {}", finding.describe());
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
