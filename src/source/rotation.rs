//! Names of rotated captures: `cap.pcap0, cap.pcap1 …` (tcpdump -C), `cap_00001_20260101120000.pcap` (dumpcap),
//! `cap-2026-01-01-12:00:00.pcap` (tcpdump -G) are parts of one capture.

use std::collections::BTreeMap;

use crate::time::Time;

/// Endings that the names of compressed parts have. Only the name matters here: whether a file is compressed, its first bytes show.
const PACKED: &[&str] = &[".gz", ".zst", ".xz", ".bz2", ".lz4"];
/// How many numbers of a name are looked at: enough for that of a host, those of a date and a time, and a counter.
const MOST_NUMBERS: usize = 12;

/// Sets of captures, by their indices, that may be the parts of one rotated capture, judged by their names and the times of their first
/// packets. Each set is in the order of time. Whether a part really goes on where the one before it ends is known only when that one has
/// been read.
pub fn candidates(captures: &[(&str, Option<Time>)]) -> Vec<Vec<usize>> {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, (name, _)) in captures.iter().enumerate() {
        by_key.entry(key(name)).or_default().push(index);
    }
    let mut sets = Vec::new();
    for mut parts in by_key.into_values() {
        parts.sort_by_key(|&index| (captures[index].1, index));
        apart(parts, captures, &mut sets);
    }
    sets
}

/// What the parts of one rotated capture have in common: the folder, and the name without its digits, without what separates them, and
/// without the ending of a compressed file.
fn key(name: &str) -> String {
    let (folder, file) = folder_and_file(name);
    let stem: String =
        file.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, '-' | '_' | ':' | 'T' | 'Z')).collect();
    // logrotate's `access.log.1`; its `access.log-20260101` has lost the hyphen already.
    format!("{folder}/{}", stem.trim_end_matches('.'))
}

fn folder_and_file(name: &str) -> (&str, &str) {
    let name = PACKED.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    name.rsplit_once('/').unwrap_or(("", name))
}

/// The numbers in a file's name, as text.
fn numbers(name: &str) -> impl Iterator<Item = &str> {
    folder_and_file(name).1.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty())
}

/// Takes apart captures that have the same key and are not parts of one capture: `web1.pcap0, web1.pcap1 …` and `web2.pcap0 …` are two
/// rings that were written side by side. Names that begin with a date also fall into groups, but those groups follow each other.
fn apart(parts: Vec<usize>, captures: &[(&str, Option<Time>)], sets: &mut Vec<Vec<usize>>) {
    for leading in 1..=MOST_NUMBERS {
        let mut by_beginning: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
        for &index in &parts {
            by_beginning.entry(numbers(captures[index].0).take(leading).collect()).or_default().push(index);
        }
        if by_beginning.len() == parts.len() {
            break;
        }
        if side_by_side(by_beginning.values(), captures) {
            by_beginning.into_values().for_each(|ring| apart(ring, captures, sets));
            return;
        }
    }
    sets.push(parts);
}

/// Whether a part of one group begins between the parts of another. Each group is in the order of time.
fn side_by_side<'a>(groups: impl Iterator<Item = &'a Vec<usize>>, captures: &[(&str, Option<Time>)]) -> bool {
    let begins = |index: &usize| captures.get(*index).and_then(|(_, first)| *first);
    let mut spans: Vec<(Option<Time>, Option<Time>)> =
        groups.map(|group| (group.first().and_then(begins), group.last().and_then(begins))).collect();
    spans.sort_unstable();
    spans.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sets of captures that begin at these seconds, by their names.
    fn sets<'a>(captures: &[(&'a str, i64)]) -> Vec<Vec<&'a str>> {
        let timed: Vec<(&str, Option<Time>)> =
            captures.iter().map(|(name, second)| (*name, Some(Time::from_seconds(*second, 0)))).collect();
        candidates(&timed)
            .into_iter()
            .map(|set| set.into_iter().map(|index| captures[index].0).collect())
            .collect()
    }

    fn one(names: &[&str]) -> bool {
        let timed: Vec<(&str, i64)> = names.iter().copied().zip(0..).collect();
        sets(&timed).len() == 1
    }

    #[test]
    fn parts_of_a_rotated_capture_are_known_and_others_are_not() {
        assert!(one(&["o/cap.pcap", "o/cap.pcap0.gz", "o/cap.pcap1.zst", "o/cap.pcap12"]));
        assert!(one(&["cap_00001_20260101120000.pcap", "cap_00002_20260101120500.pcap"]));
        assert!(one(&["cap-2026-01-01-12:00:00.pcap", "cap-2026-01-01-12:30:00.pcap"]));
        assert!(one(&["nginx/access.log.2.gz", "nginx/access.log.1", "nginx/access.log"]));
        assert!(one(&["nginx/access.log-20260101.gz", "nginx/access.log"]));
        assert!(!one(&["lb1/cap.pcap0", "lb2/cap.pcap0"]));
        assert!(!one(&["inside.pcap", "outside.pcap"]));
    }

    #[test]
    fn dates_in_names_do_not_take_a_capture_apart() {
        let hours = ["cap-12:00:00.pcap", "cap-12:30:00.pcap", "cap-13:00:00.pcap", "cap-13:30:00.pcap"];
        assert!(one(&hours));
    }

    #[test]
    fn a_ring_that_wrapped_is_one_capture_in_the_order_of_its_times() {
        let ring = [("cap.pcap0", 40), ("cap.pcap1", 50), ("cap.pcap2", 20), ("cap.pcap3", 30)];
        assert_eq!(sets(&ring), [["cap.pcap2", "cap.pcap3", "cap.pcap0", "cap.pcap1"]]);
    }

    #[test]
    fn rings_of_two_hosts_that_were_written_side_by_side_are_two_captures() {
        let rings = [("web1.pcap0", 20), ("web1.pcap1", 10), ("web2.pcap0", 21), ("web2.pcap1", 11)];
        assert_eq!(sets(&rings), [["web1.pcap1", "web1.pcap0"], ["web2.pcap1", "web2.pcap0"]]);
    }
}
