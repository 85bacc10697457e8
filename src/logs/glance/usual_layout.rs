//! Objects in which every value is of the kind that it had in the one that was learned: their columns, and the stretches in which these are
//! read side by side.
//!
//! Most values have the same length in most objects. What lies between two values of unknown length is then one stretch, of which all bytes are
//! compared with what may stand there, and each value that is read in it is where it always is.

use std::ops::Range;

use super::json_value::{JsonValue, whole_length};
use crate::text::expected::{self, ExpectedStretch, ExpectedText, StretchDraft};
use crate::text::scan::{after, digits_at, end_of_long_plain, end_of_plain, position};

/// The layout of an object whose values are all texts and whole numbers.
#[derive(Clone, Debug)]
pub struct UsualLayout<R> {
    columns: Vec<UsualColumn<R>>,
    /// What follows the last value.
    end: Box<[u8]>,
    stretches: Vec<UsualStretch<R>>,
    /// Objects that were read by it.
    objects: u32,
}

#[derive(Clone, Debug)]
struct UsualColumn<R> {
    /// What stands between the value before and this one, with the quotes of both.
    before: Box<[u8]>,
    expected: ExpectedText,
    kind: UsualKind,
    role: Option<R>,
    /// A value that most are like, as long as there is one: a text of the same length that has blanks in the same places, a number of as many digits.
    example: Option<Box<[u8]>>,
    /// Values that are not like it.
    others: u32,
}

/// What a value was in the line that was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UsualKind {
    Text,
    /// A text whose end is not near.
    LongText,
    /// A number without a sign or a fraction.
    Whole,
}

/// Columns whose values are like those that were learned, up to one whose values have any length, or to the object's end.
#[derive(Clone, Debug)]
struct UsualStretch<R> {
    /// From behind the value before to the beginning of the next of unknown length, or the end of the object.
    expected: ExpectedStretch,
    /// The values that are read in it.
    values: Vec<PlacedValue<R>>,
    columns: Range<usize>,
    /// The column whose value begins where it ends.
    open: Option<(UsualKind, Option<R>)>,
}

/// A value by its place in a stretch.
#[derive(Clone, Debug)]
struct PlacedValue<R> {
    place: Range<usize>,
    kind: UsualKind,
    role: R,
}

impl UsualKind {
    /// `None` for a value that no usual object has.
    fn of(value: JsonValue<'_>) -> Option<UsualKind> {
        match value {
            JsonValue::Text(text) if text.len() >= LONG => Some(UsualKind::LongText),
            JsonValue::Text(_) => Some(UsualKind::Text),
            JsonValue::Number(number) if digits_at(number) == number.len() => Some(UsualKind::Whole),
            _ => None,
        }
    }

    fn quote(self) -> &'static [u8] {
        if self == UsualKind::Whole { b"" } else { b"\"" }
    }

    /// The value with which `text` begins, and what follows it.
    #[inline(always)]
    fn split(self, text: &[u8], sound: impl Fn(&[u8]) -> bool) -> Option<(&[u8], &[u8])> {
        if self == UsualKind::Whole {
            return text.split_at_checked(whole_length(text)?);
        }
        let end = match self {
            UsualKind::LongText => end_of_long_plain(text, b'"', b'"'),
            _ => end_of_plain(text, b'"', b'"'),
        };
        match end.filter(|length| text.get(*length) == Some(&b'"')) {
            Some(length) => text.split_at_checked(length),
            None => text.split_at_checked(position(text, b'"')?).filter(|(value, _)| sound(value)),
        }
    }

    /// Whether a value can be read by a stretch that was made for another one.
    fn is_like(self, value: &[u8], example: &[u8]) -> bool {
        match self {
            UsualKind::Whole => value.len() == example.len(),
            UsualKind::Text | UsualKind::LongText => expected::is_like(value, example),
        }
    }

    #[inline(always)]
    fn value(self, text: &[u8]) -> JsonValue<'_> {
        if self == UsualKind::Whole { JsonValue::Number(text) } else { JsonValue::Text(text) }
    }
}

/// Texts from this length on are long.
const LONG: usize = 16;

/// Of so many objects one may have a value that is not like the one that was learned.
const OTHERS_EACH: u32 = 16;

impl<R: Copy> UsualLayout<R> {
    /// Gives the values that are read of the object with which `text` begins, whose texts are all `sound`; what follows it.
    #[inline(always)]
    pub fn read<'a>(
        &mut self,
        text: &'a [u8],
        sound: impl Fn(&[u8]) -> bool,
        mut take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
    ) -> Option<&'a [u8]> {
        self.objects = self.objects.saturating_add(1);
        let (mut rest, mut unexpected) = (text, false);
        for stretch in &self.stretches {
            let Some(behind) = stretch.expected.after(rest) else {
                let columns = self.columns.get_mut(stretch.columns.clone())?;
                rest = columns_one_by_one(columns, rest, &sound, &mut take)?;
                if stretch.open.is_none() {
                    rest = after(rest, &self.end)?;
                }
                unexpected = true;
                continue;
            };
            for PlacedValue { place, kind, role } in &stretch.values {
                take(*role, kind.value(rest.get(place.clone())?))?;
            }
            rest = behind;
            if let Some((kind, role)) = stretch.open {
                let (value, behind) = kind.split(rest, &sound)?;
                rest = behind;
                if let Some(role) = role {
                    take(role, kind.value(value))?;
                }
            }
        }
        if unexpected {
            self.expect_anew();
        }
        Some(rest)
    }

    /// Expects nothing any more of values that are often unlike the one that was learned.
    #[inline(never)]
    fn expect_anew(&mut self) {
        let most = OTHERS_EACH + self.objects / OTHERS_EACH;
        let mut changed = false;
        for column in &mut self.columns {
            if column.example.is_some() && column.others > most {
                column.example = None;
                changed = true;
            }
        }
        if changed {
            self.stretches = stretches(&self.columns, &self.end);
        }
    }
}

/// What follows the last of these columns; `rest` begins where the first of them does.
#[inline(never)]
fn columns_one_by_one<'a, R: Copy>(
    columns: &mut [UsualColumn<R>],
    mut rest: &'a [u8],
    sound: impl Fn(&[u8]) -> bool,
    mut take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
) -> Option<&'a [u8]> {
    for column in columns {
        let (value, behind) = column.kind.split(column.expected.after(rest)?, &sound)?;
        rest = behind;
        let is_other = column.example.as_ref().is_some_and(|example| !column.kind.is_like(value, example));
        column.others = column.others.saturating_add(u32::from(is_other));
        if let Some(role) = column.role {
            take(role, column.kind.value(value))?;
        }
    }
    Some(rest)
}

fn stretches<R: Copy>(columns: &[UsualColumn<R>], end: &[u8]) -> Vec<UsualStretch<R>> {
    let (mut stretches, mut draft, mut values, mut first) =
        (Vec::new(), StretchDraft::default(), Vec::new(), 0);
    for (index, column) in columns.iter().enumerate() {
        draft.add(&column.before);
        let start = draft.length();
        match (column.kind, &column.example) {
            (UsualKind::Text | UsualKind::LongText, Some(example)) => draft.add_text(example),
            (UsualKind::Whole, Some(example)) => draft.add_whole(example.len()),
            (kind, None) => {
                stretches.push(UsualStretch {
                    expected: std::mem::take(&mut draft).finish(),
                    values: std::mem::take(&mut values),
                    columns: first..index + 1,
                    open: Some((kind, column.role)),
                });
                first = index + 1;
                continue;
            }
        }
        let (kind, place) = (column.kind, start..draft.length());
        values.extend(column.role.map(|role| PlacedValue { place, kind, role }));
    }
    draft.add(end);
    let columns = first..columns.len();
    stretches.push(UsualStretch { expected: draft.finish(), values, columns, open: None });
    stretches
}

/// The layout of one object in the making.
pub struct UsualDraft<R> {
    columns: Vec<UsualColumn<R>>,
    /// The quote at the end of the last value, if it has one.
    quote: &'static [u8],
}

impl<R> Default for UsualDraft<R> {
    fn default() -> UsualDraft<R> {
        UsualDraft { columns: Vec::new(), quote: b"" }
    }
}

/// Longer values have no length that others could have.
const LONGEST_EXPECTED: usize = 64;

impl<R: Copy> UsualDraft<R> {
    /// The same with one value more, and what stands before it; `None` where no usual object has such a value.
    pub fn with(mut self, before: &[u8], value: JsonValue<'_>, role: Option<R>) -> Option<UsualDraft<R>> {
        let kind = UsualKind::of(value)?;
        let text = match value {
            JsonValue::Text(text) | JsonValue::Number(text) => text,
            JsonValue::Bool(_) | JsonValue::Null => return None,
        };
        let before = [self.quote, before, kind.quote()].concat();
        self.columns.push(UsualColumn {
            expected: ExpectedText::new(&before),
            before: before.into(),
            kind,
            role,
            example: (text.len() <= LONGEST_EXPECTED).then(|| text.into()),
            others: 0,
        });
        self.quote = kind.quote();
        Some(self)
    }

    /// The layout, where this follows the last value.
    pub fn finish(self, end: &[u8]) -> UsualLayout<R> {
        let end = [self.quote, end].concat();
        let stretches = stretches(&self.columns, &end);
        UsualLayout { columns: self.columns, end: end.into(), stretches, objects: 0 }
    }
}
