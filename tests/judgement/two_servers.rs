//! What happens to one server says nothing about the requests to another.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use rayscope::correlate::{Outcome, ToldFrom};

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::http::{TWICE, taken, unusable};
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::{BEGIN, EDGES, ELSEWHERE, ORIGIN, Request, SECOND, clock};
use super::tcp::{flood_of, unanswered};
use super::tls::hello;
use super::tls_messages::{encrypted, fatal};

/// Both servers have healthy requests, and both are captured.
fn both_serve() -> Incident {
    incident().healthy(40).others(40, |r| r.asks_elsewhere().goes_well())
}

pub fn seen(judged: &[JudgedCase], sign: &str) -> (usize, usize) {
    (judged.iter().filter(|case| case.seen.contains(&sign)).count(), judged.len())
}

#[test]
fn a_flood_of_another_server_drops_no_syn_of_this_one() {
    let flooded =
        |server| both_serve().packets(flood_of(server)).failing_within(6, (20, 90), unanswered).judged();
    assert_eq!(seen(&flooded(ORIGIN), "half-open-flood"), (6, 6));
    assert_eq!(seen(&flooded(ELSEWHERE), "half-open-flood"), (0, 6));
}

/// Connections on which a server loses much: every answer is sent again.
fn lossy(server: Ipv4Addr) -> Vec<(i64, Vec<u8>)> {
    let page = answer("200 OK", "", "x".repeat(900));
    let one = |number: i64| {
        let at = BEGIN + number * SECOND;
        let head = Request::new(5000 + number as usize, at).head();
        let edge = (EDGES[1], 52_000 + number as u16);
        let told = Conversation::new(edge, (server, 443), at, head.clone(), head);
        told.opens().asks().answers(&page).repeats(Origin, 2).ends(Edge).packets()
    };
    (1..60).flat_map(one).collect()
}

#[test]
fn loss_on_the_way_to_another_server_delays_nothing_here() {
    let losing = |server| {
        let gives_up = |r: Request| r.edge(524, 0).connection(|c| c.opens().asks().wait(30_000).ends(Edge));
        both_serve().packets(lossy(server)).failing_within(6, (20, 60), gives_up).judged()
    };
    assert_eq!(seen(&losing(ORIGIN), "loss-on-healthy").0, 6);
    assert_eq!(seen(&losing(ELSEWHERE), "loss-on-healthy").0, 0);
}

/// Connections that one server ends at the same instant: a process of it died.
#[test]
fn connections_that_ended_together_are_those_of_one_server() {
    let ends = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().until(60).ends(Origin));
    let told = |others: fn(Request) -> Request| {
        let told = both_serve().others_within(8, (57, 58), others);
        told.failing_within(1, (57, 58), ends).judged()
    };
    let here = told(|r| r.edge(520, 0).connection(|c| c.opens().asks().until(60).ends(Origin)));
    let there = told(|r| {
        let r = r.asks_elsewhere().edge(520, 0);
        r.connection(|c| c.opens().asks().until(60).ends(Origin))
    });
    assert_eq!(seen(&here, "ended-together"), (1, 1), "{here:?}");
    assert_eq!(seen(&there, "ended-together"), (0, 1), "{there:?}");
}

/// Otherwise a server whose odd answers pass hides why the same oddity fails on another.
#[test]
fn an_oddity_that_passes_on_another_server_still_sets_the_failing_of_this_one_apart() {
    let healthy = incident().healthy(40).others(40, |r| taken(TWICE)(r.asks_elsewhere()));
    let judged = healthy.failing(6, |r| unusable(r, TWICE)).judged();
    assert_eq!(seen(&judged, "header-twice"), (6, 6), "{judged:?}");
    let here = incident().others(40, taken(TWICE)).failing(6, |r| unusable(r, TWICE)).judged();
    assert_eq!(seen(&here, "header-twice").0, 0, "{here:?}");
}

/// Otherwise a proxy that says its own name beside its application's, which every recipient takes, hides why two addresses to go to fail.
#[test]
fn a_header_twice_that_passes_says_nothing_of_another_header() {
    const NAMED_TWICE: &[u8] =
        b"HTTP/1.1 200 OK\r\nServer: lb\r\nServer: shop\r\nContent-Length: 2\r\n\r\nok";
    let judged = incident().others(40, taken(NAMED_TWICE)).failing(6, |r| unusable(r, TWICE)).judged();
    assert_eq!(seen(&judged, "header-twice"), (6, 6), "{judged:?}");
}

/// What `ss -ltn` said of a listener whose queue was full.
pub const QUEUE_FULL: &str = "State  Recv-Q Send-Q Local Address:Port  Peer Address:Port\nLISTEN 129    128          0.0.0.0:443       0.0.0.0:*\n";

/// Otherwise what one server says of its handshakes explains those that another one breaks, since the same addresses of the edge ask both.
#[test]
fn what_a_machine_says_of_its_handshakes_is_of_the_server_that_it_is() {
    const SAID: &str = "[info] 9#9: *8 SSL_do_handshake() failed (SSL: error:0A0000C1:SSL routines::no shared cipher) while SSL handshaking, client:";
    let told = |path| {
        let line = |second: i64, edge: usize| {
            let written = clock(BEGIN + second * SECOND)[..19].replace('-', "/").replace('T', " ");
            format!("{written} {SAID} {}, server: 0.0.0.0:443\n", EDGES[edge])
        };
        let lines: String =
            (50..58).flat_map(|at| (0..EDGES.len()).map(move |edge| line(at, edge))).collect();
        let told = both_serve().two_machines().without(Source::Capture).file(path, lines);
        told.failing_within(6, (50, 58), |r| r.edge(525, 0)).judged()
    };
    assert_eq!(seen(&told("origin/tls/error.log"), "no-shared-cipher-line"), (6, 6));
    assert_eq!(seen(&told("elsewhere/tls/error.log"), "no-shared-cipher-line"), (0, 6));
}

/// Otherwise a load balancer that listens at two addresses, and whose log has requests that came to one of them, says nothing of the handshakes that all fail at the other.
#[test]
fn a_machine_listens_wherever_the_handshakes_fail_of_which_it_tells() {
    const SAID: &str = "SSL_do_handshake() failed (SSL: error:0A0000C1:SSL routines::no shared cipher) while SSL handshaking";
    let told = |fails_at_home: usize, lines: usize| {
        let breaks = |r: Request| r.edge(525, 0).nginx_without_request("info", SAID);
        let told = incident().without(Source::Capture).healthy(40).edge_in_seconds();
        let told = told.failing_within(lines, (20, 60), move |r| breaks(r.asks_elsewhere()));
        let told = told.failing_within(8 - lines, (60, 100), |r| r.asks_elsewhere().edge(525, 0));
        seen(&told.failing_within(fails_at_home, (20, 100), breaks).judged(), "no-shared-cipher-line")
    };
    assert_eq!(told(0, 8), (8, 8));
    assert_eq!(told(0, 3), (0, 8), "most of them have none");
    assert_eq!(told(6, 8), (6, 14), "they may be of those at its own address");
}

/// Otherwise the full queue of one machine explains whatever is reset on another.
#[test]
fn the_state_of_another_machine_explains_nothing_here() {
    let resets = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().wait(20).resets(Origin));
    let told = |path| both_serve().two_machines().file(path, QUEUE_FULL).failing(6, resets).judged();
    assert_eq!(seen(&told("origin/ss-ltn.txt"), "queue-full-seen"), (6, 6));
    assert_eq!(seen(&told("elsewhere/ss-ltn.txt"), "queue-full-seen"), (0, 6));
}

/// Otherwise the counters of one machine among many explain whatever times out at any of them.
#[test]
fn the_state_of_a_machine_explains_nothing_where_others_stand_beside_it() {
    let times_out = |r: Request| r.edge(524, 0).unlogged("OriginIP");
    let told = |more: fn(Incident) -> Incident| {
        let begin = incident().others(40, |r| r.edge(200, 200).unlogged("OriginIP"));
        let begin = begin.without(Source::Capture).without(Source::AccessLog).without(Source::ErrorLog);
        more(begin.file("web1/ss-ltn.txt", QUEUE_FULL)).failing(6, times_out).judged()
    };
    let beside = told(|told| {
        let syslog = "Nov 17 08:00:30 web systemd[1]: Started Session 1 of user root.\n";
        told.file("web1/syslog", syslog).file("web2/syslog", syslog)
    });
    assert_eq!(seen(&told(|told| told), "queue-full-seen"), (6, 6), "it is the only machine");
    assert_eq!(seen(&beside, "queue-full-seen"), (0, 6));
}

/// Otherwise the log of one machine, which never knew of a request, speaks against whatever another one would have written of it.
#[test]
fn the_silence_of_another_machine_says_nothing_here() {
    let silent = |path| {
        let idle =
            "[warn] 811#811: *1 a client request body is buffered to a temporary file /var/lib/nginx/1";
        let written = |at: i64| clock(BEGIN + at * SECOND)[..19].replace('-', "/").replace('T', " ");
        let lines: String = [0, 60, 119].iter().map(|at| format!("{} {idle}\n", written(*at))).collect();
        let told = both_serve().two_machines().without(Source::Capture).without(Source::ErrorLog);
        let judged =
            told.without(Source::SystemLog).file(path, lines).failing(6, |r| r.edge(520, 0)).judged();
        judged.iter().filter(|case| case.unseen.contains(&"upstream-closed-line")).count()
    };
    assert_eq!(silent("origin/nginx/error.log"), 6);
    assert_eq!(silent("elsewhere/nginx/error.log"), 0);
}

/// Otherwise a firewall that keeps a range from one machine is told of what the same range meets at another.
#[test]
fn the_firewall_of_another_machine_drops_nothing_here() {
    let dropping = |path| {
        let line = |second: i64, edge: usize| {
            let at = clock(BEGIN + second * SECOND).replace('Z', "+00:00");
            format!(
                "{at} web kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02 SRC={} DST=203.0.113.10 LEN=60 TTL=57 ID=1 DF PROTO=TCP SPT=19055 DPT=443 WINDOW=64800 RES=0x00 SYN URGP=0 \n",
                EDGES[edge]
            )
        };
        let lines: String =
            (50..58).flat_map(|at| (0..EDGES.len()).map(move |edge| line(at, edge))).collect();
        let told = both_serve().two_machines().without(Source::Capture).file(path, lines);
        told.failing_within(6, (50, 58), |r| r.edge(522, 0)).judged()
    };
    assert_eq!(seen(&dropping("origin/messages"), "firewall-line"), (6, 6));
    assert_eq!(seen(&dropping("elsewhere/messages"), "firewall-line"), (0, 6));
}

/// Otherwise what a firewall keeps out stays a time-out wherever the edge's log tells no address of its own.
#[test]
fn a_firewalls_line_may_be_of_any_address_of_the_edge_where_no_record_tells_which() {
    let dropping = |source: Ipv4Addr| {
        let line = |second: i64| {
            let at = clock(BEGIN + second * SECOND).replace('Z', "+00:00");
            format!(
                "{at} web kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02 SRC={source} DST={ORIGIN} LEN=60 TTL=57 ID=1 DF PROTO=TCP SPT=19055 DPT=443 WINDOW=64800 RES=0x00 SYN URGP=0 \n"
            )
        };
        let lines: String = (50..58).map(line).collect();
        let told = both_serve().without(Source::Capture).file("origin/messages", lines);
        let unaddressed = |r: Request| r.edge(522, 0).unlogged("EdgeServerIP").unlogged("OriginIP");
        told.failing_within(6, (50, 58), unaddressed).judged()
    };
    assert_eq!(seen(&dropping(EDGES[2]), "firewall-line"), (6, 6));
    assert_eq!(seen(&dropping(Ipv4Addr::new(198, 51, 100, 9)), "firewall-line"), (0, 6), "a scanner's");
}

/// Otherwise one machine's firewall explains what was lost at another's address, where nothing else ties its log to either.
#[test]
fn a_firewalls_line_is_about_the_server_that_it_names() {
    let dropping = |destination: &str| {
        let line = |second: i64, edge: usize| {
            let at = clock(BEGIN + second * SECOND).replace('Z', "+00:00");
            format!(
                "{at} web kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02 SRC={} DST={destination} LEN=60 TTL=57 ID=1 DF PROTO=TCP SPT=19055 DPT=443 WINDOW=64800 RES=0x00 SYN URGP=0 \n",
                EDGES[edge]
            )
        };
        let lines: String =
            (50..58).flat_map(|at| (0..EDGES.len()).map(move |edge| line(at, edge))).collect();
        let told = both_serve().without(Source::Capture).file("origin/messages", lines);
        told.failing_within(6, (50, 58), |r| r.edge(522, 0)).judged()
    };
    assert_eq!(seen(&dropping(&ORIGIN.to_string()), "firewall-line"), (6, 6));
    assert_eq!(seen(&dropping(&ELSEWHERE.to_string()), "firewall-line"), (0, 6));
    assert_eq!(
        seen(&dropping("10.0.0.7"), "firewall-line"),
        (6, 6),
        "what the server is called behind a translator"
    );
}

/// Connections that stay open with an answer that never arrives, however often it is repeated, as behind a link that drops large packets: what is in TLS
/// cannot be read.
fn stuck(server: Ipv4Addr, repeated: usize) -> Vec<(i64, Vec<u8>)> {
    let one = |number: i64| {
        let at = BEGIN + number * SECOND;
        let edge = (EDGES[1], 53_000 + number as u16);
        let told = Conversation::new(edge, (server, 443), at, Vec::new(), Vec::new());
        told.opens()
            .says(Edge, &encrypted(400))
            .takes(Origin)
            .loses(Origin, &encrypted(1300))
            .repeats(Origin, repeated)
            .packets()
    };
    (1..60).flat_map(one).collect()
}

/// Otherwise a link that drops large packets, or a way back that is gone, is called loss.
#[test]
fn what_is_sent_again_and_never_arrives_is_not_loss() {
    let gives_up = |r: Request| r.edge(524, 0).connection(|c| c.opens().asks().wait(30_000).ends(Edge));
    // Of those that began late the capture has the first repetition alone.
    for repeated in [1, 6] {
        let told = both_serve().packets(stuck(ORIGIN, repeated));
        let judged = told.failing_within(6, (20, 60), gives_up).judged();
        assert_eq!(seen(&judged, "loss-on-healthy").0, 0, "{repeated}: {judged:?}");
    }
}

/// An edge address fails with both at the same seconds; each record names its origin, and each connection ends in its own way.
#[test]
fn failures_of_two_servers_do_not_change_places() {
    let refused = |r: Request| {
        let r = r.by_edge(EDGES[0]).asks_elsewhere().edge(521, 0);
        r.connection(|c| c.syns(1).resets(Origin))
    };
    let not_shaken = |r: Request| {
        let r = r.by_edge(EDGES[0]).edge(525, 0);
        r.connection(|c| c.opens().says(Edge, &hello()).takes(Origin).ends(Origin))
    };
    let outcomes = |told: Incident| -> Vec<_> {
        told.judged().iter().map(|case| (case.happened.outcome, case.happened.from)).collect()
    };
    let here = both_serve().others_within(6, (50, 52), refused).failing_within(6, (50, 52), not_shaken);
    assert_eq!(outcomes(here), [(Outcome::HandshakeClosed, ToldFrom::Packets); 6]);
    let there = both_serve().others_within(6, (50, 52), not_shaken).failing_within(6, (50, 52), refused);
    assert_eq!(outcomes(there), [(Outcome::Refused, ToldFrom::Packets); 6]);
}

#[test]
fn a_range_that_one_server_drops_may_be_well_at_another() {
    let dropped = |r: Request| r.by_edge(EDGES[2]).edge(522, 0);
    let passing = |to: fn(Request) -> Request| {
        let told = incident().others(40, |r| r.by_edge(EDGES[1]).goes_well());
        told.others(40, move |r| to(r.by_edge(EDGES[2])).goes_well()).failing(6, dropped).judged()
    };
    assert_eq!(seen(&passing(Request::asks_elsewhere), "range-only-fails"), (6, 6));
    assert_eq!(seen(&passing(|r| r), "range-only-fails"), (0, 6));
}

/// Otherwise two machines of which one is stopped as the failures begin and another one as they end have made them.
#[test]
fn a_window_between_the_restarts_of_two_machines_is_of_neither() {
    let refused = |r: Request| r.edge(521, 0).connection(|c| c.syns(1).resets(Origin));
    let restarted = |ends: &str| {
        let line = |second: i64, text: &str| {
            format!("{} web1 systemd[1]: {text}\n", clock(BEGIN + second * SECOND).replace('Z', "+00:00"))
        };
        let told = both_serve().failing_within(8, (60, 64), refused);
        told.file("origin/messages.1", line(60, "Stopping app.service - The shop..."))
            .file(ends, line(64, "Started app.service - The shop."))
            .judged()
    };
    assert_eq!(seen(&restarted("origin/messages"), "window-between-restart-lines"), (8, 8));
    assert_eq!(seen(&restarted("web2/messages"), "window-between-restart-lines"), (0, 8));
}

/// nginx names an upstream on its own machine. Otherwise a deploy of another machine at that moment is told as the cause of what nobody here answers.
#[test]
fn a_restart_of_another_machine_takes_nothing_from_who_asks_its_own() {
    let refused = |r: Request| {
        r.edge(502, 502)
            .nginx("error", "connect() failed (111: Connection refused) while connecting to upstream")
    };
    let restarted = |path: &str| {
        let line = |second: i64, text: &str| {
            format!("{} web1 systemd[1]: {text}\n", clock(BEGIN + second * SECOND).replace('Z', "+00:00"))
        };
        let lines =
            line(60, "Stopping app.service - The shop...") + &line(64, "Started app.service - The shop.");
        both_serve().failing_within(8, (60, 64), refused).file(path, lines).judged()
    };
    assert_eq!(seen(&restarted("origin/messages"), "window-between-restart-lines"), (8, 8));
    assert_eq!(seen(&restarted("web2/messages"), "window-between-restart-lines"), (0, 8));
}

/// A rule that somebody adds in the middle of the capture, as most are; what is served from the same range between the failures is no rule.
#[test]
fn a_range_that_was_well_until_a_rule_came_is_kept_out() {
    let range = |r: Request| r.by_edge(EDGES[2]);
    let dropped = |r: Request| range(r).edge(522, 0);
    let with_well_at = |seconds: (i64, i64)| {
        let told = incident().others_within(30, (1, 20), |r| range(r).goes_well());
        let told = told.others_within(40, (30, 55), |r| r.by_edge(EDGES[1]).goes_well());
        told.others_within(20, seconds, |r| range(r).goes_well())
            .failing_within(6, (30, 55), dropped)
            .judged()
    };
    assert_eq!(seen(&with_well_at((56, 59)), "range-only-fails"), (6, 6));
    assert_eq!(seen(&with_well_at((30, 55)), "range-only-fails"), (0, 6));
}

/// A rule that drops whatever comes from a range cuts connections that are open as well; one that drops new ones alone leaves them.
#[test]
fn a_range_whose_open_connections_are_cut_is_kept_out_where_those_of_others_live() {
    let open = |r: Request| r.field("OriginTCPHandshakeDurationMs", 0);
    let range = |r: Request| r.by_edge(EDGES[2]);
    let with_well_from = |address: usize, before: usize| {
        let told = incident().others_within(before, (1, 20), |r| open(range(r).goes_well()));
        let told = told.others_within(40, (30, 55), |r| open(r.by_edge(EDGES[address]).goes_well()));
        told.failing_within(6, (30, 55), |r| open(range(r).edge(522, 0))).judged()
    };
    assert_eq!(seen(&with_well_from(1, 30), "range-only-fails"), (6, 6));
    assert_eq!(seen(&with_well_from(2, 30), "range-only-fails"), (0, 6));
    // A range that had none open asked in vain for new ones, as a full table of connections lets it.
    assert_eq!(seen(&with_well_from(1, 1), "range-only-fails"), (0, 6));
}

/// Otherwise the kernel's word on one of several machines of which nothing is known explains what fails on all others.
#[test]
fn a_kill_on_one_of_several_machines_explains_requests_that_nothing_ties_to_it_no_better_than_chance() {
    let killed = "kernel: Out of memory: Killed process 811 (php-fpm) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB";
    let told = || {
        let told = incident().healthy(60).without(Source::AccessLog).without(Source::Capture);
        let closed = |r: Request| r.takes(1_000).edge(520, 0).unlogged("OriginIP");
        told.line(Source::SystemLog, 60, killed).failing_within(6, (60, 62), closed)
    };
    let quiet = format!("{} web2 cron[77]: (root) CMD (true)\n", clock(BEGIN).replace('Z', "+00:00"));
    assert_eq!(seen(&told().judged(), "out-of-memory-line"), (6, 6));
    assert_eq!(seen(&told().file("web2/syslog", quiet).judged(), "out-of-memory-line"), (0, 6));
}

/// Otherwise a server of one's own that fails, beside another that is well, is told as one that is not the origin, and its own words are not looked for.
#[test]
fn a_server_that_the_capture_shows_is_no_wrong_address() {
    let failing = |told: fn(Request) -> Request| {
        let told = incident().healthy(40).failing(6, told).judged();
        told.into_iter().map(|case| case.slug).collect::<Vec<_>>()
    };
    let wrong = vec![Some("wrong-origin-address".to_owned()); 6];
    assert_eq!(failing(|r| r.asks_elsewhere().edge(520, 0)), wrong, "of which no packet was captured");
    let captured = failing(|r| {
        let r = r.asks_elsewhere().edge(520, 0);
        r.connection(|connection| connection.opens().asks().ends(Origin))
    });
    assert_eq!(captured, vec![Some("empty-response".to_owned()); 6]);
}

/// Otherwise two hosts whose handshakes break at the same time change places, where the capture is too short for their names and the edge's log has whole
/// seconds and no addresses.
#[test]
fn hosts_whose_handshakes_break_at_the_same_time_fail_each_at_its_own_server() {
    let untold = |r: Request| r.edge(525, 0).unlogged("EdgeServerIP").unlogged("OriginIP");
    let breaks = |r: Request, alert: u8, after: i64| {
        r.connection(|c| {
            c.opens().says(Edge, &hello()).takes(Origin).wait(after).says(Origin, &fatal(alert)).ends(Origin)
        })
    };
    let named = |other: &str| {
        let here = |r: Request| breaks(untold(r), 40, 10);
        let there = |r: Request| breaks(untold(r.host(other).asks_elsewhere()), 70, 700);
        let told = incident().healthy(40).failing_within(14, (20, 60), here);
        let told = told.failing_within(14, (20, 60), there).edge_in_seconds().snapped(96).diagnosed();
        let mut named: BTreeMap<(String, Option<&str>), usize> = BTreeMap::new();
        for (case, judgement) in told.incident.cases.iter().zip(&told.judgements) {
            let host = case.host(&told.incident.evidence).unwrap_or_default().to_owned();
            *named.entry((host, judgement.cause.map(|cause| cause.slug.as_str()))).or_default() += 1;
        }
        named
    };
    let of = |host: &str, slug: &'static str| ((host.to_owned(), Some(slug)), 14);
    let (cipher, version) = ("tls-no-shared-cipher", "tls-protocol-version");
    assert_eq!(
        named("blog.example"),
        BTreeMap::from([of("shop.example", cipher), of("blog.example", version)])
    );
    let both = BTreeMap::from([of("shop.example", cipher), of("shop.example", version)]);
    assert_eq!(named("shop.example"), both, "one host at two servers has no usual one");
}

/// Otherwise the one log that says why a host's handshakes fail explains none of them, where logs of several servers are at hand and nothing but the failures
/// tells whose it is.
#[test]
fn a_server_that_nothing_ties_to_a_host_is_known_by_a_line_for_each_of_its_failures() {
    const OLD: &str = "SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking";
    let without_addresses = |r: Request| r.unlogged("EdgeServerIP").unlogged("OriginIP");
    let told = |lines: usize| {
        let told = incident().without(Source::AccessLog).without(Source::Capture).edge_in_seconds();
        let told = told.others(40, move |r| without_addresses(r.goes_well()));
        let breaks = move |r: Request| without_addresses(r.host("intern.example").edge(525, 0));
        let told =
            told.failing_within(lines, (20, 60), move |r| breaks(r).nginx_without_request("info", OLD));
        let quiet =
            format!("{} [notice] 7#7: start worker processes\n", clock(BEGIN)[..19].replace('T', " "));
        told.failing_within(8 - lines, (60, 100), breaks)
            .file("web2/error.log", quiet.replace('-', "/"))
            .named()
    };
    assert_eq!(told(8), [Some("tls-protocol-version".to_owned())]);
    assert_eq!(told(4), [None], "half of them have none");
}

/// Behind a load balancer or a router that translates addresses. Otherwise a server that the edge knows by another address is taken for another one, and its lines
/// explain nothing of what packets show.
#[test]
fn a_server_whose_address_is_translated_is_one() {
    const BUSY: &str =
        "php-fpm[811]: [pool www] server reached pm.max_children setting (5), consider raising it";
    let told = |named: Ipv4Addr| {
        let by_edge = move |r: Request| r.field("OriginIP", named.to_string());
        let told = incident().others(40, move |r| by_edge(r.edge(200, 200).access(200)));
        let told = told.line(Source::SystemLog, 38, BUSY);
        let fails = move |r: Request| by_edge(r.takes(3_000).edge(522, 0)).connection(|c| c.syns(3));
        told.failing_within(6, (40, 44), fails).judged()
    };
    for named in [ORIGIN, Ipv4Addr::new(198, 51, 100, 200)] {
        assert_eq!(seen(&told(named), "all-busy-line"), (6, 6), "{named}");
    }
}

/// Otherwise the flood of one of several machines that serve a host explains whatever is refused for that host at any of them.
#[test]
fn of_several_machines_that_serve_a_host_the_one_with_few_of_its_requests_tells_nothing_of_it() {
    const FLOODED: &str =
        "kernel: TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:443. Sending cookies.";
    let bare = |r: Request| r.unlogged("OriginIP").unlogged("EdgeServerIP");
    let told = |here: usize, elsewhere: usize| {
        let told = incident().others(here, |r| bare(r.goes_well()));
        let told = told.others(elsewhere, |r| bare(r.asks_elsewhere().goes_well()));
        let at = clock(BEGIN + 52 * SECOND).replace('Z', "+00:00");
        let told = told.two_machines().without(Source::Capture).without(Source::SystemLog);
        let told = told.file("elsewhere/messages", format!("{at} web2 {FLOODED}\n"));
        seen(&told.failing_within(6, (51, 54), |r| bare(r.edge(521, 0))).judged(), "syn-flood-line")
    };
    assert_eq!(told(80, 20), (0, 6));
    assert_eq!(told(20, 80), (6, 6));
}

/// Otherwise a machine that is known by other hosts says nothing of the host that it alone refuses, of which no request was ever heard; and lines that stand beside each of many failures
/// are laid to chance, since they are near to everything.
#[test]
fn a_machine_that_serves_others_tells_of_a_host_that_nobody_serves_by_a_line_for_each_failure() {
    const SAID: &str = "SSL_do_handshake() failed (SSL: error:0A0000C1:SSL routines::no shared cipher) while SSL handshaking";
    let bare = |r: Request| r.unlogged("OriginIP").unlogged("EdgeServerIP");
    let told = |lines: usize| {
        let told = incident().others_within(60, (40, 70), |r| bare(r.goes_well()));
        let told =
            told.others_within(60, (40, 70), |r| bare(r.asks_elsewhere().host("blog.example").goes_well()));
        let breaks = move |r: Request| bare(r.host("pay.example").edge(525, 0));
        let told =
            told.failing_within(lines, (42, 68), move |r| breaks(r.nginx_without_request("info", SAID)));
        let told = told.failing_within(24 - lines, (42, 68), breaks).two_machines();
        let judged = told.without(Source::Capture).judged();
        let named = |slug| judged.iter().filter(|case| case.slug.as_deref() == Some(slug)).count();
        named("tls-no-shared-cipher")
    };
    assert_eq!(told(24), 24);
    assert_eq!(told(12), 0, "half of them have none");
}
