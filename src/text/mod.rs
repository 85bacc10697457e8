//! The ground under every room that reads or writes text. Reading: [`line`](mod@line) (cutting, and the text that is kept), `number`,
//! `address`, `host`, `quote`, `timestamp`, the `minute` of the last one, the `zone` of a log, and the `clock` that places lines without a
//! date, `json` scalars, the rows of a `table`, `proxy_header`, the `colours` of a console; what is `expected` of a line; which parts of it are `secrets`; what
//! comes often and is `shared`.
//! Writing: the `words` in which people are told of figures, `base16`, `base64`.
//!
//! What reads does so by hand, never panics on any input, and knows no format of log, HAR or packet.

pub(crate) mod address;
pub(crate) mod base16;
pub(crate) mod base64;
pub(crate) mod clock;
pub(crate) mod colours;
pub(crate) mod expected;
pub(crate) mod host;
pub(crate) mod json;
pub mod line;
pub(crate) mod minute;
pub(crate) mod number;
pub(crate) mod proxy_header;
pub(crate) mod quote;
pub(crate) mod scan;
pub(crate) mod secrets;
pub mod shared;
pub(crate) mod table;
pub(crate) mod timestamp;
pub(crate) mod words;
pub(crate) mod zone;
