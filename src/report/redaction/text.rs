//! A text of the report. Where it comes from decides how it may come in: words of the program as they are, anything else through the redactor.

use std::borrow::{Borrow, Cow};
use std::fmt::{self, Display, Formatter};
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

/// A text that a report may hold. There is no way from a `String` to it but through a [`super::Redactor`]: what somebody else wrote cannot get
/// into a report by mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ReportText(Cow<'static, str>);

impl ReportText {
    /// What the redactor lets pass.
    pub(super) fn passed(text: String) -> ReportText {
        ReportText(Cow::Owned(text))
    }

    /// A text that a test made up.
    #[cfg(test)]
    pub fn made_up(text: impl Into<String>) -> ReportText {
        ReportText::passed(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Texts with words of the program between them.
    pub fn joined(texts: &[ReportText], between: &'static str) -> ReportText {
        ReportText(Cow::Owned(texts.join(between)))
    }

    /// The text with `value` in the place of a gap.
    pub fn with(&self, gap: &'static str, value: &ReportText) -> ReportText {
        ReportText(Cow::Owned(self.0.replace(gap, value)))
    }

    /// The text without blanks at its ends.
    pub fn trimmed(&self) -> ReportText {
        ReportText(Cow::Owned(self.0.trim().to_owned()))
    }
}

/// Words of the program: only they are known when it is built.
impl From<&'static str> for ReportText {
    fn from(words: &'static str) -> ReportText {
        ReportText(Cow::Borrowed(words))
    }
}

/// Numbers, rays and the like, which hold nothing personal.
macro_rules! plain {
    ($($type:ty),*) => {$(
        impl From<$type> for ReportText {
            fn from(value: $type) -> ReportText {
                ReportText(Cow::Owned(value.to_string()))
            }
        }
    )*};
}

plain!(u16, u64, crate::ray::Ray, crate::ray::Colo);

impl Deref for ReportText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ReportText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ReportText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Display for ReportText {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialEq<str> for ReportText {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for ReportText {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<String> for ReportText {
    fn eq(&self, other: &String) -> bool {
        *self.0 == **other
    }
}

/// In report.json it is a string as any other.
impl JsonSchema for ReportText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}
