//! Chunks hold evidence as it was found, of every kind that the recorded incidents have, and damaged ones are refused.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rayscope::evidence::{Chunk, Coverage, Extracted, InputId, Partial};

use crate::support::extraction::extracted;
use crate::support::recorded;

/// Incidents that between them have captures in the clear, TLS that was read, half-open connections, logs of every kind, and configuration.
const RECORDED: [&str; 8] = [
    "invalid-chunking",
    "tls-certificate-expired",
    "syn-flood",
    "keepalive-race",
    "worker-crash-nginx",
    "upstream-refused",
    "request-header-too-large",
    "healthy-noise",
];

static PARTIALS: LazyLock<Vec<Partial>> = LazyLock::new(|| {
    let recorded = recorded::incidents(&RECORDED);
    recorded.incidents.iter().map(|incident| extracted(&incident.evidence())).collect()
});

fn chunk(partial: Partial) -> Chunk {
    let inputs: BTreeSet<InputId> = partial.inputs.keys().copied().collect();
    let coverage =
        Coverage { program: env!("CARGO_PKG_VERSION").to_owned(), round: 6, inputs, ..Coverage::default() };
    Chunk { coverage, extracted: Extracted { partial, ..Extracted::default() } }
}

#[test]
fn the_incidents_hold_every_kind_of_evidence() {
    let holds = |has: fn(&Partial) -> bool| PARTIALS.iter().any(has);
    assert!(holds(|partial| partial.connections.iter().any(|row| row.tls.is_some())));
    assert!(holds(|partial| partial.connections.iter().any(|row| !row.exchanges.is_empty())));
    assert!(holds(|partial| !partial.messages.is_empty() && !partial.settings.is_empty()));
    assert!(holds(|partial| !partial.edge.is_empty() && !partial.access.is_empty()));
    assert!(holds(|partial| !partial.views.is_empty()));
}

#[test]
fn evidence_comes_back_as_it_was_written() {
    for partial in PARTIALS.iter() {
        let chunk = chunk(partial.clone());
        let bytes = chunk.encode();
        let read = Chunk::decode(&bytes).expect("what was written");
        assert!(read == chunk, "{:?}", partial.inputs.values().map(|input| &input.name).collect::<Vec<_>>());
        assert_eq!(Coverage::of(&bytes).as_ref(), Ok(&chunk.coverage));
        assert!(read.encode() == bytes, "the same evidence gives the same bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merged_evidence_comes_back_too(which in prop::collection::vec(0..RECORDED.len(), 1..3)) {
        let merged = which.iter().map(|at| PARTIALS[*at].clone()).fold(Partial::default(), Partial::merge);
        let chunk = chunk(merged);
        prop_assert!(Chunk::decode(&chunk.encode()) == Ok(chunk));
    }

    #[test]
    fn a_chunk_that_is_damaged_or_cut_is_refused(
        which in 0..RECORDED.len(), at in any::<prop::sample::Index>(), bit in 0u8..8, is_cut in any::<bool>(),
    ) {
        let mut bytes = chunk(PARTIALS[which].clone()).encode();
        let at = at.index(bytes.len());
        if is_cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1u8 << bit;
        }
        prop_assert!(Chunk::decode(&bytes).is_err());
    }
}
