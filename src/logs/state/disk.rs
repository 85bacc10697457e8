//! File systems by df(1), also with `-h`, `-T`, `-i` and `-P`. One is full where all of it is used and nothing is available: a share alone is
//! rounded up. What is always full (images of packages, discs) or lives in memory is passed over.

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;

/// File systems and types that are full by nature, or no disk.
const NO_DISK: [&str; 12] = [
    "cgroup", "devtmpfs", "efivarfs", "iso9660", "none", "overlay", "proc", "shm", "squashfs", "sysfs",
    "tmpfs", "udev",
];

/// Whether it is `df`.
pub fn fits(head: &str) -> bool {
    telling_lines(head)
        .next()
        .is_some_and(|(_, line)| line.starts_with("Filesystem ") && line.ends_with("Mounted on"))
}

/// Reads the file systems.
pub fn read(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut lines = telling_lines(text);
    let counts_inodes = lines.next().is_some_and(|(_, heading)| heading.contains("IUse%"));
    for (number, line) in lines {
        let Some(system) = FileSystem::of(line) else { continue };
        document.records += 1;
        if system.is_full() {
            let lacks = if counts_inodes { "inodes" } else { "room" };
            let FileSystem { name, mounted_on, .. } = system;
            let text = format!("df: {mounted_on} ({name}) has no {lacks} left when this was written down");
            document.faults.push((number, MessageLine::of(text.as_bytes(), Some(Program::Kernel))));
        }
    }
    document
}

struct FileSystem<'a> {
    name: &'a str,
    kind: Option<&'a str>,
    available: &'a str,
    used: &'a str,
    mounted_on: &'a str,
}

impl<'a> FileSystem<'a> {
    /// `NAME [TYPE] SIZE USED AVAILABLE USE% MOUNTED ON`; `None` for a line that is broken because its name is long.
    fn of(line: &'a str) -> Option<FileSystem<'a>> {
        let (name, rest) = line.split_once(char::is_whitespace)?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        let at = words.iter().position(|word| word.ends_with('%'))?;
        let used = words.get(at).copied()?;
        let available = words.get(at.checked_sub(1)?).copied()?;
        let mounted_on = rest.split_once(used).map(|(_, path)| path.trim())?;
        let kind = words.first().copied().filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
        Some(FileSystem { name, kind, available, used, mounted_on })
    }

    fn is_full(&self) -> bool {
        let of_disk = !NO_DISK.contains(&self.name)
            && !self.kind.is_some_and(|kind| NO_DISK.contains(&kind))
            && !self.name.starts_with("/dev/loop")
            && !self.name.starts_with("/dev/sr");
        of_disk
            && self.used == "100%"
            && self.available.trim_end_matches(|c: char| c.is_ascii_alphabetic()) == "0"
    }
}
