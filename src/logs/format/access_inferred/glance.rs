//! Lines of a learned format at a glance: pieces of the same shapes in the same order as in an earlier line.

use super::{AccessWriter, InferredFormat, place};
use crate::logs::access::field::AccessField;
use crate::logs::access::guess::{SeenRay, ray_in};
use crate::logs::access::pieces::{LinePiece, MOST_COLUMNS, Shape, cut, key_length, request_column, time_of};
use crate::logs::glance::access::{FieldTaken, GlanceDraft};
use crate::logs::glance::{AccessGlance, Glance, Glancer, MOST_LAYOUTS};
use crate::ray::Ray;
use crate::text::minute::MinuteMemory;
use crate::text::number::integer;
use crate::text::scan::{ExpectedText, position, position_of_either};

/// Looks at the lines of one input.
pub struct InferredGlancer {
    format: InferredFormat,
    layouts: Vec<PieceLayout>,
    memory: MinuteMemory,
}

/// The pieces of a line, one blank between each and the next.
#[derive(Debug, PartialEq, Eq)]
struct PieceLayout {
    pieces: Vec<LayoutPiece>,
    /// A status makes a row of a line that has no request.
    answers: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct LayoutPiece {
    /// The key with its `=`.
    key: Option<ExpectedText>,
    shape: Shape,
    role: PieceRole,
    /// When the parser takes it: before the pieces with higher numbers.
    turn: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceRole {
    /// The instant of the line.
    Time,
    /// A value that is counted, or belongs to what is.
    Field(AccessField),
    /// A value of a field that only rows need.
    OfRows,
    /// A number that only rows need. What is none may be a ray.
    NumberOfRows,
    /// A value of no field, which may be a ray.
    Odd,
}

impl PieceRole {
    fn of(field: AccessField) -> PieceRole {
        match field {
            AccessField::RemoteAddress | AccessField::ForwardedFor | AccessField::UserAgent => {
                PieceRole::OfRows
            }
            AccessField::BodyBytes
            | AccessField::SentBytes
            | AccessField::RequestBytes
            | AccessField::Connection => PieceRole::NumberOfRows,
            AccessField::Ignored => PieceRole::Odd,
            field => PieceRole::Field(field),
        }
    }
}

impl InferredGlancer {
    /// For lines of this format.
    pub fn new(format: &InferredFormat) -> InferredGlancer {
        InferredGlancer { format: format.clone(), layouts: Vec::new(), memory: MinuteMemory::default() }
    }
}

impl Glancer for InferredGlancer {
    fn glance<'a>(&mut self, line: &'a [u8]) -> Option<Glance<'a>> {
        if self.layouts.is_empty()
            || line.starts_with(b"#")
            || line.starts_with(b"\"")
            || memchr::memchr(b'\\', line).is_some()
        {
            return None;
        }
        let InferredGlancer { format, layouts, memory } = self;
        layouts.iter().find_map(|layout| layout.read(line, format, memory)).map(Glance::Access)
    }

    fn learn(&mut self, line: &[u8]) {
        if self.layouts.len() < MOST_LAYOUTS
            && self.format.separator == b' '
            && !line.starts_with(b"\"")
            && let Some(layout) = PieceLayout::learn(&self.format, line)
            && !self.layouts.contains(&layout)
        {
            self.layouts.push(layout);
        }
    }
}

impl PieceLayout {
    /// The layout of a line; `None` where its instant does not stand where it stands in most.
    fn learn(format: &InferredFormat, line: &[u8]) -> Option<PieceLayout> {
        let mut pieces = [LinePiece::default(); MOST_COLUMNS];
        let count = cut(line, format.separator, &mut pieces);
        let found = pieces.get(..count).filter(|_| count < MOST_COLUMNS)?;
        let time = format.time_column;
        found.get(time).and_then(time_of)?;
        let request = request_column(found, time, format.quoted_before_request);
        let tail = request.map_or(0, |request| count - request);
        let pieces = found.iter().enumerate().map(|(index, piece)| {
            let columns = &format.columns;
            let (field, turn) = match place(index, time, request) {
                _ if request == Some(index) => (Some(&AccessField::Request), 0),
                (2, column) => (columns.tail.get(column), column + 1),
                (0, column) => (columns.before.get(column), tail + index),
                (_, column) => (columns.between.get(column), tail + index),
            };
            let field = field.copied().unwrap_or(AccessField::Ignored);
            let role = match index {
                _ if index == time => PieceRole::Time,
                _ if piece.key.is_empty() => PieceRole::of(field),
                _ => PieceRole::of(format.keyed(piece)),
            };
            let key = (!piece.key.is_empty()).then(|| ExpectedText::new(&[piece.key, b"="].concat()));
            LayoutPiece { key, shape: piece.shape, role, turn }
        });
        let answers = format.common || request.is_some() || format.quoted_before_request.is_some();
        let layout = PieceLayout { pieces: pieces.collect(), answers };
        (!layout.has_one_value_twice()).then_some(layout)
    }

    /// Whether two pieces give the same value: which of them counts, the parser knows.
    fn has_one_value_twice(&self) -> bool {
        let mut seen = Vec::new();
        self.pieces.iter().any(|piece| {
            let PieceRole::Field(field) = piece.role else { return false };
            let value = match field {
                AccessField::Status
                | AccessField::Ray
                | AccessField::Host
                | AccessField::Request
                | AccessField::PossibleRay => field,
                AccessField::RequestTime(_)
                | AccessField::RequestTimeWithUnit
                | AccessField::PlainDuration => AccessField::RequestTimeWithUnit,
                _ => return false,
            };
            let twice = seen.contains(&value);
            seen.push(value);
            twice
        })
    }

    fn read<'a>(
        &self,
        line: &'a [u8],
        format: &InferredFormat,
        memory: &mut MinuteMemory,
    ) -> Option<AccessGlance<'a>> {
        let mut draft = GlanceDraft::counting(format.plain);
        let mut rays = OddRays::default();
        let mut rest = line;
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                rest = rest.strip_prefix(b" ")?;
            }
            let (value, behind) = piece.split(rest)?;
            rest = behind;
            let field = match piece.role {
                PieceRole::Field(field) => field,
                PieceRole::OfRows => continue,
                PieceRole::NumberOfRows if value.len() < SHORTEST_RAY || integer(value).is_some() => continue,
                PieceRole::NumberOfRows | PieceRole::Odd => {
                    rays.odd(value, piece)?;
                    continue;
                }
                PieceRole::Time => {
                    draft.put_time(piece.instant(value, memory)?);
                    continue;
                }
            };
            match draft.put(field, value, memory) {
                FieldTaken::Unsure => return None,
                FieldTaken::No if field_is_counted(field) => return None,
                FieldTaken::Yes => rays.column(field, piece.turn),
                FieldTaken::No => rays.odd(value, piece)?,
            }
        }
        let possible = rays.decide(&draft)?;
        draft.possible_ray = draft.possible_ray.or(possible);
        let glance = draft.finish(format.writer == AccessWriter::Nginx)?;
        (rest.is_empty() && (self.answers || glance.method.is_some())).then_some(glance)
    }
}

/// Bytes of a ray without a data centre, and with the longest name of one.
const SHORTEST_RAY: usize = 16;
const LONGEST_RAY: usize = 22;

/// Values that have the form of a ray, in pieces that no column makes one.
#[derive(Default)]
struct OddRays {
    /// The first turn of a value that is surely a ray.
    sure: Option<usize>,
    /// What may be one. The parser knows which of two is meant.
    possible: Option<Ray>,
    /// The turn of the ray's own column.
    column: Option<usize>,
    /// Whether a column has what may be a ray.
    possible_column: bool,
}

impl OddRays {
    fn column(&mut self, field: AccessField, turn: usize) {
        match field {
            AccessField::Ray => self.column = Some(turn),
            AccessField::PossibleRay => self.possible_column = true,
            _ => {}
        }
    }

    /// Takes note of a value that is in no field. `None` where there are too many to tell.
    #[inline]
    fn odd(&mut self, value: &[u8], piece: &LayoutPiece) -> Option<()> {
        if !(SHORTEST_RAY..=LONGEST_RAY).contains(&value.len()) {
            return Some(());
        }
        match ray_in(value) {
            Some(SeenRay::Sure(_)) => {
                self.sure = Some(self.sure.map_or(piece.turn, |turn| turn.min(piece.turn)))
            }
            // Which of two possible rays counts, the parser knows.
            Some(SeenRay::Possible(_)) if piece.key.is_none() && self.possible.is_some() => return None,
            Some(SeenRay::Possible(ray)) if piece.key.is_none() => self.possible = Some(ray),
            _ => {}
        }
        Some(())
    }

    /// What may be a ray and stands in no column; `None` where only the parser can tell which ray is the line's.
    fn decide(self, draft: &GlanceDraft<'_>) -> Option<Option<Ray>> {
        let by_column =
            draft.ray.is_some() && self.column.zip(self.sure).is_some_and(|(column, sure)| column < sure);
        let sure = self.sure.is_none() || by_column;
        (sure && !(self.possible_column && self.possible.is_some())).then_some(self.possible)
    }
}

/// Whether a value of this field that cannot be read is better left to the parser.
fn field_is_counted(field: AccessField) -> bool {
    matches!(field, AccessField::Status | AccessField::RequestTime(_) | AccessField::RequestTimeWithUnit)
}

impl LayoutPiece {
    /// The value at the start of `rest`, and what follows the piece; `None` where the piece has another shape.
    #[inline(always)]
    fn split<'a>(&self, rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let inner = match &self.key {
            Some(key) => key.after(rest)?,
            None => rest,
        };
        match (self.shape, inner.first()) {
            (Shape::Quoted, Some(b'"')) => {
                let text = inner.get(1..)?;
                let (value, behind) = text.split_at_checked(position(text, b'"')?)?;
                Some((value, behind.get(1..)?))
            }
            (Shape::Bracketed, Some(b'[')) => {
                let end = position(inner.get(..48).unwrap_or(inner), b']')?;
                let behind = inner.get(end + 1..)?;
                (behind.first() != Some(&b':')).then_some((inner.get(1..end)?, behind))
            }
            (Shape::Bare, Some(b'"' | b'[' | b' ')) | (Shape::Quoted | Shape::Bracketed, _) => None,
            (Shape::Bare, _) => self.split_bare(inner),
        }
    }

    /// [`LayoutPiece::split`] of a bare value, behind its key.
    #[inline(always)]
    fn split_bare<'a>(&self, inner: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let blank = match position_of_either(inner, b' ', b'=') {
            Some(at) if inner.get(at) == Some(&b'=') => {
                // With a key it is another piece than the one that was learned.
                if self.key.is_none() && key_length(inner).is_some() {
                    return None;
                }
                position(inner, b' ')
            }
            found => found,
        };
        let (value, behind) = inner.split_at_checked(blank.unwrap_or(inner.len()))?;
        let comma = value.last() == Some(&b',');
        // A list of tries goes on behind the blank (`list_length`).
        if comma && !behind.is_empty() || behind.starts_with(b" : ") {
            return None;
        }
        match &self.key {
            Some(_) => Some((value, behind)),
            None => (!inner.is_empty()).then_some((value.strip_suffix(b",").unwrap_or(value), behind)),
        }
    }

    fn instant(&self, value: &[u8], memory: &mut MinuteMemory) -> Option<crate::text::timestamp::Stamp> {
        let piece = LinePiece { key: b"", value, shape: self.shape };
        match self.shape {
            // `MinuteMemory` gives what `timestamp::any` gives, with which `time_of` begins.
            Shape::Bracketed => memory.any(value.trim_ascii()).or_else(|| time_of(&piece)),
            Shape::Quoted => memory.any(value),
            Shape::Bare => time_of(&piece),
        }
    }
}
