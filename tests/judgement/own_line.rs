//! What a line of the request itself tells, beside lines that only time ties to it, and which lines time ties.

use std::net::Ipv4Addr;

use super::application::fails;
use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};

/// Otherwise a server that has no descriptors left now and then takes the failures of an application whose answers are too large for it.
#[test]
fn a_line_of_the_request_outweighs_lines_of_its_moment() {
    let too_big = |r: Request| {
        let said = "upstream sent too big header while reading response header from upstream";
        r.edge(502, 502).access(502).nginx("error", said)
    };
    let begin = incident().healthy(60).without(Source::Capture).failing_within(6, (40, 52), too_big);
    let used_up = "[crit] 811#811: accept4() failed (24: Too many open files)";
    let told = (30..66).fold(begin, |told, second| told.line(Source::ErrorLog, second, used_up));
    assert_eq!(told.named(), [Some("upstream-header-too-big".to_owned())]);
}

/// Otherwise the rule that hides `.git` from robots is reported as an incident.
#[test]
fn a_hidden_file_that_is_denied_is_no_failure_and_a_page_is() {
    let denied = |target: &'static str| {
        let told = |r: Request| {
            r.target(target).edge(403, 403).access(403).nginx("error", "access forbidden by rule")
        };
        incident().healthy(60).without(Source::Capture).failing(6, told).named()
    };
    assert_eq!(denied("/.git/config"), []);
    assert_eq!(denied("/checkout"), [Some("security-block".to_owned())]);
}

/// Otherwise a death that the parent notices within its second is missed wherever the edge's log has whole seconds.
#[test]
fn a_record_of_whole_seconds_ends_when_its_connection_does() {
    let served = |r: Request| {
        r.edge(520, 0).connection(|c| c.opens().asks().takes(Origin).until(58).wait(900).ends(Origin))
    };
    let died = "[alert] 811#811: worker process 4242 exited on signal 11";
    let told = incident().healthy(40).line(Source::ErrorLog, 60, died).failing_within(6, (57, 58), served);
    assert_eq!(told.edge_in_seconds().named(), [Some("worker-crash".to_owned())]);
}

/// Otherwise a process that died did so at another time, wherever the clocks of the machines are off and its log names no request.
#[test]
fn the_clock_of_a_log_of_which_nothing_tells_is_that_of_the_other_machines() {
    let served = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().until(60).ends(Origin));
    let died = "[alert] 811#811: worker process 4242 exited on signal 11";
    let seen = |seconds, line_at| {
        let told =
            incident().healthy(40).line(Source::ErrorLog, line_at, died).failing_within(6, (57, 58), served);
        let judged = told.without(Source::AccessLog).edge_behind(seconds).capture_apart().judged();
        judged.iter().filter(|case| case.seen.contains(&"process-died-line")).count()
    };
    assert_eq!((seen(0, 60), seen(7, 60)), (6, 6));
    assert_eq!((seen(0, 53), seen(7, 53)), (0, 0), "it died at another time");
}

/// Otherwise what a server refuses stays unseen wherever its machine's clock is off, and no access log tells by how much.
#[test]
fn the_clock_of_an_error_log_is_told_by_the_connections_that_it_names() {
    let denied = |r: Request| {
        let forbidden = answer("403 Forbidden", "", "no");
        let r =
            r.target("/admin").edge(403, 403).connection(|c| c.opens().asks().answers(&forbidden).ends(Edge));
        r.apache("error", "AH01630: client denied by server configuration: /srv/www/admin")
    };
    let named = |seconds| {
        let told = incident().healthy(60).without(Source::AccessLog).failing(8, denied);
        told.edge_behind(seconds).capture_apart().named()
    };
    let blocked = [Some("security-block".to_owned())];
    assert_eq!((named(0), named(40)), (blocked.to_vec(), blocked.to_vec()));
}

/// Otherwise the same of messages that name a path and a client, and no connection that packets show.
#[test]
fn the_clock_of_an_error_log_is_told_by_the_clients_and_paths_that_it_names() {
    let unresolved = |at: i64| {
        move |r: Request| {
            let said = format!("AH00898: DNS lookup failure for: app.internal returned by /cart/{at}");
            r.target(&format!("/cart/{at}?step=2")).edge(500, 500).apache("error", &said)
        }
    };
    let named = |seconds| {
        let told = incident().others(60, |r| r.edge(200, 200));
        let told = (30..38).fold(told, |told, at| told.failing_within(1, (at, at + 1), unresolved(at)));
        told.without(Source::AccessLog).without(Source::Capture).edge_behind(seconds).named()
    };
    let unresolved = [Some("upstream-name".to_owned())];
    assert_eq!((named(0), named(40)), (unresolved.to_vec(), unresolved.to_vec()));
}

/// Scanners offer what no server takes. Otherwise what Apache says of that, on a line that names nobody, explains the edge's handshakes of that moment.
#[test]
fn what_goes_on_behind_the_line_of_a_scanner_is_about_the_scanner() {
    const BROKEN: &str = "AH02008: SSL library error 1 in handshake (server shop.example:443)";
    const OLD: &str = "SSL Library Error: error:0A000102:SSL routines::unsupported protocol";
    let refused = |r: Request| r.apache("ssl:info", BROKEN).apache_goes_on("ssl:info", OLD);
    let scanner = |r: Request| refused(r.by_edge(Ipv4Addr::new(198, 51, 100, 9)));
    let healthy = || incident().others(60, |r| r.edge(200, 200)).without(Source::Capture);
    let failed = |r: Request| r.by_edge(EDGES[1]).edge(525, 0);
    let scanned = healthy().others_within(12, (40, 76), scanner).failing_within(12, (40, 76), failed);
    assert_eq!(scanned.named(), [None]);
    let met = healthy().failing_within(12, (40, 76), |r| refused(failed(r)));
    assert_eq!(met.named(), [Some("tls-protocol-version".to_owned())]);
}

/// Otherwise the same of what refuses handshakes: it names the client alone, and the next line why.
#[test]
fn the_clock_of_an_error_log_is_told_by_the_clients_whose_handshakes_failed() {
    let refused = |r: Request| {
        let r = r
            .edge(525, 0)
            .apache("ssl:info", "AH02008: SSL library error 1 in handshake (server shop.example:443)");
        r.apache_goes_on("ssl:info", "SSL Library Error: error:0A0000C1:SSL routines::no shared cipher")
    };
    let named = |seconds| {
        let told = incident().others(60, |r| r.edge(200, 200)).failing(8, refused);
        told.without(Source::AccessLog).without(Source::Capture).edge_behind(seconds).named()
    };
    let no_cipher = [Some("tls-no-shared-cipher".to_owned())];
    assert_eq!((named(0), named(40)), (no_cipher.to_vec(), no_cipher.to_vec()));
}

/// Otherwise what nginx says of a handshake is joined to nothing: it names the connection by a number and the client without its port.
#[test]
fn a_message_that_names_the_address_alone_is_of_a_handshake_that_failed_from_there() {
    let refused = |r: Request| {
        r.edge(525, 0).nginx_without_request(
            "info",
            "SSL_do_handshake() failed (SSL: error:0A0000C1:SSL routines::no shared cipher) while SSL handshaking",
        )
    };
    let told = incident().others(60, |r| r.edge(200, 200)).failing(8, refused);
    let told = told.without(Source::AccessLog).without(Source::Capture);
    assert_eq!(told.named(), [Some("tls-no-shared-cipher".to_owned())]);
}

/// Otherwise a proxy's own word on what failed is joined to nothing: its log names neither ray nor zone, and its clock is off.
#[test]
fn a_proxys_log_in_a_zone_of_its_own_is_joined_by_the_connections_that_it_names() {
    let refused = |r: Request| {
        let unavailable = answer("503 Service Unavailable", "", "No server is available");
        let r = r.takes(40).connection(|c| c.opens().asks().answers(&unavailable).ends(Edge));
        r.edge(503, 503).proxy("shop/app1", 503, "SC--")
    };
    let well = |r: Request| r.goes_well().proxy("shop/app1", 200, "----");
    for ahead in [0, 19_800, 19_800 - 12, -28_800 + 7] {
        let told = incident().others(60, well).failing(8, refused).without(Source::EdgeLog);
        let told = told.without(Source::AccessLog).proxy_ahead(ahead);
        assert_eq!(told.named(), [Some("upstream-refused".to_owned())], "{ahead} s");
    }
}

/// Otherwise a proxy's own word on what failed is joined to nothing wherever the edge's log tells its visitors' addresses and not its own, and packets
/// show that the proxy's peers are the edge's.
#[test]
fn a_proxys_lines_are_joined_by_time_where_the_edge_tells_the_addresses_of_its_visitors_alone() {
    let alone = |r: Request| r.unlogged("EdgeServerIP").unlogged("OriginIP");
    let refused = |r: Request| alone(r.edge(503, 503)).proxy("shop/app1", 503, "SC--");
    let left = |r: Request| alone(r.edge(520, 0)).connection(|c| c.opens().asks().takes(Origin).ends(Origin));
    let told = incident().others(60, |r| alone(r.goes_well()).proxy("shop/app1", 200, "----"));
    let told = told.failing(8, refused).failing(8, left).without(Source::AccessLog);
    assert!(told.named().contains(&Some("upstream-refused".to_owned())), "{:?}", told.named());
}

/// Otherwise requests on which the edge gave up are told as visitors who left, for certain, wherever the edge's log is missing.
#[test]
fn a_499_of_the_origin_alone_says_that_visitors_left_where_it_says_after_how_long() {
    let named = |told: &dyn Fn(Request) -> Request| {
        let left = |r: Request| told(r.access(499));
        incident().healthy(60).failing(30, left).without(Source::EdgeLog).without(Source::Capture).named()
    };
    let whenever = |r: Request| {
        let waited = 0.2 + r.asked().len() as f64 * f64::from(r.ray().0 as u8);
        r.access_field("request_time", waited)
    };
    assert_eq!(named(&|r| r.access_field("request_time", "-")), [None]);
    assert_eq!(named(&whenever), [Some("client-abort".to_owned())]);
    assert_eq!(named(&|r| r.access_field("request_time", 100.01)), [Some("slow-response".to_owned())]);
}

/// Otherwise what a server says of one request of a connection is told of all that are under way on it.
#[test]
fn of_several_requests_on_a_connection_a_message_is_about_the_one_whose_path_it_names() {
    const PORT: u16 = 41_022;
    let of = |(target, status): (&'static str, u16)| {
        move |r: Request| {
            let r = r.target(target).by_edge(EDGES[1]).edge(status, status).access(status);
            r.access_field("remote_port", PORT)
        }
    };
    let line = format!(
        "[proxy:error] [pid 811:tid 140] (EAI 2)Name or service not known: [remote {}:{PORT}] AH00898: DNS lookup failure for: app.internal returned by /cart",
        EDGES[1]
    );
    for asked in [[("/cart?step=2", 500), ("/login", 502)], [("/login", 502), ("/cart?step=2", 500)]] {
        let told = incident().healthy(40).without(Source::Capture);
        let told = told.line(Source::ApacheErrorLog, 50, &line);
        let told = asked.into_iter().fold(told, |told, asked| told.failing_within(1, (50, 51), of(asked)));
        let judged = told.judged();
        let named = judged.iter().filter(|case| case.slug.as_deref() == Some("upstream-name"));
        let named: Vec<bool> = named.map(|case| case.account.contains("EdgeStatus(500)")).collect();
        assert_eq!((named.as_slice(), judged.len()), (&[true][..], 2), "{judged:?}");
    }
}

/// Otherwise a port that lost its TLS in a reload stays unexplained wherever packets do not show the answer.
#[test]
fn a_line_without_a_request_is_of_the_handshake_that_failed_from_its_address() {
    let unread = |r: Request| r.edge(525, 0).haproxy_without_request();
    let well = |r: Request| r.edge(200, 200).haproxy("shop/app1", 200, "----");
    let told = incident().others(60, well).failing(8, unread);
    let told = told.without(Source::AccessLog).without(Source::Capture);
    assert_eq!(told.named(), [Some("tls-plaintext-on-port".to_owned())]);
}

/// Otherwise what uWSGI closes without an answer stays unexplained: its line names neither the request nor the client, and has no time of its own.
#[test]
fn a_line_for_each_request_that_is_closed_unanswered_needs_no_name() {
    let line = |second: i64| {
        let served = format!("[Tue Nov 17 08:{:02}:{:02} 2026] GET /cart", second / 60, second % 60);
        format!(
            "[pid: 811|app: 0|req: 1/1] 172.68.10.9 () {{44 vars in 1321 bytes}} {served} => generated 46 bytes in 14 msecs (HTTP/1.1 200) 2 headers in 81 bytes (1 switches on core 0)\n"
        )
    };
    let refused = "invalid HTTP request size (max 4096)...skip\n";
    let told = |refuses: bool| {
        let log = (0..130).map(|second| line(second) + if refuses { refused } else { "" });
        let told =
            incident().others(40, |r| r.edge(200, 200)).failing_within(10, (6, 126), |r| r.edge(520, 0));
        let told = told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog);
        told.file("origin/uwsgi.log", log.collect::<String>()).named()
    };
    assert_eq!(told(true), [Some("request-header-too-large".to_owned())]);
    assert_eq!(told(false), [None]);
    // What the origin does is not in a capture of what reaches it: that it is not seen to close speaks against nothing.
    let captured = |refuses: bool| {
        let log = (0..130).map(|second| line(second) + if refuses { refused } else { "" });
        let ends = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().wait(20).resets(Origin));
        let told = incident().others(40, Request::goes_well).failing_within(10, (6, 126), ends).one_way();
        let told = told.without(Source::AccessLog).without(Source::ErrorLog);
        told.file("origin/uwsgi.log", log.collect::<String>()).named()
    };
    assert_eq!(captured(true), [Some("request-header-too-large".to_owned())]);
    assert_eq!(captured(false), [None]);
}

/// Apache's log in local time, beside an edge's log of a whole day: it has lines of that day in any zone. Otherwise a crash and a broken handshake lie
/// hours beside what they explain.
#[test]
fn an_error_log_that_names_no_request_has_the_zone_in_which_its_failures_are_the_edges() {
    let day = || incident().others_within(300, (0, 13 * 3600), |r| r.edge(200, 200));
    let only_logs = |told: Incident| told.without(Source::AccessLog).without(Source::Capture).named();
    let died = |second: i64| {
        let ended = |r: Request| r.edge(520, 0).takes(1_100);
        let line = "[core:notice] [pid 800:tid 1] AH00052: child pid 811 exit signal Segmentation fault (11)";
        let told = day().failing_within(6, (58, 59), ended).apache_log_ahead(5);
        only_logs(told.line(Source::ApacheErrorLog, second, line))
    };
    assert_eq!(died(60), [Some("worker-crash".to_owned())]);
    let of_another_time = died(340);
    assert!(!of_another_time.contains(&Some("worker-crash".to_owned())), "{of_another_time:?}");
    let refused = |r: Request| {
        let r = r
            .edge(525, 0)
            .apache("ssl:info", "AH02008: SSL library error 1 in handshake (server shop.example:443)");
        r.apache_goes_on("ssl:info", "SSL Library Error: error:0A0000C1:SSL routines::no shared cipher")
    };
    let told = day().failing(8, refused).apache_log_ahead(5);
    assert_eq!(only_logs(told), [Some("tls-no-shared-cipher".to_owned())]);
}

/// Otherwise it stays unexplained: to the edge a handshake of TLS 1.3 is over before the server has judged that it got no certificate.
#[test]
fn a_server_of_tls_13_that_wants_a_certificate_says_so_of_requests_that_were_sent() {
    const MISSING: &str = "SSL Library Error: error:0A0000C7:SSL routines::peer did not return a certificate";
    const BROKEN: &str = "AH02008: SSL library error 1 in handshake (server shop.example:443)";
    let unanswered = |r: Request| r.edge(520, 0);
    let refused =
        move |r: Request| unanswered(r).apache("ssl:info", BROKEN).apache_goes_on("ssl:info", MISSING);
    let healthy = || incident().others(60, |r| r.edge(200, 200));
    let only_logs = |told: Incident| told.without(Source::AccessLog).without(Source::Capture).named();
    assert_eq!(
        only_logs(healthy().failing(8, refused)),
        [Some("tls-client-certificate-required".to_owned())]
    );
    // A scanner has no certificate either.
    let scanner = |told: Incident, at: i64| {
        let line = |text: &str| format!("[ssl:info] [pid 800:tid 1] [client 198.51.100.9:4711] {text}");
        told.line(Source::ApacheErrorLog, at, &line(BROKEN)).line(
            Source::ApacheErrorLog,
            at,
            &format!("[ssl:info] [pid 800:tid 1] {MISSING}"),
        )
    };
    let scanned = (0..12).fold(healthy().failing(8, unanswered), |told, n| scanner(told, 10 * n));
    assert_eq!(only_logs(scanned), [None]);
    // One line does not tell which of ten requests of one address it is about.
    let of_one = |r: Request| unanswered(r.by_edge(EDGES[0]));
    let told = healthy()
        .failing_within(9, (60, 61), of_one)
        .failing_within(1, (60, 61), |r| refused(r.by_edge(EDGES[0])));
    assert_eq!(only_logs(told), [None]);
}

/// Apache tells in one line why it could not ask the application, and in the next one whose request that was. Otherwise a queue that is full is an application
/// that is not there.
#[test]
fn what_was_said_right_before_of_why_the_application_could_not_be_asked_counts() {
    const NO_CONNECTION: &str = "AH01079: failed to make connection to backend: httpd-UDS";
    let named = |first: &'static str| {
        let told = incident().others(40, |r| r.goes_well()).failing(6, move |r| {
            fails(r, 503).apache_says_first("proxy:error", first).apache("proxy_fcgi:error", NO_CONNECTION)
        });
        told.without(Source::Capture).named()
    };
    let attempt = |errno: &str| {
        format!(
            "{errno}: AH02454: FCGI: attempt to connect to Unix domain socket /run/shop.sock (*:80) failed"
        )
    };
    let full: &'static str = attempt("(11)Resource temporarily unavailable").leak();
    let missing: &'static str = attempt("(2)No such file or directory").leak();
    assert_eq!(named(full), [Some("worker-pool-exhausted".to_owned())]);
    assert_eq!(named(missing), [Some("upstream-refused".to_owned())]);
}

/// gunicorn's worker names its request as its manager ends it at its time limit: otherwise a search that takes too long is an error of the application.
#[test]
fn what_a_worker_says_as_it_is_ended_at_its_time_limit_is_the_limits_word() {
    let named = |limit: bool| {
        let fails = move |r: Request| {
            let (worker, asked) = (r.ray().0 % 30_000 + 900, r.asked().to_owned());
            let said = |r: Request, process: u64, text: String| {
                r.in_system_log(0, &format!("gunicorn[811]: [2026-11-17 08:00:00 +0000] [{process}] {text}"))
            };
            let r = r.edge(502, 502).access(502);
            let r = if limit { said(r, 811, format!("[CRITICAL] WORKER TIMEOUT (pid:{worker})")) } else { r };
            said(r, worker, format!("[ERROR] Error handling request {asked}"))
        };
        incident().healthy(60).without(Source::Capture).without(Source::ErrorLog).failing(6, fails).named()
    };
    assert_eq!(named(true), [Some("upstream-timeout".to_owned())]);
    assert_eq!(named(false), [Some("origin-error-status".to_owned())]);
}

/// mod_evasive counts what a client asks for, and refuses in the words of a rule on addresses.
#[test]
fn what_a_module_that_counts_denies_is_a_limit() {
    let denied = |level: &'static str| {
        let denied = move |r: Request| {
            let said = "client denied by server configuration: /srv/www/cart";
            r.edge(403, 403).access(403).apache(level, said)
        };
        incident().healthy(60).without(Source::Capture).failing(12, denied).named()
    };
    assert_eq!(denied("evasive20:error"), [Some("client-throttle".to_owned())]);
    assert_eq!(denied("access_compat:error"), [Some("security-block".to_owned())]);
}

/// Otherwise a server that closes on purpose, and logs that it did, is told to have no file left, since another program of its machine complains of that every second.
#[test]
fn what_a_server_logs_of_its_own_close_is_nearer_than_lines_of_that_moment() {
    let closed =
        |r: Request| r.edge(520, 0).access(444).connection(|c| c.opens().asks().takes(Origin).ends(Origin));
    let told = incident().healthy(40).failing_within(12, (40, 60), closed);
    let crowded = (40..60).fold(told, |told, at| {
        told.line(Source::ErrorLog, at, "[alert] 811#811: accept4() failed (24: Too many open files)")
    });
    let judged = crowded.judged();
    assert!(judged.iter().all(|case| case.seen.contains(&"files-used-up-line")), "{judged:?}");
    assert!(judged.iter().all(|case| case.slug.as_deref() == Some("security-block")), "{judged:?}");
}

/// Otherwise a server that says why it could not answer is told as the wrong one, as soon as its host is well at another address.
#[test]
fn what_a_server_says_of_the_request_itself_comes_before_how_others_fare_elsewhere() {
    let told = |says: bool| {
        let told = incident().healthy(60).without(Source::Capture);
        told.failing(6, move |r| {
            let r = r.asks_elsewhere().edge(500, 500).access(500);
            if says {
                r.apache("error", "AH00898: DNS lookup failure for: app.internal returned by /")
            } else {
                r
            }
        })
    };
    assert_eq!(told(true).named(), [Some("upstream-name".to_owned())]);
    assert_eq!(told(false).named(), [Some("wrong-origin-address".to_owned())]);
}

/// Apache says that the application did not answer in time, and of whom; then what was asked, and no more than that it could not read. Otherwise an application that is too
/// slow closes early, as soon as several ask for one thing at about one time.
#[test]
fn what_was_said_right_before_of_why_the_answer_could_not_be_read_counts() {
    let named = |first: &'static str| {
        let bare = |r: Request| r.unlogged("EdgeServerIP");
        let told =
            incident().others(40, move |r| bare(r.goes_well())).failing_within(6, (60, 62), move |r| {
                let r = bare(r.target("/checkout").edge(502, 502));
                // Lines of one moment stand in the order of their texts.
                r.apache("proxy:error", first).apache(
                    "proxy_http:error",
                    "AH00898: Error reading from remote server returned by /checkout",
                )
            });
        told.without(Source::Capture).without(Source::AccessLog).named()
    };
    let late = "(70007)The timeout specified has expired: AH01102: error reading status line from remote server 127.0.0.1:9000";
    let closed = "(20014)Internal error (specific information not available): AH01102: error reading status line from remote server 127.0.0.1:9000";
    assert_eq!(named(late), [Some("upstream-timeout".to_owned())]);
    assert_eq!(named(closed), [Some("upstream-closed-early".to_owned())]);
}
