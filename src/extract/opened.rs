//! The files, opened, each with what it was found to be.

use std::sync::Arc;

use rayon::prelude::*;

use crate::capture::{CaptureFormat, NearMiss};
use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::har::Saved;
use crate::logs::recognise::{self, KnownFormats, TextContent};
use crate::logs::{AccessFormat, DocumentFormat, LogFormat};
use crate::memory::MemoryBudget;
use crate::source::{Content, FoundFile};

/// A file that is read.
pub struct OpenedFile {
    /// Its number.
    pub input: InputId,
    /// Where it was found.
    pub found: FoundFile,
    /// Its bytes.
    pub content: Arc<Content>,
    /// What it is.
    pub nature: Nature,
}

/// What a file was found to be.
pub enum Nature {
    /// Packets.
    Capture(CaptureFormat),
    /// Lines or records of requests, or messages.
    Log(LogFormat),
    /// What a browser recorded.
    Har,
    /// A single answer that was saved by hand.
    Saved(Saved),
    /// Secrets of TLS sessions.
    KeyLog,
    /// Taken as a whole: configuration, state, events.
    Document(DocumentFormat),
    /// Text that is not a log, such as a note for people: it is listed with the reason, and nobody is warned.
    Prose(String),
    /// Not read, with the reason.
    Ignored(String),
}

/// Opens and recognises every file. What one defines for others is read first: a configuration the formats of access logs, a header line
/// the columns of tables that have none. Of small files no more are held than the budget has room for.
pub fn open(
    found: Vec<FoundFile>,
    given: &[AccessFormat],
    memory: MemoryBudget,
) -> (Vec<OpenedFile>, Partial) {
    let mut partial = Partial::default();
    let mut contents: Vec<(InputId, FoundFile, Arc<Content>)> = Vec::new();
    let mut left = memory.small_files();
    for (id, file) in (0u32..).map(InputId).zip(found) {
        let same = file.same_as.as_ref().map(|first| format!("the same content as {first}: read once"));
        if let Some(why) = file.refused.clone().or(same) {
            ignore(&mut partial, id, &file, why);
            continue;
        }
        match file.open_within(left) {
            Err(error) => ignore(&mut partial, id, &file, format!("cannot be read: {error}")),
            Ok(content) => {
                left = left.saturating_sub(file.memory_beside(&content));
                contents.push((id, file, content));
            }
        }
    }
    // Heads are read again rather than kept: those of thousands of files are large together.
    let head = |content: &Content| content.head(recognise::HEAD);
    let alone: Vec<TextContent> =
        contents.par_iter().map(|(_, _, content)| recognise::recognise(&head(content))).collect();
    let mut formats = KnownFormats { access: given.to_vec(), ..KnownFormats::default() };
    for ((_, file, content), alone) in contents.iter().zip(&alone) {
        let document = match alone {
            TextContent::Document(format) => Some(*format),
            _ => None,
        };
        formats.learn(&file.name, &head(content), document);
    }
    let natures = contents.par_iter().zip(alone);
    let natures: Vec<Nature> =
        natures.map(|((_, _, content), alone)| nature(&head(content), alone, &formats)).collect();
    let mut opened = Vec::new();
    for ((input, found, content), nature) in contents.into_iter().zip(natures) {
        match nature {
            Nature::Ignored(why) => ignore(&mut partial, input, &found, why),
            Nature::Prose(why) => {
                ignore(&mut partial, input, &found, why);
                if let Some(summary) = partial.inputs.get_mut(&input) {
                    summary.format = "text".to_owned();
                }
            }
            nature => opened.push(OpenedFile { input, found, content, nature }),
        }
    }
    (opened, partial)
}

fn ignore(partial: &mut Partial, input: InputId, file: &FoundFile, why: String) {
    let mut summary = InputSummary::new(&file.name, InputKind::Ignored, "", file.bytes);
    summary.warnings.push(why);
    partial.inputs.insert(input, summary);
}

/// What a file is, by its first bytes. `alone`: what its text was found to be before anything was known of other files.
fn nature(head: &[u8], alone: TextContent, formats: &KnownFormats) -> Nature {
    if let Some(format) = crate::capture::recognise(head) {
        return Nature::Capture(format);
    }
    if let Some(NearMiss { name, help }) = crate::capture::near_miss(head) {
        return Nature::Ignored(format!("{name} is not read: {help}"));
    }
    // A browser's file quotes the pages that it was shown.
    if matches!(alone, TextContent::Har) {
        return Nature::Har;
    }
    if let Some(saved) = Saved::recognise(head) {
        return Nature::Saved(saved);
    }
    let recognised = if formats.is_empty() { alone } else { recognise::recognise_among(head, formats) };
    match recognised {
        TextContent::Log(format) => Nature::Log(format),
        TextContent::Har => Nature::Har,
        TextContent::KeyLog => Nature::KeyLog,
        TextContent::Document(format) => Nature::Document(format),
        TextContent::Text => Nature::Prose(recognised.refusal().unwrap_or_default().to_owned()),
        other => Nature::Ignored(other.refusal().unwrap_or("in no format that is known").to_owned()),
    }
}
