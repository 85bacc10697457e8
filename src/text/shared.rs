//! Texts that come again and again: the names of hosts, of servers and of browsers, and error pages. Each is held once.

use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many different texts are known again. What comes later and is new is held by each that has it.
const MOST_KNOWN: usize = 4_096;
/// The same of bytes, which may be some kilobytes each.
const MOST_BYTES_KNOWN: usize = 256;

/// A text that may have several holders.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SharedText(Arc<str>);

/// Bytes that may have several holders. Where there are none, they take no more than a pointer.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct SharedBytes(Option<Arc<Vec<u8>>>);

/// The texts that are known already.
#[derive(Debug, Default)]
pub(crate) struct KnownTexts {
    texts: HashSet<SharedText>,
    bytes: HashSet<SharedBytes>,
}

impl SharedText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SharedBytes {
    /// Adds bytes. Other holders keep what they have.
    pub fn extend(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            Arc::make_mut(self.0.get_or_insert_default()).extend_from_slice(bytes);
        }
    }
}

impl KnownTexts {
    /// Makes a text the one that is known, where it is.
    pub fn share(&mut self, text: &mut SharedText) {
        match self.texts.get(text) {
            Some(known) => *text = known.clone(),
            None if self.texts.len() < MOST_KNOWN => {
                self.texts.insert(text.clone());
            }
            None => {}
        }
    }

    /// The same of bytes, to which no more are added: where they are new, they have no room for any.
    pub fn share_bytes(&mut self, bytes: &mut SharedBytes) {
        if let Some(known) = self.bytes.get(bytes) {
            *bytes = known.clone();
            return;
        }
        let Some(new) = &mut bytes.0 else { return };
        Arc::make_mut(new).shrink_to_fit();
        if self.bytes.len() < MOST_BYTES_KNOWN {
            self.bytes.insert(bytes.clone());
        }
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for SharedBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SharedBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SharedBytes, D::Error> {
        let bytes = Vec::deserialize(deserializer)?;
        Ok(SharedBytes((!bytes.is_empty()).then(|| Arc::new(bytes))))
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> SharedText {
        SharedText(text.into())
    }
}

impl PartialEq<str> for SharedText {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_comes_again_is_held_once_and_only_so_many_are_known() {
        let mut known = KnownTexts::default();
        let [mut first, mut again] = [SharedText::from("shop.example"), SharedText::from("shop.example")];
        known.share(&mut first);
        known.share(&mut again);
        assert!(Arc::ptr_eq(&first.0, &again.0));
        for number in 0..2 * MOST_KNOWN {
            known.share(&mut SharedText::from(number.to_string().as_str()));
        }
        assert_eq!(known.texts.len(), MOST_KNOWN);
    }

    #[test]
    fn bytes_that_come_again_are_held_once_until_some_are_added() {
        let mut known = KnownTexts::default();
        let [mut first, mut again] = [SharedBytes::default(), SharedBytes::default()];
        first.extend(b"502 Bad ");
        first.extend(b"Gateway");
        again.extend(b"502 Bad Gateway");
        known.share_bytes(&mut first);
        known.share_bytes(&mut again);
        assert!(first.0.as_ref().zip(again.0.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b)));
        again.extend(b"!");
        assert_eq!((&*first, &*again), (b"502 Bad Gateway".as_slice(), b"502 Bad Gateway!".as_slice()));
        let written = rmp_serde::to_vec(&first).unwrap();
        assert_eq!(written, rmp_serde::to_vec(&b"502 Bad Gateway".to_vec()).unwrap());
        assert_eq!(rmp_serde::from_slice::<SharedBytes>(&written).unwrap(), first);
    }
}
