//! Signs that pages of state show: what a machine or a server was like when somebody looked. Such a page has no moment, so it hints at most.

use super::sign::{Frequency, How, Observation, Sign, Viewpoint, or_absent, plain};
use crate::text::words::quote;

const fn state(id: &'static str, about: &'static str, signatures: &'static [&'static str]) -> Sign {
    Sign { otherwise: Frequency::Seldom, ..plain(id, about, How::State(signatures)) }
}

pub(super) const SIGNS: &[Sign] = &[
    state(
        "queue-full-seen",
        "a listener's queue was full when somebody looked",
        &["state-accept-queue-full", "state-accept-queue-overflowed"],
    )
    .one_with("accept-queue")
    .otherwise(Frequency::Never),
    state(
        "conntrack-at-limit",
        "the connection-tracking table was full when somebody looked",
        &["state-conntrack-at-limit"],
    )
    .one_with("conntrack")
    .otherwise(Frequency::Never),
    state(
        "half-open-queue-full",
        "the queue of half-open connections was full",
        &["state-half-open-queue-full"],
    ),
    state("path-loses", "a measurement of the path shows loss to its end", &["state-path-loss"])
        .one_with("loss"),
    state(
        "path-has-no-way",
        "a measurement of the path ends at a router without a way",
        &["state-path-unreachable"],
    )
    .one_with("no-route"),
    state("files-at-limit", "as many files are open as may be", &["state-files-at-limit"])
        .one_with("files-used-up"),
    state(
        "memory-short",
        "hardly any memory is left",
        &["state-memory-used-up", "state-swapping", "state-tcp-memory-short"],
    )
    .one_with("memory"),
    state("disk-full", "a file system is full", &["state-disk-full"]),
    state(
        "server-marked-down",
        "a proxy sends nothing to a server behind it",
        &["state-haproxy-server-down"],
    )
    .one_with("server-behind-refuses"),
    state(
        "workers-at-limit",
        "a server has as many workers or connections as it may",
        &[
            "state-php-fpm-max-children",
            "state-php-fpm-queue",
            "state-apache-no-idle-worker",
            "state-nginx-connections-dropped",
            "state-haproxy-at-limit",
        ],
    )
    .one_with("workers-busy"),
];

/// Looks for a fault of this kind in the pages of state, but those of a machine that serves other requests, and of one beside others where nothing
/// shows that it served this one.
pub(super) fn observe(look: &Viewpoint<'_>, signatures: &[&str]) -> Observation {
    let incident = look.incident;
    let machines = &incident.population.machines;
    let mut pages = incident
        .evidence
        .states
        .iter()
        .filter(|row| machines.would_tell_of(row.place.input(), look.case, &incident.evidence))
        .peekable();
    if pages.peek().is_none() {
        return Observation::NotVisible("no page of its machine's state tells of a fault");
    }
    or_absent(
        pages
            .find(|row| row.line.signature.is_some_and(|signature| signatures.contains(&signature)))
            .map(|row| look.seen(|| quote(&row.line.text), row.place, None)),
    )
}
