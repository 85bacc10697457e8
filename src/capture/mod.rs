//! Capture files: pcap and pcapng, from bytes to packets.
//!
//! Formats: pcap, draft-ietf-opsawg-pcap; pcapng, draft-ietf-opsawg-pcapng. pcap-parser reads the pcapng blocks beside the packets:
//! sections, interfaces, statistics, and their options. The walk over records and blocks, the way on behind damage and all clock
//! arithmetic are ours.

pub mod clock;
pub mod format;
mod legacy;
mod order;
mod packet;
mod pcapng;
pub mod reader;
mod resync;
pub mod stream;
pub mod summary;
mod walk;
mod walk_state;

pub use format::{CaptureFormat, NearMiss, near_miss, recognise};
pub use packet::Packet;
pub use reader::{Reader, WalkStep};
pub use stream::{read_block, read_slice, read_stream};
pub use summary::{CaptureDamage, Interface, Summary};
