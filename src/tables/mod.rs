//! Everything that was seen as Parquet tables, for a person's own questions in DuckDB, polars or pandas, and the cases with what was found to be
//! their cause. The only room that knows polars. docs/tables.md tells every column; a test holds it to what is written.
//!
//! Rows go into a table as they come, and leave memory a row group at a time. `sheet` makes columns of rows, `telling` says what of a row may
//! be told, `table_file` writes row groups, and each table has a file of its own.

mod access;
mod browser;
mod cases;
mod connections;
mod edge;
mod events;
mod exchanges;
mod inputs;
mod messages;
mod settings;
mod sheet;
mod table_file;
mod telling;
#[cfg(test)]
mod tests;
mod values;
mod words;

use self::cases::JudgedCase;
use self::table_file::{Begin, TableFile};
use self::telling::Telling;
use crate::correlate::Incident;
use crate::diagnose::Diagnosis;
use crate::error::Result;
use crate::evidence::{AccessRow, ConnectionRow, EdgeRow, ExchangeRow, HarRow, MessageRow};
use crate::extract::{Extraction, Inputs, RowTaker, Rows};
use crate::report::redaction::Redactor;

/// Writes what an incident's inputs hold, healthy rows too. Every table is there, also where it has no rows, so that a query finds its
/// columns; the same inputs give the same bytes.
///
/// # Errors
/// Where a table cannot be written.
pub fn write<'i>(
    begin: Begin<'_>,
    inputs: &Inputs,
    extraction: &Extraction,
    incident: &'i Incident,
    redactor: Redactor<'i>,
) -> Result<Redactor<'i>> {
    let telling = Telling::of(incident, redactor);
    let evidence = &incident.evidence;
    let summaries: Vec<_> = evidence.inputs.iter().collect();
    TableFile::begin("inputs", inputs::frame, begin, &telling)?.whole(summaries, &telling)?;
    let settings = evidence.settings.iter().collect();
    TableFile::begin("settings", settings::frame, begin, &telling)?.whole(settings, &telling)?;
    let events = evidence.events.iter().collect();
    TableFile::begin("events", events::frame, begin, &telling)?.whole(events, &telling)?;
    let mut streamed = TableFiles::begin(begin, &telling)?;
    inputs.every_row(extraction, &evidence.inputs, &mut streamed)?;
    streamed.messages.take(evidence.states.clone(), &telling)?;
    streamed.har.take(evidence.har.iter().cloned().collect(), &telling)?;
    streamed.finish()?;
    Ok(telling.into_redactor())
}

/// Writes the table of cases: what failed, and what was found to be its cause.
///
/// # Errors
/// Where it cannot be written.
pub fn write_cases<'i>(begin: Begin<'_>, diagnosis: &'i Diagnosis, redactor: Redactor<'i>) -> Result<()> {
    let telling = Telling::of(&diagnosis.incident, redactor);
    let rows: Vec<JudgedCase<'_>> = cases::rows(diagnosis).collect();
    TableFile::begin("cases", cases::frame, begin, &telling)?.whole(rows, &telling)
}

/// The tables whose rows come from the pass over the inputs.
struct TableFiles<'t, 'i> {
    telling: &'t Telling<'i>,
    access: TableFile<AccessRow>,
    edge: TableFile<EdgeRow>,
    messages: TableFile<MessageRow>,
    connections: TableFile<ConnectionRow>,
    exchanges: TableFile<ExchangeRow>,
    har: TableFile<HarRow>,
}

impl<'t, 'i> TableFiles<'t, 'i> {
    fn begin(begin: Begin<'_>, telling: &'t Telling<'i>) -> Result<TableFiles<'t, 'i>> {
        Ok(TableFiles {
            telling,
            access: TableFile::begin("access", access::frame, begin, telling)?,
            edge: TableFile::begin("edge", edge::frame, begin, telling)?,
            messages: TableFile::begin("messages", messages::frame, begin, telling)?,
            connections: TableFile::begin("connections", connections::frame, begin, telling)?,
            exchanges: TableFile::begin("exchanges", exchanges::frame, begin, telling)?,
            har: TableFile::begin("har", browser::frame, begin, telling)?,
        })
    }

    fn finish(self) -> Result<()> {
        self.access.finish(self.telling)?;
        self.edge.finish(self.telling)?;
        self.messages.finish(self.telling)?;
        self.connections.finish(self.telling)?;
        self.exchanges.finish(self.telling)?;
        self.har.finish(self.telling)
    }
}

impl RowTaker for TableFiles<'_, '_> {
    fn take(&mut self, rows: Rows) -> Result<()> {
        match rows {
            Rows::Access(rows) => self.access.take(rows, self.telling),
            Rows::Edge(rows) => self.edge.take(rows, self.telling),
            Rows::Messages(rows) => self.messages.take(rows, self.telling),
            Rows::Connections(rows) => self.connections.take(rows, self.telling),
            Rows::Exchanges(rows) => self.exchanges.take(rows, self.telling),
        }
    }
}
