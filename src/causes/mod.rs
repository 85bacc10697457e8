//! The root causes that rayscope can name, one folder a cause: `cause.toml` (what it is called, who acts, how to fix it), `text.md` (what
//! it is, for people) and `mod.rs` (how it judges a case). A new cause is a new folder and one line here: docs/adding-a-cause.md.

pub mod catalogue;
pub mod signs;
pub mod weight;

use std::sync::LazyLock;

pub use catalogue::{Cause, Layer, Level, Remedy, Target, Who};
pub use weight::{Term, Weight};

/// Declares the module of each folder, and their causes in the same order.
macro_rules! causes {
    ($($folder:ident),* $(,)?) => {
        $(mod $folder;)*

        static CATALOGUE: [Cause; [$(stringify!($folder)),*].len()] = [$(Cause {
            folder: stringify!($folder),
            entry: LazyLock::new(|| {
                catalogue::Entry::parse(include_str!(concat!(stringify!($folder), "/cause.toml")))
            }),
            text: include_str!(concat!(stringify!($folder), "/text.md")),
            reasoning: $folder::REASONING,
        }),*];
    };
}

// The order of the catalogue: from reaching the origin up to the visitor. Of two causes that weigh the same the first one wins.
causes! {
    connect_refused,
    connect_timeout,
    firewall_drop,
    firewall_reset,
    return_path_broken,
    host_unreachable,
    wrong_origin_address,
    accept_queue_overflow,
    syn_flood,
    conntrack_full,
    packet_loss,
    mtu_black_hole,
    middlebox_reset,
    keepalive_race,
    keepalive_request_cap,
    tls_no_shared_cipher,
    tls_protocol_version,
    tls_unknown_name,
    tls_certificate_expired,
    tls_certificate_self_signed,
    tls_certificate_name_mismatch,
    tls_certificate_incomplete_chain,
    tls_client_certificate_required,
    tls_plaintext_on_port,
    tls_handshake_timeout,
    alpn_mismatch,
    empty_response,
    reset_before_response,
    truncated_response,
    response_header_too_large,
    request_header_too_large,
    invalid_header,
    bare_lf,
    invalid_status_line,
    conflicting_length,
    duplicate_header,
    invalid_chunking,
    body_overrun,
    worker_crash,
    oom_kill,
    worker_pool_exhausted,
    fd_exhausted,
    slow_response,
    upstream_refused,
    upstream_timeout,
    upstream_closed_early,
    upstream_header_too_big,
    security_block,
    origin_error_status,
    edge_dns,
    tunnel_down,
    edge_queue_full,
    edge_block,
    edge_worker_error,
    redirect_loop,
    client_abort,
}

/// Every cause, in the order of the catalogue.
pub static ALL: &[Cause] = &CATALOGUE;

/// The cause of a slug.
pub fn find(slug: &str) -> Option<&'static Cause> {
    ALL.iter().find(|cause| cause.is(slug))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn slugs_are_unique_and_stable_ids() {
        let slugs: BTreeSet<&str> = ALL.iter().map(|cause| cause.slug.as_str()).collect();
        assert_eq!(slugs.len(), ALL.len());
        for slug in slugs {
            assert!(
                slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{slug}"
            );
        }
    }

    #[test]
    fn a_cause_lies_in_the_folder_of_its_slug() {
        for cause in ALL {
            assert!(cause.is(&cause.slug), "{} lies in {}", cause.slug, cause.folder);
        }
        assert!(find("keepalive_race").is_none() && find("keepalive-race").is_some());
    }

    #[test]
    fn every_cause_can_be_explained_and_fixed() {
        for cause in ALL {
            assert!(
                cause.text.starts_with(&format!("# {}:", cause.slug)),
                "{}: the text names another cause",
                cause.slug
            );
            for section in ["## What it is", "## How it shows", "## How to confirm", "## How to fix"] {
                assert!(cause.text.contains(section), "{}: no section {section}", cause.slug);
            }
            assert!(!cause.remedies.is_empty() && !cause.check.is_empty(), "{}", cause.slug);
        }
    }

    #[test]
    fn what_a_cause_wins_over_exists() {
        for cause in ALL {
            for loser in &cause.wins_over {
                assert!(find(loser).is_some(), "{} wins over {loser}", cause.slug);
            }
        }
    }
}
