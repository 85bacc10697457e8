//! Key logs: read before the captures that they open. What the report says of them is how many sessions they have, and how many of these the
//! captures hold; of the secrets themselves nothing leaves this pass.

use std::collections::BTreeSet;
use std::io::BufReader;

use super::opened::{Nature, OpenedFile};
use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::partial::Partial;
use crate::text::words::thousands;
use crate::tls::{KeyLog, SessionNumber, Sessions};

/// All key logs among the inputs.
pub struct KeyLogs<'a> {
    /// Their sessions.
    pub sessions: Sessions,
    logs: Vec<(&'a OpenedFile, KeyLog, Option<String>)>,
}

impl<'a> KeyLogs<'a> {
    /// Reads them in the order of the inputs.
    pub fn read(opened: &'a [OpenedFile]) -> KeyLogs<'a> {
        let mut read = KeyLogs { sessions: Sessions::default(), logs: Vec::new() };
        for file in opened.iter().filter(|file| matches!(file.nature, Nature::KeyLog)) {
            let mut log = KeyLog::default();
            let input = BufReader::new(file.content.reader());
            let broken = log.read(input, &mut read.sessions).err().map(|error| error.to_string());
            read.logs.push((file, log, broken));
        }
        read
    }

    /// What the report says of them, once it is known which sessions were found.
    pub fn told(self, found: &BTreeSet<SessionNumber>) -> Partial {
        let mut partial = Partial::default();
        for (file, log, broken) in self.logs {
            let mut summary =
                InputSummary::new(&file.found.name, InputKind::KeyLog, "keylog", file.found.bytes);
            summary.records = log.sessions.len() as u64;
            summary.skipped = log.bad_lines.saturating_add(log.beyond);
            let known = log.sessions.intersection(found).count() as u64;
            summary.warnings.push(format!(
                "TLS sessions: {}, found in the captures: {}. It is a secret: whoever has it and a capture reads all that was said",
                thousands(summary.records),
                thousands(known)
            ));
            if log.beyond > 0 {
                let beyond = thousands(log.beyond);
                summary.warnings.push(format!("secrets of more sessions than are kept: {beyond}"));
            }
            if log.bad_lines > 0 {
                let bad = thousands(log.bad_lines);
                summary.warnings.push(format!("lines that are none of a key log: {bad}"));
            }
            summary.warnings.extend(broken.map(|why| format!("it breaks off: {why}")));
            partial.inputs.insert(file.input, summary);
        }
        partial
    }
}
