//! The further looks at the logs where something names no ray: first at all that may compete (`unnamed`), then, where a log has very many
//! lines that ask for what failed, at those near the failing requests (`crowded`).

use rayon::prelude::*;

use super::crowded;
use super::log::LogFile;
use super::opened::{Nature, OpenedFile};
use super::unnamed::{self, FailingTimes, LookFor};
use crate::evidence::partial::Partial;
use crate::evidence::rough_offset::RoughOffsets;
use crate::logs::recognise;

/// Where there are logs of the edge, and access logs that name no rays or messages that name what was asked, looks at these once more.
pub(super) fn look_without_rays(
    partial: Partial,
    edge: &[&OpenedFile],
    access: &[&OpenedFile],
    host: Option<&str>,
) -> Partial {
    if edge.is_empty() {
        return partial;
    }
    let lacks_rays = |file: &&&OpenedFile| {
        let Nature::Log(format) = &file.nature else { return false };
        partial.crowded.contains_key(&file.input)
            || unnamed::names_no_rays(format, &file.content.head(recognise::HEAD))
    };
    let without: Vec<&OpenedFile> = access.par_iter().filter(lacks_rays).copied().collect();
    let wanted = if without.is_empty() { LookFor::Messages } else { LookFor::Lines };
    let failing = FailingTimes::of(&partial, wanted);
    if wanted == LookFor::Messages && failing.is_empty() {
        return partial;
    }
    let files: Vec<&OpenedFile> = edge.iter().chain(&without).copied().collect();
    let look = |log: &LogFile<'_>| unnamed::look(log, &failing, wanted, host);
    let partial = partial.merge(at_all(&files, look));
    let (crowded, keys) = (&partial.crowded, &partial.keys);
    let look = |log: &LogFile<'_>| {
        let Some(crowded) = crowded.get(&log.input) else { return Partial::default() };
        crowded::look(log, crowded, &RoughOffsets::of(keys, log.input), &failing, host)
    };
    let near = at_all(&without, look);
    partial.merge(near)
}

fn at_all(files: &[&OpenedFile], look: impl Fn(&LogFile<'_>) -> Partial + Sync) -> Partial {
    let looked = files.par_iter().map(|file| {
        let Nature::Log(format) = &file.nature else { return Partial::default() };
        let (found, content) = (&file.found, &file.content);
        look(&LogFile { input: file.input, name: &found.name, bytes: found.bytes, content, format })
    });
    looked.reduce(Partial::default, Partial::merge)
}
