//! Causes that lie in reaching the origin.

use std::collections::BTreeSet;

use rayscope::correlate::Outcome;

use super::conversation::Speaker::{Edge, Origin};
use super::conversation::{Conversation, answer};
use super::incident::{Incident, JudgedCase, Source, incident};
use super::request::{BEGIN, EDGES, ORIGIN, ROUTER, Request, SECOND};
use super::{Decoy, Trial};

const HOST_UNREACHABLE: (u8, u8) = (3, 1);
const PORT_UNREACHABLE: (u8, u8) = (3, 3);
/// Communication administratively prohibited (RFC 1812, 5.2.7.1).
pub const PROHIBITED: (u8, u8) = (3, 13);
const TOO_BIG: (u8, u8) = (3, 4);

/// Healthy requests from two ranges of the edge.
fn other_ranges_are_well() -> Incident {
    well_in_other_ranges(20)
}

fn well_in_other_ranges(each: usize) -> Incident {
    let well = |told: Incident, edge: usize| told.others(each, move |r| r.by_edge(EDGES[edge]).goes_well());
    [0, 2].into_iter().fold(incident(), well)
}

/// The same, so many that a capture shows at every moment who arrives.
fn many_of_other_ranges() -> Incident {
    well_in_other_ranges(80)
}

/// A filter rejects three addresses of three ranges, each too seldom for its range to stand out.
fn rejected_addresses() -> Incident {
    let rejected = [[198, 41, 128, 5], [190, 93, 240, 9], [188, 114, 96, 7]];
    rejected.into_iter().map(std::net::Ipv4Addr::from).fold(other_ranges_are_well(), |told, address| {
        let rejects = |c: Conversation| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE);
        told.failing(2, |r| r.by_edge(address).edge(521, 0).connection(rejects))
    })
}

fn refused(r: Request) -> Request {
    r.edge(521, 0).connection(|c| c.syns(1).resets(Origin))
}

/// No SYN of it is answered.
pub fn unanswered(r: Request) -> Request {
    r.edge(522, 0).connection(|c| c.syns(4))
}

fn never_acknowledged(r: Request) -> Request {
    r.edge(522, 0).connection(|c| c.syns(1).syn_acks(4))
}

/// The origin repeats its SYN/ACK although the edge's acknowledgement came.
fn not_accepted(r: Request) -> Request {
    r.edge(522, 0).connection(|c| {
        let c = c.opens().asks_unheard().wait(900).answered_again().takes(Edge).repeats(Edge, 2);
        c.wait(1000).answered_again().takes(Edge).repeats(Edge, 2).wait(9000).closes(Edge)
    })
}

/// On healthy connections both sides lose a segment; on failing ones the request is never heard.
fn lossy_path(opens: fn(Conversation) -> Conversation) -> Incident {
    incident()
        .others(40, loses_segments)
        .failing(6, |r| r.edge(522, 0).connection(|c| opens(c).asks_unheard().repeats(Edge, 5).closes(Edge)))
}

/// The edge asks, and what it asks is lost before the capture, however often; its close comes through.
fn never_arrives(c: Conversation) -> Conversation {
    asks_in_vain(c.opens(), 15_000).lacks(Origin)
}

fn asks_in_vain(c: Conversation, waits: i64) -> Conversation {
    c.uncaptured(Conversation::asks_unheard).wait(waits).closes(Edge)
}

/// Both sides lose a segment, and all goes well.
pub fn loses_segments(r: Request) -> Request {
    let page = answer("200 OK", "", "fine");
    r.edge(200, 200).access(200).connection(|c| {
        c.opens().asks_unheard().repeats(Edge, 1).takes(Origin).answers(&page).repeats(Origin, 1).ends(Edge)
    })
}

/// Half-open connections that strangers begin.
fn flood() -> Vec<(i64, Vec<u8>)> {
    flood_of(ORIGIN)
}

/// The same towards one server.
pub fn flood_of(server: std::net::Ipv4Addr) -> Vec<(i64, Vec<u8>)> {
    let stranger = |n: u32| std::net::Ipv4Addr::from(0xc633_6400 + n % 200);
    let one = |n: u32| {
        let at = BEGIN + 9 * SECOND + i64::from(n) * SECOND / 4;
        Conversation::new((stranger(n), 1024 + n as u16), (server, 443), at, Vec::new(), Vec::new())
            .syns(1)
            .syn_acks(1)
            .packets()
    };
    (0..400).flat_map(one).collect()
}

const FLOOD_LINE: &str = "kernel: TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.  Check SNMP counters.";

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "connect-refused",
        sign: "edge-says-521",
        at_work: || incident().healthy(40).failing(6, refused),
        decoys: &[Decoy {
            mark: "the same RST, for one range alone",
            named: Some("firewall-reset"),
            told: || other_ranges_are_well().failing(6, |r| refused(r.by_edge(EDGES[3]))),
        }],
    },
    Trial {
        slug: "connect-timeout",
        sign: "edge-says-522",
        at_work: || incident().healthy(40).failing(6, unanswered),
        decoys: &[Decoy {
            mark: "the same SYNs, of one range alone",
            named: Some("firewall-drop"),
            told: || other_ranges_are_well().failing(6, |r| unanswered(r.by_edge(EDGES[3]))),
        }],
    },
    Trial {
        slug: "firewall-drop",
        sign: "range-alone-unanswered",
        at_work: || other_ranges_are_well().failing(6, |r| unanswered(r.by_edge(EDGES[3]))),
        decoys: &[Decoy {
            mark: "the same SYNs, of all ranges",
            named: Some("connect-timeout"),
            told: || incident().healthy(40).failing(8, unanswered),
        }],
    },
    Trial {
        slug: "firewall-reset",
        sign: "range-alone-refused",
        at_work: || {
            other_ranges_are_well().failing(6, |r| {
                r.by_edge(EDGES[3]).edge(521, 0).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE))
            })
        },
        decoys: &[Decoy {
            mark: "the same ICMP error, for all ranges",
            named: Some("connect-refused"),
            told: || {
                incident()
                    .healthy(40)
                    .failing(8, |r| r.edge(521, 0).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE)))
            },
        }],
    },
    Trial {
        slug: "firewall-reset",
        sign: "range-only-refused",
        at_work: || {
            other_ranges_are_well().without(Source::Capture).failing(8, |r| r.by_edge(EDGES[3]).edge(521, 0))
        },
        decoys: &[Decoy {
            mark: "the same status, of all ranges for a while",
            named: Some("connect-refused"),
            told: || {
                let well = |r: Request| r.goes_well();
                let told = incident().others_within(30, (0, 50), well).others_within(30, (70, 120), well);
                told.without(Source::Capture).failing_within(8, (52, 68), |r| r.edge(521, 0))
            },
        }],
    },
    Trial {
        slug: "firewall-reset",
        sign: "rejected-alone",
        // Too few of each range for a range to stand out.
        at_work: rejected_addresses,
        decoys: &[Decoy {
            mark: "the same ICMP error for a while, to all",
            named: Some("connect-refused"),
            told: || {
                let well = |r: Request| r.goes_well();
                let told = incident().others_within(30, (0, 50), well).others_within(30, (70, 120), well);
                told.failing_within(6, (52, 68), |r| {
                    r.edge(521, 0).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE))
                })
            },
        }],
    },
    Trial {
        slug: "firewall-reset",
        sign: "prohibited",
        // Within a second, so that nobody else shows what passes meanwhile.
        at_work: || {
            incident().healthy(40).failing_within(3, (50, 51), |r| {
                r.edge(523, 0).connection(|c| c.syns(1).icmp(ORIGIN, PROHIBITED))
            })
        },
        decoys: &[
            Decoy {
                mark: "an ICMP error of the same origin, by which nobody listens on that port",
                named: Some("connect-refused"),
                told: || {
                    incident().healthy(40).failing_within(3, (50, 51), |r| {
                        r.edge(521, 0).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE))
                    })
                },
            },
            Decoy {
                mark: "the same status, and a router that has no way",
                named: Some("host-unreachable"),
                told: || {
                    incident().healthy(40).failing_within(3, (50, 51), |r| {
                        r.edge(523, 0).connection(|c| c.syns(1).icmp(ROUTER, HOST_UNREACHABLE))
                    })
                },
            },
        ],
    },
    Trial {
        slug: "firewall-reset",
        sign: "cut-by-filter",
        at_work: || {
            let told =
                incident().others_within(20, (0, 48), |r| r.goes_well()).failing_within(4, (50, 54), |r| {
                    let c = r.by_edge(EDGES[3]).edge(522, 0);
                    c.connection(|c| {
                        let c = c.opens().was_used(1).asks_unheard().icmp(ORIGIN, PORT_UNREACHABLE);
                        c.repeats(Edge, 3).wait(3_000).closes(Edge)
                    })
                });
            told.failing_within(4, (50, 54), |r| {
                r.by_edge(EDGES[3]).edge(521, 0).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE))
            })
        },
        decoys: &[
            Decoy {
                mark: "the same ICMP error, for what begins alone",
                named: Some("connect-refused"),
                told: || {
                    incident().others_within(20, (0, 48), |r| r.goes_well()).failing_within(
                        8,
                        (50, 54),
                        |r| r.edge(521, 0).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE)),
                    )
                },
            },
            Decoy {
                mark: "the same, and one for what comes late to a connection that is over",
                named: Some("connect-refused"),
                told: || {
                    let late = |r: Request| {
                        let page = answer("200 OK", "", "fine");
                        r.by_edge(EDGES[3]).edge(200, 200).connection(|c| {
                            let c = c.opens().asks().answers(&page).ends(Edge).wait(100);
                            c.repeats(Edge, 1).icmp(ORIGIN, PORT_UNREACHABLE)
                        })
                    };
                    let told = incident().others_within(20, (0, 48), |r| r.goes_well());
                    told.others_within(6, (40, 50), late).failing_within(8, (50, 54), |r| {
                        r.edge(521, 0).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE))
                    })
                },
            },
        ],
    },
    Trial {
        slug: "return-path-broken",
        sign: "range-alone-unacknowledged",
        at_work: || other_ranges_are_well().failing(6, |r| never_acknowledged(r.by_edge(EDGES[3]))),
        decoys: &[Decoy {
            mark: "the same repeated SYN/ACK, although the edge's acknowledgement came",
            named: Some("accept-queue-overflow"),
            told: || incident().healthy(40).failing_within(8, (50, 54), not_accepted),
        }],
    },
    Trial {
        slug: "host-unreachable",
        sign: "no-route",
        at_work: || {
            incident()
                .healthy(40)
                .failing(6, |r| r.edge(523, 0).connection(|c| c.syns(2).icmp(ROUTER, HOST_UNREACHABLE)))
        },
        decoys: &[Decoy {
            mark: "SYNs that nobody answers, and no router has a word for",
            named: Some("connect-timeout"),
            told: || incident().healthy(40).failing(6, |r| r.edge(522, 0).connection(|c| c.syns(4))),
        }],
    },
    Trial {
        slug: "wrong-origin-address",
        sign: "other-address-answers",
        at_work: || incident().healthy(40).failing(6, |r| r.asks_elsewhere().edge(526, 0)),
        decoys: &[
            Decoy {
                mark: "the same address, where another host is healthy elsewhere",
                named: None,
                told: || {
                    incident().healthy(40).failing(6, |r| r.host("old.example").asks_elsewhere().edge(526, 0))
                },
            },
            Decoy {
                mark: "an address that takes no connection: a second server that is down, or one that does not listen on IPv6, looks the same",
                named: Some("connect-refused"),
                told: || incident().healthy(40).failing(6, |r| r.asks_elsewhere().edge(521, 0)),
            },
        ],
    },
    Trial {
        slug: "accept-queue-overflow",
        sign: "queue-full",
        at_work: || incident().healthy(40).failing_within(8, (50, 54), not_accepted),
        decoys: &[
            Decoy {
                mark: "the same kernel line, in a flood",
                named: Some("syn-flood"),
                told: || {
                    incident()
                        .healthy(40)
                        .packets(flood())
                        .line(Source::SystemLog, 30, FLOOD_LINE)
                        .failing_within(6, (20, 90), unanswered)
                },
            },
            Decoy {
                mark: "the same repeated SYN/ACK, and only then the edge's acknowledgement",
                named: Some("packet-loss"),
                told: || lossy_path(|c| c.syns(1).syn_acks(3).takes(Edge)),
            },
        ],
    },
    Trial {
        slug: "syn-flood",
        sign: "half-open-flood",
        at_work: || {
            incident().healthy(40).packets(flood()).line(Source::SystemLog, 30, FLOOD_LINE).failing_within(
                6,
                (20, 90),
                unanswered,
            )
        },
        decoys: &[
            Decoy {
                mark: "the same kernel line, where the listener's queue is full and no stranger asks",
                named: Some("accept-queue-overflow"),
                told: || {
                    incident().healthy(40).line(Source::SystemLog, 52, FLOOD_LINE).failing_within(
                        8,
                        (50, 54),
                        not_accepted,
                    )
                },
            },
            Decoy {
                mark: "the same flood, which began when these had long failed",
                named: Some("connect-timeout"),
                told: || {
                    let later = flood().into_iter().map(|(at, packet)| (at + 70 * SECOND, packet));
                    let told = incident().healthy(40).packets(later).line(Source::SystemLog, 90, FLOOD_LINE);
                    told.failing_within(6, (10, 40), unanswered)
                },
            },
        ],
    },
    Trial {
        slug: "conntrack-full",
        sign: "conntrack-full-line",
        at_work: || {
            let full = "kernel: nf_conntrack: nf_conntrack: table full, dropping packet";
            (50..60)
                .step_by(3)
                .fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, full))
                .failing_within(6, (50, 60), unanswered)
        },
        decoys: &[
            Decoy {
                mark: "the same line, beside an application that answers with errors",
                named: Some("origin-error-status"),
                told: || {
                    let full = "kernel: nf_conntrack: nf_conntrack: table full, dropping packet";
                    incident().healthy(40).line(Source::SystemLog, 55, full).failing_within(
                        6,
                        (50, 60),
                        |r| {
                            r.edge(500, 500).access(500).connection(|c| {
                                c.opens()
                                    .asks()
                                    .answers(&answer("500 Internal Server Error", "", "no"))
                                    .ends(Edge)
                            })
                        },
                    )
                },
            },
            Decoy {
                mark: "the same lines, beside an application that keeps requests waiting on connections that stand",
                named: Some("slow-response"),
                told: || {
                    let full = "kernel: nf_conntrack: nf_conntrack: table full, dropping packet";
                    let told = (50..60).step_by(3);
                    let told =
                        told.fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, full));
                    told.failing_within(6, (50, 60), |r| {
                        r.edge(524, 0).connection(|c| c.opens().asks().takes(Origin).wait(3_000).ends(Edge))
                    })
                },
            },
            Decoy {
                mark: "the same lines, nine seconds before",
                named: Some("connect-timeout"),
                told: || {
                    let full = "kernel: nf_conntrack: nf_conntrack: table full, dropping packet";
                    (20..25)
                        .fold(incident().healthy(40), |told, at| told.line(Source::SystemLog, at, full))
                        .failing_within(6, (33, 43), unanswered)
                },
            },
        ],
    },
    Trial {
        slug: "packet-loss",
        sign: "loss-on-healthy",
        at_work: || lossy_path(Conversation::opens),
        decoys: &[Decoy {
            mark: "the same repeated segments, of one range alone",
            named: Some("return-path-broken"),
            told: || other_ranges_are_well().failing(6, |r| never_acknowledged(r.by_edge(EDGES[3]))),
        }],
    },
    Trial {
        slug: "packet-loss",
        sign: "others-come-late",
        at_work: || {
            let page = answer("200 OK", "", "fine");
            let late = |c: Conversation| c.syns(1).syn_acks(2).takes(Edge).asks().answers(&page).ends(Edge);
            other_ranges_are_well()
                .others(20, |r| r.by_edge(EDGES[3]).edge(200, 200).access(200).connection(late))
                .failing(6, |r| never_acknowledged(r.by_edge(EDGES[3])))
        },
        decoys: &[Decoy {
            mark: "the same attempts that nobody acknowledges, where all others of the address are acknowledged at once, before and after",
            named: Some("return-path-broken"),
            told: || {
                other_ranges_are_well()
                    .others(20, |r| r.by_edge(EDGES[3]).goes_well())
                    .failing(6, |r| never_acknowledged(r.by_edge(EDGES[3])))
            },
        }],
    },
    Trial {
        slug: "packet-loss",
        sign: "nothing-arrived",
        at_work: || {
            incident().others(40, loses_segments).failing(6, |r| r.edge(522, 0).connection(never_arrives))
        },
        decoys: &[
            Decoy {
                mark: "the same close behind a hole, on a path that loses nothing else",
                named: Some("connect-timeout"),
                told: || incident().healthy(40).failing(6, |r| r.edge(522, 0).connection(never_arrives)),
            },
            Decoy {
                mark: "the same loss, and the origin's answers to one range find no way back",
                named: Some("return-path-broken"),
                told: || other_ranges_are_well().failing(6, |r| never_acknowledged(r.by_edge(EDGES[3]))),
            },
        ],
    },
    Trial {
        slug: "mtu-black-hole",
        sign: "full-size-stuck",
        at_work: || {
            incident().healthy(40).failing(6, |r| {
                let page = answer("200 OK", "", "x".repeat(4000));
                r.edge(520, 0).connection(|c| {
                    c.opens()
                        .asks()
                        .wait(20)
                        .loses(Origin, &page[..1400])
                        .icmp(ROUTER, TOO_BIG)
                        .repeats(Origin, 5)
                        .wait(9000)
                        .closes(Edge)
                })
            })
        },
        decoys: &[Decoy {
            mark: "large segments are sent again, small ones too, on healthy connections as well",
            named: Some("packet-loss"),
            told: || lossy_path(Conversation::opens),
        }],
    },
    Trial {
        slug: "middlebox-reset",
        sign: "reset-from-afar",
        at_work: || {
            incident().healthy(40).failing(6, |r| {
                r.edge(520, 0).connection(|c| c.opens().asks().wait(30).reset_from(Origin, 61))
            })
        },
        decoys: &[Decoy {
            mark: "the same RST, from as far as the origin's packets",
            named: Some("reset-before-response"),
            told: || {
                incident()
                    .healthy(40)
                    .failing(6, |r| r.edge(520, 0).connection(|c| c.opens().asks().wait(30).resets(Origin)))
            },
        }],
    },
    Trial {
        slug: "middlebox-reset",
        sign: "reset-too-soon",
        at_work: || {
            incident().healthy(40).failing(6, |r| {
                r.edge(520, 0).connection(|c| c.syns(1).syn_acks(1).takes(Edge).asks_unheard().resets(Origin))
            })
        },
        decoys: &[Decoy {
            mark: "the same RST, after as long as the origin's packets take",
            named: Some("reset-before-response"),
            told: || {
                incident().healthy(40).failing(6, |r| {
                    r.edge(520, 0).connection(|c| {
                        c.syns(1).syn_acks(1).takes(Edge).asks_unheard().wait(1100).resets(Origin)
                    })
                })
            },
        }],
    },
];

/// A rule that comes midway rejects what is sent on connections that are open already.
#[test]
fn a_request_on_an_open_connection_that_a_firewall_rejects_is_rejected() {
    let told = other_ranges_are_well().failing(6, |r| {
        let c = r.by_edge(EDGES[3]).edge(522, 0);
        c.connection(|c| {
            c.opens().asks_unheard().icmp(ORIGIN, PROHIBITED).repeats(Edge, 3).wait(3_000).closes(Edge)
        })
    });
    for case in told.judged() {
        assert_eq!(case.happened.outcome, Outcome::Rejected, "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("firewall-reset"), "{}", case.account);
    }
}

/// Otherwise a port on which nobody listens is told of a server that answers two others meanwhile: too few to say by them alone that one range is refused.
#[test]
fn a_range_that_resets_alone_answer_is_kept_out() {
    let whole = (10, 110);
    let told = |edges: &[usize], are_cut_off: bool| {
        let with_refused = |told: Incident, edge: usize| {
            let by = move |r: Request| r.by_edge(EDGES[edge]);
            let count = 12 / edges.len();
            let told = told.failing_within(count, whole, move |r| {
                by(r).edge(521, 0).connection(|c| c.syns(1).refuses())
            });
            let cut_off = move |r| by(r).edge(520, 0).connection(|c| c.opens().asks().resets(Origin));
            if are_cut_off { told.failing_within(count, whole, cut_off) } else { told }
        };
        let told = edges.iter().copied().fold(incident(), with_refused);
        let told = told.others_within(2, (40, 80), |r| r.by_edge(EDGES[0]).goes_well());
        let named: BTreeSet<_> = told.judged().into_iter().map(|case| case.slug).collect();
        named.into_iter().flatten().collect::<Vec<_>>()
    };
    assert_eq!(told(&[3], true), ["firewall-reset"]);
    assert_eq!(told(&[3], false), ["connect-refused"], "what was open already may live");
    assert!(!told(&[1, 2, 3], true).contains(&"firewall-reset".to_owned()), "it befalls all");
}

/// Otherwise what a filter rejects on open connections, or without a word where it has said so often enough, is told as dropped.
#[test]
fn a_range_of_which_some_are_turned_away_waits_for_a_filter_that_answers() {
    let waits = |told: Incident| told.failing_within(8, (20, 100), |r| r.by_edge(EDGES[3]).edge(522, 0));
    let alone = || waits(other_ranges_are_well().without(Source::Capture));
    assert_eq!(alone().named(), [Some("firewall-drop".to_owned())]);
    for turned_away in [521, 523] {
        let told = alone().failing_within(8, (20, 100), |r| r.by_edge(EDGES[3]).edge(turned_away, 0));
        let waited = told.judged().into_iter().filter(|case| case.seen.contains(&"range-turned-away"));
        let named: Vec<_> = waited.map(|case| case.slug).collect();
        assert_eq!(named, vec![Some("firewall-reset".to_owned()); 8]);
    }
    // Who drops packets for a while, and is followed by a rule that answers, is not that rule: with captures of it as without.
    let dropped = |r: Request| r.by_edge(EDGES[3]).edge(522, 0);
    let rejected = |r: Request| r.by_edge(EDGES[3]).edge(521, 0);
    let by_log = other_ranges_are_well().without(Source::Capture).failing_within(12, (20, 44), dropped);
    let by_log = by_log.failing_within(12, (60, 84), rejected).judged();
    let alike = by_log.iter().filter(|case| case.seen.contains(&"range-turned-away")).count();
    assert!(alike <= 3, "{by_log:?}");
    let told = other_ranges_are_well()
        .failing_within(12, (20, 44), |r| dropped(r).connection(|c| c.syns(4)))
        .failing_within(12, (60, 84), |r| {
            rejected(r).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE))
        });
    let named: Vec<_> = told.judged().into_iter().map(|case| case.slug).collect();
    let (of_dropped, of_rejected) = named.split_at(12);
    assert_eq!(of_dropped, vec![Some("firewall-drop".to_owned()); 12]);
    assert_eq!(of_rejected, vec![Some("firewall-reset".to_owned()); 12]);
    // Where all are turned away for a while, no rule has picked the range.
    let of_all = incident().others_within(30, (0, 50), |r| r.goes_well()).without(Source::Capture);
    let of_all = of_all.others_within(30, (70, 119), |r| r.goes_well());
    let of_all = of_all.failing_within(12, (52, 68), |r| r.edge(523, 0));
    let judged = of_all.failing_within(8, (52, 68), |r| r.edge(522, 0)).judged();
    assert!(judged.iter().all(|case| !case.seen.contains(&"range-turned-away")), "{judged:?}");
    assert!(judged.iter().all(|case| case.slug.as_deref() == Some("host-unreachable")), "{judged:?}");
}

/// Otherwise requests whose packets no capture shows are told as dropped, beside the very errors by which a filter rejects their range.
#[test]
fn a_range_that_captures_show_to_be_rejected_is_not_dropped() {
    let rejected = |r: Request| r.by_edge(EDGES[3]).edge(521, 0);
    let told = other_ranges_are_well()
        .failing(8, |r| rejected(r).connection(|c| c.syns(1).icmp(ORIGIN, PORT_UNREACHABLE)));
    let told = told.failing(4, |r| r.by_edge(EDGES[3]).edge(522, 0));
    assert_eq!(told.named(), [Some("firewall-reset".to_owned())]);
}

/// A device on the way resets in the edge's name, too, and its RST overtakes the request that it answers: no log of the edge is needed to see that the request failed.
#[test]
fn a_request_that_a_reset_in_the_edges_name_overtakes_has_failed() {
    let told = |ttl: u8| {
        let reset = move |r: Request| r.connection(|c| c.opens().reset_from(Edge, ttl).asks_unheard());
        incident().without(Source::EdgeLog).healthy(40).failing(6, reset).named()
    };
    assert_eq!(told(246), [Some("middlebox-reset".to_owned())]);
    assert_eq!(told(56), [], "the edge's own");
}

/// Otherwise a host that is set to an address where it never was stays unexplained, as soon as the edge's log has few fields.
#[test]
fn a_log_without_the_edges_addresses_tells_where_a_host_is_well() {
    let bare = |r: Request| r.unlogged("EdgeServerIP");
    let told = incident().others(40, |r| bare(r.goes_well())).without(Source::Capture);
    let told = told.failing(6, |r| bare(r.asks_elsewhere().edge(526, 0)));
    assert_eq!(told.named(), [Some("wrong-origin-address".to_owned())]);
}

/// Otherwise an origin is told not to answer what never came to it.
#[test]
fn what_never_arrives_at_a_capture_was_dropped_on_the_way() {
    let judged =
        |told: Incident| told.failing_within(6, (20, 90), |r| r.by_edge(EDGES[3]).edge(522, 0)).judged();
    for case in judged(many_of_other_ranges()) {
        assert!(case.seen.contains(&"never-arrives"), "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("firewall-drop"), "{}", case.account);
    }
    let none = |told: Incident| judged(told).iter().all(|case| !case.seen.contains(&"never-arrives"));
    assert!(none(incident().healthy(160)), "others of its range arrive: nobody keeps that out");
    assert!(none(many_of_other_ranges().without(Source::Capture)), "no capture would show it");
    assert!(
        none(incident().others(4, |r| r.by_edge(EDGES[0]).goes_well())),
        "the capture has hardly any connection"
    );
    let no_way = |r: Request| r.edge(523, 0);
    let gone = judged(many_of_other_ranges().failing_within(3, (20, 90), no_way));
    assert!(gone.iter().all(|case| !case.seen.contains(&"never-arrives")), "routers have no way to it");
    let answered_by_nobody = judged(many_of_other_ranges().failing_within(3, (20, 90), unanswered));
    let captured = |case: &&JudgedCase| case.seen.contains(&"packets-at-origin");
    assert_eq!(answered_by_nobody.iter().filter(captured).count(), 3);
    assert!(answered_by_nobody.iter().all(|case| !case.seen.contains(&"never-arrives")), "others arrive");
    let elsewhere = |told: Incident| {
        told.failing_within(6, (20, 90), |r| r.by_edge(EDGES[3]).asks_elsewhere().edge(522, 0)).judged()
    };
    let case = elsewhere(many_of_other_ranges());
    assert!(case.iter().all(|case| !case.seen.contains(&"never-arrives")), "that server is not captured");
}

/// Otherwise a range that is kept out is laid to a listener that is gone, as soon as the server is restarted once meanwhile.
#[test]
fn a_range_that_is_refused_stays_so_beside_seconds_in_which_everybody_is() {
    let refused_by_log = |r: Request| r.edge(521, 0);
    let others = |told: Incident, edge: usize| {
        told.others(60, move |r| r.by_edge(EDGES[edge]).edge(200, 200)).failing_within(
            4,
            (60, 64),
            move |r| refused_by_log(r.by_edge(EDGES[edge])),
        )
    };
    let told = [0, 1, 2].into_iter().fold(incident(), others);
    let told = told.failing(60, move |r| refused_by_log(r.by_edge(EDGES[3])));
    let judged = told.without(Source::Capture).judged();
    let kept_out = judged.iter().filter(|case| case.seen.contains(&"range-only-refused")).count();
    assert_eq!((judged.len(), kept_out), (72, 60));
}

/// Otherwise a second range that a filter rejects as well, of which hardly an attempt came, hides the first.
#[test]
fn a_range_with_hardly_an_attempt_does_not_hide_the_one_that_a_filter_rejects() {
    const RARE: std::net::Ipv4Addr = std::net::Ipv4Addr::new(198, 41, 128, 5);
    let told = || other_ranges_are_well().failing_within(6, (20, 90), |r| refused(r.by_edge(EDGES[3])));
    let rejected = |told: Incident| {
        let judged = told.failing_within(2, (25, 70), |r| refused(r.by_edge(RARE))).judged();
        judged.iter().filter(|case| case.slug.as_deref() == Some("firewall-reset")).count()
    };
    assert_eq!(rejected(told()), 8);
    let later_well = told().others_within(3, (100, 115), |r| r.by_edge(RARE).goes_well());
    assert_eq!(rejected(later_well), 0, "ranges that are no filter's matter are refused as well");
    let few = other_ranges_are_well().failing_within(3, (20, 26), |r| refused(r.by_edge(EDGES[3])));
    assert_eq!(rejected(few), 5, "all that came of two ranges, and of others forty passed");
    let few = |well: usize| {
        let told = incident().others(well, |r| r.by_edge(EDGES[0]).goes_well());
        told.failing_within(3, (20, 26), |r| refused(r.by_edge(EDGES[3])))
    };
    assert_eq!(rejected(few(6)), 0, "of others hardly more passed");
}

/// Otherwise what a device cuts off before the ClientHello comes through is no connection of any request, though the packets show the forged RST.
#[test]
fn a_connection_that_was_cut_off_before_it_said_anything_is_of_a_handshake_that_failed() {
    let cut = |r: Request| r.edge(525, 0).connection(|c| c.opens().wait(26).reset_from(Edge, 121));
    let told = incident().others(40, |r| r.edge(200, 200)).failing(8, cut).without(Source::AccessLog);
    assert_eq!(told.named(), [Some("middlebox-reset".to_owned())]);
}

/// Routers send few of these messages, so the edge waits in vain for the rest of its attempts.
#[test]
fn attempts_that_nobody_answers_among_others_that_have_no_way_have_none_either() {
    let told = incident().others(60, |r| r.edge(200, 200));
    let told = told.failing_within(12, (50, 58), |r| r.edge(523, 0));
    let judged = told.failing_within(5, (50, 58), |r| r.edge(522, 0)).without(Source::Capture).judged();
    let told = judged.iter().filter(|case| case.slug.as_deref() == Some("host-unreachable")).count();
    assert_eq!((judged.len(), told), (17, 17), "{judged:?}");
}

/// Otherwise requests on connections that were open when the way was gone are told as not explained, or as those of a slow application, beside the edge's word
/// on new ones.
#[test]
fn what_was_sent_on_open_connections_has_no_way_either() {
    let page = answer("200 OK", "", "fine");
    let never_came = |c: Conversation| {
        c.opens().was_answered(&page).wait(40).uncaptured(Conversation::asks_unheard).wait(3_000)
    };
    let came_late = |c: Conversation| c.opens().was_answered(&page).wait(40).asks().closes(Edge);
    let told = incident().others_within(30, (0, 49), Request::goes_well).others_within(
        30,
        (60, 119),
        Request::goes_well,
    );
    let told = told.failing_within(5, (50, 53), |r| r.edge(523, 0));
    let told = told.failing_within(6, (50, 53), |r| r.takes(3_000).edge(522, 0).connection(never_came));
    let judged =
        told.failing_within(1, (52, 53), |r| r.takes(3_000).edge(522, 0).connection(came_late)).judged();
    assert_eq!(judged.len(), 12);
    for case in judged {
        assert_eq!(case.slug.as_deref(), Some("host-unreachable"), "{}", case.account);
    }
}

/// Otherwise, where no log of the edge tells when it gave up, requests on open connections are told as lost packets as soon as the way is there again.
#[test]
fn what_had_no_way_for_seconds_had_none_although_it_came_at_last() {
    let page = answer("200 OK", "", "fine");
    let came_at_last = |r: Request| {
        let head = r.head();
        r.connection(|c| {
            let waits = c.opens().was_answered(&page).wait(40).says(Edge, &head).repeats(Edge, 4);
            waits.takes(Origin).loses(Origin, &page).resets(Edge)
        })
    };
    let no_way = |r: Request| r.connection(|c| c.syns(1).icmp(ROUTER, HOST_UNREACHABLE));
    let told = incident().without(Source::EdgeLog).without(Source::AccessLog);
    let told = told.others_within(40, (0, 49), Request::goes_well);
    let told = told.others_within(40, (60, 119), Request::goes_well);
    let told = told.failing_within(6, (50, 53), no_way).failing_within(8, (50, 53), came_at_last);
    let judged = told.judged();
    assert_eq!(judged.len(), 14, "{judged:?}");
    for case in judged {
        assert_eq!(case.slug.as_deref(), Some("host-unreachable"), "{}", case.account);
    }
}

/// Otherwise a server is said not to answer to which, by its own log, the request had come.
#[test]
fn what_the_server_has_in_its_log_came_to_it() {
    let told = |told: fn(Request) -> Request| {
        let judged =
            incident().healthy(60).without(Source::Capture).failing_within(8, (44, 50), told).judged();
        judged.into_iter().filter(|case| case.slug.as_deref() == Some("connect-timeout")).count()
    };
    assert_eq!(told(|r| r.takes(8_000).edge(522, 0)), 8);
    assert_eq!(told(|r| r.takes(8_000).edge(522, 0).access(200).logged_after(50)), 0);
}

/// Otherwise a capture of what comes to the server alone shows nobody to arrive, and what a filter drops before it is told as not answered.
#[test]
fn a_capture_of_one_way_shows_who_arrives() {
    let told = many_of_other_ranges().one_way();
    let judged = told.failing_within(6, (20, 90), |r| r.by_edge(EDGES[3]).edge(522, 0)).judged();
    assert_eq!(judged.len(), 6);
    for case in judged {
        assert!(case.seen.contains(&"never-arrives"), "{}", case.account);
        assert_eq!(case.slug.as_deref(), Some("firewall-drop"), "{}", case.account);
    }
}

/// Otherwise, where nothing that the origin sent was captured, a request that was asked in vain counts as one that never came: nobody can tell its attempts from others'.
#[test]
fn without_answers_attempts_in_vain_are_nobodys_and_may_be_anyones() {
    let speaks = |r: fn(Request) -> Request| {
        let told = incident().healthy(200).failing_within(8, (40, 60), r).one_way();
        let judged = told.judged();
        assert_eq!(judged.len(), 8);
        judged.iter().filter(|case| case.unseen.contains(&"packets-at-origin")).count()
    };
    assert_eq!(speaks(unanswered), 0);
    assert_eq!(speaks(|r| unanswered(r).unlogged("EdgeServerIP")), 0);
    assert_eq!(speaks(|r| r.by_edge([198, 41, 128, 5].into()).edge(522, 0)), 8, "nothing came from there");
}

/// Routers say it to the edge, and a capture at the origin has nothing of it: what came just before the way was gone is never acknowledged, and speaks for
/// no way back.
#[test]
fn a_way_that_is_gone_is_gone_for_what_had_just_come() {
    let told = |others_have_no_way: bool| {
        let told =
            incident()
                .others_within(30, (0, 49), |r| r.goes_well())
                .others_within(30, (60, 119), |r| r.goes_well());
        let told = told.failing_within(1, (50, 51), never_acknowledged);
        let told = told.failing_within(6, (51, 57), |r| r.edge(522, 0));
        match others_have_no_way {
            true => told.failing_within(8, (51, 57), |r| r.edge(523, 0)),
            false => told,
        }
    };
    assert_eq!(told(true).named(), [Some("host-unreachable".to_owned())]);
    let back_alone = told(false).judged();
    assert!(back_alone.iter().all(|case| case.slug.as_deref() != Some("host-unreachable")), "{back_alone:?}");
}

/// Otherwise packets of an attempt that went well speak against the edge's own word, since no router's message is among them.
#[test]
fn no_router_tells_a_capture_of_what_never_came_to_it() {
    let page = answer("200 OK", "", "fine");
    let named = |attempt: &dyn Fn(Conversation) -> Conversation| {
        let told = incident().healthy(40).failing_within(8, (50, 54), |r| r.edge(523, 0).connection(attempt));
        told.named()
    };
    let no_way = [Some("host-unreachable".to_owned())];
    assert_eq!(named(&|c| c.opens().asks().answers(&page).ends(Edge)), no_way);
    assert_ne!(named(&|c| c.syns(4)), no_way, "here a router would have said it, behind the capture");
}

/// What a full queue keeps waiting is taken in the end, and answered when the edge has long given up.
#[test]
fn an_answer_behind_a_full_queue_comes_too_late() {
    let page = answer("200 OK", "", "fine");
    let answered = |c: Conversation| {
        c.wait(3_000).takes(Origin).says(Origin, &page).closes(Edge).closes(Origin).resets(Edge)
    };
    let told = |fails: &dyn Fn(Conversation) -> Conversation| {
        let told = incident().healthy(40).edge_in_seconds();
        told.failing_within(8, (50, 54), |r| r.edge(522, 0).connection(fails)).judged()
    };
    for case in
        told(&|c| answered(c.opens().asks_unheard().wait(900).answered_again().takes(Edge).repeats(Edge, 2)))
    {
        assert_eq!(case.slug.as_deref(), Some("accept-queue-overflow"), "{}", case.account);
    }
    // What the kernel has taken at once waits for a process.
    for case in told(&|c| answered(c.opens().asks().wait(900))) {
        assert_ne!(case.slug.as_deref(), Some("accept-queue-overflow"), "{}", case.account);
    }
}

/// Otherwise an outage of some seconds is told as loss, since connections that live through it send again what was under way.
#[test]
fn what_answers_nobody_for_a_while_does_not_lose_single_packets() {
    let silent = |r: Request| r.edge(522, 0).connection(|c| c.syns(4));
    let lossy =
        || incident().others_within(20, (0, 40), loses_segments).others_within(20, (80, 118), loses_segments);
    // Of those at its edges too few others tell.
    let first = lossy().failing_within(12, (50, 58), silent).named().into_iter().next();
    assert_eq!(first, Some(Some("connect-timeout".to_owned())));
    let some_pass = lossy().others_within(12, (50, 70), loses_segments).failing_within(12, (50, 58), silent);
    assert_eq!(some_pass.named(), [Some("packet-loss".to_owned())]);
}

/// Otherwise a ban of single addresses, as fail2ban sets it, is told as a server that answers nobody, or as one on which nobody listens.
#[test]
fn an_address_that_is_shut_out_while_its_range_passes_is_banned() {
    let banned = std::net::Ipv4Addr::from([172, 68, 10, 77]);
    let told = |fails: fn(Request) -> Request| {
        let before = incident().others_within(8, (0, 30), |r| r.by_edge(banned).goes_well());
        before.healthy(60).failing_within(8, (34, 110), move |r| fails(r.by_edge(banned)))
    };
    let dropped = told(unanswered);
    assert_eq!(dropped.named(), [Some("firewall-drop".to_owned())]);
    let by_log_alone = told(|r| r.edge(522, 0)).without(Source::Capture);
    assert_eq!(by_log_alone.named(), [Some("firewall-drop".to_owned())]);
    let rejected = told(|r| r.edge(521, 0).connection(|c| c.syns(1).refuses()));
    assert_eq!(rejected.named(), [Some("firewall-reset".to_owned())]);
    // One that fares now so, now otherwise, is not banned.
    let by_turns = told(unanswered).others_within(8, (34, 110), |r| r.by_edge(banned).goes_well());
    assert_eq!(by_turns.named(), [Some("connect-timeout".to_owned())]);
}

/// Otherwise the kernel's word about a minute tells of requests that a program had read at once, and was slow with.
#[test]
fn what_the_server_had_logged_while_the_edge_waited_did_not_wait_in_its_queue() {
    let told = |logged: i64| {
        incident()
            .healthy(60)
            .without(Source::Capture)
            .line(Source::SystemLog, 43, FLOOD_LINE)
            .failing_within(8, (44, 50), |r| {
                let r = r.takes(8_000).edge(524, 0).access(0);
                r.access_field("request_time", 0.001).logged_after(logged)
            })
            .named()
    };
    assert_eq!(told(50), [Some("slow-response".to_owned())]);
    assert_eq!(told(9_000), [Some("accept-queue-overflow".to_owned())], "taken when the edge had left");
}

/// Otherwise a flood takes what was over when it began: the kernel writes of it as it drops the first SYN.
#[test]
fn the_kernels_word_of_a_flood_bears_on_nothing_that_was_over_by_then() {
    let named = |line_at: i64| {
        let told =
            incident().healthy(40).without(Source::Capture).line(Source::SystemLog, line_at, FLOOD_LINE);
        told.failing_within(6, (40, 44), |r| r.takes(3_000).edge(524, 0)).named()
    };
    assert_eq!(named(39), [Some("accept-queue-overflow".to_owned())]);
    assert_eq!(named(54), [Some("slow-response".to_owned())]);
}

/// Without the edge's log nothing but packets tells that such requests failed; and a capture that lacks packets by itself tells no failure.
#[test]
fn a_request_that_never_arrived_failed_and_one_that_the_capture_lacks_did_not() {
    type Tells = fn(Conversation) -> Conversation;
    let alone = |conversation: Tells| {
        let told = incident().others(40, loses_segments).failing(6, |r| r.connection(conversation));
        told.without(Source::EdgeLog).without(Source::AccessLog).judged()
    };
    let failed = alone(never_arrives);
    assert_eq!(failed.len(), 6);
    for case in &failed {
        assert_eq!(
            (case.happened.outcome, case.slug.as_deref()),
            (Outcome::Unheard, Some("packet-loss")),
            "{}",
            case.account
        );
    }
    let decoys: [(&str, Tells); 4] = [
        ("the origin took it", |c| asks_in_vain(c.opens(), 15_000).takes(Origin)),
        ("the visitor left at once", |c| asks_in_vain(c.opens(), 100).lacks(Origin)),
        ("nobody closed", |c| c.opens().uncaptured(Conversation::asks_unheard).lacks(Origin).wait(15_000)),
        ("nothing was asked", |c| c.opens().wait(15_000).closes(Edge).takes(Origin)),
    ];
    for (mark, conversation) in decoys {
        let told: Vec<_> = alone(conversation).into_iter().map(|case| case.account).collect();
        assert!(told.is_empty(), "{mark}: {told:#?}");
    }
}

/// A device resets requests in the edge's name; its RST has come from as far as this tells.
fn reset_in_edges_name(r: Request, edge_ttl: u8, ttl: u8) -> Request {
    r.edge(520, 0).connection(|c| c.edge_as_far_as(edge_ttl).opens().asks().wait(30).reset_from(Edge, ttl))
}

/// A device stands at one place, and to some addresses of the edge that is as far as they are themselves.
#[test]
fn a_device_that_surely_resets_others_is_told_by_those_where_its_reset_looks_like_the_edges_own() {
    type Tells = fn(Request) -> Request;
    let beside = |sure: usize, told: Tells| {
        let incident =
            incident().healthy(40).failing(sure, |r| reset_in_edges_name(r.by_edge(EDGES[0]), 57, 117));
        incident.failing(4, |r| told(r.by_edge(EDGES[3]))).judged()
    };
    let seen =
        |judged: &[JudgedCase]| judged.iter().filter(|case| case.seen.contains(&"reset-as-forged")).count();
    let told = beside(6, |r| reset_in_edges_name(r, 117, 117));
    assert_eq!((told.len(), seen(&told)), (10, 4));
    for case in told {
        assert_eq!(case.slug.as_deref(), Some("middlebox-reset"), "{}", case.account);
    }
    // Nobody is known to forge any; one that comes from elsewhere; and a server that resets by itself, beside forged ones.
    let decoys: [(usize, Tells); 3] = [
        (0, |r| reset_in_edges_name(r, 117, 117)),
        (6, |r| reset_in_edges_name(r, 60, 60)),
        (6, |r| r.edge(520, 0).connection(|c| c.opens().asks().wait(30).resets(Origin))),
    ];
    for (sure, decoy) in decoys {
        let told = beside(sure, decoy);
        assert_eq!((told.len(), seen(&told)), (sure + 4, 0));
    }
    let unknown = beside(0, |r| reset_in_edges_name(r, 117, 117));
    assert!(unknown.iter().all(|case| case.slug.as_deref() == Some("reset-before-response")));
    let accounts: Vec<_> = beside(6, decoys[2].1).into_iter().map(|case| (case.slug, case.account)).collect();
    let named = accounts.iter().filter(|(slug, _)| slug.as_deref() == Some("middlebox-reset")).count();
    assert_eq!(named, 6, "{accounts:#?}");
}

/// A range that is refused is refused while others are served: otherwise a deploy at both ends of the capture explains what a filter does.
#[test]
fn a_server_that_others_reach_meanwhile_is_not_away() {
    let lines = [(48, "Starting nginx"), (57, "signal 15 (SIGTERM) received from 1, exiting")];
    let told = lines.into_iter().fold(other_ranges_are_well(), |told, (at, text)| {
        told.line(Source::ErrorLog, at, &format!("[notice] 810#810: {text}"))
    });
    let judged = told.failing_within(6, (49, 56), |r| refused(r.by_edge(EDGES[3]))).judged();
    for case in judged {
        assert_eq!(case.slug.as_deref(), Some("firewall-reset"), "{}", case.account);
    }
}

/// Otherwise a record of an address that was given up, beside that of the origin, is told as a server that does not answer, and somebody looks for it.
#[test]
fn an_address_that_never_took_a_connection_is_no_server_that_is_down() {
    let named = |span: (i64, i64), before: usize| {
        let told = incident().healthy(60).without(Source::Capture);
        let told = told.others_within(before, (0, 15), |r| r.asks_elsewhere().goes_well());
        told.failing_within(24, span, |r| r.asks_elsewhere().edge(522, 0)).named()
    };
    let (wrong, down) = ("wrong-origin-address", "connect-timeout");
    assert_eq!(named((20, 119), 0), [Some(wrong.to_owned())]);
    assert_eq!(named((20, 119), 3), [Some(down.to_owned())], "it was up before");
    assert_eq!(named((0, 70), 0), [Some(down.to_owned())], "it is put right");
}
