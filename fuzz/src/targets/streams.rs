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
