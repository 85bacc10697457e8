//! What is known of a page, and how the tables write it.

use self::PageForm::{Holding, Whole};

/// A page that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    /// Its stable name, as of a message's signature. It is written into evidence, so its meaning never changes.
    pub id: &'static str,
    /// Who makes it.
    pub program: &'static str,
    /// What it says, in one clause.
    pub about: &'static str,
    /// The document or source code that has it.
    pub source: &'static str,
    /// The statuses with which it is sent.
    pub(super) statuses: &'static [u16],
    /// What it looks like, in one of these ways.
    pub(super) forms: &'static [PageForm],
}

/// What a page looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageForm {
    /// It holds all of these texts.
    Holding(&'static [&'static str]),
    /// It is this text, whatever blanks stand around it.
    Whole(&'static str),
}

impl PageForm {
    /// What is searched for.
    pub(super) fn texts(self) -> impl Iterator<Item = &'static str> {
        let (several, one) = match self {
            Holding(texts) => (texts, None),
            Whole(text) => (&[][..], Some(text)),
        };
        several.iter().copied().chain(one)
    }
}

/// Writes a table of pages: `"program", "source" { "id" [statuses] "about" => [form, …]; … }`.
macro_rules! pages {
    ($( $program:literal, $source:literal { $( $id:literal $statuses:tt $about:expr => $forms:expr; )+ } )+) => {
        &[ $( $( $crate::facts::error_pages::page::ErrorPage {
            id: $id,
            program: $program,
            about: $about,
            source: $source,
            statuses: &$statuses,
            forms: &$forms,
        } ),+ ),+ ]
    };
}
pub(super) use pages;
