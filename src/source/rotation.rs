//! Names of rotated captures: `cap.pcap0, cap.pcap1 …` (tcpdump -C), `cap_00001_20260101120000.pcap` (dumpcap),
//! `cap-2026-01-01-12:00:00.pcap` (tcpdump -G) are parts of one capture.

/// What a compressed part is called behind its name; whether it is compressed is another matter.
const PACKED: &[&str] = &[".gz", ".zst", ".xz", ".bz2", ".lz4"];

/// What the parts of one rotated capture have in common: the folder and the name without its digits, its compression suffix
/// and what separates digits. Two captures of one key belong together only where their times follow each other.
pub fn key(name: &str) -> String {
    let name = PACKED.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let stem: String =
        file.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, '-' | '_' | ':' | 'T' | 'Z')).collect();
    format!("{folder}/{stem}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_rotated_capture_are_known_and_others_are_not() {
        let one = |names: &[&str]| names.iter().all(|name| key(name) == key(names[0]));
        assert!(one(&["o/cap.pcap", "o/cap.pcap0.gz", "o/cap.pcap1.zst", "o/cap.pcap12"]));
        assert!(one(&["cap_00001_20260101120000.pcap", "cap_00002_20260101120500.pcap"]));
        assert!(one(&["cap-2026-01-01-12:00:00.pcap", "cap-2026-01-01-12:05:00.pcap"]));
        assert!(!one(&["lb1/cap.pcap0", "lb2/cap.pcap0"]));
        assert!(!one(&["inside.pcap", "outside.pcap"]));
    }
}
