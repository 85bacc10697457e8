//! Key logs: read before the captures that they open. What the report says of them is how many sessions they have, and how many of these the
//! captures hold; of the secrets themselves nothing leaves this pass.

use std::io::BufReader;
use std::sync::Arc;

use super::opened::{Nature, OpenedFile};
use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::partial::Partial;
use crate::text::words::thousands;
use crate::tls::{FoundSessions, KeyLog, Sessions};

/// All key logs among the inputs.
pub struct KeyLogs<'a> {
    /// Their sessions.
    pub sessions: Arc<Sessions>,
    logs: Vec<(&'a OpenedFile, KeyLog, Option<String>)>,
}

impl<'a> KeyLogs<'a> {
    /// Reads them in the order of the inputs.
    pub fn read(opened: &'a [OpenedFile]) -> KeyLogs<'a> {
        let (mut sessions, mut logs) = (Sessions::default(), Vec::new());
        for file in opened.iter().filter(|file| matches!(file.nature, Nature::KeyLog)) {
            let mut log = KeyLog::default();
            let input = BufReader::new(file.content.reader());
            let broken = log.read(input, &mut sessions).err().map(|error| error.to_string());
            logs.push((file, log, broken));
        }
        KeyLogs { sessions: Arc::new(sessions), logs }
    }

    /// What the report says of them, once it is known which sessions were found.
    pub fn told(&self, found: &FoundSessions) -> Partial {
        let mut partial = Partial::default();
        for (file, log, broken) in &self.logs {
            let mut summary =
                InputSummary::new(&file.found.name, InputKind::KeyLog, "keylog", file.found.bytes);
            summary.records = log.sessions.len() as u64;
            summary.skipped = log.bad_lines.saturating_add(log.beyond);
            summary.warnings = told(log, found);
            summary.warnings.extend(broken.as_ref().map(|why| format!("it breaks off: {why}")));
            partial.inputs.insert(file.input, summary);
        }
        partial
    }
}

/// What is said of the sessions of one log, or of one capture.
pub fn told(log: &KeyLog, found: &FoundSessions) -> Vec<String> {
    let counts = [
        (log.beyond, "secrets of more sessions than are kept"),
        (log.bad_lines, "lines that are none of a key log"),
    ];
    let (known, not_opened) = found.among(&log.sessions);
    let sessions = format!(
        "TLS sessions whose secrets it has: {}, found in the captures: {}. Keep it from others: with it the captures tell all that was said",
        thousands(log.sessions.len() as u64),
        thousands(known)
    );
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let not_opened = not_opened.iter().map(|(why, count)| {
        format!("TLS sessions whose secrets it has and that are not opened ({why}): {}", thousands(*count))
    });
    std::iter::once(sessions)
        .chain(not_opened)
        .chain(counts.map(|(count, what)| format!("{what}: {}", thousands(count))))
        .collect()
}
