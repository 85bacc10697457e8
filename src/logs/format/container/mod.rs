//! What a container became, as its engine and its cluster tell of it: the last end of each, with its reason and its code.

pub(crate) mod docker_inspect;
pub(crate) mod pod_description;

use crate::logs::line_format::{Parsed, Skip};
use crate::logs::row::MessageLine;
use crate::text::timestamp::Stamp;

/// The reason of an end that the kernel brought about for want of memory, as the kubelet calls it (Docker has a field `OOMKilled`).
const KILLED_FOR_MEMORY: &str = "OOMKilled";

/// How a container's process ended.
#[derive(Debug, Default)]
struct ContainerEnd {
    /// What it was, in the kubelet's words (`OOMKilled`, `Error`, `Completed`).
    reason: Option<String>,
    /// 128 and the signal's number where a signal ended it.
    exit_code: Option<u64>,
}

impl ContainerEnd {
    /// The row of an end at this instant; `None` where nothing says how it ended.
    fn row(&self, container: &str, stamp: Option<Stamp>) -> Option<MessageLine> {
        let reason = self.reason.as_deref().map(|reason| format!("{reason}, ")).unwrap_or_default();
        let code = self.exit_code?;
        let text = format!("container {container} ended: {reason}exit code {code}");
        Some(row(&text, stamp?))
    }
}

/// The row of a container that was started at this instant.
fn started(container: &str, stamp: Option<Stamp>) -> Option<MessageLine> {
    Some(row(&format!("Started container {container}"), stamp?))
}

fn row(text: &str, stamp: Stamp) -> MessageLine {
    let line = MessageLine::of(text.as_bytes(), None).at(Some(stamp));
    MessageLine { program: Some("container".to_owned()), ..line }
}

/// What a line gives: its row, or a part of what a later line tells.
fn given(row: Option<MessageLine>) -> Parsed {
    row.map_or(Parsed::Skip(Skip::Partial), Parsed::Message)
}
