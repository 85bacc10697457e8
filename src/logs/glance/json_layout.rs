//! A JSON object whose keys stand in the order of an earlier one: between its values it must have the same bytes, to the last bracket. So
//! it is known to be sound without being parsed, and where each value stands.

use super::json_value::JsonValue;
use super::usual_layout::{UsualDraft, UsualLayout};
use crate::text::expected::ExpectedText;
use crate::text::scan::{is_same, means_itself, position};

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
    /// The same for lines in which every value is of the kind that it had in the line that was learned; `None` where that line was none.
    usual: Option<UsualLayout<R>>,
}

#[derive(Clone, Debug, PartialEq)]
struct JsonColumn<R> {
    /// What stands between the value before and this one.
    before: ExpectedText,
    role: Option<R>,
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
            usual: Some(UsualDraft::default()),
        };
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            at = learner.step(byte, at)?;
        }
        let end: Box<[u8]> = line.get(learner.begun..)?.into();
        let Learner { columns, usual, .. } = learner;
        let usual = usual.map(|usual| usual.finish(&end));
        Some(JsonLayout { columns, end, usual })
    }

    /// [`JsonLayout::read`] of a line whose values are all of the kinds that they had in the line that was learned; `None` for others.
    #[inline]
    pub fn read_usual<'a>(
        &mut self,
        line: &'a [u8],
        take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
    ) -> Option<()> {
        self.usual.as_mut()?.read(line, |_| true, take)?.is_empty().then_some(())
    }

    /// [`JsonLayout::read_usual`] of the line with which `text` begins, of which nobody knows yet where it ends, nor whether it is plain and
    /// without a backslash; gives its length without the line feed. `None` also where no line feed follows.
    #[inline]
    pub fn read_ahead<'a>(
        &mut self,
        text: &'a [u8],
        take: impl FnMut(R, JsonValue<'a>) -> Option<()>,
    ) -> Option<usize> {
        let rest = self.usual.as_mut()?.read(text, means_itself, take)?;
        let line_end: &[u8] = if rest.starts_with(b"\r") { b"\r\n" } else { b"\n" };
        rest.starts_with(line_end).then(|| text.len() - rest.len() + line_end.len() - 1)
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
    usual: Option<UsualDraft<R>>,
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
        self.usual = self.usual.take().and_then(|usual| usual.with(before, value, role));
        self.columns.push(JsonColumn { before: ExpectedText::new(before), role });
        self.begun = self.line.len() - behind.len();
        Some(self.begun)
    }
}
