//! Places as the report writes them: input, frame or line or entry, and a display filter that shows the packet's connection.

use crate::correlate::{Case, Incident};
use crate::diagnose::WeighedSign;
use crate::evidence::{ConnectionRow, InputId, InputKind, Place};
use crate::report::model::{Evidence, EvidenceKind};
use crate::report::redaction::{Redactor, ReportText};

use super::values::moment;

/// An input's name.
pub fn name(incident: &Incident, input: InputId) -> &str {
    incident.evidence.inputs.get(&input).map_or("", |summary| &summary.name)
}

/// A place in words: `frame 81230`, `line 512`, `line 1, record 17`, `entry 14`.
pub fn words(place: Place) -> String {
    match place {
        Place::Packet { frame, .. } => format!("frame {frame}"),
        Place::Line { line, before, .. } => match record(before) {
            Some(record) => format!("line {line}, record {record}"),
            None => format!("line {line}"),
        },
        Place::Entry { entry, .. } => format!("entry {entry}"),
    }
}

/// Which record of its line it is, from 1; `None` for the first, which most often is the only one.
pub fn record(before: u32) -> Option<u64> {
    (before > 0).then_some(u64::from(before) + 1)
}

/// A display filter that shows the frame of a place, by its connection; an ICMP error belongs to none, so by itself.
pub fn display_filter(place: Place, frame: u64, stream: Option<u32>, incident: &Incident) -> String {
    let is_icmp = || {
        let row = connection(place, incident)?;
        Some(row.place(row.connection.icmp?.at) == place)
    };
    match stream {
        Some(_) if is_icmp() == Some(true) => format!("(icmp || icmpv6) && frame.number == {frame}"),
        Some(stream) => format!("tcp.stream eq {stream}"),
        None => format!("frame.number == {frame}"),
    }
}

/// The connection of a packet, by the stream that it is in its file.
pub fn connection(place: Place, incident: &Incident) -> Option<&ConnectionRow> {
    let Place::Packet { input, stream: Some(stream), .. } = place else { return None };
    let evidence = &incident.evidence;
    evidence.connections.get(evidence.streams.connection(input, stream)?)
}

/// A reason as a piece of evidence that a person can open, by the clock by which the cases are told; `None` where it has no single place.
/// What has no time of its own has that of the case; only a setting has none.
pub fn evidence(
    incident: &Incident,
    reason: &WeighedSign,
    case: &Case,
    redactor: &Redactor<'_>,
) -> Option<Evidence> {
    let place = reason.place?;
    let is_setting = incident.evidence.kind(place.input()) == Some(InputKind::Config);
    let own = reason.time.map(|time| incident.clocks.at(place, time));
    let time = own.or((!is_setting).then_some(case.time));
    Some(Evidence { time: time.map(moment), ..told_at(place, &reason.text, case, incident, redactor) })
}

/// What a place shows of a case, without a time.
pub fn told_at(
    place: Place,
    text: &str,
    case: &Case,
    incident: &Incident,
    redactor: &Redactor<'_>,
) -> Evidence {
    let ray = case.ray.map(ReportText::from);
    let base = Evidence {
        input: redactor.text(name(incident, place.input())),
        text: redactor.text(text),
        ..Evidence::default()
    };
    match place {
        Place::Packet { frame, stream, .. } => Evidence {
            kind: EvidenceKind::Packet,
            frame: Some(frame),
            filter: Some(redactor.text(display_filter(place, frame, stream, incident))),
            ray,
            ..base
        },
        Place::Line { input, line, before } => {
            let base = Evidence { line: Some(line), record: record(before), ..base };
            match incident.evidence.kind(input) {
                Some(InputKind::EdgeLog) => Evidence { kind: EvidenceKind::Edge, ray, ..base },
                _ => Evidence { kind: EvidenceKind::Line, ..base },
            }
        }
        Place::Entry { entry, .. } => {
            Evidence { kind: EvidenceKind::Entry, entry: Some(u64::from(entry)), ray, ..base }
        }
    }
}
