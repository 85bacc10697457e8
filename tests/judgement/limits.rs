//! Limits that count an address of the edge as one client, by numbers alone: most servers write no line about a 429.

use std::net::Ipv4Addr;

use super::application::fails;
use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::incident::{Incident, Source, incident};
use super::request::{BEGIN, EDGES, ORIGIN, Request, SECOND, clock};

/// One visitor of many each time.
fn of_many(r: Request) -> Request {
    answered(r, 429)
}

fn answered(r: Request, status: u16) -> Request {
    let visitor = r.ray().0 / 7_919 % 200;
    fails(r, status).field("ClientIP", format!("198.51.100.{visitor}"))
}

fn of_one(r: Request) -> Request {
    fails(r, 429).field("ClientIP", "198.51.100.7")
}

fn limited(told: fn(Request) -> Request) -> Incident {
    incident().healthy(80).failing(12, move |r| told(r.by_edge(EDGES[0])))
}

fn slugs(told: &Incident) -> Vec<Option<String>> {
    told.judged().into_iter().map(|case| case.slug).collect()
}

/// Otherwise visitors who are turned away for what others asked are called well, since the server says nothing of it.
#[test]
fn an_address_of_the_edge_that_is_counted_as_one_client_is_told_by_numbers() {
    let throttled = vec![Some("client-throttle".to_owned()); 12];
    assert_eq!(slugs(&limited(of_many)), throttled);
}

/// Of addresses with few requests no share is known. Otherwise whoever came by one of those is called well.
#[test]
fn what_is_refused_meanwhile_at_other_addresses_meets_the_same_limit() {
    let throttled = |told: Incident| {
        let slugs = slugs(&told);
        assert!(slugs.iter().all(|slug| slug.as_deref() == Some("client-throttle")), "{slugs:?}");
        slugs.len()
    };
    let told = |told: fn(Request) -> Request, within: (i64, i64)| {
        let limited = incident().healthy(120).failing_within(24, (40, 60), |r| of_many(r.by_edge(EDGES[0])));
        limited.failing_within(3, within, move |r| told(r.by_edge(EDGES[2])))
    };
    assert_eq!(throttled(told(of_many, (45, 55))), 27);
    assert_eq!(throttled(told(of_many, (90, 100))), 24, "when nothing else is refused");
    assert_eq!(throttled(told(of_one, (45, 55))), 24, "a robot's own limit");
}

/// Otherwise a small data centre, of which the log has two visitors, is called well beside others that meet the same limit.
#[test]
fn two_visitors_are_enough_beside_an_address_that_is_known_to_be_limited() {
    let of_two = |r: Request| {
        let visitor = 7 + r.ray().0 / 7_919 % 2;
        fails(r, 429).field("ClientIP", format!("198.51.100.{visitor}"))
    };
    let told = |told: Incident| told.failing_within(16, (50, 60), move |r| of_two(r.by_edge(EDGES[2])));
    let limited = || incident().healthy(120).failing_within(24, (40, 60), |r| of_many(r.by_edge(EDGES[0])));
    assert_eq!(slugs(&told(limited())), vec![Some("client-throttle".to_owned()); 40]);
    assert_eq!(slugs(&told(incident().healthy(120))), [], "alone these are robots");
}

/// Where more is refused than passes no address stands out. Otherwise a site that turns half of its visitors away is called well.
#[test]
fn an_application_that_says_that_it_limits_the_edges_addresses_is_taken_at_its_word() {
    let refused = |r: Request| of_many(r.flask_limited());
    let throttled = vec![Some("client-throttle".to_owned()); 40];
    assert_eq!(slugs(&incident().healthy(30).failing(40, refused)), throttled);
}

/// Otherwise each robot that is rightly limited is an alarm.
#[test]
fn a_robot_that_meets_its_own_limit_is_no_failure() {
    assert_eq!(slugs(&limited(of_one)), []);
    let everywhere = incident().healthy(80).failing(12, of_many);
    assert_eq!(slugs(&everywhere), [], "where all addresses are alike, the limit is on something else");
    let one_page = |r: Request| of_many(r.target("/login"));
    assert_eq!(slugs(&limited(one_page)), [], "a limit on one page");
    let missing = |r: Request| {
        let visitor = r.ray().0 / 7_919 % 200;
        let r = r.edge(404, 404).access(404).field("ClientIP", format!("198.51.100.{visitor}"));
        r.connection(|c| {
            c.opens().asks().answers(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").ends(Edge)
        })
    };
    assert_eq!(slugs(&limited(missing)), [], "another status");
}

/// nginx refuses with 503 unless it is told another status. Otherwise a limit that has to know the visitors is called an error of the application.
#[test]
fn a_limit_that_answers_503_is_told_by_the_addresses_that_pass_meanwhile() {
    let unavailable = |r: Request| answered(r.by_edge(EDGES[0]), 503);
    let limited = incident().healthy(80).failing(12, unavailable);
    assert_eq!(slugs(&limited), vec![Some("client-throttle".to_owned()); 12]);
    let an_error = vec![Some("origin-error-status".to_owned()); 12];
    let everywhere = incident().healthy(80).failing(12, |r| answered(r, 503));
    assert_eq!(slugs(&everywhere), an_error, "where all addresses are alike, the server is down");
    let others = |r: Request| {
        let other = EDGES[1 + r.ray().0 as usize / 7_919 % (EDGES.len() - 1)];
        r.by_edge(other).goes_well()
    };
    let never = incident().others(80, others).failing(12, unavailable);
    assert_eq!(slugs(&never), an_error, "of an address for which nothing passes, a backend is down");
    let in_packets = |told: Incident| slugs(&told.without(Source::EdgeLog).without(Source::AccessLog));
    let limited = incident().healthy(80).failing(12, unavailable);
    assert_eq!(in_packets(limited), vec![Some("client-throttle".to_owned()); 12], "packets alone");
    assert_eq!(in_packets(incident().healthy(80).failing(12, |r| answered(r, 503))), an_error);
}

/// Otherwise requests for one popular page that are refused in one second, of which a log of the edge without addresses is at hand, have no cause, although the
/// server wrote a line for each.
#[test]
fn lines_that_say_the_same_of_several_addresses_are_dealt_to_requests_of_which_no_address_is_known() {
    let refused = |r: Request| {
        let address = EDGES[(r.ray().0 / 7_919 % 2) as usize];
        let r = r.by_edge(address).target("/").edge(503, 503);
        r.unlogged("EdgeServerIP")
            .unlogged("OriginIP")
            .nginx("error", "limiting requests, excess: 5.020 by zone \"z\"")
    };
    let told = incident().healthy(40).without(Source::AccessLog).without(Source::Capture).edge_in_seconds();
    let told = told.failing_within(12, (60, 63), refused);
    assert_eq!(slugs(&told), vec![Some("client-throttle".to_owned()); 12]);
}

/// mod_qos closes what is one connection too many without a word, and names the client alone. Otherwise an origin that resets is blamed.
#[test]
fn a_limit_that_closes_connections_unanswered_is_told_by_the_address_in_its_lines() {
    let closed = |r: Request, told_of: usize| {
        let line = format!(
            "mod_qos(031): access denied, QS_SrvMaxConnPerIP rule: max=3, concurrent connections=4, c={}",
            EDGES[told_of]
        );
        // The record may tell how long the edge had waited as the connection ended.
        let r = r.by_edge(EDGES[0]).edge(520, 0).field("OriginResponseHeaderReceiveDurationMs", 3);
        let r = r.apache_goes_on("qos:error", &line);
        r.connection(|connection| connection.opens().asks().resets(Origin))
    };
    let told = |of: usize| incident().healthy(80).failing(12, move |r| closed(r, of));
    assert_eq!(slugs(&told(0)), vec![Some("client-throttle".to_owned()); 12]);
    let of_another = slugs(&told(2));
    assert!(!of_another.contains(&Some("client-throttle".to_owned())), "{of_another:?}");
}

/// A rule that counts connections lets some of an address through and refuses others. Otherwise a server is said not to be there that takes every second
/// connection.
#[test]
fn a_server_that_takes_and_refuses_connections_of_one_address_in_turn_is_there() {
    let refused = |r: Request| r.by_edge(EDGES[0]).edge(521, 0).connection(|c| c.syns(1).refuses());
    let taken = |r: Request| r.by_edge(EDGES[0]).goes_well();
    let in_turn = |seconds: std::ops::Range<i64>| {
        seconds.fold(incident().healthy(40), |told, second| {
            told.others_within(3, (second, second + 1), taken).failing_within(
                3,
                (second, second + 1),
                refused,
            )
        })
    };
    let named = in_turn(50..58).named();
    assert!(!named.contains(&Some("connect-refused".to_owned())), "{named:?}");
    let line = format!(
        "kernel: [ 4709.00] CONNLIMIT reject: IN=eth0 OUT= MAC=52 SRC={} DST=203.0.113.7 LEN=60 PROTO=TCP SPT=34455 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0",
        EDGES[0]
    );
    let told = (50..58).fold(in_turn(50..58), |told, second| told.line(Source::SystemLog, second, &line));
    for case in told.judged() {
        let is_rule = matches!(case.slug.as_deref(), Some("firewall-reset" | "client-throttle"));
        assert!(is_rule, "{}", case.account);
    }
    // So does a process that dies at requests and is started again.
    let died = |r: Request| r.by_edge(EDGES[0]).edge(520, 0).connection(|c| c.opens().asks().ends(Origin));
    let named = in_turn(50..58).failing_within(8, (50, 58), died).named();
    assert!(!named.contains(&Some("client-throttle".to_owned())), "{named:?}");
    // One restart mixes both in the second in which it begins and the one in which it ends.
    let restart =
        incident().healthy(40).others_within(3, (50, 51), taken).failing_within(30, (50, 53), refused);
    let restart = restart.others_within(3, (52, 53), taken);
    assert_eq!(restart.named(), [Some("connect-refused".to_owned())]);
    // Several mix both in twice as many.
    let away = |told: Incident, second: i64| {
        let told = told.others_within(4, (second, second + 1), taken);
        told.failing_within(30, (second + 1, second + 2), refused).others_within(
            4,
            (second + 2, second + 3),
            taken,
        )
    };
    let mixed = |told: Incident, second: i64| {
        let told = told.failing_within(1, (second, second + 1), refused);
        told.failing_within(1, (second + 2, second + 3), refused)
    };
    let restarts = [40, 50, 60]
        .into_iter()
        .fold(incident().healthy(40), |told, second| mixed(away(told, second), second));
    let named = restarts.named();
    assert!(!named.contains(&Some("client-throttle".to_owned())), "{named:?}");
}

/// So many connections of an address that stay open from one moment to another.
fn held(address: Ipv4Addr, count: u16, (from, to): (i64, i64)) -> Vec<(i64, Vec<u8>)> {
    let page = answer("200 OK", "", "fine");
    let one = |n: u16| {
        let (at, number) = (BEGIN + from * SECOND + i64::from(n) * SECOND / 10, 16 * from as u16 + n);
        let head = Request::new(20_000 + usize::from(number), at).by_edge(address).head();
        let begun = Conversation::new((address, 40_000 + number), (ORIGIN, 443), at, head, Vec::new());
        begun.opens().asks().answers(&page).until(to).ends(Edge).packets()
    };
    (0..count).flat_map(one).collect()
}

/// Six rounds in which connections of these addresses stay open for some seconds; between the rounds requests of theirs go well.
fn rounds(addresses: &[Ipv4Addr]) -> Incident {
    (0..6).map(|round| 10 * round).fold(incident(), |told, begin| {
        let told = addresses
            .iter()
            .fold(told, |told, address| told.packets(held(*address, 4, (begin + 2, begin + 9))));
        addresses.iter().fold(told, |told, address| {
            told.others_within(2, (begin, begin + 1), |r| r.by_edge(*address).goes_well())
        })
    })
}

/// In each round two requests of each of these addresses fail while the others are open.
fn fail_in_rounds(told: Incident, addresses: &[Ipv4Addr], fails: fn(Request) -> Request) -> Incident {
    (0..6).map(|round| 10 * round).fold(told, |told, begin| {
        addresses.iter().fold(told, |told, address| {
            told.failing_within(2, (begin + 4, begin + 8), |r| fails(r.by_edge(*address)))
        })
    })
}

/// Otherwise a rule that counts open connections is told as a server that is not there, or does not answer.
#[test]
fn a_server_that_turns_away_from_a_number_of_open_connections_on_has_a_limit() {
    let refused = |r: Request| r.edge(521, 0).connection(|c| c.syns(1).refuses());
    let dropped = |r: Request| r.edge(522, 0).connection(|c| c.syns(2));
    let ways: [fn(Request) -> Request; 2] = [refused, dropped];
    let one = &EDGES[..1];
    let of_others = |r: Request| {
        let other = EDGES[1 + r.ray().0 as usize / 7_919 % (EDGES.len() - 1)];
        r.by_edge(other).goes_well()
    };
    let limit = [Some("client-throttle".to_owned())];
    for (way, fails) in ["refused", "dropped"].into_iter().zip(ways) {
        let limited = fail_in_rounds(rounds(one).others(60, of_others), one, fails);
        assert_eq!(limited.named(), limit, "{way}");
        // As many meet it, whatever is open.
        let any = rounds(one)
            .others(60, of_others)
            .failing_within(12, (0, 60), move |r| fails(r.by_edge(EDGES[0])));
        let named = any.named();
        assert!(!named.contains(&limit[0]), "{way} at any number: {named:?}");
    }
    // Of all addresses nothing is taken while most is open: the server is busy then, or its backlog full.
    let busy = fail_in_rounds(rounds(&EDGES), &EDGES, dropped).named();
    assert!(!busy.contains(&limit[0]), "{busy:?}");
}

/// Otherwise who is asked too often is told to block somebody's paths, since the same proxy does that as well, and its log is all there is.
#[test]
fn what_a_rule_denies_and_what_a_limit_does_are_told_apart_by_their_status() {
    let line = |number: i64| {
        let (status, state) = match number % 5 {
            0 => (429, "PR--"),
            1 | 2 => (403, "PR--"),
            _ => (200, "----"),
        };
        let server = if status == 200 { "app/web1" } else { "fe/<NOSRV>" };
        let (edge, ray) = (EDGES[number as usize % EDGES.len()], format!("9f00aa12bc34{number:04x}"));
        let clock = &clock(BEGIN + number * SECOND)[11..19];
        format!(
            "Nov 17 {clock} lb1 haproxy[811]: {edge}:{} [17/Nov/2026:{clock}.500] fe {server} 0/0/0/9/9 {status} 225 - - {state} 3/3/0/0/0 0/0 {{{ray}-FRA|shop.example}} \"POST /p/{number} HTTP/1.1\"\n",
            40_000 + number
        )
    };
    let told =
        incident().healthy(1).without(Source::EdgeLog).without(Source::AccessLog).without(Source::Capture);
    let told = told.file("haproxy.log", (0..120).map(line).collect::<String>()).diagnosed();
    let named = |slug: &str| {
        told.judgements
            .iter()
            .filter_map(|judgement| judgement.cause)
            .filter(|cause| cause.slug == slug)
            .count()
    };
    assert_eq!((named("security-block"), named("client-throttle")), (48, 24));
}

/// Otherwise whoever has nothing but a capture reads nothing of visitors who are turned away for what others asked.
#[test]
fn packets_alone_tell_of_an_address_that_is_counted_as_one_client() {
    let refused = |r: Request| {
        let path = format!("/page/{}", r.ray().0 / 7_919 % 20);
        let no = answer("429 Too Many Requests", "", "slow down");
        r.target(&path).connection(|c| c.opens().asks().takes(Origin).answers(&no).ends(Edge))
    };
    let told = |fails: usize, of: usize| {
        let healthy = incident().healthy(80);
        let told = healthy.failing(fails, move |r| {
            let edge = EDGES[r.ray().0 as usize % of];
            refused(r.by_edge(edge))
        });
        slugs(&told.without(Source::EdgeLog).without(Source::AccessLog))
    };
    assert_eq!(told(12, 1), vec![Some("client-throttle".to_owned()); 12]);
    assert_eq!(told(12, 4), [], "as many at each address");
    let bare = |r: Request| r.unlogged("EdgeServerIP");
    let limited = incident().others(80, move |r| bare(r.goes_well())).without(Source::AccessLog);
    let limited = limited.failing(12, move |r| bare(refused(r.by_edge(EDGES[0])).edge(429, 429)));
    assert_eq!(slugs(&limited), vec![Some("client-throttle".to_owned()); 12], "the log has no addresses");
}
