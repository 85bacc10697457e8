//! Handshakes that end with little said: a RST or an alert of the edge, in its name or its own.

use super::conversation::Conversation;
use super::conversation::Speaker::{Edge, Origin};
use super::incident::{Source, incident};
use super::request::Request;
use super::tls::hello;
use super::tls_messages::{fatal, server_flight};

fn slug(slug: &str) -> [Option<String>; 1] {
    [Some(slug.to_owned())]
}

/// Otherwise a device that resets handshakes in the edge's name is told as a server that is silent until the edge gives up.
#[test]
fn a_handshake_that_is_reset_in_the_edges_name_was_not_given_up() {
    let named = |ttl: u8| {
        let cut =
            move |c: Conversation| c.opens().says(Edge, &hello()).takes(Origin).wait(2).reset_from(Edge, ttl);
        let told = incident().others(40, |r| r.edge(200, 200)).without(Source::AccessLog);
        told.failing(8, move |r| r.edge(525, 0).connection(cut)).named()
    };
    assert_eq!(named(125), slug("middlebox-reset"));
    assert_ne!(named(57), slug("middlebox-reset"), "from as far as the edge itself");
}

/// A server may choose by ALPN what was not offered alone among what it greets with and most clients check. Otherwise the alert that says so has no cause where
/// the capture is too short for the choice itself.
#[test]
fn an_edge_that_does_not_take_what_the_greeting_chose_was_given_a_protocol_that_it_did_not_offer() {
    const ILLEGAL_PARAMETER: u8 = 47;
    let named = |alert: u8| {
        let refuses = move |c: Conversation| {
            let c =
                c.opens().says(Edge, &hello()).takes(Origin).says(Origin, &server_flight(None, &[], false));
            c.says(Edge, &fatal(alert)).closes(Edge).takes(Origin)
        };
        let told = incident().others(40, |r| r.edge(200, 200)).without(Source::AccessLog).snapped(96);
        told.failing(8, move |r: Request| r.edge(525, 0).connection(refuses)).named()
    };
    assert_eq!(named(ILLEGAL_PARAMETER), slug("alpn-mismatch"));
    assert_ne!(named(80), slug("alpn-mismatch"), "its own fault");
}
