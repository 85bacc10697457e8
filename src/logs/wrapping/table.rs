//! A log that a store exported as a table (Kibana's and Splunk's CSV, CloudWatch Logs Insights, Datadog): the header line names the column that
//! has the line, and maybe one that says when it was taken (RFC 4180).

use std::borrow::Cow;

use crate::text::table::{cells, instant};
use crate::text::timestamp::Stamp;

/// Names of the column that has the line.
const LINE: [&str; 8] = ["message", "@message", "_raw", "event.original", "log", "line", "body", "content"];
/// Names of the column that says when it was taken.
const TIME: [&str; 7] = ["@timestamp", "timestamp", "_time", "time", "date", "datetime", "@ingestiontime"];

/// Where the line and its instant stand, as the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableColumns {
    delimiter: u8,
    line: usize,
    time: Option<usize>,
}

impl TableColumns {
    /// What a header line says; `None` where it names no column of lines, or no other beside it.
    pub fn of_header(header: &[u8]) -> Option<TableColumns> {
        [b',', b'\t', b';'].into_iter().find_map(|delimiter| {
            let names: Vec<String> = cells(header, delimiter)
                .map(|cell| String::from_utf8_lossy(&cell).trim().to_ascii_lowercase())
                .collect();
            let at =
                |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|own| own == name));
            (names.len() >= 2).then_some(())?;
            Some(TableColumns { delimiter, line: at(&LINE)?, time: at(&TIME) })
        })
    }

    /// The line in a row, and when it was taken; `None` where the row is too short.
    pub fn taken<'a>(&self, row: &'a [u8]) -> Option<(Cow<'a, [u8]>, Option<Stamp>)> {
        let (mut line, mut time) = (None, None);
        for (at, cell) in cells(row, self.delimiter).enumerate() {
            if Some(at) == self.time {
                time = instant(&cell);
            }
            if at == self.line {
                line = Some(cell);
            }
        }
        Some((line?, time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn the_header_says_where_the_line_stands() {
        let columns = TableColumns::of_header(br#""@timestamp","host.name",message"#).unwrap();
        let row = br#"2026-11-17T08:01:01Z,"a,b","say ""hi"", twice""#;
        let (line, stamp) = columns.taken(row).unwrap();
        assert_eq!(&*line, br#"say "hi", twice"#);
        assert_eq!(stamp.map(|stamp| stamp.time), Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert_eq!(columns.taken(b"2026-11-17T08:01:01Z,b"), None);
        assert_eq!(TableColumns::of_header(b"message"), None);
        assert_eq!(TableColumns::of_header(b"a,b,c"), None);
    }
}
