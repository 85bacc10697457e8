//! Every row of the inputs, healthy ones too, handed out in an order that is always the same. A diagnosis counts and forgets what went well; who
//! asks what share failed needs the others as well. It is a pass of its own over the inputs, behind the one that diagnoses, so that
//! this one costs nothing where nobody asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::capture::{self, CaptureFile, CaptureWanted};
use super::capture_sets::{CaptureSet, capture_sets};
use super::inputs::{Extraction, Inputs};
use super::key_logs::KeyLogs;
use super::log::{self, LogFile};
use super::opened::Nature;
use super::reference::reference;
use super::row_taker::RowTaker;
use super::set_reading;
use crate::error::Result;
use crate::evidence::interest::Interest;
use crate::evidence::{InputId, InputSummary};
use crate::logs::LogKind;

impl Inputs {
    /// Hands out every row; `summaries` is what was found out of the inputs before.
    ///
    /// # Errors
    /// That of the taker.
    pub fn every_row(
        &self,
        extraction: &Extraction,
        summaries: &BTreeMap<InputId, InputSummary>,
        taker: &mut dyn RowTaker,
    ) -> Result<()> {
        // Run inside the pool: from outside, every batch of a capture would have to be handed in and waited for.
        rayon::scope(|_| {
            let captures = capture_sets(&self.opened);
            self.every_line(extraction, summaries, &captures, taker)?;
            self.every_packet(extraction, captures, taker)
        })
    }

    fn every_line(
        &self,
        extraction: &Extraction,
        summaries: &BTreeMap<InputId, InputSummary>,
        captures: &[CaptureSet<'_>],
        taker: &mut dyn RowTaker,
    ) -> Result<()> {
        let near = |kind| reference(kind, summaries, &self.opened, captures);
        let (of_requests, of_messages) = (near(LogKind::AccessLog), near(LogKind::ErrorLog));
        for file in &self.opened {
            let Nature::Log(format) = &file.nature else { continue };
            let (input, content) = (file.input, &file.content);
            let log = LogFile { input, name: &file.found.name, bytes: file.found.bytes, content, format };
            let reference = match format.kind() {
                LogKind::EdgeLog => None,
                LogKind::AccessLog => of_requests,
                LogKind::ErrorLog | LogKind::SystemLog => of_messages,
            };
            log::every_line(&log, extraction.host.as_deref(), reference, taker)?;
        }
        Ok(())
    }

    fn every_packet(
        &self,
        extraction: &Extraction,
        mut sets: Vec<CaptureSet<'_>>,
        taker: &mut dyn RowTaker,
    ) -> Result<()> {
        let keys = KeyLogs::read(&self.opened);
        let wanted = CaptureWanted {
            ranges: &extraction.ranges,
            profile: &extraction.profile,
            interest: &Interest::default(),
            sessions: &Arc::clone(&keys.sessions),
            host: extraction.host.as_deref(),
            memory: extraction.memory,
        };
        sets.sort_by_key(|set| set.iter().map(|(file, _)| file.input).min());
        for set in &sets {
            let files: Vec<CaptureFile<'_>> = capture::files(set);
            set_reading::every_row(&files, &wanted, taker)?;
        }
        Ok(())
    }
}
