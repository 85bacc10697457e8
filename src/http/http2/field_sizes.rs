//! The sizes of a head's fields after decompression.
//!
//! Each counts what its line would in HTTP/1, `name: value` with its line end, since limits on the size of heads mean about that.

use crate::http::conform::{LARGEST_COOKIES, LARGEST_LINES, ReadHeader, TOLD_FROM, lower_text, text};
use crate::http::exchange::{HeadSizes, HeaderSize};

/// What a line has beside name and value: a colon, a blank and its line end.
const OF_LINE: u64 = 4;
/// Bytes of a name that are kept.
const NAME: usize = 128;

/// Sizes so far.
#[derive(Debug, Default)]
pub(super) struct FieldSizes {
    head: HeadSizes,
}

impl FieldSizes {
    /// A field of so many bytes in name and value.
    pub fn count(&mut self, bytes: usize) {
        self.head.bytes = self.head.bytes.saturating_add(bytes as u64 + OF_LINE);
        self.head.lines = self.head.lines.saturating_add(1);
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.head.bytes
    }

    /// Fields so far.
    pub fn lines(&self) -> u32 {
        self.head.lines
    }

    /// Keeps the size of a large field, and of large cookies in it.
    #[inline]
    pub fn measure(&mut self, name: &[u8], value: &[u8], field: Option<ReadHeader>) {
        let size = (name.len() + value.len()) as u64 + OF_LINE;
        if size < TOLD_FROM {
            return;
        }
        offer(self.head.largest.to_mut(), LARGEST_LINES, size, || lower_text(name, NAME));
        let cookies = &mut self.head.cookies;
        match field {
            Some(ReadHeader::Cookie) => value.split(|byte| *byte == b';').for_each(|pair| {
                let pair = pair.trim_ascii_start();
                offer(cookies.to_mut(), LARGEST_COOKIES, pair.len() as u64, || cookie_name(pair));
            }),
            Some(ReadHeader::SetCookie) => {
                offer(cookies.to_mut(), LARGEST_COOKIES, value.len() as u64, || cookie_name(value));
            }
            _ => {}
        }
    }

    /// The head's sizes.
    pub fn into_head(self) -> HeadSizes {
        self.head
    }
}

fn cookie_name(pair: &[u8]) -> String {
    let end = pair.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(pair.len());
    text(&pair[..end], NAME)
}

/// Keeps the largest, biggest first, ties in their order.
fn offer(list: &mut Vec<HeaderSize>, most: usize, bytes: u64, name: impl FnOnce() -> String) {
    let place = list.partition_point(|known| known.bytes >= bytes);
    if bytes >= TOLD_FROM && place < most {
        list.insert(place, HeaderSize { name: name(), bytes });
        list.truncate(most);
    }
}
