//! Signs that are pages by which the origin's side itself answers a failing request, in packets or in a browser's file. What a page says as a
//! message does belongs to the message's sign (`line_table`, `upstream_lines`); here are those that say less.

use super::sign::{Frequency, Observation, Sign, Viewpoint, look};
use crate::correlate::{Happened, Outcome};
use crate::evidence::row::KeptExchange;
use crate::facts::error_pages::ErrorPage;
use crate::time::Duration;

/// Pages that only say that there is no answer from behind.
pub(super) const WITHOUT_REASON: &[&str] = &[
    "nginx-page-502",
    "apache-page-502",
    "apache-page-503",
    "envoy-page-503",
    "traefik-page-502",
    "varnish-page-503",
    "squid-page-failed",
    "kong-page-failed",
    "litespeed-page-503",
    "node-proxy-page-failed",
];

/// Pages that say that an answer came from behind and is not whole, or not valid.
pub(super) const UNUSABLE: &[&str] = &["haproxy-page-502", "squid-page-invalid"];

/// Pages that say one thing where they come at once, and may say another one where they come after a wait: HAProxy sends that of its 503 to a request that
/// waited too long for a free server, too (`timeout queue`).
const AT_ONCE_ALONE: &[&str] = &["haproxy-page-503"];

/// Programs that say what became of a request to the server behind in their log of requests alone, as a code (HAProxy's configuration.txt, 8.5): no error log has it.
const WITHOUT_ERROR_LOG: &[&str] = &["HAProxy"];

pub(super) const SIGNS: &[Sign] = &[
    look(
        "gateway-page",
        "the server in front makes the answer itself, since it has none from behind",
        Frequency::Often,
        |look| or_unknown(look, own(look, WITHOUT_REASON)),
    ),
    look(
        "unusable-answer-page",
        "the server in front says that the answer from behind is not whole or not valid",
        Frequency::Never,
        |look| or_unknown(look, own(look, UNUSABLE)),
    ),
];

/// Pages can be changed by whoever runs the server: another one says nothing.
fn or_unknown(look: &Viewpoint<'_>, seen: Option<Observation>) -> Observation {
    seen.unwrap_or_else(|| match Happened::to(look.case, look.incident).outcome {
        Outcome::Status => {
            Observation::NotVisible("no page was captured that says so in words that are known")
        }
        _ => Observation::Moot("no answer came that could be such a page"),
    })
}

/// A page of the request's own answer with one of these ids.
pub(super) fn own(look: &Viewpoint<'_>, ids: &[&str]) -> Option<Observation> {
    find(look, |page| ids.contains(&page.id))
}

/// The same of a program whose own line has no code for how the request ended: one page stands for several of them (HAProxy sends that of its 503 where no
/// server is up, and where a request waited too long for a free one).
pub(super) fn own_without_code(look: &Viewpoint<'_>, ids: &[&str]) -> Option<Observation> {
    let is_late = |page: &ErrorPage| AT_ONCE_ALONE.contains(&page.id) && answered_late(look);
    find(look, |page| ids.contains(&page.id) && !has_code(look, page.program) && !is_late(page))
}

/// Whether a program's own line tells by its code how the request ended.
fn has_code(look: &Viewpoint<'_>, program: &str) -> bool {
    let mut lines = look.case.access(&look.incident.evidence).map(|row| &row.line);
    lines.any(|line| {
        let code = line.termination.as_ref().filter(|_| line.ending().is_some());
        code.is_some_and(|code| code.vocabulary.program() == Some(program))
    })
}

/// Whether the page that answers is of a program that has no error log, and its line of the request is not at hand.
pub(super) fn is_of_silent_front(look: &Viewpoint<'_>) -> bool {
    find(look, |page| WITHOUT_ERROR_LOG.contains(&page.program) && !has_code(look, page.program)).is_some()
}

/// Whether packets show that the answer came after a wait, other than that between tries: HAProxy lets a second pass before each of up to three more
/// (configuration.txt, `retries`).
fn answered_late(look: &Viewpoint<'_>) -> bool {
    const AT_ONCE: Duration = Duration::from_milliseconds(500);
    const BETWEEN_TRIES: Duration = Duration::SECOND;
    const MOST_TRIES: i64 = 3;
    const ABOUT: Duration = Duration::from_milliseconds(100);
    let is_of_tries =
        |waited: Duration| (1..=MOST_TRIES).any(|tries| (waited - BETWEEN_TRIES * tries).abs() <= ABOUT);
    let waited = |(_, kept): (_, &KeptExchange)| {
        let (request, response) = (kept.exchange.request.as_ref()?, kept.exchange.response.as_deref()?);
        Some(response.first.time.since(request.last.time))
    };
    look.case
        .exchanges(&look.incident.evidence)
        .filter_map(waited)
        .any(|waited| waited > AT_ONCE && !is_of_tries(waited))
}

fn find(look: &Viewpoint<'_>, is_it: impl Fn(&ErrorPage) -> bool) -> Option<Observation> {
    let evidence = &look.incident.evidence;
    let captured = look.case.exchanges(evidence).find_map(|(row, kept)| {
        let response = kept.exchange.response.as_deref()?;
        let page = response.known_page?.page();
        let says = || format!("the answer is {}'s own page: {}", page.program, page.about);
        is_it(page).then(|| look.seen(says, row.place(response.first), response.first.time))
    });
    let in_browser = || {
        let row = look.case.har(evidence)?;
        let page = row.entry.known_page?.page();
        let says = || format!("the browser was shown {}'s own page: {}", page.program, page.about);
        is_it(page).then(|| look.seen(says, row.place, row.entry.start))
    };
    captured.or_else(in_browser)
}
