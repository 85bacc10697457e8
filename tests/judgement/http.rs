//! Causes that lie in the messages of HTTP.

use std::cell::Cell;

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};
use super::{Decoy, Trial};

/// The edge says 520 for what the origin answers.
pub fn unusable(r: Request, bytes: &[u8]) -> Request {
    r.edge(520, 0).access(200).connection(|c| c.opens().asks().answers(bytes).ends(Origin))
}

/// Requests that go well although the origin's answers are like this.
pub fn taken(bytes: &'static [u8]) -> impl Fn(Request) -> Request {
    move |r| r.edge(200, 200).access(200).connection(|c| c.opens().asks().answers(bytes).ends(Edge))
}

/// Without the edge's log: browsers met a 520 for two answers of this form, and so many others have it of which nobody knows how they fared.
fn met_by_browsers(others: usize, form: &'static [u8]) -> Incident {
    let answers = move |r: Request| r.connection(|c| c.opens().asks().answers(form).ends(Edge));
    let told =
        incident().healthy(40).others(others, answers).failing(2, move |r| answers(r.browser(520, &[], "")));
    told.without(Source::EdgeLog)
}

fn closes_at_once(r: Request) -> Request {
    r.edge(520, 0).connection(|c| c.opens().asks().wait(30).ends(Origin))
}

fn resets_at_once(r: Request) -> Request {
    r.edge(520, 0).connection(|c| c.opens().asks().wait(30).resets(Origin))
}

fn stops_in_the_middle(r: Request) -> Request {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf of it";
    r.edge(520, 200).access(200).connection(|c| c.opens().asks().answers(begun).ends(Origin))
}

const FOLDED: &[u8] = b"HTTP/1.1 200 OK\r\nX-Note: a\r\n b\r\nContent-Length: 2\r\n\r\nok";
const BARE: &[u8] = b"HTTP/1.1 200 OK\nServer: shop\nContent-Length: 2\n\nok";
const NUL: &[u8] = b"HTTP/1.1 200 OK\r\nX-Offer: 10\0 percent\r\nContent-Length: 2\r\n\r\nok";
const NO_STATUS: &[u8] = b"<html>Fatal error in shop.php on line 7</html>\r\n\r\n";
const TWO_LENGTHS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\nok";
pub const TWICE: &[u8] = b"HTTP/1.1 200 OK\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nok";
const BAD_CHUNK: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\nno\r\n0\r\n\r\n";

/// The application's cookies make a head of so many bytes.
fn with_cookies(bytes: usize) -> Vec<u8> {
    let cookie = |n: usize| format!("Set-Cookie: c{n}={}\r\n", "v".repeat(4000));
    answer("200 OK", &(0..bytes / 4000).map(cookie).collect::<String>(), "ok")
}

/// The origin answers with this page to a request with so many bytes of cookies.
fn refused(r: Request, cookies: usize, status: &str, page: &str) -> Request {
    let code = status[..3].parse().expect("a status");
    let bytes = answer(status, "", page);
    r.more_head(&format!("Cookie: a={}\r\n", "v".repeat(cookies)))
        .edge(code, code)
        .access(code)
        .connection(|c| c.opens().asks().answers(&bytes).ends(Origin))
}

/// The answer before has more bytes than it says: the edge takes them for the next one's.
fn out_of_step(r: Request) -> Request {
    let long = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and nineteen more";
    r.edge(520, 0).connection(|c| c.opens().asks().answers(long).ends(Edge))
}

/// A decoy in which the origin answers so and another break is named.
macro_rules! answers_so {
    ($mark:literal, $named:expr, $bytes:expr) => {
        Decoy {
            mark: $mark,
            named: $named,
            told: || incident().healthy(40).failing(6, |r| unusable(r, $bytes)),
        }
    };
}

fn with_line(level: &'static str, text: &'static str, told: fn(Request) -> Request) -> Incident {
    incident().healthy(40).failing(6, |r| told(r).nginx(level, text))
}

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "empty-response",
        sign: "closed-without-answer",
        at_work: || incident().healthy(40).failing(6, closes_at_once),
        decoys: &[Decoy {
            mark: "the same close, as the process dies",
            named: Some("worker-crash"),
            told: || {
                let died = "[alert] 810#810: worker process 811 exited on signal 11 (core dumped)";
                incident().healthy(40).line(Source::ErrorLog, 60, died).failing_within(6, (58, 59), |r| {
                    r.edge(520, 0).connection(|c| c.opens().asks().until(60).ends(Origin))
                })
            },
        }],
    },
    Trial {
        slug: "reset-before-response",
        sign: "reset-without-answer",
        at_work: || incident().healthy(40).failing(6, resets_at_once),
        decoys: &[
            Decoy {
                mark: "the same RST, from another distance",
                named: Some("middlebox-reset"),
                told: || {
                    incident().healthy(40).failing(6, |r| {
                        r.edge(520, 0).connection(|c| c.opens().asks().wait(30).reset_from(Origin, 61))
                    })
                },
            },
            Decoy {
                mark: "the same RST, for one range alone",
                named: Some("firewall-reset"),
                told: || {
                    let others = |address| move |r: Request| r.by_edge(address).goes_well();
                    incident().others(20, others(EDGES[0])).others(20, others(EDGES[2])).failing(6, |r| {
                        r.by_edge(EDGES[3]).edge(521, 0).connection(|c| c.syns(1).resets(Origin))
                    })
                },
            },
        ],
    },
    Trial {
        slug: "truncated-response",
        sign: "cut-short",
        at_work: || incident().healthy(40).failing(6, stops_in_the_middle),
        decoys: &[
            Decoy {
                mark: "by the edge's record alone the head of an answer came: what was wrong with the rest, nothing tells",
                named: None,
                told: || {
                    let head_came =
                        |r: Request| r.edge(520, 200).field("OriginResponseHeaderReceiveDurationMs", 40);
                    incident().without(Source::Capture).healthy(40).failing(6, head_came)
                },
            },
            Decoy {
                mark: "the same cut, and the web server says that its application closed",
                named: Some("upstream-closed-early"),
                told: || {
                    with_line(
                        "[error]",
                        "upstream prematurely closed connection while reading upstream",
                        stops_in_the_middle,
                    )
                },
            },
        ],
    },
    Trial {
        slug: "response-header-too-large",
        sign: "response-head-too-large",
        at_work: || incident().healthy(40).failing(6, |r| unusable(r, &with_cookies(140_000))),
        decoys: &[Decoy {
            mark: "a head that the web server does not take, of which the edge sees nothing",
            named: Some("upstream-header-too-big"),
            told: || {
                incident().healthy(40).failing(6, |r| {
                    refused(r, 10, "502 Bad Gateway", "no").nginx(
                        "[error]",
                        "upstream sent too big header while reading response header from upstream",
                    )
                })
            },
        }],
    },
    Trial {
        slug: "request-header-too-large",
        sign: "request-head-refused",
        at_work: || {
            incident()
                .healthy(40)
                .failing(6, |r| refused(r, 9000, "400 Bad Request", "Request Header Or Cookie Too Large"))
        },
        decoys: &[Decoy {
            mark: "the same status, for a certificate that was not sent",
            named: Some("tls-client-certificate-required"),
            told: || {
                incident()
                    .healthy(40)
                    .failing(6, |r| refused(r, 10, "400 Bad Request", "No required SSL certificate was sent"))
            },
        }],
    },
    Trial {
        slug: "request-header-too-large",
        sign: "request-heads-unanswered",
        at_work: || incident().healthy(40).failing(6, |r| resets_at_once(with_cookie(r, 5000))),
        decoys: &[Decoy {
            mark: "the same reset of requests with as large a head, of which others are answered",
            named: Some("reset-before-response"),
            told: || {
                let large = |r: Request| with_cookie(r, 5200).goes_well();
                incident().healthy(30).others(10, large).failing(6, |r| resets_at_once(with_cookie(r, 5000)))
            },
        }],
    },
    Trial {
        slug: "invalid-header",
        sign: "broken-header",
        at_work: || incident().healthy(40).failing(6, |r| unusable(r, NUL)),
        decoys: &[
            answers_so!("the same status, for a header that stands twice", Some("duplicate-header"), TWICE),
            Decoy {
                mark: "a folded line in every answer, and the failures are closed without one",
                named: Some("empty-response"),
                told: || incident().others(40, taken(FOLDED)).failing(6, closes_at_once),
            },
        ],
    },
    Trial {
        slug: "bare-lf",
        sign: "bare-line-feed",
        at_work: || incident().healthy(40).failing(6, |r| unusable(r, BARE)),
        decoys: &[Decoy {
            mark: "LF alone in every answer, which the edge takes, and the failures are closed without one",
            named: Some("empty-response"),
            told: || incident().others(40, taken(BARE)).failing(6, closes_at_once),
        }],
    },
    Trial {
        slug: "invalid-status-line",
        sign: "broken-status-line",
        at_work: || incident().healthy(40).failing(6, |r| unusable(r, NO_STATUS)),
        decoys: &[answers_so!("the same status, for a byte in a header", Some("invalid-header"), NUL)],
    },
    Trial {
        slug: "conflicting-length",
        sign: "conflicting-lengths",
        at_work: || incident().healthy(40).failing(6, |r| unusable(r, TWO_LENGTHS)),
        decoys: &[answers_so!("a header twice, another one", Some("duplicate-header"), TWICE)],
    },
    Trial {
        slug: "duplicate-header",
        sign: "header-twice",
        at_work: || incident().healthy(40).failing(6, |r| unusable(r, TWICE)),
        decoys: &[answers_so!("a header twice, the length", Some("conflicting-length"), TWO_LENGTHS)],
    },
    Trial {
        slug: "duplicate-header",
        sign: "header-twice-of-few",
        at_work: || met_by_browsers(5, TWICE),
        decoys: &[Decoy {
            mark: "the same, as half of the answers have it of which nobody knows how they fared",
            named: None,
            told: || met_by_browsers(40, TWICE),
        }],
    },
    Trial {
        slug: "bare-lf",
        sign: "bare-line-feed-of-few",
        at_work: || met_by_browsers(5, BARE),
        decoys: &[Decoy {
            mark: "the same, as half of the answers have it of which nobody knows how they fared",
            named: None,
            told: || met_by_browsers(40, BARE),
        }],
    },
    Trial {
        slug: "invalid-chunking",
        sign: "broken-chunking",
        at_work: || incident().healthy(40).failing(6, |r| unusable(r, BAD_CHUNK)),
        decoys: &[Decoy {
            mark: "chunks that end in the middle",
            named: Some("truncated-response"),
            told: || {
                let cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n40\r\nand so";
                incident().healthy(40).failing(6, |r| unusable(r, cut))
            },
        }],
    },
    Trial {
        slug: "body-overrun",
        sign: "bytes-after-body",
        at_work: || incident().healthy(40).failing(6, out_of_step),
        decoys: &[Decoy {
            mark: "bytes after the body in every answer, which the edge takes, and the failures are closed without one",
            named: Some("empty-response"),
            told: || {
                let long = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and nineteen more";
                incident().others(40, taken(long)).failing(6, closes_at_once)
            },
        }],
    },
];

fn with_cookie(r: Request, bytes: usize) -> Request {
    r.more_head(&format!("Cookie: cart={}\r\n", "c".repeat(bytes)))
}

/// Both ways in which an earlier body of the connection is seen to have been longer than it said.
#[test]
fn a_body_that_overran_speaks_for_the_failure_of_the_request_after_it() {
    const LONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and nineteen more";
    const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let at_once = |r: Request| {
        r.edge(520, 0).connection(|c| c.opens().was_answered(LONG).wait(50).asks().wait(20).ends(Origin))
    };
    let late = |r: Request| {
        let rest = |c: Conversation| c.says(Origin, b" and nineteen more").answers(SHORT);
        r.edge(520, 0).connection(|c| rest(c.opens().was_answered(SHORT).wait(50).asks()).ends(Edge))
    };
    let never = |r: Request| {
        r.edge(520, 0).connection(|c| c.opens().was_answered(SHORT).wait(50).asks().wait(20).ends(Origin))
    };
    let seen = |told: fn(Request) -> Request| {
        let judged = incident().healthy(40).failing(6, told).judged();
        judged.iter().filter(|case| case.seen.contains(&"bytes-after-body")).count()
    };
    assert_eq!([seen(at_once), seen(late), seen(never)], [6, 6, 0]);
}

/// Otherwise one application that answers too much explains whatever is closed beside it, although no answer before that one was longer than it said.
#[test]
fn a_body_that_overran_explains_nothing_of_what_stays_in_step() {
    const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let anew = |r: Request| r.edge(520, 0).connection(|c| c.opens().asks().wait(20).ends(Origin));
    let again = |r: Request| {
        r.edge(520, 0).connection(|c| c.opens().was_answered(SHORT).wait(50).asks().wait(20).ends(Origin))
    };
    for closed in [anew, again] {
        let judged = incident().healthy(40).failing(14, out_of_step).failing(6, closed).judged();
        let of = |slug| judged.iter().filter(|case| case.slug.as_deref() == Some(slug)).count();
        assert_eq!((of("body-overrun"), of("empty-response")), (14, 6));
    }
}

/// Otherwise an edge that cannot use a whole answer, since it reads what stands before it, is told as one that the answer did not reach.
#[test]
fn the_answer_behind_what_a_body_left_over_is_out_of_step_however_good_it_is() {
    let page =
        |length: usize| [b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", &[b'x'; 300][..length]].concat();
    let judged = |length: usize, status: u16, kept: usize| {
        let (earlier, own) = (page(length), page(200));
        let told = move |r: Request| {
            let before = |c: Conversation| c.opens().was_answered(&earlier).wait(50);
            let origin_status = if status == 520 { 0 } else { status };
            r.edge(status, origin_status).connection(|c| before(c).asks().answers(&own).ends(Edge))
        };
        incident().healthy(40).failing(6, told).snapped(kept).judged()
    };
    // The whole packets, and 60 bytes of what TCP carries, which hold the heads and no body.
    for kept in [usize::MAX, 54 + 60] {
        let overrun = judged(260, 520, kept);
        assert_eq!(overrun.len(), 6, "{kept}");
        for case in overrun {
            assert_eq!(case.happened.outcome, Outcome::BadLength, "{kept}: {}", case.account);
            assert_eq!(case.slug.as_deref(), Some("body-overrun"), "{kept}: {}", case.account);
        }
        for case in judged(200, 520, kept) {
            assert_ne!(case.slug.as_deref(), Some("body-overrun"), "{kept}, no overrun: {}", case.account);
        }
        assert!(judged(260, 200, kept).is_empty(), "{kept}: the edge took it");
    }
}

/// What an earlier body left over may come when the next answer is due, and the edge reads no further. A server that answers so by itself does it
/// on new connections, too.
#[test]
fn what_stands_where_answers_begin_on_connections_used_again_alone_was_left_over_before() {
    const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let left_over = |c: Conversation| c.says(Origin, b"<!-- 14 queries in 0.031 s -->\n").ends(Edge);
    let again = |r: Request| {
        r.edge(520, 0).connection(|c| left_over(c.opens().was_answered(SHORT).wait(50).asks().wait(20)))
    };
    let anew = |r: Request| r.edge(520, 0).connection(|c| left_over(c.opens().asks().wait(20)));
    let slug = |slug: &str| Some(slug.to_owned());
    assert_eq!(incident().healthy(40).failing(12, again).named(), [slug("body-overrun")]);
    let everywhere = incident().healthy(40).failing(6, again).failing(6, anew);
    assert_eq!(everywhere.named(), [slug("invalid-status-line")]);
}

/// A late writer sends the rest of a body when it has it, whenever the next request comes; a server that answers so by itself answers when it is asked.
#[test]
fn bytes_that_come_at_one_time_after_the_answer_before_were_left_over_by_it() {
    const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let named = |count: usize, again_of_three: i64, wait_after: fn(i64) -> i64| {
        let turns = Cell::new(0);
        let told = |r: Request| {
            let turn = turns.replace(turns.get() + 1);
            let idle = 60 + 37 * turn % 200;
            let before = |c: Conversation| {
                if turn % 3 < again_of_three { c.was_answered(SHORT).wait(idle) } else { c }
            };
            let asked = |c: Conversation| before(c.opens()).asks().wait(wait_after(idle));
            let rest = b"<!-- 14 queries in 0.031 s -->\n";
            r.edge(520, 0).connection(|c| asked(c).says(Origin, rest).ends(Edge))
        };
        let again = |c: Conversation| c.opens().was_used(25).wait(80).asks();
        let well = |r: Request| r.edge(200, 200).connection(|c| again(c).answers(SHORT).ends(Edge));
        incident().others(40, well).failing(count, told).named()
    };
    for count in [3, 12] {
        assert_eq!(named(count, 3, |idle| 350 - idle), [Some("body-overrun".to_owned())], "{count}");
    }
    assert_eq!(named(12, 2, |_| 20), [Some("invalid-status-line".to_owned())]);
}

/// Otherwise an edge that meets the rest of an earlier answer and closes at once is taken for visitors who left, in numbers.
#[test]
fn an_edge_that_finds_the_rest_of_an_earlier_answer_closes_and_no_visitor_left() {
    const LONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and nineteen more";
    let turns = Cell::new(0);
    let meets = |r: Request| {
        let waits = 1 + turns.replace(turns.get() + 1) % 9;
        r.connection(move |c| c.opens().was_answered(LONG).wait(50).asks().wait(waits).ends(Edge))
    };
    let well =
        |r: Request| r.connection(|c| c.opens().asks().answers(&answer("200 OK", "", "fine")).ends(Edge));
    let told = incident().others(60, well).failing(24, meets).without(Source::EdgeLog);
    assert_eq!(told.named(), [Some("body-overrun".to_owned())]);
}

/// Otherwise an edge that met the rest of an earlier answer, of which a cut capture shows nothing, is told as one that waited for a slow application.
#[test]
fn an_edge_that_says_520_at_once_has_not_waited_in_vain() {
    let named = |status: u16, waits: i64| {
        let fails = move |r: Request| {
            r.edge(status, 0).takes(waits + 40).connection(|c| c.opens().asks().wait(waits).ends(Edge))
        };
        incident().healthy(40).failing(6, fails).named()
    };
    assert_eq!(named(520, 170), [None]);
    assert_eq!(named(524, 3_000), [Some("slow-response".to_owned())]);
    assert_eq!(named(520, 3_000), [Some("slow-response".to_owned())], "whatever it calls that");
}

/// Otherwise the line that names the cause is nobody's, wherever the capture's clock is another than the log's and the edge's log is not at hand.
#[test]
fn an_error_log_whose_clock_is_off_is_told_by_what_was_asked_where_packets_alone_show_it() {
    let line = "upstream prematurely closed connection while reading upstream";
    for ahead in [0, 14, -200] {
        let told = with_line("[error]", line, stops_in_the_middle).capture_apart().capture_ahead(ahead);
        let judged = told.without(Source::EdgeLog).without(Source::AccessLog).judged();
        assert_eq!(judged.len(), 6, "{ahead} s: {judged:?}");
        for case in judged {
            assert_eq!(case.slug.as_deref(), Some("upstream-closed-early"), "{ahead} s: {}", case.account);
        }
    }
}
