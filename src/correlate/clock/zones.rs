//! Zones that logs do not tell. Held against access lines, packets or records of the edge of the same requests, or against what others say of the same processes, they show them; an error log that
//! names no request keeps the zone of its machine; and one that would miss the incident altogether lies in the zone in which it does not.

use std::collections::{BTreeMap, BTreeSet};

use super::failures::Failures;
use super::quarters::{self, QUARTER_HOUR};
use super::series::{is_of_no_folder, machines};
use super::span::{TimesTold, in_zone, span_of, times_told};
use super::zones_of_processes::by_processes;
use super::zones_of_requests::{by_requests, told_by_access_logs, told_by_messages};
use crate::correlate::whole::Whole;
use crate::evidence::{InputId, InputKind, InputSummary, Place};
use crate::time::{Duration, Time};

/// So long before and after the incident a log may begin and end that still belongs to it.
const AROUND: Duration = Duration::from_seconds(300);

/// By how much what stands in each input without a zone is put before it is corrected by what the clock is off: a clock that drifts is off by
/// something else eight hours later. `at`: what stands at a place, by the reference clock.
pub(super) fn zones(evidence: &Whole, at: &dyn Fn(Place, Time) -> Time) -> BTreeMap<InputId, Duration> {
    let mut spans: BTreeMap<InputId, TimesTold> = BTreeMap::new();
    for row in evidence.messages.iter().filter(|row| row.line.time_is_local) {
        if let Some(time) = row.line.time {
            let told = (time, row.place);
            let (first, last) = spans.entry(row.place.input()).or_insert((told, told));
            (*first, *last) = ((*first).min(told), (*last).max(told));
        }
    }
    if spans.is_empty() {
        return BTreeMap::new();
    }
    let mut zones = by_processes(evidence, at);
    zones.extend(by_requests(evidence, told_by_messages(evidence), at, |_| true));
    let machines = machines(evidence);
    let incident = incident(evidence, &spans, at);
    let meeting = |zone: Option<Duration>, span: &TimesTold| {
        zone.filter(|zone| {
            incident.is_none_or(|incident| meets(incident, in_zone(span, *zone, at)) >= Duration::ZERO)
        })
    };
    // A service in a container has another zone than its host's own log.
    let zone_of_machine = |of_machine: &BTreeMap<usize, Duration>, input: InputId, span: &TimesTold| {
        meeting(machines.get(&input).and_then(|machine| of_machine.get(machine).copied()), span)
    };
    let failures = Failures::of(evidence, at);
    let said_by_logs = said_by_logs(evidence);
    let (of_machine, said) = (by_machine(&machines, &zones), by_machine(&machines, &said_by_logs));
    // What lies in no folder is of no other machine than what does: `kern.log` beside `apache2`.
    let is_beside =
        |input: InputId| evidence.inputs.get(&input).is_some_and(|summary| is_of_no_folder(&summary.name));
    let said_beside = |input: InputId| {
        let told = said_by_logs.iter().filter(|(other, _)| is_beside(input) || is_beside(**other));
        only(told.map(|(_, zone)| zone))
    };
    spans.retain(|input, _| !zones.contains_key(input));
    for (&input, span) in &spans {
        let log = |zone| in_zone(span, zone, at);
        // What misses the incident as it stands has another zone, whatever it says.
        let astray = || incident.filter(|incident| meets(*incident, log(Duration::ZERO)) < Duration::ZERO);
        let zone = zone_of_machine(&of_machine, input, span)
            .or_else(|| failures.zone(input, at))
            .or_else(|| zone_of_machine(&said, input, span))
            .or_else(|| meeting(said_beside(input), span));
        if let Some(zone) = zone.or_else(|| astray().map(|incident| by_span(incident, &log))) {
            zones.insert(input, zone);
        }
    }
    let of_machine = by_machine(&machines, &zones);
    spans.retain(|input, _| !zones.contains_key(input));
    for (&input, span) in &spans {
        zones.extend(zone_of_machine(&of_machine, input, span).map(|zone| (input, zone)));
    }
    zones.retain(|_, zone| *zone != Duration::ZERO);
    zones
}

/// The same of the access logs whose requests stand at instants without a zone (HAProxy's), where nothing has told how far their clocks are off:
/// `is_told`.
pub(super) fn zones_of_access_logs(
    evidence: &Whole,
    is_told: impl Fn(InputId) -> bool,
    at: &dyn Fn(Place, Time) -> Time,
) -> BTreeMap<InputId, Duration> {
    let is_sought = |(input, summary): &(&InputId, &InputSummary)| {
        summary.kind == InputKind::AccessLog && summary.times_are_local && !is_told(**input)
    };
    let sought: BTreeMap<InputId, TimesTold> = evidence
        .inputs
        .iter()
        .filter(is_sought)
        .filter_map(|(input, summary)| Some((*input, times_told(*input, summary)?)))
        .collect();
    if sought.is_empty() {
        return BTreeMap::new();
    }
    let is_sought = |input: InputId| sought.contains_key(&input);
    let mut zones =
        by_requests(evidence, told_by_access_logs(evidence, is_sought), at, |input| !is_sought(input));
    let incident = incident(evidence, &sought, at);
    for (&input, span) in &sought {
        let log = |zone| in_zone(span, zone, at);
        // A log of requests has some all the time: one that begins as the others end is of another hour.
        let is_astray = |incident: &(Time, Time)| shared(*incident, log(Duration::ZERO)) < Duration::ZERO;
        let by_span = || incident.filter(is_astray).map(|incident| by_span(incident, &log));
        zones.entry(input).or_insert_with(|| by_span().unwrap_or_default());
    }
    zones.retain(|_, zone| *zone != Duration::ZERO);
    zones
}

/// The zone of each machine all of whose logs that tell one agree.
fn by_machine(
    machines: &BTreeMap<InputId, usize>,
    told: &BTreeMap<InputId, Duration>,
) -> BTreeMap<usize, Duration> {
    let mut zones: BTreeMap<usize, BTreeSet<Duration>> = BTreeMap::new();
    for (input, &zone) in told {
        if let Some(&machine) = machines.get(input) {
            zones.entry(machine).or_default().insert(zone);
        }
    }
    zones.into_iter().filter_map(|(machine, zones)| Some((machine, only(&zones)?))).collect()
}

/// The one zone that all of them are; `None` where they are several, or none.
fn only<'z>(zones: impl IntoIterator<Item = &'z Duration>) -> Option<Duration> {
    let mut zones = zones.into_iter();
    let first = *zones.next()?;
    zones.all(|zone| *zone == first).then_some(first)
}

/// What lines of logs say of their own zones, as what is put to an instant without one. A machine that keeps UTC says so, too.
fn said_by_logs(evidence: &Whole) -> BTreeMap<InputId, Duration> {
    let told = evidence.inputs.iter().filter_map(|(input, summary)| Some((*input, summary.ahead_of_utc?)));
    told.map(|(input, ahead)| (input, Duration::from_seconds(-i64::from(ahead)))).collect()
}

/// From when to when the inputs tell of requests, those apart whose own zone is sought.
fn incident(
    evidence: &Whole,
    sought: &BTreeMap<InputId, TimesTold>,
    at: &dyn Fn(Place, Time) -> Time,
) -> Option<(Time, Time)> {
    let tells_requests =
        |kind: InputKind| matches!(kind, InputKind::Capture | InputKind::EdgeLog | InputKind::AccessLog);
    span_of(evidence, |input, summary| tells_requests(summary.kind) && !sought.contains_key(&input), at)
}

/// The zone in which a log has lines of the incident's time for the longest, of equal ones the one nearest to UTC.
fn by_span(incident: (Time, Time), log: &dyn Fn(Duration) -> (Time, Time)) -> Duration {
    let meets = |quarters: i64| meets(incident, log(quarters * QUARTER_HOUR));
    let best = quarters::zones().max_by_key(|quarters| (meets(*quarters), -quarters.abs(), *quarters));
    best.filter(|quarters| meets(*quarters) >= Duration::ZERO).unwrap_or_default() * QUARTER_HOUR
}

/// For how long a log tells of the incident's time, or of shortly before or after it; less than nothing where it misses it.
fn meets(incident: (Time, Time), log: (Time, Time)) -> Duration {
    shared((incident.0.plus(-AROUND), incident.1.plus(AROUND)), log)
}

/// How long two spans have in common; less than nothing where they lie apart.
fn shared(one: (Time, Time), other: (Time, Time)) -> Duration {
    one.1.min(other.1).since(one.0.max(other.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::vantage;
    use crate::evidence::{AccessRow, InputSummary, MessageRow, Partial};
    use crate::logs::{AccessLine, MessageLine};
    use crate::ray::{Ray, RayAtColo};

    const HOUR: i64 = 3600;

    fn second(second: i64) -> Time {
        Time::from_seconds(second, 0)
    }

    fn place(input: u32) -> Place {
        Place::Line { input: InputId(input), line: 1, before: 0 }
    }

    /// Inputs with these names, each of which begins and ends at these seconds.
    fn inputs(named: &[(&str, InputKind, i64, i64)]) -> Partial {
        let mut partial = Partial::default();
        for (id, (name, kind, first, last)) in (0..).zip(named) {
            let mut summary = InputSummary::new(name, *kind, "", 1);
            summary.saw(second(*first));
            summary.saw(second(*last));
            partial.inputs.insert(InputId(id), summary);
        }
        partial
    }

    /// A message without a zone.
    fn message(input: u32, at: i64, request: Option<&str>) -> MessageRow {
        let line = MessageLine {
            time: Some(second(at)),
            time_is_local: true,
            request: request.map(|target| ("GET".to_owned(), target.to_owned())),
            ..MessageLine::default()
        };
        MessageRow { place: place(input), line }
    }

    /// A line of the first input.
    fn asks_for_cart(at: i64) -> AccessRow {
        let line = AccessLine {
            time: second(at),
            method: Some("GET".to_owned()),
            target: Some("/cart".to_owned()),
            ..AccessLine::default()
        };
        AccessRow { place: place(0), line }
    }

    /// The zones in hours.
    fn hours(partial: Partial) -> Vec<(u32, i64)> {
        let (evidence, _) = vantage::settle(partial);
        let zones = zones(&evidence, &|_, time| time);
        zones.into_iter().map(|(input, zone)| (input.0, zone / Duration::from_seconds(HOUR))).collect()
    }

    #[test]
    fn a_log_that_names_no_request_has_the_zone_of_its_machine_and_not_of_another_one() {
        let mut partial = inputs(&[
            ("web1/access.log", InputKind::AccessLog, 0, 6 * HOUR),
            ("web1/error.log", InputKind::ErrorLog, 3 * HOUR, 3 * HOUR),
            ("web1/php.log", InputKind::ErrorLog, 3 * HOUR, 3 * HOUR),
            ("web2/php.log", InputKind::ErrorLog, 3 * HOUR, 3 * HOUR),
        ]);
        partial.access = vec![asks_for_cart(HOUR)];
        partial.messages =
            vec![message(1, 3 * HOUR, Some("/cart")), message(2, 3 * HOUR, None), message(3, 3 * HOUR, None)];
        assert_eq!(hours(partial), [(1, -2), (2, -2)]);
    }

    /// An application says of each request how it went. Otherwise what went well before tells the zone, beside others that ask for the same and fail.
    #[test]
    fn a_line_that_names_a_ray_is_of_no_other_request() {
        let of = |ray: u64| {
            let mut partial = inputs(&[
                ("web1/access.log", InputKind::AccessLog, 0, 6 * HOUR),
                ("web1/app.log", InputKind::ErrorLog, HOUR, 3 * HOUR),
            ]);
            let known = |number: u64| RayAtColo { ray: Ray(number), colo: None };
            partial.access = vec![asks_for_cart(HOUR), asks_for_cart(3 * HOUR)];
            (7..).zip(&mut partial.access).for_each(|(number, row)| row.line.ray = Some(known(number)));
            let mut line = message(1, 3 * HOUR, Some("/cart"));
            line.line.ray = Some(Ray(ray));
            partial.messages = vec![line];
            hours(partial)
        };
        assert_eq!(of(7), [(1, -2)]);
        assert_eq!(of(8), []);
        assert_eq!(of(9), [], "nobody knows of it");
    }

    /// Otherwise the kernel's line about a process that was killed lies an hour beside what it explains.
    #[test]
    fn a_log_that_would_miss_the_incident_in_its_machines_zone_has_another() {
        let mut partial = inputs(&[
            ("web1/access.log", InputKind::AccessLog, 0, 600),
            ("web1/nginx/error.log", InputKind::ErrorLog, HOUR + 300, HOUR + 300),
            ("web1/syslog", InputKind::SystemLog, 300, 300),
        ]);
        partial.access = vec![asks_for_cart(300)];
        partial.messages = vec![message(1, HOUR + 300, Some("/cart")), message(2, 300, None)];
        assert_eq!(hours(partial), [(1, -1)]);
    }

    /// Otherwise a clock that drifts by a second a minute puts an error log eight hours west a quarter of an hour beside its zone, and none of
    /// its lines is joined.
    #[test]
    fn a_drifting_clock_is_off_by_what_it_is_off_at_the_incident() {
        let mut partial = inputs(&[
            ("web1/access.log", InputKind::AccessLog, 8 * HOUR, 8 * HOUR + 600),
            ("web1/error.log", InputKind::ErrorLog, 0, 600),
        ]);
        partial.access = vec![asks_for_cart(8 * HOUR + 300)];
        partial.messages = vec![message(1, 300, Some("/cart"))];
        let (evidence, _) = vantage::settle(partial);
        // Right at the incident, and 1.5 seconds off for each minute before.
        let drifting = |_: Place, time: Time| time.plus(time.since(second(8 * HOUR)) / 40);
        assert_eq!(
            zones(&evidence, &drifting),
            BTreeMap::from([(InputId(1), Duration::from_seconds(8 * HOUR))])
        );
    }

    #[test]
    fn a_log_that_would_miss_the_incident_lies_in_the_zone_in_which_it_meets_it() {
        let told = |at: i64| {
            let mut partial = inputs(&[
                ("cloudflare/edge.log", InputKind::EdgeLog, 0, 600),
                ("web1/error.log", InputKind::ErrorLog, at, at),
            ]);
            partial.messages = vec![message(1, at, None)];
            hours(partial)
        };
        assert_eq!(told(5 * HOUR + 300), [(1, -5)]);
        assert_eq!(told(-8 * HOUR + 300), [(1, 8)]);
        assert_eq!(told(300), [], "it meets it as UTC");
        assert_eq!(told(-200), [], "it ends right before it");
        assert_eq!(told(20 * HOUR), [], "no zone is so far from UTC");
    }

    /// Otherwise what a program wrote as it was started, hours before, dates all its lines hours beside what they explain.
    #[test]
    fn a_log_that_meets_the_incident_either_way_has_the_zone_of_its_machines_log_that_does_not() {
        let mut partial = inputs(&[
            ("cloudflare/edge.log", InputKind::EdgeLog, HOUR, HOUR + 600),
            ("web1/error.log", InputKind::ErrorLog, 2 * HOUR + 300, 2 * HOUR + 300),
            ("web1/php.log", InputKind::ErrorLog, HOUR, 2 * HOUR + 400),
        ]);
        let (begin, end) = (message(2, HOUR, None), message(2, 2 * HOUR + 400, None));
        partial.messages = vec![message(1, 2 * HOUR + 300, None), begin, end];
        assert_eq!(hours(partial), [(1, -1), (2, -1)]);
    }

    /// Otherwise what the kernel says (`dmesg -T`) of a table that is full lies an hour beside what it dropped, as soon as its log begins a day before.
    #[test]
    fn a_log_that_meets_the_incident_either_way_has_the_zone_that_another_of_its_machine_says() {
        let of = |ahead: Option<i32>, folder: &str| {
            let dmesg = if folder == "." { "dmesg.txt".to_owned() } else { format!("{folder}/dmesg.txt") };
            let mut partial = inputs(&[
                ("web1/access.log", InputKind::AccessLog, 23 * HOUR, 23 * HOUR + 600),
                (&dmesg, InputKind::SystemLog, 0, 24 * HOUR + 300),
            ]);
            partial.inputs.entry(InputId(0)).and_modify(|log| log.ahead_of_utc = ahead);
            partial.messages = vec![message(1, 0, None), message(1, 24 * HOUR + 300, None)];
            hours(partial)
        };
        assert_eq!(of(Some(3_600), "web1"), [(1, -1)]);
        assert_eq!(of(Some(3_600), "web2"), [], "another machine's");
        assert_eq!(of(None, "web1"), []);
        assert_eq!(of(Some(3_600), "."), [(1, -1)], "beside the folder");
    }

    /// Otherwise a proxy's log that names no zone is joined to nothing wherever the edge's log is missing, which has its requests.
    #[test]
    fn an_access_log_without_a_zone_lies_in_that_of_its_requests_or_in_the_one_in_which_it_meets_the_incident()
     {
        let of = |capture: (i64, i64), asked: bool, is_told: bool| {
            let mut partial = inputs(&[
                ("web1/access.log", InputKind::AccessLog, capture.0, capture.1),
                ("web1/haproxy.log", InputKind::AccessLog, 5 * HOUR + 1_900, 5 * HOUR + 2_300),
            ]);
            partial.inputs.entry(InputId(1)).and_modify(|proxy| proxy.times_are_local = true);
            let mut by_proxy = asks_for_cart(5 * HOUR + 2_000);
            by_proxy.place = place(1);
            partial.access = vec![asks_for_cart(200), by_proxy];
            partial.access.truncate(1 + usize::from(asked));
            let (evidence, _) = vantage::settle(partial);
            let zones = zones_of_access_logs(&evidence, |_| is_told, &|_, time| time);
            zones.into_iter().map(|(input, zone)| (input.0, zone / QUARTER_HOUR)).collect::<Vec<_>>()
        };
        assert_eq!(of((100, 500), false, false), [(1, -22)]);
        assert_eq!(of((0, 24 * HOUR), true, false), [(1, -22)], "by its requests");
        assert_eq!(of((0, 24 * HOUR), false, false), [], "it meets the incident as UTC");
        let hour_before = (4 * HOUR + 1_900, 5 * HOUR + 1_890);
        assert_eq!(
            of(hour_before, false, false),
            [(1, -4)],
            "it begins as the other log ends, and meets all of it an hour before"
        );
        assert_eq!(of((100, 500), false, true), [], "its requests have told how far its clock is off");
    }

    #[test]
    fn zones_of_half_and_quarter_hours_are_found_and_the_longest_meeting_counts() {
        let incident = (second(0), second(600));
        let of = |from: i64, until: i64| {
            by_span(incident, &|zone| (second(from).plus(zone), second(until).plus(zone))) / QUARTER_HOUR
        };
        assert_eq!(of(5 * HOUR + HOUR / 2 + 100, 5 * HOUR + HOUR / 2 + 500), -22);
        assert_eq!(of(5 * HOUR + 2700 + 100, 5 * HOUR + 2700 + 500), -23);
        assert_eq!(of(2 * HOUR - 700, 2 * HOUR + 500), -8, "a quarter less or more meets less of it");
    }
}
