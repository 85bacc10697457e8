//! Signs without a moment, which hint at most: of pages of state, what a machine or a server was like when somebody looked, and of logs whose lines have no
//! instants (uvicorn's, what a program writes to its console).

use std::net::{IpAddr, SocketAddr};

use super::line_table::{ALL_BUSY, FILES_USED_UP, REQUEST_HEAD_TOO_LARGE};
use super::program_lines::DATABASE;
use super::sign::{Frequency, How, Observation, Sign, Viewpoint, absent, look, plain};
use crate::evidence::MessageRow;
use crate::facts::deaths::{KILLED_FOR_MEMORY, PROCESS_DIED};
use crate::facts::gateways;
use crate::text::words::quote;
use crate::tls::any_covers;

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
    state(
        "files-used-up-somewhen",
        "a log without instants says that no file descriptors are left",
        FILES_USED_UP,
    )
    .one_with("files-used-up")
    .otherwise(Frequency::Never),
    state("died-somewhen", "a log without instants says that a process died", PROCESS_DIED).one_with("death"),
    state(
        "killed-for-memory-somewhen",
        "a log without instants says that a process was killed for memory",
        KILLED_FOR_MEMORY,
    )
    .one_with("memory"),
    state("all-busy-somewhen", "a log without instants says that every worker is busy", ALL_BUSY)
        .one_with("workers-busy"),
    state(
        "database-somewhen",
        "a log without instants says that an application waits for its database",
        DATABASE,
    )
    .one_with("database"),
    state(
        "request-head-too-large-somewhen",
        "a log without instants says that a request's head is larger than the server takes",
        REQUEST_HEAD_TOO_LARGE,
    )
    .one_with("request-head-too-large")
    .otherwise(Frequency::Never),
    look(
        "upstream-of-no-container",
        "the server behind was asked at an address that no container had when somebody looked",
        Frequency::Never,
        upstream_of_no_container,
    )
    .one_with("name-of-server-behind"),
    look(
        "records-name-another",
        "the records of names that somebody looked at have the address at which the host is healthy, and not the one that was asked",
        Frequency::Seldom,
        records_name_another,
    ),
    look(
        "certificate-expired-seen",
        "the certificate that somebody looked at was out of its dates",
        Frequency::Never,
        certificate_expired,
    )
    .one_with("expired"),
    state(
        "certificate-self-signed-seen",
        "the certificate was self-signed when somebody looked",
        &["state-certificate-self-signed"],
    )
    .otherwise(Frequency::Never),
    state(
        "certificate-alone-seen",
        "the certificate came without its issuer's when somebody looked",
        &["state-certificate-alone"],
    ),
    state(
        "certificate-issuer-unknown-seen",
        "the certificate's issuer was not known to who looked",
        &["state-certificate-issuer-unknown"],
    ),
    state(
        "certificate-other-name-seen",
        "the certificate was for another name when somebody looked",
        &["state-certificate-other-name"],
    )
    .otherwise(Frequency::Never),
    state(
        "certificate-missing-seen",
        "the server had no certificate for the name when somebody looked",
        &["state-certificate-missing"],
    )
    .otherwise(Frequency::Never)
    .one_with("unknown-name"),
];

/// Looks for a fault of this kind in the pages of state, and in the lines that have no moment. Only faults are kept of them, so that one of another kind does not
/// say that this one is not there.
pub(super) fn observe(look: &Viewpoint<'_>, signatures: &[&str]) -> Observation {
    match rows(look, signatures).next() {
        Some(row) => seen(look, row),
        None => Observation::NotVisible("nothing without a moment tells of it"),
    }
}

/// The faults of these kinds that pages of state and lines without a moment tell of, but those of a machine that serves other requests, of one beside others where
/// nothing shows that it served this one, and of another host's certificate.
fn rows<'a>(look: &Viewpoint<'a>, signatures: &[&str]) -> impl Iterator<Item = &'a MessageRow> {
    let (incident, case) = (look.incident, look.case);
    let host = case.host(&incident.evidence);
    let is_one = |row: &&MessageRow| row.line.signature.is_some_and(|kind| signatures.contains(&kind));
    let is_of_host = move |row: &&MessageRow| match (&row.line.host, host) {
        (Some(name), Some(host)) => any_covers(std::slice::from_ref(name), host),
        _ => true,
    };
    let machines = &incident.population.machines;
    let of_machine =
        move |row: &&MessageRow| machines.would_tell_of(row.place.input(), case, &incident.evidence);
    let lines = incident.messages.without_instant(&incident.evidence);
    incident.evidence.states.iter().chain(lines).filter(is_one).filter(is_of_host).filter(of_machine)
}

fn seen(look: &Viewpoint<'_>, row: &MessageRow) -> Observation {
    look.seen(|| quote(&row.line.text), row.place, None)
}

/// What a server in front says of an address that it could not connect to.
const NOT_CONNECTED: &[&str] =
    &["nginx-connect-refused", "nginx-connect-no-route", "nginx-connect-timed-out"];

/// A name that was resolved as the server began is asked at its old address, whatever has it since.
fn upstream_of_no_container(look: &Viewpoint<'_>) -> Observation {
    const HAS: &[&str] = &["state-container-address"];
    let known = || rows(look, HAS).filter_map(|row| row.line.upstream.as_deref()?.parse::<IpAddr>().ok());
    if known().next().is_none() {
        return Observation::NotVisible("nobody looked which addresses containers have");
    }
    let messages = look.case.messages(&look.incident.evidence);
    let failed = messages.filter(|row| row.line.signature.is_some_and(|kind| NOT_CONNECTED.contains(&kind)));
    let asked = failed.filter_map(|row| Some((row, address_in_url(row.line.upstream.as_deref()?)?))).next();
    match asked.filter(|(_, asked)| known().any(|address| are_of_one_network(address, *asked))) {
        Some((_, asked)) if known().any(|address| address == asked) => absent(),
        Some((row, asked)) => {
            let text = || format!("{asked} was asked, and no container has that address");
            look.seen(text, row.place, row.line.time)
        }
        None => {
            Observation::NotVisible("no line says that an address of that network could not be connected to")
        }
    }
}

/// `http://172.20.0.5:3000/cart`.
fn address_in_url(url: &str) -> Option<IpAddr> {
    let server = gateways::server_behind(url).parse::<SocketAddr>().ok();
    server.filter(|_| url.contains("://")).map(|server| server.ip())
}

/// A record was set right, or is another one than that which the edge has: the host is healthy at an address that the records at hand have, and they
/// have the asked one nowhere.
fn records_name_another(look: &Viewpoint<'_>) -> Observation {
    const NAMES: &[&str] = &["state-dns-record"];
    let evidence = &look.incident.evidence;
    let named = |row: &MessageRow| row.line.upstream.as_deref()?.parse::<IpAddr>().ok();
    let known = || rows(look, NAMES).filter_map(|row| Some((row, named(row)?)));
    if known().next().is_none() {
        return Observation::NotVisible("nobody looked at the records of names");
    }
    // Hardly any host is healthy at another address, and a zone may have thousands of records.
    let record = look.case.asked_origin(evidence).map(|row| &row.record);
    let told = record.and_then(|record| {
        let asked = record.origin_address?;
        let healthy = look.incident.population.origins.elsewhere(record.host.as_deref(), asked)?;
        let (row, _) = known().find(|(_, address)| *address == healthy.address)?;
        known().all(|(_, address)| address != asked).then_some((row, asked))
    });
    match told {
        Some((row, asked)) => {
            let text = || format!("{}, and the edge asks {asked}", quote(&row.line.text));
            look.seen(text, row.place, None)
        }
        None => Observation::NotVisible("the records at hand do not tell that address from the host's own"),
    }
}

/// Containers' networks have 65,536 addresses (Docker's default pools: docs.docker.com, dockerd, `default-address-pools`).
fn are_of_one_network(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[..2] == other.octets()[..2],
        (IpAddr::V6(one), IpAddr::V6(other)) => one.segments()[..4] == other.segments()[..4],
        _ => false,
    }
}

/// A certificate is out of its dates by who looked at it, or by the end that it names itself.
fn certificate_expired(look: &Viewpoint<'_>) -> Observation {
    const EXPIRED: &[&str] = &["state-certificate-out-of-dates"];
    const ENDS: &[&str] = &["state-certificate-ends"];
    let ended = |row: &&MessageRow| row.line.time.is_some_and(|end| end < look.case.time);
    match rows(look, EXPIRED).next().or_else(|| rows(look, ENDS).find(ended)) {
        Some(row) => seen(look, row),
        None if rows(look, ENDS).next().is_some() => absent(),
        None => Observation::NotVisible("nobody looked at its certificate"),
    }
}
