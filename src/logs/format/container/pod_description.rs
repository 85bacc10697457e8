//! `kubectl describe pod`: of each container what it is and how it last ended, `Last State: Terminated`, `Reason: OOMKilled`, `Finished: Tue, 17 Nov 2026
//! 08:01:01 +0000` (kubernetes/kubectl, pkg/describe/describe.go, describeStatus). Its table of events has ages, which count back from a moment that the text does not tell.

use super::{ContainerEnd, given, started};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_byte;
use crate::text::timestamp::{self, Stamp};
use crate::time::{Duration, Time};

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct PodDescription;

/// Where in the description a line stands.
#[derive(Debug, Default)]
pub struct DescribedPod {
    pod: Option<String>,
    container: Option<String>,
    end: ContainerEnd,
}

impl LineFormat for PodDescription {
    type Memory = DescribedPod;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let has = |field: &[u8]| sample.lines.iter().any(|line| line.trim_ascii_start().starts_with(field));
        [&b"Namespace:"[..], b"Containers:", b"Container ID:", b"State:"]
            .into_iter()
            .all(has)
            .then_some(PodDescription)
    }

    fn id(&self) -> &'static str {
        "kubernetes_pod"
    }

    fn kind(&self) -> LogKind {
        LogKind::SystemLog
    }

    fn note(&self) -> Option<&str> {
        Some("it tells of each container's last end alone, and its events have ages and no instants")
    }

    fn parse(&self, line: &[u8], pod: &mut DescribedPod, _: &mut LineClock) -> Parsed {
        // Behind a container's name nothing stands, and before it two blanks.
        let Some((key, value)) = split_at_byte(line, b':') else { return Parsed::Skip(Skip::Partial) };
        let value = value.trim_ascii();
        let depth = key.iter().take_while(|byte| **byte == b' ').count();
        match (depth, key.trim_ascii(), value.is_empty()) {
            (0, b"Name", false) => {
                *pod = DescribedPod { pod: Some(text_of(value)), ..DescribedPod::default() }
            }
            (2, name, true) => pod.container = Some(text_of(name)),
            (_, b"State" | b"Last State", _) => pod.end = ContainerEnd::default(),
            (_, b"Reason", _) => pod.end.reason = Some(text_of(value)),
            (_, b"Exit Code", _) => pod.end.exit_code = text_of(value).parse().ok(),
            (_, b"Started", _) if pod.end.exit_code.is_none() => {
                return given(started(&pod.name(), instant(value)));
            }
            (_, b"Finished", _) => {
                return given(std::mem::take(&mut pod.end).row(&pod.name(), instant(value)));
            }
            _ => {}
        }
        Parsed::Skip(Skip::Partial)
    }
}

impl DescribedPod {
    /// The container, by its own name and its pod's.
    fn name(&self) -> String {
        let (container, pod) = (self.container.as_deref(), self.pod.as_deref());
        format!("{} of pod {}", container.unwrap_or_default(), pod.unwrap_or_default())
    }
}

fn text_of(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

/// `Tue, 17 Nov 2026 08:01:01 +0000`; a container that has not ended has the first instant of the calendar, `Mon, 01 Jan 0001 00:00:00 +0000`.
fn instant(value: &[u8]) -> Option<Stamp> {
    let time = timestamp::http_date(value).filter(|time| *time > Time::EPOCH)?;
    Some(Stamp { time, resolution: Duration::SECOND, local: false })
}
