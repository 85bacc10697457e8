//! What people save by hand of a single answer: the edge's error page, and what curl printed. Each is read into entries as a browser's
//! file has them, since both are what a visitor saw.

use crate::har::curl::{self, SavedAnswers};
use crate::har::error_page;

/// A saved answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// The edge's error page: HTML, problem JSON, Markdown or `error code: 1016`.
    ErrorPage,
    /// The output of `curl -v`, `-i` or `-I`, with or without `--trace-time`.
    Curl,
}

impl Saved {
    /// What a text is, by its first bytes; `None` where it is neither.
    pub fn recognise(head: &[u8]) -> Option<Saved> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if error_page::is_page(text) {
            Some(Saved::ErrorPage)
        } else {
            curl::is_output(text).then_some(Saved::Curl)
        }
    }

    /// Its name in the report.
    pub fn id(self) -> &'static str {
        match self {
            Saved::ErrorPage => "error_page",
            Saved::Curl => "curl",
        }
    }

    /// Reads it.
    pub fn read(self, bytes: &[u8]) -> SavedAnswers {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match self {
            Saved::ErrorPage => {
                SavedAnswers { entries: error_page::saved(text).into_iter().collect(), notes: Vec::new() }
            }
            Saved::Curl => curl::read(text),
        }
    }
}
