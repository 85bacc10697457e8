//! Redaction of values, as the report is built: addresses of visitors, query values, credentials and user names become pseudonyms or
//! disappear; names and sizes stay. A text comes into the model through a [`Redactor`] or is the program's own, so that no place can be
//! forgotten, and nothing of it can fail. What a secret looks like stands in `text::secrets`, by the kind of text.

mod addresses;
mod text;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;

pub use text::ReportText;

use crate::text::secrets;

/// A query without `=` is a value itself, unless it is as short as a flag.
const BARE_VALUE: usize = 25;

/// The most addresses that get a pseudonym of their own: memory does not grow with a log. All others share that of the number 0.
const MOST_PSEUDONYMS: usize = 1 << 20;

/// Whether personal data and secrets of the evidence may stand in what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// They become pseudonyms or disappear.
    On,
    /// Every value stays as it was found, and the report says so.
    Off,
}

impl Redaction {
    /// A request target or a URL that becomes part of a sentence: all of its query's values are cut, whatever they hold.
    pub fn target(self, target: &str) -> Cow<'_, str> {
        match self {
            Redaction::On => cut(target, secrets::in_target(target, BARE_VALUE)),
            Redaction::Off => Cow::Borrowed(target),
        }
    }

    /// A sentence, a line, a message with what it quotes: all that can be done for a text by itself, so that many can be made side by side.
    pub fn without_secrets(self, text: String) -> WithoutSecrets {
        let text = match self.line(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(cut) => cut,
        };
        WithoutSecrets { has_address: self == Redaction::On && addresses::is_in(&text), text }
    }

    /// The same of a request target or a URL by itself.
    pub fn target_without_secrets(self, target: &str) -> WithoutSecrets {
        self.without_secrets(self.target(target).into_owned())
    }

    /// A sentence, a line, a message, with the addresses that stand in it.
    fn line(self, text: &str) -> Cow<'_, str> {
        match self {
            Redaction::On => cut(text, secrets::in_line(text, BARE_VALUE)),
            Redaction::Off => Cow::Borrowed(text),
        }
    }
}

/// The text with `…` in the place of each secret.
fn cut(text: &str, mut secrets: Vec<Range<usize>>) -> Cow<'_, str> {
    secrets.retain(|secret| !secret.is_empty());
    secrets::replaced(text, &secrets, |_| "…".to_owned())
}

/// A text whose secrets are cut, under the policy of a run. Visitors have no pseudonyms yet.
pub struct WithoutSecrets {
    text: String,
    /// Whether an address may have to make way for a pseudonym.
    has_address: bool,
}

/// Makes texts of a report from what others wrote. Pseudonyms are ordinals in the order in which texts are made, never hashes, which can be
/// reversed: so texts are made one after the other, which the compiler holds (it cannot be shared among threads).
pub struct Redactor<'a> {
    redaction: Redaction,
    is_public: Box<dyn Fn(IpAddr) -> bool + Send + 'a>,
    pseudonyms: RefCell<BTreeMap<IpAddr, usize>>,
}

impl<'a> Redactor<'a> {
    /// Under the policy of a run; `is_public` says which addresses are nobody's own.
    pub fn new(redaction: Redaction, is_public: impl Fn(IpAddr) -> bool + Send + 'a) -> Redactor<'a> {
        Redactor { redaction, is_public: Box::new(is_public), pseudonyms: RefCell::default() }
    }

    /// The policy of the run.
    pub fn redaction(&self) -> Redaction {
        self.redaction
    }

    /// A sentence with what it quotes, a line, a message, the name of a file, a host or an address.
    pub fn text(&self, text: impl Into<String>) -> ReportText {
        self.finished(self.redaction.without_secrets(text.into()))
    }

    /// The same of a text that has no secrets any more.
    pub fn finished(&self, WithoutSecrets { text, has_address }: WithoutSecrets) -> ReportText {
        if !has_address {
            return ReportText::passed(text);
        }
        match self.without_visitors(Cow::Borrowed(&text), |address| self.ordinal(address)) {
            Cow::Borrowed(_) => ReportText::passed(text),
            Cow::Owned(redacted) => ReportText::passed(redacted),
        }
    }

    /// The same of several.
    pub fn texts<T: Into<String>>(&self, texts: impl IntoIterator<Item = T>) -> Vec<ReportText> {
        texts.into_iter().map(|text| self.text(text)).collect()
    }

    /// A request target or a URL.
    pub fn target(&self, target: &str) -> ReportText {
        self.finished(self.redaction.target_without_secrets(target))
    }

    /// What is pasted as it is, a command or a value in it: with a pseudonym it would do something else. `None` where it would tell what must not
    /// be told.
    pub fn verbatim(&self, text: String) -> Option<ReportText> {
        // Nobody gets a pseudonym by what is not told.
        let passes = self.without_visitors(self.redaction.line(&text), |_| 0) == text;
        passes.then(|| ReportText::passed(text))
    }

    /// An address: as it is, where it is nobody's own.
    pub fn address(&self, address: IpAddr) -> String {
        if self.is_told(address) { address.to_string() } else { self.visitor(address) }
    }

    /// An address that a source calls a visitor's.
    pub fn visitor(&self, address: IpAddr) -> String {
        match self.redaction {
            Redaction::On => addresses::pseudonym(self.ordinal(address)),
            Redaction::Off => address.to_string(),
        }
    }

    /// Whether an address is told as it is.
    pub fn is_told(&self, address: IpAddr) -> bool {
        self.redaction == Redaction::Off || (self.is_public)(address)
    }

    /// A text in which what looks like an address is none.
    pub fn without_secrets(&self, text: &str) -> String {
        self.redaction.line(text).into_owned()
    }

    fn without_visitors<'t>(&self, text: Cow<'t, str>, ordinal: impl Fn(IpAddr) -> usize) -> Cow<'t, str> {
        match self.redaction {
            Redaction::On => addresses::replaced(text, &*self.is_public, ordinal),
            Redaction::Off => text,
        }
    }

    /// The ordinal of an address, which it has from its first text on.
    fn ordinal(&self, address: IpAddr) -> usize {
        let mut pseudonyms = self.pseudonyms.borrow_mut();
        let next = pseudonyms.len() + 1;
        if next > MOST_PSEUDONYMS {
            return pseudonyms.get(&address).copied().unwrap_or(0);
        }
        *pseudonyms.entry(address).or_insert(next)
    }
}

#[cfg(test)]
mod tests;
