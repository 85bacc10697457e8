//! Capture files: pcap and pcapng, from bytes to packets.
//!
//! The walk over records and blocks and all clock arithmetic are our own (formats: pcap, draft-ietf-opsawg-pcap;
//! pcapng, draft-ietf-opsawg-pcapng). Framing is never the bottleneck, so what counts is that damage is named and survived.

pub mod clock;
pub mod format;
mod legacy;
mod order;
mod pcapng;
pub mod reader;
mod resync;
pub mod stream;
pub mod summary;
mod walk;

pub use format::{CaptureFormat, NearMiss, near_miss, recognise};
pub use reader::{Damage, Packet, Reader, Step};
pub use stream::{read_block, read_slice, read_stream};
pub use summary::{Interface, Summary};
