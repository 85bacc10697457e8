//! Names of inputs as a person reads them, whatever bytes the disk or the archive has.

use std::collections::BTreeSet;

/// A path as it is shown. Replaced are bytes that are not UTF-8, and characters that would move a terminal's cursor or change the
/// direction of its text. Empty parts and `.` are left out.
pub(super) fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let parts: Vec<String> = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .map(|part| part.chars().map(visible).collect())
        .collect();
    parts.join("/")
}

fn visible(c: char) -> char {
    // Marks that set the direction of text (Unicode UAX 9, 2.1 to 2.3 and 2.5) can make one name look like another.
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { char::REPLACEMENT_CHARACTER } else { c }
}

/// Makes equal names distinct: in the order in which they come, the first keeps its name and each further one gets a number, `a (2)`.
pub(super) fn make_distinct<'a>(names: impl Iterator<Item = &'a mut String>) {
    let mut taken = BTreeSet::new();
    let mut later = Vec::new();
    for name in names {
        if !taken.insert(name.clone()) {
            later.push(name);
        }
    }
    // A number that makes the name of another file is passed over: that file keeps its name. Equal names stand side by side, so that
    // each number is tried once.
    let (mut last, mut number) = (String::new(), 2u64);
    for name in later {
        if *name != last {
            (last, number) = (name.clone(), 2);
        }
        loop {
            let numbered = format!("{last} ({number})");
            number += 1;
            if taken.insert(numbered.clone()) {
                *name = numbered;
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_reach_the_terminal_or_a_folder_above() {
        assert_eq!(shown(b"/etc/./nginx//nginx.conf"), "etc/nginx/nginx.conf");
        assert_eq!(shown(b"../../x"), "../../x");
        assert_eq!(shown(b"a\x1b[31m\n.log"), "a\u{fffd}[31m\u{fffd}.log");
        assert_eq!(shown("a\u{202e}gol.b".as_bytes()), "a\u{fffd}gol.b");
        assert_eq!(shown(b"a\xff.log"), "a\u{fffd}.log");
    }

    #[test]
    fn files_of_one_name_stay_distinct_and_leave_other_names_alone() {
        let mut names = ["a", "a", "a", "a (2)", "b"].map(str::to_owned);
        make_distinct(names.iter_mut());
        assert_eq!(names, ["a", "a (3)", "a (4)", "a (2)", "b"]);
    }
}
