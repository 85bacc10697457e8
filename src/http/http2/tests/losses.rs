//! Bytes that were not captured cost no more than they must; and where segments are cut changes nothing.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

fn get(stream: u32) -> Vec<u8> {
    headers(stream, END_STREAM, GET)
}

#[test]
fn content_that_is_missing_is_counted_and_costs_nothing_else() {
    let mut script = Script::greeted();
    script.ask(&get(1));
    script.answer(&[headers(1, 0, OK), frame(0, END_STREAM, 1, &[7; 1000])[..500].to_vec()].concat());
    script.lose(Side::Server, 509);
    script.ask(&get(3)).answer(&headers(3, END_STREAM, OK)).close();
    let (exchanges, facts) = script.all();
    assert_eq!(outline(&exchanges), [complete(1, 200, 1000), complete(3, 200, 0)]);
    assert_eq!(exchanges[0].response.as_deref().unwrap().body.missing, 509);
    assert_eq!((facts.lost_headers, facts.faults), ([None; 2], vec![]));
}

#[test]
fn after_a_lost_head_frames_are_found_and_fields_are_never_guessed() {
    let mut script = Script::greeted();
    for stream in [1, 3, 5, 7] {
        script.ask(&get(stream));
    }
    // Adds an entry, of which one later head makes use, before and behind the loss.
    script.answer(&frame(1, 5, 1, b"\x88\x40\x06server\x01a"));
    script.lose(Side::Server, headers(3, END_STREAM, OK).len());
    script.answer(&[frame(1, 4, 5, b"\x88\xbe"), data(5, 0, b"five"), data(5, END_STREAM, b"!")].concat());
    script.answer(&frame(1, 5, 7, b"\x88\x40\x06server\x01b")).answer(&rst_stream(3, 2)).close();
    let (exchanges, facts) = script.all();
    let lost = (3, "/a".to_owned(), 0, 0, Some(BodyState::InHead(Cut::Capture)));
    let read = outline(&exchanges);
    assert_eq!(
        [&read[0], &read[2], &read[3]],
        [&complete(1, 200, 0), &complete(5, 200, 5), &complete(7, 200, 0)]
    );
    assert!(read[1] == lost || read[1].4.is_none(), "{:?}", read[1]);
    let server = |n: usize| exchanges[n].response.as_ref().unwrap().server.as_deref();
    assert_eq!((server(0), server(2), server(3)), (Some("a"), None, Some("b")));
    assert_eq!(exchanges[2].stream.as_ref().unwrap().unknown_fields, [0, 1]);
    assert_eq!(exchanges[1].stream.as_ref().unwrap().end.unwrap().code, 2);
    assert!(facts.lost_headers[1].is_some() && facts.faults.is_empty(), "{:?}", facts.faults);
}

#[test]
fn what_looks_like_a_frame_inside_content_is_none() {
    // A body of frames whose own boundaries lead nowhere.
    let mut script = Script::greeted();
    script.ask(&get(1)).ask(&get(3)).answer(&headers(1, 0, OK));
    let body = [goaway(0, 1), vec![1; 700]].concat();
    let sent = [
        frame(0, 0, 1, &vec![9; 900]),
        data(1, 0, &body),
        data(1, END_STREAM, b"x"),
        headers(3, END_STREAM, OK),
    ]
    .concat();
    // The heads of both are lost, and the body's first bytes are not.
    script.lose(Side::Server, 9 + 900 + 9);
    script.answer(&sent[9 + 900 + 9..]).close();
    let (exchanges, facts) = script.all();
    assert!(facts.goaways.is_empty(), "{:?}", facts.goaways);
    assert_eq!(exchanges[1].response.as_ref().unwrap().status, Some(200));
}

/// One side's bytes in pieces, and which of them come.
fn pieces(bytes: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut ends: Vec<usize> =
        cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    ends.sort_unstable();
    ends.windows(2).filter(|pair| pair[0] < pair[1]).map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect()
}

fn client() -> Vec<u8> {
    let mut bytes = [&PREFACE[..], &settings(&[(4, 40)])].concat();
    for stream in [1, 3, 5, 7] {
        bytes.extend(frame(1, 4 | u8::from(stream != 5), stream, b"\x82\x86\x44\x02/a\x41\x01h"));
    }
    bytes.extend([data(5, 0, b"abc"), data(5, END_STREAM, b""), rst_stream(7, 8)].concat());
    bytes
}

fn server() -> Vec<u8> {
    let long = block(&[(":status", "404"), ("set-cookie", &"c".repeat(300))]);
    [
        settings(&[]),
        headers(3, 0, OK),
        frame(0, 8, 3, b"\x02half\0\0"),
        frame(1, 0, 1, &long[..50]),
        frame(9, 4, 1, &long[50..]),
        data(3, END_STREAM, b"done"),
        data(1, END_STREAM, &[b'e'; 60]),
        frame(1, 5, 5, b"\x88\x40\x01a\x01b\xbe"),
        goaway(7, 0),
    ]
    .concat()
}

/// What a conversation tells, without the packets that brought it.
fn told(script: Script) -> Vec<String> {
    let (exchanges, facts) = script.all();
    let text = |exchange: &Exchange| {
        let findings = exchange.response.iter().flat_map(|response| &response.findings).collect::<Vec<_>>();
        let sizes = exchange.response.as_deref().map(|response| (response.head.bytes, response.offset));
        let end = exchange.stream.as_ref().unwrap().end.map(|end| (end.frame, end.code, end.offset));
        format!("{:?} {sizes:?} {findings:?} {end:?}", outline(std::slice::from_ref(exchange)))
    };
    let faults = facts.faults.iter().map(|fault| format!("{:?} {}", fault.rule, fault.offset));
    exchanges.iter().map(text).chain(faults).collect()
}

proptest! {
    #[test]
    fn where_segments_are_cut_changes_nothing(
        asks in prop::collection::vec(any::<Index>(), 0..9),
        answers in prop::collection::vec(any::<Index>(), 0..9),
    ) {
        let mut whole = Script::new();
        whole.ask(&client()).answer(&server()).close();
        let mut cut = Script::new();
        pieces(&client(), &asks).iter().for_each(|piece| { cut.ask(piece); });
        pieces(&server(), &answers).iter().for_each(|piece| { cut.answer(piece); });
        cut.close();
        prop_assert_eq!(told(whole), told(cut));
    }

    #[test]
    fn a_lost_segment_invents_nothing(
        answers in prop::collection::vec(any::<Index>(), 0..9),
        lost in any::<Index>(),
        of_client in any::<bool>(),
    ) {
        let mut script = Script::new();
        let (asked, answered) = if of_client {
            (pieces(&client(), &answers), vec![server()])
        } else {
            (vec![client()], pieces(&server(), &answers))
        };
        let number = asked.len() + answered.len();
        let lost = lost.index(number);
        let mut lost_bytes = 0;
        for (n, piece) in asked.iter().enumerate() {
            if of_client && n == lost { lost_bytes = piece.len(); script.lose(Side::Client, piece.len()); } else { script.ask(piece); }
        }
        for (n, piece) in answered.iter().enumerate() {
            if !of_client && n == lost { lost_bytes = piece.len(); script.lose(Side::Server, piece.len()); } else { script.answer(piece); }
        }
        script.close();
        let (mut exchanges, facts) = script.told();
        // Without its first bytes from either side nothing tells that it is HTTP/2.
        exchanges.retain(|exchange| exchange.stream.is_some());
        let faults = facts.map(|facts| facts.faults).unwrap_or_default();
        prop_assert!(faults.is_empty(), "{:?}", faults);
        for exchange in &exchanges {
            if let Some(request) = exchange.request.as_ref().filter(|request| !request.target.is_empty()) {
                prop_assert_eq!(&*request.target, "/a");
            }
            let response = exchange.response.as_deref();
            let id = exchange.stream.as_ref().unwrap().id;
            let statuses = [(1, 404), (3, 200), (5, 200)];
            if let Some(status) = response.and_then(|response| response.status) {
                prop_assert!(statuses.contains(&(id, status)), "{} {}", id, status);
            }
            for finding in response.iter().flat_map(|response| &response.findings) {
                prop_assert!(false, "{:?}", finding);
            }
            prop_assert!(lost_bytes > 0 || exchange.request.is_some());
        }
    }
}
