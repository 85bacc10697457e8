//! The root causes that rayscope can name, one folder a cause: `cause.toml` (what it is called, who acts, how to fix it), `text.md` (what
//! it is, for people) and `judgement.toml` (what it brings about and which signs it lets expect). A new cause is a new folder and one line
//! here: docs/adding-a-cause.md.

pub(crate) mod catalogue;
pub(crate) mod expectation;
pub(crate) mod language;
mod measured;
pub mod placeholder;
pub(crate) mod remedy;

use std::sync::LazyLock;

pub use catalogue::{Cause, CauseForm, CheckReads, FigureKind, Layer, WantedSetting, Who};
pub use expectation::Expectations;
pub use language::Language;
pub use remedy::{Purpose, Remedy, Runtime, Target};

/// Declares the cause of each folder, in the same order.
macro_rules! causes {
    ($($folder:ident),* $(,)?) => {
        static CATALOGUE: [Cause; [$(stringify!($folder)),*].len()] = [$(Cause {
            folder: stringify!($folder),
            entry: LazyLock::new(|| {
                catalogue::CatalogueEntry::parse(include_str!(concat!(stringify!($folder), "/cause.toml")))
            }),
            text: include_str!(concat!(stringify!($folder), "/text.md")),
            expectations: LazyLock::new(|| {
                expectation::Expectations::parse(include_str!(concat!(stringify!($folder), "/judgement.toml")))
            }),
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
    tls_split_hello,
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
    http2_protocol_error,
    worker_crash,
    oom_kill,
    worker_pool_exhausted,
    fd_exhausted,
    restart_window,
    slow_response,
    upstream_refused,
    upstream_timeout,
    upstream_closed_early,
    upstream_header_too_big,
    upstream_name,
    backend_pool_stalled,
    request_framing,
    proxy_protocol_mismatch,
    security_block,
    client_throttle,
    origin_error_status,
    edge_dns,
    tunnel_down,
    edge_queue_full,
    edge_block,
    edge_worker_error,
    edge_unbound_host,
    edge_limits,
    edge_outage,
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

    use super::placeholder::Placeholder;
    use super::*;
    use crate::logs::documents::is_read;

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
        let sections =
            ["What it is", "How it shows", "How to confirm", "How to fix", "What it is not", "Sources"];
        for cause in ALL {
            let headings: Vec<&str> =
                cause.text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(headings, sections, "{}", cause.slug);
            for gap in ["    {check}\n", "\n{remedies}\n"] {
                assert_eq!(
                    cause.text.matches(gap).count(),
                    1,
                    "{}: {gap} stands where it is shown",
                    cause.slug
                );
            }
            assert!(!cause.remedies.is_empty() && !cause.check.is_empty(), "{}", cause.slug);
            for remedy in &cause.remedies {
                assert!(remedy.language().is_some(), "{}: {}: say its language", cause.slug, remedy.title);
            }
        }
    }

    #[test]
    fn a_check_says_what_to_expect_and_a_form_has_a_sign() {
        for cause in ALL {
            for text in [&cause.confirms, &cause.refutes] {
                assert!(
                    text.ends_with('.') && !text.contains('{') && text.len() < 400,
                    "{}: {text}",
                    cause.slug
                );
            }
            for form in &cause.forms {
                let known = crate::signs::number_of(&form.sign).is_some();
                assert!(known, "{}: {} is no sign", cause.slug, form.sign);
            }
        }
    }

    #[test]
    fn a_snippet_names_nothing_in_braces_that_is_never_filled() {
        let name = |rest: &str| rest.split_once('}').map(|(name, _)| name.to_owned());
        let is_name =
            |name: &String| !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        for cause in ALL {
            let parts = cause.remedies.iter().flat_map(|remedy| remedy.parts());
            for text in parts.flat_map(|(place, text)| [place, text]).chain([cause.check.as_str()]) {
                for name in text.split('{').skip(1).filter_map(name).filter(is_name) {
                    let known = Placeholder::all().any(|known| known.written() == format!("{{{name}}}"));
                    assert!(known, "{}: {{{name}}}", cause.slug);
                }
            }
        }
    }

    #[test]
    fn a_setting_that_bears_on_a_cause_is_read_from_configurations() {
        for cause in ALL {
            for setting in &cause.settings {
                let read = is_read(setting.program, &setting.directive);
                assert!(read, "{}: {} is never found", cause.slug, setting.directive);
            }
        }
        let cap = find("keepalive-request-cap").unwrap();
        assert_eq!(cap.settings[0].directive, "keepalive_requests");
    }

    #[test]
    fn every_cause_has_its_place_in_the_tree_and_expects_signs_that_there_are() {
        for cause in ALL {
            let expectations = &cause.expectations;
            let stands = !expectations.names.is_empty() || !expectations.mechanism.is_empty();
            assert!(stands || !expectations.root.is_empty(), "{} brings nothing about", cause.slug);
            assert_eq!(expectations.root.is_empty(), expectations.under.is_empty(), "{}", cause.slug);
            for under in &expectations.under {
                let mechanism = find(under).unwrap_or_else(|| panic!("{} lies behind {under}", cause.slug));
                let joint =
                    expectations.root.iter().any(|outcome| mechanism.expectations.is_mechanism_of(*outcome));
                assert!(joint, "{} and {under} bring about nothing in common", cause.slug);
            }
            for outcome in &expectations.root {
                let behind = |slug: &String| {
                    find(slug).is_some_and(|cause| cause.expectations.is_mechanism_of(*outcome))
                };
                assert!(
                    expectations.under.iter().any(behind),
                    "{}: nothing stands before it for {outcome:?}",
                    cause.slug
                );
            }
            let text = std::fs::read_to_string(format!(
                "{}/src/causes/{}/judgement.toml",
                env!("CARGO_MANIFEST_DIR"),
                cause.folder
            ))
            .unwrap();
            for sign in expectation::signs_named_in(&text) {
                assert!(
                    crate::signs::number_of(&sign).is_some(),
                    "{} expects {sign}, which is no sign",
                    cause.slug
                );
            }
        }
    }

    #[test]
    fn every_sign_is_expected_by_a_cause() {
        for (number, sign) in crate::signs::ALL.iter().enumerate() {
            assert!(
                ALL.iter().any(|cause| cause.expectations.of(number).is_some()),
                "nothing expects {}",
                sign.id
            );
        }
    }
}
