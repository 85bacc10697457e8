//! What a capture cut or lacks is not what nobody said.

use rayscope::correlate::Outcome;

use super::incident::{Incident, Source, incident};
use super::request::Request;
use super::tls::{encrypted_well, never_answered, uncaptured_flight};

/// All but the first bytes of what TCP carries.
const SHORT: usize = 96;

fn handshakes(told: impl Fn(Request) -> Request) -> Incident {
    incident().others(40, told)
}

fn fails(told: &Incident) -> Vec<String> {
    told.judged().into_iter().map(|case| case.account).collect()
}

/// 349 failures of one capture were none.
#[test]
fn handshakes_whose_answer_was_cut_or_lost_or_went_another_way_have_not_failed() {
    assert_eq!(fails(&handshakes(encrypted_well).snapped(SHORT)), [""; 0], "a short snap length");
    assert_eq!(fails(&handshakes(encrypted_well).one_way()), [""; 0], "one direction");
    assert_eq!(fails(&handshakes(uncaptured_flight)), [""; 0], "packets that the capture dropped");
    let alone = handshakes(encrypted_well).without(Source::EdgeLog).snapped(SHORT);
    assert_eq!(fails(&alone), [""; 0], "and no log says that they went well");
}

#[test]
fn a_server_that_says_nothing_is_silent_however_short_the_packets_are_cut() {
    for length in [usize::MAX, SHORT] {
        let judged = handshakes(encrypted_well).failing(6, never_answered).snapped(length).judged();
        assert_eq!(judged.len(), 6);
        for case in judged {
            assert_eq!(case.happened.outcome, Outcome::HandshakeSilent, "{}", case.account);
            assert!(case.seen.contains(&"hello-unanswered"), "{}", case.account);
            assert_eq!(case.slug.as_deref(), Some("tls-handshake-timeout"), "{}", case.account);
        }
    }
}

#[test]
fn of_a_capture_of_one_direction_nobody_knows_what_the_origin_said() {
    let judged = handshakes(encrypted_well).failing(6, never_answered).one_way().judged();
    for case in judged {
        assert!(!case.seen.contains(&"hello-unanswered"), "{}", case.account);
    }
}
