//! Files of sections: `[name]`, then `key = value`.

use crate::logs::document::{DocumentContent, key_and_value};
use crate::logs::row::{ConfiguredProgram, Setting};

/// Reads such a file; `;` and `#` begin a comment. Of the keys only those that are `quoted` are kept.
pub fn read(text: &str, program: ConfiguredProgram, quoted: &[&str]) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut section: Option<&str> = None;
    for (number, line) in (1u64..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = Some(name);
        } else if let Some((key, value)) = key_and_value(line, '=') {
            document.records += 1;
            if quoted.contains(&key) {
                document.settings.push(Setting::new(number, program, section, key, value));
            }
        }
    }
    document
}

/// Whether the text begins a section, and most lines are sections or settings.
pub fn fits(head: &str, section: impl Fn(&str) -> bool, key: impl Fn(&str) -> bool) -> bool {
    let mut begun = false;
    let mut known = 0usize;
    let mut other = 0usize;
    for line in
        head.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with([';', '#'])).take(400)
    {
        let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        begun |= name.is_some_and(&section);
        match key_and_value(line, '=') {
            Some((name, _)) if key(name) => known += 1,
            Some(_) => {}
            None => other += usize::from(name.is_none()),
        }
    }
    begun && known >= 1 && other <= known
}
