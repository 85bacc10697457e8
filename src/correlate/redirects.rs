//! Rule 4 of *What is a failure*: redirects that lead to the URL that was asked for, again and again.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::whole::Whole;
use crate::evidence::failure::Failure;
use crate::evidence::sample::HealthyRequest;
use crate::time::{Duration, Time};

/// So often one visitor meets a loop for one URL.
const LOOP: usize = 3;
/// Where nothing shows where the redirects lead: so often within so long, as browsers follow them until they give up (the Fetch standard lets them follow
/// twenty, and who sees the error tries once more). Who asks more often follows nothing.
const FOLLOWED: std::ops::RangeInclusive<usize> = 5..=50;
const AT_ONCE: Duration = Duration::from_seconds(10);
/// So many visitors do so at least, and half of those who ask.
const VISITORS: usize = 3;

/// A URL without its scheme: host and target.
type Url = (Option<String>, Option<String>);

/// Takes out of the cases the redirects that are no loop. One is where one visitor met it at least three times for one URL. Those whose visitor nobody tells are
/// strangers to each other: they met a loop where a browser shows that the URL is one, or where they came by https, ask as browsers do that are in one, and nobody
/// is answered otherwise.
pub(super) fn redirects_in_a_loop(cases: Vec<Case>, evidence: &Whole) -> Vec<Case> {
    let met = MetRedirects::by(&cases, evidence);
    cases.into_iter().filter(|case| !is_redirect(case) || met.goes_on(case, evidence)).collect()
}

fn is_redirect(case: &Case) -> bool {
    case.failure == Failure::RedirectToItself
}

fn url(case: &Case, evidence: &Whole) -> Url {
    (case.host(evidence).map(str::to_owned), case.target(evidence).map(str::to_owned))
}

fn visitor(case: &Case, evidence: &Whole) -> Option<String> {
    let record = case.edge(evidence).and_then(|row| row.record.client_address);
    let packets = || {
        let mut exchanges = case.exchanges(evidence);
        exchanges.find_map(|(_, kept)| kept.exchange.request.as_ref()?.visitor.as_deref().map(str::to_owned))
    };
    let log = || case.access(evidence).find_map(|row| row.line.visitor.as_deref().copied());
    let browser = || case.har.map(|_| "a browser".to_owned());
    record.or_else(log).map(|address| address.to_string()).or_else(packets).or_else(browser)
}

/// Whether its visitor came by https, as packets say: who came by http is sent to https once.
fn came_by_https(case: &Case, evidence: &Whole) -> bool {
    let mut requests = case.exchanges(evidence).filter_map(|(_, kept)| kept.exchange.request.as_ref());
    requests.any(|request| request.visitor_https)
}

/// Whether a browser or packets show where it leads.
fn shows_location(case: &Case, evidence: &Whole) -> bool {
    let located = |response: &crate::http::exchange::Response| response.location.is_some();
    case.har.is_some()
        || case.exchanges(evidence).any(|(_, kept)| kept.exchange.response.as_deref().is_some_and(located))
}

/// How a visitor met a redirect.
struct Meeting {
    times: usize,
    /// He asked on, as browsers follow a loop.
    follows: bool,
}

/// Who met which redirects.
#[derive(Default)]
struct MetRedirects {
    meetings: BTreeMap<Url, BTreeMap<String, Meeting>>,
    /// URLs of which something shows that they lead to themselves.
    located: BTreeSet<Url>,
    /// Those of which a browser shows that it goes on, or how often they are asked for.
    shown: BTreeSet<Url>,
    /// Those that so many visitors follow, half at least of those who ask for them.
    followed: BTreeSet<Url>,
}

impl MetRedirects {
    fn by(cases: &[Case], evidence: &Whole) -> MetRedirects {
        let mut met = MetRedirects::default();
        let mut times: BTreeMap<Url, BTreeMap<String, Vec<Time>>> = BTreeMap::new();
        let mut by_anyone: BTreeMap<Url, Vec<Time>> = BTreeMap::new();
        let redirects = || cases.iter().filter(|case| is_redirect(case));
        for case in redirects() {
            let url = url(case, evidence);
            if shows_location(case, evidence) {
                met.located.insert(url.clone());
            }
            match visitor(case, evidence) {
                Some(visitor) => {
                    times.entry(url).or_default().entry(visitor).or_default().push(case.time);
                }
                None if came_by_https(case, evidence) => {
                    by_anyone.entry(url).or_default().push(case.time);
                }
                None => {}
            }
        }
        for (url, times) in times {
            let meetings: BTreeMap<String, Meeting> =
                times.into_iter().map(|(visitor, times)| (visitor, Meeting::at(times))).collect();
            let following = meetings.values().filter(|meeting| meeting.follows).count();
            if following >= VISITORS && following * 2 >= meetings.len() {
                met.followed.insert(url.clone());
            }
            met.meetings.insert(url, meetings);
        }
        let browsers =
            redirects().filter(|case| case.har.is_some() && met.met_again(case, evidence) == Some(true));
        met.shown = browsers.map(|case| url(case, evidence)).collect();
        met.shown.extend(followed_by_anyone(by_anyone, evidence));
        met
    }

    /// How its visitor met the URL of a case; `None` where nobody tells the visitor.
    fn meeting(&self, url: &Url, case: &Case, evidence: &Whole) -> Option<&Meeting> {
        self.meetings.get(url)?.get(&visitor(case, evidence)?)
    }

    /// Whether its visitor met it in a loop; `None` where nobody tells the visitor.
    fn met_again(&self, case: &Case, evidence: &Whole) -> Option<bool> {
        self.meeting(&url(case, evidence), case, evidence).map(|meeting| meeting.times >= LOOP)
    }

    fn goes_on(&self, case: &Case, evidence: &Whole) -> bool {
        let url = url(case, evidence);
        if self.located.contains(&url) {
            return self.met_again(case, evidence).unwrap_or_else(|| self.shown.contains(&url));
        }
        let follows = || self.meeting(&url, case, evidence).is_some_and(|meeting| meeting.follows);
        // Who is sent in a circle by one page of a host is so by the others, which fewer ask for.
        self.followed.contains(&url)
            || [&self.followed, &self.shown].iter().any(|urls| has_host(urls, &url.0)) && follows()
    }
}

/// Whether one of some URLs is a host's.
fn has_host(urls: &BTreeSet<Url>, host: &Option<String>) -> bool {
    let from = (host.clone(), None);
    urls.range(from..).next().is_some_and(|(next, _)| next == host)
}

impl Meeting {
    fn at(mut times: Vec<Time>) -> Meeting {
        times.sort_unstable();
        Meeting { times: times.len(), follows: FOLLOWED.contains(&most_at_once(&times)) }
    }
}

/// URLs that lead to themselves as often at once as browsers follow a loop, and that no sampled request got otherwise: a page that sets a cookie leads to itself, too,
/// and is then answered.
fn followed_by_anyone(asked: BTreeMap<Url, Vec<Time>>, evidence: &Whole) -> BTreeSet<Url> {
    let is_followed = |mut times: Vec<Time>| {
        times.sort_unstable();
        most_at_once(&times) >= *FOLLOWED.start()
    };
    let mut followed: BTreeSet<Url> =
        asked.into_iter().filter_map(|(url, times)| is_followed(times).then_some(url)).collect();
    if followed.is_empty() {
        return followed;
    }
    let is_answered = |request: &&HealthyRequest| !matches!(request.status, None | Some(300..400));
    let answered: BTreeSet<(Option<&str>, Option<&str>)> = evidence
        .samples
        .on_the_way()
        .filter(is_answered)
        .map(|request| (request.host.as_deref(), request.path.as_deref()))
        .collect();
    followed.retain(|(host, target)| {
        !answered.contains(&(host.as_deref(), target.as_deref().map(HealthyRequest::path_of)))
    });
    followed
}

/// How many of these moments, which are sorted, lie so near to each other at most.
fn most_at_once(times: &[Time]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, time) in times.iter().enumerate() {
        while times.get(first).is_some_and(|other| time.since(*other) > AT_ONCE) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}
