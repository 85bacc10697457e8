//! Texts that come again and again: the names of hosts, of servers and of browsers. Each is held once.

use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// So many different texts are known again. What comes later and is new is held by each that has it.
const MOST_KNOWN: usize = 4_096;

/// A text that may have several holders.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SharedText(Arc<str>);

/// The texts that are known already.
#[derive(Debug, Default)]
pub(crate) struct KnownTexts(HashSet<SharedText>);

impl SharedText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl KnownTexts {
    /// Makes a text the one that is known, where it is.
    pub fn share(&mut self, text: &mut SharedText) {
        match self.0.get(text) {
            Some(known) => *text = known.clone(),
            None if self.0.len() < MOST_KNOWN => {
                self.0.insert(text.clone());
            }
            None => {}
        }
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
        assert_eq!(known.0.len(), MOST_KNOWN);
    }
}
