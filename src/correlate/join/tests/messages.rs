//! If these break, the fault of a request that went well is told of one that failed, or a failing one loses what its server said.

mod of_connections;

use super::*;
use crate::evidence::{Competitor, MessageRow, RequestKey};
use crate::logs::{MessageLine, NamedTarget};

const ERRORS: InputId = InputId(2);

/// Milliseconds after the epoch.
fn at(milliseconds: i64) -> Time {
    Time::EPOCH.plus(Duration::from_milliseconds(milliseconds))
}

/// The logs of a minute, with one failing request for `/cart`, from 10.000 to 10.040 s.
fn failing() -> Partial {
    let mut partial = evidence();
    let mut summary = InputSummary::new("origin/error.log", InputKind::ErrorLog, "nginx_error", 1);
    summary.saw(Time(0));
    partial.inputs.insert(ERRORS, summary);
    let mut row = record(1, 7, 10, 502);
    row.record.origin_status = Some(502);
    partial.edge = vec![row];
    partial
}

/// A healthy request for `/cart` of 40 ms.
fn healthy(line: u64, begin: i64) -> Competitor {
    Competitor {
        place: Place::Line { input: EDGE, line, before: 0 },
        key: RequestKey::of("GET", "/cart"),
        named: RequestKey::without_method("/cart"),
        ray: Some(Ray(line)),
        span: (at(begin), Some(at(begin + 40))),
        resolution: Duration::NANOSECOND,
        host: None,
        edge_status: Some(200),
        origin_status: Some(200),
        edge_address: edge(),
        client_address: None,
    }
}

/// An error about a request for `/cart`, of a log that tells milliseconds.
fn error(line: u64, milliseconds: i64) -> MessageRow {
    let message = MessageLine {
        time: Some(at(milliseconds)),
        resolution: Duration::MILLISECOND,
        level: Some("error".to_owned()),
        program: Some("nginx".to_owned()),
        signature: Some("nginx-upstream-prematurely-closed"),
        client: edge(),
        request: Some(("GET".to_owned(), "/cart".to_owned())),
        ..MessageLine::default()
    };
    MessageRow { place: Place::Line { input: ERRORS, line, before: 0 }, line: message }
}

/// The same of a log that tells whole seconds.
fn in_second(line: u64, second: i64) -> MessageRow {
    let mut row = error(line, second * 1000);
    row.line.resolution = Duration::SECOND;
    row
}

/// How many messages each case has, and how many messages were given to none because several fit.
fn told(partial: &Partial) -> (Vec<usize>, u64) {
    let joined = joined(partial);
    (joined.cases.iter().map(|case| case.messages.len()).collect(), joined.undecided_messages)
}

#[test]
fn an_error_of_a_request_that_the_edge_saw_as_fine_is_not_that_of_a_failing_one_near_by() {
    let mut partial = failing();
    partial.competing = vec![healthy(5, 10_600)];
    partial.messages = vec![error(1, 10_620)];
    assert_eq!(told(&partial).0, [0]);
    partial.messages = vec![error(1, 10_030)];
    assert_eq!(told(&partial), (vec![1], 0));
}

#[test]
fn a_note_that_any_request_may_leave_is_given_to_none_of_two() {
    let mut partial = failing();
    partial.messages = vec![in_second(1, 10)];
    partial.messages[0].line.level = Some("warn".to_owned());
    assert_eq!(told(&partial), (vec![1], 0));
    partial.competing = vec![healthy(5, 10_600)];
    assert_eq!(told(&partial), (vec![0], 1));
    // An error is left by what fails.
    partial.messages = vec![in_second(1, 10)];
    assert_eq!(told(&partial), (vec![1], 0));
}

#[test]
fn errors_of_two_connections_are_those_of_two_requests() {
    let mut partial = failing();
    partial.competing = vec![healthy(5, 10_600)];
    partial.messages = vec![in_second(1, 10), in_second(2, 10)];
    partial.messages[0].line.connection = Some(7);
    partial.messages[1].line.connection = Some(8);
    assert_eq!(told(&partial), (vec![0], 2));
    partial.messages[1].line.connection = Some(7);
    assert_eq!(
        told(&partial),
        (vec![0], 2),
        "a request of which the same is said ended, and so did the next one"
    );
    partial.messages[1].line.signature = Some("nginx-client-closed");
    assert_eq!(told(&partial), (vec![2], 0), "several of one connection are those of one");
}

#[test]
fn what_two_failing_requests_may_have_left_is_given_to_neither() {
    let mut partial = failing();
    let mut other = record(2, 8, 10, 502);
    other.record.origin_status = Some(502);
    partial.edge.push(other);
    partial.messages = vec![in_second(1, 10)];
    assert_eq!(told(&partial), (vec![0, 0], 1));
}

/// Otherwise a reset beside it may have left what an application says of the request that it answered with 500, or both have nothing.
#[test]
fn what_an_application_says_of_a_request_that_it_answers_with_500_is_not_anothers() {
    let mut partial = failing();
    let mut unanswered = record(2, 8, 10, 520);
    unanswered.record.origin_status = Some(0);
    partial.edge[0].record.origin_status = Some(500);
    partial.edge.push(unanswered);
    let mut message = in_second(1, 10);
    message.line.signature = Some("gunicorn-request-failed");
    partial.messages = vec![message];
    assert_eq!(told(&partial), (vec![1, 0], 0));
    partial.messages[0].line.signature = Some("php-uncaught-error");
    assert_eq!(told(&partial), (vec![0, 0], 1), "of others nobody knows");
}

/// Django and Flask log the path alone: otherwise no failing request that has a query has its exception.
#[test]
fn a_message_that_names_a_path_is_that_of_a_request_with_a_query() {
    let mut partial = failing();
    partial.edge[0].record.target = Some("/cart?id=1".to_owned());
    let mut row = error(1, 10_030);
    (row.line.request, row.line.client) = (None, None);
    row.line.target = Some(NamedTarget::Path("/cart".into()));
    partial.messages = vec![row.clone()];
    assert_eq!(told(&partial), (vec![1], 0));
    // What names the whole target means another request.
    partial.messages[0].line.target = Some(NamedTarget::Whole("/cart".into()));
    assert_eq!(told(&partial), (vec![0], 0));
    // A healthy request for the same path with another query ended then.
    let mut rival = healthy(5, 10_600);
    rival.named = RequestKey::without_method("/cart?id=2");
    partial.competing = vec![rival];
    row.line.time = Some(at(10_620));
    partial.messages = vec![row];
    assert_eq!(told(&partial).0, [0]);
}

/// Otherwise the commonest outage, one URL that fails for everybody, has no reason.
#[test]
fn as_many_messages_that_say_the_same_as_failing_requests_are_one_for_each() {
    let mut partial = failing();
    for ray in [8, 9] {
        let mut other = record(ray, ray, 10, 502);
        other.record.origin_status = Some(502);
        partial.edge.push(other);
    }
    partial.messages = vec![in_second(1, 10), in_second(2, 10), in_second(3, 10)];
    assert_eq!(told(&partial), (vec![1, 1, 1], 0));
    // One of the requests left none, and nobody knows which.
    partial.messages.pop();
    assert_eq!(told(&partial), (vec![0, 0, 0], 2));
    // One says something else.
    partial.messages.push(in_second(3, 10));
    partial.messages[2].line.signature = Some("nginx-upstream-timed-out");
    assert_eq!(told(&partial).0, [0, 0, 0]);
}

/// Otherwise those at the border of two seconds lose theirs to the requests of the next one, which have their own.
#[test]
fn who_can_have_left_few_messages_has_one_although_others_claim_those_too() {
    let mut partial = failing();
    partial.edge = [(1, 10), (2, 10), (3, 11), (4, 11)]
        .into_iter()
        .map(|(number, second)| {
            let mut row = record(number, number, second, 502);
            row.record.origin_status = Some(502);
            (row.record.end, row.record.resolution) = (Some(row.record.start), Duration::SECOND);
            row
        })
        .collect();
    let told_of = |milliseconds: &[i64]| {
        let mut partial = partial.clone();
        partial.messages = (1..).zip(milliseconds).map(|(line, at)| error(line, *at)).collect();
        told(&partial).0
    };
    assert_eq!(told_of(&[10_500, 10_900, 11_300, 11_700]), [1, 1, 1, 1]);
    assert_eq!(
        told_of(&[10_500, 10_900, 11_300]),
        [0, 0, 0, 0],
        "one of them left none, and nobody knows which"
    );
}

#[test]
fn a_balancer_and_the_server_behind_it_both_tell_of_one_request() {
    let mut partial = failing();
    let mut summary = InputSummary::new("web/error.log", InputKind::ErrorLog, "apache_error", 1);
    summary.saw(Time(0));
    partial.inputs.insert(InputId(3), summary);
    partial.messages = vec![in_second(1, 10), in_second(2, 10)];
    partial.messages[1].place = Place::Line { input: InputId(3), line: 1, before: 0 };
    partial.messages[1].line.program = Some("apache".to_owned());
    assert_eq!(told(&partial), (vec![2], 0));
}

#[test]
fn what_was_never_sent_left_no_message() {
    let mut partial = failing();
    partial.edge = vec![record(1, 7, 10, 521), record(2, 8, 20, 520)];
    partial.edge[1].record.edge_address = None;
    partial.messages = vec![in_second(1, 10), in_second(2, 20)];
    assert_eq!(told(&partial).0, [0, 0]);
}

#[test]
fn a_message_that_names_the_ray_of_a_healthy_request_is_not_a_failing_ones() {
    let mut partial = failing();
    partial.messages = vec![error(1, 10_030), error(2, 10_030)];
    partial.messages[0].line.ray = Some(Ray(5));
    assert_eq!(told(&partial), (vec![1], 0));
}

/// A message of Apache that names its client and nothing else.
fn about_client(line: u64, milliseconds: i64) -> MessageRow {
    let mut row = error(line, milliseconds);
    row.line.signature = Some("apache-backend-timed-out");
    row.line.program = Some("apache".to_owned());
    (row.line.request, row.line.client_port) = (None, Some(41_022));
    row
}

#[test]
fn a_message_that_names_its_client_alone_is_that_of_the_failing_request_from_there() {
    let mut partial = failing();
    partial.messages = vec![about_client(1, 10_030)];
    assert_eq!(told(&partial), (vec![1], 0));
    partial.messages = vec![about_client(1, 40_000)];
    assert_eq!(told(&partial).0, [0], "half a minute later");
    partial.messages = vec![about_client(1, 10_030)];
    partial.messages[0].line.client = "172.68.9.9".parse().ok();
    assert_eq!(told(&partial).0, [0], "from another address of the edge");
    partial.messages = vec![about_client(1, 10_030)];
    partial.messages[0].line.signature = None;
    assert_eq!(told(&partial).0, [0], "nobody knows what it says");
}

/// Otherwise a log of the edge without its addresses leaves all messages that name a client alone to nobody.
#[test]
fn the_access_line_of_a_request_tells_the_client_that_a_message_names() {
    let mut partial = failing();
    for row in &mut partial.edge {
        (row.record.edge_address, row.record.edge_address_logged) = (None, false);
    }
    partial.access = vec![access(1, Some(7), 10, 502)];
    partial.messages = vec![about_client(1, 10_030)];
    assert_eq!(told(&partial), (vec![1], 0));
    partial.access[0].line.remote_address = "172.68.9.9".parse().ok();
    assert_eq!(told(&partial).0, [0], "the request came from another address");
}

/// Otherwise the absence of a line speaks against a request that may well have left one.
#[test]
fn of_two_requests_that_may_have_left_a_message_both_keep_it_in_mind() {
    let mut partial = failing();
    let mut other = partial.edge[0].clone();
    other.record.ray = Some(Ray(8));
    other.place = Place::Line { input: EDGE, line: 9, before: 0 };
    partial.edge.push(other);
    partial.messages = vec![error(1, 10_030)];
    let joined = joined(&partial);
    let told = |case: &crate::correlate::case::Case| (case.messages.len(), case.possible_messages.len());
    assert_eq!(joined.cases.iter().map(told).collect::<Vec<_>>(), [(0, 1), (0, 1)]);
}
