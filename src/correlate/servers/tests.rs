use super::*;
use crate::correlate::vantage;
use crate::evidence::tally::Reaching;
use crate::evidence::{EdgeRow, InputId, Partial, Place};
use crate::logs::EdgeRecord;

fn address(last: u8) -> IpAddr {
    IpAddr::from([203, 0, 113, last])
}

/// One server that is flooded, loses packets and closes idle connections after 5 s, and another one that is well.
fn servers() -> Servers {
    let mut partial = Partial::default();
    let tallies = &mut partial.tallies;
    for source in 0..120 {
        let begun = Time::from_seconds(1_000 + i64::from(source) / 10, 0);
        tallies.of_server(address(1), |server| {
            server.half_open(IpAddr::from([198, 51, 100, source]), begun);
        });
    }
    tallies.of_server(address(1), |server| {
        (server.segments, server.repeated_segments) = (1000, 50);
        server.idle_closes.insert(500, 20);
        server.requests_at_close.insert(100, 20);
    });
    tallies.of_server(address(2), |server| server.segments = 100_000);
    for server in [address(1), address(2)] {
        let reaching = Reaching { client: IpAddr::from([172, 68, 10, 9]), server, port: 443, second: 0 };
        tallies.reached.insert(reaching, Reached { established: 60, ..Reached::default() });
    }
    let (evidence, same_traffic) = vantage::settle(partial);
    Servers::of(&evidence, &EdgeRanges::with(&[]), &Clocks::of(&evidence, &same_traffic), &BTreeMap::new())
}

/// What is known of the server at an address that the edge names.
fn of(servers: &Servers, asked: u8) -> Option<&Server> {
    let record = EdgeRecord { origin_address: Some(address(asked)), ..EdgeRecord::default() };
    let place = Place::Line { input: InputId(0), line: 1, before: 0 };
    let partial = Partial { edge: vec![EdgeRow { place, record }], ..Partial::default() };
    let (evidence, same_traffic) = vantage::settle(partial);
    let clocks = Clocks::of(&evidence, &same_traffic);
    let mut edge = evidence.edge.indexed();
    let case = edge.next().map(|(index, row)| Case::from_edge(index, row, Failure::NoResponse, &clocks));
    servers.of_case(&case?, &evidence)
}

#[test]
fn what_happens_to_one_server_says_nothing_about_another() {
    let servers = servers();
    let ill = of(&servers, 1).unwrap();
    assert_eq!(ill.half_open_flood.map(|flood| (flood.half_open, flood.completed)), Some((120, 60)));
    let is_flooded = |second| ill.is_flooded_at(Time::from_seconds(second, 0));
    assert_eq!([990, 1_005, 1_070, 1_090].map(is_flooded), [false, true, true, false]);
    assert!(ill.loss.is_some_and(Loss::is_far_above_normal));
    assert_eq!(ill.idle.map(|timer| timer.duration / Duration::SECOND), Some(5));
    assert_eq!(ill.request_cap.map(|cap| cap.requests), Some(100));
    let well = of(&servers, 2).unwrap();
    assert_eq!((well.half_open_flood, well.idle, well.request_cap), (None, None, None));
    assert!(!well.loss.is_some_and(Loss::is_far_above_normal));
}

#[test]
fn an_address_that_no_capture_knows_is_that_of_the_only_server_and_of_none_of_two() {
    let mut servers = servers();
    assert_eq!(of(&servers, 9), None);
    servers.by_address.remove(&address(2));
    assert_eq!(of(&servers, 9), of(&servers, 1));
    assert!(of(&servers, 9).is_some());
}

/// Otherwise what the path loses a while after a flood is laid to the flood, though the server takes everybody again.
#[test]
fn a_flooded_server_that_takes_nearly_all_is_flooded_no_more() {
    let mut server = Server { flooded: vec![Time::from_seconds(1_000, 0)], ..Server::default() };
    let reached = |established, unanswered| Reached { established, unanswered, ..Reached::default() };
    server.connected(Time::from_seconds(1_002, 0), reached(14, 400));
    server.connected(Time::from_seconds(1_020, 0), reached(9, 0));
    server.connected(Time::from_seconds(1_030, 0), reached(6, 1));
    server.connected(Time::from_seconds(1_031, 0), reached(7, 0));
    server.connected(Time::from_seconds(1_040, 0), reached(7, 1));
    server.connected(Time::from_seconds(1_041, 0), reached(7, 1));
    server.settle();
    let is_flooded = |second| server.is_flooded_at(Time::from_seconds(second, 0));
    assert_eq!([1_002, 1_020, 1_030, 1_040].map(is_flooded), [true, true, false, true]);
}
