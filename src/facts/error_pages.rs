//! Error pages that servers and frameworks make themselves, each with its source. A proxy's page tells that it had no answer from behind, and
//! often why; a framework's tells that the application failed.
//!
//! The edge's own pages are no concern of this table (`har::error_page`).

mod application;
mod page;
mod proxy;

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::page::ErrorPage;
use self::page::PageForm::{self, Holding, Whole};

/// Every page, particular ones before general ones of the same program.
pub fn all() -> impl Iterator<Item = &'static ErrorPage> {
    proxy::PAGES.iter().chain(application::PAGES)
}

/// The page that an answer's body is, of which the first bytes are at hand. A status with which no page is sent costs no search.
pub fn find(status: u16, body: &[u8]) -> Option<KnownPage> {
    let of_status = || all().filter(|page| page.statuses.contains(&status));
    of_status().next()?;
    let mut held = vec![false; KNOWN.texts.len()];
    for found in KNOWN.search.find_overlapping_iter(body) {
        if let Some(place) = held.get_mut(found.pattern().as_usize()) {
            *place = true;
        }
    }
    let holds = |text: &str| {
        let number = KNOWN.texts.binary_search(&text).ok();
        number.and_then(|number| held.get(number)).is_some_and(|held| *held)
    };
    let fits = |form: &PageForm| match form {
        Holding(texts) => texts.iter().all(|text| holds(text)),
        Whole(text) => body.trim_ascii() == text.as_bytes(),
    };
    of_status().find(|page| page.forms.iter().any(fits)).map(KnownPage)
}

/// A page that is known, as it stands in evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPage(&'static ErrorPage);

impl KnownPage {
    /// What is known of it.
    pub fn page(self) -> &'static ErrorPage {
        self.0
    }
}

/// How a page is written.
#[derive(Serialize, Deserialize)]
struct ErrorPageId<'a>(Cow<'a, str>);

impl Serialize for KnownPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ErrorPageId(Cow::Borrowed(self.0.id)).serialize(serializer)
    }
}

/// Read back, it must be one that this program knows.
impl<'de> Deserialize<'de> for KnownPage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<KnownPage, D::Error> {
        let ErrorPageId(id) = ErrorPageId::deserialize(deserializer)?;
        let known = all().find(|page| page.id == id);
        known.map(KnownPage).ok_or_else(|| D::Error::custom(format!("no known error page {id}")))
    }
}

/// What finds the texts of all pages.
struct KnownPages {
    /// In order.
    texts: Vec<&'static str>,
    search: AhoCorasick,
}

#[expect(clippy::expect_used, reason = "the texts are constants, and every test searches for them")]
static KNOWN: LazyLock<KnownPages> = LazyLock::new(|| {
    let mut texts: Vec<&str> =
        all().flat_map(|page| page.forms.iter().flat_map(|form| form.texts())).collect();
    texts.sort_unstable();
    texts.dedup();
    // Most runs search a few pages: what is made soonest is the cheapest.
    let kind = Some(AhoCorasickKind::NoncontiguousNFA);
    let search = AhoCorasick::builder().kind(kind).build(&texts).expect("a few short texts");
    KnownPages { texts, search }
});

#[cfg(test)]
mod tests;
