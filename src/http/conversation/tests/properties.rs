//! What must hold however the bytes are cut and whatever is missing.

use proptest::prelude::*;

use super::*;

/// A request and what answers it. Each fault here leaves the next response where a reader can find it.
const EXCHANGES: &[(&str, &str)] = &[
    ("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ("HEAD /b HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    (
        "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA \r\n0123456789\r\n0\r\n\r\n",
    ),
    ("\r\nPUT /d HTTP/1.1\r\nContent-Length: 4\r\n\r\nHTTP", "HTTP/1.1 204 No Content\nA: b\n\n"),
    ("GET /e HTTP/1.1\r\n\r\n", "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\r\n\r\n"),
    (
        "GET /f HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA : b\r\n c\r\n\r\nhi\r\nand 27 bytes more than hi",
    ),
    (
        "GET /g HTTP/1.1\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx HTTP/1.1 2",
    ),
    ("GET /h HTTP/1.1\r\n\r\n", "HTTP/1.1 999 OK\r\nContent-Length: 1\r\nContent-Length: 3\r\n\r\nabc"),
];

/// How the last response may end.
const LAST: &[&str] = &[
    "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nto the end",
    "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nnot to the end",
    "HTTP/1.1 200 OK\r\nServ",
    "Warning: in x.php\nHTTP/1.1 200 OK\r\n\r\nand a lot more text than an excerpt holds",
    "",
];

/// The same without arrivals, which depend on the segments.
fn without_times(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    for exchange in &mut exchanges {
        if let Some(request) = &mut exchange.request {
            (request.first, request.last) = (packet(0), packet(0));
            request.acknowledged = request.acknowledged.map(|_| packet(0));
        }
        if let Some(response) = &mut exchange.response {
            (response.first, response.last) = (packet(0), packet(0));
            response.head_end = response.head_end.map(|_| packet(0));
            // A status line out of step is known by the segment that begins with it.
            response.late_status_line = None;
        }
    }
    exchanges
}

/// Says it in segments of at most these sizes, over and over.
fn say_cut(script: &mut Script, from: Side, text: &str, sizes: &[usize], turn: &mut usize) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let size = sizes[*turn % sizes.len()].min(rest.len());
        *turn += 1;
        let (segment, after) = rest.split_at(size);
        script.say(from, segment);
        rest = after;
    }
}

fn play(exchanges: &[usize], last: usize, sizes: &[usize], known: bool) -> Vec<Exchange> {
    let mut script = Script::with_roles(known);
    let mut turn = 0;
    let mut finished = Vec::new();
    for &index in exchanges {
        let (request, response) = EXCHANGES[index];
        say_cut(&mut script, Side::Client, request, sizes, &mut turn);
        script.acknowledge(Side::Client);
        say_cut(&mut script, Side::Server, response, sizes, &mut turn);
        finished.extend(script.finished());
    }
    say_cut(&mut script, Side::Client, "GET /last HTTP/1.1\r\n\r\n", sizes, &mut turn);
    say_cut(&mut script, Side::Server, LAST[last], sizes, &mut turn);
    script.close();
    finished.extend(script.finished());
    assert_eq!(script.conversation.finish(), (vec![], None));
    without_times(finished)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Segments are chance. If they told in the result, the same fault would be found on one day and missed on the next.
    #[test]
    fn any_segments_give_the_same_exchanges(
        exchanges in prop::collection::vec(0..EXCHANGES.len(), 0..6),
        last in 0..LAST.len(),
        sizes in prop::collection::vec(1..40usize, 1..6),
        known in any::<bool>(),
    ) {
        let whole = play(&exchanges, last, &[usize::MAX], known);
        prop_assert_eq!(whole.len(), exchanges.len() + 1);
        for (cut, whole) in play(&exchanges, last, &sizes, known).iter().zip(&whole) {
            let (cut, whole) = (format!("{cut:#?}"), format!("{whole:#?}"));
            let differs = cut.lines().zip(whole.lines()).enumerate().find(|(_, (cut, whole))| cut != whole);
            prop_assert!(cut == whole, "{:?}: {:?}\n{}", differs, whole.len(), cut);
        }
    }

    #[test]
    fn random_bytes_never_panic(
        pieces in prop::collection::vec(
            (any::<bool>(), prop::collection::vec(any::<u8>(), 0..60), 0..EXCHANGES.len(), 0..8u8, 0..200u64),
            0..20,
        ),
        known in any::<bool>(),
    ) {
        let mut script = Script::with_roles(known);
        for (client, noise, index, kind, number) in pieces {
            let side = if client { Side::Client } else { Side::Server };
            let text = if client { EXCHANGES[index].0 } else { EXCHANGES[index].1 };
            match kind {
                0 => script.say(side, &noise),
                1 => script.lose(side, number),
                2 => script.acknowledge(side),
                3 => {
                    script.conversation.bytes(&mut (), side, number, &noise, packet(1));
                    &mut script
                }
                _ => {
                    let cut = (number as usize).min(text.len());
                    script.say(side, &text.as_bytes()[..cut])
                }
            };
            let _ = script.finished();
        }
        script.close();
        script.finished();
        script.conversation.finish();
    }

    /// A hole in the capture must never become the origin's fault.
    #[test]
    fn gaps_never_invent_a_fault_of_the_origin(
        count in 1..6usize,
        which in prop::collection::vec(0..4usize, 6),
        gaps in prop::collection::vec((any::<prop::sample::Index>(), 1..120usize), 1..3),
        size in 20..200usize,
        of_requests in any::<bool>(),
    ) {
        // Whole, correct exchanges only.
        let clean = [0usize, 1, 2, 4];
        let mut script = Script::new();
        let chosen: Vec<usize> = which[..count].iter().map(|&index| clean[index]).collect();
        let response = |index: usize| if index == 4 { EXCHANGES[0].1 } else { EXCHANGES[index].1 };
        let total: usize = chosen
            .iter()
            .map(|&index| if of_requests { EXCHANGES[index].0.len() } else { response(index).len() })
            .sum();
        let holes: Vec<(usize, usize)> =
            gaps.iter().map(|(at, length)| (at.index(total), *length)).collect();
        let missing = |at: usize| holes.iter().any(|&(start, length)| (start..start + length).contains(&at));
        let mut seen = [0usize; 2];
        let mut said = |script: &mut Script, from: Side, text: &str| {
            let holed = (from == Side::Client) == of_requests;
            for segment in text.as_bytes().chunks(size) {
                let start = seen[from as usize];
                seen[from as usize] += segment.len();
                let mut at = 0;
                while at < segment.len() {
                    let lost = holed && missing(start + at);
                    let run = (at..segment.len()).take_while(|&i| (holed && missing(start + i)) == lost).count();
                    if lost { script.lose(from, run as u64) } else { script.say(from, &segment[at..at + run]) };
                    at += run;
                }
            }
        };
        for &index in &chosen {
            said(&mut script, Side::Client, EXCHANGES[index].0);
            said(&mut script, Side::Server, response(index));
        }
        script.close();
        for exchange in script.all() {
            for body in [exchange.request.as_ref().map(|r| r.body), exchange.response.as_deref().map(|r| r.body)] {
                let state = body.map(|body| body.state);
                prop_assert!(
                    !matches!(state, Some(BodyState::InHead(Cut::Fin | Cut::Reset(_)) | BodyState::InBody(Cut::Fin | Cut::Reset(_)))),
                    "{:?}", exchange
                );
            }
            prop_assert!(exchange.response.is_some(), "no response: {:?}\n{:?} {:?}", exchange, holes, (size, of_requests));
            if let Some(response) = &exchange.response {
                prop_assert!(response.findings.is_empty(), "{:?} {:?} {}", exchange, holes, size);
            }
        }
    }
}
