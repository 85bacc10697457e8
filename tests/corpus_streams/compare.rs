//! One stream, ours beside Wireshark's.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::ours::{Sent, Stream};
use super::tables::{Followed, Side, Special};

/// How our stream differs, if it does.
pub fn difference(followed: &Followed, ours: Option<&Stream>) -> Option<String> {
    let Some(ours) = ours else { return Some("no such stream".to_owned()) };
    let gaps_are_known = matches!(followed.special, Some(Special::Cut | Special::Lost));
    let told = followed.sides.iter().filter_map(|side| {
        let difference = match ours.sent.get(&side.end) {
            Some(sent) => of_side(side, sent, gaps_are_known)?,
            None => "another connection".to_owned(),
        };
        Some(format!("{}: {difference}", side.end))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// How what one end sent differs, with as much as can be told from a length and a hash.
fn of_side(side: &Side, sent: &Sent, gaps_are_known: bool) -> Option<String> {
    let (read, bytes) = (sent.data.len(), side.bytes);
    let is_side = |data: &[u8]| data.len() == bytes && (bytes == 0 || sha256(data) == side.sha256);
    if is_side(&sent.data) {
        let unknown = sent.missing > 0 && !gaps_are_known;
        return unknown.then(|| format!("its {bytes} bytes, and {} missing", sent.missing));
    }
    let before = read.saturating_sub(bytes);
    if bytes > 0 && before > 0 && is_side(&sent.data[before..]) {
        return Some(format!("its {bytes} bytes, and {before} before them"));
    }
    if read == bytes {
        return Some("other bytes".to_owned());
    }
    Some(format!("{read} of {bytes} bytes"))
}

fn sha256(data: &[u8]) -> String {
    Sha256::digest(data).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string");
        text
    })
}
