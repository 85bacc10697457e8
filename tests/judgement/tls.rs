//! Causes that lie in the TLS handshake with the origin.

use rayscope::correlate::Outcome;

use super::conversation::Conversation;
use super::conversation::Speaker::{self, Edge, Origin};
use super::incident::{Incident, Source, incident};
use super::request::{EDGES, Request};
use super::tls_messages::{
    Certificate, client_end, client_hello, encrypted, fatal, hello_of_tls13, server_end, server_flight,
};
use super::{Decoy, Trial};

pub const HOST: &str = "shop.example";
const GOOD: Certificate = Certificate { name: HOST, issuer: "Some Issuing CA", until: "271231235959Z" };
const ISSUER: Certificate =
    Certificate { name: "Some Issuing CA", issuer: "Some Root", until: "301231235959Z" };

/// What the edge says first.
pub fn hello() -> Vec<u8> {
    client_hello(HOST, &["http/1.1"], 0)
}

pub fn good_chain() -> Vec<Vec<u8>> {
    vec![GOOD.der(), ISSUER.der()]
}

/// A request inside a handshake that goes well.
pub fn encrypted_well(r: Request) -> Request {
    r.edge(200, 200).access(200).connection(|c| {
        established(c, None).says(Edge, &encrypted(400)).takes(Origin).answers(&encrypted(900)).ends(Edge)
    })
}

/// The same where the capture dropped what the origin says in the handshake.
pub fn uncaptured_flight(r: Request) -> Request {
    r.edge(200, 200).access(200).connection(|c| {
        c.opens()
            .says(Edge, &hello())
            .takes(Origin)
            .uncaptured(|c| c.says(Origin, &server_flight(None, &good_chain(), false)))
            .takes(Edge)
            .says(Edge, &client_end(false))
            .uncaptured(|c| c.says(Origin, &server_end()))
            .takes(Edge)
            .says(Edge, &encrypted(400))
            .takes(Origin)
            .answers(&encrypted(900))
            .ends(Edge)
    })
}

/// A connection whose handshake went well.
pub fn established(c: Conversation, protocol: Option<&str>) -> Conversation {
    agreed(c, &["h2", "http/1.1"], protocol)
}

fn agreed(c: Conversation, offered: &[&str], protocol: Option<&str>) -> Conversation {
    c.opens()
        .says(Edge, &client_hello(HOST, offered, 0))
        .takes(Origin)
        .says(Origin, &server_flight(protocol, &good_chain(), false))
        .takes(Edge)
        .says(Edge, &client_end(false))
        .says(Origin, &server_end())
        .takes(Edge)
}

/// The origin answers the ClientHello with an alert.
fn refused(r: Request, alert: u8) -> Request {
    r.edge(525, 0)
        .connection(|c| c.opens().says(Edge, &hello()).takes(Origin).says(Origin, &fatal(alert)).ends(Origin))
}

/// The edge does not take the origin's certificates.
fn not_trusted(r: Request, certificates: &[Certificate], alert: u8) -> Request {
    r.edge(526, 0).connection(|c| shown(c, certificates).says(Edge, &fatal(alert)).ends(Edge))
}

/// A handshake up to where the edge has the origin's certificates.
fn shown(c: Conversation, certificates: &[Certificate]) -> Conversation {
    let sent: Vec<Vec<u8>> = certificates.iter().map(Certificate::der).collect();
    c.opens().says(Edge, &hello()).takes(Origin).says(Origin, &server_flight(None, &sent, false)).takes(Edge)
}

/// The origin asks for a certificate, gets none and says so.
fn without_certificate(r: Request, alert: u8) -> Request {
    r.edge(525, 0).connection(|c| {
        c.opens()
            .says(Edge, &hello())
            .takes(Origin)
            .says(Origin, &server_flight(None, &good_chain(), true))
            .takes(Edge)
            .says(Edge, &client_end(true))
            .takes(Origin)
            .says(Origin, &fatal(alert))
            .ends(Origin)
    })
}

/// The ClientHello is taken, and nothing comes back.
pub fn never_answered(r: Request) -> Request {
    r.edge(525, 0).connection(|c| c.opens().says(Edge, &hello()).takes(Origin).wait(15_000).ends(Edge))
}

/// The origin greets when the edge has left.
pub fn greets_too_late(r: Request) -> Request {
    r.edge(525, 0).connection(|c| {
        let c = c.opens().says(Edge, &hello()).takes(Origin).wait(15_000).closes(Edge).takes(Origin);
        c.wait(700).says(Origin, &server_flight(None, &good_chain(), false)).closes(Origin)
    })
}

/// The origin greets so many milliseconds before the close of an edge arrives that is sixty away, there and back.
fn answered_before_close(r: Request, milliseconds: i64) -> Request {
    r.edge(525, 0).connection(|c| {
        let c = c.opens_from_afar(60).says(Edge, &hello()).takes(Origin).wait(3_000);
        c.says(Origin, &server_flight(None, &good_chain(), false)).wait(milliseconds).closes(Edge)
    })
}

const EXPIRED: Certificate = Certificate { until: "261101000000Z", ..GOOD };
const SELF_SIGNED: Certificate = Certificate { issuer: HOST, ..GOOD };
const OTHER_NAME: Certificate = Certificate { name: "old.example", ..GOOD };

/// The edge refuses the origin's certificate by an alert that several faults bring; whether it is past its dates, that alone tells.
pub fn refused_by_alert_42(r: Request, is_expired: bool) -> Request {
    not_trusted(r, if is_expired { &[EXPIRED, ISSUER] } else { &[OTHER_NAME, ISSUER] }, 42)
}

/// A decoy in which the edge refuses other certificates by an alert that several causes bring.
macro_rules! refused_certificate {
    ($mark:literal, $named:literal, $certificates:expr, $alert:literal) => {
        Decoy {
            mark: $mark,
            named: Some($named),
            told: || {
                incident().others(40, encrypted_well).failing(6, |r| not_trusted(r, $certificates, $alert))
            },
        }
    };
}

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "tls-no-shared-cipher",
        sign: "alert-handshake-failure",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 40)),
        decoys: &[
            Decoy {
                mark: "the same alert, after a certificate was asked for",
                named: Some("tls-client-certificate-required"),
                told: || incident().others(40, encrypted_well).failing(6, |r| without_certificate(r, 40)),
            },
            Decoy {
                mark: "the same alert behind the server's part of the handshake, of which the capture has the beginning",
                named: Some("tls-client-certificate-required"),
                told: || {
                    let told = incident().others(40, encrypted_well).snapped(96);
                    told.failing(6, |r| without_certificate(r, 40))
                },
            },
        ],
    },
    Trial {
        slug: "tls-protocol-version",
        sign: "alert-protocol-version",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 70)),
        decoys: &[Decoy {
            mark: "an alert to the ClientHello, another one",
            named: Some("tls-no-shared-cipher"),
            told: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 40)),
        }],
    },
    Trial {
        slug: "tls-unknown-name",
        sign: "alert-unrecognized-name",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 112)),
        decoys: &[Decoy {
            mark: "a server that has no host of this name answers with another one's certificate",
            named: Some("tls-certificate-name-mismatch"),
            told: || {
                incident()
                    .others(40, encrypted_well)
                    .failing(6, |r| not_trusted(r, &[OTHER_NAME, ISSUER], 42))
            },
        }],
    },
    Trial {
        slug: "tls-unknown-name",
        sign: "alert-internal-error",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 80)),
        decoys: &[Decoy {
            mark: "an alert to the ClientHello, another one",
            named: Some("tls-protocol-version"),
            told: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 70)),
        }],
    },
    Trial {
        slug: "tls-certificate-expired",
        sign: "certificate-out-of-dates",
        at_work: || {
            incident().others(40, encrypted_well).failing(6, |r| not_trusted(r, &[EXPIRED, ISSUER], 45))
        },
        decoys: &[refused_certificate!(
            "a refused certificate within its dates",
            "tls-certificate-name-mismatch",
            &[OTHER_NAME, ISSUER],
            42
        )],
    },
    Trial {
        slug: "tls-certificate-self-signed",
        sign: "certificate-self-issued",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| not_trusted(r, &[SELF_SIGNED], 48)),
        decoys: &[refused_certificate!(
            "the same alert unknown_ca",
            "tls-certificate-incomplete-chain",
            &[GOOD],
            48
        )],
    },
    Trial {
        slug: "tls-certificate-name-mismatch",
        sign: "certificate-other-name",
        at_work: || {
            incident().others(40, encrypted_well).failing(6, |r| not_trusted(r, &[OTHER_NAME, ISSUER], 42))
        },
        decoys: &[refused_certificate!(
            "the same status, for the right name",
            "tls-certificate-expired",
            &[EXPIRED, ISSUER],
            45
        )],
    },
    Trial {
        slug: "tls-certificate-incomplete-chain",
        sign: "certificate-alone",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| not_trusted(r, &[GOOD], 48)),
        decoys: &[refused_certificate!(
            "one certificate alone, its own issuer",
            "tls-certificate-self-signed",
            &[SELF_SIGNED],
            48
        )],
    },
    Trial {
        slug: "tls-client-certificate-required",
        sign: "client-certificate-asked",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| without_certificate(r, 40)),
        decoys: &[Decoy {
            mark: "the same alert, and no certificate was asked for",
            named: Some("tls-no-shared-cipher"),
            told: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 40)),
        }],
    },
    Trial {
        slug: "tls-plaintext-on-port",
        sign: "plain-reply",
        at_work: || {
            let plain = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n";
            incident().others(40, encrypted_well).failing(6, |r| {
                r.edge(525, 0).connection(|c| {
                    c.opens().says(Edge, &hello()).takes(Origin).says(Origin, plain).ends(Origin)
                })
            })
        },
        decoys: &[Decoy {
            mark: "the same close right after the ClientHello, by a server that waits for a PROXY line",
            named: Some("proxy-protocol-mismatch"),
            told: || {
                let line = "haproxy[812]: 162.158.84.5:20041 [17/Nov/2026:08:00:50.000] tls-in/1: Received something which does not look like a PROXY protocol header";
                (50..56)
                    .fold(incident().others(40, encrypted_well), |told, at| {
                        told.line(Source::SystemLog, at, line)
                    })
                    .failing_within(6, (50, 56), |r| {
                        r.edge(525, 0)
                            .connection(|c| c.opens().says(Edge, &hello()).takes(Origin).ends(Origin))
                    })
            },
        }],
    },
    // nginx with `http2` and without `ssl` says its SETTINGS and GOAWAY before it has understood anything.
    Trial {
        slug: "tls-plaintext-on-port",
        sign: "plain-reply",
        at_work: || {
            incident().others(40, encrypted_well).failing(6, |r| {
                r.edge(525, 0).connection(|c| {
                    let settings =
                        b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01";
                    c.opens().says(Edge, &hello()).takes(Origin).says(Origin, settings).ends(Origin)
                })
            })
        },
        decoys: &[Decoy {
            mark: "a mail server's greeting, which is no web server's",
            named: None,
            told: || {
                incident().others(40, encrypted_well).failing(6, |r| {
                    r.edge(525, 0).connection(|c| {
                        c.opens()
                            .says(Edge, &hello())
                            .takes(Origin)
                            .says(Origin, b"220 mail.example ESMTP\r\n")
                            .ends(Origin)
                    })
                })
            },
        }],
    },
    Trial {
        slug: "tls-handshake-timeout",
        sign: "hello-unanswered",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| answered_before_close(r, 10)),
        decoys: &[Decoy {
            mark: "the same answer, and the edge closes when it has heard it",
            named: None,
            told: || incident().others(40, encrypted_well).failing(6, |r| answered_before_close(r, 70)),
        }],
    },
    Trial {
        slug: "tls-handshake-timeout",
        sign: "hello-unanswered",
        at_work: || incident().others(40, encrypted_well).failing(6, never_answered),
        decoys: &[Decoy {
            mark: "the same silence, where the second packet of the ClientHello never arrives",
            named: Some("tls-split-hello"),
            told: || incident().others(40, encrypted_well).failing(6, split),
        }],
    },
    Trial {
        slug: "tls-split-hello",
        sign: "hello-in-two-segments",
        at_work: || incident().others(40, encrypted_well).failing(6, split),
        decoys: &[Decoy {
            mark: "a ClientHello of two packets, both acknowledged",
            named: Some("tls-handshake-timeout"),
            told: || {
                let long = client_hello(HOST, &["http/1.1"], 1500);
                incident().others(40, encrypted_well).failing(6, |r| {
                    r.edge(525, 0)
                        .connection(|c| c.opens().says(Edge, &long).takes(Origin).wait(15_000).ends(Edge))
                })
            },
        }],
    },
    Trial {
        slug: "tls-split-hello",
        sign: "hello-in-two-segments",
        at_work: || incident().others(40, encrypted_well).failing(6, half),
        decoys: &[Decoy {
            mark: "the same hello, of which the capture lost the second packet and the origin acknowledged it",
            named: Some("tls-handshake-timeout"),
            told: || {
                let long = client_hello(HOST, &["http/1.1"], 1500);
                incident().others(40, encrypted_well).failing(6, |r| {
                    r.edge(525, 0).connection(|c| {
                        c.opens()
                            .says(Edge, &long[..1400])
                            .uncaptured(|c| c.says(Edge, &long[1400..]))
                            .takes(Origin)
                            .wait(15_000)
                            .ends(Edge)
                    })
                })
            },
        }],
    },
    Trial {
        slug: "alpn-mismatch",
        sign: "alert-no-application-protocol",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 120)),
        decoys: &[Decoy {
            mark: "an alert to the ClientHello, another one",
            named: Some("tls-no-shared-cipher"),
            told: || incident().others(40, encrypted_well).failing(6, |r| refused(r, 40)),
        }],
    },
    Trial {
        slug: "alpn-mismatch",
        sign: "http1-asked-over-http2",
        at_work: || incident().others(40, encrypted_well).failing(6, |r| greeted_in_http2(r, &[550], Origin)),
        decoys: &[Decoy {
            mark: "the same end, where the edge acknowledges the origin's settings as HTTP/2 has it",
            named: Some("empty-response"),
            told: || {
                incident().others(40, encrypted_well).failing(6, |r| greeted_in_http2(r, &[550, 33], Origin))
            },
        }],
    },
    Trial {
        slug: "alpn-mismatch",
        sign: "protocol-not-offered",
        at_work: || {
            incident().others(40, encrypted_well).failing(6, |r| undecodable(r, &["h2"], Some("http/1.1")))
        },
        decoys: &[Decoy {
            mark: "a handshake that the edge ends in the same way, over another message",
            named: None,
            told: || {
                let offered = ["h2", "http/1.1"];
                let told = incident().others(40, encrypted_well);
                told.failing(6, |r| undecodable(r, &offered, Some("http/1.1")))
            },
        }],
    },
];

/// The edge ends a handshake over the origin's flight, and not over its certificate (decode_error).
fn undecodable(r: Request, offered: &[&str], chosen: Option<&str>) -> Request {
    let (hello, flight) = (client_hello(HOST, offered, 0), server_flight(chosen, &good_chain(), false));
    r.edge(525, 0).connection(|c| {
        let c = c.opens().says(Edge, &hello).takes(Origin).says(Origin, &flight).takes(Edge);
        c.says(Edge, &fatal(50)).ends(Edge)
    })
}

/// The second packet of the ClientHello is lost, again and again.
fn split(r: Request) -> Request {
    let long = client_hello(HOST, &["http/1.1"], 1500);
    r.edge(525, 0).connection(|c| {
        c.opens()
            .says(Edge, &long[..1400])
            .takes(Origin)
            .loses(Edge, &long[1400..])
            .repeats(Edge, 4)
            .wait(9000)
            .ends(Edge)
    })
}

/// A device before the place of the capture passes the first packet alone.
fn half(r: Request) -> Request {
    let long = client_hello(HOST, &["http/1.1"], 1500);
    r.edge(525, 0).connection(|c| {
        c.opens()
            .says(Edge, &long[..1400])
            .takes(Origin)
            .uncaptured(|c| c.loses(Edge, &long[1400..]).repeats(Edge, 4))
            .wait(9000)
            .ends(Edge)
    })
}

/// Both sides agreed on HTTP/2, which alone was offered, the origin says its settings, and the edge so many records; then one of them closes.
fn greeted_in_http2(r: Request, records: &[usize], closes: Speaker) -> Request {
    r.edge(520, 0).field("OriginTCPHandshakeDurationMs", 12).connection(|c| {
        let greeted = agreed(c, &["h2"], Some("h2")).says(Origin, &encrypted(57)).takes(Edge);
        let asked = records.iter().fold(greeted, |c, length| c.says(Edge, &encrypted(*length)));
        asked.takes(Origin).wait(1).ends(closes)
    })
}

/// Otherwise what the edge ends, since it takes the origin's settings for an answer, stays unexplained, and of several such requests of one address of the edge
/// within a few seconds none has its packets.
#[test]
fn an_edge_that_does_not_speak_the_http2_it_agreed_on_is_told_by_its_one_record() {
    let told = |records: &'static [usize]| {
        let fails = move |r: Request| greeted_in_http2(r.by_edge(EDGES[0]), records, Edge);
        let judged = incident().others(40, encrypted_well).failing_within(4, (60, 63), fails).judged();
        judged.into_iter().map(|case| case.slug).collect::<Vec<_>>()
    };
    assert_eq!(told(&[550]), vec![Some("alpn-mismatch".to_owned()); 4]);
    assert!(!told(&[550, 33]).contains(&Some("alpn-mismatch".to_owned())), "it acknowledges them");
}

/// Otherwise the same stays unexplained where a snap length cut the certificates, since the handshake then has a hole.
#[test]
fn what_a_snap_length_cut_from_the_handshake_hides_no_record_behind_it() {
    let fails = |r: Request| greeted_in_http2(r, &[550], Edge);
    let told = incident().others(40, encrypted_well).failing(6, fails).snapped(400);
    assert_eq!(told.named(), [Some("alpn-mismatch".to_owned())]);
}

/// The origin ends connections on which both sides agreed on HTTP/2; why, it said inside of TLS.
pub fn http2_ended() -> Incident {
    incident().others(40, encrypted_well).failing(6, |r| {
        r.edge(520, 0).field("OriginTCPHandshakeDurationMs", 12).connection(|c| {
            established(c, Some("h2")).says(Edge, &encrypted(300)).takes(Origin).wait(20).ends(Origin)
        })
    })
}

/// TLS 1.3 hides what the origin chose; that HTTP/2 alone was offered, and that the edge does not take what came, is enough.
#[test]
fn an_edge_that_offers_http2_alone_and_refuses_what_was_chosen_shares_no_protocol_with_the_origin() {
    let told = |offered: &'static [&'static str], alert: u8| {
        let hidden = move |r: Request| {
            r.edge(525, 0).connection(|c| {
                let c = c.opens().says(Edge, &client_hello(HOST, offered, 0)).takes(Origin);
                let flight = [hello_of_tls13(), encrypted(1200)].concat();
                c.says(Origin, &flight).takes(Edge).says(Edge, &fatal(alert)).ends(Edge)
            })
        };
        let judged = incident().others(40, encrypted_well).failing(6, hidden).judged();
        judged.iter().filter(|case| case.slug.as_deref() == Some("alpn-mismatch")).count()
    };
    assert_eq!((told(&["h2"], 50), told(&["h2"], 47), told(&["h2"], 71)), (6, 6, 0));
}

/// A certificate before its time is refused by the alert that one of another host is refused by. That the edge did not say the alert of one past its time
/// would else make it the other host's, almost for certain.
#[test]
fn an_alert_against_a_certificate_does_not_count_as_the_want_of_another_one() {
    let refuses = |r: Request| {
        r.edge(526, 0).connection(|c| {
            let c = c.opens().says(Edge, &client_hello(HOST, &["http/1.1"], 0)).takes(Origin);
            let flight = [hello_of_tls13(), encrypted(1200)].concat();
            c.says(Origin, &flight).takes(Edge).says(Edge, &fatal(42)).ends(Edge)
        })
    };
    let told = incident().others(40, encrypted_well).failing(6, refuses);
    for case in told.judged() {
        assert!(case.seen.contains(&"alert-bad-certificate"), "{}", case.account);
        assert!(!case.unseen.contains(&"alert-expired"), "{}", case.account);
        assert!(!case.unseen.contains(&"alert-unknown-ca"), "{}", case.account);
    }
    assert!(told.diagnosed().causes.iter().all(|cause| cause.confidence < 800));
}

/// An alert about the protocol says nothing of the certificate; that HTTP/2 alone was offered, the ClientHello shows.
#[test]
fn an_edge_that_offers_http2_alone_and_ends_the_handshake_has_not_refused_a_certificate() {
    let told = |offered: &'static [&'static str]| {
        let judged =
            incident().others(40, encrypted_well).failing(6, move |r| undecodable(r, offered, None)).judged();
        assert!(judged.iter().all(|case| case.happened.outcome == Outcome::HandshakeFailed), "{judged:?}");
        judged.iter().filter(|case| case.seen.contains(&"http2-alone-offered")).count()
    };
    assert_eq!((told(&["h2"]), told(&["h2", "http/1.1"])), (6, 0));
}

/// Otherwise a request whose server chose a protocol that was not offered stays unexplained, since TLS 1.3 hides the choice.
#[test]
fn an_edge_that_cannot_take_what_was_chosen_disagrees_about_the_protocol() {
    let ended_by = |alert: u8| {
        let told = move |r: Request| {
            r.edge(525, 0).connection(|c| {
                c.opens()
                    .says(Edge, &client_hello(HOST, &["h2"], 0))
                    .takes(Origin)
                    .says(Origin, &hello_of_tls13())
                    .takes(Edge)
                    .says(Edge, &fatal(alert))
                    .resets(Edge)
            })
        };
        incident().others(40, encrypted_well).failing(6, told).named()
    };
    let disagreed = [Some("alpn-mismatch".to_owned())];
    assert_eq!([47, 50, 110].map(ended_by), [&disagreed; 3].map(|one| one.to_vec()));
    assert_ne!(ended_by(80), disagreed, "internal_error tells of the edge itself");
}

/// Otherwise requests whose certificate the edge refused without an alert stay unexplained beside the packets that show it.
#[test]
fn an_edge_that_leaves_at_the_certificate_without_a_word_does_not_accept_it() {
    let leaves = |r: Request| r.edge(526, 0).connection(|c| shown(c, &[EXPIRED, ISSUER]).ends(Edge));
    let told = incident().others(40, |r| r.edge(200, 200)).failing(6, leaves).without(Source::AccessLog);
    assert_eq!(told.named(), [Some("tls-certificate-expired".to_owned())]);
}

/// Otherwise requests whose own handshake was not captured stay unexplained beside the certificate that the same server shows to all.
#[test]
fn a_certificate_that_the_server_shows_to_others_is_the_one_that_was_refused() {
    let told =
        incident().others(40, |r| r.edge(200, 200)).failing(1, |r| not_trusted(r, &[EXPIRED, ISSUER], 45));
    let judged = told.failing(6, |r| r.edge(526, 0)).without(Source::AccessLog).judged();
    let named = judged.iter().filter(|case| case.slug.as_deref() == Some("tls-certificate-expired")).count();
    assert_eq!((judged.len(), named), (7, 7), "{judged:?}");
}

/// Of two origins the second may be ill: who shows a certificate of the host is no stranger at a stale address.
#[test]
fn an_origin_that_shows_the_hosts_own_certificate_is_no_wrong_address() {
    let told = incident().healthy(40).failing(6, |r| not_trusted(r.asks_elsewhere(), &[EXPIRED, ISSUER], 45));
    assert_eq!(told.named(), [Some("tls-certificate-expired".to_owned())]);
}

/// Otherwise what a server says to who has left, since it waited for more, hides that its certificate was not accepted.
#[test]
fn an_alert_to_who_has_left_is_not_why_the_handshake_ended() {
    let leaves = |status: u16| {
        move |r: Request| {
            let left = |c: Conversation| shown(c, &[EXPIRED, ISSUER]).closes(Edge);
            r.edge(status, 0).connection(|c| left(c).says(Origin, &fatal(50)).closes(Origin))
        }
    };
    let told = |status| incident().others(40, |r| r.edge(200, 200)).failing(6, leaves(status));
    let told = |status| told(status).without(Source::AccessLog);
    assert_eq!(told(526).named(), [Some("tls-certificate-expired".to_owned())]);
    for case in told(525).judged() {
        assert_eq!(case.happened.outcome, Outcome::HandshakeFailed, "{}", case.account);
    }
}

/// Otherwise a terminator of TLS that promises HTTP/2 for a server without it is found nowhere but in its own configuration.
#[test]
fn a_log_that_has_the_beginning_of_http2_for_requests_tells_a_promise_that_nobody_keeps() {
    let behind = |peer: &str| {
        let line = |second: i64, request: &str, status: u16| {
            let at = format!("17/Nov/2026:08:{:02}:{:02} +0000", second / 60, second % 60);
            format!("{peer} - - [{at}] \"{request}\" {status} 150 \"-\" \"-\"\n")
        };
        let healthy = (0..10).map(|second| line(second, "GET /health HTTP/1.1", 200));
        let prefaces = (20..60).map(|second| line(second, "PRI * HTTP/2.0", 400));
        healthy.chain(prefaces).collect::<String>()
    };
    let told = |peer: &str| {
        let told = incident().others_within(20, (0, 20), |r| r.edge(200, 200));
        let told = told.failing_within(8, (24, 56), |r| r.edge(520, 0));
        let told = told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog);
        told.file("origin/access.log", behind(peer)).named()
    };
    assert_eq!(told("127.0.0.1"), [Some("alpn-mismatch".to_owned())]);
    assert_eq!(told("198.51.100.9"), [None], "a scanner");
}

/// Otherwise a certificate that is not valid yet is surely one for another name: the edge has one word for both.
#[test]
fn that_the_edge_finds_a_certificate_bad_does_not_say_what_is_wrong_with_it() {
    let certainty = |alert: &str| {
        let said = format!(
            "SSL_do_handshake() failed (SSL: error:0A000412:SSL routines::sslv3 alert {alert}) while SSL handshaking"
        );
        let told = incident().healthy(40).without(Source::Capture);
        let told = told.failing(6, |r| r.edge(526, 0).nginx("info", &said)).diagnosed();
        told.causes.first().map_or(0, |ranked| ranked.confidence)
    };
    assert!(certainty("certificate expired:SSL alert number 45") > 900);
    assert!(certainty("bad certificate:SSL alert number 42") < 700);
}
