//! A JSON object whose keys stand in the order of an earlier one: between its values it must have the same bytes, to the last bracket. So
//! it is known to be sound without being parsed, and where each value stands.

use std::borrow::Cow;

use crate::text::json::Scalar;
use crate::text::scan::{
    ExpectedLength, ExpectedText, after, digits, digits_at, is_same, means_itself, position, position_far_off,
};

/// A scalar value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonValue<'a> {
    /// What stands between the quotes; it has no escapes.
    Text(&'a [u8]),
    /// A number that has no exponent, as it is written.
    Number(&'a [u8]),
    /// true or false.
    Bool(bool),
    /// null.
    Null,
}

/// What a key is to whoever reads the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRole<R> {
    /// Its value, which must be a scalar, is read as this.
    Read(R),
    /// Whatever it holds does not matter.
    Passed,
    /// What it holds can be told by the parser alone: it must be an empty object or list.
    Empty,
}

/// The layout of an object.
#[derive(Clone, Debug)]
pub struct JsonLayout<R> {
    columns: Vec<JsonColumn<R>>,
    end: Box<[u8]>,
    /// The same for lines in which every value is of the kind that it had in the line that was learned.
    usual: Vec<UsualColumn<R>>,
    usual_end: Box<[u8]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct JsonColumn<R> {
    /// What stands between the value before and this one.
    before: ExpectedText,
    role: Option<R>,
}

#[derive(Clone, Debug)]
struct UsualColumn<R> {
    /// What stands between the value before and this one, with the quotes of both.
    before: ExpectedText,
    kind: UsualKind,
    role: Option<R>,
    /// The length that its values have, as long as most have one.
    length: Option<ExpectedLength>,
    /// Values that had another length.
    others: u32,
}

/// So many values of another length show that there is none to expect.
const MOST_OTHERS: u32 = 16;

impl<R> UsualColumn<R> {
    /// The length of the value with which `text` begins.
    #[inline(always)]
    fn length(&mut self, text: &[u8]) -> Option<usize> {
        if let Some(expected) = &self.length {
            let length = match self.kind {
                UsualKind::Whole => expected.of_digits(text),
                UsualKind::Text | UsualKind::LongText => expected.up_to(text, b'"'),
            };
            // The rule about leading zeros is for `whole_length`.
            let leads =
                |length: usize| self.kind == UsualKind::Whole && length > 1 && text.first() == Some(&b'0');
            if let Some(length) = length.filter(|length| !leads(*length)) {
                return Some(length);
            }
            self.others += 1;
            if self.others > MOST_OTHERS {
                self.length = None;
            }
        }
        match self.kind {
            UsualKind::Text => position(text, b'"'),
            UsualKind::LongText => position_far_off(text, b'"'),
            UsualKind::Whole => whole_length(text),
        }
    }
}

/// What a value was in the line that was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UsualKind {
    Text,
    /// A text so long that its end is better searched far off.
    LongText,
    /// A number without a sign or a fraction.
    Whole,
}

impl UsualKind {
    /// Texts from this length on are long.
    const LONG: usize = 24;

    /// `None` for a value that no usual line has.
    fn of(value: JsonValue<'_>) -> Option<UsualKind> {
        match value {
            JsonValue::Text(text) if text.len() < UsualKind::LONG => Some(UsualKind::Text),
            JsonValue::Text(_) => Some(UsualKind::LongText),
            JsonValue::Number(number) if digits_at(number) == number.len() => Some(UsualKind::Whole),
            _ => None,
        }
    }

    fn quote(self) -> &'static [u8] {
        if self == UsualKind::Whole { b"" } else { b"\"" }
    }
}

/// Layouts are the same whatever lengths values have.
impl<R: PartialEq> PartialEq for JsonLayout<R> {
    fn eq(&self, other: &JsonLayout<R>) -> bool {
        self.columns == other.columns && self.end == other.end
    }
}

impl<R: Copy + PartialEq> JsonLayout<R> {
    /// The layout of a sound JSON object that is [plain](crate::text::scan::is_plain) and holds no backslash. `None` where a key that is read stands there twice or
    /// holds no scalar, or one that must be empty is not.
    pub fn learn(line: &[u8], role: impl Fn(&[u8]) -> KeyRole<R>) -> Option<JsonLayout<R>> {
        let mut learner = Learner {
            line,
            role,
            begun: 0,
            key: KeyRole::Passed,
            depth: 0,
            columns: Vec::new(),
            usual: Some(Vec::new()),
            quote: b"",
        };
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            at = learner.step(byte, at)?;
        }
        let end: Box<[u8]> = line.get(learner.begun..)?.into();
        let Learner { columns, usual, quote, .. } = learner;
        let usual_end = [quote, &end].concat().into();
        Some(JsonLayout { columns, end, usual: usual.unwrap_or_default(), usual_end })
    }

    /// [`JsonLayout::read`] of a line whose values are all of the kinds that they had in the line that was learned; `None` for others.
    #[inline]
    pub fn read_usual<'a>(
        &mut self,
        line: &'a [u8],
        take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
    ) -> Option<()> {
        let rest = self.usual_values(line, |_| true, take)?;
        is_same(rest, &self.usual_end).then_some(())
    }

    /// [`JsonLayout::read_usual`] of the line with which `text` begins, of which nobody knows yet where it ends, nor whether it is plain and
    /// without a backslash; gives its length without the line feed. `None` also where no line feed follows.
    #[inline]
    pub fn read_ahead<'a>(
        &mut self,
        text: &'a [u8],
        take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
    ) -> Option<usize> {
        let rest = after(self.usual_values(text, means_itself, take)?, &self.usual_end)?;
        let line_end: &[u8] = if rest.starts_with(b"\r") { b"\r\n" } else { b"\n" };
        rest.starts_with(line_end).then(|| text.len() - rest.len() + line_end.len() - 1)
    }

    /// Gives the values that are read of an object whose texts are all `sound`; what follows the last value.
    #[inline(always)]
    fn usual_values<'a>(
        &mut self,
        text: &'a [u8],
        sound: impl Fn(&[u8]) -> bool,
        mut take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
    ) -> Option<&'a [u8]> {
        let mut rest = text;
        for column in &mut self.usual {
            let value = column.before.after(rest)?;
            let (value, behind) = value.split_at_checked(column.length(value)?)?;
            rest = behind;
            if column.kind != UsualKind::Whole && !sound(value) {
                return None;
            }
            if let Some(role) = column.role {
                let value = match column.kind {
                    UsualKind::Whole => JsonValue::Number(value),
                    UsualKind::Text | UsualKind::LongText => JsonValue::Text(value),
                };
                take(role, value)?;
            }
        }
        Some(rest)
    }

    /// Gives the values that are read. `None` where the line has another layout, or `take` refuses a value.
    #[inline]
    pub fn read<'a>(
        &self,
        line: &'a [u8],
        mut take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
    ) -> Option<()> {
        let mut rest = line;
        for column in &self.columns {
            let (value, behind) = JsonValue::split(column.before.after(rest)?)?;
            rest = behind;
            if let Some(role) = column.role {
                take(role, value)?;
            }
        }
        is_same(rest, &self.end).then_some(())
    }
}

impl<'a> JsonValue<'a> {
    /// The value as the parser sees it; `None` for numbers that it may not read as whole ones.
    pub fn scalar(self) -> Option<Scalar<'a>> {
        Some(match self {
            JsonValue::Text(text) => Scalar::Text(Cow::Borrowed(std::str::from_utf8(text).ok()?)),
            JsonValue::Number(number) => Scalar::Integer(i64::try_from(digits(number)?).ok()?),
            JsonValue::Bool(value) => Scalar::Bool(value),
            JsonValue::Null => Scalar::Nothing,
        })
    }

    /// The scalar with which `text` begins, and what follows it. `None` where it begins with none.
    #[inline(always)]
    fn split(text: &'a [u8]) -> Option<(JsonValue<'a>, &'a [u8])> {
        let (first, rest) = text.split_first()?;
        match first {
            b'"' => {
                let (text, behind) = rest.split_at_checked(position(rest, b'"')?)?;
                Some((JsonValue::Text(text), behind.get(1..)?))
            }
            b'0'..=b'9' | b'-' => {
                let (number, behind) = text.split_at_checked(number_length(text)?)?;
                Some((JsonValue::Number(number), behind))
            }
            _ => JsonValue::split_word(text),
        }
    }

    #[inline(never)]
    fn split_word(text: &'a [u8]) -> Option<(JsonValue<'a>, &'a [u8])> {
        let words = [
            (&b"true"[..], JsonValue::Bool(true)),
            (b"false", JsonValue::Bool(false)),
            (b"null", JsonValue::Null),
        ];
        words.into_iter().find_map(|(word, value)| Some((value, after(text, word)?)))
    }
}

/// The length of a whole number without a sign, as [`number_length`] has it. What is no digit behind it must be what follows a value.
#[inline(always)]
fn whole_length(text: &[u8]) -> Option<usize> {
    let length = digits_at(text);
    let sound = length > 0 && length <= MOST_DIGITS && (length == 1 || text.first() != Some(&b'0'));
    sound.then_some(length)
}

/// The length of a number as RFC 8259 (6) has it, without an exponent and with fewer digits than could be out of range.
#[inline(always)]
fn number_length(text: &[u8]) -> Option<usize> {
    // Most are whole ones without a sign.
    let length = digits_at(text);
    match (text, text.get(length)) {
        ([b'1'..=b'9', ..], Some(b',' | b'}')) if length <= MOST_DIGITS => Some(length),
        _ => any_number_length(text),
    }
}

const MOST_DIGITS: usize = 19;

#[inline(never)]
fn any_number_length(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = digits_at(text.get(sign..)?);
    let leading_zero = whole > 1 && text.get(sign) == Some(&b'0');
    if whole == 0 || whole > MOST_DIGITS || leading_zero {
        return None;
    }
    let end = sign + whole;
    match text.get(end) {
        Some(b'.') => {
            let fraction = digits_at(text.get(end + 1..)?);
            let exponent = matches!(text.get(end + 1 + fraction), Some(b'e' | b'E'));
            (fraction > 0 && fraction <= MOST_DIGITS && !exponent).then_some(end + 1 + fraction)
        }
        Some(b'e' | b'E') => None,
        _ => Some(end),
    }
}

struct Learner<'a, R, F> {
    line: &'a [u8],
    role: F,
    /// Where the bytes between two values begin.
    begun: usize,
    /// The role of the key of the outermost object that was read last.
    key: KeyRole<R>,
    depth: u32,
    columns: Vec<JsonColumn<R>>,
    /// `None` once a value is one that no usual line has.
    usual: Option<Vec<UsualColumn<R>>>,
    /// The quote at the end of the last value, if it has one.
    quote: &'static [u8],
}

impl<R: Copy + PartialEq, F: Fn(&[u8]) -> KeyRole<R>> Learner<'_, R, F> {
    /// Takes what begins at `at`; gives where the next thing begins.
    fn step(&mut self, byte: u8, at: usize) -> Option<usize> {
        match byte {
            b'{' | b'[' => {
                if self.depth > 0 && matches!(self.key, KeyRole::Read(_)) {
                    return None;
                }
                self.depth += 1;
            }
            b'}' | b']' => self.depth = self.depth.checked_sub(1)?,
            b'"' => return self.string(at),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => return self.value(at),
            _ => {}
        }
        Some(at + 1)
    }

    fn string(&mut self, at: usize) -> Option<usize> {
        let rest = self.line.get(at + 1..)?;
        let text = rest.get(..position(rest, b'"')?)?;
        let end = at + 1 + text.len() + 1;
        // In sound JSON a colon follows a key, and no value.
        if !self.line.get(end..)?.trim_ascii_start().starts_with(b":") {
            return self.value(at);
        }
        if self.depth == 1 {
            self.key = (self.role)(text);
        }
        Some(end)
    }

    fn value(&mut self, at: usize) -> Option<usize> {
        let (value, behind) = JsonValue::split(self.line.get(at..)?)?;
        let role = match self.key {
            KeyRole::Empty => return None,
            KeyRole::Passed => None,
            KeyRole::Read(role) => Some(role),
        };
        if role.is_some() && self.columns.iter().any(|column| column.role == role) {
            return None;
        }
        let before = self.line.get(self.begun..at)?;
        self.usual = self.usual.take().zip(UsualKind::of(value)).map(|(mut usual, kind)| {
            let before = ExpectedText::new(&[self.quote, before, kind.quote()].concat());
            let length = ExpectedLength::new(self.line.len() - behind.len() - at - 2 * kind.quote().len());
            usual.push(UsualColumn { before, kind, role, length, others: 0 });
            self.quote = kind.quote();
            usual
        });
        self.columns.push(JsonColumn { before: ExpectedText::new(before), role });
        self.begun = self.line.len() - behind.len();
        Some(self.begun)
    }
}
