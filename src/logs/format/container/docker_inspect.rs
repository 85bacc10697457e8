//! `docker inspect` and `podman inspect`: the state of each container, a field a line, with its last end: `"OOMKilled": true`, `"ExitCode": 137`,
//! `"FinishedAt": "2026-11-17T08:01:01.123456789Z"` (docs.docker.com, Docker Engine API, ContainerInspect, State).

use super::{ContainerEnd, KILLED_FOR_MEMORY, given, started};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;
use crate::text::timestamp::{self, Stamp};
use crate::time::Time;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct DockerInspect;

/// What was read of a container so far.
#[derive(Debug, Default)]
pub struct InspectedContainer {
    id: Option<String>,
    /// It runs again: its code is that of no end.
    runs: bool,
    end: ContainerEnd,
}

/// How much of a container's id its tools show.
const SHORT_ID: usize = 12;

impl LineFormat for DockerInspect {
    type Memory = InspectedContainer;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let is_list = sample.lines.first().is_some_and(|line| line.trim_ascii() == b"[");
        let fields = [&b"\"OOMKilled\":"[..], b"\"ExitCode\":", b"\"FinishedAt\":"];
        (is_list && fields.into_iter().all(|field| sample.holds(field))).then_some(DockerInspect)
    }

    fn id(&self) -> &'static str {
        "docker_inspect"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn note(&self) -> Option<&str> {
        Some("it tells of each container's last start and last end alone")
    }

    fn parse(&self, line: &[u8], container: &mut InspectedContainer, _: &mut LineClock) -> Parsed {
        let Some((key, value)) = split_at_byte(line.trim_ascii(), b':') else {
            return Parsed::Skip(Skip::Partial);
        };
        let value = value.trim_ascii();
        let value = value.strip_suffix(b",").unwrap_or(value).trim_ascii();
        let text = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        let id = || container.id.as_deref().unwrap_or_default();
        let row = match key {
            b"\"Id\"" => {
                let id = text.get(..SHORT_ID).unwrap_or(text);
                container.id = Some(String::from_utf8_lossy(id).into_owned());
                None
            }
            b"\"Running\"" => {
                container.runs = text == b"true";
                None
            }
            b"\"OOMKilled\"" => {
                let reason = (text == b"true").then(|| KILLED_FOR_MEMORY.to_owned());
                container.end = ContainerEnd { reason, exit_code: None };
                None
            }
            b"\"ExitCode\"" => {
                container.end.exit_code = std::str::from_utf8(text).ok().and_then(|code| code.parse().ok());
                None
            }
            b"\"StartedAt\"" => started(id(), instant(text)),
            b"\"FinishedAt\"" => {
                let row = container.end.row(id(), instant(text)).filter(|_| !container.runs);
                container.end = ContainerEnd::default();
                row
            }
            _ => None,
        };
        given(row)
    }
}

/// An instant; what never was is `0001-01-01T00:00:00Z`.
fn instant(text: &[u8]) -> Option<Stamp> {
    timestamp::any(text).filter(|stamp| stamp.time > Time::EPOCH)
}
