//! Where evidence comes from: files found under the given paths, mapped or inflated, and put in order.

pub mod content;
pub mod discover;
pub mod rotation;

pub use content::{Compression, Content, Damage};
pub use discover::{Found, discover};
