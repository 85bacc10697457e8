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

/// The pages of one program, and the document or source code that has them.
pub(super) struct ProgramPages {
    pub(super) program: &'static str,
    /// Where they are written.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "it is for readers, and a test holds that none lacks it")
    )]
    pub(super) source: &'static str,
    pub(super) pages: &'static [(&'static str, &'static [u16], &'static str, &'static [PageForm])],
}
