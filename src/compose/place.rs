//! Places as the report writes them: input, frame or line or entry, and a display filter that shows the packet's connection.

use crate::causes::Term;
use crate::correlate::Incident;
use crate::evidence::{InputId, InputKind, Place};
use crate::report::model::{Evidence, EvidenceKind};

use super::values::moment;

/// An input's name.
pub fn name(incident: &Incident, input: InputId) -> String {
    incident.evidence.inputs.get(&input).map(|summary| summary.name.clone()).unwrap_or_default()
}

/// A place in words: `frame 81230`, `line 512`, `entry 14`.
pub fn words(place: Place) -> String {
    match place {
        Place::Packet { frame, .. } => format!("frame {frame}"),
        Place::Line { line, .. } => format!("line {line}"),
        Place::Entry { entry, .. } => format!("entry {entry}"),
    }
}

/// A reason as a piece of evidence that a person can open; `None` where it has no single place.
pub fn evidence(incident: &Incident, term: &Term, ray: Option<String>) -> Option<Evidence> {
    let place = term.place?;
    let input = name(incident, place.input());
    let base =
        Evidence { input, time: term.time.map(moment), text: term.text.clone(), ..Evidence::default() };
    Some(match place {
        Place::Packet { frame, stream, .. } => Evidence {
            kind: EvidenceKind::Packet,
            frame: Some(frame),
            filter: Some(match stream {
                Some(stream) => format!("tcp.stream eq {stream}"),
                None => format!("frame.number == {frame}"),
            }),
            ray,
            ..base
        },
        Place::Line { input, line } if incident.evidence.kind(input) == Some(InputKind::EdgeLog) => {
            Evidence { kind: EvidenceKind::Edge, line: Some(line), ray, ..base }
        }
        Place::Line { line, .. } => Evidence { kind: EvidenceKind::Line, line: Some(line), ..base },
        Place::Entry { entry, .. } => {
            Evidence { kind: EvidenceKind::Entry, entry: Some(u64::from(entry)), ray, ..base }
        }
    })
}
