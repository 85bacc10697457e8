//! Lines of a learned format at a glance: pieces of the same shapes in the same order as in an earlier line.

use super::odd_rays::{LONGEST_RAY, OddRays, SHORTEST_RAY};
use super::{AccessWriter, InferredFormat, place};
use crate::logs::access::field::AccessField;
use crate::logs::access::pieces::{LinePiece, MOST_COLUMNS, Shape, cut, request_column, time_of};
use crate::logs::glance::access::{AccessMemory, FieldTaken, GlanceDraft};
use crate::logs::glance::{AccessGlance, Glance, Glancer, MOST_LAYOUTS};
use crate::text::expected::ExpectedText;
use crate::text::number::integer;
use crate::text::scan::{
    after, end_of_long_plain, end_of_plain, is_same, position, position_far_off, position_of_either,
};
use crate::time::Duration;

/// Looks at the lines of one input.
pub struct InferredGlancer {
    format: InferredFormat,
    layouts: Vec<PieceLayout>,
    memory: AccessMemory,
}

/// The pieces of a line, one blank between each and the next.
#[derive(Debug, PartialEq)]
struct PieceLayout {
    pieces: Vec<LayoutPiece>,
    /// What closes the last piece.
    end: Box<[u8]>,
    /// A status makes a row of a line that has no request.
    answers: bool,
}

#[derive(Debug, PartialEq)]
struct LayoutPiece {
    /// What stands between the value before and this one: what closes that piece, a blank, the key with its `=`, what opens this one. Dashes
    /// before the instant, where hardly a line has anything else, stand in it as well.
    before: ExpectedText,
    has_key: bool,
    /// A quoted value so long that its end is better searched far off.
    is_long: bool,
    shape: Shape,
    role: PieceRole,
    field: AccessField,
    /// When the parser takes it: before the pieces with higher numbers.
    turn: usize,
}

/// What becomes of a value: told from the field once a layout, not once a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceRole {
    /// The instant of the line.
    Time,
    Status,
    Ray,
    Host,
    Request,
    /// A duration in seconds.
    Seconds,
    /// A value of another field that is counted, or belongs to what is.
    Counted,
    /// A value of a field that only rows need.
    OfRows,
    /// A number that only rows need. What is none may be a ray.
    NumberOfRows,
    /// A value of no field, which may be a ray.
    Odd,
}

impl PieceRole {
    /// Whether a value that is missing means nothing to the glance.
    fn is_of_rows(self) -> bool {
        matches!(self, PieceRole::OfRows | PieceRole::NumberOfRows | PieceRole::Odd)
    }

    fn of(field: AccessField) -> PieceRole {
        match field {
            AccessField::RemoteAddress
            | AccessField::ForwardedFor
            | AccessField::Visitor
            | AccessField::UserAgent => PieceRole::OfRows,
            AccessField::BodyBytes
            | AccessField::SentBytes
            | AccessField::RequestBytes
            | AccessField::Connection => PieceRole::NumberOfRows,
            AccessField::Ignored => PieceRole::Odd,
            AccessField::Status => PieceRole::Status,
            AccessField::Ray => PieceRole::Ray,
            AccessField::Host => PieceRole::Host,
            AccessField::Request => PieceRole::Request,
            AccessField::RequestTime(Duration::SECOND) => PieceRole::Seconds,
            _ => PieceRole::Counted,
        }
    }
}

impl InferredGlancer {
    /// For lines of this format.
    pub fn new(format: &InferredFormat) -> InferredGlancer {
        InferredGlancer { format: format.clone(), layouts: Vec::new(), memory: AccessMemory::default() }
    }
}

impl Glancer for InferredGlancer {
    fn glance<'a>(&mut self, line: &'a [u8]) -> Option<Glance<'a>> {
        if self.layouts.is_empty() || line.starts_with(b"#") || line.starts_with(b"\"") {
            return None;
        }
        let InferredGlancer { format, layouts, memory } = self;
        layouts.iter().find_map(|layout| {
            let (glance, rest) = layout.read::<false>(line, format, memory)?;
            is_same(rest, &layout.end).then_some(Glance::Access(glance))
        })
    }

    fn glance_ahead<'a>(&mut self, text: &'a [u8]) -> Option<(Glance<'a>, usize)> {
        if text.starts_with(b"#") || text.starts_with(b"\"") {
            return None;
        }
        let InferredGlancer { format, layouts, memory } = self;
        layouts.iter().find_map(|layout| {
            let (glance, rest) = layout.read::<true>(text, format, memory)?;
            let rest = after(rest, &layout.end)?;
            let line_end: &[u8] = if rest.starts_with(b"\r") { b"\r\n" } else { b"\n" };
            let ends = rest.starts_with(line_end);
            ends.then(|| (Glance::Access(glance), text.len() - rest.len() + line_end.len() - 1))
        })
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
        let (mut pieces, mut gap) = (Vec::new(), Vec::new());
        for (index, piece) in found.iter().enumerate() {
            let columns = &format.columns;
            let (field, turn) = match place(index, time, request) {
                _ if request == Some(index) => (Some(&AccessField::Request), 0),
                (2, column) => (columns.tail.get(column), column + 1),
                (0, column) => (columns.before.get(column), tail + index),
                (_, column) => (columns.between.get(column), tail + index),
            };
            let field = field.copied().unwrap_or(AccessField::Ignored);
            let field = if piece.key.is_empty() { field } else { format.keyed(piece) };
            let role = if index == time { PieceRole::Time } else { PieceRole::of(field) };
            let (open, close): (&[u8], &[u8]) = match piece.shape {
                Shape::Bare => (b"", b""),
                Shape::Quoted => (b"\"", b"\""),
                Shape::Bracketed => (b"[", b"]"),
            };
            gap.extend_from_slice(if index > 0 { b" " } else { b"" });
            gap.extend_from_slice(piece.key);
            gap.extend_from_slice(if piece.key.is_empty() { b"" } else { b"=" });
            gap.extend_from_slice(open);
            if index < time && role.is_of_rows() && piece.shape == Shape::Bare && piece.value == b"-" {
                gap.extend_from_slice(b"-");
                continue;
            }
            let before = ExpectedText::new(&std::mem::replace(&mut gap, close.to_vec()));
            let is_long = piece.value.len() >= LONG;
            pieces.push(LayoutPiece {
                before,
                has_key: !piece.key.is_empty(),
                is_long,
                shape: piece.shape,
                role,
                field,
                turn,
            });
        }
        let answers = format.common || request.is_some() || format.quoted_before_request.is_some();
        let layout = PieceLayout { pieces, end: gap.into(), answers };
        (!layout.has_one_value_twice()).then_some(layout)
    }

    /// Whether two pieces give the same value: which of them counts, the parser knows.
    fn has_one_value_twice(&self) -> bool {
        let mut seen = Vec::new();
        self.pieces.iter().any(|piece| {
            if piece.role == PieceRole::Time {
                return false;
            }
            let value = match piece.field {
                field @ (AccessField::Status
                | AccessField::Ray
                | AccessField::Host
                | AccessField::Request
                | AccessField::PossibleRay) => field,
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

    /// What a line tells, and what follows its last value. `AHEAD` where nobody knows yet where the line ends, nor whether it holds a
    /// backslash: then no value may hold anything but printed ASCII.
    fn read<'a, const AHEAD: bool>(
        &self,
        line: &'a [u8],
        format: &InferredFormat,
        memory: &mut AccessMemory,
    ) -> Option<(AccessGlance<'a>, &'a [u8])> {
        let mut draft = GlanceDraft::counting(format.plain);
        let mut rays = OddRays::default();
        let mut rest = line;
        for piece in &self.pieces {
            let inner = piece.before.after(rest)?;
            if piece.role == PieceRole::Time
                && let Some((stamp, behind)) = memory.instant.known(inner, piece.shape.close())
            {
                draft.put_time(stamp);
                rest = behind;
                continue;
            }
            let (value, behind) = piece.split::<AHEAD>(inner)?;
            rest = behind;
            let is_usual = match piece.role {
                PieceRole::OfRows => true,
                PieceRole::NumberOfRows => value.len() < SHORTEST_RAY,
                PieceRole::Odd => !(SHORTEST_RAY..=LONGEST_RAY).contains(&value.len()),
                PieceRole::Status => draft.put_usual_status(value),
                PieceRole::Ray => {
                    rays.column(AccessField::Ray, piece.turn);
                    draft.put_usual_ray(value)
                }
                PieceRole::Host => draft.put_usual_host(value, memory),
                PieceRole::Request => draft.put_usual_request(value),
                PieceRole::Seconds => draft.put_usual_seconds(value),
                PieceRole::Counted => false,
                PieceRole::Time => {
                    let stamp = piece.instant(value, memory)?;
                    memory.instant.remember(value, stamp);
                    draft.put_time(stamp);
                    true
                }
            };
            if !is_usual {
                piece.take(value, &mut draft, &mut rays, memory)?;
            }
        }
        let possible = rays.decide(&draft)?;
        draft.possible_ray = draft.possible_ray.or(possible);
        let glance = draft.finish(format.writer == AccessWriter::Nginx)?;
        (self.answers || glance.method.is_some()).then_some((glance, rest))
    }
}

/// Quoted values from this length on are long.
const LONG: usize = 24;

/// Bytes within which a bracketed value ends.
const BRACKETED: usize = 47;

/// Whether a value of this field that cannot be read is better left to the parser.
fn field_is_counted(field: AccessField) -> bool {
    matches!(field, AccessField::Status | AccessField::RequestTime(_) | AccessField::RequestTimeWithUnit)
}

impl LayoutPiece {
    /// The value with which `inner` begins, and what follows it; `None` where the piece has another shape.
    #[inline(always)]
    fn split<'a, const AHEAD: bool>(&self, inner: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let length = match self.shape {
            Shape::Quoted if AHEAD && self.is_long => end_of_long_plain(inner, b'"', b'"')?,
            Shape::Quoted if AHEAD => end_of_plain(inner, b'"', b'"')?,
            Shape::Quoted if self.is_long => position_far_off(inner, b'"')?,
            Shape::Quoted => position(inner, b'"')?,
            Shape::Bracketed if AHEAD => {
                end_of_plain(inner, b']', b']').filter(|length| *length < BRACKETED)?
            }
            Shape::Bracketed => position(inner.get(..BRACKETED).unwrap_or(inner), b']')?,
            Shape::Bare => self.bare_length::<AHEAD>(inner)?,
        };
        inner.split_at_checked(length)
    }

    /// The length of a bare value, behind its key. `None` where it may be more or less than up to the next blank: where it is a list of tries
    /// (`list_length`), opens like another shape, or may have a key that the piece that was learned has not.
    #[inline(always)]
    fn bare_length<const AHEAD: bool>(&self, inner: &[u8]) -> Option<usize> {
        let length = match self.has_key {
            // Where the value ends in an equals sign, no other piece can follow.
            false if AHEAD => end_of_plain(inner, b' ', b'=')?,
            true if AHEAD => end_of_plain(inner, b' ', b' ')?,
            true => position(inner, b' ').unwrap_or(inner.len()),
            false => match position_of_either(inner, b' ', b'=') {
                Some(at) if inner.get(at) == Some(&b'=') => return None,
                end => end.unwrap_or(inner.len()),
            },
        };
        let fits = match inner.get(..length)? {
            [first, .., last] => !matches!(first, b'"' | b'[' | b':') && *last != b',',
            [only] => !matches!(only, b'"' | b'[' | b':' | b','),
            [] => self.has_key && inner.first() != Some(&b' '),
        };
        fits.then_some(length)
    }

    /// Takes a value that is not of the usual form; `None` where only the parser knows what it means.
    #[inline(never)]
    fn take<'a>(
        &self,
        value: &'a [u8],
        draft: &mut GlanceDraft<'a>,
        rays: &mut OddRays,
        memory: &mut AccessMemory,
    ) -> Option<()> {
        match self.role {
            PieceRole::NumberOfRows if integer(value).is_some() => return Some(()),
            PieceRole::NumberOfRows | PieceRole::Odd => return rays.odd(value, self.turn, self.has_key),
            _ => {}
        }
        match draft.put(self.field, value, memory) {
            FieldTaken::Unsure => return None,
            FieldTaken::No if field_is_counted(self.field) => return None,
            FieldTaken::Yes => rays.column(self.field, self.turn),
            FieldTaken::No => rays.odd(value, self.turn, self.has_key)?,
        }
        Some(())
    }

    fn instant(&self, value: &[u8], memory: &mut AccessMemory) -> Option<crate::text::timestamp::Stamp> {
        let piece = LinePiece { key: b"", value, shape: self.shape };
        match self.shape {
            // The memory gives what `timestamp::any` gives, with which `time_of` begins.
            Shape::Bracketed => memory.minute.any(value.trim_ascii()).or_else(|| time_of(&piece)),
            Shape::Quoted => memory.minute.any(value),
            Shape::Bare => time_of(&piece),
        }
    }
}
