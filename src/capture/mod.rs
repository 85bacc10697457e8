//! Capture files: pcap and pcapng, from bytes to packets.
//!
//! Formats: pcap, draft-ietf-opsawg-pcap; pcapng, draft-ietf-opsawg-pcapng. pcap-parser reads the pcapng blocks beside the packets:
//! sections, interfaces, statistics, and their options. The walk over records and blocks, the way on behind damage and all clock
//! arithmetic are ours.

pub mod clock;
pub(crate) mod format;
mod legacy;
mod order;
mod packet;
mod pcapng;
pub(crate) mod reader;
mod resync;
pub(crate) mod stream;
pub(crate) mod summary;
mod walk;
mod walk_state;

pub use format::{CaptureFormat, NearMiss, near_miss, recognise};
pub use packet::Packet;
pub use reader::Reader;
pub use stream::{read_block, read_slice, read_stream};
pub use summary::Summary;
