//! Every rule that a message or a frame can break, by its bytes.

use super::*;
use crate::http::conform::Finding;

/// Of the answer to one request: the findings of its message, and those of the connection.
fn broken_by(answer: &[u8]) -> (Vec<Finding>, Vec<FrameFault>) {
    let mut script = Script::greeted();
    script.ask(&headers(1, END_STREAM, GET)).answer(answer).close();
    let (exchanges, facts) = script.all();
    let response = exchanges.into_iter().next().and_then(|exchange| exchange.response);
    (response.map(|response| response.findings.into_inner()).unwrap_or_default(), facts.faults)
}

/// The fields of a head, the rule that they break, the header that does, and how many fields stand before it.
type BrokenHead<'f> = (&'f [(&'f str, &'f str)], Rule, &'f str, usize);

fn answer(fields: &[(&str, &str)]) -> Vec<u8> {
    headers(1, END_STREAM, fields)
}

#[test]
fn heads_break_rules_at_the_field_that_does() {
    let status = (":status", "200");
    let long = "v".repeat(100);
    let cases: [BrokenHead; 17] = [
        (&[status, ("Server", "s")], Rule::UppercaseName, "server", 1),
        (&[status, ("a b", "s")], Rule::BadHeaderName, "a b", 1),
        (&[status, ("", "s")], Rule::EmptyHeaderName, "", 1),
        (&[status, ("x", "a\r\nb")], Rule::ControlInValue, "x", 1),
        (&[status, ("x", " a")], Rule::SpaceAroundValue, "x", 1),
        (&[status, ("upgrade", "h2,h2c")], Rule::ConnectionHeader, "upgrade", 1),
        (&[status, ("connection", "close")], Rule::ConnectionHeader, "connection", 1),
        (&[status, ("te", "gzip")], Rule::ConnectionHeader, "te", 1),
        (&[("server", "s")], Rule::MissingPseudoHeader, ":status", 0),
        (&[status, (":path", "/")], Rule::UnknownPseudoHeader, ":path", 1),
        (&[status, status], Rule::DuplicatePseudoHeader, ":status", 1),
        (&[("server", "s"), status], Rule::PseudoHeaderLate, ":status", 1),
        (&[(":status", "20")], Rule::BadStatusCode, ":status", 0),
        (&[(":status", "101")], Rule::BadStatusCode, ":status", 0),
        (&[status, ("location", &long), ("location", "/")], Rule::DuplicateHeader, "location", 2),
        (&[status, ("content-length", "x")], Rule::BadContentLength, "content-length", 1),
        (
            &[status, ("content-length", "0"), ("content-length", "1")],
            Rule::ConflictingContentLength,
            "content-length",
            2,
        ),
    ];
    for (fields, rule, header, at) in cases {
        let (findings, faults) = broken_by(&answer(fields));
        let found: Vec<Rule> = findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(found, [rule], "{fields:?}");
        assert_eq!(findings[0].header.as_deref(), Some(header));
        // Behind the frame's head and the fields before.
        let offset = 9 + block(&fields[..at]).len();
        assert_eq!(findings[0].offset, offset as u64, "{fields:?}");
        assert!(faults.is_empty(), "{faults:?}");
    }
    assert_eq!(broken_by(&answer(&[status, ("te", "trailers"), ("cookie", "a"), ("cookie", "b")])).0, []);
}

#[test]
fn a_head_of_more_than_256_fields_is_found_at_the_first_that_is_too_many() {
    let of = |fields: usize| {
        let all: Vec<_> =
            std::iter::once((":status", "200")).chain((1..fields).map(|_| ("set-cookie", "a=b"))).collect();
        broken_by(&answer(&all)).0
    };
    assert_eq!(of(256), []);
    let found: Vec<_> = of(300).into_iter().map(|finding| (finding.rule, finding.header)).collect();
    assert_eq!(found, [(Rule::TooManyLines, Some("set-cookie".into()))]);
}

#[test]
fn an_excerpt_shows_the_field_as_it_reads() {
    let (findings, _) = broken_by(&answer(&[(":status", "200"), ("x-name", "good\0bad")]));
    assert_eq!(findings[0].excerpt, b"x-name: good\0bad");
    assert_eq!(usize::from(findings[0].mark), "x-name: good".len());
}

#[test]
fn requests_need_method_scheme_and_path() {
    for (without, name) in [(0, ":method"), (1, ":scheme"), (2, ":path")] {
        let fields: Vec<_> = GET.iter().enumerate().filter(|(n, _)| *n != without).map(|(_, f)| *f).collect();
        let mut script = Script::greeted();
        script.ask(&headers(1, END_STREAM, &fields)).close();
        let request = script.all().0.remove(0).request.unwrap();
        let finding = &request.findings[0];
        assert_eq!((finding.rule, finding.header.as_deref()), (Rule::MissingPseudoHeader, Some(name)));
    }
    let connect = [(":method", "CONNECT"), (":authority", "a.example:443")];
    let mut script = Script::greeted();
    script.ask(&headers(1, END_STREAM, &connect)).close();
    let request = script.all().0.remove(0).request.unwrap();
    assert_eq!((request.findings.len(), &*request.target), (0, "a.example:443"));
}

#[test]
fn a_length_that_the_data_do_not_have_is_found_at_the_frame_that_ends_them() {
    let head = headers(1, 0, &[(":status", "200"), ("content-length", "5")]);
    for (sent, state) in [(&b"four"[..], BodyState::InBody(Cut::Fin)), (b"longer", BodyState::Complete)] {
        let mut script = Script::greeted();
        script.ask(&headers(1, END_STREAM, GET)).answer(&head).answer(&data(1, END_STREAM, sent)).close();
        let response = script.all().0.remove(0).response.unwrap();
        assert_eq!((response.findings[0].rule, response.body.state), (Rule::LengthMismatch, state));
        assert_eq!(response.findings[0].offset, head.len() as u64);
    }
    // A HEAD is answered with the length of what a GET would get.
    let mut script = Script::greeted();
    let head_request: Vec<_> = [(":method", "HEAD")].iter().chain(&GET[1..]).copied().collect();
    script.ask(&headers(1, END_STREAM, &head_request));
    script.answer(&answer(&[(":status", "200"), ("content-length", "5")])).close();
    assert_eq!(*script.all().0.remove(0).response.unwrap().findings, []);
}

#[test]
fn frames_break_rules_of_the_connection() {
    let padded = frame(0, 8, 1, &[5, 0]);
    let window = |stream, increment: u32| frame(8, 0, stream, &increment.to_be_bytes());
    let cases: &[(Vec<u8>, Rule)] = &[
        (frame(4, 0, 0, &[0; 5]), Rule::FrameSize),
        (frame(6, 0, 0, &[0; 7]), Rule::FrameSize),
        (frame(3, 0, 1, &[0; 3]), Rule::FrameSize),
        (frame(1, 0x2d, 1, &[0; 3]), Rule::FrameSize),
        (data(1, 0, &vec![0; 16_385]), Rule::FrameSize),
        (frame(6, 0, 1, &[0; 8]), Rule::FrameOnWrongStream),
        (data(0, 0, b"x"), Rule::FrameOnWrongStream),
        (settings(&[(2, 2)]), Rule::BadSetting),
        (settings(&[(5, 100)]), Rule::BadSetting),
        (window(0, 0), Rule::BadWindow),
        (window(0, 0x7fff_ffff), Rule::BadWindow),
        (window(1, 0x7fff_ffff), Rule::BadWindow),
        (frame(9, END_HEADERS, 1, b"\x88"), Rule::HeaderBlockInterrupted),
        ([frame(1, 0, 1, b"\x88"), frame(6, 0, 0, &[0; 8])].concat(), Rule::HeaderBlockInterrupted),
        (frame(1, 5, 1, b"\x80"), Rule::BadHeaderBlock),
        (frame(1, 5, 1, b"\xbf"), Rule::BadHeaderBlock),
        (frame(1, 0x0c, 1, &[200, 0x88]), Rule::BadPadding),
        (data(1, 0, b"early"), Rule::FrameInWrongState),
        (data(9, 0, b"idle"), Rule::FrameInWrongState),
        (rst_stream(9, 0), Rule::FrameInWrongState),
        ([headers(1, END_STREAM, OK), data(1, 0, b"late")].concat(), Rule::FrameInWrongState),
        ([headers(1, 0, OK), padded].concat(), Rule::BadPadding),
    ];
    for (bytes, rule) in cases {
        let (_, faults) = broken_by(bytes);
        let rules: Vec<Rule> = faults.iter().map(|fault| fault.rule).collect();
        assert_eq!(rules, [*rule], "{bytes:?}");
        assert_eq!(faults[0].from, Side::Server);
    }
    let mut script = Script::new();
    script.ask(&[&PREFACE[..], &settings(&[(2, 0)]), &headers(1, END_STREAM, GET)].concat());
    script.answer(&settings(&[])).answer(&frame(5, END_HEADERS, 1, b"\0\0\0\x02\x82")).close();
    assert_eq!(script.all().1.faults[0].rule, Rule::PushNotAllowed);
}

#[test]
fn what_is_no_http2_is_told_at_its_first_byte() {
    let mut script = Script::new();
    script.ask(&[&PREFACE[..], &settings(&[]), &headers(1, END_STREAM, GET)].concat());
    script.answer(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").close();
    let sides = [Side::Client, Side::Server].map(|side| script.conversation.not_http(side).is_some());
    assert_eq!(sides, [false, true]);
    let (exchanges, facts) = script.all();
    assert_eq!((exchanges.len(), exchanges[0].response.is_none()), (1, true));
    let fault = &facts.faults[0];
    assert_eq!(
        (fault.rule, fault.offset, fault.excerpt.as_slice()),
        (Rule::BadPreface, 0, &b"HTTP/1.1 "[..])
    );
}

#[test]
fn more_data_than_the_window_takes_is_told() {
    let mut script = Script::new();
    script.ask(&[&PREFACE[..], &settings(&[]), &headers(1, END_STREAM, GET)].concat());
    script.answer(&settings(&[])).answer(&headers(1, 0, OK));
    for _ in 0..5 {
        script.answer(&data(1, 0, &[0; 16_000]));
    }
    assert_eq!(script.all().1.faults.iter().map(|fault| fault.rule).collect::<Vec<_>>(), [Rule::BadWindow]);
}
