//! Signs of how failures spread over time, hosts and data centres, beside the healthy requests.

use super::lines::said_between;
use super::sign::{Frequency, Observation, Sign, Viewpoint, absent, look};
use crate::correlate::Spread;
use crate::correlate::colos::AtColo;
use crate::correlate::edge_made::{MadeByEdge, Paths};
use crate::correlate::failure_window::FailureWindow;
use crate::correlate::limited::LimitedAddresses;
use crate::correlate::spread::{status_for_edge, told};
use crate::evidence::MessageRow;
use crate::evidence::limited_addresses::TOO_MANY_REQUESTS;
use crate::text::words::quote;
use crate::time::{Duration, Time};

pub(super) const SIGNS: &[Sign] = &[
    look(
        "in-one-window",
        "failures of its kind fall into a short window or some, with healthy requests before and after",
        Frequency::Often,
        in_one_window,
    ),
    look(
        "host-alone-fails",
        "every request of its host fails, those of other hosts pass",
        Frequency::Often,
        host_alone_fails,
    ),
    look("hosts-fail-alike", "several hosts fail alike at that moment", Frequency::Seldom, hosts_fail_alike),
    look(
        "colo-alone-fails",
        "its data centre fails meanwhile, others do not",
        Frequency::Seldom,
        colo_alone_fails,
    ),
    look(
        "nothing-passes-between",
        "where the edge answers so, nothing passes until it is over",
        Frequency::Seldom,
        nothing_passes_between,
    ),
    look(
        "paths-alone-fail",
        "the edge answers so for some paths alone, and each time",
        Frequency::Seldom,
        paths_alone_fail,
    ),
    look(
        "limited-by-address",
        "the origin refuses many requests of this address of the edge, whoever the visitor is, and hardly any of others",
        Frequency::Never,
        limited_by_address,
    ),
];

/// So many failures have a beginning and an end.
const SEVERAL: u64 = 3;
const NO_RECORDS: &str = "no record of the edge tells of healthy requests";
const NOT_MADE_BY_EDGE: &str = "the edge did not answer it by itself";

fn spread<'a>(look: &Viewpoint<'a>) -> Option<&'a Spread> {
    let population = &look.incident.population;
    population.spread.get(&status_for_edge(look.case, &look.incident.evidence)?)
}

/// So far from a window's first or last failure lies what a server says as it begins or ends.
pub(super) const AT_ONCE: Duration = Duration::from_seconds(2);

/// What a server says as a window begins or ends, in order.
pub(super) fn said_at<'a>(
    look: &Viewpoint<'a>,
    signatures: &'a [&'a str],
    edge: Time,
) -> impl Iterator<Item = &'a MessageRow> {
    said_between(look, signatures, edge.plus(-AT_ONCE), edge.plus(AT_ONCE))
}

/// The window of a failure, if so many lie in it that it has a beginning and an end.
pub(super) fn window_of_several<'a>(look: &Viewpoint<'a>) -> Option<&'a FailureWindow> {
    window(look).filter(|window| window.failures >= SEVERAL)
}

/// The same, if it is short.
pub(super) fn short_window_of_several<'a>(look: &Viewpoint<'a>) -> Option<&'a FailureWindow> {
    window_of_several(look).filter(|window| window.is_short())
}

/// The window in which a failure lies with others of its status at its server.
fn window<'a>(look: &Viewpoint<'a>) -> Option<&'a FailureWindow> {
    Some(windows(look)?.0)
}

/// The same, and whether of others only those are meant of which lines say the same: where something else fails with this status all the time. What
/// fails now and then amid what passes has a first and a last, too, and is no window.
fn windows<'a>(look: &Viewpoint<'a>) -> Option<(&'a FailureWindow, bool)> {
    let (evidence, time) = (&look.incident.evidence, look.case.time);
    let (spread, server) = (spread(look)?, look.case.server_address(evidence));
    let of_status = spread.window(server, None, time)?;
    if of_status.is_short() {
        return Some((of_status, false));
    }
    let alike = told(look.case, evidence).into_iter();
    let mut alike = alike.filter_map(|says| spread.window(server, Some(says), time));
    let alike = alike.find(|window| window.failures >= SEVERAL && window.is_short() && window.mostly_fails());
    Some(alike.map_or((of_status, false), |window| (window, true)))
}

fn in_one_window(look: &Viewpoint<'_>) -> Observation {
    match windows(look) {
        Some((window, alike)) if window.is_short() => {
            let text = || {
                let (failures, lasts) = (window.failures, crate::text::words::duration(window.lasts()));
                let has_status = look.case.status_at_origin(&look.incident.evidence).is_some();
                let kind = match (has_status, alike) {
                    (true, true) => "this status and such a line",
                    (true, false) => "this status",
                    (false, true) => "such an end and such a line",
                    (false, false) => "such an end",
                };
                match window.of {
                    1 => format!(
                        "all {failures} failures with {kind} fall into {lasts}, healthy requests surround them"
                    ),
                    of => format!(
                        "{failures} failures with {kind} fall into {lasts}, one of {of} such windows, healthy requests surround them"
                    ),
                }
            };
            look.seen(text, None, None)
        }
        Some(_) => absent(),
        None => Observation::NotVisible(NO_RECORDS),
    }
}

fn host_alone_fails(look: &Viewpoint<'_>) -> Observation {
    let population = &look.incident.population;
    let Some(host) = look.case.host(&look.incident.evidence).filter(|_| !population.healthy_hosts.is_empty())
    else {
        return Observation::NotVisible(NO_RECORDS);
    };
    if population.healthy_hosts.contains_key(&host.to_ascii_lowercase()) {
        return absent();
    }
    let text =
        || format!("no request to {host} passes, {} other hosts are healthy", population.healthy_hosts.len());
    look.seen(text, None, None)
}

/// What is wrong with one origin makes the edge answer by itself for all hosts of it: only those of several tell of the edge. Two may have met one
/// rule, one Worker or one machine of two addresses, whose queue is full.
fn hosts_fail_alike(look: &Viewpoint<'_>) -> Observation {
    const HOSTS: usize = 3;
    let Some(made) = made_by_edge(look) else {
        return Observation::Moot(NOT_MADE_BY_EDGE);
    };
    let population = &look.incident.population;
    let status = look.case.status_at_origin(&look.incident.evidence);
    if status.is_some_and(|status| population.pages.why_near(status, look.case.time).is_some()) {
        return Observation::NotVisible(
            "the edge's page of such an answer says why, and others may have met the same",
        );
    }
    match made.hosts.len() {
        0 => Observation::NotVisible("no host of such answers is known"),
        1 if population.healthy_hosts.len() < 2 => Observation::NotVisible("the logs know one host alone"),
        1 => absent(),
        2..HOSTS => Observation::NotVisible("two hosts may have met one rule, one Worker or one full queue"),
        hosts => match population.origins.share_one(&made.hosts) {
            Some(false) => look.seen(
                || format!("the edge answers so for {hosts} hosts, which no one origin serves"),
                None,
                None,
            ),
            Some(true) => Observation::NotVisible("the hosts that the edge answers so are of one origin"),
            None => {
                Observation::NotVisible("the origins of the hosts that the edge answers so are not known")
            }
        },
    }
}

fn made_by_edge<'a>(look: &Viewpoint<'a>) -> Option<&'a MadeByEdge> {
    let status = look.case.status_at_origin(&look.incident.evidence)?;
    look.incident.population.made_by_edge.get(&status)
}

fn nothing_passes_between(look: &Viewpoint<'_>) -> Observation {
    const TOO_FEW: &str = "the requests that the edge answered so are too few, or too many pass between them and too many do not";
    let succession = made_by_edge(look).map(|made| made.succession);
    let Some((succession, is_unbroken)) = succession.and_then(|one| Some((one, one.is_unbroken()?))) else {
        return Observation::NotVisible(TOO_FEW);
    };
    let text = || {
        format!(
            "{} of {} such answers follow another at the same data centre, and no healthy request lies between them",
            succession.unbroken, succession.of
        )
    };
    if is_unbroken { look.seen(text, None, None) } else { look.not_seen(text, None) }
}

/// A Worker's route, a rule and a queue are bound to paths; what fails of the edge itself is not.
fn paths_alone_fail(look: &Viewpoint<'_>) -> Observation {
    let Some(made) = made_by_edge(look) else {
        return Observation::Moot(NOT_MADE_BY_EDGE);
    };
    match &made.paths {
        Paths::Picked(paths) => {
            let named = || paths.iter().map(|path| quote(path)).collect::<Vec<_>>().join(", ");
            let text = || format!("the edge answers so for {} alone, of which nothing passes", named());
            look.seen(text, None, None)
        }
        Paths::Any => absent(),
        Paths::FewHealthy => Observation::NotVisible(NO_RECORDS),
        Paths::TooFew => Observation::NotVisible("the requests that the edge answered so are too few"),
    }
}

fn limited_by_address(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let Some(status) = look.case.origin_status(evidence).filter(|status| LimitedAddresses::counts(*status))
    else {
        return Observation::Moot("only answers of 429 and 503 are counted by the edge's addresses");
    };
    let Some(address) = look.case.edge_address(evidence) else {
        return Observation::NotVisible("the edge's address is not known");
    };
    let limited = look.incident.limited.of_case(look.case, status, evidence);
    let seen = limited.map(|limited| {
        let text = || {
            let visitors = match limited.visitors {
                0 => String::new(),
                visitors => format!("to {visitors} visitors, "),
            };
            format!(
                "{status} for {} of {} sampled requests of {address} ({visitors}{} targets), for {} of {} of other addresses",
                limited.its.limited, limited.its.of, limited.targets, limited.others.limited, limited.others.of
            )
        };
        look.seen(text, None, None)
    });
    // Each 429 is some limit's. A 503 where all addresses fare alike may be a limit's, too, and tells neither.
    let unseen = || match status {
        TOO_MANY_REQUESTS => absent(),
        _ => Observation::NotVisible("no address of the edge stands out"),
    };
    seen.unwrap_or_else(unseen)
}

fn colo_alone_fails(look: &Viewpoint<'_>) -> Observation {
    let healthy = &look.incident.population.healthy_colos;
    let Some(colo) = look.case.colo.filter(|_| healthy.len() >= 2) else {
        return Observation::NotVisible("the data centres of healthy requests are not known");
    };
    let Some(colos) = made_by_edge(look).map(|made| &made.colos) else {
        return Observation::Moot(NOT_MADE_BY_EDGE);
    };
    if colos.passing == 0 {
        return Observation::NotVisible("no healthy request of that time is known with its data centre");
    }
    let AtColo { failing, passing, stands_out } = colos.at(colo);
    let text = || match passing {
        0 => format!("nothing passes at {colo} meanwhile"),
        _ => format!(
            "{failing} of {} failures are at {colo}, of the healthy requests meanwhile {passing} of {}",
            colos.failing, colos.passing
        ),
    };
    match (stands_out, passing) {
        (true, _) => look.seen(text, None, None),
        (false, 0) => Observation::NotVisible(
            "so few requests are at its data centre that chance may have failed them all",
        ),
        (false, _) => absent(),
    }
}
