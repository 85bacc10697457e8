//! The values of a line whose columns are fixed: between separators, quoted where they hold one.

/// The values of a line; quoted ones may hold blanks, and quotes doubled. Several separators count as one.
pub struct Values<'a> {
    rest: &'a [u8],
    separator: u8,
}

impl<'a> Values<'a> {
    /// The values of a line between separators of this kind.
    pub fn of(line: &'a [u8], separator: u8) -> Values<'a> {
        Values { rest: line, separator }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(rest) =
            self.rest.strip_prefix(&[self.separator]).or_else(|| self.rest.strip_prefix(b" "))
        {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let Some(quoted) = self.rest.strip_prefix(b"\"") else {
            let end = memchr::memchr(self.separator, self.rest).unwrap_or(self.rest.len());
            let (value, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest;
            return Some(value);
        };
        let mut from = 0usize;
        loop {
            let end = match memchr::memchr(b'"', quoted.get(from..)?) {
                Some(found) => from.saturating_add(found),
                None => quoted.len(),
            };
            let after = quoted.get(end.saturating_add(1)..).unwrap_or_default();
            if after.first() == Some(&b'"') {
                from = end.saturating_add(2);
                continue;
            }
            self.rest = after;
            return quoted.get(..end);
        }
    }
}
