//! Lines of a known format at a glance.

use super::{AccessFormat, Escapes};
use crate::logs::glance::access::{AccessMemory, FieldTaken, GlanceDraft};
use crate::logs::glance::{Glance, Glancer};

/// Looks at the lines of one input.
pub struct AccessFormatGlancer {
    format: AccessFormat,
    memory: AccessMemory,
}

impl AccessFormatGlancer {
    /// For lines of this format.
    pub fn new(format: &AccessFormat) -> AccessFormatGlancer {
        AccessFormatGlancer { format: format.clone(), memory: AccessMemory::default() }
    }
}

impl Glancer for AccessFormatGlancer {
    fn glance<'a>(&mut self, line: &'a [u8]) -> Option<Glance<'a>> {
        // Without a backslash values stand there as they are, whatever the escapes.
        let (Escapes::OfServer | Escapes::Json) = self.format.escapes;
        let mut rest = line.strip_prefix(&*self.format.start)?;
        let mut draft = GlanceDraft::default();
        for column in &self.format.columns {
            let (value, after) = column.end.split(rest, column.field)?;
            rest = after;
            if draft.put(column.field, value, &mut self.memory) != FieldTaken::Yes {
                return None;
            }
        }
        if rest.is_empty() { draft.finish(self.format.time_is_end()).map(Glance::Access) } else { None }
    }

    fn learn(&mut self, _: &[u8]) {}
}
