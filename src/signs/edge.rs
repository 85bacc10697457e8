//! Signs of what the edge says: its status, the code on its error page, its own actions.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look};
use crate::evidence::EdgeRow;
use crate::evidence::failure::Failure;
use crate::logs::EdgeRecord;
use crate::ray::Ray;
use crate::text::words::quote;

pub(super) const SIGNS: &[Sign] = &[
    look("edge-says-521", "the edge says 521: the origin refused the connection", Frequency::Often, |look| {
        edge_says(look, 521)
    }),
    look("edge-says-522", "the edge says 522: connecting timed out", Frequency::Often, |look| {
        edge_says(look, 522)
    }),
    look("edge-says-523", "the edge says 523: the origin is unreachable", Frequency::Often, |look| {
        edge_says(look, 523)
    }),
    look(
        "no-origin-named",
        "the edge's record has no address of an origin, although its log has them",
        Frequency::Never,
        no_origin_named,
    ),
    look(
        "page-dns",
        "the error page says that the origin's name cannot be resolved",
        Frequency::Never,
        dns_page,
    ),
    look("page-tunnel", "the error page says that the tunnel is not connected", Frequency::Never, |look| {
        page(look, &[1033])
    })
    .one_with("tunnel"),
    look(
        "tunnel-gone",
        "the tunnel's end had lost its connections with the edge, and had registered none again",
        Frequency::Seldom,
        tunnel_gone,
    )
    .one_with("tunnel"),
    look(
        "page-queue",
        "the error page says that too many requests wait for this origin",
        Frequency::Never,
        |look| page(look, &[1200]),
    ),
    look("page-limit", "the error page says that a limit of the edge was met", Frequency::Never, limit_page)
        .one_with("edge-limit"),
    look(
        "limit-of-edge",
        "the edge's log says that it took no body of this size (413)",
        Frequency::Never,
        limit_of_edge,
    )
    .one_with("edge-limit"),
    look(
        "page-of-edge-itself",
        "the error page says that the edge itself failed",
        Frequency::Never,
        page_of_edge_itself,
    ),
    look("page-worker", "the error page says that a Worker failed", Frequency::Never, |look| {
        page(look, &[1101, 1102])
    })
    .one_with("edge-worker"),
    look(
        "worker-status",
        "the edge's record says that the Worker did not end well",
        Frequency::Never,
        worker_status,
    )
    .one_with("edge-worker"),
    look(
        "worker-asks-itself",
        "a Worker asks its own site, where no origin answers",
        Frequency::Never,
        worker_asks_itself,
    )
    .one_with("edge-worker"),
    look(
        "page-block",
        "the error page or a header says that a rule of the edge refused it",
        Frequency::Never,
        block_page,
    )
    .one_with("edge-rule"),
    look(
        "rule-of-edge",
        "the edge's log says that a rule of its own refused it",
        Frequency::Never,
        rule_of_edge,
    )
    .one_with("edge-rule"),
];

fn edge_says(look: &Viewpoint<'_>, status: u16) -> Observation {
    let evidence = &look.incident.evidence;
    match look.case.status_at_origin(evidence) {
        Some(said) if said == status => {
            let row = look.case.asked_origin(evidence);
            look.seen(
                || format!("the edge says {status}"),
                row.map(|row| row.place),
                row.map(|row| row.record.start),
            )
        }
        Some(_) => absent(),
        None => Observation::NotVisible("no record of the edge is at hand"),
    }
}

/// Where the edge connects to an origin, or tries to, its record has the addresses of both ends (Cloudflare docs: logs, EdgeServerIP and
/// OriginIP).
fn no_origin_named(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.asked_origin(&look.incident.evidence).filter(|row| row.record.edge_address_logged);
    let Some(row) = row else { return Observation::NotVisible("no record of the edge tells its address") };
    let record = &row.record;
    // Of an answer that the edge made by itself it tells nothing more.
    if !matches!(record.edge_status, Some(520..=526)) {
        return Observation::Moot("the edge answered by itself");
    }
    let tells_origins = || look.incident.population.origins.are_named();
    if record.origin_address.is_none() && (record.edge_address.is_none() || tells_origins()) {
        let text = || "the edge's record names no origin that was asked".to_owned();
        look.seen(text, row.place, record.start)
    } else {
        absent()
    }
}

/// What the edge says where a part of itself fails.
fn page_of_edge_itself(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let row = look.case.har(evidence);
    if let Some(row) = row.filter(|row| row.entry.blames_edge) {
        let text = || "the error page says that the edge itself failed".to_owned();
        return look.seen(text, row.place, row.entry.start);
    }
    let blames_edge = |status| look.incident.population.pages.blames_edge_near(status, look.case.time);
    match look.case.status_at_origin(evidence).filter(|status| blames_edge(*status)) {
        Some(_) => {
            let text =
                || "the error page of another failure like it says that the edge itself failed".to_owned();
            look.seen(text, None, None).not_own()
        }
        None => Observation::NotVisible("no page of it that was saved says so"),
    }
}

/// The code of the edge's error page (Cloudflare docs: cloudflare-1xxx-errors): its own, or that of another failure with its status and host in the
/// same burst.
fn page(look: &Viewpoint<'_>, codes: &[u16]) -> Observation {
    let evidence = &look.incident.evidence;
    let row = look.case.har(evidence);
    let own = row.and_then(|row| Some((row, row.entry.error_code?)));
    let of_like = || {
        let status = look.case.status_at_origin(evidence)?;
        let page = look.incident.population.pages.near(status, look.case.host(evidence), look.case.time)?;
        Some((evidence.har.get(page.entry)?, page.code))
    };
    if own.is_none()
        && let Some(record) = look.case.edge(evidence).filter(|row| passes_on_answer(&row.record))
    {
        return look.not_seen(|| "the edge passes on the origin's own answer".to_owned(), record.place);
    }
    match own.map(|own| (own, true)).or_else(|| Some((of_like()?, false))) {
        Some(((row, code), is_own)) if codes.contains(&code) => {
            let whose = if is_own { "the error page" } else { "the error page of another failure like it" };
            let seen = look.seen(|| format!("{whose} says {code}"), row.place, row.entry.start);
            if is_own { seen } else { seen.not_own() }
        }
        Some(((row, code), _)) => look.not_seen(|| format!("the error page says {code}"), row.place),
        None if row.is_some() => Observation::NotVisible("the answer that was saved has no code"),
        None => Observation::NotVisible("no error page of it is at hand"),
    }
}

/// Whether the visitor got the failure that the origin answered with, which is no page of the edge.
fn passes_on_answer(record: &EdgeRecord) -> bool {
    record.edge_status.is_some_and(|status| status >= 500) && record.origin_status == record.edge_status
}

/// Of a failure that the edge made, at its moment.
fn tunnel_gone(look: &Viewpoint<'_>) -> Observation {
    match look.incident.tunnels.gone_at(look.case.time, &look.incident.evidence) {
        Some(row) => {
            look.seen(|| format!("it said before: {}", quote(&row.line.text)), row.place, row.line.time)
        }
        None => {
            Observation::NotVisible("no log of a tunnel's end says that it had lost all connections by then")
        }
    }
}

fn dns_page(look: &Viewpoint<'_>) -> Observation {
    if look.case.failure == Failure::EdgeLimit { absent() } else { page(look, &[1001, 1016]) }
}

/// 1014 is a name that the edge may not serve, and so is 1001 with 409; of a body that is too large the page has the status alone.
fn limit_page(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.har(&look.incident.evidence);
    match row.filter(|_| look.case.failure == Failure::EdgeLimit) {
        Some(row) => {
            let text =
                || format!("the edge's page says {}", row.entry.error_code.unwrap_or(row.entry.status));
            look.seen(text, row.place, row.entry.start)
        }
        None => page(look, &[1014]),
    }
}

fn limit_of_edge(look: &Viewpoint<'_>) -> Observation {
    let Some(row) = look.case.edge(&look.incident.evidence) else {
        return Observation::NotVisible("no record of the edge is at hand");
    };
    if look.case.failure != Failure::EdgeLimit {
        return absent();
    }
    look.seen(|| "the edge answers 413 itself; no origin was asked".to_owned(), row.place, row.record.start)
}

fn block_page(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.har(&look.incident.evidence).filter(|_| look.case.failure == Failure::EdgeBlock);
    let Some(row) = row else { return Observation::NotVisible("no error page of it is at hand") };
    match (&row.entry.mitigated, row.entry.error_code) {
        (_, Some(code)) => look.seen(|| format!("the error page says {code}"), row.place, row.entry.start),
        (Some(mitigated), None) => {
            look.seen(|| format!("the response says cf-mitigated: {mitigated}"), row.place, row.entry.start)
        }
        (None, None) => absent(),
    }
}

fn rule_of_edge(look: &Viewpoint<'_>) -> Observation {
    let Some(row) = look.case.edge(&look.incident.evidence) else {
        return Observation::NotVisible("no record of the edge is at hand");
    };
    if look.case.failure != Failure::EdgeBlock {
        return absent();
    }
    let text = || {
        let status = row.record.edge_status.unwrap_or(403);
        match row.record.security_action.as_deref() {
            Some(action) => {
                format!("the edge answers {status} itself, by its own {action}; the origin was not asked")
            }
            None => format!(
                "the edge answers {status}, as its own page says of another request for this host; no origin is named"
            ),
        }
    };
    look.seen(text, row.place, row.record.start)
}

/// WorkerStatus. Its words are not listed for this data set; those of other data sets that say that nothing is wrong are `ok` and `success`
/// (Cloudflare docs: logs, http_requests and workers_trace_events). A log that has it where Workers ran has none where none did.
fn worker_status(look: &Viewpoint<'_>) -> Observation {
    let row = look.case.edge(&look.incident.evidence);
    let tells = |row: &EdgeRow| look.incident.population.logs_with_workers.contains(&row.place.input());
    match row.map(|row| (row, row.record.worker_status.as_deref())) {
        Some((row, Some(word)))
            if word.eq_ignore_ascii_case("ok") || word.eq_ignore_ascii_case("success") =>
        {
            look.not_seen(|| format!("the edge's record says of the Worker: {word}"), row.place)
        }
        Some((row, Some(word))) => {
            let text = || format!("the edge's record says of the Worker: {word}");
            look.seen(text, row.place, row.record.start)
        }
        Some((row, None)) if tells(row) => look
            .not_seen(|| "the edge's record names no Worker, as others of its log do".to_owned(), row.place),
        _ => Observation::NotVisible("no record of the edge names a Worker"),
    }
}

/// What a Worker asks of a host of its own zone goes to the origin of that host, and runs no Worker again (Cloudflare docs: Workers, `fetch`; error 522).
/// Where nothing stands behind the Worker, nobody answers; and where its routes lead back to it, it asks without end (1019; 1042 for another Worker of
/// the same zone). A Worker that asks a real origin of its host, which does not answer, is none of these.
fn worker_asks_itself(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let asked: Vec<&EdgeRow> = look.case.subrequests(evidence).collect();
    let visited = look.case.edge(evidence).and_then(|row| row.record.host.as_deref());
    let Some(visited) = visited.filter(|_| !asked.is_empty()) else { return page(look, &[1019, 1042]) };
    let own: Vec<&EdgeRow> = asked
        .into_iter()
        .filter(|row| row.record.host.as_deref().is_some_and(|host| are_of_one_site(host, visited)))
        .collect();
    let by_ray: BTreeMap<Ray, &EdgeRecord> =
        own.iter().filter_map(|row| Some((row.record.ray?, &row.record))).collect();
    let led_back = own.iter().find(|row| {
        let before = row.record.parent_ray.and_then(|parent| by_ray.get(&parent));
        before.is_some_and(|before| asks_the_same(before, &row.record))
    });
    let unanswered = || own.iter().find(|row| is_without_origin(&row.record));
    if let Some(row) = led_back {
        let text = || format!("a Worker that answers for {visited} asks {visited} the same, and runs again");
        return look.seen(text, row.place, row.record.start);
    }
    if let Some(row) = unanswered() {
        let text = || match row.record.origin_address {
            Some(address) => {
                format!("a Worker asks its own site, whose address {address} only holds a place")
            }
            None => "a Worker asks its own site, for which the edge names no origin".to_owned(),
        };
        return look.seen(text, row.place, row.record.start);
    }
    match own.iter().all(|row| row.record.edge_address_logged || row.record.origin_address.is_some()) {
        true => absent(),
        false => Observation::NotVisible("the edge's log names no origins"),
    }
}

/// Whether two hosts are one, or one is a part of the other's domain.
fn are_of_one_site(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let is_below = |host: &str, domain: &str| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_below(&one, &other) || is_below(&other, &one)
}

/// Whether a subrequest asks what the one before it asked, which had set its Worker to work.
fn asks_the_same(before: &EdgeRecord, record: &EdgeRecord) -> bool {
    before.host == record.host && before.target == record.target
}

/// Whether the edge could not connect for want of an origin: none is named, or an address that only holds the place of one behind which no server
/// stands (Cloudflare docs: Workers routes, `AAAA 100::`; RFC 6666; RFC 5737, 192.0.2.0/24).
fn is_without_origin(record: &EdgeRecord) -> bool {
    const UNANSWERED: u16 = 522;
    let only_holds_a_place = |address: IpAddr| match address.to_canonical() {
        IpAddr::V4(address) => address.octets()[..3] == [192, 0, 2],
        IpAddr::V6(address) => address.segments()[..4] == [0x100, 0, 0, 0],
    };
    let no_origin = match record.origin_address {
        Some(address) => only_holds_a_place(address),
        None => record.edge_address_logged && record.edge_address.is_none(),
    };
    record.edge_status == Some(UNANSWERED) && record.origin_status.unwrap_or(0) == 0 && no_origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_site_are_told_from_those_that_only_end_alike() {
        for (one, other, expected) in [
            ("shop.example", "SHOP.example", true),
            ("api.shop.example", "shop.example", true),
            ("shop.example", "www.shop.example", true),
            ("myshop.example", "shop.example", false),
            ("a.shop.example", "b.shop.example", false),
        ] {
            assert_eq!(are_of_one_site(one, other), expected, "{one} {other}");
        }
    }
}
