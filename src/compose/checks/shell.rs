//! How a command for a POSIX shell gets at an input: quoted, inflated, or out of an archive.

/// An input as a command gets at it.
pub struct PackedInput {
    /// The program before it that hands it the bytes; none where it opens the file itself.
    from: Option<String>,
    /// The file, quoted.
    file: String,
}

impl PackedInput {
    /// An input by its name in the report; `None` where no command can name it: standard input, bytes that cannot be printed, a member of an
    /// archive in an archive.
    pub fn of(name: &str) -> Option<PackedInput> {
        if name == "-" || name.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
            return None;
        }
        let parts: Vec<&str> = name.split("!/").collect();
        let (file, member) = match parts[..] {
            [file] => (file, None),
            [archive, member] => (archive, Some(member)),
            _ => return None,
        };
        let file = quoted(file);
        let from = match member {
            Some(member) => {
                let whole = if has_ending(parts[0], &["zip"]) { "unzip -p" } else { "tar -xOf" };
                let inflating = inflater(member).map_or(String::new(), |program| format!(" | {program}"));
                Some(format!("{whole} {file} {}{inflating}", quoted(member)))
            }
            None => inflater(parts[0]).map(|program| format!("{program} {file}")),
        };
        Some(PackedInput { from, file })
    }

    /// A program that reads lines from a file that is named last, or from its standard input.
    pub fn to_filter(&self, filter: &str) -> String {
        match &self.from {
            Some(from) => format!("{from} | {filter}"),
            None => format!("{filter} {}", self.file),
        }
    }

    /// tshark over a capture; it inflates gzip itself.
    pub fn to_tshark(&self, arguments: &str) -> String {
        match &self.from {
            Some(from) if !from.starts_with("gzip") => format!("{from} | tshark -r - {arguments}"),
            _ => format!("tshark -r {} {arguments}", self.file),
        }
    }

    /// The file's name for an option that takes one; `None` where it would have to be unpacked first.
    pub fn as_argument(&self) -> Option<&str> {
        self.from.is_none().then_some(self.file.as_str())
    }
}

/// The program that inflates a file of this name to its standard output.
fn inflater(name: &str) -> Option<&'static str> {
    const PROGRAMS: [(&[&str], &str); 5] = [
        (&["gz"], "gzip -dc"),
        (&["xz"], "xz -dc"),
        (&["zst", "zstd"], "zstd -dcq"),
        (&["bz2"], "bzip2 -dc"),
        (&["lz4"], "lz4 -dcq"),
    ];
    PROGRAMS.iter().find(|(endings, _)| has_ending(name, endings)).map(|(_, program)| *program)
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// A word that a POSIX shell takes as it is (XCU 2.2.2), and no program takes for an option.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/+:,@%".contains(c);
    let guarded = if word.starts_with('-') { format!("./{word}") } else { word.to_owned() };
    if !guarded.is_empty() && guarded.chars().all(is_plain) {
        guarded
    } else {
        format!("'{}'", guarded.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_read_whatever_its_name_and_its_packing() {
        let filter = |name: &str| PackedInput::of(name).map(|reading| reading.to_filter("grep -c x"));
        for (name, command) in [
            ("origin/error.log", "grep -c x origin/error.log"),
            ("error.log.2.gz", "gzip -dc error.log.2.gz | grep -c x"),
            ("a b/it's.log", r"grep -c x 'a b/it'\''s.log'"),
            ("-n.log", "grep -c x ./-n.log"),
            ("logs.tar.xz!/var/error.log", "tar -xOf logs.tar.xz var/error.log | grep -c x"),
            ("logs.zip!/error.log.gz", "unzip -p logs.zip error.log.gz | gzip -dc | grep -c x"),
        ] {
            assert_eq!(filter(name).as_deref(), Some(command));
        }
        for name in ["-", "a\nb", "a.tar!/b.tar!/c", "a\u{fffd}b"] {
            assert_eq!(filter(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_capture_is_read_by_tshark_whatever_packs_it() {
        let tshark = |name: &str| PackedInput::of(name).map(|reading| reading.to_tshark("-q"));
        assert_eq!(tshark("cap.pcap00.gz").as_deref(), Some("tshark -r cap.pcap00.gz -q"));
        assert_eq!(tshark("cap.pcap.zst").as_deref(), Some("zstd -dcq cap.pcap.zst | tshark -r - -q"));
    }
}
