use super::*;
use crate::correlate::{join, vantage};
use crate::evidence::{EdgeRow, InputKind, InputSummary, LogSide, Partial, Place, RequestKey};
use crate::logs::{AccessLine, EdgeRecord, MessageLine};
use crate::ray::RayAtColo;
use crate::time::{Duration, Time};

const NAMES: [&str; 5] =
    ["cloudflare/edge.log", "web1/access.log", "web2/access.log", "web1/syslog", "web3/syslog"];

fn server(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([203, 0, 113, last]))
}

fn place(input: u32, line: u64) -> Place {
    Place::Line { input: InputId(input), line, before: 0 }
}

/// Two machines with an access log each, which serve addresses 1 and 2, and a machine of which no request is known.
fn machines() -> Machines {
    of_two().0
}

fn of_two() -> (Machines, Whole, Vec<Case>) {
    of_two_saying(&[])
}

/// The same, with lines that name these rays.
fn of_two_saying(lines: &[(u32, Option<Ray>)]) -> (Machines, Whole, Vec<Case>) {
    let mut partial = Partial::default();
    for (number, &(input, ray)) in (1..).zip(lines) {
        let line = MessageLine { ray, ..MessageLine::default() };
        partial.messages.push(MessageRow { place: place(input, number), line });
    }
    for (id, name) in (0..).zip(NAMES) {
        let kind = [InputKind::EdgeLog, InputKind::AccessLog, InputKind::SystemLog];
        let kind = kind[usize::from(id > 0) + usize::from(id > 2)];
        let mut summary = InputSummary::new(name, kind, "", 1);
        summary.saw(Time(0));
        partial.inputs.insert(InputId(id), summary);
    }
    for (input, ray) in [(1, Ray(7)), (2, Ray(8))] {
        let record = EdgeRecord {
            ray: Some(ray),
            edge_status: Some(502),
            origin_status: Some(502),
            origin_address: server(input as u8),
            host: Some("shop.example".to_owned()),
            ..EdgeRecord::default()
        };
        partial.edge.push(EdgeRow { place: place(0, u64::from(input)), record });
        let ray = Some(RayAtColo { ray, colo: None });
        let line = AccessLine { ray, status: Some(502), ..AccessLine::default() };
        partial.access.push(AccessRow { place: place(input, 1), line });
    }
    let (evidence, same_traffic) = vantage::settle(partial);
    let joined = join::joined(&evidence, &same_traffic);
    let machines = Machines::of(&joined.cases, &evidence, &Clocks::of(&evidence, &same_traffic));
    (machines, evidence, joined.cases)
}

#[test]
fn a_line_of_one_machine_says_nothing_about_requests_to_another() {
    let machines = machines();
    let [of_first, of_unknown] = [InputId(3), InputId(4)];
    assert!(machines.may_serve(of_first, server(1)));
    assert!(!machines.may_serve(of_first, server(2)));
    assert!(machines.may_serve(of_first, None), "nobody knows which server was asked");
    assert!(machines.may_serve(of_unknown, server(1)), "nobody knows what the machine serves");
}

/// Otherwise, where two servers are asked the same in one second, what one says of its own failure explains the other's.
#[test]
fn a_line_joined_by_what_was_asked_is_taken_back_where_the_requests_own_line_stands_on_another_machine() {
    let [by_ray, by_other, by_unknown] = [(3, Some(Ray(8))), (3, None), (4, None)];
    let left_of = |busy: &[u32], has_line: bool, knows_server: bool| {
        let (mut machines, (_, evidence, mut cases)) =
            (machines(), of_two_saying(&[by_ray, by_other, by_unknown]));
        busy.iter().for_each(|input| {
            (0..MANY).for_each(|_| machines.share(&BTreeSet::from([InputId(*input)])));
        });
        cases.retain(|case| case.ray == Some(Ray(8)));
        let all: Vec<MessageIndex> = evidence.messages.indexed().map(|(index, _)| index).collect();
        cases[0].messages = all.into();
        if !has_line {
            cases[0].access = Default::default();
        }
        if !knows_server {
            cases[0].edge = None;
        }
        machines.part_anothers(&mut cases, &evidence);
        cases[0].messages.len()
    };
    let left = |busy: &[u32], has_line: bool| left_of(busy, has_line, false);
    assert_eq!(left(&[1], true), 2, "a line that names its ray, and one of a machine that logs no requests");
    assert_eq!(left(&[], true), 3, "the machine has logged too few to show with which it shares them");
    assert_eq!(left(&[1], false), 3, "no line of the request's own shows who served it");
    assert_eq!(
        left_of(&[], false, true),
        2,
        "the edge's log names the server, and the machine serves another one"
    );
}

#[test]
fn a_machine_that_shares_no_request_with_the_one_that_logged_this_says_nothing_of_it() {
    let mut machines = machines();
    let own = || [InputId(1)].into_iter();
    assert!(machines.may_have_met(InputId(2), own()), "one request shows little");
    (0..MANY).for_each(|_| machines.share(&BTreeSet::from([InputId(2)])));
    assert!(!machines.may_have_met(InputId(2), own()));
    assert!(machines.may_have_met(InputId(2), std::iter::empty()), "nobody knows who logged it");
    assert!(machines.may_have_met(InputId(4), own()), "a machine without an access log");
    (0..FEWEST).for_each(|_| machines.share(&BTreeSet::from([InputId(1), InputId(2)])));
    assert!(machines.may_have_met(InputId(2), own()), "one stands behind the other");
}

/// Otherwise, where the edge's log has no addresses, one server's full table of files explains what other hosts do not answer.
#[test]
fn a_machine_that_logs_nothing_for_a_host_which_another_one_serves_says_nothing_of_it() {
    let mut machines = machines();
    let count = |machines: &mut Machines, input: u32, host, times| {
        (0..times).for_each(|_| {
            machines.count_host(InputId(input), Some(HostKey::of(host)));
            machines.share(&BTreeSet::from([InputId(input)]));
        });
    };
    count(&mut machines, 1, "shop.example", MANY);
    count(&mut machines, 2, "blog.example", MANY);
    assert!(machines.may_serve_host(InputId(1), Some("Shop.example")));
    assert!(!machines.may_serve_host(InputId(2), Some("shop.example")));
    assert!(machines.may_serve_host(InputId(2), Some("new.example")), "nobody is known to serve it");
    assert!(machines.may_serve_host(InputId(4), Some("shop.example")), "a machine without an access log");
    assert!(machines.may_serve_host(InputId(2), None), "nobody knows what was asked");
    (0..FEWEST).for_each(|_| machines.share(&BTreeSet::from([InputId(1), InputId(2)])));
    assert!(machines.may_serve_host(InputId(2), Some("shop.example")), "one stands behind the other");
}

/// Otherwise an access log without rays leaves it open which server it is of, and a kill on one machine explains the failures of all.
#[test]
fn a_log_without_rays_tells_its_server_by_what_was_asked_there() {
    let mut partial = Partial::default();
    for (id, (name, kind)) in (0..).zip([
        ("cloudflare/edge.log", InputKind::EdgeLog),
        ("web1/access.log", InputKind::AccessLog),
        ("web2/access.log", InputKind::AccessLog),
    ]) {
        partial.inputs.insert(InputId(id), InputSummary::new(name, kind, "", 1));
    }
    for line in 1..=4u64 {
        let key = RequestKey::of("GET", &format!("/{line}"));
        for web in [1u8, 2] {
            // Both servers are asked the same, at other times.
            let at = line + 10 * u64::from(web);
            partial.keys.offer(LogSide::Edge, key, || logged(0, at, web));
            partial.keys.offer(LogSide::Origin, key, || logged(u32::from(web), at, 0));
        }
    }
    let (evidence, same_traffic) = vantage::settle(partial);
    let machines = Machines::of(&[], &evidence, &Clocks::of(&evidence, &same_traffic));
    assert!(machines.may_serve(InputId(1), server(1)) && !machines.may_serve(InputId(1), server(2)));
    assert!(machines.may_serve(InputId(2), server(2)) && !machines.may_serve(InputId(2), server(1)));
}

/// A request of this minute, of an edge's record that names a server, or of a line.
fn logged(input: u32, minute: u64, web: u8) -> LoggedRequest {
    LoggedRequest {
        place: place(input, minute),
        start: Some(Time::from_seconds(minute as i64 * 60, 0)),
        end: None,
        resolution: Duration::SECOND,
        status: Some(200),
        host: None,
        origin_address: server(web).filter(|_| web > 0),
        ray: None,
        peer: None,
    }
}

/// Requests to two servers, so many to each with how many lines of the first machine beside them.
fn met(servers: [(u64, u64); 2], change: impl Fn(&mut LoggedRequest)) -> Machines {
    let mut partial = Partial::default();
    let kinds = [InputKind::EdgeLog, InputKind::AccessLog, InputKind::AccessLog];
    for ((id, name), kind) in (0..).zip(NAMES).zip(kinds) {
        partial.inputs.insert(InputId(id), InputSummary::new(name, kind, "", 1));
    }
    let asked = |request: LoggedRequest| LoggedRequest {
        peer: Some(IpAddr::from([172, 68, 0, 1])),
        host: Some(HostKey::of("shop.example")),
        ..request
    };
    for (web, (requests, lines)) in (1..).zip(servers) {
        for number in 0..requests {
            let at = number + 100 * u64::from(web);
            let key = RequestKey::of("GET", &format!("/{web}/{number}"));
            let mut at_edge = asked(logged(0, at, web));
            if web == 2 {
                change(&mut at_edge);
            }
            partial.keys.offer(LogSide::Edge, key, || at_edge);
            // What has no line there was asked there at another time.
            let at = if number < lines { at } else { at + 1000 };
            partial.keys.offer(LogSide::Origin, key, || asked(logged(1, at, 0)));
        }
    }
    // Else a peer or a host that no record has would not be known.
    partial.keys.offer(LogSide::Edge, RequestKey::of("GET", "/known"), || asked(logged(0, 0, 0)));
    partial.keys.offer(LogSide::Origin, RequestKey::of("GET", "/known"), || asked(logged(1, 5000, 0)));
    let (evidence, same_traffic) = vantage::settle(partial);
    Machines::of(&[], &evidence, &Clocks::of(&evidence, &same_traffic))
}

/// Otherwise a few requests for the home page, which every server is asked for in the same second, tie a machine to all of them; or a server that
/// refuses most of what it is asked is not known to be one of a machine that serves two.
#[test]
fn a_machine_serves_those_of_whose_answers_it_has_lines() {
    let serves_second = |servers| met(servers, |_| ()).may_serve(InputId(1), server(2));
    assert!(!serves_second([(40, 40), (40, 4)]), "a few of many");
    assert!(serves_second([(40, 40), (4, 4)]), "all of a few");
    assert!(met([(40, 40), (40, 4)], |_| ()).may_serve(InputId(1), server(1)));
}

#[test]
fn a_request_of_another_host_peer_or_answer_is_not_that_of_the_line() {
    let serves_second =
        |change: &dyn Fn(&mut LoggedRequest)| met([(8, 8), (8, 8)], change).may_serve(InputId(1), server(2));
    assert!(serves_second(&|_| ()));
    assert!(!serves_second(&|record| record.status = Some(404)));
    assert!(serves_second(&|record| record.status = Some(520)), "the edge's own word");
    assert!(!serves_second(&|record| record.host = Some(HostKey::of("blog.example"))));
    assert!(!serves_second(&|record| record.peer = Some(IpAddr::from([172, 68, 0, 2]))));
}

/// Otherwise an edge's log that leaves out the origin's address, or is a sample, leaves every machine untied.
#[test]
fn a_capture_tells_which_server_a_machine_is() {
    let mut partial = Partial::default();
    let inputs = [("capture/a.pcap", InputKind::Capture), (NAMES[1], InputKind::AccessLog)];
    for (id, (name, kind)) in (0..).zip(inputs) {
        partial.inputs.insert(InputId(id), InputSummary::new(name, kind, "", 1));
    }
    let sampled = |input: u32, server| HealthyRequest {
        input: InputId(input),
        ray: Some(Ray(7)),
        resolution: Duration::NANOSECOND,
        origin_address: server,
        status: Some(200),
        ..HealthyRequest::default()
    };
    partial.samples.offer(Seen::Capture, 0, || sampled(0, server(1)), Some(Ray(7)));
    partial.samples.offer(Seen::Access, 0, || sampled(1, None), Some(Ray(7)));
    let (evidence, same_traffic) = vantage::settle(partial);
    let machines = Machines::of(&[], &evidence, &Clocks::of(&evidence, &same_traffic));
    assert!(machines.may_serve(InputId(1), server(1)) && !machines.may_serve(InputId(1), server(2)));
}

/// Otherwise the kernel's word on one machine explains what fails on a dozen others of which nothing is known.
#[test]
fn a_line_may_be_anothers_where_machines_stand_side_by_side_and_nothing_ties_its_own_to_the_request() {
    let (machines, evidence, cases) = of_two();
    assert!(machines.may_be_anothers(InputId(4), &cases[0], &evidence), "nobody knows what it serves");
    assert!(!machines.may_be_anothers(InputId(3), &cases[0], &evidence), "the machine of the request's line");
    let alone = Machines { are_side_by_side: false, ..machines };
    assert!(!alone.may_be_anothers(InputId(4), &cases[0], &evidence), "a folder for each program");
}

/// Otherwise a kill for memory on one machine explains what another one of the same site does not answer.
#[test]
fn a_host_that_several_machines_serve_ties_none_of_them_to_a_request() {
    let (mut machines, evidence, cases) = of_two();
    let count = |machines: &mut Machines, input: u32| {
        (0..FEWEST).for_each(|_| machines.count_host(InputId(input), Some(HostKey::of("shop.example"))));
    };
    count(&mut machines, 4);
    assert!(
        !machines.may_be_anothers(InputId(4), &cases[0], &evidence),
        "it alone is known to serve the host"
    );
    count(&mut machines, 1);
    assert!(machines.may_be_anothers(InputId(4), &cases[0], &evidence), "so does the machine that was asked");
    assert!(
        !machines.may_be_anothers(InputId(4), &cases[1], &evidence),
        "the other is known to serve another address"
    );
}

/// Otherwise two lines of an internal client, which something joined, tie the machine of a healthy server to the one that crashes, and its decoys explain the crash.
#[test]
fn a_few_joined_lines_tie_no_machine_to_an_address_where_rays_show_whom_it_serves() {
    let proven = |by_ray: u64| {
        let mut meetings = Meetings::default();
        (0..2).for_each(|_| meetings.join(Some(&3), server(1)));
        (0..by_ray).for_each(|_| meetings.count_ray(Some(&3)));
        meetings.proven().collect::<Vec<_>>()
    };
    assert_eq!(proven(0), server(1).map(|server| (3, server)).into_iter().collect::<Vec<_>>());
    assert_eq!(proven(500), []);
}

/// Otherwise three lines that were joined to requests of another server tie a machine to it, though it has a hundred of requests of which no source
/// names the server.
#[test]
fn a_few_joined_lines_of_many_tie_no_machine_to_an_address() {
    let tied = |unknown: usize| {
        let mut meetings = Meetings::default();
        (0..3).for_each(|_| meetings.join(Some(&1), server(1)));
        (0..unknown).for_each(|_| meetings.join(Some(&1), None));
        meetings.proven().count()
    };
    assert_eq!((tied(0), tied(6), tied(7)), (1, 1, 0));
}

/// Otherwise the only log at hand explains what fails at each of the servers that packets show, though it is of one of them.
#[test]
fn the_only_log_at_hand_is_of_one_of_the_servers_that_packets_show_to_fail() {
    let are_several = |failing: &[u8], captured_on: &str| {
        let mut partial = Partial::default();
        let inputs = [
            ("cloudflare/edge.log", InputKind::EdgeLog),
            (captured_on, InputKind::Capture),
            ("web6/syslog", InputKind::SystemLog),
        ];
        for (id, (name, kind)) in (0..).zip(inputs) {
            partial.inputs.insert(InputId(id), InputSummary::new(name, kind, "", 1));
        }
        for last in [1, 2] {
            partial.tallies.of_server(server(last).unwrap(), |tally| tally.healthy_responses += MANY);
        }
        for (line, last) in (1..).zip(failing) {
            let record = EdgeRecord {
                ray: Some(Ray(line)),
                edge_status: Some(502),
                origin_status: Some(502),
                origin_address: server(*last),
                ..EdgeRecord::default()
            };
            partial.edge.push(EdgeRow { place: place(0, line), record });
        }
        let (evidence, same_traffic) = vantage::settle(partial);
        let joined = join::joined(&evidence, &same_traffic);
        Machines::of(&joined.cases, &evidence, &Clocks::of(&evidence, &same_traffic)).are_side_by_side
    };
    assert!(are_several(&[1, 1, 1, 2, 2, 2], "packets/all.pcap"));
    assert!(!are_several(&[1, 1, 1, 1, 1, 2], "packets/all.pcap"), "those of one server fail");
    assert!(!are_several(&[1, 1, 1, 2, 2, 2], "web6/all.pcap"), "a machine with two addresses");
}
