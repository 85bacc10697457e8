//! What hostile connections may cost.

use super::*;

#[test]
fn closed_streams_leave_nothing() {
    let mut script = Script::greeted();
    let mut finished = 0;
    // A hundred are open at a time.
    for number in 0..30_000u32 {
        script.ask(&headers(2 * number + 1, END_STREAM, GET));
        if let Some(old) = number.checked_sub(100) {
            script.answer(&headers(2 * old + 1, END_STREAM, OK));
        }
        finished += std::iter::from_fn(|| script.conversation.next_finished()).count();
    }
    assert!(finished > 30_000 - 200, "{finished}");
}

#[test]
fn streams_that_are_never_closed_are_bounded() {
    let mut script = Script::greeted();
    let mut taken = 0;
    for number in 0..20_000u32 {
        script.ask(&headers(2 * number + 1, END_STREAM, GET));
        taken += std::iter::from_fn(|| script.conversation.next_finished()).count();
    }
    assert!(taken > 15_000);
    assert_eq!(taken + script.all().0.len(), 20_000);
}

#[test]
fn an_endless_header_block_is_read_up_to_its_bound() {
    let mut script = Script::greeted();
    script.ask(&frame(1, 0, 1, &block(GET)));
    for _ in 0..2_000 {
        script.ask(&frame(9, 0, 1, &block(&[("x", &"y".repeat(1_000))])));
        script.ask(&frame(9, 0, 1, b""));
    }
    script.ask(&frame(9, END_HEADERS, 1, b"")).close();
    let (exchanges, facts) = script.all();
    assert_eq!(&*exchanges[0].request.as_ref().unwrap().target, "/a");
    assert!(exchanges[0].request.as_ref().unwrap().head.bytes <= 1 << 20);
    assert!(facts.lost_headers[0].is_some());
}

#[test]
fn a_field_that_is_repeated_a_million_times_costs_little() {
    let mut script = Script::greeted();
    // An entry of 4,000 bytes, then its index again and again: gigabytes when decompressed.
    let big = "b".repeat(3_900);
    let mut bomb = block(&[("cookie", &big)]);
    bomb[0] = 0x40;
    script.ask(&frame(1, 0, 1, &[&b"\x82\x86\x84"[..], &bomb].concat()));
    for _ in 0..60 {
        script.ask(&frame(9, 0, 1, &[0xbe; 16_384]));
    }
    script.ask(&frame(9, 5, 1, b"")).close();
    let request = script.all().0.remove(0).request.unwrap();
    assert!(request.head.bytes > 3_000_000_000, "{}", request.head.bytes);
    assert!(request.head.largest.len() <= 8 && request.head.cookies.len() <= 16);
}
