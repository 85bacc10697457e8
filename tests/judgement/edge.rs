//! Causes that lie at the edge or with the visitors.

use rayscope::correlate::{Outcome, ToldFrom};

use super::conversation::Speaker::Edge;
use super::conversation::answer;
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::{BEGIN, Request, SECOND};
use super::{Decoy, Trial};

/// The edge answers by itself, and visitors saved its page of this code.
fn made_by_edge(status: u16, code: u16) -> Incident {
    incident().healthy(40).failing(6, move |r| r.edge_alone(status).page(status, code))
}

/// The edge answers by itself, and nobody saved its page.
fn without_page(status: u16) -> Incident {
    incident().healthy(40).failing(6, move |r| r.edge_alone(status))
}

/// A Worker asks this host for its visitors, at this address of an origin or at none, and gets no answer. Nobody captures packets.
fn asked_by_a_worker(host: &'static str, origin: &'static str) -> Incident {
    let fails = move |r: Request| r.edge_alone(522).takes(19_000).subrequest(host, 522, origin);
    incident().healthy(40).failing(6, fails).without(Source::Capture)
}

fn blocked(r: Request) -> Request {
    r.edge_alone(403).field("SecurityAction", "block")
}

/// A redirect to this URL of the host.
fn redirected(r: Request, location: &str) -> Request {
    let to = answer("301 Moved Permanently", &format!("Location: {location}\r\n"), "");
    r.edge(301, 301).access(301).connection(|c| c.opens().asks().answers(&to).ends(Edge))
}

fn left(r: Request) -> Request {
    r.edge(499, 0).takes(900).access(499)
}

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "edge-dns",
        sign: "page-dns",
        at_work: || made_by_edge(530, 1016),
        decoys: &[Decoy {
            mark: "the same status, and the page says that the tunnel is down",
            named: Some("tunnel-down"),
            told: || made_by_edge(530, 1033),
        }],
    },
    Trial {
        slug: "tunnel-down",
        sign: "page-tunnel",
        at_work: || made_by_edge(530, 1033),
        decoys: &[Decoy {
            mark: "the same status, and the page says that the name has no address",
            named: Some("edge-dns"),
            told: || made_by_edge(530, 1016),
        }],
    },
    Trial {
        slug: "edge-queue-full",
        sign: "page-queue",
        at_work: || made_by_edge(503, 1200),
        decoys: &[Decoy {
            mark: "the same status, that the origin answers",
            named: Some("origin-error-status"),
            told: || {
                let busy = answer("503 Service Unavailable", "", "busy");
                incident().healthy(40).failing(6, |r| {
                    r.edge(503, 503).access(503).connection(|c| c.opens().asks().answers(&busy).ends(Edge))
                })
            },
        }],
    },
    Trial {
        slug: "edge-block",
        sign: "rule-of-edge",
        at_work: || incident().healthy(40).failing(6, blocked),
        decoys: &[Decoy {
            mark: "the same status, that the origin answers",
            named: None,
            told: || incident().healthy(40).failing(6, |r| r.edge(403, 403).access(403)),
        }],
    },
    Trial {
        slug: "edge-worker-error",
        sign: "page-worker",
        at_work: || made_by_edge(500, 1101),
        decoys: &[Decoy {
            mark: "the same status, that the origin answers",
            named: Some("origin-error-status"),
            told: || incident().healthy(40).failing(6, |r| r.edge(500, 500).access(500)),
        }],
    },
    Trial {
        slug: "edge-worker-error",
        sign: "worker-status",
        at_work: || {
            incident().healthy(40).failing(6, |r| r.edge_alone(500).field("WorkerStatus", "exceededCpu"))
        },
        decoys: &[Decoy {
            mark: "a Worker that ended well, before an origin that answers with an error",
            named: Some("origin-error-status"),
            told: || {
                let worked = |r: Request| r.edge(500, 500).field("WorkerStatus", "ok").access(500);
                incident().healthy(40).failing(6, worked)
            },
        }],
    },
    Trial {
        slug: "edge-worker-error",
        sign: "worker-asks-itself",
        at_work: || asked_by_a_worker("shop.example", ""),
        decoys: &[
            Decoy {
                mark: "a Worker that asks the origin of its own host, which does not answer",
                named: Some("connect-timeout"),
                told: || asked_by_a_worker("shop.example", "203.0.113.10"),
            },
            Decoy {
                mark: "a Worker that asks another site, of which the edge names no origin",
                named: Some("connect-timeout"),
                told: || asked_by_a_worker("api.elsewhere.example", ""),
            },
        ],
    },
    Trial {
        slug: "edge-limits",
        sign: "page-limit",
        at_work: || made_by_edge(530, 1014),
        decoys: &[Decoy {
            mark: "the same status, and no page that tells",
            named: None,
            told: || without_page(530),
        }],
    },
    Trial {
        slug: "edge-outage",
        sign: "hosts-fail-alike",
        at_work: || {
            ["a.example", "b.example", "c.example"].into_iter().fold(
                incident()
                    .healthy(20)
                    .others(20, |r| r.host("a.example").goes_well().field("EdgeColoCode", "AMS"))
                    .others(20, |r| {
                        let well = r.host("b.example").goes_well();
                        well.field("EdgeColoCode", "AMS").field("OriginIP", "203.0.113.99")
                    }),
                |told, host| {
                    told.failing_within(3, (50, 60), |r| {
                        r.host(host).edge_alone(500).field("EdgeColoCode", "CDG")
                    })
                },
            )
        },
        decoys: &[
            Decoy { mark: "the same status of one host alone", named: None, told: || without_page(500) },
            Decoy {
                mark: "the same status of several hosts of several origins, and the page of one of them says that a queue is full",
                named: None,
                told: || {
                    let well = |host, address| {
                        move |r: Request| {
                            r.host(host).goes_well().field("EdgeColoCode", "AMS").field("OriginIP", address)
                        }
                    };
                    let fails =
                        |host| move |r: Request| r.host(host).edge_alone(503).field("EdgeColoCode", "AMS");
                    incident()
                        .others(20, well("a.example", "203.0.113.7"))
                        .others(20, well("b.example", "203.0.113.99"))
                        .others(1, move |r| fails("c.example")(r).page(503, 1200))
                        .failing(1, fails("a.example"))
                        .failing(1, fails("b.example"))
                },
            },
            Decoy {
                mark: "the same status of two hosts of two addresses, which may be one machine's",
                named: None,
                told: || {
                    [("a.example", "203.0.113.7"), ("b.example", "203.0.113.99")].into_iter().fold(
                        incident(),
                        |told, (host, address)| {
                            told.others(40, move |r| r.host(host).goes_well().field("OriginIP", address))
                                .failing(2, move |r| r.host(host).edge_alone(503))
                        },
                    )
                },
            },
            Decoy {
                mark: "the same status of three hosts, for two paths alone of which nothing else passes",
                named: None,
                told: || {
                    ["a.example", "b.example", "c.example"].into_iter().fold(
                        incident().healthy(20).others(20, |r| {
                            r.host("a.example").goes_well().field("OriginIP", "203.0.113.99")
                        }),
                        |told, host| {
                            ["/search", "/orders"].into_iter().fold(told, |told, path| {
                                told.failing(2, move |r| r.host(host).target(path).edge_alone(503))
                            })
                        },
                    )
                },
            },
            Decoy {
                mark: "the same status of several hosts of one origin, which takes no more",
                named: None,
                told: || {
                    ["a.example", "b.example"].into_iter().fold(
                        incident().others(60, |r| r.host("a.example").goes_well()),
                        |told, host| {
                            told.others(20, |r| r.host(host).goes_well())
                                .failing_within(8, (50, 60), |r| r.host(host).edge_alone(503))
                        },
                    )
                },
            },
            Decoy {
                mark: "the same status of several hosts, between requests that pass at the same data centre",
                named: None,
                told: || {
                    ["a.example", "b.example"]
                        .into_iter()
                        .fold(incident().others(60, |r| r.host("a.example").goes_well()), |told, host| {
                            told.failing(8, |r| r.host(host).edge_alone(500))
                        })
                },
            },
        ],
    },
    Trial {
        slug: "redirect-loop",
        sign: "redirect-to-itself",
        at_work: || {
            incident().healthy(40).failing(6, |r| redirected(r.target("/cart"), "https://shop.example/cart"))
        },
        decoys: &[Decoy {
            mark: "the same status, to another URL",
            named: None,
            told: || {
                incident()
                    .healthy(40)
                    .failing(6, |r| redirected(r.target("/cart"), "https://shop.example/basket"))
            },
        }],
    },
    Trial {
        slug: "client-abort",
        sign: "visitor-left",
        at_work: || incident().healthy(200).failing(30, left),
        decoys: &[
            Decoy {
                mark: "the same status, of few",
                named: None,
                told: || incident().healthy(200).failing(3, left),
            },
            Decoy {
                mark: "the origin logs 499 as the edge gives up",
                named: Some("slow-response"),
                told: || {
                    incident().healthy(40).failing_within(6, (1, 20), |r| {
                        r.edge(524, 0).access(499).connection(|c| c.opens().asks().wait(100_000).ends(Edge))
                    })
                },
            },
        ],
    },
];

/// A name of a platform of the edge at which it is not bound, beside a host that is well.
pub fn unbound() -> Incident {
    incident().healthy(40).failing(6, |r| r.host("new.example").edge_alone(530))
}

/// Otherwise a host of which the edge blocks a few visitors by itself passes for one that is well.
#[test]
fn what_the_edge_refuses_by_itself_makes_no_host_healthy() {
    let told = unbound().others(6, |r| r.host("new.example").edge_alone(403));
    let judged = told.judged();
    let of_host = judged.iter().filter(|case| case.seen.contains(&"host-alone-fails")).count();
    assert_eq!(of_host, 6, "{}", judged[0].account);
}

/// The edge's page of this code for a request, as a visitor saves it.
fn saved_page(number: usize, words: &str, host: &str, code: u16) -> String {
    let ray = Request::new(number, 0).ray();
    format!(
        "<!DOCTYPE html>\n<html><head><title>{words} | {host} | Cloudflare</title></head><body>\n\
         <div id=\"cf-wrapper\"><div id=\"cf-error-details\"><header><h1><span>{words}</span> \
         <span class=\"code-label\">Error {code}</span></h1></header>\n<div class=\"cf-error-footer\"><p>\
         <span>Cloudflare Ray ID: <strong>{ray}</strong></span></p></div></div></div></body></html>\n"
    )
}

fn met_a_limit(told: &Incident, sign: &str) {
    let judged = told.judged();
    assert_eq!(judged.len(), 6, "{judged:?}");
    for case in judged {
        assert!(case.seen.contains(&sign), "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("edge-limits"), "{}", case.account);
    }
}

/// A page that a visitor saved need not say with which status it came: 1014 does not.
#[test]
fn a_saved_page_without_a_status_is_of_the_request_whose_ray_it_has() {
    let page = saved_page(43, "CNAME Cross-User Banned", "shop.example", 1014);
    met_a_limit(
        &incident().healthy(40).failing(6, |r| r.edge_alone(530)).file("page.html", page),
        "page-limit",
    );
}

/// 409 tells nothing by itself. Otherwise nothing failed, for certain, where a visitor has sent in the page that says what did.
#[test]
fn a_saved_page_of_a_name_that_the_edge_does_not_know_shows_that_others_met_the_same() {
    let unknown = |r: Request| r.host("new.shop.example").edge_alone(409);
    let page = saved_page(43, "DNS resolution error", "new.shop.example", 1001);
    met_a_limit(&incident().healthy(40).failing(6, unknown).file("page.html", page), "limit-of-edge");
    assert_eq!(incident().healthy(40).failing(6, unknown).judged().len(), 0);
}

/// What one browser shows of a URL holds for the edge's records of it; a record alone tells no Location.
#[test]
fn one_browser_that_is_sent_in_a_circle_shows_that_others_were() {
    let moved = |r: Request| r.target("/cart").edge(301, 301);
    let told = |location: &'static str| {
        let shown =
            incident().healthy(40).failing(1, |r| moved(r).browser(301, &[("location", location)], ""));
        shown.failing(5, moved).judged().len()
    };
    assert_eq!(told("https://shop.example/cart"), 6);
    assert_eq!(told("https://shop.example/basket"), 0);
}

/// Where nothing tells who asked, three redirects may be those of three visitors who came by http: once each.
#[test]
fn redirects_of_visitors_whom_nobody_tells_are_no_loop() {
    let told = |told: fn(Request) -> Request| {
        let fails = |r: Request| told(redirected(r.target("/cart"), "https://shop.example/cart"));
        incident().healthy(40).failing(6, fails).judged().len()
    };
    assert_eq!([told(|r| r), told(|r| r.unlogged("ClientIP"))], [6, 0]);
}

/// Otherwise a loop is "nothing failed" where a short snap length cut off who asks and the edge's log does not say it. A page that only sets a cookie leads to
/// itself, too.
#[test]
fn a_loop_is_known_by_how_often_visitors_of_https_are_sent_back_at_once() {
    let told = |times: usize, otherwise: u16| {
        let fails =
            |r: Request| redirected(r.target("/cart"), "https://shop.example/cart").unlogged("ClientIP");
        let incident = incident().healthy(40).failing_within(times, (20, 24), fails);
        incident.others(1, |r| r.target("/cart").edge(otherwise, otherwise)).judged().len()
    };
    assert_eq!([told(6, 301), told(4, 301), told(6, 200)], [6, 0, 0]);
}

/// The edge answers 504 where its own caches lack what was asked for; a short list of fields does not make a failure of it.
#[test]
fn a_504_of_the_caches_is_no_failure_where_the_log_has_no_addresses() {
    let told = |status| {
        let fails =
            |r: Request| r.edge_alone(504).field("OriginResponseStatus", status).unlogged("EdgeServerIP");
        incident().healthy(40).failing(6, fails).judged().len()
    };
    assert_eq!([told(0), told(504)], [0, 6]);
}

/// Otherwise whoever keeps a short list of fields is sent to the application for what a Worker, a full queue or an outage of the edge answered.
#[test]
fn a_status_alone_is_no_word_of_an_origin() {
    let told = |more: fn(Request) -> Request| {
        let short = |r: Request| {
            r.edge_alone(502).unlogged("EdgeServerIP").unlogged("OriginIP").unlogged("OriginResponseStatus")
        };
        let bare = incident().healthy(40).failing(6, move |r| more(short(r)));
        let without = [Source::Capture, Source::ErrorLog, Source::SystemLog].into_iter();
        let judged = without.fold(bare, Incident::without).judged();
        judged.into_iter().map(|case| (case.happened.from, case.slug)).next_back()
    };
    let of_origin = Some((ToldFrom::Edge, Some("origin-error-status".to_owned())));
    assert_eq!(told(|r| r), Some((ToldFrom::EdgeAlone, None)));
    assert_eq!(told(|r| r.field("OriginResponseStatus", 502)), of_origin);
    assert_eq!(told(|r| r.access(502)), of_origin, "its own line");
    let connected = told(|r| r.field("EdgeServerIP", "172.70.1.9"));
    assert_eq!(
        connected.map(|(from, _)| from),
        Some(ToldFrom::Edge),
        "the edge names a connection to an origin"
    );
}

/// Otherwise the application's own errors are laid to a Worker, since somebody saved the Worker's page of that minute.
#[test]
fn a_saved_page_says_nothing_of_what_the_origin_itself_answered() {
    let by_worker = |r: Request| r.edge_alone(500).page(500, 1101);
    let told = incident().healthy(40).failing(6, by_worker).failing(5, |r| r.edge(500, 500).access(500));
    let judged = told.judged();
    let named = |slug| judged.iter().filter(|case| case.slug.as_deref() == Some(slug)).count();
    assert_eq!((named("edge-worker-error"), named("origin-error-status")), (6, 5), "{judged:?}");
}

/// Otherwise "nothing failed" stands over a site that nobody can open, wherever no browser's record is at hand.
#[test]
fn visitors_who_are_redirected_and_ask_again_at_once_are_in_a_loop() {
    let site = |visitors: i64, times: usize| {
        let told = (0..visitors).fold(incident().healthy(60), |told, visitor| {
            let address = format!("198.51.100.{}", 20 + visitor);
            let asks = move |r: Request| {
                r.target("/start").edge(301, 301).access(301).field("ClientIP", address.as_str())
            };
            told.failing_within(times, (15 + 10 * visitor, 17 + 10 * visitor), asks)
        });
        told.named()
    };
    assert_eq!(site(5, 7), [Some("redirect-loop".to_owned())]);
    assert_eq!(site(9, 1), [], "a page that was moved");
    assert_eq!(site(2, 7), [], "two robots that follow nothing");
}

/// Otherwise one visitor's record is all that is told of a host on which each visitor goes in a circle on a page of his own.
#[test]
fn whoever_follows_redirects_of_a_host_that_a_browser_saw_in_a_loop_is_in_it_too() {
    let told = |times: usize| {
        let asks = |target: &'static str, visitor: i64| {
            let address = format!("198.51.100.{visitor}");
            move |r: Request| r.target(target).edge(301, 301).access(301).field("ClientIP", address.as_str())
        };
        let met = asks("/start", 20);
        let seen = move |r: Request| met(r).browser(301, &[("Location", "https://shop.example/start")], "");
        let told = incident().healthy(60).failing_within(5, (30, 33), seen);
        let told = told.failing_within(times, (40, 43), asks("/cart", 21));
        (60..90)
            .fold(told, |told, at| told.failing_within(1, (at, at + 1), asks("/moved", at)))
            .judged()
            .len()
    };
    assert_eq!(told(7), 5 + 7);
    assert_eq!(told(2), 5, "who asks twice is in no circle");
}

/// A record that only holds the place of an origin, and a Worker whose routes lead back to it.
#[test]
fn a_worker_asks_itself_at_an_address_that_nobody_has_and_in_a_circle() {
    let holds_a_place = asked_by_a_worker("shop.example", "100::");
    let in_a_circle = incident().healthy(40).failing(6, |r| {
        r.edge_alone(500).subrequest("shop.example", 500, "").subrequest("shop.example", 500, "")
    });
    let once = incident().healthy(40).failing(6, |r| r.edge_alone(500).subrequest("shop.example", 500, ""));
    let sees = |told: &Incident| {
        let judged = told.judged();
        assert_eq!(judged.len(), 6, "{judged:?}");
        judged.iter().all(|case| case.seen.contains(&"worker-asks-itself"))
    };
    assert_eq!([&holds_a_place, &in_a_circle, &once].map(sees), [true, true, false]);
    assert_eq!(holds_a_place.named(), [Some("edge-worker-error".to_owned())]);
}

const OWN_PAGE: &str = r#"<!DOCTYPE html><html><head><title>shop.example | 500: Internal server error</title></head><div id="cf-wrapper"><div id="cf-error-details"><span class="code-label">Error code 500</span></div></div></html>"#;
const ERROR: &str = "<html><head><title>Error</title></head><body>the shop is closed</body></html>";

/// A log of the edge that tells of no origin has the same 500 for what the edge and what an application failed at. The page tells which, of its own request and
/// of those like it.
#[test]
fn the_edges_own_page_for_a_500_shows_that_no_origin_answered() {
    let bare = |r: Request, status: u16| {
        let fields = ["OriginResponseStatus", "OriginIP", "EdgeServerIP"];
        fields.into_iter().fold(r.edge(status, status), |r, field| r.unlogged(field))
    };
    let told = |status: u16, page: &'static str, logged: bool| {
        let fails = move |r: Request| if logged { bare(r, status).access(status) } else { bare(r, status) };
        incident()
            .others(40, |r| bare(r, 200))
            .without(Source::Capture)
            .failing_within(4, (50, 60), move |r| bare(r, status).browser(status, &[], page))
            .failing_within(8, (50, 60), fails)
            .judged()
    };
    let made = |judged: &[JudgedCase]| {
        judged.iter().filter(|case| case.happened.outcome == Outcome::EdgeMade).count()
    };
    assert_eq!(made(&told(500, OWN_PAGE, false)), 12);
    assert_eq!(made(&told(500, OWN_PAGE, true)), 4, "the origin has lines of the others");
    assert_eq!(made(&told(500, ERROR, false)), 0, "a page of the application's own");
    // The edge puts its page in the place of an origin's.
    assert_eq!(made(&told(502, OWN_PAGE, false)), 0);
}

/// Otherwise what the edge fails at by itself is a Worker's fault wherever one of the site's has failed, too.
#[test]
fn what_a_log_that_tells_of_workers_does_not_call_one_is_none() {
    let own = |r: Request| r.edge_alone(500);
    let worker = |r: Request| own(r).field("WorkerStatus", "exceededCpu");
    let told = incident().healthy(40).failing_within(4, (20, 40), worker).failing_within(12, (60, 62), own);
    let judged = told.judged();
    let named = |seen: bool| {
        let of = judged.iter().filter(move |case| case.seen.contains(&"worker-status") == seen);
        of.map(|case| case.slug.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named(true), vec![Some("edge-worker-error".to_owned()); 4]);
    assert_eq!(named(false), vec![None; 12]);
}

/// A Worker's own failures reach no origin. Otherwise who has its events alone is told of the one request whose page somebody saved.
#[test]
fn events_of_a_worker_that_failed_are_failures_where_no_log_of_the_edge_is_at_hand() {
    let event = |number: i64, outcome: &str| {
        let (at, ray) = ((BEGIN + number * SECOND) / 1_000_000, format!("9f00aa12bc34{number:04x}"));
        format!(
            "{{\n  \"outcome\": \"{outcome}\",\n  \"scriptName\": \"shop\",\n  \"exceptions\": [],\n  \"logs\": [],\n  \"eventTimestamp\": {at},\n  \"event\": {{\"request\": {{\"url\": \"https://shop.example/p/{number}\", \"method\": \"GET\", \"headers\": {{\"cf-ray\": \"{ray}\"}}}}}}\n}}\n"
        )
    };
    let told = |outcome: &str| {
        let events: String =
            (0..40).map(|number| event(number, if number % 4 == 0 { outcome } else { "ok" })).collect();
        let told = incident().healthy(20).without(Source::EdgeLog).without(Source::Capture);
        told.file("tail.json", events).diagnosed()
    };
    let failed = |outcome: &str| {
        let told = told(outcome);
        let named = told.judgements.iter().filter_map(|judgement| judgement.cause);
        named.filter(|cause| cause.slug == "edge-worker-error").count()
    };
    assert_eq!((failed("exception"), failed("exceededCpu"), failed("canceled")), (10, 10, 0));
}
