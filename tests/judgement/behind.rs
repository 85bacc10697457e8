//! A capture that also holds the hop behind the server that the edge asked, and no log beside the edge's: what became of the proxy's own try.

use super::conversation::Conversation;
use super::conversation::Speaker::{Edge, Origin};
use super::conversation::answer;
use super::error_pages::answered;
use super::incident::{Incident, incident};
use super::request::Request;
use super::{Decoy, Trial};

/// The proxy answers so, with a page that names nothing, after its own try went as told.
fn after(r: Request, status: u16, told: fn(Conversation) -> Conversation) -> Request {
    let page = answer(&format!("{status} Failed"), "", "it failed");
    let waits = |c: Conversation| c.opens().asks().wait(1_000).answers(&page).ends(Edge);
    r.edge(status, status).connection(waits).tries_behind(told)
}

/// The same answer, and no try of the proxy's is captured.
fn fails_alone(r: Request) -> Request {
    answered(r, 502, "it failed", "")
}

fn tried(status: u16, told: fn(Conversation) -> Conversation) -> Incident {
    incident().healthy(40).failing(8, move |r| after(r, status, told))
}

/// A second after the SYN: the answer follows at once.
fn is_refused(c: Conversation) -> Conversation {
    c.syns(1).refuses()
}

fn is_closed(c: Conversation) -> Conversation {
    c.opens().asks().wait(850).ends(Origin)
}

fn is_left(c: Conversation) -> Conversation {
    c.opens().asks().wait(880).ends(Edge)
}

fn is_answered(c: Conversation) -> Conversation {
    let page = answer("502 Bad Gateway", "", "the supplier does not answer");
    c.opens().asks().wait(850).answers(&page).ends(Edge)
}

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "upstream-refused",
        sign: "behind-refuses",
        at_work: || tried(502, is_refused),
        decoys: &[
            Decoy {
                mark: "the application behind makes the 502 itself",
                named: Some("origin-error-status"),
                told: || tried(502, is_answered),
            },
            Decoy {
                mark: "connections are refused, half a minute before",
                named: Some("origin-error-status"),
                told: || {
                    let failing = incident().healthy(40).failing_within(8, (60, 70), fails_alone);
                    failing.others_within(8, (20, 30), |r| r.goes_well().tries_behind(is_refused))
                },
            },
        ],
    },
    Trial {
        slug: "upstream-timeout",
        sign: "behind-is-silent",
        at_work: || tried(503, is_left),
        decoys: &[Decoy {
            mark: "the proxy leaves the server behind, since the edge has left the proxy",
            named: Some("slow-response"),
            told: || {
                incident().healthy(40).failing(8, |r| {
                    let gives_up = |c: Conversation| c.opens().asks().wait(900).ends(Edge);
                    r.edge(524, 0).connection(gives_up).tries_behind(is_left)
                })
            },
        }],
    },
    Trial {
        slug: "upstream-closed-early",
        sign: "behind-closes",
        at_work: || tried(502, is_closed),
        decoys: &[Decoy {
            mark: "the same, of requests that go well at another try",
            named: Some("origin-error-status"),
            told: || {
                let others = incident().others(20, |r| r.goes_well().tries_behind(is_closed));
                others.failing(8, fails_alone)
            },
        }],
    },
];
