//! What speaks for `fd-exhausted`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::quote;
use crate::time::Duration;

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

const USED_UP: &[&str] = &[
    "nginx-files-used-up",
    "apache-files-used-up",
    "haproxy-sockets-used-up",
    "haproxy-resources-used-up",
    "lighttpd-files-used-up",
    "varnish-files-used-up",
    "php-fpm-files-used-up",
    "node-files-used-up",
    "java-files-used-up",
    "go-files-used-up",
    "ruby-files-used-up",
    "kernel-files-used-up",
];

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = signs::from_own_message(case, incident, USED_UP, strength::PROOF).unwrap_or_default();
    // A server without a free descriptor cannot accept the connection, so its log line cannot name the request.
    if !weight.positive
        && (signs::process_went_away(case, incident) || signs::waited_for_nothing(case, incident))
        && let Some(row) =
            signs::messages_near(case, incident, USED_UP, Duration::SECOND, Duration::SECOND).next()
    {
        let text = format!("no file descriptors are left: {}", quote(&row.line.text));
        weight = weight.shown(strength::STRONG, text, row.place, row.line.time);
    }
    weight.some()
}
