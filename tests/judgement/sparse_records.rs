//! What is told by records of the edge that leave something out, and by what stands beside them.

use rayscope::correlate::{Case, Outcome, ToldFrom};
use rayscope::evidence::ConnectionRow;
use rayscope::time::Duration;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::cut::keeping;
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::{BEGIN, EDGES, ORIGIN, Request, SECOND};
use super::tls::hello;
use super::tls_messages::client_hello;

/// A log of the edge without the addresses of its own servers and of the origins.
fn without_addresses(r: Request) -> Request {
    r.unlogged("EdgeServerIP").unlogged("OriginIP")
}

fn healthy() -> Incident {
    incident().others(40, |r| without_addresses(r.goes_well()))
}

fn refused(r: Request) -> Request {
    without_addresses(r.edge(521, 0)).connection(|c| c.syns(1).resets(Origin))
}

fn unanswered(r: Request) -> Request {
    without_addresses(r.edge(522, 0)).connection(|c| c.syns(4))
}

/// The origin closes after the ClientHello.
fn not_shaken(r: Request) -> Request {
    without_addresses(r.edge(525, 0))
        .connection(|c| c.opens().says(Edge, &hello()).takes(Origin).ends(Origin))
}

fn outcomes(told: &Incident) -> Vec<(Outcome, ToldFrom)> {
    let mut outcomes: Vec<_> =
        told.judged().iter().map(|case| (case.happened.outcome, case.happened.from)).collect();
    outcomes.sort_by_key(|(outcome, _)| *outcome);
    outcomes
}

#[test]
fn without_addresses_each_failing_request_has_the_connection_that_failed_as_the_edge_says() {
    // All three at the same seconds, so that time alone would mix them up.
    let told = healthy().failing_within(1, (50, 51), refused).failing_within(1, (50, 51), unanswered);
    let told = told.failing_within(1, (50, 51), not_shaken);
    let packets = ToldFrom::Packets;
    let expected =
        [(Outcome::Refused, packets), (Outcome::Unanswered, packets), (Outcome::HandshakeClosed, packets)];
    assert_eq!(outcomes(&told), expected);
}

#[test]
fn without_addresses_two_failures_of_one_kind_have_a_connection_each() {
    let told = healthy().failing_within(4, (50, 52), refused);
    assert_eq!(outcomes(&told), [(Outcome::Refused, ToldFrom::Packets); 4]);
}

/// 521 is said of a connection that was refused, and never of one that was open.
#[test]
fn without_addresses_a_connection_that_failed_otherwise_than_the_edge_says_is_another_ones() {
    let open = Request::new(900, super::request::BEGIN + 50 * super::request::SECOND);
    let open = open.connection(|c| c.opens().says(Edge, &hello()).takes(Origin).ends(Origin)).packets();
    let told = healthy().failing_within(1, (50, 51), |r| without_addresses(r.edge(521, 0))).packets(open);
    let apart = [(Outcome::Refused, ToldFrom::Edge), (Outcome::HandshakeClosed, ToldFrom::Packets)];
    assert_eq!(outcomes(&told), apart);
}

/// A connection by the name of one host is not that of another host's request, which failed in the same way at that moment.
#[test]
fn without_addresses_a_connection_for_another_host_is_another_ones() {
    let other = "other.example";
    let at = super::request::BEGIN + 50 * super::request::SECOND;
    let again = Request::new(900, at).connection(|c| {
        c.opens().says(Edge, &client_hello(other, &["http/1.1"], 0)).takes(Origin).ends(Origin)
    });
    let of_other = |r: Request| {
        without_addresses(r.host(other).edge(525, 0)).connection(|c| {
            c.opens().says(Edge, &client_hello(other, &["http/1.1"], 0)).takes(Origin).ends(Origin)
        })
    };
    let told = healthy().failing_within(1, (50, 51), |r| without_addresses(r.edge(525, 0)));
    let told = told.failing_within(1, (50, 51), of_other).packets(again.packets());
    let of_own_host =
        told.judged().iter().map(|case| (case.happened.from, case.happened.outcome)).collect::<Vec<_>>();
    let by_packets = of_own_host.iter().filter(|(from, _)| *from == ToldFrom::Packets).count();
    assert_eq!((of_own_host.len(), by_packets), (3, 2), "one request has no connection: {of_own_host:?}");
}

/// What failed otherwise at that moment does not hide it, however much it is.
#[test]
fn without_addresses_a_failure_is_found_among_many_of_other_kinds() {
    let told = healthy().failing_within(80, (50, 51), |r| without_addresses(r.edge(521, 0)));
    let told = told.failing_within(1, (50, 51), not_shaken);
    let found =
        outcomes(&told).into_iter().filter(|told| *told == (Outcome::HandshakeClosed, ToldFrom::Packets));
    assert_eq!(found.count(), 1);
}

/// Of two handshakes that fail at one second, the one that the edge waited for is the request's that took as long.
#[test]
fn without_addresses_a_handshake_that_took_long_is_of_a_request_that_did() {
    let long = |r: Request| {
        without_addresses(r.takes(3_000).edge(525, 0))
            .connection(|c| c.opens().says(Edge, &hello()).takes(Origin).wait(3_000).ends(Edge))
    };
    let told =
        healthy().failing_within(3, (50, 51), long).failing_within(3, (50, 51), not_shaken).edge_in_seconds();
    let diagnosis = told.diagnosed();
    let cases = || diagnosis.incident.cases.iter().enumerate();
    let is_own = |(number, case): &(usize, &Case)| {
        let is_long = case.end.since(case.time) > Duration::SECOND;
        (diagnosis.judge.account(*number).happened.outcome == Outcome::HandshakeSilent) == is_long
    };
    assert_eq!((cases().count(), cases().filter(is_own).count()), (6, 6));
}

/// Among many failures of one moment the nearest is taken, and not the first of those that are near enough.
#[test]
fn without_addresses_the_nearest_of_many_failures_is_taken() {
    let told = healthy().failing_within(100, (50, 51), |r| without_addresses(r.edge(521, 0)));
    let judged = told.failing_within(1, (51, 52), refused).judged();
    let by_packets = judged.iter().filter(|case| case.happened.from == ToldFrom::Packets);
    assert_eq!((judged.len(), by_packets.count()), (101, 1), "no connection is left over");
}

/// Otherwise a record that has no end ended when it began, and the packets of its own request came too late to be its.
#[test]
fn a_record_without_its_end_does_not_end_when_it_begins() {
    let unheard = |r: Request| {
        r.takes(4_000).edge(522, 0).unlogged("EdgeEndTimestamp").connection(|c| {
            let page = answer("200 OK", "", "ok");
            c.opens()
                .wait(700)
                .asks()
                .wait(20)
                .loses(Origin, &page)
                .repeats(Origin, 1)
                .wait(1_000)
                .closes(Edge)
        })
    };
    let healthy = incident().others(40, |r| r.goes_well().unlogged("EdgeEndTimestamp"));
    let told = healthy.failing(6, unheard);
    assert_eq!(outcomes(&told), [(Outcome::Undelivered, ToldFrom::Packets); 6]);
}

#[test]
fn a_connection_that_failed_at_another_time_is_no_failing_requests() {
    let elsewhen = Request::new(900, super::request::BEGIN + 100 * super::request::SECOND);
    let elsewhen = elsewhen.connection(|c| c.syns(1).resets(Origin)).packets();
    let told = healthy().failing_within(1, (50, 51), |r| without_addresses(r.edge(521, 0))).packets(elsewhen);
    let judged = told.judged();
    let of_record: Vec<&JudgedCase> =
        judged.iter().filter(|case| case.happened.from == ToldFrom::Edge).collect();
    assert_eq!((judged.len(), of_record.len()), (2, 1), "{judged:?}");
}

/// The edge's log has the addresses, and those of the failing requests are empty.
#[test]
fn a_record_without_an_origin_in_a_log_that_has_them_tells_that_none_was_asked() {
    let told = incident().healthy(40).failing(6, |r| r.edge_alone(522));
    assert_sign("no-origin-named", &told, true);
    assert_sign("no-origin-named", &incident().healthy(40).failing(6, |r| r.edge(522, 0)), false);
    assert_sign("no-origin-named", &incident().healthy(40).failing(6, |r| r.edge_alone(530)), false);
    assert_sign("no-origin-named", &healthy().failing(6, |r| without_addresses(r.edge(522, 0))), false);
}

fn assert_sign(sign: &str, told: &Incident, is_seen: bool) {
    let judged = told.judged();
    assert!(!judged.is_empty());
    assert!(judged.iter().all(|case| case.seen.contains(&sign) == is_seen), "{sign}: {judged:?}");
}

/// One page of code 1016 that one visitor saved, and other failures of which nobody saved any.
fn one_page(others: (i64, i64), told: fn(Request) -> Request) -> Vec<JudgedCase> {
    let page = |r: Request| r.edge_alone(530).page(530, 1016);
    let incident = incident().healthy(40);
    incident.others_within(1, (20, 21), page).failing_within(4, others, told).judged()
}

#[test]
fn a_page_speaks_for_the_failures_of_its_status_and_host_in_its_burst() {
    let knows = |judged: &[JudgedCase]| judged.iter().filter(|case| case.seen.contains(&"page-dns")).count();
    let alike = one_page((10, 60), |r| r.edge_alone(530));
    assert_eq!((alike.len(), knows(&alike)), (4, 4), "{alike:?}");
    assert!(alike.iter().all(|case| case.slug.as_deref() == Some("edge-dns")), "{alike:?}");
    let of_host = one_page((10, 60), |r| r.host("blog.example").edge_alone(530));
    assert_eq!((of_host.len(), knows(&of_host)), (4, 0), "another host: {of_host:?}");
    let of_status = one_page((10, 60), |r| r.edge_alone(503));
    assert_eq!((of_status.len(), knows(&of_status)), (4, 0), "another status: {of_status:?}");
    let later = one_page((500, 510), |r| r.edge_alone(530));
    assert_eq!((later.len(), knows(&later)), (4, 0), "minutes later: {later:?}");
}

/// Otherwise a capture of handshakes alone, by a clock that is off, tells nothing of the requests that the edge's log has.
#[test]
fn failed_handshakes_show_how_far_the_clock_of_a_capture_is_off() {
    let refuses = |r: Request| {
        let plain = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n";
        let told =
            |c: Conversation| c.opens().says(Edge, &hello()).takes(Origin).says(Origin, plain).ends(Origin);
        let edge = std::net::Ipv4Addr::new(172, 68, 20, (r.ray().0 / 7_919 % 250) as u8);
        r.by_edge(edge).edge(525, 0).connection(told)
    };
    for ahead in [0, 37, -2500] {
        let told = incident().others(40, |r| r.edge(200, 200)).failing(12, refuses);
        let judged = told.without(Source::AccessLog).capture_ahead(ahead).judged();
        let of_requests = judged.iter().filter(|case| case.account.starts_with("Some(Ray"));
        let right = of_requests.filter(|case| case.slug.as_deref() == Some("tls-plaintext-on-port")).count();
        assert_eq!((right, judged.len()), (12, 12), "{ahead} seconds: {judged:?}");
    }
}

/// nginx writes local time; without the zone its lines would lie hours from the incident.
#[test]
fn an_error_log_of_another_zone_explains_the_requests_that_it_names() {
    let line = "connect() failed (111: Connection refused) while connecting to upstream";
    let failing = |r: Request| {
        let page = super::conversation::answer("502 Bad Gateway", "", "bad");
        r.edge(502, 502)
            .access(502)
            .connection(|c| c.opens().asks().answers(&page).ends(Edge))
            .nginx("[error]", line)
    };
    let told = incident().healthy(40).failing(6, failing).error_log_ahead(5);
    assert_sign("upstream-refused-line", &told, true);
}

/// Otherwise a log of the edge that leaves its own addresses out keeps all messages that name their client alone from the requests.
#[test]
fn messages_that_name_the_peer_are_joined_by_the_access_line_where_the_edges_log_has_no_addresses() {
    let without_port = |r: Request| r.access_field("remote_port", serde_json::Value::Null);
    let refused = |r: Request| {
        let r = without_port(without_addresses(r.edge(502, 502)).access(502));
        r.apache("proxy_http:error", "AH01114: HTTP: failed to make connection to backend: 127.0.0.1")
    };
    let healthy = incident().others(40, |r| without_port(without_addresses(r.goes_well())));
    let judged = healthy.without(Source::Capture).failing(6, refused).judged();
    let named: Vec<Option<&str>> = judged.iter().map(|case| case.slug.as_deref()).collect();
    assert_eq!(named, [Some("upstream-refused"); 6]);
    assert!(judged.iter().all(|case| case.seen.contains(&"upstream-refused-line")));
}

/// Otherwise a request that got half an answer is told as a broken handshake of its second. 520 stands for what has no status of its own, and an edge that says 525 has one.
#[test]
fn without_addresses_an_edge_that_says_525_says_no_520_of_a_handshake() {
    let half = |r: Request| without_addresses(r.edge(520, 0));
    let told = healthy().failing(4, not_shaken).failing_within(2, (50, 51), half);
    let begin = BEGIN + 50 * SECOND + SECOND / 3;
    let of_nobody = Conversation::new((EDGES[1], 51_999), (ORIGIN, 443), begin, Vec::new(), Vec::new());
    let told = told.packets(of_nobody.opens().says(Edge, &hello()).takes(Origin).ends(Origin).packets());
    let judged = told.judged();
    let requests = judged.iter().filter(|case| case.account.starts_with("Some(Ray"));
    let taken = requests.filter(|case| case.happened.outcome == Outcome::HandshakeClosed).count();
    assert_eq!(taken, 4, "{judged:?}");
}

/// Otherwise an origin that takes no body without a length turns visitors away, and the report says that all is well.
#[test]
fn a_411_is_a_failure_also_where_the_log_leaves_out_the_origins_status() {
    let told = |status: u16| {
        let answered = move |r: Request| r.post("").edge(status, status).unlogged("OriginResponseStatus");
        incident().without(Source::Capture).others(40, Request::goes_well).failing(6, answered).named()
    };
    assert_eq!(told(411), [Some("request-framing".to_owned())]);
    assert_eq!(told(404), [], "a status that visitors meet all day");
    let of_edge = incident().healthy(40).failing(6, |r| r.post("").edge_alone(411));
    assert_eq!(of_edge.named(), [], "no origin was asked");
}

/// Otherwise an attempt that the firewall's own line names is told as an origin that is down: a record without an end does not say for how long the edge tried.
#[test]
fn a_line_of_the_firewall_is_of_an_attempt_up_to_its_last_syn() {
    let dropped = |r: Request| {
        without_addresses(r.by_edge(EDGES[3]).edge(522, 0).unlogged("EdgeEndTimestamp"))
            .connection(|c| c.syns(4))
    };
    let line = format!(
        "kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02 SRC={} DST=203.0.113.10 LEN=60 TTL=57 ID=1 DF PROTO=TCP SPT=19055 DPT=443 WINDOW=64800 RES=0x00 SYN URGP=0 ",
        EDGES[3]
    );
    let told = |line_at: i64| {
        let well = incident().others(40, |r| without_addresses(r.by_edge(EDGES[0]).goes_well()));
        well.line(Source::SystemLog, line_at, &line).failing_within(2, (50, 51), dropped)
    };
    assert_eq!(told(57).named(), [Some("firewall-drop".to_owned())]);
    assert_eq!(told(66).named(), [Some("connect-timeout".to_owned())], "of a later packet from there");
}

/// Otherwise a table that is full for as long as the logs reach is laid to chance, since its line is near every request, healthy ones too.
#[test]
fn a_full_table_of_connections_is_no_chance_however_long_it_is_full() {
    let full = "kernel: nf_conntrack: nf_conntrack: table full, dropping packet";
    let told = incident().others_within(40, (45, 65), Request::goes_well).without(Source::Capture);
    let told = (45..65).step_by(3).fold(told, |told, at| told.line(Source::SystemLog, at, full));
    let told = told.line(
        Source::SystemLog,
        46,
        "systemd[1]: Started nginx.service - A high performance web server.",
    );
    let causes = told.failing_within(14, (48, 58), |r| r.edge(522, 0)).diagnosed().causes;
    let [named] = &causes[..] else { panic!("{} causes", causes.len()) };
    assert_eq!(named.cause.slug, "conntrack-full");
    assert!(named.confidence >= 800, "{}", named.confidence);
}

/// A log that tells the edge's address of every request, and the origin's of those that have one.
#[test]
fn a_record_without_an_origin_names_none_whatever_address_the_edge_had() {
    let named = |origin: &'static str| {
        let unbound = move |r: Request| r.host("new.shop.example").edge(522, 0).field("OriginIP", origin);
        incident().others(60, |r| r.edge(200, 200)).failing(12, unbound).without(Source::Capture).named()
    };
    assert_eq!(named(""), [Some("edge-unbound-host".to_owned())]);
    assert_ne!(named("203.0.113.99"), [Some("edge-unbound-host".to_owned())]);
}

/// Apache names the client of a line and nothing that was asked, and a log of the edge may leave out its own addresses. Otherwise a hundred lines that say why, each
/// at the moment of a failure, say nothing.
#[test]
fn lines_that_stand_beside_all_that_failed_alike_one_for_each_say_why() {
    let connecting = "(111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:9000 (127.0.0.1:9000) failed";
    let told = |at_each: usize| {
        let well = |r: Request| r.edge(200, 200).unlogged("EdgeServerIP");
        let refused = |r: Request| {
            let r = r.edge(503, 503).unlogged("EdgeServerIP");
            (0..at_each).fold(r, |r, _| {
                r.apache_says_first("proxy:error", connecting).apache(
                    "proxy_http:error",
                    "AH01114: HTTP: failed to make connection to backend: 127.0.0.1",
                )
            })
        };
        let told = incident().others(60, well).failing(12, refused);
        told.without(Source::Capture).without(Source::ErrorLog).named()
    };
    assert_eq!(told(1), [Some("upstream-refused".to_owned())]);
    assert_eq!(told(0), [Some("origin-error-status".to_owned())]);
    // Three times as many: of others, too, that no record tells of.
    assert_eq!(told(3), [Some("origin-error-status".to_owned())]);
}

/// Otherwise a log in whole seconds leaves some requests without the attempt that was theirs, and lays them to an origin that answers nobody: what began in a second began anywhere in it.
#[test]
fn each_of_many_requests_of_a_second_has_an_attempt_of_that_second() {
    let from = |edge: usize| move |r: Request| without_addresses(r.by_edge(EDGES[edge]).goes_well());
    let well =
        || [0, 2].into_iter().fold(incident(), |told, edge| told.others_within(40, (20, 80), from(edge)));
    let dropped = |r: Request| without_addresses(r.by_edge(EDGES[3]).edge(522, 0)).connection(|c| c.syns(4));
    for seconds in [(50, 54), (50, 57), (49, 52)] {
        let told = well().failing_within(12, seconds, dropped).edge_in_seconds();
        assert_eq!(outcomes(&told), [(Outcome::Unanswered, ToldFrom::Packets); 12]);
        assert_eq!(told.named(), [Some("firewall-drop".to_owned())]);
    }
}

/// Otherwise a capture that was taken on another machine than the logs meets the records of the edge a second or two beside their own, and the last of a burst none.
#[test]
fn a_capture_is_shifted_to_where_nearly_all_its_attempts_have_a_record() {
    // Of whole segments nothing but six bytes is left: no ray, and nothing that was asked.
    let well = || incident().others(60, |r| without_addresses(r.goes_well())).snapped(60);
    let told = |ahead: i64| {
        let told = well().failing_within(80, (50, 57), unanswered).edge_in_seconds();
        told.capture_apart().capture_ahead(ahead)
    };
    for ahead in [-2, 0, 2] {
        assert_eq!(outcomes(&told(ahead)), [(Outcome::Unanswered, ToldFrom::Packets); 80], "{ahead}");
    }
}

/// Otherwise of several that ask for one thing within a second none has its packets, though each was at the origin while the edge waited for it.
#[test]
fn without_addresses_the_request_in_whose_time_a_captured_one_lies_is_the_one_that_it_is() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nhalf of it";
    let fails = |r: Request| {
        without_addresses(r.target("/compare").edge(520, 0))
            .connection(|c| c.opens().asks().answers(cut.as_bytes()).resets(Origin))
    };
    let well = |r: Request| without_addresses(r.target("/compare").goes_well());
    // The rays are cut off, and the answers' ends.
    let told = healthy().others_within(8, (50, 51), well).failing_within(8, (50, 51), fails);
    let incident = told.snapped(keeping(40)).diagnosed().incident;
    assert_eq!(incident.cases.len(), 8);
    for case in &incident.cases {
        let is_reset = |row: &ConnectionRow| row.connection.reset.is_some();
        assert!(case.connections(&incident.evidence).all(is_reset), "{case:?}");
        assert_eq!(case.attempts.len(), 1, "{case:?}");
    }
}

/// Otherwise a log that leaves the methods out tells nothing of what was posted: no line and no packet of it is found.
#[test]
fn without_methods_what_was_posted_has_its_lines_and_packets() {
    let bare = |r: Request| without_addresses(r).unlogged("ClientRequestMethod");
    let healthy = incident().others(40, |r| bare(r.goes_well()));
    let page = answer("502 Bad Gateway", "", "no");
    let fails = |r: Request| {
        let posted = r.target("/api/cart").post("Content-Length: 0\r\n").edge(502, 502).access(502);
        let posted = posted
            .access_field("cf_ray", "-")
            .nginx("error", "app.internal could not be resolved (3: Host not found)");
        bare(posted).connection(|c| c.opens().asks().answers(&page).ends(Edge))
    };
    let cases = healthy.failing(8, fails).snapped(keeping(40)).diagnosed().incident.cases;
    assert_eq!(cases.len(), 8);
    for case in cases {
        assert_eq!((case.access.len(), case.messages.len(), case.attempts.len()), (1, 1, 1), "{case:?}");
    }
}

/// Otherwise all that is known of what Caddy's `abort` ends is that the edge could not use something.
#[test]
fn a_request_of_which_caddy_wrote_nothing_was_not_answered() {
    let fails = |r: Request| {
        without_addresses(r.edge(520, 0).access(0)).access_field("logger", "http.log.access.log0")
    };
    let judged = healthy().failing(8, fails).without(Source::Capture).judged();
    assert_eq!(judged.len(), 8);
    for case in judged {
        assert_eq!(case.happened.outcome, Outcome::Closed, "{}", case.account);
        assert_eq!(case.happened.from, ToldFrom::OriginLog);
        assert_eq!(case.slug.as_deref(), Some("empty-response"), "{}", case.account);
    }
}

/// Apache names the client of what it refuses, and its access log the ray. Otherwise a request with a head that is too large is none where the edge's log tells no addresses.
#[test]
fn without_addresses_what_a_server_says_of_a_client_finds_the_edges_record_by_the_ray() {
    let refused = |r: Request| {
        let refused = without_addresses(r.edge(400, 400).access(400));
        refused.apache("core:error", "AH00561: Request header exceeds LimitRequestFieldSize: Cookie")
    };
    let judged = healthy().failing(8, refused).without(Source::Capture).judged();
    assert_eq!(judged.len(), 8);
    for case in judged {
        assert_eq!(case.slug.as_deref(), Some("request-header-too-large"), "{}", case.account);
    }
}
