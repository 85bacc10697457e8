//! Archives: their members become files of their own, whose bytes lie in the archive's map, in memory, or in the archive's stream.
//! A path within an archive is nothing but a name: it is never opened, followed or written to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::content::{Content, Stretch, Wrapping};
use super::held::{HeldBytes, Holding};
use super::inflate::most_inflated;
use super::name::shown;
use super::standing::{ArchiveStreams, StreamsOfArchives};
use super::{compression::Compression, tar, zip};

/// Members from this size on are large, and are not held: to inflate the archive again for one of them costs little beside reading it; to do
/// it for each of many small ones would cost the most.
const LARGE: u64 = 16 << 20;
/// Bytes that may have to be inflated again to reach the members that are not held, in all: this takes about a minute.
const INFLATED_AGAIN: u64 = 32 << 30;
/// Files of all archives together. An incident has some hundreds.
const MOST_MEMBERS: usize = 20_000;
/// Longer paths are cut: no system accepts them.
const LONGEST_PATH: usize = 4096;
/// An archive may lie in an archive, but no deeper.
pub(super) const DEEPEST: usize = 2;
/// Bytes that are read of a member at a time, and that are held of one that has to be inflated again.
const BLOCK: usize = 64 << 10;

/// The archives that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tar,
    Zip,
}

impl Kind {
    /// The kind of archive that a file's first bytes, inflated, show it to be.
    pub(super) fn of(content: &Content) -> Option<Kind> {
        let head = content.head(512);
        if zip::recognise(&head) {
            return Some(Kind::Zip);
        }
        tar::recognise(&head).then_some(Kind::Tar)
    }
}

/// What all archives of a run may use together.
pub(super) struct Budget {
    /// Bytes of memory for members, as they are or packed anew.
    held: u64,
    /// Of these, for members as they are.
    plain: u64,
    /// Bytes of memory for the first bytes of members that are not held.
    heads: u64,
    inflated_again: u64,
    members: usize,
    streams: StreamsOfArchives,
}

impl Budget {
    /// Archives whose members take so much memory together.
    pub(super) fn of(memory: u64) -> Budget {
        let heads = memory / 4;
        Budget {
            held: memory - heads,
            plain: memory / 4,
            heads,
            inflated_again: INFLATED_AGAIN,
            members: MOST_MEMBERS,
            streams: StreamsOfArchives::default(),
        }
    }
}

/// A file within an archive.
pub(super) struct Member {
    /// Its path as it stands in the archive.
    pub path: Vec<u8>,
    /// Its size.
    pub bytes: u64,
    /// Its bytes, or why they cannot be read.
    pub content: Result<Arc<Content>, String>,
}

/// What an archive holds.
#[derive(Default)]
pub(super) struct Opened {
    /// Its files, as they lie there.
    pub members: Vec<Member>,
    /// What a person should know about the archive.
    pub remarks: Vec<String>,
}

impl Opened {
    fn push(&mut self, mut path: Vec<u8>, bytes: u64, content: Result<Arc<Content>, String>) {
        path.truncate(LONGEST_PATH);
        self.members.push(Member { path, bytes, content });
    }
}

/// Opens an archive: a damaged one gives what came before the damage.
pub(super) fn open(archive: &Arc<Content>, kind: Kind, budget: &mut Budget) -> Opened {
    let mut opened = match kind {
        Kind::Tar => open_tar(archive, budget),
        Kind::Zip => open_zip(archive, budget),
    };
    drop_superseded(&mut opened);
    drop_reports(&mut opened);
    if opened.members.is_empty() && opened.remarks.is_empty() {
        opened.remarks.push("the archive holds no file".to_owned());
    }
    opened
}

fn open_tar(archive: &Arc<Content>, budget: &mut Budget) -> Opened {
    let mut opened = Opened::default();
    let damage = match archive.plain() {
        Some(plain) => each_of_tar(tar::Walk::new(plain), &mut opened, budget, |_, member, _| {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(plain.len());
            let range = place(member.start)..place(member.start.saturating_add(member.size));
            Ok(Content::slice(archive, range, None))
        }),
        None => {
            let (stream, streams) = (tar::Streamed(archive.reader()), budget.streams.of_next());
            each_of_tar(tar::Walk::new(stream), &mut opened, budget, |walk, member, budget| {
                take_from_stream(archive, walk, member, &streams, budget)
            })
        }
    };
    if let Err(error) = damage {
        let count = opened.members.len();
        let what = format!("the archive is damaged or cut short after its {count}. file: {error}");
        opened.remarks.push(what);
    }
    opened
}

fn each_of_tar<S: tar::Passing>(
    mut walk: tar::Walk<S>,
    opened: &mut Opened,
    budget: &mut Budget,
    mut take: impl FnMut(&mut tar::Walk<S>, &tar::TarMember, &mut Budget) -> Result<Content, String>,
) -> std::io::Result<()> {
    while let Some(member) = walk.next()? {
        if !budget.admits_member(opened) {
            break;
        }
        let content = if member.stored == tar::Stored::WithoutHoles {
            Err("it is stored with its holes left out (tar --sparse), which is not read: unpack it"
                .to_owned())
        } else {
            take(&mut walk, &member, budget).map(Arc::new)
        };
        opened.push(member.path, member.size, content);
    }
    Ok(())
}

/// Holds a member of a stream in memory while the budget allows it; otherwise notes only where in the stream it lies.
fn take_from_stream<S: tar::Passing>(
    archive: &Arc<Content>,
    walk: &mut tar::Walk<S>,
    member: &tar::TarMember,
    streams: &ArchiveStreams,
    budget: &mut Budget,
) -> Result<Content, String> {
    let mut stretch = Stretch { start: member.start, length: member.size, head: Vec::new(), digest: [0; 32] };
    let mut holding = (member.size <= LARGE).then(|| Holding::new(budget.plain, budget.held));
    let (mut digest, mut block, mut left) = (Sha256::new(), vec![0; BLOCK], member.size);
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        // The walk meets the damage next and reports it. The bytes before the damage belong to the member.
        let read = walk.read(block.get_mut(..wanted).unwrap_or_default()).unwrap_or(0);
        let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        left -= read as u64;
        if stretch.head.len() < BLOCK {
            stretch.head.extend_from_slice(bytes);
        }
        holding = holding.and_then(|mut holding| holding.take(bytes).is_ok().then_some(holding));
        digest.update(bytes);
    }
    if let Some(held) = holding.and_then(|holding| holding.finish().ok()) {
        budget.hold(&held);
        return Ok(Content::held(held));
    }
    stretch.head.truncate(BLOCK);
    budget
        .admit_stretch(archive.inflated_to_reach(stretch.start.saturating_add(stretch.length)), &stretch)?;
    stretch.digest = digest.finalize().into();
    Ok(Content::stretch(archive, stretch, streams.clone()))
}

fn open_zip(archive: &Arc<Content>, budget: &mut Budget) -> Opened {
    let mut opened = Opened::default();
    let Some(archive) = held(archive, budget, &mut opened) else { return opened };
    let raw = archive.raw().unwrap_or_default();
    let listing = zip::list(raw, budget.members.saturating_add(1));
    // Members may overlap, so that a small file inflates to a huge one: the limit holds for all of them together.
    let mut left = most_inflated(raw.len() as u64);
    for member in listing.members {
        if !budget.admits_member(&mut opened) {
            break;
        }
        let fits = left.checked_sub(if member.size == u64::MAX { 0 } else { member.size });
        let content = match (member.packed, fits) {
            (Err(why), _) => Err(why.to_owned()),
            (Ok(_), None) => {
                Err("the archive claims to hold more than 250 times its size: unpack it".to_owned())
            }
            (Ok(compression), Some(fits)) => {
                left = fits;
                let (size, checksum) = (member.size, member.checksum);
                let packed = compression != Compression::None;
                let wrapping = packed.then_some(Wrapping { compression, size, checksum });
                Ok(Arc::new(Content::slice(&archive, member.range.clone(), wrapping)))
            }
        };
        let bytes = if member.size == u64::MAX { member.range.len() as u64 } else { member.size };
        opened.push(member.path, bytes, content);
    }
    opened.remarks.extend(listing.damage.map(str::to_owned));
    opened
}

/// A zip archive is read from its end, so one that is itself packed has to be inflated into memory first.
fn held(archive: &Arc<Content>, budget: &mut Budget, opened: &mut Opened) -> Option<Arc<Content>> {
    if archive.plain().is_some() {
        return Some(archive.clone());
    }
    let mut bytes = Vec::new();
    let read = archive.reader().take(budget.held.saturating_add(1)).read_to_end(&mut bytes);
    if bytes.len() as u64 > budget.held {
        opened.remarks.push(
            "a zip archive that is packed itself and too large to be held: unpack it, or give more --memory"
                .to_owned(),
        );
        return None;
    }
    if let Err(error) = read {
        opened.remarks.push(format!("the archive is damaged or cut short: {error}"));
    }
    let held = HeldBytes::Plain(bytes);
    budget.hold(&held);
    Some(Arc::new(Content::held(held)))
}

impl Budget {
    fn hold(&mut self, held: &HeldBytes) {
        self.held = self.held.saturating_sub(held.memory());
        self.plain = self.plain.saturating_sub(held.plain().map_or(0, |plain| plain.len() as u64));
    }

    fn admits_member(&mut self, opened: &mut Opened) -> bool {
        match self.members.checked_sub(1) {
            Some(left) => {
                self.members = left;
                true
            }
            None => {
                let what = format!(
                    "archives with more than {MOST_MEMBERS} files are not read to their end: unpack them"
                );
                opened.remarks.push(what);
                false
            }
        }
    }

    /// Admits a member that is reached by inflating so many bytes each time that it is read.
    fn admit_stretch(&mut self, inflated: u64, stretch: &Stretch) -> Result<(), String> {
        let left =
            (self.inflated_again.checked_sub(inflated), self.heads.checked_sub(stretch.head.len() as u64));
        let (Some(inflated_again), Some(heads)) = left else {
            return Err(
                "it lies too deep in too large an archive: unpack it, or give more --memory".to_owned()
            );
        };
        (self.inflated_again, self.heads) = (inflated_again, heads);
        Ok(())
    }
}

/// Of several files with the same path only the last counts, as it would after unpacking.
fn drop_superseded(opened: &mut Opened) {
    let last: BTreeMap<Vec<u8>, usize> =
        opened.members.iter().enumerate().map(|(index, member)| (member.path.clone(), index)).collect();
    let mut dropped = BTreeMap::new();
    let mut index = 0;
    opened.members.retain(|member| {
        let is_last = last.get(&member.path) == Some(&index);
        index += 1;
        if !is_last {
            *dropped.entry(shown(&member.path)).or_insert(0u64) += 1;
        }
        is_last
    });
    if let Some(path) = dropped.keys().next() {
        let count: u64 = dropped.values().sum();
        opened.remarks.push(format!(
            "{count} files are followed by another of the same path ({path}), which counts alone"
        ));
    }
}

/// A report is never evidence for the next report, and neither is anything else in the same folder.
fn drop_reports(opened: &mut Opened) {
    let is_report = |member: &&Member| {
        let head = member.content.as_ref().map(|content| content.head(256)).unwrap_or_default();
        memchr::memmem::find(&head, b"\"rayscope.report/").is_some()
    };
    let reports: BTreeSet<Vec<u8>> = opened
        .members
        .iter()
        .filter_map(|member| Some((member.path.strip_suffix(b"report.json")?, member)))
        .filter(|(folder, member)| (folder.is_empty() || folder.ends_with(b"/")) && is_report(member))
        .map(|(folder, _)| folder.to_vec())
        .collect();
    if !reports.is_empty() {
        let folders = |path: &[u8]| {
            let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
            std::iter::once(0)
                .chain(slashes)
                .any(|end| path.get(..end).is_some_and(|folder| reports.contains(folder)))
        };
        opened.members.retain(|member| !folders(&member.path));
    }
}

#[cfg(test)]
mod tests;
