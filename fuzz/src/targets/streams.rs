//! What connections carry.

use rayscope::flow::Side;
use rayscope::http::{self, conform};
use rayscope::tls;

use crate::script::play;

pub fn http(script: &[u8]) {
    for initiator_known in [true, false] {
        let mut conversation = http::HttpConversation::new(initiator_known);
        play(script, &mut conversation);
        while conversation.next_finished().is_some() {}
        let _ = conversation.finish();
    }
}

/// What a client of HTTP/2 sends first, and a server.
const GREETINGS: [&[u8]; 2] =
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", b"\0\0\0\x04\0\0\0\0\0"];

/// A conversation of HTTP/2, in the form of `play`, behind the greetings of both sides.
pub fn frames(script: &[u8]) {
    let mut greeted = Vec::new();
    for (tag, greeting) in (0u8..).zip(GREETINGS) {
        greeted.push(tag);
        greeted.extend((greeting.len() as u16).to_be_bytes());
        greeted.extend(greeting);
    }
    greeted.extend(script);
    let mut conversation = http::HttpConversation::new(true);
    play(&greeted, &mut conversation);
    let early = std::iter::from_fn(|| conversation.next_finished()).collect();
    hold(early, conversation);
}

/// Header blocks, one request after the other, each behind its length in two bytes: the table goes on from one to the next.
pub fn header_blocks(mut blocks: &[u8]) {
    let mut conversation = http::HttpConversation::new(true);
    let (mut stream, mut bytes) = (1u32, GREETINGS[0].to_vec());
    while let [high, low, rest @ ..] = blocks {
        let length = (usize::from(*high & 0x3f) << 8 | usize::from(*low)).min(rest.len());
        let (block, after) = rest.split_at(length);
        bytes.extend(&(block.len() as u32).to_be_bytes()[1..]);
        bytes.extend([1, 5]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(block);
        (blocks, stream) = (after, stream + 2);
    }
    play_bytes(&bytes, &mut conversation);
    hold(Vec::new(), conversation);
}

fn play_bytes(bytes: &[u8], conversation: &mut http::HttpConversation) {
    let mut script = Vec::new();
    for piece in bytes.chunks(usize::from(u16::MAX)) {
        script.push(0);
        script.extend((piece.len() as u16).to_be_bytes());
        script.extend(piece);
    }
    play(&script, conversation);
}

/// Findings show the bytes of which they tell.
fn hold(mut exchanges: Vec<http::exchange::Exchange>, conversation: http::HttpConversation) {
    let (rest, facts) = conversation.finish();
    exchanges.extend(rest);
    assert!(facts.is_some_and(|facts| facts.faults.len() <= 16 && facts.goaways.len() <= 16));
    for exchange in exchanges {
        let request = exchange.request.iter().flat_map(|request| &request.findings);
        let response = exchange.response.iter().flat_map(|response| &response.findings);
        for finding in request.chain(response) {
            assert!(usize::from(finding.mark) <= finding.excerpt.len(), "{finding:?}");
        }
    }
}

/// A head, however it is cut; its findings lie within it.
pub fn heads(bytes: &[u8]) {
    for side in [Side::Client, Side::Server] {
        let _ = http::probe(bytes, side);
    }
    let request = conform::scan_request(bytes);
    let response = conform::scan_response(bytes);
    for finding in request.findings.iter().chain(&response.findings) {
        assert!(finding.offset <= bytes.len() as u64, "{finding:?} of {} bytes", bytes.len());
        assert!(usize::from(finding.mark) <= finding.excerpt.len(), "{finding:?}");
    }
}

pub fn tls(script: &[u8]) {
    let mut conversation = tls::TlsConversation::new();
    play(script, &mut conversation);
    let _ = conversation.handshake().clone();
    let _ = conversation.finish();
    let _ = tls::probe(script);
}
